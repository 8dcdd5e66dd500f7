package connector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline"
	"paceline/internal/egress"
	"paceline/mapping"
)

// Client is an app that is registered at a vendor.
type Client struct{ ID, Secret string }

// ErrGrantInvalid says that the vendor no longer accepts what it gave once: a person must consent again.
var ErrGrantInvalid = errors.New("the vendor no longer accepts the authorization")

var errNoClient = errors.New("no client is set: add the properties ClientId and ClientSecret, or register the partner's app")

// The bounds of one request to a vendor's token address.
const (
	tokenTimeout = 30 * time.Second
	maxToken     = 1 << 20
)

// oauth returns what the instance's authentication is made of, or an error for one of another type or with
// an address that can't be used.
func (i *Instance) oauth() (*prepared, *oauth2, *Error) {
	p := i.prepare()
	switch {
	case p.oauth == nil:
		return p, nil, authError(fmt.Errorf("the connector does not use OAuth2"))
	case p.client.ID == "":
		return p, nil, authError(errNoClient)
	case p.certFailed != nil:
		return p, nil, p.certFailed
	}
	return p, p.oauth, nil
}

// Grant returns what the instance's AuthValue holds; it is empty where none can be read.
func (i *Instance) Grant() Grant {
	g, _ := ParseGrant(i.AuthValue)
	return g
}

// AuthorizeURL returns where a person is sent to consent. verifier is the secret of PKCE, redirect the
// address to which the vendor sends the person back.
func (i *Instance) AuthorizeURL(state, verifier, redirect string) (string, error) {
	p, o, failed := i.oauth()
	if failed != nil {
		return "", failed
	}
	if o.authorize == nil {
		return "", authError(fmt.Errorf("nobody has to consent"))
	}
	u, err := vendorAddress(o.authorize, p)
	if err != nil {
		return "", authError(err)
	}
	query := u.Query()
	for _, param := range o.authorizeParams {
		if err := param.fill(query, p); err != nil {
			return "", authError(err)
		}
	}
	query.Set("response_type", "code")
	query.Set("client_id", p.client.ID)
	query.Set("redirect_uri", redirect)
	query.Set("state", state)
	if scope := o.scope(p, i.Scopes); scope != "" {
		query.Set("scope", scope)
	}
	switch o.def.PKCE {
	case "none":
	case "plain":
		query.Set("code_challenge", verifier)
		query.Set("code_challenge_method", "plain")
	default:
		sum := sha256.Sum256([]byte(verifier))
		query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		query.Set("code_challenge_method", "S256")
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// IssuedBy reports whether a redirect that names an issuer names the right one.
func (i *Instance) IssuedBy(issuer string) bool {
	p, o, failed := i.oauth()
	if failed != nil || issuer == "" || o.issuer == nil {
		return failed == nil
	}
	want, missing, err := o.issuer.text(p)
	return err == nil && !missing && want == issuer
}

// scope is what is asked for: what the definition asks for always, and what the methods need that are used.
func (o *oauth2) scope(p *prepared, used []string) string {
	def := ScopesDef{Separator: " "}
	if o.def.Scopes != nil {
		def = *o.def.Scopes
	}
	if own := p.properties[def.Property]; def.Property != "" && own != "" {
		return own
	}
	return strings.Join(def.with(used), firstOf(def.Separator, " "))
}

// with returns the scopes that are asked for always and the others, each once.
func (d *ScopesDef) with(used []string) []string {
	var list []string
	for _, s := range append(slices.Clone(d.Default), used...) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// fill sets the parameter, unless a value of it is missing.
func (n *named) fill(values url.Values, p *prepared) error {
	text, missing, err := n.value.text(p)
	if err == nil && !missing {
		name, _ := url.QueryUnescape(n.name)
		values.Set(name, text)
	}
	return err
}

// ExchangeCode turns the code of a consent into a grant. The error is an *Error.
func (r *Runtime) ExchangeCode(ctx context.Context, i *Instance, code, verifier, redirect string) (Grant, error) {
	form := url.Values{"grant_type": {GrantAuthorizationCode}, "code": {code}, "redirect_uri": {redirect}}
	p, o, failed := i.oauth()
	if failed != nil {
		return Grant{}, failed
	}
	if o.def.PKCE != "none" {
		form.Set("code_verifier", verifier)
	}
	next, failed := r.ask(ctx, i, p, o, form)
	if failed != nil {
		return Grant{}, failed
	}
	return o.withEnd(next, r.clock.Now()), nil
}

// Obtain asks for a new access token with what the instance has, and returns the grant to keep instead of
// its own. The error is an *Error; it wraps ErrGrantInvalid where a person must consent again.
func (r *Runtime) Obtain(ctx context.Context, i *Instance) (Grant, error) {
	p, o, failed := i.oauth()
	if failed != nil {
		return Grant{}, failed
	}
	have := i.Grant()
	form := url.Values{}
	switch {
	case o.def.Grant == GrantClientCredentials:
		form.Set("grant_type", GrantClientCredentials)
	case o.def.Grant == GrantJWTBearer:
		assertion, err := o.assert(p, i, r.clock.Now(), have.Username)
		if err != nil {
			return Grant{}, authError(err)
		}
		form = url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	case o.def.Grant == GrantTokenExchange: // tokenParams have the token, and may say another type
		form = url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}}
	case o.def.Grant == GrantPassword && have.Username != "":
		form = url.Values{"grant_type": {GrantPassword}, "username": {have.Username}, "password": {have.Password}}
	case have.RefreshToken != "":
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {have.RefreshToken}}
	default:
		return Grant{}, &Error{Class: ClassAuth, Code: paceline.CodeAuthFailed, Detail: "The access token has ended, and there is no refresh token.", Err: ErrGrantInvalid}
	}
	// Nobody is asked, so that all which any method needs is.
	if scope := o.scope(p, i.Compiled.Scopes(nil)); scope != "" && form.Get("refresh_token") == "" {
		form.Set("scope", scope)
	}
	next, failed := r.ask(ctx, i, p, o, form)
	if failed != nil {
		return Grant{}, failed
	}
	grant := have.with(next, o.def.Refresh == nil || o.def.Refresh.Rotate == nil || *o.def.Refresh.Rotate)
	if grant.RefreshToken != have.RefreshToken {
		grant = o.withEnd(grant, r.clock.Now())
	}
	return grant, nil
}

