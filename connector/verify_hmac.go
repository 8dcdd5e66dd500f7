package connector

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"time"

	"paceline/mapping"
)

var (
	errWrongSignature = errors.New("the signature is missing or wrong")
	errOldDelivery    = errors.New("the time of sending is missing or too far away")
)

// How far the sender's time may be from ours: by default, and at most.
const (
	defaultTolerance = 5 * time.Minute
	maxTolerance     = 24 * time.Hour
)

// Type hmac expects a keyed hash of the raw body, or of what payload makes of it, in a header.
var _ = registerVerifier("hmac", func(b *builder, def *VerifyDef, at string) verifier {
	if def.Header == "" {
		b.add(at, "verify of type hmac lacks the key \"header\"", "Add the header that holds the signature, for example header: X-Hub-Signature-256.")
	}
	b.onlyKeys(def, at, "alg", "header", "prefix", "encoding", "payload", "timestamp")
	v := &verifyHMAC{alg: hashes[firstOf(def.Alg, "sha256")], header: http.CanonicalHeaderKey(def.Header), prefix: def.Prefix, base64: def.Encoding == "base64"}
	if def.Payload != "" {
		v.payload = b.template(pointer(at, "payload"), def.Payload, &scopeNames{delivery: true}, plainEscape)
		if v.payload != nil && !v.payload.mentions(rootRawBody) {
			b.add(pointer(at, "payload"), "the signed text does not contain the body", "Write {{rawBody}} in it; otherwise anybody could change the body.")
		}
	}
	if def.Timestamp != nil {
		v.timestamp, v.tolerance = http.CanonicalHeaderKey(def.Timestamp.Header), defaultTolerance
		if def.Timestamp.Tolerance != "" {
			v.tolerance = duration(def.Timestamp.Tolerance)
			if v.tolerance <= 0 || v.tolerance > maxTolerance {
				b.add(pointer(at, "timestamp", "tolerance"), fmt.Sprintf("the tolerance %s is not between 1ms and 24h", def.Timestamp.Tolerance), "Example: 300s")
			}
		}
		if !signsHeader(v.payload, def.Timestamp.Header) {
			b.add(pointer(at, "timestamp"), "the time of sending is not part of the signed text", "Write {{header."+def.Timestamp.Header+"}} in payload; otherwise anybody could change it.")
		}
	}
	return v
})

type verifyHMAC struct {
	alg       func() hash.Hash
	header    string
	prefix    string
	base64    bool
	payload   *template
	timestamp string
	tolerance time.Duration
}

func (v *verifyHMAC) verify(secret []byte, d *Delivery) error {
	mac := hmac.New(v.alg, secret)
	if v.payload == nil {
		mac.Write(d.RawBody)
	} else if err := v.write(mac, d); err != nil {
		return err
	}
	want := mac.Sum(nil)
	// Each value of the header counts, so that a sender can sign with two keys while it changes them.
	found := false
	for _, text := range d.Header.Values(v.header) {
		for part := range strings.SplitSeq(text, ",") {
			signature, ok := strings.CutPrefix(strings.TrimSpace(part), v.prefix)
			if ok && hmac.Equal(v.decode(signature), want) {
				found = true
			}
		}
	}
	if !found {
		return errWrongSignature
	}
	return v.fresh(d)
}

// write writes the signed text; rawBody goes in as it is, never as text of it.
func (v *verifyHMAC) write(mac hash.Hash, d *Delivery) error {
	s := &delivered{Delivery: d}
	for _, p := range v.payload.parts {
		if p.expr == nil {
			mac.Write([]byte(p.text))
			continue
		}
		value, err := p.expr.eval(s)
		if err != nil {
			return fmt.Errorf("signed text: %w", err)
		}
		if value.kind == missingVal {
			return errWrongSignature
		}
		if p.expr.ref != nil && p.expr.ref.root == rootRawBody && len(p.expr.filters) == 0 {
			mac.Write(value.data)
		} else {
			mac.Write([]byte(value.string()))
		}
	}
	return nil
}

func (v *verifyHMAC) decode(signature string) []byte {
	var raw []byte
	var err error
	if v.base64 {
		raw, err = base64.StdEncoding.Strict().DecodeString(signature)
	} else {
		raw, err = hex.DecodeString(signature)
	}
	if err != nil {
		return nil
	}
	return raw
}

func (v *verifyHMAC) fresh(d *Delivery) error {
	if v.timestamp == "" {
		return nil
	}
	text := d.Header.Get(v.timestamp)
	value := mapping.Value(text)
	if !validNumber(text) {
		value = mapping.Quote(text)
	}
	at, ok := mapping.DateOf(value)
	if !ok || d.At.Sub(at).Abs() > v.tolerance {
		return errOldDelivery
	}
	return nil
}

// onlyKeys reports keys of verify that its type does not use.
func (b *builder) onlyKeys(def *VerifyDef, at string, used ...string) {
	for name, set := range map[string]bool{
		"alg": def.Alg != "", "header": def.Header != "", "query": def.Query != "", "prefix": def.Prefix != "",
		"encoding": def.Encoding != "", "payload": def.Payload != "", "timestamp": def.Timestamp != nil,
	} {
		known := false
		for _, u := range used {
			known = known || u == name
		}
		if set && !known {
			b.add(pointer(at, name), fmt.Sprintf("verify of type %s does not use the key %q", def.Type, name), "Remove it.")
		}
	}
}

// mentions reports whether a value of the root stands in the template.
func (t *template) mentions(from root) bool {
	found := false
	t.refs(func(r *ref) { found = found || r.root == from })
	return found
}

func signsHeader(t *template, name string) bool {
	if t == nil {
		return false
	}
	found := false
	t.refs(func(r *ref) { found = found || r.root == rootHeader && strings.EqualFold(r.name, name) })
	return found
}
