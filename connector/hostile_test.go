package connector_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest"
)

// hostileDefinition has a method for each form of answer, all of the same address.
const hostileDefinition = `
methods:
  - {id: get, name: Get, request: {method: GET, path: /x}, response: {fields: [{loc: id, name: Id, type: integer, required: true}]}}
  - {id: rows, name: Rows, request: {method: GET, path: /x}, response: {rows: "[data]"}}
  - {id: xml, name: XML, request: {method: GET, path: /x}, response: {format: xml}}
  - {id: csv, name: CSV, request: {method: GET, path: /x}, response: {format: csv, rows: "[]"}}
  - {id: lines, name: Lines, request: {method: GET, path: /x}, response: {format: ndjson, rows: "[]"}}
  - {id: file, name: File, request: {method: GET, path: /x}, response: {format: binary}}
  - {id: pages, name: Pages, request: {method: GET, path: /x}, response: {rows: "[data]"},
     paging: {type: token, read: {path: next}, send: {in: query, name: after}, maxPages: 20}}
  - {id: change, name: Change, repeat: unsafe, request: {method: POST, path: /x, fields: [{loc: a, default: 1}]}}
`

// TestHostileRemotes plays what a remote may do to a call, each with the error that the transaction sees, and a bound
// of time and memory that is the same for all: the answer's limit is 1 MiB. The time limit of a send is 300 ms for bodies that
// never end, and one that a busy machine keeps for the others.
func TestHostileRemotes(t *testing.T) {
	fine := connectortest.JSON(200, `{"id":1}`)
	xml := func(text string) connectortest.Behaviour { return connectortest.Raw(200, "application/xml", text) }
	csv := func(text string) connectortest.Behaviour { return connectortest.Raw(200, "text/csv", text) }
	cases := []struct {
		name, method string
		answers      []connectortest.Behaviour
		class        string // "" for a call that goes well
		code         paceline.Code
		wait         time.Duration // RetryAfter
		sends        int
		output       string // "" is not compared
	}{
		{"429 in seconds", "get", some(connectortest.Throttle("7")), "throttled", paceline.CodeRateLimited, 7 * time.Second, 1, ""},
		{"429 with a date", "get", some(connectortest.Throttle("Fri, 01 Jan 2027 00:02:00 GMT")), "throttled", paceline.CodeRateLimited, 2 * time.Minute, 1, ""},
		{"429 with a date long ago", "get", some(connectortest.Throttle("Fri, 01 Jan 2021 00:02:00 GMT")), "throttled", paceline.CodeRateLimited, time.Minute, 1, ""},
		{"429 for ever", "get", some(connectortest.Throttle("99999999999999999999")), "throttled", paceline.CodeRateLimited, 366 * 24 * time.Hour, 1, ""},
		{"429 with a negative time", "get", some(connectortest.Throttle("-5")), "throttled", paceline.CodeRateLimited, time.Minute, 1, ""},

		{"a repeated cursor", "pages", some(connectortest.RepeatedCursor("t")), "permanent", paceline.CodeCallFailed, 0, 2, ""},
		{"pages without end", "pages", some(connectortest.EndlessPages()), "permanent", paceline.CodeCallFailed, 0, 20, ""},

		{"a body that drips", "get", some(connectortest.Drip(20 * time.Millisecond)), "retry", paceline.CodeCallFailed, 0, 3, ""},
		{"a body that drips, of a call that must not be repeated", "change", some(connectortest.Drip(20 * time.Millisecond)), "unknown", paceline.CodeUnknownOutcome, 0, 1, ""},
		{"a body that stops", "get", some(connectortest.Hang(nil)), "retry", paceline.CodeCallFailed, 0, 3, ""},
		{"a body that is cut", "get", []connectortest.Behaviour{connectortest.Truncate(`{"id":`), fine}, "", "", 0, 2, `{"id":1}`},
		{"no answer", "get", some(connectortest.Reset()), "retry", paceline.CodeCallFailed, 0, 3, ""},

		{"a page in place of JSON", "get", some(connectortest.Raw(200, "text/html", "<html>")), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"a number that is a text", "get", some(connectortest.JSON(200, `{"id":"one"}`)), "", "", 0, 1, `{"id":"one"}`},
		{"a list in place of an object", "get", some(connectortest.JSON(200, `[[]]`)), "", "", 0, 1, `[[]]`},
		{"rows that are none", "rows", some(connectortest.JSON(200, `{"data":"none"}`)), "", "", 0, 1, `{"data":"none"}`},
		{"rows of anything", "rows", some(connectortest.JSON(200, `{"data":[1,null,"x",[],{}]}`)), "", "", 0, 1, `{"data":[1,null,"x",[],{}]}`},
		{"JSON in place of XML", "xml", some(connectortest.JSON(200, `{}`)), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"a token of another type", "pages", some(connectortest.JSON(200, `{"data":[{}],"next":[1]}`)), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"text behind the JSON", "get", some(connectortest.JSON(200, `{"id":1} x`)), "decode", paceline.CodeResponseFormat, 0, 1, ""},

		{"another coding", "get", some(connectortest.Coded("br", `{"id":1}`)), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"gzip that is none", "get", some(connectortest.Coded("gzip", `{"id":1,"name":"long enough"}`)), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"gzip within gzip", "get", some(connectortest.Coded("gzip, gzip", `{"id":1}`)), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"an encoding that nobody knows, of plain text", "get", some(connectortest.Raw(200, "application/json; charset=x-klingon", `{"id":1}`)), "", "", 0, 1, `{"id":1}`},
		{"an encoding that nobody knows", "get", some(connectortest.Raw(200, "application/json; charset=x-klingon", "{\"id\":\"\xe9\"}")), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"half a surrogate", "get", some(connectortest.Raw(200, "application/json; charset=utf-16le", "{\x00\"\x00\x00\xd8\"\x00:\x001\x00}\x00")), "", "", 0, 1, ""},
		{"bytes that are no text", "get", some(connectortest.JSON(200, "{\"id\":\"\xff\xfe\"}")), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"an encoding in XML that nobody knows", "xml", some(xml("<?xml version=\"1.0\" encoding=\"x-klingon\"?><a>\xe9</a>")), "decode", paceline.CodeResponseFormat, 0, 1, ""},

		{"a redirect to the loopback", "get", some(connectortest.Redirect(302, "http://127.0.0.1:1/")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect to the loopback as a number", "get", some(connectortest.Redirect(302, "http://2130706433:1/")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect to the loopback of IPv6", "get", some(connectortest.Redirect(307, "http://[::ffff:127.0.0.1]:1/")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect to the keys of a cloud", "get", some(connectortest.Redirect(301, "http://169.254.169.254/latest/meta-data/")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect to a private network", "get", some(connectortest.Redirect(303, "http://10.0.0.1/")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect to a file", "get", some(connectortest.Redirect(302, "file:///etc/passwd")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect with a user", "get", some(connectortest.Redirect(302, "http://a:b@127.0.0.1:1/")), "permanent", paceline.CodeCallFailed, 0, 1, ""},
		{"a redirect to itself", "get", some(connectortest.Redirect(302, "/x")), "permanent", paceline.CodeCallFailed, 0, 6, ""},
		{"a redirect of a change", "change", some(connectortest.Redirect(308, "/y")), "permanent", paceline.CodeCallFailed, 0, 1, ""},

		{"a gzip bomb", "get", some(connectortest.Bomb(1 << 30)), "decode", paceline.CodeResponseTooLarge, 0, 1, ""},
		{"a gzip bomb for a file", "file", some(connectortest.Bomb(1 << 30)), "decode", paceline.CodeResponseTooLarge, 0, 1, ""},
		{"an answer of any length", "get", some(connectortest.Huge(1 << 30)), "decode", paceline.CodeResponseTooLarge, 0, 1, ""},
		{"lists within lists", "get", some(connectortest.Deep(100_000)), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"elements within elements", "xml", some(xml(strings.Repeat("<a>", 100_000))), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"entities of entities", "xml", some(xml(`<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>`)), "decode", paceline.CodeResponseFormat, 0, 1, ""},
		{"columns that grow", "csv", some(csv(strings.Repeat(strings.Repeat("n", 900)+",", 900) + "\n" + strings.Repeat(strings.Repeat(",", 899)+"\n", 200))), "decode", paceline.CodeResponseTooLarge, 0, 1, ""},
		{"many lines", "lines", some(connectortest.Raw(200, "application/x-ndjson", strings.Repeat("[]\n", 1<<20))), "decode", paceline.CodeResponseTooLarge, 0, 1, ""},
		{"many headers", "get", some(connectortest.Headers(4 << 10)), "retry", paceline.CodeCallFailed, 0, 3, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			limit := "30s"
			if strings.HasPrefix(c.name, "a body that drips") || c.name == "a body that stops" {
				limit = "300ms"
			}
			text := strings.Replace(head+hostileDefinition, `server: {`, `server: {maxResponse: 1MiB, timeout: `+limit+`, `, 1)
			b := setupText(t, text)
			b.remote.On("/x", c.answers...)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			call := connector.Call{Instance: b.instance, Method: b.compiled.Method(c.method)}
			result, err := b.runtime.Call(t.Context(), call)
			for err == nil && result.Next != nil {
				call.Page = result.Next
				result, err = b.runtime.Call(t.Context(), call)
			}
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			failed, _ := errors.AsType[*connector.Error](err)
			class, code, wait := "", paceline.Code(""), time.Duration(0)
			if failed != nil {
				class, code, wait = failed.Class.String(), failed.Code, failed.RetryAfter
			} else if err != nil {
				t.Fatalf("an error of no kind: %v", err)
			}
			if class != c.class || code != c.code || wait != c.wait {
				t.Errorf("got %s %s, again after %v, want %s %s %v\n%v", class, code, wait, c.class, c.code, c.wait, failed)
			}
			if n := len(b.remote.Received()); n != c.sends {
				t.Errorf("%d sends, want %d", n, c.sends)
			}
			if c.output != "" && string(result.Output) != c.output {
				t.Errorf("output is %s, want %s", result.Output, c.output)
			}
			if took > 25*time.Second {
				t.Errorf("it took %v", took)
			}
			// All that was allocated from the beginning to the end, the remote's own share included.
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("it allocated %d MiB", grown>>20)
			}
		})
	}
}

