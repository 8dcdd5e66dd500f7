package connector_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/internal/egress"
	"paceline/mapping"
)

// leap is a clock whose timers fire at once and move it on.
type leap struct{ now time.Time }

func (c *leap) Now() time.Time { return c.now }

func (c *leap) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	c.now = c.now.Add(d)
	fired := make(chan time.Time, 1)
	fired <- c.now
	return fired, func() bool { return false }
}

// quiet drops what is logged about the allowed loopback ports.
var quiet = slog.New(slog.DiscardHandler)

var newYear = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

// bundle is a compiled definition with a remote and a guarded runtime.
type bundle struct {
	*testing.T
	remote   *connectortest.Remote
	compiled *connector.Compiled
	instance *connector.Instance
	runtime  *connector.Runtime
	clock    *leap
}

func setup(t *testing.T) *bundle {
	t.Helper()
	return setupText(t, crm(t))
}

// head begins the definitions of tests that need few methods; a test appends keys and methods.
const head = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: acme, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Acme, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}, {name: SigningKey, scope: account, secret: true}]
server: {baseUrl: "{{BaseUrl}}"}
auth: [{id: key, type: api_key, apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}}]
`

// setupText is setup with another definition.
func setupText(t *testing.T, text string) *bundle {
	t.Helper()
	def, problems := connector.Parse("crm.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	remote := connectortest.NewRemote()
	t.Cleanup(remote.Close)
	b := &bundle{
		T: t, remote: remote, compiled: compiled, clock: &leap{newYear},
		instance: &connector.Instance{
			Compiled: compiled, AuthValue: "secret-key-1",
			Properties: map[string]string{"BaseUrl": remote.URL, "SigningKey": "signing-key-1"},
		},
	}
	b.runtime = b.runtimeWith(t, nil)
	return b
}

// runtimeWith is a guarded runtime that reaches the remote alone.
func (b *bundle) runtimeWith(t *testing.T, renewer connector.Renewer) *connector.Runtime {
	t.Helper()
	guard, err := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(b.remote.URL, "http://")}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.CloseIdle)
	return connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock, Renewer: renewer})
}

func (b *bundle) call(method string, params ...string) (connector.Result, *connector.Error) {
	return b.callFields(method, nil, params...)
}

// callFields calls a method; fields and params are "place=JSON".
func (b *bundle) callFields(method string, fields []string, params ...string) (connector.Result, *connector.Error) {
	b.Helper()
	var in mapping.Inputs
	for _, p := range params {
		key, value, _ := strings.Cut(p, "=")
		where, name, _ := strings.Cut(key, ":")
		in.Params = append(in.Params, mapping.Param{In: where, Name: name, Value: mapping.Value(value)})
	}
	for _, f := range fields {
		loc, value, _ := strings.Cut(f, "=")
		l, err := mapping.ParseLocation(loc)
		if err != nil {
			b.Fatal(err)
		}
		in.Fields = append(in.Fields, mapping.Field{Location: l, Value: mapping.Value(value)})
	}
	result, err := b.runtime.Call(context.Background(), connector.Call{
		Instance: b.instance, Method: b.compiled.Method(method), Inputs: in, LogRequest: true, IdempotencyKey: "run-1-2-3",
		Merge: func(name string) (string, bool) {
			return map[string]string{"LastSuccessfulRunDate": "2026-12-24T18:00:00Z"}[name], name == "LastSuccessfulRunDate"
		},
	})
	var failed *connector.Error
	if err != nil && !errors.As(err, &failed) {
		b.Fatalf("error is %T, expected *connector.Error", err)
	}
	return result, failed
}

func TestCallBuildsRequest(t *testing.T) {
	t.Parallel()
	login := base64.StdEncoding.EncodeToString([]byte("user@example.com:pass:word"))
	cases := []struct {
		name          string
		auth, value   string
		method        string
		fields        []string
		params        []string
		path          string // the only one that answers
		want          string // request line with query
		wantBody      string
		headers       map[string]string
		absentHeaders []string
	}{
		{
			name: "path, query, header and cookie are escaped by position", method: "get-contact", path: "/contacts/a/b?c d",
			params:  []string{`path:Id="a/b?c d"`, `query:Fields=["x&y","ü"]`, `header:Trace="t 1"`, `cookie:Session="a;b"`},
			want:    "GET /contacts/a%2Fb%3Fc%20d?region=eu&fields=x%26y&fields=%C3%BC",
			headers: map[string]string{"X-Api-Key": "secret-key-1", "X-Client": "paceline", "X-Trace": "t 1", "Cookie": "sid=a%3Bb", "Accept": "application/json", "User-Agent": "Paceline"},
		},
		{
			name: "dates, defaults and left-out parameters", method: "list-contacts", path: "/contacts",
			want: "GET /contacts?region=eu&since=2026-12-24&archived=false",
		},
		{
			name: "JSON body with defaults, lists and a parameter in the body", method: "create-ticket", path: "/tickets",
			fields:   []string{`ticket.subject="Hi \"you\""`, `ticket.[tags]=["a","b"]`, `ticket.priority=9007199254740993`},
			params:   []string{`body:Note="n"`},
			want:     "POST /tickets?region=eu",
			wantBody: `{"ticket":{"subject":"Hi \"you\"","tags":["a","b"],"priority":9007199254740993,"source":"issue-eu","note":"n"}}`,
			headers:  map[string]string{"Content-Type": "application/json", "Idempotency-Key": "run-1-2-3"},
		},
		{
			name: "form body with brackets", method: "update-ticket", path: "/tickets/7", params: []string{"path:Id=7"},
			fields:   []string{`subject="a b&c"`, `items.[list].price=1.50`, `tags.[]=["x","y"]`},
			want:     "PATCH /tickets/7?region=eu",
			wantBody: "subject=a+b%26c&items%5Blist%5D%5B0%5D%5Bprice%5D=1.50&tags=x&tags=y",
			headers:  map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		},
		{
			name: "text body and a signature with a secret property", method: "note", path: "/notes", params: []string{`template:Text="hello"`},
			want: "POST /notes?region=eu", wantBody: "note: HELLO",
			headers: map[string]string{"X-Signature": "8/RKtfQLHDVJczPww153QWp+j+/bq/bGKeo0+Rr4OPs=", "Content-Type": "text/plain; charset=utf-8"},
		},
		{
			name: "key in the query", auth: "query-key", value: "k&1=x", method: "get-contact", path: "/contacts/1", params: []string{"path:Id=1"},
			want: "GET /contacts/1?region=eu&key=k%261%3Dx", absentHeaders: []string{"X-Api-Key", "Authorization"},
		},
		{
			name: "key in the body", auth: "body-key", value: "k1", method: "create-ticket", path: "/tickets", fields: []string{`ticket.subject="s"`},
			want: "POST /tickets?region=eu", wantBody: `{"ticket":{"subject":"s","priority":3,"source":"issue-eu"},"credentials":{"key":"k1"}}`,
		},
		{
			name: "basic", auth: "login", value: login, method: "get-contact", path: "/contacts/1", params: []string{"path:Id=1"},
			want: "GET /contacts/1?region=eu", headers: map[string]string{"Authorization": "Basic " + login},
		},
		{
			name: "bearer", auth: "token", value: "tok-1", method: "get-contact", path: "/contacts/1", params: []string{"path:Id=1"},
			want: "GET /contacts/1?region=eu", headers: map[string]string{"Authorization": "Bearer tok-1"},
		},
		{
			name: "none", auth: "open", method: "get-contact", path: "/contacts/1", params: []string{"path:Id=1"},
			want: "GET /contacts/1?region=eu", absentHeaders: []string{"X-Api-Key", "Authorization"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.remote.On(c.path, connectortest.JSON(200, `{"id":1}`))
			if c.auth != "" {
				b.instance.Auth, b.instance.AuthValue = b.compiled.Auth(c.auth), c.value
			}
			if _, failed := b.callFields(c.method, c.fields, c.params...); failed != nil {
				t.Fatal(failed, failed.Detail)
			}
			got := b.remote.Received()[0]
			if line := got.Method + " " + got.Path; line != c.want {
				t.Errorf("request\n got %s\nwant %s", line, c.want)
			}
			if string(got.Body) != c.wantBody {
				t.Errorf("body\n got %s\nwant %s", got.Body, c.wantBody)
			}
			for name, value := range c.headers {
				if got.Header.Get(name) != value {
					t.Errorf("%s is %q, want %q", name, got.Header.Get(name), value)
				}
			}
			for _, name := range c.absentHeaders {
				if got.Header.Get(name) != "" {
					t.Errorf("%s is %q, want none", name, got.Header.Get(name))
				}
			}
		})
	}
}

func TestCallRefusesToBuild(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, method string
		params       []string
		change       func(*connector.Instance)
		class        connector.Class
		detail       string
	}{
		{"a path of dots", "get-contact", []string{`path:Id=".."`}, nil, connector.ClassBuild, `the value ".." can not be a part of a path`},
		{"an empty path", "get-contact", []string{`path:Id=""`}, nil, connector.ClassBuild, `the value "" can not be a part of a path`},
		{"a missing required parameter", "get-contact", nil, nil, connector.ClassBuild, "the parameter Contact ID has no value"},
		{"a line break in a header", "get-contact", []string{"path:Id=1", `header:Trace="a\r\nX: y"`}, nil, connector.ClassBuild, "parameter Trace: a header's value contains a line break or control character"},
		{"an address that is none", "get-contact", []string{"path:Id=1"}, func(i *connector.Instance) { i.Properties["BaseUrl"] = "file:///etc" }, connector.ClassBuild, `"file:///etc" is not an address such as https://api.example.com`},
		{"an address with a user", "get-contact", []string{"path:Id=1"}, func(i *connector.Instance) { i.Properties["BaseUrl"] = "https://api.acme.example@evil.example" }, connector.ClassBuild, `"https://api.acme.example@evil.example" is not an address such as https://api.example.com`},
		{"no credential", "get-contact", []string{"path:Id=1"}, func(i *connector.Instance) { i.AuthValue = "" }, connector.ClassAuth, "the value is empty"},
		{"a wrong credential", "get-contact", []string{"path:Id=1"}, func(i *connector.Instance) {
			i.Auth, i.AuthValue = i.Compiled.Auth("login"), "!"
		}, connector.ClassAuth, "expected the base64 text of user:password"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if c.change != nil {
				c.change(b.instance)
			}
			result, failed := b.call(c.method, c.params...)
			if failed == nil || failed.Class != c.class || failed.Detail != c.detail {
				t.Errorf("got %+v, want class %v and detail %q", failed, c.class, c.detail)
			}
			if len(result.Exchanges) > 0 || result.TasksOK+result.TasksIncident > 0 || len(b.remote.Received()) > 0 {
				t.Errorf("something was sent: %+v", result)
			}
		})
	}
}

