package connector

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"time"

	"paceline/internal/egress"
	"paceline/mapping"
)

// Type oauth2 sends an access token that is obtained and renewed by the program. AuthValue is the access
// token itself, or a JSON object (Grant); "{}" means that a token is obtained with the next call.
var _ = registerAuth("oauth2", authType{
	wire:    "OAuth2",
	derived: []AuthField{{Name: "accessToken"}},
	apply:   Applies{{In: "header", Name: "Authorization", Value: "Bearer {{auth.accessToken}}"}},
	read: func(a *Auth, value string) (map[string]string, error) {
		g, err := ParseGrant(value)
		if err == nil && g.AccessToken == "" && !g.obtainable(a) {
			err = fmt.Errorf("there is no access token, and it takes a person's consent to obtain one")
		}
		return map[string]string{"accessToken": g.AccessToken}, err
	},
})

// The grants of type oauth2.
const (
	GrantAuthorizationCode = "authorization_code"
	GrantClientCredentials = "client_credentials"
	GrantPassword          = "password"
	GrantJWTBearer         = "jwt_bearer"
	GrantTokenExchange     = "token_exchange"
)

// The properties with the client of the vendor's app. They are reserved on every connector: an account
// connector that has them uses its own app, another one the partner's.
const (
	PropertyClientID     = "ClientId"
	PropertyClientSecret = "ClientSecret"
)

// OAuth2 reports whether the entry is of type oauth2, and Interactive whether a person must consent.
func (a *Auth) OAuth2() bool { return a != nil && a.Type == "oauth2" }

// Interactive reports whether it takes a person's consent at the vendor to authenticate.
func (a *Auth) Interactive() bool {
	return a.OAuth2() && a.Grant == GrantAuthorizationCode || a != nil && a.Consent != nil
}

// WireGrant returns the OAuth2Type of the API: AuthorisationCode, ClientCredentials, PasswordCredentials, or
// Unknown for another way of authentication.
func (a *Auth) WireGrant() string {
	switch a.Grant {
	case GrantAuthorizationCode:
		return "AuthorisationCode"
	case GrantClientCredentials, GrantJWTBearer, GrantTokenExchange: // they need no person
		return "ClientCredentials"
	case GrantPassword:
		return "PasswordCredentials"
	}
	return "Unknown"
}

// defaultSkew is how long before its end a token is renewed; maxSkew bounds what a definition may say.
const (
	defaultSkew = time.Minute
	maxSkew     = time.Hour
)

// oauth2 is a compiled entry of type oauth2.
type oauth2 struct {
	def                              *Auth
	authorize, token, revoke, issuer *template
	authorizeParams, tokenParams     []named
	revokeParams                     []named
	skew                             time.Duration
	on                               []rule
	capture                          []compiledCapture
	assertion                        *jwtSigner // nil without one
	clientID, clientSecret           *template  // nil for the properties of these names, or the partner's app
	access, renewal, expires         *mapping.Location
	lifetime                         time.Duration // of a token that says nothing
	refreshLifetime                  time.Duration // of a refresh token that says nothing
}

type compiledCapture struct {
	from string
	name string // of from: redirect
	path mapping.Location
	into string
}

