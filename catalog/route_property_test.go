package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
)

// ring is a connector whose vendor knows one address for all customers, and is asked for the ids of each.
const ring = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: ring, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d01, name: Ring, version: 1.0.0}
allowedHosts: ["{{Host}}"]
server: {baseUrl: "{{Host}}"}
auth: [{id: none, type: none}]
properties:
  - {name: Host, scope: account, required: true}
  - {name: RingId, scope: account, required: true}
  - {name: Colour, scope: account}
methods:
  - {id: list, name: List, hidden: true, request: {method: GET, path: /rings}, response: {rows: "[rings]", fields: [{loc: "[rings].id", name: Id}]}}
triggers:
  - id: rang
    name: Rang
    type: webhook
    verify: {type: hmac, secret: "{{app.secret}}", header: X-Signature}
    route: {mode: shared, key: {in: body, path: ring}, match: RingId, refresh: {method: list, id: Id}}
    payload: {fields: [{loc: ring, name: Ring}]}
`

// TestOnlyThePartnerRoutes: nobody inside an account may say whose events of a shared address the account receives, or
// which host is asked for that.
func TestOnlyThePartnerRoutes(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx, ref := t.Context(), catalog.ConnectorRef{Name: "Ring"}
		publish := func(text string) {
			t.Helper()
			_, err := h.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "ring.yaml", Document: []byte(text)})
			must(t, err)
		}
		publish(ring)
		set := func(name, value string) catalog.PropertyInput {
			return catalog.PropertyInput{Name: name, Value: &value}
		}
		made, err := h.InstallConnector(ctx, h.p, h.root, ref, catalog.ConnectorInstall{Name: ptr("Theirs"), Properties: []catalog.PropertyInput{set("RingId", "1"), set("Host", "https://ring.example.com")}})
		must(t, err)
		for who, a := range map[string]paceline.Account{"of the account": h.root, "of the sub account": h.sub} {
			p := h.p
			p.RestrictedTo = a.Num
			person := p
			person.Kind = paceline.UserPrincipal
			for _, p := range []paceline.Principal{p, person} {
				ac := made
				if a.Num == h.sub.Num {
					ac, err = h.InstallConnector(ctx, h.p, a, ref, catalog.ConnectorInstall{Name: ptr("Own " + paceline.NewSecret(4)), Properties: []catalog.PropertyInput{set("RingId", "1"), set("Host", "https://ring.example.com")}})
					must(t, err)
				}
				colour, err := h.SetProperty(ctx, p, a, ac.ID, set("Colour", "2"))
				must(t, err)
				for _, name := range []string{"RingId", "Host"} {
					at := slices.IndexFunc(ac.Properties, func(p paceline.Property) bool { return p.Name == name })
					id := ac.Properties[at].ID
					_, err = h.InstallConnector(ctx, p, a, ref, catalog.ConnectorInstall{Name: ptr("New"), Properties: []catalog.PropertyInput{set(name, "2")}})
					fails(t, "install "+who, err, paceline.CodePartnerProperty)
					_, err = h.SetProperty(ctx, p, a, ac.ID, set(name, "2"))
					fails(t, "set "+who, err, paceline.CodePartnerProperty)
					_, err = h.UpdateProperty(ctx, p, a, ac.ID, id, catalog.PropertyInput{Value: ptr("2")})
					fails(t, "update "+who, err, paceline.CodePartnerProperty)
					_, err = h.UpdateProperty(ctx, p, a, ac.ID, id, catalog.PropertyInput{Name: "Away"})
					fails(t, "rename "+who, err, paceline.CodePartnerProperty)
					_, err = h.UpdateProperty(ctx, p, a, ac.ID, colour.ID, catalog.PropertyInput{Name: name})
					fails(t, "rename into it "+who, err, paceline.CodePartnerProperty)
					fails(t, "delete "+who, h.DeleteProperty(ctx, p, a, ac.ID, id), paceline.CodePartnerProperty)
				}
				form, err := h.SetupForm(ctx, p, a, ac.ID)
				must(t, err)
				if len(form.Properties) != 1 || form.Properties[0].Name != "Colour" {
					t.Errorf("a person %s is asked for %+v", who, form.Properties)
				}
				must(t, h.SubmitSetup(ctx, p, a, ac.ID, map[string]string{"RingId": "2", "Host": "https://evil.example.com", "Colour": "red"}, nil))
				inst, err := h.Instance(ctx, a.Scope(), ac.ID)
				must(t, err)
				if keys := inst.RouteKeys(); !slices.Equal(keys, []string{"1"}) || inst.Properties["Host"] != "https://ring.example.com" || inst.Properties["Colour"] != "red" {
					t.Errorf("%s: the ids are %q, the properties %v", who, keys, inst.Properties)
				}
			}
		}

		// The partner may, also an id that another account has.
		other, err := h.InstallConnector(ctx, h.p, h.sub, ref, catalog.ConnectorInstall{Name: ptr("Shared"), Properties: []catalog.PropertyInput{set("RingId", "1")}})
		must(t, err)
		_, err = h.SetProperty(ctx, h.p, h.sub, other.ID, set("RingId", "1, 2"))
		must(t, err)

		// A value that was typed before a release made it an id.
		inside := h.p
		inside.RestrictedTo = h.root.Num
		_, err = h.SetProperty(ctx, inside, h.root, made.ID, set("TeamId", "2"))
		must(t, err)
		text := strings.ReplaceAll(strings.ReplaceAll(ring, "RingId", "TeamId"), "version: 1.0.0", "version: 1.1.0")
		publish(text)
		_, err = h.UpgradeConnector(ctx, inside, h.root, made.ID)
		fails(t, "upgrade", err, paceline.CodePartnerProperty)
		_, err = h.UpgradeConnector(ctx, h.p, h.root, made.ID)
		must(t, err)
	})
}
