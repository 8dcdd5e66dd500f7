package connector

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/mapping"
)

// assertionLife is how long a signed assertion is good for; vendors take a few minutes at most.
const assertionLife = 5 * time.Minute

// oauth2Token compiles how tokens are asked for and where their answers have them.
func (b *builder) oauth2Token(o *oauth2, at string) {
	a := o.def
	signs := a.Grant == GrantJWTBearer || a.ClientAuth == "private_key_jwt"
	if a.Assertion != nil && !signs {
		b.add(pointer(at, "assertion"), "nothing is signed", "Use clientAuth: private_key_jwt or grant: jwt_bearer, or remove assertion.")
	}
	if a.Grant == GrantJWTBearer && a.ClientAuth == "private_key_jwt" {
		b.add(pointer(at, "clientAuth"), "grant jwt_bearer is an assertion already", "Use clientAuth: none, body or basic.")
	}
	if signs {
		def := JWTDef{}
		if a.Assertion != nil {
			def = *a.Assertion
		}
		here := pointer(at, "assertion")
		s := &jwtSigner{alg: firstOf(def.Alg, "RS256"), encoding: def.KeyEncoding, lifetime: assertionLife}
		if def.Lifetime != "" {
			if s.lifetime = duration(def.Lifetime); s.lifetime < time.Minute || s.lifetime > time.Hour {
				b.add(pointer(here, "lifetime"), fmt.Sprintf("the lifetime %s is not between 1m and 1h", def.Lifetime), "Example: 5m")
			}
		}
		known := &scopeNames{properties: b.def.Properties, app: true, auth: []AuthField{{Name: "Username", Secret: new(bool)}}}
		for _, p := range def.Header {
			s.header = append(s.header, named{p.Name, b.template(pointer(here, "header", p.Name), p.Value, known, plainEscape)})
		}
		for _, p := range def.Claims {
			s.claims = append(s.claims, named{p.Name, b.template(pointer(here, "claims", p.Name), p.Value, known, plainEscape)})
		}
		o.assertion = s
	}
	given := slices.ContainsFunc(o.tokenParams, func(n named) bool { return n.name == subjectToken && n.value.secrets })
	if a.Grant == GrantTokenExchange && !given {
		b.add(pointer(at, "tokenParams"), "nothing says which token is exchanged, as a secret", "Add tokenParams: {subject_token: \"{{Token}}\"} with a property that has secret: true.")
	}
	if t := a.Token; t != nil {
		place := func(key, path string) *mapping.Location {
			if path == "" {
				return nil
			}
			l := b.location(pointer(at, "token", key), path)
			return &l
		}
		o.access, o.renewal, o.expires = place("accessToken", t.AccessToken), place("refreshToken", t.RefreshToken), place("expiresIn", t.ExpiresIn)
	}
	if r := a.Refresh; r != nil && r.RefreshLifetime != "" {
		if o.refreshLifetime = duration(r.RefreshLifetime); o.refreshLifetime < 48*time.Hour {
			b.add(pointer(at, "refresh", "refreshLifetime"), fmt.Sprintf("the lifetime %s is less than two days", r.RefreshLifetime), "Example: 7d")
		}
	}
	if r := a.Refresh; r != nil && r.Lifetime != "" {
		if o.lifetime = duration(r.Lifetime); o.lifetime < time.Minute {
			b.add(pointer(at, "refresh", "lifetime"), fmt.Sprintf("the lifetime %s is less than a minute", r.Lifetime), "Example: 2h")
		}
	}
	if s := a.Scopes; s != nil && s.Property != "" && !slices.ContainsFunc(b.def.Properties, func(p Property) bool { return p.Name == s.Property && !p.Secret }) {
		b.add(pointer(at, "scopes", "property"), fmt.Sprintf("%q is not a property", shorten(s.Property)), "Declare it, without secret.")
	}
}

// redirectCaptures reports values of a person's browser that would decide on a host, or on whose events an account
// receives: anybody could write them.
func (b *builder) redirectCaptures() {
	hosts := b.c.HostProperties()
	for i, a := range b.def.Auth {
		for j, c := range a.Capture {
			if c.From == "redirect" && slices.Contains(hosts, c.Into) {
				b.add(pointer("/auth", i, "capture", j), fmt.Sprintf("the property %s decides on a host, to which the credential goes, and comes from an address that anybody can write", c.Into), "Take it from: token.")
			}
			if c.From == "redirect" && b.c.matches(c.Into) {
				b.add(pointer("/auth", i, "capture", j), fmt.Sprintf("the property %s says whose events an account receives, and comes from an address that anybody can write", c.Into), "Take it from: token or id_token, or let route.refresh ask for it.")
			}
		}
	}
}

// assert signs who asks for a token, with the secret of the app as key.
func (o *oauth2) assert(p *prepared, i *Instance, now time.Time, subject string) (string, error) {
	if p.client.Secret == "" {
		return "", fmt.Errorf("the app has no private key: it is the client's secret")
	}
	to, err := vendorAddress(o.token, p)
	if err != nil {
		return "", err
	}
	own := []Pair{{"iss", p.client.ID}, {"aud", to.String()}, {"jti", paceline.NewHexSecret(16)}}
	if subject != "" {
		own = append(own, Pair{"sub", subject})
	}
	return o.assertion.make(p, now, p.client.Secret, own...)
}

// claimsOf reads what an id token says. It came from the vendor's own address, so that its signature says nothing more.
func claimsOf(token string) mapping.Value {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || checkJSON(raw) != nil {
		return nil
	}
	return raw
}

// CaptureRedirect adds to a grant what the address had to which the vendor sent the person back.
func (i *Instance) CaptureRedirect(g Grant, query url.Values) Grant {
	p := i.prepare()
	if p.oauth == nil {
		return g
	}
	for _, c := range p.oauth.capture {
		v := query.Get(c.name)
		if c.from != "redirect" || v == "" || len(v) > 2000 || strings.ContainsRune(v, 0) {
			continue
		}
		if g.Captured == nil {
			g.Captured = map[string]string{}
		}
		g.Captured[c.into] = v
	}
	return g
}