// oauth2 compiles the keys of type oauth2.
func (b *builder) oauth2(a *Auth, at string) *oauth2 {
	if a.Type != "oauth2" {
		if !reflect.ValueOf(a.OAuth2Rules).IsZero() {
			b.add(at, fmt.Sprintf("auth of type %s has keys of type oauth2", a.Type), "Remove them, or use type oauth2.")
		}
		return nil
	}
	known := &scopeNames{properties: b.def.Properties}
	o := &oauth2{def: a, skew: defaultSkew}
	address := func(key, text string, known *scopeNames, needed bool) *template {
		if text == "" {
			if needed {
				b.add(at, fmt.Sprintf("auth of type oauth2 lacks the key %q", key), "Example: "+key+": https://login.example.com/oauth")
			}
			return nil
		}
		t, failed := parseURL(text, known)
		b.mistake(pointer(at, key), failed)
		if failed == nil {
			b.allowed(pointer(at, key), t)
		}
		return t
	}
	if len(a.Fields) > 0 {
		b.add(pointer(at, "fields"), "auth of type oauth2 has fields", "Remove them: the vendor gives the token.")
	}
	code := a.Grant == GrantAuthorizationCode
	if a.Grant == "" {
		b.add(at, `auth of type oauth2 lacks the key "grant"`, "Write authorization_code, client_credentials, password, jwt_bearer or token_exchange.")
	}
	o.token = address("tokenUrl", a.TokenURL, known, true)
	o.authorize = address("authorizeUrl", a.AuthorizeURL, known, code)
	o.revoke = address("revokeUrl", a.RevokeURL, &scopeNames{properties: b.def.Properties, app: true}, false)
	if o.revoke != nil && o.revoke.secrets {
		b.add(pointer(at, "revokeUrl"), "the address has a secret", "Mention app.id and properties that are not secret.")
	}
	if !code && (a.AuthorizeURL != "" || a.PKCE != "" || len(a.AuthorizeParams) > 0 || a.Issuer != "") {
		b.add(at, fmt.Sprintf("grant %s has keys of grant authorization_code", a.Grant), "Remove authorizeUrl, authorizeParams, pkce and issuer: nobody is sent to the vendor.")
	}
	if a.Issuer != "" {
		o.issuer = b.template(pointer(at, "issuer"), a.Issuer, known, plainEscape)
	}
	o.authorizeParams = b.named(pointer(at, "authorizeParams"), a.AuthorizeParams, known, plainEscape)
	b.refuseSecrets(pointer(at, "authorizeParams"), o.authorizeParams)
	o.revokeParams = b.named(pointer(at, "revokeParams"), a.RevokeParams, known, plainEscape)
	if a.TokenFormat == "none" && a.Grant != GrantJWTBearer {
		b.add(pointer(at, "tokenFormat"), "a request for a token without a body says nothing", "Use grant: jwt_bearer, or another format.")
	}
	if len(a.RevokeParams) > 0 && a.RevokeURL == "" {
		b.add(pointer(at, "revokeParams"), "nothing is revoked", "Add revokeUrl, or remove revokeParams.")
	}
	if a.Revoke != nil && (a.RevokeURL == "" || a.Revoke.Token != "" && len(a.RevokeParams) > 0) {
		b.add(pointer(at, "revoke"), "revoke says how revokeUrl is asked, which wants a token or the names of revokeParams", "Add revokeUrl, and keep one of token and revokeParams.")
	}
	if a.ClientID != "" {
		o.clientID = b.template(pointer(at, "clientId"), a.ClientID, known, plainEscape)
	}
	if a.ClientSecret != "" {
		if o.clientSecret = b.template(pointer(at, "clientSecret"), a.ClientSecret, known, plainEscape); o.clientSecret != nil && !o.clientSecret.secrets {
			b.add(pointer(at, "clientSecret"), "the secret stands in the file", "Write a secret property, such as {{ClientSecret}}.")
		}
	}
	o.tokenParams = b.named(pointer(at, "tokenParams"), a.TokenParams, known, plainEscape)
	b.oauth2Own(pointer(at, "authorizeParams"), a.AuthorizeParams, "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
	b.oauth2Own(pointer(at, "tokenParams"), a.TokenParams, "grant_type", "client_id", "client_secret", "redirect_uri", "code", "code_verifier", "refresh_token", "username", "password", "assertion", "client_assertion", "client_assertion_type")
	b.oauth2Refresh(o, pointer(at, "refresh"))
	b.oauth2Token(o, at)
	for i, c := range a.Capture {
		here := pointer(at, "capture", i)
		k := slices.IndexFunc(b.def.Properties, func(p Property) bool { return p.Name == c.Into })
		if k < 0 || b.def.Properties[k].Scope != ScopeAccount {
			b.add(pointer(here, "into"), fmt.Sprintf("%q is not a property of scope account", shorten(c.Into)), "Declare the property that keeps the value.")
		}
		compiled := compiledCapture{from: c.From, name: c.Path, into: c.Into}
		if c.From != "redirect" {
			compiled.path = b.location(pointer(here, "path"), c.Path)
		} else if !code {
			b.add(pointer(here, "from"), fmt.Sprintf("with grant %s nobody is sent back", a.Grant), "Use from: token.")
		}
		o.capture = append(o.capture, compiled)
	}
	return o
}

// oauth2Own reports parameters that the program sets itself.
func (b *builder) oauth2Own(at string, pairs Pairs, own ...string) {
	for _, p := range pairs {
		if slices.Contains(own, p.Name) {
			b.add(pointer(at, p.Name), fmt.Sprintf("the parameter %s is set by the program", p.Name), "Remove it.")
		}
	}
}

func (b *builder) oauth2Refresh(o *oauth2, at string) {
	on := []RefreshOn{{Status: StatusRange{401, 401}}}
	if r := o.def.Refresh; r != nil {
		if r.Skew != "" {
			if o.skew = duration(r.Skew); o.skew > maxSkew {
				b.add(pointer(at, "skew"), fmt.Sprintf("%s before the end is more than 1h", r.Skew), "Example: 60s")
			}
		}
		if len(r.On) > 0 {
			on = r.On
		}
	}
	for i, r := range on {
		def := &ErrorRule{When: r.When}
		if r.Status.To != 0 {
			def.Status = []StatusRange{r.Status}
		}
		o.on = append(o.on, b.rule(def, pointer(at, "on", i)))
	}
}

// refused reports whether an answer says that the access token is not valid any more.
func (o *oauth2) refused(a *answer) bool {
	return slices.ContainsFunc(o.on, func(r rule) bool { return r.covers(a.status) && (r.when == nil || r.when.holds(a.vars())) })
}

// vendorAddress renders one of the vendor's addresses, to which the client's secret may go.
func vendorAddress(t *template, p *prepared) (*url.URL, error) {
	text, missing, err := t.text(p)
	if missing && err == nil {
		err = fmt.Errorf("an address of the vendor needs a property that is not set")
	}
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("an address of the vendor is not valid")
	}
	if !egress.MatchHost(p.hosts, u) {
		return nil, fmt.Errorf("allowedHosts does not name the host %s", u.Hostname())
	}
	return u, nil
}
