package connector

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"time"
)

// Type digest answers the challenge of HTTP Digest authentication (RFC 7616). AuthValue is the base64 text of
// "user:password", as of basic.
var _ = registerAuth("digest", authType{
	wire:    "Basic",
	fields:  []AuthField{{Name: "Username", Label: "User name", Secret: new(bool)}, {Name: "Password", Label: "Password"}},
	derived: []AuthField{{Name: "Basic"}},
	signed:  true,
	read:    readBasic,
	compile: func(b *builder, a *Auth, at string) signer {
		if len(a.Apply)+len(a.Fields) > 0 {
			b.add(at, "auth of type digest has fields or apply", "Remove them: the header is that of HTTP.")
		}
		return digest{}
	},
})

// challenger is a signer that learns from a 401.
type challenger interface {
	// challenged reports whether the request should be sent again.
	challenged(p *prepared, h http.Header) bool
}

type digest struct{}

// digestState is the challenge of an instance and how often it was answered.
type digestState struct {
	realm, nonce, opaque, alg string
	qop                       bool
	count                     int
}

func (digest) challenged(p *prepared, h http.Header) bool {
	for _, text := range h.Values("WWW-Authenticate") {
		scheme, rest, _ := strings.Cut(text, " ")
		if !strings.EqualFold(scheme, "Digest") {
			continue
		}
		values := authParams(rest)
		s := digestState{realm: values["realm"], nonce: values["nonce"], opaque: values["opaque"], alg: firstOf(strings.ToUpper(values["algorithm"]), "MD5")}
		for q := range strings.SplitSeq(values["qop"], ",") {
			s.qop = s.qop || strings.TrimSpace(q) == "auth"
		}
		if digestHashes[s.alg] == nil || s.nonce == "" || values["qop"] != "" && !s.qop {
			continue
		}
		p.mu.Lock()
		p.digest = s
		p.mu.Unlock()
		return true
	}
	return false
}

var digestHashes = map[string]func() hash.Hash{"MD5": md5.New, "SHA-256": sha256.New}

func (digest) sign(p *prepared, o *outgoing, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.digest.nonce == "" {
		return nil
	}
	p.digest.count++
	o.setHidden("Authorization", p.digest.header(o.method, o.url.RequestURI(), p.fields["Username"], p.fields["Password"], nonce()))
	return nil
}

// header answers the challenge for a request.
func (s *digestState) header(method, uri, user, password, cnonce string) string {
	sum := func(text string) string {
		h := digestHashes[s.alg]()
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
	secret, request := sum(user+":"+s.realm+":"+password), sum(method+":"+uri)
	out := fmt.Sprintf(`Digest username="%s", realm="%s", uri="%s", algorithm=%s, nonce="%s"`, quote(user), quote(s.realm), uri, s.alg, quote(s.nonce))
	if s.qop {
		count := fmt.Sprintf("%08x", s.count)
		out += fmt.Sprintf(`, nc=%s, cnonce="%s", qop=auth, response="%s"`, count, cnonce, sum(strings.Join([]string{secret, s.nonce, count, cnonce, "auth", request}, ":")))
	} else {
		out += fmt.Sprintf(`, response="%s"`, sum(secret+":"+s.nonce+":"+request))
	}
	if s.opaque != "" {
		out += fmt.Sprintf(`, opaque="%s"`, quote(s.opaque))
	}
	return out
}

// authParams reads name=value pairs, values with or without quotes.
func authParams(text string) map[string]string {
	out := map[string]string{}
	for text != "" {
		end := unquoted(text, ',')
		name, value, _ := strings.Cut(strings.TrimSpace(text[:end]), "=")
		text = strings.TrimPrefix(text[end:], ",")
		value = strings.TrimSpace(value)
		if inner, ok := strings.CutPrefix(value, `"`); ok {
			value = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.TrimSuffix(inner, `"`))
		}
		out[strings.ToLower(strings.TrimSpace(name))] = value
	}
	return out
}
