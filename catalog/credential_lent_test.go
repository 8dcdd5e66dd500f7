package catalog_test

import (
	"testing"

	"paceline"
	"paceline/catalog"
)

// A call may be made with the credential of an account connector that it names: the account's own, else its parent's, never
// that of another account, and none without a credential.
func TestInstanceNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		parents := h.installed(t)
		other := h.account(t, "contoso", paceline.Account{})
		bare, err := h.InstallConnector(ctx, h.p, other, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{})
		must(t, err)
		own, err := h.InstallConnector(ctx, h.p, h.sub, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{Name: ptr("Ours"), AuthValue: ptr("another-token")})
		must(t, err)
		for _, c := range []struct {
			account paceline.Account
			name    string
			want    int32
			code    paceline.Code
		}{
			{h.root, parents.Name, parents.ID, ""},
			{h.root, " hUb", 0, paceline.CodeNotFound},
			{h.root, "hUB", parents.ID, ""},
			{h.sub, "Hub", parents.ID, ""},
			{h.sub, "Ours", own.ID, ""},
			{h.root, "Ours", 0, paceline.CodeNotFound},
			{other, "Ours", 0, paceline.CodeNotFound},
			{other, bare.Name, 0, paceline.CodeNotAuthenticated},
			{h.root, "", 0, paceline.CodeNotFound},
		} {
			inst, err := h.InstanceNamed(ctx, c.account.Scope(), c.name)
			switch {
			case c.code != "":
				fails(t, c.name, err, c.code)
			case err != nil || inst.ID != c.want:
				t.Errorf("%s in %s: %v, %v; want %d", c.name, c.account.Name, inst, err, c.want)
			}
		}
	})
}
