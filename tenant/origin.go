package tenant

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"paceline"
)

// maxOrigins bounds a partner's list.
const maxOrigins = 100

// ReturnTo checks an address to which a page is to send a person of the partner back: its origin must be
// registered in the partner's settings, or be own, that of our pages. It returns the origin, which is what
// messages to another window are sent to. Errors: Invalid (CodeTargetOrigin).
func (t *Tenant) ReturnTo(ctx context.Context, partner int64, own, target string) (origin string, err error) {
	origin, ok := originOf(target)
	if !ok {
		return "", paceline.Fail(paceline.CodeTargetOrigin)
	}
	if mine, ok := originOf(own); ok && mine == origin {
		return origin, nil
	}
	p, err := t.PartnerOf(ctx, partner)
	if err != nil {
		return "", err
	}
	if !p.Settings.Compatibility.AnyTargetOrigin && !slices.Contains(p.Settings.Origins, origin) {
		return "", paceline.Fail(paceline.CodeTargetOrigin)
	}
	return origin, nil
}

// Registered reports whether an origin, written as browsers do, is registered by any partner.
func (t *Tenant) Registered(ctx context.Context, origin string) bool {
	if written, ok := originOf(origin); !ok || written != origin {
		return false
	}
	all, err := t.Partners(ctx)
	return err == nil && slices.ContainsFunc(all, func(p paceline.Partner) bool { return slices.Contains(p.Settings.Origins, origin) })
}

// originOf returns scheme, host and port of a web address, as browsers write them.
func originOf(address string) (string, bool) {
	if strings.ContainsFunc(address, func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }) {
		return "", false // browsers read such addresses in ways of their own
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.Contains(u.Host, "*") {
		return "", false
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return u.Scheme + "://" + host, true
}

func (c SettingsPatch) applyOrigins(s *paceline.PartnerSettings) error {
	if !c.Origins.Set {
		return nil
	}
	if len(c.Origins.Value) > maxOrigins {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "Origins", "reason", "there are too many")
	}
	list := []string{}
	for _, text := range c.Origins.Value {
		origin, ok := originOf(text)
		if u, err := url.Parse(text); !ok || err != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", "Origins", "reason", "an origin is written like https://app.example.com")
		}
		if !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	s.Origins = list
	return nil
}