// withEnd says when a refresh token that is new ends, where the vendor does not.
func (o *oauth2) withEnd(g Grant, now time.Time) Grant {
	if g.RefreshToken != "" && g.RefreshExpires == "" && o.refreshLifetime > 0 {
		g.RefreshExpires = writeTime(now.Add(o.refreshLifetime))
	}
	return g
}

// Revoke tells the vendor that the grant is not needed any more, if the definition says where.
func (r *Runtime) Revoke(ctx context.Context, i *Instance) error {
	if i.Auth == nil || i.Auth.RevokeURL == "" {
		return nil
	}
	p, o, failed := i.oauth()
	if failed != nil {
		return failed
	}
	have := i.Grant()
	form := url.Values{"token": {have.RefreshToken}, "token_type_hint": {"refresh_token"}}
	if have.RefreshToken == "" {
		form = url.Values{"token": {have.AccessToken}, "token_type_hint": {"access_token"}}
	}
	if form.Get("token") == "" || o.def.Revoke != nil && o.def.Revoke.Token != "" && have.AccessToken == "" {
		return nil
	}
	if len(o.revokeParams) > 0 {
		form = url.Values{"client_id": {p.client.ID}}
		for _, param := range o.revokeParams {
			if err := param.fill(form, p); err != nil {
				return authError(err)
			}
		}
	}
	way := o.tokenWay()
	if own := o.def.Revoke; own != nil {
		way = vendorWay{firstOf(own.Method, http.MethodPost), firstOf(own.Format, "form"), firstOf(own.ClientAuth, o.def.ClientAuth)}
		if own.Token != "" {
			form = url.Values{own.Token: {have.AccessToken}}
		}
	}
	resp, _, failed := r.post(ctx, i, p, o, way, o.revoke, form, nil)
	if failed == nil && way.method == http.MethodDelete && resp.StatusCode == http.StatusNotFound {
		return nil // it has ended already
	}
	if failed == nil && resp.StatusCode >= 300 {
		return fmt.Errorf("the vendor answered %s", resp.Status)
	}
	if failed != nil {
		return failed
	}
	return nil
}

