package connector

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline"
)

// Type oauth1 signs each request as RFC 5849 says. AuthValue is a JSON object with the four fields; the
// token and its secret may be missing. NetSuite's token-based authentication is this with HMAC-SHA256 and
// the account as realm. With consent a person gives it Token and TokenSecret, and the app is the account connector's or the
// partner's, as of oauth2.
var _ = registerAuth("oauth1", authType{
	wire: "OAuth1",
	fields: []AuthField{
		{Name: "ConsumerKey", Label: "Consumer key", Secret: new(bool)}, {Name: "ConsumerSecret", Label: "Consumer secret"},
		{Name: "Token", Label: "Token", optional: true}, {Name: "TokenSecret", Label: "Token secret", optional: true},
	},
	keys: []string{"signature", "realm", "consent"},
	read: func(a *Auth, value string) (map[string]string, error) {
		if a.Consent == nil {
			return readFields(a, value)
		}
		var values map[string]string
		if err := json.Unmarshal([]byte(value), &values); err != nil || values["Token"] == "" {
			return nil, fmt.Errorf("expected a JSON object with the texts Token and TokenSecret")
		}
		return values, nil
	},
	compile: func(b *builder, a *Auth, at string) signer {
		s := &oauth1{method: firstOf(a.Signature, "HMAC-SHA1"), consent: b.consent1(a, at)}
		if a.Realm != "" {
			s.realm = b.template(pointer(at, "realm"), a.Realm, &scopeNames{properties: b.def.Properties, auth: a.names()}, headerEscape)
		}
		return s
	},
})

type oauth1 struct {
	method  string
	realm   *template
	consent *consent1 // nil without one
}

func (s *oauth1) sign(p *prepared, o *outgoing, now time.Time) error {
	realm := ""
	if s.realm != nil {
		var err error
		if realm, _, err = s.realm.text(p); err != nil {
			return err
		}
	}
	key, secret := s.app(p)
	params := [][2]string{
		{"oauth_consumer_key", key},
		{"oauth_nonce", nonce()},
		{"oauth_signature_method", s.method},
		{"oauth_timestamp", strconv.FormatInt(now.Unix(), 10)},
		{"oauth_version", "1.0"},
	}
	if token := p.fields["Token"]; token != "" {
		params = append(params, [2]string{"oauth_token", token})
	}
	o.setHidden("Authorization", oauth1Header(o, realm, params, secret, p.fields["TokenSecret"]))
	return nil
}

func nonce() string { return paceline.NewHexSecret(16) }

// oauth1Header signs the request and returns the Authorization header. params are those of the protocol.
func oauth1Header(o *outgoing, realm string, params [][2]string, secret, tokenSecret string) string {
	key := percent(secret) + "&" + percent(tokenSecret)
	signature := key
	method := ""
	for _, p := range params {
		if p[0] == "oauth_signature_method" {
			method = p[1]
		}
	}
	if method != "PLAINTEXT" {
		h := map[string]func() hash.Hash{"HMAC-SHA1": sha1.New, "HMAC-SHA256": sha256.New}[method]
		mac := hmac.New(h, []byte(key))
		mac.Write([]byte(oauth1Base(o, params)))
		signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	parts := []string{}
	if realm != "" {
		parts = append(parts, `realm="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(realm)+`"`)
	}
	for _, p := range append(params, [2]string{"oauth_signature", signature}) {
		parts = append(parts, p[0]+`="`+percent(p[1])+`"`)
	}
	return "OAuth " + strings.Join(parts, ", ")
}

// oauth1Base returns the text that is signed: method, address, and all parameters in order.
func oauth1Base(o *outgoing, params [][2]string) string {
	all := slices.Clone(params)
	add := func(query string) {
		for pair := range strings.SplitSeq(query, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			name, _ = url.QueryUnescape(name)
			value, _ = url.QueryUnescape(value)
			all = append(all, [2]string{name, value})
		}
	}
	add(o.url.RawQuery)
	if kind, _, _ := mime.ParseMediaType(o.header().Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		add(string(o.body))
	}
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = percent(p[0]) + "=" + percent(p[1])
	}
	// The order is by name, then value, of the escaped texts.
	slices.SortFunc(texts, func(a, b string) int {
		x, v, _ := strings.Cut(a, "=")
		y, w, _ := strings.Cut(b, "=")
		if x != y {
			return strings.Compare(x, y)
		}
		return strings.Compare(v, w)
	})
	host := strings.ToLower(o.url.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[o.url.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	path := o.url.EscapedPath()
	if path == "" {
		path = "/"
	}
	return o.method + "&" + percent(strings.ToLower(o.url.Scheme)+"://"+host+path) + "&" + percent(strings.Join(texts, "&"))
}

// percent escapes everything but letters, digits and -._~ (RFC 3986).
func percent(s string) string {
	const digits = "0123456789ABCDEF"
	var b bytes.Buffer
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}
