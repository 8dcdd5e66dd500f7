package api_test

import (
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
)

const placed = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: placed, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c96, name: Placed, version: 1.0.0}
allowedHosts: ["http://SINK"]
server: {baseUrl: "http://SINK"}
auth:
  - {id: person, type: api_key, default: true, apply: {in: header, name: X-Key, value: "{{auth.ApiKey}}"}}
  - {id: app, type: api_key, apply: {in: header, name: X-Key, value: "{{auth.ApiKey}}"}}
lookups:
  bases: {method: list-bases, value: "[bases].id", instead: {app: tables}}
  tables: {method: list-tables, value: "[tables].id"}
methods:
  - {id: list-bases, name: List Bases, request: {method: GET, path: /bases}, response: {rows: "[bases]"}}
  - {id: list-tables, name: List Tables, request: {method: GET, path: /bases/b1/tables}, response: {rows: "[tables]"}}
  - {id: columns, name: Columns, fieldSource: true, request: {method: GET, path: /columns/tickets}, response: {rows: "[columns]", fieldMap: {loc: row.key}}}
  - {id: more, name: More, fieldSource: true, request: {method: GET, path: /columns/contacts}, response: {rows: "[columns]", fieldMap: {loc: row.key}}}
  - id: list
    name: List
    customFields: {response: [{method: columns, at: "[rows].values"}, {method: more, at: "[rows]"}]}
    request: {method: GET, path: "/{{Base}}"}
    params: [{name: Base, in: path, lookup: bases}]
`

// TestFieldsAndChoicesByPlace: fields of several sources are discovered at their places in the rows of a list, and an
// account connector whose authentication has a lookup of its own is offered the choices of that.
func TestFieldsAndChoicesByPlace(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h, ctx, p := newHouse(t, open(t)), t.Context(), paceline.SystemPrincipalOf(1)
		text := strings.ReplaceAll(placed, "SINK", h.sink.Listener.Addr().String())
		_, err := h.rooms.Catalog.Publish(ctx, catalog.Publication{Partner: p.Partner, Name: "placed.yaml", Document: []byte(text)})
		must(t, err)
		a, err := h.rooms.Tenant.ResolveAccount(ctx, p, []string{"northwind"})
		must(t, err)
		key := "letmein"
		for auth, want := range map[string][]string{"person": {"b1", "b2", "b3"}, "app": {"contacts", "tickets"}} {
			ac, err := h.rooms.Catalog.InstallConnector(ctx, p, a, catalog.ConnectorRef{Name: "Placed"}, catalog.ConnectorInstall{AuthValue: &key, Authentication: &auth, FreeName: true})
			must(t, err)
			list, err := h.rooms.Catalog.RunLookup(ctx, p, a, ac.ID, ac.Release.ID(connector.LookupElement, "bases"), func() (catalog.LookupInput, error) { return catalog.LookupInput{}, nil })
			must(t, err)
			var values []string
			for _, c := range list {
				values = append(values, c.Value)
			}
			if slices.Sort(values); !slices.Equal(values, want) {
				t.Errorf("%s is offered %q, want %q", auth, values, want)
			}
			fields, err := h.rooms.Catalog.DiscoverFields(ctx, p, a, ac.ID, func() (catalog.FieldTarget, error) {
				return catalog.FieldTarget{Method: catalog.MethodRef{UID: ac.Release.Compiled.MethodUID("list")}}, nil
			})
			must(t, err)
			var places []string
			for _, f := range fields {
				places = append(places, f.Location)
			}
			if want := "[rows].values.weight [rows].size [rows].kind [rows].total"; strings.Join(places, " ") != want {
				t.Errorf("fields at %q, want %q", places, want)
			}
		}
	})
}
