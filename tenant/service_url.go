package tenant

import (
	"context"
	"net/url"
	"strings"

	"paceline"
	"paceline/store"
)

// ServiceURL is where the pages and webhooks of a partner are: at its own service domain, else where those of the installation are.
func (t *Tenant) ServiceURL(ctx context.Context, partner int64, installation string) string {
	p, err := t.PartnerOf(ctx, partner)
	if err != nil {
		if ctx.Err() == nil {
			t.logger.Warn("the service domain of a partner could not be read", "error", err)
		}
		return installation
	}
	return p.Settings.ServiceAt(installation)
}

// PartnerAt finds the partner whose service domain a host is; "" and unknown ones are nobody's.
func (t *Tenant) PartnerAt(ctx context.Context, host string) (paceline.Partner, bool, error) {
	all, err := t.Partners(ctx)
	if err != nil {
		return paceline.Partner{}, false, err
	}
	for _, p := range all {
		if at := hostOf(p.Settings.ServiceURL); at != "" && strings.EqualFold(at, host) {
			return p, true, nil
		}
	}
	return paceline.Partner{}, false, nil
}

// SecureAt reports whether browsers come by https to a host: the service domain of a partner, else the installation's address. Cookies
// that they keep over TLS alone depend on it.
func (t *Tenant) SecureAt(ctx context.Context, host, installation string) bool {
	p, found, err := t.PartnerAt(ctx, host)
	if err != nil || !found {
		return strings.HasPrefix(installation, "https://")
	}
	return strings.HasPrefix(p.Settings.ServiceURL, "https://")
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// applyServiceURL takes an origin that is no other partner's.
func (c SettingsPatch) applyServiceURL(tx *store.Tx, partner *paceline.Partner) error {
	if !c.ServiceURL.Set {
		return nil
	}
	if c.ServiceURL.Value == "" {
		partner.Settings.ServiceURL = ""
		return nil
	}
	origin, ok := originOf(c.ServiceURL.Value)
	if u, err := url.Parse(c.ServiceURL.Value); !ok || err != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "ServiceUrl", "reason", "it is written like https://integrations.example.com")
	}
	all, err := tx.Partners()
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Num != partner.Num && strings.EqualFold(hostOf(other.Settings.ServiceURL), hostOf(origin)) {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "ServiceUrl", "reason", "it is another partner's")
		}
	}
	partner.Settings.ServiceURL = origin
	return nil
}
