package api_test

import (
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

const shelf = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: shelf, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c97, name: Shelf, version: 1.0.0}
allowedHosts: ["http://SINK"]
server: {baseUrl: "http://SINK"}
auth: [{id: key, type: api_key, apply: {in: header, name: X-Key, value: "{{auth.ApiKey}}"}}]
lookups: {boxes: {method: list-boxes, value: "[boxes].id"}}
methods:
  - {id: list-boxes, name: List Boxes, request: {method: GET, path: /boxes}, response: {fields: [{loc: "[boxes].id", name: Id}]}}
  - {id: open, name: Open, request: {method: GET, path: "/boxes/{{Box}}"}, params: [{name: Box, in: path, lookup: boxes}]}
`

const shelfTemplate = `{"PacelineVersion":"1","Kind":"Template","Name":"Shelf","Published":true,
"Flow":{"Schema":1,"Steps":[
{"ID":"7d0a52f4-53f5-4a40-9a25-000000000021","Name":"Open","Kind":"Action","Connector":{"UID":"6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c97","Key":"shelf","Name":"Shelf","Version":"1.0.0"},"Method":"open","Left":0,"Top":0}],
"Edges":[],"Variables":[],"Settings":{"StepErrorAction":"Ignore","MaxRetries":5,"LogRequests":true,"CollectionSplit":"First"}},
"Connectors":[]}`

// TestLookupOfPinnedRelease: a step's lookup calls the method of the step's release, which the account connector's may
// not have any more.
func TestLookupOfPinnedRelease(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h, ctx, p := newHouse(t, open(t)), t.Context(), paceline.SystemPrincipalOf(1)
		key := "letmein"
		text := strings.ReplaceAll(shelf, "SINK", h.sink.Listener.Addr().String())
		_, err := h.rooms.Catalog.Publish(ctx, catalog.Publication{Partner: p.Partner, Name: "shelf.yaml", Document: []byte(text)})
		must(t, err)
		template, err := h.rooms.Catalog.ImportTemplate(ctx, p, catalog.TemplateImport{Document: []byte(shelfTemplate)})
		must(t, err)
		a, err := h.rooms.Tenant.ResolveAccount(ctx, p, []string{"northwind"})
		must(t, err)
		ac, err := h.rooms.Catalog.InstallConnector(ctx, p, a, catalog.ConnectorRef{Name: "Shelf"}, catalog.ConnectorInstall{AuthValue: &key})
		must(t, err)
		v, err := h.rooms.Catalog.InstallTemplate(ctx, p, a, template.ID, catalog.TemplateInstall{})
		must(t, err)
		text = strings.NewReplacer("version: 1.0.0", "version: 2.0.0", "list-boxes", "all-boxes").Replace(text)
		_, err = h.rooms.Catalog.Publish(ctx, catalog.Publication{Partner: p.Partner, Name: "shelf.yaml", Document: []byte(text)})
		must(t, err)
		_, err = h.rooms.Catalog.UpgradeConnector(ctx, p, a, ac.ID)
		must(t, err)
		step := v.Flow.Steps[0].ID
		inputs, err := h.rooms.Catalog.StepInputs(ctx, p, a, step)
		must(t, err)
		_, err = h.rooms.Catalog.RunStepLookup(ctx, p, a, step, inputs.Parameters[0].ID, false, func() (catalog.LookupInput, error) { return catalog.LookupInput{}, nil })
		must(t, err)
	})
}
