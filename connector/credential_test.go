package connector_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/internal/egress"
)

// TestCredentialGoesOnlyToAllowedHosts is decision D-38 and requirement S-015.
func TestCredentialGoesOnlyToAllowedHosts(t *testing.T) {
	t.Parallel()
	t.Run("redirect to the same origin keeps it", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.remote.On("/contacts/1", connectortest.Redirect(301, "/contacts/2"))
		b.remote.On("/contacts/2", connectortest.JSON(200, `{"id":2}`))
		result, failed := b.call("get-contact", "path:Id=1")
		if failed != nil || string(result.Output) != `{"id":2}` || result.TasksOK != 2 {
			t.Fatal(failed, result)
		}
		if key := b.remote.Received()[1].Header.Get("X-Api-Key"); key != "secret-key-1" {
			t.Errorf("key is %q", key)
		}
	})
	t.Run("redirect to another origin drops it", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		other := connectortest.NewRemote()
		t.Cleanup(other.Close)
		guard, _ := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(b.remote.URL, "http://"), strings.TrimPrefix(other.URL, "http://")}, Logger: quiet})
		b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock})
		b.remote.On("/contacts/1", connectortest.Redirect(302, other.URL+"/file"))
		other.On("/file", connectortest.JSON(200, `{"id":3}`))
		result, failed := b.call("get-contact", "path:Id=1", `header:Trace="t"`, `cookie:Session="c"`)
		if failed != nil || string(result.Output) != `{"id":3}` {
			t.Fatal(failed, result)
		}
		got := other.Received()[0].Header
		if diff := cmp.Diff(http.Header{"Accept": {"application/json"}, "User-Agent": {"Paceline"}, "Accept-Encoding": {"gzip"}}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("redirect into a private network is refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.remote.On("/contacts/1", connectortest.Redirect(302, "http://127.0.0.1:1/"))
		_, failed := b.call("get-contact", "path:Id=1")
		if failed == nil || failed.Class != connector.ClassPermanent || !errors.Is(failed, egress.ErrRefused) {
			t.Error(failed)
		}
	})
	t.Run("a host that no pattern names is called without it", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		text := strings.Replace(crm(t), `allowedHosts: [`, `allowedHosts: ["http://x", `, 1)
		text = strings.Replace(text, "methods:\n", "methods:\n  - {id: elsewhere, name: Elsewhere, request: {method: GET, url: \"http://{{Region}}/file\"}}\n", 1)
		def, problems := connector.Parse("x", []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		b.compiled, _ = connector.Compile(def)
		other := connectortest.NewRemote()
		t.Cleanup(other.Close)
		other.On("/file", connectortest.JSON(200, `{"id":1}`))
		guard, _ := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(other.URL, "http://")}, Logger: quiet})
		b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Clock: b.clock})
		b.instance = &connector.Instance{
			Compiled: b.compiled, AuthValue: "secret-key-1",
			Properties: map[string]string{"BaseUrl": b.remote.URL, "Region": strings.TrimPrefix(other.URL, "http://")},
		}
		result, failed := b.call("elsewhere")
		if failed != nil || len(result.Warnings) != 1 {
			t.Fatal(failed, result)
		}
		if got := other.Received()[0].Header; got.Get("X-Api-Key") != "" {
			t.Errorf("the credential went out: %v", got)
		}
	})
}

func crm(t *testing.T) string {
	text, err := os.ReadFile("testdata/crm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
