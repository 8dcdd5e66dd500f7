package main

import (
	"context"
	"fmt"
	"time"

	"paceline/bench/revoke"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/tenant"
)

// granted makes count accounts, each with a credential at the vendor and a running cycle that uses it.
func granted(ctx context.Context, o options) (any, error) {
	begin := time.Now()
	h, err := open(ctx, o, silent{}, 1)
	if err != nil {
		return nil, err
	}
	defer h.close()
	if err := h.publish(ctx, revoke.WriteConnector); err != nil {
		return nil, err
	}
	template, err := h.template(ctx, revoke.Template)
	if err != nil {
		return nil, err
	}
	err = parallel(32, o.count, func(i int) error {
		name := fmt.Sprint("granted-", i)
		a, err := h.tenant.CreateAccount(ctx, h.partner, tenant.AccountPatch{ID: tenant.Value(name), Name: tenant.Value(name)})
		if err != nil {
			return err
		}
		grant := fmt.Sprintf(`{"AccessToken":"access-%d","RefreshToken":"refresh-%d"}`, i, i)
		_, err = h.catalog.InstallConnector(ctx, h.partner, a, catalog.ConnectorRef{Name: revoke.ConnectorName}, catalog.ConnectorInstall{
			Properties: []catalog.PropertyInput{{Name: "VendorUrl", Value: &o.sink}}, AuthValue: &grant,
		})
		if err != nil {
			return err
		}
		made, err := h.catalog.InstallTemplate(ctx, h.partner, a, template, catalog.TemplateInstall{})
		if err == nil {
			_, err = h.cycles.Activate(ctx, h.partner, a, made.ID, cycle.Activation{})
		}
		return err
	})
	return filled{Seconds: time.Since(begin).Seconds()}, err
}
