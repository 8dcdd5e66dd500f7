package catalog_test

import (
	"encoding/json"
	"testing"

	"paceline"
	"paceline/catalog"
)

// The catalogue as callers see it, whole, with ids and all.
func TestCatalogueGolden(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		connectors, err := h.Connectors(ctx, h.p, catalog.ConnectorFilter{Query: "UB", Category: "developer tools"}, paceline.Page{})
		must(t, err)
		methods, err := h.Methods(ctx, h.p, catalog.ConnectorRef{Name: "HUB", Version: "V3"}, catalog.MethodFilter{})
		must(t, err)
		got, err := json.MarshalIndent(map[string]any{"Connectors": connectors.Items, "Methods": methods}, "", "  ")
		must(t, err)
		golden(t, "catalogue.json", append(got, '\n'))
	})
}

func TestConnectorLookups(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		named, err := h.ConnectorsNamed(ctx, h.p, "hub", "")
		must(t, err)
		if len(named) != 1 {
			t.Fatalf("%d connectors named hub", len(named))
		}
		hub := named[0]
		if other, err := h.ConnectorsNamed(ctx, h.p, "hub", "v4"); err != nil || len(other) != 0 {
			t.Errorf("hub v4: %v, %v", other, err)
		}
		if got, err := h.Connector(ctx, h.p, hub.ID, ""); err != nil || got.Name != "Hub" {
			t.Errorf("by id: %v, %v", got, err)
		}
		_, err = h.Connector(ctx, h.p, hub.ID, "9.9.9")
		fails(t, "an unknown release", err, paceline.CodeNotFound)
		_, err = h.Connector(ctx, h.p, 99999, "")
		fails(t, "an unknown id", err, paceline.CodeNotFound)
		_, err = h.Methods(ctx, h.p, catalog.ConnectorRef{Name: "nobody"}, catalog.MethodFilter{})
		fails(t, "methods of an unknown name", err, paceline.CodeNotFound)
		_, err = h.Connectors(ctx, paceline.Principal{}, catalog.ConnectorFilter{}, paceline.Page{})
		fails(t, "nobody", err, paceline.CodeDenied)

		methods, err := h.Methods(ctx, h.p, catalog.ConnectorRef{ID: hub.ID}, catalog.MethodFilter{Query: "comment"})
		must(t, err)
		if len(methods) != 1 {
			t.Fatalf("%d methods with comment", len(methods))
		}
		byID, err := h.Method(ctx, h.p, methods[0].ID)
		must(t, err)
		byUID, err := h.MethodByUID(ctx, h.p, methods[0].UID)
		must(t, err)
		if byID.Name != "Add Comment" || byUID.ID != methods[0].ID {
			t.Errorf("by id %q, by uid %d", byID.Name, byUID.ID)
		}
		_, err = h.Method(ctx, h.p, hub.ID)
		fails(t, "a connector's id as a method's", err, paceline.CodeNotFound)

		draft := edition(t, "0.1.0", "key: hub", "key: later", hubUID, "44444444-4444-4444-8444-444444444444", "name: Hub", "name: Later")
		draft.Draft = true
		_, err = h.Publish(ctx, draft)
		must(t, err)
		list, err := h.Connectors(ctx, h.p, catalog.ConnectorFilter{}, paceline.Page{Size: 1, Number: 2, Descending: true})
		must(t, err)
		if list.Total != 2 || len(list.Items) != 1 || list.Items[0].Name != "Desk" {
			t.Errorf("the second page is %+v", list)
		}
	})
}