// subjectToken is the parameter with the token that grant token_exchange gives for another one (RFC 8693).
const subjectToken = "subject_token"

// ask posts a form to the token address and reads the grant.
func (r *Runtime) ask(ctx context.Context, i *Instance, p *prepared, o *oauth2, form url.Values) (Grant, *Error) {
	for _, param := range o.tokenParams {
		if err := param.fill(form, p); err != nil {
			return Grant{}, authError(err)
		}
	}
	if o.def.Grant == GrantTokenExchange && form.Get(subjectToken) == "" {
		return Grant{}, authError(errors.New("the token to exchange is not set"))
	}
	before, after := tokenEvents(form)
	form, header, failed := r.beforeToken(ctx, i, before, form)
	if failed != nil {
		return Grant{}, failed
	}
	resp, body, failed := r.post(ctx, i, p, o, o.tokenWay(), o.token, form, header)
	if failed != nil {
		return Grant{}, failed
	}
	return r.afterToken(ctx, i, after, p, o, form, resp, body)
}

// vendorWay is how one of the vendor's addresses is asked.
type vendorWay struct{ method, format, clientAuth string }

// tokenWay is how the token address is asked.
func (o *oauth2) tokenWay() vendorWay {
	return vendorWay{http.MethodPost, o.def.TokenFormat, o.def.ClientAuth}
}

// post sends a form to one of the addresses; added are headers of a script, nil without one.
func (r *Runtime) post(ctx context.Context, i *Instance, p *prepared, o *oauth2, way vendorWay, to *template, form url.Values, added http.Header) (*http.Response, []byte, *Error) {
	u, err := vendorAddress(to, p)
	if err != nil {
		return nil, nil, authError(err)
	}
	header := http.Header{"Accept": {"application/json"}, "User-Agent": {i.agent()}, "Content-Type": {"application/x-www-form-urlencoded"}}
	switch way.clientAuth {
	case "body":
		form.Set("client_id", p.client.ID)
		form.Set("client_secret", p.client.Secret)
	case "none", "mtls":
		form.Set("client_id", p.client.ID)
	case "secret":
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p.client.Secret+":")))
	case "private_key_jwt":
		assertion, err := o.assert(p, i, r.clock.Now(), p.client.ID)
		if err != nil {
			return nil, nil, authError(err)
		}
		form.Set("client_id", p.client.ID)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	default:
		pair := url.QueryEscape(p.client.ID) + ":" + url.QueryEscape(p.client.Secret)
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	ctx, cancel := context.WithTimeout(egress.WithHosts(ctx, p.hosts), tokenTimeout)
	defer cancel()
	if p.cert != nil {
		ctx = egress.WithCertificate(ctx, p.cert)
	}
	body := form.Encode()
	if way.format == "json" {
		fields := map[string]string{}
		for name := range form {
			fields[name] = form.Get(name)
		}
		text, err := json.Marshal(fields)
		if err != nil {
			return nil, nil, authError(err)
		}
		body = string(text)
		header.Set("Content-Type", "application/json")
	}
	if way.format == "none" && form.Has("assertion") {
		body = ""
		header.Del("Content-Type")
		header.Set("Authorization", "Bearer "+form.Get("assertion"))
	}
	req, err := http.NewRequestWithContext(ctx, way.method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, nil, authError(err)
	}
	for name, values := range added {
		header[name] = values
	}
	req.Header = header
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return nil, nil, unreached(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return nil, nil, unreached(err)
	}
	return resp, answer, nil
}

