package app

import (
	"context"
	"net/http"
	"net/url"

	"paceline"
	"paceline/server"
	"paceline/server/session"
)

// consoleBrand is whose pages the console and the sign-in to accounts are: those of the partner whose service domain they are at, or of
// the only one that the installation has, as it has branded them. Of several nobody else knows before somebody has signed in.
func (a *App) consoleBrand(q *http.Request) server.Brand {
	ctx := q.Context()
	partner, found, err := a.base.Tenant.PartnerAt(ctx, q.Host)
	if err == nil && !found {
		var all []paceline.Partner
		if all, err = a.base.Tenant.Partners(ctx); len(all) == 1 {
			partner, found = all[0], true
		}
	}
	if err != nil || !found {
		return server.Brand{}
	}
	b, err := a.base.Storefront.BrandingOf(ctx, partner.Num)
	if err != nil {
		a.log.ErrorContext(ctx, "the branding of the console could not be read", "error", err)
	}
	return server.Brand{Name: b.Name, Logo: b.Logo, Icon: b.Icon}
}

// accountFrames are the origins that may have the account interface in a frame, for somebody who came by a partner's page: those of the
// partner, where it has allowed that. The console is in no frame, whoever asks.
func (a *App) accountFrames(q *http.Request) []string {
	s, err := a.base.Tenant.SessionOf(q.Context(), session.CookieAt(a.publicURL).Token(q))
	if err != nil || s.Account.Num == 0 || !s.Partner.Settings.AccountInFrames {
		return nil
	}
	return s.Partner.Settings.Origins
}

// partnerHost reports whether a host is the service domain of one partner.
func (a *App) partnerHost(ctx context.Context, host string) bool {
	if host == a.publicHost() {
		return false
	}
	_, found, err := a.base.Tenant.PartnerAt(ctx, host)
	return err == nil && found
}

func (a *App) publicHost() string {
	public, err := url.Parse(a.publicURL)
	if err != nil {
		return ""
	}
	return public.Host
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
