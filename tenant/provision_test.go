package tenant_test

import (
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store/storetest"
	"paceline/tenant"
)

// TestProvisionRights: what a console user may order for an account, by the areas that the user has.
func TestProvisionRights(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t))
	h.account(t, "northwind", "")
	orders := catalog.Orders{Connectors: []catalog.ConnectorOrder{{Ref: catalog.ConnectorRef{Name: "Nothing"}}}}
	edit := func(areas ...string) paceline.Principal {
		rights := paceline.Rights{Areas: map[string]paceline.RightLevel{}}
		for _, area := range areas {
			rights.Areas[area] = paceline.EditRight
		}
		return paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.p.Partner, Name: "ada", Rights: rights}
	}
	patch := tenant.AccountPatch{ID: tenant.Value("northwind"), Name: tenant.Value("Northwind")}
	for _, c := range []struct {
		name string
		p    paceline.Principal
		call func(p paceline.Principal) error
		want paceline.Code
	}{
		{"an account", edit(tenant.AreaAccounts), func(p paceline.Principal) error {
			_, _, err := h.CreateAccountWith(t.Context(), p, tenant.AccountPatch{Name: tenant.Value("Contoso")}, catalog.Orders{})
			return err
		}, ""},
		{"an account with a connector", edit(tenant.AreaAccounts), func(p paceline.Principal) error {
			_, _, err := h.CreateAccountWith(t.Context(), p, tenant.AccountPatch{Name: tenant.Value("Contoso")}, orders)
			return err
		}, paceline.CodeForbidden},
		{"a connector for one that is there", edit(tenant.AreaAccounts), func(p paceline.Principal) error {
			_, _, err := h.EnsureAccount(t.Context(), p, patch, orders)
			return err
		}, paceline.CodeForbidden},
		{"a page", edit(tenant.AreaAccounts, tenant.AreaAccountUsers), func(p paceline.Principal) error {
			_, _, err := h.Embed(t.Context(), p, tenant.Embedding{Account: "northwind"})
			return err
		}, ""},
		{"a page for an account that is yet to be", edit(tenant.AreaAccountUsers), func(p paceline.Principal) error {
			_, _, err := h.Embed(t.Context(), p, tenant.Embedding{Account: "fabrikam"})
			return err
		}, paceline.CodeForbidden},
		{"a page with a credential", edit(tenant.AreaAccounts, tenant.AreaAccountUsers), func(p paceline.Principal) error {
			_, _, err := h.Embed(t.Context(), p, tenant.Embedding{Account: "northwind", Connectors: orders.Connectors})
			return err
		}, paceline.CodeForbidden},
	} {
		wantCode(t, c.name, c.call(c.p), c.want)
	}
}
