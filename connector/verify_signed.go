package connector

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"paceline/mapping"
)

var (
	errWrongSignature = errors.New("the signature is missing or wrong")
	errOldDelivery    = errors.New("the time of sending is missing or too far away")
	errWrongKey       = errors.New("the secret is not a key of this kind of signature")
)

// How far the sender's time may be from ours: by default, and at most.
const (
	defaultTolerance = 5 * time.Minute
	maxTolerance     = 24 * time.Hour
)

// signedText is what signatures of all kinds have in common: where they stand, what they cover, and when
// the delivery was sent.
type signedText struct {
	header    string
	prefix    string
	base64    bool
	separator string
	payload   *template // nil: the raw body
	timestamp string    // header with the time of sending
	pair      *PairsDef // the header holds pairs, of which some are signatures
	tolerance time.Duration
}

// signedText compiles what types with a signature have in common.
func (b *builder) signedText(def *VerifyDef, at string) *signedText {
	if def.Header == "" {
		b.add(at, fmt.Sprintf("verify of type %s lacks the key \"header\"", def.Type), "Add the header that holds the signature, for example header: X-Hub-Signature-256.")
	}
	v := &signedText{
		header: http.CanonicalHeaderKey(def.Header), prefix: def.Prefix, base64: def.Encoding == "base64", separator: ",",
		pair: def.Pairs, tolerance: defaultTolerance,
	}
	known := &scopeNames{delivery: true}
	if p := def.Pairs; p != nil {
		v.separator = firstOf(p.Separator, ",")
		known.pairs = true
		if def.Timestamp != nil || def.Prefix != "" {
			b.add(pointer(at, "pairs"), "verify has pairs besides timestamp or prefix", "Name the pairs with the time and the signature in pairs.")
		}
	}
	if def.Payload != "" {
		v.payload = b.template(pointer(at, "payload"), def.Payload, known, plainEscape)
		if v.payload != nil && !v.payload.mentions(rootRawBody) {
			b.add(pointer(at, "payload"), "the signed text does not contain the body", "Write {{rawBody}} in it; otherwise anybody could change the body.")
		}
	}
	tolerance := ""
	switch {
	case def.Timestamp != nil:
		tolerance = def.Timestamp.Tolerance
		v.timestamp = http.CanonicalHeaderKey(def.Timestamp.Header)
		if !signs(v.payload, rootHeader, def.Timestamp.Header) {
			b.add(pointer(at, "timestamp"), "the time of sending is not part of the signed text", "Write {{header."+def.Timestamp.Header+"}} in payload; otherwise anybody could change it.")
		}
	case def.Pairs != nil && def.Pairs.Timestamp != "":
		tolerance = def.Pairs.Tolerance
		if !signs(v.payload, rootPair, def.Pairs.Timestamp) {
			b.add(pointer(at, "pairs"), "the time of sending is not part of the signed text", "Write {{pair."+def.Pairs.Timestamp+"}} in payload; otherwise anybody could change it.")
		}
	}
	if tolerance != "" {
		v.tolerance = duration(tolerance)
		if v.tolerance <= 0 || v.tolerance > maxTolerance {
			here := pointer(at, "timestamp", "tolerance")
			if def.Timestamp == nil {
				here = pointer(at, "pairs", "tolerance")
			}
			b.add(here, fmt.Sprintf("the tolerance %s is not between 1ms and 24h", tolerance), "Example: 300s")
		}
	}
	return v
}

// alg reports an algorithm that the type does not have.
func (b *builder) alg(def *VerifyDef, at string, known ...string) {
	if def.Alg != "" && !slices.Contains(known, def.Alg) {
		b.add(pointer(at, "alg"), fmt.Sprintf("verify of type %s has no algorithm %s", def.Type, def.Alg), "Use one of "+strings.Join(known, ", ")+".")
	}
}

// check calls good for each signature of the header until one is right. A sender may send several, so that
// it can change its key.
func (v *signedText) check(d *Delivery, good func(text, signature []byte) bool) error {
	found := false
	for _, value := range d.Header.Values(v.header) {
		s := &delivered{Delivery: d}
		var signatures []string
		if v.pair != nil {
			s.pairs = map[string]string{}
			for part := range strings.SplitSeq(value, v.separator) {
				name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
				if name == v.pair.Signature {
					signatures = append(signatures, text)
				} else if _, twice := s.pairs[name]; !twice {
					s.pairs[name] = text
				}
			}
		} else {
			for part := range strings.SplitSeq(value, v.separator) {
				if text, ok := strings.CutPrefix(strings.TrimSpace(part), v.prefix); ok {
					signatures = append(signatures, text)
				}
			}
		}
		text := d.RawBody
		if v.payload != nil {
			var err error
			if text, err = v.payload.raw(s); err != nil {
				return errWrongSignature
			}
		}
		for _, signature := range signatures[:min(len(signatures), 20)] {
			if raw := v.decode(signature); raw != nil && good(text, raw) {
				found = true
			}
		}
		if found {
			return v.fresh(s)
		}
	}
	return errWrongSignature
}

func (v *signedText) decode(signature string) []byte {
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

func (v *signedText) fresh(s *delivered) error {
	text := ""
	switch {
	case v.timestamp != "":
		text = s.Header.Get(v.timestamp)
	case v.pair != nil && v.pair.Timestamp != "":
		text = s.pairs[v.pair.Timestamp]
	default:
		return nil
	}
	value := mapping.Value(text)
	if !validNumber(text) {
		value = mapping.Quote(text)
	}
	at, ok := mapping.DateOf(value)
	if !ok || s.At.Sub(at).Abs() > v.tolerance {
		return errOldDelivery
	}
	return nil
}

// onlyKeys reports keys of verify that its type does not use.
func (b *builder) onlyKeys(def *VerifyDef, at string, used ...string) {
	for name, set := range map[string]bool{
		"alg": def.Alg != "", "header": def.Header != "", "query": def.Query != "", "body": def.Body != "", "prefix": def.Prefix != "",
		"encoding": def.Encoding != "", "payload": def.Payload != "", "timestamp": def.Timestamp != nil,
		"pairs": def.Pairs != nil, "secretEncoding": def.SecretEncoding != "", "bodyClaim": def.BodyClaim != "", "maxAge": def.MaxAge != "",
	} {
		if set && !slices.Contains(used, name) {
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

// signs reports whether the value of the root with the name stands in the template.
func signs(t *template, from root, name string) bool {
	if t == nil {
		return false
	}
	found := false
	t.refs(func(r *ref) { found = found || r.root == from && strings.EqualFold(r.name, name) })
	return found
}
