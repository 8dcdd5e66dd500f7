package api_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"paceline/server/api"
	"paceline/store"
	"paceline/store/storetest"
)

// TestEnsureMakesOne: of fifty calls at once that ensure the same thing, all succeed and one makes it.
func TestEnsureMakesOne(t *testing.T) {
	template, err := os.ReadFile("testdata/contacts.json")
	must(t, err)
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := gjson.Get(h.call(t, "POST", "/templates/import", "", string(template)), "Id").String()
		for _, c := range []struct{ path, account, body, list string }{
			{"/accounts?ensure=true", "", `{"Id":"crowd","Name":"Crowd"}`, "/accounts"},
			{"/connectors/sink/install?ensure=true", "contoso", `{}`, "/account/connectors"},
			{"/accounts?ensure=true", "", `{"Id":"whole","Name":"Whole","InstallConnectors":[{"Connector":"Sink"}],"InstallTemplates":[{"TemplateId":"` + id + `"}]}`, "/accounts"},
			{"/templates/" + id + "/install?ensure=true", "contoso", ``, "/cycles"},
		} {
			before := gjson.Get(h.call(t, "GET", c.list, c.account, ""), "#").Int()
			ids := make([]string, 50)
			var all sync.WaitGroup
			for i := range ids {
				all.Go(func() { ids[i] = gjson.Get(h.call(t, "POST", c.path, c.account, c.body), "Id").String() })
			}
			all.Wait()
			for _, id := range ids {
				if id == "" || id != ids[0] {
					t.Errorf("POST %s answered %q and %q", c.path, id, ids[0])
				}
			}
			if after := gjson.Get(h.call(t, "GET", c.list, c.account, ""), "#").Int(); after != before+1 {
				t.Errorf("POST %s made %d", c.path, after-before)
			}
		}
	})
}

// call makes a call of the first partner that must succeed, and returns the answer.
func (h *house) call(t *testing.T, method, path, account, body string) string {
	q, err := http.NewRequest(method, h.url+api.Prefix+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	h.authorize(t, q, "")
	if account != "" {
		q.Header.Set("X-Cyclr-Account", account)
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
	return string(answer)
}
