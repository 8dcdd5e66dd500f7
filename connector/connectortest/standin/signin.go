package standin

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// signed is whose signatures of OAuth 1 (RFC 5849, HMAC-SHA256) are good.
type signed struct {
	Realm          string `yaml:"realm"`
	ConsumerKey    string `yaml:"consumerKey"`
	ConsumerSecret string `yaml:"consumerSecret"`
	Token          string `yaml:"token"`
	TokenSecret    string `yaml:"tokenSecret"`
}

// good checks a request from its text alone; a nonce is good once.
func (s *signed) good(req *http.Request, nonces map[string]bool) bool {
	given := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(req.Header.Get("Authorization"), "OAuth "), ",") {
		name, text, ok := strings.Cut(strings.TrimSpace(part), "=")
		text, err := url.PathUnescape(strings.Trim(text, `"`))
		if _, twice := given[name]; !ok || err != nil || twice {
			return false
		}
		given[name] = text
	}
	for name, want := range map[string]string{
		"realm": s.Realm, "oauth_consumer_key": s.ConsumerKey, "oauth_token": s.Token, "oauth_signature_method": "HMAC-SHA256", "oauth_version": "1.0",
	} {
		if given[name] != want {
			return false
		}
	}
	nonce := given["oauth_nonce"]
	if nonce == "" || nonces[nonce] || given["oauth_timestamp"] == "" || s.signature(req, given) != given["oauth_signature"] {
		return false
	}
	nonces[nonce] = true
	return true
}

// signature is the right one of a request with these parameters in its header. Bodies are JSON, which is not signed.
func (s *signed) signature(req *http.Request, given map[string]string) string {
	var pairs []string
	for name, text := range given {
		if name != "realm" && name != "oauth_signature" {
			pairs = append(pairs, escape(name)+"="+escape(text))
		}
	}
	for name, texts := range req.URL.Query() {
		for _, text := range texts {
			pairs = append(pairs, escape(name)+"="+escape(text))
		}
	}
	slices.Sort(pairs)
	mac := hmac.New(sha256.New, []byte(escape(s.ConsumerSecret)+"&"+escape(s.TokenSecret)))
	mac.Write([]byte(req.Method + "&" + escape("https://"+req.URL.Host+req.URL.EscapedPath()) + "&" + escape(strings.Join(pairs, "&"))))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// escape is that of RFC 3986, of which QueryEscape differs in the blank.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// assertion is a signed token (RFC 7519) that stands in a parameter, or as a bearer token where none is named.
type assertion struct {
	In     string            `yaml:"in"`
	Alg    string            `yaml:"alg"`
	Header map[string]string `yaml:"header"` // what it must say, patterns
	Claims map[string]string `yaml:"claims"`
}

func (a *assertion) good(text string, key *rsa.PublicKey) bool {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || key == nil {
		return false
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return false
		}
	}
	var header, claims map[string]any
	if json.Unmarshal(raw[0], &header) != nil || json.Unmarshal(raw[1], &claims) != nil || header["alg"] != a.Alg {
		return false
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	failed := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw[2])
	if a.Alg == "PS256" {
		failed = rsa.VerifyPSS(key, crypto.SHA256, sum[:], raw[2], nil)
	}
	expires, _ := claims["exp"].(float64)
	return failed == nil && expires > 0 && says(header, a.Header) && says(claims, a.Claims)
}

func says(document map[string]any, want map[string]string) bool {
	for name, pattern := range want {
		if text, _ := document[name].(string); !matches(pattern, text) {
			return false
		}
	}
	return true
}

// signIn finds a call for a token. Both are nil for any other call.
func (s *StandIn) signIn(req *http.Request, body []byte) (*operation, *http.Response) {
	form, _ := url.ParseQuery(string(body))
	there := false
	for _, op := range s.table.SignIn {
		if !op.takes(req) {
			continue
		}
		there = true
		if a := op.Assertion; op.Grant != form.Get("grant_type") || a != nil && a.In != "" && !form.Has(a.In) {
			continue
		}
		for name, pattern := range op.Headers {
			if !matches(pattern, req.Header.Get(name)) {
				return nil, s.refuse(req, "request", name)
			}
		}
		if kind, name := op.wrong(req, body); kind != "" {
			return nil, s.refuse(req, "request", name)
		}
		if op.Authorized != "" && !matches(op.Authorized, req.Header.Get("Authorization")) {
			return nil, s.refuse(req, "client", "")
		}
		for name, pattern := range op.Values {
			if !matches(pattern, form.Get(name)) {
				return nil, s.refuse(req, firstKnown(s.table.Problems, name, "grant"), name)
			}
		}
		if a := op.Assertion; a != nil {
			text := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
			if a.In != "" {
				text = form.Get(a.In)
			}
			if !a.good(text, s.trust) {
				return nil, s.refuse(req, firstKnown(s.table.Problems, "assertion", "grant"), a.In)
			}
		}
		return op, nil
	}
	if there {
		return nil, s.refuse(req, "request", "grant_type")
	}
	return nil, nil
}

func firstKnown(problems map[string]problem, kinds ...string) string {
	for _, kind := range kinds {
		if _, ok := problems[kind]; ok {
			return kind
		}
	}
	return "failure"
}
