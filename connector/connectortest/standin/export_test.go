package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// Wrong is a request with one thing about it that the vendor refuses.
type Wrong struct {
	Name string // what is wrong
	Kind string // the problem that it is
	Req  *http.Request
}

// Spoiled returns what may be wrong with a good request, one thing at a time, in a fixed order.
func (s *StandIn) Spoiled(req *http.Request, body []byte) []Wrong {
	var all []Wrong
	add := func(name, kind string, change func(r *http.Request), text []byte) {
		r := req.Clone(req.Context())
		if change != nil {
			change(r)
		}
		if s.table.Signed != nil && kind != "unauthorized" {
			s.table.Signed.sign(r)
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		all = append(all, Wrong{name, kind, r})
	}
	i := slices.IndexFunc(s.table.Operations, func(op *operation) bool { return op.takes(req) })
	if i < 0 {
		return nil
	}
	op := s.table.Operations[i]
	add("without the credential", "unauthorized", func(r *http.Request) { r.Header.Del("Authorization") }, body)
	add("another credential", "unauthorized", func(r *http.Request) { r.Header.Set("Authorization", req.Header.Get("Authorization")+"x") }, body)
	add("an unknown parameter", "unknown", func(r *http.Request) { r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery+"&not_known=1", "&") }, body)
	if s.table.Signed != nil {
		add("a signature of another address", "unauthorized", func(r *http.Request) { r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery+"&limit=1", "&") }, body)
	}
	for _, headers := range []map[string]string{s.table.Headers, op.Headers} {
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			add("without the header "+name, "missing", func(r *http.Request) { r.Header.Del(name) }, body)
		}
	}
	for _, name := range op.Required {
		if req.URL.Query().Has(name) {
			add("without the parameter "+name, "missing", func(r *http.Request) {
				q := r.URL.Query()
				q.Del(name)
				r.URL.RawQuery = q.Encode()
			}, body)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(op.Query)) {
		if req.URL.Query().Has(name) && slices.Contains([]string{"integer", "number", "boolean"}, op.Query[name]) {
			add("a wrong type of "+name, "type", func(r *http.Request) {
				q := r.URL.Query()
				q.Set(name, "much")
				r.URL.RawQuery = q.Encode()
			}, body)
		}
	}
	if len(body) == 0 {
		return all
	}
	add("a body that does not say what it is", "type", func(r *http.Request) { r.Header.Del("Content-Type") }, body)
	switch {
	case op.Raw != "":
	case op.Form:
		op.spoilForm(body, add)
	default:
		op.spoilJSON(body, add)
	}
	return all
}

type adder = func(name, kind string, change func(r *http.Request), text []byte)

func (op *operation) spoilForm(body []byte, add adder) {
	form, _ := url.ParseQuery(string(body))
	with := func(change func(url.Values)) []byte {
		f := url.Values(maps.Clone(form))
		change(f)
		return []byte(f.Encode())
	}
	add("an unknown field", "unknown", nil, with(func(f url.Values) { f.Set("not_known", "1") }))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		place := formValues(url.Values{name: form[name]})[0].place
		if kind, _ := typeOf(place, op.Body, op.known); slices.Contains([]string{"integer", "number", "boolean"}, kind) {
			add("a wrong type of "+name, "type", nil, with(func(f url.Values) { f.Set(name, "much") }))
		}
		if slices.Contains(op.Required, place) {
			add("without the field "+name, "missing", nil, with(func(f url.Values) { f.Del(name) }))
		}
	}
}

func (op *operation) spoilJSON(body []byte, add adder) {
	with := func(change func(doc map[string]any)) []byte {
		var doc map[string]any
		if json.Unmarshal(body, &doc) != nil {
			return nil
		}
		change(doc)
		text, _ := json.Marshal(doc)
		return text
	}
	if with(func(map[string]any) {}) == nil {
		return
	}
	add("an unknown field", "unknown", nil, with(func(doc map[string]any) { doc["notKnown"] = 1 }))
	add("a body that is cut off", "type", nil, body[:len(body)-1])
	values, _ := jsonValues(body)
	slices.SortFunc(values, func(a, b value) int { return strings.Compare(a.place, b.place) })
	values = slices.CompactFunc(values, func(a, b value) bool { return a.place == b.place })
	for _, v := range values {
		kind, _ := typeOf(v.place, op.Body, op.known)
		if v.data == nil || kind == "any" {
			continue
		}
		var other any = []any{[]any{true}} // what no text, number or boolean is
		if _, list := v.data.([]any); list {
			other = "a text"
		}
		add("a wrong type of "+v.place, "type", nil, with(func(doc map[string]any) { set(doc, v.place, other) }))
		if slices.Contains(op.Required, v.place) {
			add("without the field "+v.place, "missing", nil, with(func(doc map[string]any) { set(doc, v.place, nil) }))
		}
	}
}

// set changes what is at a place, of lists in each item; nil takes it away.
func set(at any, place string, to any) {
	head, rest, deeper := strings.Cut(place, ".")
	name, list := strings.CutSuffix(head, "[]")
	object, ok := at.(map[string]any)
	if !ok {
		return
	}
	if _, there := object[head]; !there && !list { // a name with a dot of its own
		if _, there := object[place]; there {
			head, deeper = place, false
		}
	}
	switch {
	case list:
		items, _ := object[name].([]any)
		for i, item := range items {
			if !deeper {
				items[i] = to
			} else {
				set(item, rest, to)
			}
		}
	case deeper:
		set(object[head], rest, to)
	case to == nil:
		delete(object, head)
	default:
		object[head] = to
	}
}

// Says reports whether an answer is the vendor's for a problem.
func (s *StandIn) Says(kind string, status int, body []byte) bool {
	p, ok := s.table.Problems[kind]
	before, after, _ := strings.Cut(p.Body, "{{name}}")
	after, _, _ = strings.Cut(after, "{{name}}")
	return ok && status == p.Status && json.Valid(body) && strings.HasPrefix(string(body), before) && strings.Contains(string(body), after)
}

var nonces atomic.Int64

// sign signs a request anew.
func (s *signed) sign(req *http.Request) {
	given := map[string]string{
		"realm": s.Realm, "oauth_consumer_key": s.ConsumerKey, "oauth_token": s.Token, "oauth_signature_method": "HMAC-SHA256", "oauth_version": "1.0",
		"oauth_timestamp": "1767323045", "oauth_nonce": fmt.Sprint(nonces.Add(1)),
	}
	given["oauth_signature"] = s.signature(req, given)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		parts = append(parts, name+`="`+escape(given[name])+`"`)
	}
	req.Header.Set("Authorization", "OAuth "+strings.Join(parts, ", "))
}

// Requires returns what must come with a call that the fixture of this name answers; ok is false where no call is answered by it.
func (s *StandIn) Requires(reply string) (names []string, ok bool) {
	for _, op := range s.table.Operations {
		if op.Reply == reply {
			return op.Required, true
		}
	}
	return nil, false
}