func TestCallJudgesAnswer(t *testing.T) {
	t.Parallel()
	type outcome struct {
		Class         string
		Code          paceline.Code
		RetryAfter    time.Duration
		Output        string
		Rows          int
		Same          bool
		Sends         int
		OK, Incidents int
		Warnings      []paceline.Code
	}
	once := func(b connectortest.Behaviour) []connectortest.Behaviour { return []connectortest.Behaviour{b} }
	fine := connectortest.JSON(200, `{"id":1}`)
	cases := []struct {
		name    string
		method  string
		answers []connectortest.Behaviour
		want    outcome
	}{
		{"success", "get", once(fine), outcome{Output: `{"id":1}`, Rows: 1, Same: true, Sends: 1, OK: 1}},
		{"rows", "list", once(connectortest.JSON(200, `{"results":[{"id":1},{"id":2},{"id":3}]}`)), outcome{Output: `{"results":[{"id":1},{"id":2},{"id":3}]}`, Rows: 3, Same: true, Sends: 1, OK: 1}},
		{"no content", "get", once(connectortest.Raw(204, "", "")), outcome{Sends: 1, OK: 1}},
		{"a secret in the answer is masked in the log only", "get", once(connectortest.JSON(200, `{"id":1,"echo":"secret-key-1"}`)), outcome{Output: `{"id":1,"echo":"secret-key-1"}`, Rows: 1, Sends: 1, OK: 1}},
		{"a required field is missing", "get", once(connectortest.JSON(200, `{"email":"x"}`)), outcome{Output: `{"email":"x"}`, Rows: 1, Same: true, Sends: 1, OK: 1, Warnings: []paceline.Code{paceline.CodeResponseFields}}},
		{"rule: empty", "get", once(connectortest.JSON(404, `{}`)), outcome{Sends: 1, OK: 1}},
		{"rule of another method", "list", once(connectortest.JSON(404, `{}`)), outcome{Class: "permanent", Code: paceline.CodeCallFailed, Sends: 1, Incidents: 1}},
		{"rule: warning", "get", once(connectortest.JSON(409, `{"code":"DUPLICATE","message":"dup"}`)), outcome{Output: `{"code":"DUPLICATE","message":"dup"}`, Rows: 1, Same: true, Sends: 1, Incidents: 1, Warnings: []paceline.Code{paceline.CodeCallFailed, paceline.CodeResponseFields}}},
		{"rule: error in a 200", "get", once(connectortest.JSON(200, `{"error":{"message":"no"}}`)), outcome{Class: "permanent", Code: paceline.CodeCallFailed, Sends: 1, Incidents: 1}},
		{"rule: rate limited", "get", once(connectortest.JSON(403, `{"code":"QUOTA"}`)), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: time.Minute, Sends: 1, Incidents: 1}},
		{"rule: retry of another status is not sent again", "get", once(connectortest.JSON(418, `{}`)), outcome{Class: "retry", Code: paceline.CodeCallFailed, Sends: 1, Incidents: 1}},
		{"rule: reconnect", "get", once(connectortest.JSON(419, `{}`)), outcome{Class: "auth", Code: paceline.CodeAuthFailed, Sends: 1, Incidents: 1}},
		{"401", "get", once(connectortest.JSON(401, `{}`)), outcome{Class: "auth", Code: paceline.CodeAuthFailed, Sends: 1, Incidents: 1}},
		{"400", "get", once(connectortest.JSON(400, `{}`)), outcome{Class: "permanent", Code: paceline.CodeCallFailed, Sends: 1, Incidents: 1}},
		{"429 in seconds", "get", once(connectortest.Throttle("7")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 7 * time.Second, Sends: 1, Incidents: 1}},
		{"429 as a date", "get", once(connectortest.Throttle("Fri, 01 Jan 2027 00:02:00 GMT")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 2 * time.Minute, Sends: 1, Incidents: 1}},
		{"429 with a past date", "get", once(connectortest.Throttle("Fri, 01 Jan 2021 00:02:00 GMT")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: time.Minute, Sends: 1, Incidents: 1}},
		{"429 for ever", "get", once(connectortest.Throttle("1e300")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 366 * 24 * time.Hour, Sends: 1, Incidents: 1}},
		{"429 for two days", "get", once(connectortest.Throttle("172800")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 48 * time.Hour, Sends: 1, Incidents: 1}},
		{"429 until a date in two months", "get", once(connectortest.Throttle("Mon, 01 Mar 2027 00:00:00 GMT")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 59 * 24 * time.Hour, Sends: 1, Incidents: 1}},
		{"429 until a date that nobody lives to see", "get", once(connectortest.Throttle("Fri, 31 Dec 9999 23:59:59 GMT")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 366 * 24 * time.Hour, Sends: 1, Incidents: 1}},
		{"429 without a time", "get", once(connectortest.Throttle("")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: time.Minute, Sends: 1, Incidents: 1}},
		{"429 with nonsense", "get", once(connectortest.Throttle("soon")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: time.Minute, Sends: 1, Incidents: 1}},
		{"503 with Retry-After", "get", once(connectortest.Raw(503, "", "", "Retry-After: 30")), outcome{Class: "throttled", Code: paceline.CodeRateLimited, RetryAfter: 30 * time.Second, Sends: 1, Incidents: 1}},
		{"500 three times", "get", once(connectortest.JSON(500, `{}`)), outcome{Class: "retry", Code: paceline.CodeCallFailed, Sends: 3, Incidents: 3}},
		{"408, then fine", "get", []connectortest.Behaviour{connectortest.JSON(408, ``), fine}, outcome{Output: `{"id":1}`, Rows: 1, Same: true, Sends: 2, OK: 1, Incidents: 1}},
		{"503, then fine", "get", []connectortest.Behaviour{connectortest.JSON(503, ``), fine}, outcome{Output: `{"id":1}`, Rows: 1, Same: true, Sends: 2, OK: 1, Incidents: 1}},
		{"a keyed POST is sent again", "create", []connectortest.Behaviour{connectortest.JSON(500, ``), fine}, outcome{Output: `{"id":1}`, Rows: 1, Same: true, Sends: 2, OK: 1, Incidents: 1}},
		{"an unsafe PATCH is not", "update", []connectortest.Behaviour{connectortest.JSON(500, ``), fine}, outcome{Class: "retry", Code: paceline.CodeCallFailed, Sends: 1, Incidents: 1}},
		{"a lost answer of an unsafe PATCH is unknown", "update", []connectortest.Behaviour{connectortest.Reset(), fine}, outcome{Class: "unknown", Code: paceline.CodeUnknownOutcome, Sends: 1, Incidents: 1}},
		{"a cut answer of an unsafe PATCH is unknown", "update", []connectortest.Behaviour{connectortest.Truncate(`{"id":1`), fine}, outcome{Class: "unknown", Code: paceline.CodeUnknownOutcome, Sends: 1, Incidents: 1}},
		{"a cut answer of a GET is fetched again", "get", []connectortest.Behaviour{connectortest.Truncate(`{"id":1`), fine}, outcome{Output: `{"id":1}`, Rows: 1, Same: true, Sends: 2, OK: 1, Incidents: 1}},
		{"not JSON", "get", once(connectortest.Raw(200, "text/html", "<html>")), outcome{Class: "decode", Code: paceline.CodeResponseFormat, Sends: 1, Incidents: 1}},
		{"too deep", "get", once(connectortest.Deep(100_000)), outcome{Class: "decode", Code: paceline.CodeResponseFormat, Sends: 1, Incidents: 1}},
		{"too large", "get", once(connectortest.Huge(2 << 20)), outcome{Class: "decode", Code: paceline.CodeResponseTooLarge, Sends: 1, Incidents: 1}},
		{"a gzip bomb", "get", once(connectortest.Bomb(200 << 20)), outcome{Class: "decode", Code: paceline.CodeResponseTooLarge, Sends: 1, Incidents: 1}},
		{"a coding that was not asked for", "get", once(connectortest.Raw(200, "application/json", `{"id":1}`, "Content-Encoding: br")), outcome{Class: "decode", Code: paceline.CodeResponseFormat, Sends: 1, Incidents: 1}},
		{"latin 1", "get", once(connectortest.Raw(200, "application/json; charset=iso-8859-1", "{\"id\":\"\xe9\"}")), outcome{Output: `{"id":"é"}`, Rows: 1, Sends: 1, OK: 1}},
		{"utf-16", "get", once(connectortest.Raw(200, "application/json", "\xff\xfe{\x00\"\x00i\x00d\x00\"\x00:\x001\x00}\x00")), outcome{Output: `{"id":1}`, Rows: 1, Sends: 1, OK: 1}},
		{"a byte order mark", "get", once(connectortest.Raw(200, "application/json", "\xef\xbb\xbf{\"id\":1}")), outcome{Output: `{"id":1}`, Rows: 1, Sends: 1, OK: 1}},
		{"bytes that are no text", "get", once(connectortest.Raw(200, "application/json", "{\"id\":\"\xff\"}")), outcome{Class: "decode", Code: paceline.CodeResponseFormat, Sends: 1, Incidents: 1}},
		{"a redirect of a POST is an error", "create", once(connectortest.Redirect(307, "/elsewhere")), outcome{Class: "permanent", Code: paceline.CodeCallFailed, Sends: 1, Incidents: 1}},
		{"an endless redirect is an error", "get", once(connectortest.Redirect(302, "/contacts/1")), outcome{Class: "permanent", Code: paceline.CodeCallFailed, Sends: 6, OK: 5, Incidents: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var result connector.Result
			var failed *connector.Error
			switch c.method {
			case "get":
				b.remote.On("/contacts/1", c.answers...)
				result, failed = b.call("get-contact", "path:Id=1")
			case "list":
				b.remote.On("/contacts", c.answers...)
				result, failed = b.call("list-contacts")
			case "create":
				b.remote.On("/tickets", c.answers...)
				result, failed = b.callFields("create-ticket", []string{`ticket.subject="s"`})
			case "update":
				b.remote.On("/tickets/7", c.answers...)
				result, failed = b.callFields("update-ticket", []string{`subject="s"`}, "path:Id=7")
			}
			got := outcome{
				Output: string(result.Output), Rows: result.Rows, Same: result.OutputIsResponse, Sends: len(b.remote.Received()),
				OK: result.TasksOK, Incidents: result.TasksIncident,
			}
			for _, w := range result.Warnings {
				got.Warnings = append(got.Warnings, w.Code)
			}
			if failed != nil {
				got.Class, got.Code, got.RetryAfter = failed.Class.String(), failed.Code, failed.RetryAfter
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s%v", diff, failed)
			}
			if len(result.Exchanges) != got.Sends {
				t.Errorf("%d exchanges for %d sends", len(result.Exchanges), got.Sends)
			}
			for _, e := range result.Exchanges {
				if strings.Contains(string(e.Request)+string(e.Response), "secret-key-1") {
					t.Errorf("the secret stands in the exchange:\n%s\n%s", e.Request, e.Response)
				}
			}
		})
	}
}

