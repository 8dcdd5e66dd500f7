package api_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"paceline/catalog"
	"paceline/server/embed"
	"paceline/tenant"
)

// vendor is an authorization server that others wrote, with an API that needs its tokens. It is there for scenarios
// that ask for it.
type vendor struct {
	*httptest.Server
	handler http.Handler
}

func newVendor(t *testing.T) *vendor {
	v := &vendor{handler: http.NotFoundHandler()}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { v.handler.ServeHTTP(w, q) }))
	t.Cleanup(v.Close)
	return v
}

// meetVendor opens the vendor, publishes its connector, and one that proves credentials, to the first partner, and lets people return to that partner's
// product.
func (h *house) meetVendor(t *testing.T) {
	t.Helper()
	clients := map[string]*storage.Client{"app": storage.WebClient("app", "app-secret", h.url+embed.CallbackPath)}
	h.vendor.handler = exampleop.SetupServer(h.vendor.URL, storage.NewStorageWithClients(storage.NewUserStore(h.vendor.URL), clients), nil, false)
	_, err := h.rooms.Tenant.UpdateSettings(t.Context(), h.p, tenant.SettingsPatch{Origins: tenant.Value([]string{"https://app.example.com"})})
	must(t, err)
	addresses := strings.NewReplacer("VENDOR", h.vendor.Listener.Addr().String(), "SINK", h.sink.Listener.Addr().String())
	for _, name := range []string{"vendor.yaml", "proved.yaml"} {
		text, err := os.ReadFile("testdata/" + name)
		must(t, err)
		_, err = h.rooms.Catalog.Publish(t.Context(), catalog.Publication{Partner: h.p.Partner, Name: name, Document: []byte(addresses.Replace(string(text)))})
		must(t, err)
	}
}
