package connector_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/internal/egress"
	"paceline/mapping"
	"paceline/script"
	"paceline/script/worker"
)

// reachable are requests of scripts, in which HOME is a remote of the connector's allowed hosts, THERE another one that
// may be called, and CLOSED one that the guard does not let through. got is what the script says of each.
var reachable = []struct{ code, got string }{
	{"http_request({ url: 'HOME/echo' }).content", "HOME: Bearer geheim"},
	{"http_request({ url: 'THERE/echo' }).content", "THERE: "},
	{"http_request({ url: 'HOME/to-there' }).content", "THERE: "},
	{"http_request({ url: 'HOME/within' }).content", "HOME: Bearer geheim"},
	{"http_request({ method: 'POST', url: 'HOME/to-there', data: 'x' }).status_code", "302"},
	{"http_request({ url: 'HOME/to-closed' })", "throws"},
	{"http_request({ url: 'HOME/to-file' }).status_code", "302"},
	{"http_request({ url: 'HOME/round' }).status_code", "302"},
	{"http_request({ url: 'CLOSED/echo' })", "throws"},
	{"http_request({ url: 'http://169.254.169.254/latest/meta-data' })", "throws"},
	{"http_request({ url: 'http://[::1]:80/' })", "throws"},
	{"http_request({ url: 'http://[::ffff:127.0.0.1]/' })", "throws"},
	{"http_request({ url: 'http://0x7f000001/' })", "throws"},
	{"http_request({ url: 'http://2130706433/' })", "throws"},
	{"http_request({ url: 'http://127.1/' })", "throws"},
	{"http_request({ url: 'http://localhost/' })", "throws"},
	{"http_request({ url: 'http://user:pw@127.0.0.1/' })", "throws"},
	{"http_request({ url: 'file:///etc/passwd' })", "throws"},
	{"http_request({ url: 'gopher://127.0.0.1:25/' })", "throws"},
	{"http_request({ url: '//127.0.0.1/' })", "throws"},
	{"http_request({ url: 'HOME/echo', headers: { Host: 'evil.example' } })", "throws"},
	{"http_request({ url: 'HOME/echo', headers: { 'X-A': 'a\\r\\nB: c' } })", "throws"},
	{"http_request({ url: 'HOME/echo', headers: { 'Content-Length': '5' } })", "throws"},
	{"http_request({ url: 'HOME/echo', method: 'CONNECT' })", "throws"},
	{"http_request({ url: 'HOME/echo', method: 'GET / HTTP/1.1' })", "throws"},
	{"http_request('HOME/echo')", "throws"},
	{"http_request(null)", "throws"},
	{"http_request([])", "throws"},
	{"http_request({ url: ['HOME/echo'] })", "throws"},
	{"http_request({ url: 'HOME/large' })", "throws"},
}

// TestWhereScriptsReach: requests of scripts go through the guard of all calls, redirects included, and carry the credential
// to allowed hosts alone.
func TestWhereScriptsReach(t *testing.T) {
	t.Parallel()
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}})
	t.Cleanup(pool.Close)
	home, there, closed := connectortest.NewRemote(), connectortest.NewRemote(), connectortest.NewRemote()
	for _, r := range []*connectortest.Remote{home, there, closed} {
		t.Cleanup(r.Close)
		r.On("/echo", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "http://%s: %s", r.Host, r.Header.Get("Authorization"))
		})
	}
	home.On("/to-there", connectortest.Redirect(302, there.URL+"/echo"))
	home.On("/to-closed", connectortest.Redirect(302, closed.URL+"/echo"))
	home.On("/to-file", connectortest.Redirect(302, "file:///etc/passwd"))
	home.On("/within", connectortest.Redirect(302, "/echo"))
	home.On("/round", connectortest.Redirect(302, "/round"))
	home.On("/large", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 9<<20)) })
	guard, err := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(home.URL, "http://"), strings.TrimPrefix(there.URL, "http://")}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Replace(fmt.Sprintf(scriptDoc, `"// none"`, `"// none"`), "https://eu.api.acme.example", home.URL, 1)
	doc = strings.Replace(doc, "*.api.acme.example", home.URL, 1)
	def, problems := connector.Parse("acme", []byte(doc))
	if def == nil {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("HOME", home.URL, "THERE", there.URL, "CLOSED", closed.URL)
	runtime := connector.New(connector.Config{Transport: guard.Transport(), Scripts: pool, Limits: connector.Limits{Sends: 1}})
	for _, c := range reachable {
		// The step makes its own call behind the script's; what it sends does not matter here.
		code := "function before_action() { let got; try { got = String(" + names.Replace(c.code) + ") } catch (e) { got = 'throws' } action_data = got; return false }"
		result, _ := runtime.Call(t.Context(), connector.Call{
			Instance: &connector.Instance{Account: 1, Partner: 1, Compiled: compiled, AuthValue: "geheim"}, Method: compiled.Method("send"),
			Inputs: mapping.Inputs{Params: []mapping.Param{{In: "path", Name: "Id", Value: mapping.Value("1")}}},
			Script: connector.ScriptCall{Step: code},
		})
		if got := mapping.Text(mapping.Value(result.Data)); got != names.Replace(c.got) {
			t.Errorf("%s: %s, want %s", c.code, got, names.Replace(c.got))
		}
	}
	if n := len(closed.Received()); n != 0 {
		t.Errorf("%d requests came to where none may go", n)
	}
}