func some(b connectortest.Behaviour) []connectortest.Behaviour { return []connectortest.Behaviour{b} }

// keeper is a store of one credential.
type keeper struct {
	b      *bundle
	now    *connector.Instance
	renews int
}

func (k *keeper) Renew(ctx context.Context, used *connector.Instance) (*connector.Instance, error) {
	if used != k.now {
		return k.now, nil
	}
	grant, err := k.b.runtime.Obtain(ctx, k.now)
	if err != nil {
		return nil, err
	}
	k.renews++
	next := connector.Instance{Compiled: used.Compiled, Auth: used.Auth, AuthValue: grant.Text(), Client: used.Client, Properties: used.Properties}
	k.now = &next
	return k.now, nil
}

// TestRotatingTokens: a vendor whose access tokens end after two calls, and whose refresh tokens are good once, is
// called ten times; a refresh token that somebody else has used ends the grant, with an error that says so.
func TestRotatingTokens(t *testing.T) {
	t.Parallel()
	b := oauthSetup(t, `{"AccessToken":"a0","RefreshToken":"r0"}`, codeGrant)
	tokens := connectortest.NewTokens()
	b.remote.On("/token", tokens.Refresh())
	b.remote.On("/get", tokens.Guard(2, connectortest.JSON(200, `{"id":1}`)))
	keeper := &keeper{b: b, now: b.instance}
	b.runtime = b.runtimeWith(t, keeper)
	call := func() error {
		_, err := b.runtime.Call(t.Context(), connector.Call{Instance: keeper.now, Method: b.compiled.Method("get")})
		return err
	}
	for i := range 10 {
		if err := call(); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if keeper.renews != 4 {
		t.Errorf("renewed %d times, want 4", keeper.renews)
	}
	stolen, err := http.PostForm(b.remote.URL+"/token", map[string][]string{"refresh_token": {"r1"}})
	if err != nil {
		t.Fatal(err)
	}
	stolen.Body.Close()
	err = call()
	failed, _ := errors.AsType[*connector.Error](err)
	if failed == nil || failed.Class != connector.ClassAuth || failed.Code != paceline.CodeAuthFailed || !errors.Is(err, connector.ErrGrantInvalid) {
		t.Errorf("after a refresh token was used twice: %v", fmt.Sprint(err))
	}
}
