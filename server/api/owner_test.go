package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"paceline/server/api"
	"paceline/store"
	"paceline/store/storetest"
)

// ownedElsewhere says that another node works for all accounts, and answers in its place.
type ownedElsewhere struct{ roots []int64 }

func (e *ownedElsewhere) Pass(w http.ResponseWriter, _ *http.Request, root int64, _ string) bool {
	e.roots = append(e.roots, root)
	w.WriteHeader(http.StatusTeapot)
	return true
}

func (*ownedElsewhere) Changed(context.Context) {}

// TestCallsAreMadeByTheOwner: calls at a vendor that a request asks for are made by the node that works for the account: the limits of
// its credentials are in that node's memory alone.
func TestCallsAreMadeByTheOwner(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h, nodes := newHouse(t, open(t)), &ownedElsewhere{}
		services := h.rooms
		services.Nodes = nodes
		a := api.New(services)
		root, err := h.rooms.Tenant.ResolveAccount(t.Context(), h.p, []string{"northwind"})
		must(t, err)
		asked := 0
		for _, path := range []string{"1/methods/1", "1/methods/1/body", "1/test/1"} {
			q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1.0/account/connectors/"+path, strings.NewReader(`{}`))
			q.Header.Set("Content-Type", "application/json")
			h.authorize(t, q, "restricted")
			answer := httptest.NewRecorder()
			if a.ServeHTTP(answer, q); answer.Code == http.StatusNotFound && len(nodes.roots) == asked {
				t.Errorf("%s: no such address", path)
				continue
			}
			if asked++; answer.Code != http.StatusTeapot || len(nodes.roots) != asked || nodes.roots[asked-1] != root.Root {
				t.Errorf("%s got %d %s here; passed on were the roots %v", path, answer.Code, answer.Body, nodes.roots)
			}
		}
	})
}
