package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline/store"
	"paceline/store/storetest"
)

// TestAnotherCustomersEvents: a token of one account cannot bring the events of another customer, whose id at the vendor
// it knows, into its account; the partner's token can give the id.
func TestAnotherCustomersEvents(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newSharedHouse(t, open(t))
		ac := h.acs["northwind"]
		own := fmt.Sprintf("/v1.0/account/connectors/%d/properties", ac.ID)
		one := fmt.Sprintf("%s/%d", own, ac.Properties[0].ID)
		send := func(as, method, path, body string) (int, string) {
			t.Helper()
			q, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
			must(t, err)
			q.Header.Set("Content-Type", "application/json")
			q.Header.Set("X-Cyclr-Account", "northwind")
			h.authorize(t, q, as)
			r, err := http.DefaultClient.Do(q)
			must(t, err)
			defer r.Body.Close()
			answer, _ := io.ReadAll(r.Body)
			return r.StatusCode, string(answer)
		}
		status, body := send("restricted", "POST", own, `{"Name":"Note","Value":"222"}`)
		if status != 200 {
			t.Fatalf("another property: %d %s", status, body)
		}
		note := fmt.Sprintf("%s/%d", own, gjson.Get(body, "Id").Int())
		for what, c := range map[string][3]string{
			"set":          {"POST", own, `{"Name":"PortalId","Value":"222"}`},
			"update":       {"PUT", one, `{"Name":"PortalId","Value":"222"}`},
			"rename":       {"PUT", one, `{"Name":"Other"}`},
			"rename to it": {"PUT", note, `{"Name":"PortalId"}`},
			"delete":       {"DELETE", one, ""},
			"install":      {"POST", "/v1.0/connectors/Portal/install", `{"Name":"Mine","Properties":[{"Name":"PortalId","Value":"222"}]}`},
		} {
			if status, body := send("restricted", c[0], c[1], c[2]); status != 403 || !strings.Contains(gjson.Get(body, "Message").String(), "PortalId") {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		h.deliver(`[{"event":"a","portal":222},{"event":"b","portal":111}]`, "app-secret")
		if got := h.payloads("northwind"); len(got) != 1 || got[0] != `[{"event":"b","portal":111}]` {
			t.Errorf("the account has %q", got)
		}
		if status, body := send("partner", "POST", own, `{"Name":"PortalId","Value":"111, 222"}`); status != 200 {
			t.Fatalf("the partner: %d %s", status, body)
		}
		h.deliver(`[{"event":"c","portal":222}]`, "app-secret")
		if got := h.payloads("northwind"); len(got) != 2 || len(h.payloads("contoso")) != 2 {
			t.Errorf("with the id from the partner the account has %q", got)
		}
	})
}