func TestDetailHasTheShapeThatClientsSplit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.remote.On("/contacts/1", connectortest.JSON(400, "{\"message\":\"bad key secret-key-1\",\r\n\r\n\"x\":1}"))
	_, failed := b.call("get-contact", "path:Id=1")
	host := strings.TrimPrefix(b.remote.URL, "http://")
	want := "HTTP/1.1 400 Bad Request\r\nbad key REDACTED\r\n\r\n\r\nHTTP Request:\r\n" +
		"GET http://" + host + "/contacts/1?region=eu HTTP/1.1\r\nHost: " + host +
		"\r\nX-Client: paceline\r\nAccept: application/json\r\nUser-Agent: Paceline\r\nX-Api-Key: REDACTED"
	if failed == nil || failed.Detail != want {
		t.Errorf("detail\n got %q\nwant %q", failed.Detail, want)
	}
	b.remote.On("/contacts/1", connectortest.Raw(500, "text/plain", "a\r\n\r\nb"))
	_, failed = b.call("get-contact", "path:Id=1")
	if !strings.HasPrefix(failed.Detail, "HTTP/1.1 500 Internal Server Error\r\na\n\nb\r\n\r\n\r\nHTTP Request:\r\n") {
		t.Errorf("detail is %q", failed.Detail)
	}
}

