package connector

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"
)

// Type hmac signs what sign.payload makes of each request; apply says where {{signature}} and whatever else
// the vendor wants go. AuthValue is a JSON object with the fields, Key and Secret unless declared.
var _ = registerAuth("hmac", authType{
	wire:   "AuthFields",
	fields: []AuthField{{Name: "Key", Label: "Key", Secret: new(bool)}, {Name: "Secret", Label: "Secret"}},
	keys:   []string{"sign"},
	signed: true,
	read:   readFields,
	compile: func(b *builder, a *Auth, at string) signer {
		s := &hmacSigner{}
		known := &scopeNames{properties: b.def.Properties, auth: a.names(), signing: true}
		if a.Sign == nil || a.Sign.Payload == "" {
			b.add(at, "auth of type hmac lacks sign with a payload", `Example: sign: {payload: "{{request.method}}{{request.path}}{{request.body}}"}`)
			return s
		}
		s.alg, s.base64 = firstOf(a.Sign.Alg, "sha256"), a.Sign.Encoding == "base64"
		here := pointer(at, "sign")
		s.secret = b.template(pointer(here, "secret"), firstOf(a.Sign.Secret, "{{auth.Secret}}"), known, plainEscape)
		s.payload = b.template(pointer(here, "payload"), a.Sign.Payload, known, plainEscape)
		if s.secret != nil && !s.secret.secrets {
			b.add(pointer(here, "secret"), "the secret is none", "Write a field of auth or a secret property, such as {{auth.Secret}}.")
		}
		if len(a.Apply) == 0 {
			b.add(at, "auth of type hmac lacks the key \"apply\"", `Example: apply: {in: header, name: X-Signature, value: "{{signature}}"}`)
		}
		known.signature = true
		for i, apply := range a.Apply {
			here := pointer(at, "apply")
			if len(a.Apply) > 1 {
				here = pointer(here, i)
			}
			if apply.In != "header" {
				b.add(pointer(here, "in"), "a signature goes in a header", "Write in: header.")
			}
			s.apply = append(s.apply, b.apply(apply, here, known))
		}
		return s
	},
})

type hmacSigner struct {
	alg             string
	base64          bool
	secret, payload *template
	apply           []compiledApply
}

func (s *hmacSigner) sign(p *prepared, o *outgoing, now time.Time) error {
	w := &signing{prepared: p, request: o, now: now, nonce: nonce()}
	secret, missing, err := s.secret.append(nil, w)
	if err == nil && (missing || len(secret) == 0) {
		err = fmt.Errorf("the secret of the signature is missing")
	}
	if err != nil {
		return err
	}
	text, err := s.payload.raw(w)
	if err != nil {
		return err
	}
	mac := hmac.New(hashes[s.alg], secret)
	mac.Write(text)
	if w.signature = hex.EncodeToString(mac.Sum(nil)); s.base64 {
		w.signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	for _, a := range s.apply {
		value, _, err := a.value.text(w)
		if err != nil {
			return err
		}
		o.setHidden(a.name, value)
	}
	return nil
}

// signing gives the templates of a signature their values.
type signing struct {
	*prepared
	request   *outgoing
	now       time.Time
	nonce     string
	signature string
}

// requestNames are the parts of a request that a signature may cover.
var requestNames = []string{"method", "url", "host", "path", "query", "body", "time", "nonce"}

func (s *signing) lookup(r *ref) val {
	if r.root == rootSignature {
		return textVal(s.signature)
	}
	if r.root != rootRequest {
		return s.prepared.lookup(r)
	}
	o := s.request
	switch r.name {
	case "method":
		return textVal(o.method)
	case "url":
		return textVal(o.address)
	case "host":
		return textVal(o.url.Host)
	case "path":
		return textVal(o.url.EscapedPath())
	case "query":
		return textVal(o.url.RawQuery)
	case "body":
		return val{kind: bytesVal, data: o.body}
	case "time":
		return textVal(s.now.UTC().Format(time.RFC3339))
	}
	return textVal(s.nonce)
}
