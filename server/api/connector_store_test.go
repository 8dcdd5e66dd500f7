package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// TestConnectorStore: anybody sees the connectors of the installation, and nothing of a partner's.
func TestConnectorStore(t *testing.T) {
	t.Parallel()
	const definition = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: KEY, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7dDIGIT, name: NAME, version: 1.0.0, description: Sells things.}
server: {baseUrl: "https://shop.example"}
allowedHosts: ["https://shop.example"]
auth: [{id: none, type: none}]
methods:
  - {id: list, name: List Orders, category: Orders, request: {method: GET, path: /orders}}
  - {id: get, name: Get Order, category: Orders, request: {method: GET, path: /order}}
  - {id: ping, name: Ping, category: Account, request: {method: GET, path: /ping}}
  - {id: secret, name: Hidden, hidden: true, request: {method: GET, path: /hidden}}
`
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		for i, name := range []string{"Shop", "Till"} {
			text := strings.NewReplacer("KEY", strings.ToLower(name), "NAME", name, "DIGIT", fmt.Sprint("a", i)).Replace(definition)
			if _, err := h.rooms.Catalog.Publish(t.Context(), catalog.Publication{Name: "shop.yaml", Document: []byte(text)}); err != nil {
				t.Fatal(err)
			}
		}
		ask := func(method, path string, status int) string {
			t.Helper()
			got, answer, _ := h.send(t, "none", "", method, path, "")
			if got != status {
				t.Errorf("%s %s: %d, want %d: %s", method, path, got, status, answer)
			}
			return answer
		}
		list := ask("GET", "/api/connectorstore", 200)
		if names := gjson.Get(list, "#.Name").Raw; names != `["Shop","Till"]` || gjson.Get(list, "0.Prices.USD").Int() != 0 || gjson.Get(list, "0.Description").String() != "Sells things." {
			t.Errorf("the store has %s", list)
		}
		if page := ask("GET", "/API/ConnectorStore/?pagesize=1&page=2", 200); gjson.Get(page, "#.Name").Raw != `["Till"]` {
			t.Errorf("the second page has %s", page)
		}
		one := ask("GET", "/api/connectorstore/"+gjson.Get(list, "0.Id").String(), 200)
		if got := gjson.Get(one, "MethodCategories").Raw; got != `[{"Category":"Account","Methods":["Ping"]},{"Category":"Orders","Methods":["Get Order","List Orders"]}]` {
			t.Errorf("the methods are %s", got)
		}
		mine, _ := h.ask(t, "partner", "", "GET", "/connectors/sink", "")
		ask("GET", "/api/connectorstore/"+gjson.Get(mine, "0.Id").String(), 404)
		ask("GET", "/api/connectorstore/2000000000", 404)
		ask("GET", "/api/connectorstore/shop", 400)
		ask("GET", "/api/connectorstore?pageSize=x", 400)
		ask("POST", "/api/connectorstore", 405)
	})
}
