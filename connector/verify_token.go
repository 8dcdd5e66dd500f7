package connector

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"paceline/mapping"
)

var errWrongToken = errors.New("the token is missing or wrong")

// Type token compares a header, a query parameter, or each value at a location in the body, with the secret. With header and
// query either will do, for vendors who let people choose; the header counts where it is there.
var _ = registerVerifier("token", func(b *builder, def *VerifyDef, at string) verifier {
	places := 0
	for _, p := range []string{def.Header, def.Query, def.Body} {
		if p != "" {
			places++
		}
	}
	if places != 1 && !(places == 2 && def.Body == "") {
		b.add(at, "verify of type token names either a header, a query parameter or a location in the body", "Add header: X-Token, query: token, or body: clientState.")
	}
	b.onlyKeys(def, at, "header", "query", "body", "prefix")
	v := &verifyToken{header: http.CanonicalHeaderKey(def.Header), query: def.Query, prefix: def.Prefix}
	if v.inBody = def.Body != ""; v.inBody {
		v.body = b.location(pointer(at, "body"), def.Body)
		if v.outer, v.inList = v.body.OuterList(); v.inList {
			v.list, _ = mapping.ParseItemList(v.outer.String())
		}
	}
	return v
})

type verifyToken struct {
	header, query, prefix string
	body                  mapping.Location
	inBody                bool
	outer                 mapping.Location // the list of inList
	list                  mapping.ItemList
	inList                bool
}

// texts returns the tokens; all of them must be right, and there must be one.
func (v *verifyToken) texts(d *Delivery) []string {
	switch {
	case v.inBody:
		payload, err := payloadOf(d, "auto")
		if err != nil {
			return nil
		}
		if !v.inList {
			token, _ := v.body.Get(payload)
			return []string{mapping.Text(token)}
		}
		var texts []string
		for item := range v.outer.GetAll(payload) {
			token, _ := v.body.Get(v.list.Document(nil, item))
			texts = append(texts, mapping.Text(token)) // "" for an item without one
		}
		return texts
	case v.query != "" && (v.header == "" || d.Header.Get(v.header) == ""):
		return []string{d.Query.Get(v.query)}
	}
	return []string{d.Header.Get(v.header)}
}

func (v *verifyToken) verify(secret []byte, d *Delivery) error {
	texts := v.texts(d)
	good := len(texts) > 0
	for _, text := range texts {
		got, ok := strings.CutPrefix(text, v.prefix)
		good = good && ok && sameSecret([]byte(got), secret)
	}
	if !good {
		return errWrongToken
	}
	return nil
}

// sameSecret compares in a time that depends on neither text, not even on their lengths.
func sameSecret(a, b []byte) bool {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
