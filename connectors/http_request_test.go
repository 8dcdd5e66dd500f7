package connectors

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/internal/egress"
	"paceline/mapping"
)

// call makes one call of a connector of this folder, whose requests go through transport.
func call(t *testing.T, transport http.RoundTripper, key, method string, i *connector.Instance, params map[string]string) (connector.Result, error) {
	t.Helper()
	doc, err := Files.ReadFile(key + "/connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, problems := connector.Parse(key, doc)
	if def == nil {
		t.Fatal(problems)
	}
	if i.Compiled, err = connector.Compile(def); err != nil {
		t.Fatal(err)
	}
	for _, a := range def.Auth {
		if i.AuthValue != "" && a.Type == "bearer" {
			i.Auth = i.Compiled.Auth(a.ID)
		}
	}
	var in mapping.Inputs
	for name, value := range params {
		place, name, _ := strings.Cut(name, ":")
		in.Params = append(in.Params, mapping.Param{In: place, Name: name, Value: mapping.Quote(value)})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return connector.New(connector.Config{Transport: transport, Limits: connector.Limits{Sends: 1}}).Call(ctx, connector.Call{
		Instance: i, Method: i.Compiled.Method(method), Inputs: in, LogRequest: true,
	})
}

func answer(status int, head map[string]string, body string) connectortest.Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range head {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// TestUtilitiesStayOutOfPrivateNetworks: the address of a step goes through the same guard as that of any connector.
func TestUtilitiesStayOutOfPrivateNetworks(t *testing.T) {
	t.Parallel()
	remote := connectortest.NewRemote()
	defer remote.Close()
	remote.On("/", answer(200, nil, `{}`))
	guard, err := egress.New(egress.Config{})
	if err != nil {
		t.Fatal(err)
	}
	guarded := guard.Transport()
	for _, what := range []string{"http-request/get", "http-request/post", "generic-webhook/post", "generic-form/post", "generic-file-downloader/download"} {
		key, method, _ := strings.Cut(what, "/")
		for _, address := range []string{remote.URL + "/", "http://169.254.169.254/latest", "http://[::1]:80/", "http://0x7f000001/"} {
			_, err := call(t, guarded, key, method, &connector.Instance{}, map[string]string{"template:Url": address})
			if err == nil {
				t.Errorf("%s reached %s", what, address)
			}
		}
	}
	if n := len(remote.Received()); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

// TestHTTPRequestKeepsItsSecrets: what a step puts into a header and what the account connector knows stays out of logs
// and errors; a redirect to another host carries neither.
func TestHTTPRequestKeepsItsSecrets(t *testing.T) {
	t.Parallel()
	remote, other := connectortest.NewRemote(), connectortest.NewRemote()
	defer remote.Close()
	defer other.Close()
	remote.On("/moved", answer(302, map[string]string{"Location": other.URL + "/there"}, ""))
	remote.On("/within", answer(302, map[string]string{"Location": "/echo"}, ""))
	remote.On("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		w.Write([]byte("you sent " + r.Header.Get("Authorization")))
	})
	other.On("/there", answer(200, nil, `{}`))
	instance := func() *connector.Instance {
		return &connector.Instance{AuthValue: "the-token", Properties: map[string]string{"Host": remote.URL}}
	}
	for _, path := range []string{"/moved", "/echo", "/within"} {
		result, err := call(t, http.DefaultTransport, "http-request", "get", instance(), map[string]string{
			"template:Url": remote.URL + path, "headers:Headers": "X-Session: the-session\nX-Trace: seen"})
		text := ""
		for _, e := range result.Exchanges {
			text += string(e.Request) + string(e.Response)
		}
		if failed, ok := errors.AsType[*connector.Error](err); ok {
			text += failed.Detail
		}
		if (err != nil) != (path != "/moved") || !strings.Contains(text, "seen") {
			t.Errorf("%s: %v, %s", path, err, text)
		}
		for _, secret := range []string{"the-token", "the-session"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %s: %s", path, secret, text)
			}
		}
	}
	first, second := remote.Received()[0], other.Received()[0]
	if first.Header.Get("Authorization") != "Bearer the-token" || first.Header.Get("X-Session") != "the-session" {
		t.Error("the host of the credential got", first.Header)
	}
	if second.Header.Get("Authorization") != "" || second.Header.Get("X-Session") != "" {
		t.Error("another host got", second.Header)
	}
}

const lenderDoc = `apiVersion: connectors/v1
kind: Connector
metadata: {key: lender, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: Lender, version: 1.0.0}
allowedHosts: ["{{Base}}"]
properties: [{name: Base, scope: account}]
server: {baseUrl: "{{Base}}"}
auth: [{id: token, type: bearer}]
limits: [{id: hourly, scope: instance, requests: 2, per: 1h}]
methods:
  - {id: get, name: Get, request: {method: GET, path: /}}
`

// TestHTTPRequestWithTheCredentialOfAnother: the credential of another account connector goes along to its own hosts alone,
// its limits count, and it stays out of logs and errors.
func TestHTTPRequestWithTheCredentialOfAnother(t *testing.T) {
	t.Parallel()
	home, other := connectortest.NewRemote(), connectortest.NewRemote()
	defer home.Close()
	defer other.Close()
	for _, r := range []*connectortest.Remote{home, other} {
		r.On("/echo", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(`"` + r.Header.Get("Authorization") + `"`))
		})
	}
	def, problems := connector.Parse("lender", []byte(lenderDoc))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	lent := &connector.Instance{ID: 7, Compiled: compiled, Auth: compiled.Auth("token"), AuthValue: "lent-token", Properties: map[string]string{"Base": home.URL}}
	doc, err := Files.ReadFile("http-request/connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if def, problems = connector.Parse("http-request", doc); def == nil {
		t.Fatal(problems)
	}
	if compiled, err = connector.Compile(def); err != nil {
		t.Fatal(err)
	}
	own := &connector.Instance{ID: 8, Compiled: compiled, Auth: compiled.Auth("bearer"), AuthValue: "own-token", Properties: map[string]string{"Host": other.URL}}
	runtime := connector.New(connector.Config{Transport: http.DefaultTransport, Limits: connector.Limits{Sends: 1}})
	for _, c := range []struct{ url, lender, seen, warning, detail string }{
		{home.URL + "/echo", "Lender", "Bearer lent-token", "", ""},
		{other.URL + "/echo", "Lender", "", "without the credential", ""},
		{other.URL + "/echo", "", "Bearer own-token", "", ""},
		{home.URL + "/echo", "Nobody", "", "", "Nobody: Account connector not found."},
		{home.URL + "/echo", "Lender", "", "", "waits for the limit hourly"},
	} {
		in := mapping.Inputs{Params: []mapping.Param{{In: "template", Name: "Url", Value: mapping.Quote(c.url)}, {In: "credential", Name: "CredentialOf", Value: mapping.Quote(c.lender)},
			{In: "headers", Name: "Headers", Value: mapping.Quote("X-Trace: own-token")}}}
		before := len(home.Received()) + len(other.Received())
		result, err := runtime.Call(t.Context(), connector.Call{Instance: own, Method: compiled.Method("get"), Inputs: in, LogRequest: true,
			Lend: func(_ context.Context, name string) (*connector.Instance, error) {
				if name == "Lender" {
					return lent, nil
				}
				return nil, paceline.Fail(paceline.CodeNotFound, "what", "Account connector")
			}})
		text := ""
		for _, w := range result.Warnings {
			text += w.Detail
		}
		if (c.warning == "") != (text == "") || !strings.Contains(text, c.warning) {
			t.Errorf("%+v: warned %q", c, text)
		}
		if failed, ok := errors.AsType[*connector.Error](err); c.detail == "" && err != nil || c.detail != "" && (!ok || !strings.Contains(failed.Detail, c.detail)) {
			t.Errorf("%+v: %v", c, err)
		}
		if n := len(home.Received()) + len(other.Received()) - before; (n == 1) != (c.detail == "") {
			t.Errorf("%+v: %d requests", c, n)
		}
		if c.detail == "" {
			remote := home
			if strings.HasPrefix(c.url, other.URL) {
				remote = other
			}
			all := remote.Received()
			if seen := all[len(all)-1].Header.Get("Authorization"); seen != c.seen {
				t.Errorf("%+v: the remote got %q", c, seen)
			}
		}
		for _, e := range result.Exchanges {
			if s := string(e.Request) + string(e.Response); strings.Contains(s, "-token") {
				t.Errorf("%+v: the log shows it: %s", c, s)
			}
		}
	}
}

// TestDownloadsAreBounded: a file that is larger than allowed is refused, whether or not its size is told.
func TestDownloadsAreBounded(t *testing.T) {
	t.Parallel()
	remote := connectortest.NewRemote()
	defer remote.Close()
	piece := strings.Repeat("x", 1<<20)
	remote.On("/told", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "60000000")
		w.Write([]byte(piece))
	})
	remote.On("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range 64 {
			if _, err := w.Write([]byte(piece)); err != nil {
				return
			}
		}
	})
	remote.On("/small", answer(200, map[string]string{"Content-Type": "image/png"}, "\x89PNG"))
	for path, code := range map[string]string{"/told": "response_too_large", "/endless": "response_too_large", "/small": ""} {
		result, err := call(t, http.DefaultTransport, "generic-file-downloader", "download", &connector.Instance{}, map[string]string{"template:Url": remote.URL + path})
		got := ""
		if failed, ok := errors.AsType[*connector.Error](err); ok {
			got = string(failed.Code)
		}
		if got != code || (code == "") != (string(result.Output) == `{"type":"image/png","size":4,"file":{"type":"image/png","size":4,"base64":"iVBORw=="}}`) {
			t.Errorf("%s: %s, %v", path, result.Output, err)
		}
	}
}
