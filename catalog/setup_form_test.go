package catalog_test

import (
	"testing"

	"paceline"
	"paceline/catalog"
)

// vault takes a certificate, and its address from the account.
const vault = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: vault, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d31, name: Vault, version: 1.0.0}
allowedHosts: ["{{Host}}"]
server: {baseUrl: "{{Host}}"}
auth: [{id: pair, type: basic}, {id: certificate, type: mtls}]
properties:
  - {name: Host, scope: account, required: true}
  - {name: Colour, scope: account}
methods: [{id: who, name: Who, request: {method: GET, path: /who}}]
`

// TestSetupIsAllOrNothing: of what a person typed, properties and credential, nothing is stored when one part is refused.
func TestSetupIsAllOrNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		_, err := h.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "vault.yaml", Document: []byte(vault)})
		must(t, err)
		type stored struct {
			host, colour, auth string
			authenticated      bool
			version            int64
		}
		install := func(name, authentication string) (int32, func() stored) {
			t.Helper()
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Vault"}, catalog.ConnectorInstall{Name: &name, Authentication: &authentication})
			must(t, err)
			return ac.ID, func() stored {
				t.Helper()
				inst, err := h.Instance(ctx, h.root.Scope(), ac.ID)
				must(t, err)
				now, err := h.AccountConnector(ctx, h.p, h.root, ac.ID)
				must(t, err)
				return stored{inst.Properties["Host"], inst.Properties["Colour"], inst.AuthValue, now.Authenticated, now.Version}
			}
		}
		properties := map[string]string{"Host": "https://vault.example.com", "Colour": "red"}

		id, now := install("Certificate", "certificate")
		before := now()
		err = h.SubmitSetup(ctx, h.p, h.root, id, properties, map[string]string{"Certificate": "not one", "PrivateKey": "not one"})
		fails(t, "a certificate that is none", err, paceline.CodeAuthValueInvalid)
		if got := now(); got != before {
			t.Errorf("a refused form has stored %+v", got)
		}

		id, now = install("Pair", "pair")
		pair := map[string]string{"Username": "jo", "Password": "first"}
		must(t, h.SubmitSetup(ctx, h.p, h.root, id, properties, pair))
		first := now()
		if first.host != properties["Host"] || first.colour != "red" || first.auth == "" || !first.authenticated {
			t.Errorf("stored is %+v", first)
		}
		// Another host, with the credential for it.
		pair["Password"] = "second"
		must(t, h.SubmitSetup(ctx, h.p, h.root, id, map[string]string{"Host": "https://vault.example.org"}, pair))
		if got := now(); got.host != "https://vault.example.org" || got.colour != "red" || got.auth == first.auth || !got.authenticated {
			t.Errorf("stored is %+v", got)
		}
		// What the form shows is emptied where nothing stands any more, unless it is required; what it was not given stays.
		must(t, h.SubmitSetup(ctx, h.p, h.root, id, map[string]string{"Host": "", "Colour": ""}, pair))
		if got := now(); got.host != "https://vault.example.org" || got.colour != "" {
			t.Errorf("stored is %+v", got)
		}
		must(t, h.SubmitSetup(ctx, h.p, h.root, id, map[string]string{"Colour": "blue"}, pair))
		must(t, h.SubmitSetup(ctx, h.p, h.root, id, map[string]string{}, pair))
		if got := now(); got.colour != "blue" {
			t.Errorf("stored is %+v", got)
		}
		// Too much of one property keeps the rest, too.
		before = now()
		err = h.SubmitSetup(ctx, h.p, h.root, id, map[string]string{"Host": "https://vault.example.net", "Colour": string(make([]byte, 70<<10))}, pair)
		fails(t, "a property that is too long", err, paceline.CodeFieldInvalid)
		if got := now(); got != before {
			t.Errorf("a refused form has stored %+v", got)
		}
	})
}
