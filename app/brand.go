package app

import (
	"context"
	"net/url"

	"paceline/server"
)

// consoleBrand is whose pages the console and the sign-in to accounts are: those of the only partner that the installation has, as
// it has branded them. With several partners nobody knows before somebody has signed in.
func (a *App) consoleBrand(ctx context.Context) server.Brand {
	all, err := a.base.Tenant.Partners(ctx)
	if err != nil || len(all) != 1 {
		return server.Brand{}
	}
	b, err := a.base.Storefront.BrandingOf(ctx, all[0].Num)
	if err != nil {
		a.log.ErrorContext(ctx, "the branding of the console could not be read", "error", err)
	}
	return server.Brand{Name: b.Name, Logo: b.Logo, Icon: b.Icon}
}

// serviceHost is the host of the partner's pages, "" where it is that of the API.
func (a *App) serviceHost() string {
	service, err := url.Parse(a.serviceURL)
	public, wrong := url.Parse(a.publicURL)
	if err != nil || wrong != nil || service.Host == public.Host {
		return ""
	}
	return service.Host
}
