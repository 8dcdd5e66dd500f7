package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"paceline"
	"paceline/internal/egress"
)

// ConsentDef says how a person gives an entry of type oauth1 its token (RFC 5849, section 2): the app gets a request
// token, the person agrees to it, and the app exchanges it.
type ConsentDef struct {
	RequestTokenURL string `json:"requestTokenUrl"` // (template of properties)
	AuthorizeURL    string `json:"authorizeUrl"`    // (template of properties)
	TokenURL        string `json:"tokenUrl"`        // (template of properties)
}

// consent1 is a compiled ConsentDef.
type consent1 struct{ request, authorize, token *template }

func (b *builder) consent1(a *Auth, at string) *consent1 {
	if a.Consent == nil {
		return nil
	}
	at = pointer(at, "consent")
	known := &scopeNames{properties: b.def.Properties}
	address := func(key, text string) *template {
		t, failed := parseURL(text, known)
		b.mistake(pointer(at, key), failed)
		if failed == nil {
			b.allowed(pointer(at, key), t)
		}
		return t
	}
	return &consent1{address("requestTokenUrl", a.Consent.RequestTokenURL), address("authorizeUrl", a.Consent.AuthorizeURL), address("tokenUrl", a.Consent.TokenURL)}
}

// RequestToken asks the vendor for a request token, and returns where a person is sent to agree to it. The error is an
// *Error.
func (r *Runtime) RequestToken(ctx context.Context, i *Instance, callback string) (address, token, secret string, err error) {
	p, s, failed := i.oauth1()
	if failed != nil {
		return "", "", "", failed
	}
	values, failed := r.askOAuth1(ctx, i, p, s, s.consent.request, [][2]string{{"oauth_callback", callback}}, "")
	if failed != nil {
		return "", "", "", failed
	}
	if values.Get("oauth_callback_confirmed") != "true" {
		return "", "", "", authError(fmt.Errorf("the vendor did not confirm the address to which it sends the person back"))
	}
	u, err := vendorAddress(s.consent.authorize, p)
	if err != nil {
		return "", "", "", authError(err)
	}
	token = values.Get("oauth_token")
	query := u.Query()
	query.Set("oauth_token", token)
	u.RawQuery = query.Encode()
	return u.String(), token, values.Get("oauth_token_secret"), nil
}

// AccessToken exchanges a request token to which a person has agreed, and returns the AuthValue. The error is an *Error.
func (r *Runtime) AccessToken(ctx context.Context, i *Instance, token, secret, verifier string) (string, error) {
	p, s, failed := i.oauth1()
	if failed != nil {
		return "", failed
	}
	values, failed := r.askOAuth1(ctx, i, p, s, s.consent.token, [][2]string{{"oauth_token", token}, {"oauth_verifier", verifier}}, secret)
	if failed != nil {
		return "", failed
	}
	text, err := json.Marshal(map[string]string{"Token": values.Get("oauth_token"), "TokenSecret": values.Get("oauth_token_secret")})
	return string(text), err
}

// oauth1 returns what an instance whose token a person gives is authenticated with.
func (i *Instance) oauth1() (*prepared, *oauth1, *Error) {
	p := i.prepare()
	a := i.Compiled.authByID("")
	if i.Auth != nil {
		a = i.Compiled.authByID(i.Auth.ID)
	}
	var s *oauth1
	if a != nil {
		s, _ = a.signer.(*oauth1)
	}
	switch {
	case s == nil || s.consent == nil:
		return p, nil, authError(fmt.Errorf("nobody has to consent"))
	case i.Client.ID == "":
		return p, nil, authError(errNoClient)
	}
	return p, s, nil
}

// askOAuth1 posts a signed request without a body, and reads the form that comes back with a token.
func (r *Runtime) askOAuth1(ctx context.Context, i *Instance, p *prepared, s *oauth1, to *template, more [][2]string, secret string) (url.Values, *Error) {
	u, err := vendorAddress(to, p)
	if err != nil {
		return nil, authError(err)
	}
	realm := ""
	if s.realm != nil {
		if realm, _, err = s.realm.text(p); err != nil {
			return nil, authError(err)
		}
	}
	params := append([][2]string{
		{"oauth_consumer_key", i.Client.ID}, {"oauth_nonce", nonce()}, {"oauth_signature_method", s.method},
		{"oauth_timestamp", strconv.FormatInt(r.clock.Now().Unix(), 10)}, {"oauth_version", "1.0"},
	}, more...)
	o := &outgoing{method: http.MethodPost, url: u}
	ctx, cancel := context.WithTimeout(egress.WithHosts(ctx, p.hosts), tokenTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return nil, authError(err)
	}
	req.Header = http.Header{"User-Agent": {i.agent()}, "Authorization": {oauth1Header(o, realm, params, i.Client.Secret, secret)}}
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return nil, unreached(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err != nil {
		return nil, unreached(err)
	}
	values, err := url.ParseQuery(strings.TrimSpace(string(body)))
	token := values.Get("oauth_token")
	if resp.StatusCode >= 300 || err != nil || token == "" || len(token)+len(values.Get("oauth_token_secret")) > maxOAuth1Token || strings.ContainsRune(token, 0) {
		e := &Error{Class: ClassAuth, Code: paceline.CodeAuthFailed, Err: fmt.Errorf("the vendor gave no token: %s", resp.Status)}
		if resp.StatusCode == 408 || resp.StatusCode == 429 || resp.StatusCode >= 500 {
			e.Class = ClassRetry
		}
		detail := resp.Proto + " " + resp.Status
		if resp.StatusCode >= 300 { // one that is no refusal may hold a token
			detail += "\r\n" + shortened(string(body))
		}
		e.Detail = string(p.masker.Mask([]byte(strings.ToValidUTF8(detail, "\ufffd"))))
		return nil, e
	}
	return values, nil
}

// maxOAuth1Token bounds a token and its secret, in bytes.
const maxOAuth1Token = 4096

// unreached is the failure of a request for a token that has no answer.
func unreached(err error) *Error {
	e := &Error{Class: ClassRetry, Code: paceline.CodeAuthFailed, Detail: egress.Message(err), Err: err}
	if errors.Is(err, egress.ErrForbidden) {
		e.Class = ClassPermanent
	}
	return e
}

// app returns for whom a call is signed: the app at the vendor where a person consents, else the one in the AuthValue.
func (s *oauth1) app(p *prepared) (key, secret string) {
	if s.consent != nil {
		return p.client.ID, p.client.Secret
	}
	return p.fields["ConsumerKey"], p.fields["ConsumerSecret"]
}