func TestExchangeShowsRequestMasked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.remote.On("/tickets", connectortest.JSON(200, `{"id":1}`))
	result, failed := b.callFields("create-ticket", []string{`ticket.subject="my key is secret-key-1"`})
	if failed != nil {
		t.Fatal(failed)
	}
	host := strings.TrimPrefix(b.remote.URL, "http://")
	want := "POST http://" + host + "/tickets?region=eu HTTP/1.1\r\nHost: " + host + "\r\nX-Client: paceline\r\nIdempotency-Key: run-1-2-3\r\n" +
		"Accept: application/json\r\nContent-Type: application/json\r\nUser-Agent: Paceline\r\nX-Api-Key: REDACTED\r\n\r\n" +
		`{"ticket":{"subject":"my key is REDACTED","priority":3,"source":"issue-eu"}}`
	if diff := cmp.Diff(want, string(result.Exchanges[0].Request)); diff != "" {
		t.Error(diff)
	}
	if got := string(b.remote.Received()[0].Body); !strings.Contains(got, "secret-key-1") {
		t.Errorf("the remote got %s", got)
	}
}

func TestRefusedConnectionIsNeverUnknown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.instance.Properties["BaseUrl"] = "http://127.0.0.1:9"
	result, failed := b.callFields("update-ticket", []string{`subject="s"`}, "path:Id=7")
	if failed == nil || failed.Class != connector.ClassPermanent || !strings.HasPrefix(failed.Detail, "The address could not be reached.\r\n") {
		t.Fatal(failed)
	}
	if len(result.Exchanges) != 1 || result.Exchanges[0].Status != 0 || result.TasksIncident != 1 {
		t.Errorf("%+v", result)
	}
}

