package api_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tidwall/gjson"

	"paceline/store"
	"paceline/store/storetest"
)

// TestEmbeddingAtOnce: fifty calls at once for an account and a user that are not there make one of each, with one
// installation of the connector; and an address that fifty open at once admits one.
func TestEmbeddingAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		body := `{"AccountId":"crowd","Username":"kim","Password":"quite-long-1","MarketplaceId":` + h.marketplaces["partner"] +
			`,"ConnectorAuthentications":{"Name":"Sink","AuthValue":"letmein"}}`
		pages := []struct{ path, url string }{
			{"/users/launch", "LaunchUrl"}, {"/users/orbit", "OrbitUrl"}, {"/users/marketplace", "MarketplaceUrl"},
			{"/accounts/crowd/launch", "LaunchUrl"},
		}
		answers := make([]string, 50)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = h.call(t, "POST", pages[i%len(pages)].path, "", body) })
		}
		all.Wait()
		accounts, users := h.call(t, "GET", "/accounts", "", ""), h.call(t, "GET", "/accounts/crowd/users", "", "")
		if n := gjson.Get(accounts, `#(Id=="crowd")#`).Array(); len(n) != 1 || users != `["API User","kim"]` {
			t.Errorf("%d accounts, users %s", len(n), users)
		}
		if n := gjson.Get(h.call(t, "GET", "/account/connectors", "crowd", ""), "#").Int(); n != 1 {
			t.Errorf("the connector was installed %d times", n)
		}
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		for i, page := range pages {
			address := gjson.Get(answers[i], page.url).String()
			var admitted, refused atomic.Int32
			for range 50 {
				all.Go(func() {
					resp, err := client.Get(address)
					if err != nil {
						t.Error(err)
						return
					}
					resp.Body.Close()
					switch {
					case resp.StatusCode == http.StatusSeeOther && len(resp.Cookies()) == 2: // of this visit, and of the last one
						admitted.Add(1)
					case resp.StatusCode == http.StatusForbidden && len(resp.Cookies()) == 0:
						refused.Add(1)
					default:
						t.Errorf("%s answers %s", address, resp.Status)
					}
				})
			}
			all.Wait()
			if admitted.Load() != 1 || refused.Load() != 49 {
				t.Errorf("%s admits %d and refuses %d", page.path, admitted.Load(), refused.Load())
			}
		}
	})
}