// grantsOver are vendors' words for a grant that only a person can give anew: that of OAuth, and those of OpenID Connect,
// GitHub and HubSpot.
var grantsOver = []string{"invalid_grant", "interaction_required", "bad_refresh_token", "BAD_REFRESH_TOKEN"}

// given reads the answer of a token address: JSON, or a form as some vendors send it.
func (r *Runtime) given(p *prepared, o *oauth2, resp *http.Response, body []byte) (Grant, *Error) {
	fields := map[string]any{}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		values, _ := url.ParseQuery(string(body))
		for name := range values {
			fields[name] = values.Get(name)
		}
		body, _ = json.Marshal(fields)
	} else if checkJSON(body) == nil {
		fields, _ = native(body).(map[string]any)
	}
	text := func(name string) string {
		switch v := fields[name].(type) {
		case string:
			return v
		case int64:
			return strconv.FormatInt(v, 10)
		case float64:
			return strconv.FormatInt(int64(v), 10)
		}
		return ""
	}
	at := func(l *mapping.Location, name string) string {
		if l == nil {
			return text(name)
		}
		v, _ := l.Get(body)
		if mapping.KindOf(v) <= mapping.Null {
			return ""
		}
		return mapping.Text(v)
	}
	// HubSpot tells what is wrong by status and message.
	reason, access := firstOf(text("error"), text("status")), at(o.access, "access_token")
	if resp.StatusCode >= 300 || access == "" {
		e := &Error{Class: ClassAuth, Code: paceline.CodeAuthFailed, Err: fmt.Errorf("the vendor gave no token: %s", resp.Status)}
		detail := resp.Proto + " " + resp.Status + "\r\n" + strings.TrimSpace(reason+" "+firstOf(text("error_description"), text("message")))
		e.Detail = string(p.masker.Mask([]byte(strings.ToValidUTF8(shortened(detail), "\ufffd"))))
		switch {
		case slices.Contains(grantsOver, reason):
			e.Err = ErrGrantInvalid
		case resp.StatusCode == 408 || resp.StatusCode == 429 || resp.StatusCode >= 500 || reason == "temporarily_unavailable":
			e.Class = ClassRetry
		}
		return Grant{}, e
	}
	now := r.clock.Now()
	g := Grant{AccessToken: access, RefreshToken: at(o.renewal, "refresh_token"), Issued: writeTime(now)}
	g.Expires = lifetime(now, at(o.expires, "expires_in"))
	if g.Expires == "" && o.lifetime > 0 {
		g.Expires = writeTime(now.Add(o.lifetime))
	}
	g.RefreshExpires = lifetime(now, firstOf(text("refresh_token_expires_in"), text("refresh_expires_in")))
	claims := claimsOf(text("id_token"))
	for _, c := range o.capture {
		doc := mapping.Value(body)
		switch c.from {
		case "redirect":
			continue
		case "id_token":
			doc = claims
		}
		if v, ok := c.path.Get(doc); ok && mapping.KindOf(v) > mapping.Null {
			if g.Captured == nil {
				g.Captured = map[string]string{}
			}
			g.Captured[c.into] = mapping.Text(v)
		}
	}
	return g, nil
}

// lifetime returns when something ends that lives for some seconds, "" when nothing sensible is said.
func lifetime(now time.Time, seconds string) string {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 || n > 100*365*24*3600 {
		return ""
	}
	return writeTime(now.Add(time.Duration(n) * time.Second))
}

func shortened(s string) string { return s[:min(len(s), 2000)] }