func TestDeadlineEndsACall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	b.remote.On("/tickets/7", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		connectortest.Hang(release)(w, r)
	})
	l, _ := mapping.ParseLocation("subject")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := b.runtime.Call(ctx, connector.Call{
		Instance: b.instance, Method: b.compiled.Method("update-ticket"),
		Inputs: mapping.Inputs{Params: []mapping.Param{{In: "path", Name: "Id", Value: mapping.Value("7")}}, Fields: []mapping.Field{{Location: l, Value: mapping.Value(`"s"`)}}},
	})
	var failed *connector.Error
	if !errors.As(err, &failed) || failed.Class != connector.ClassUnknown || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestAtLeastOnce is decision D-27 for a POST that declares nothing: sent once per try, whatever is lost.
func TestAtLeastOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	def, problems := connector.Parse("x", []byte(strings.Replace(crm(t), "    repeat: unsafe\n    params: [{name: Text", "    params: [{name: Text", 1)))
	if len(problems) != 1 || !problems[0].Warning || !strings.Contains(problems[0].Message, "does not say whether its POST may be repeated") {
		t.Fatal(problems)
	}
	b.compiled, _ = connector.Compile(def)
	b.instance = &connector.Instance{Compiled: b.compiled, AuthValue: "k", Properties: b.instance.Properties}
	if r := b.compiled.Method("note").Repeat; r != paceline.RepeatAtLeastOnce {
		t.Errorf("repeat is %s", r)
	}
	b.remote.On("/notes", connectortest.Reset())
	if _, failed := b.call("note", `template:Text="x"`); failed == nil || failed.Class != connector.ClassRetry || len(b.remote.Received()) != 1 {
		t.Errorf("%v after %d sends", failed, len(b.remote.Received()))
	}
}

// TestWindowEndsRepeats sends no more once the time of a try is over.
func TestWindowEndsRepeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	guard, _ := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(b.remote.URL, "http://")}, Logger: quiet})
	b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock, Limits: connector.Limits{Window: time.Second}})
	b.remote.On("/contacts/1", connectortest.JSON(500, ""))
	if _, failed := b.call("get-contact", "path:Id=1"); failed == nil || len(b.remote.Received()) != 2 {
		t.Errorf("%v after %d sends, want 2", failed, len(b.remote.Received()))
	}
}

func TestWithoutLogNothingIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.remote.On("/contacts/1", connectortest.JSON(200, `{"id":1}`))
	result, err := b.runtime.Call(context.Background(), connector.Call{
		Instance: b.instance, Method: b.compiled.Method("get-contact"),
		Inputs: mapping.Inputs{Params: []mapping.Param{{In: "path", Name: "Id", Value: mapping.Value("1")}}},
	})
	if err != nil || len(result.Exchanges) != 1 || result.Exchanges[0].Request != nil || result.Exchanges[0].Response != nil || result.Exchanges[0].Status != 200 || result.OutputIsResponse {
		t.Errorf("%+v, %v", result, err)
	}
}
