package connector

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"

	"paceline"
	"paceline/mapping"
)

// rule is a compiled error rule.
type rule struct {
	def     *ErrorRule
	when    *predicate
	message *template
}

// What an answer means, in the words of the format.
const (
	asError       = "error"
	asWarning     = "warning"
	asSuccess     = "success"
	asEmpty       = "empty"
	asRetry       = "retry"
	asRateLimited = "rate_limited"
	asReconnect   = "reconnect"
	asRestart     = "restart" // of a cursor of type link: it leads nowhere any more
)

func (b *builder) rule(def *ErrorRule, at string) rule {
	r := rule{def: def}
	for i, s := range def.Status {
		if s.From > s.To {
			b.add(pointer(at, "status", i), fmt.Sprintf("the range %d-%d is empty", s.From, s.To), fmt.Sprintf("Write %d-%d.", s.To, s.From))
		}
	}
	if def.When != "" {
		var failed *mistake
		r.when, failed = compilePredicate(answerEnv(), def.When)
		b.mistake(pointer(at, "when"), failed)
	}
	if def.Message != "" {
		r.message = b.template(pointer(at, "message"), def.Message, &scopeNames{answer: true}, plainEscape)
	}
	if len(def.Status) == 0 && def.When == "" {
		b.add(at, "the rule applies to every answer", "Add status or when.")
	}
	return r
}

// covers reports whether the rule speaks of the status.
func (r *rule) covers(status int) bool {
	for _, s := range r.def.Status {
		if status >= s.From && status <= s.To {
			return true
		}
	}
	return len(r.def.Status) == 0
}

// meaning returns what the rule makes of an answer with the status. A rule "as: error" gives the message;
// 401, 408, 429 and 5xx keep what they usually mean, so that a rule for 400-499 need not list them.
func (m *Method) meaning(r *rule, a *answer) string {
	means := usual(a.status, a.retryAfter != "")
	if t := m.connector.throttle; t != nil && slices.ContainsFunc(t.def.Statuses, func(s StatusRange) bool { return a.status >= s.From && a.status <= s.To }) {
		means = asRateLimited
	}
	if m.Definition.Request.Format == "soap" {
		if fault, message := a.faultMeaning(means); fault != "" {
			means, a.message = fault, message
		}
	}
	if r == nil && means == asSuccess && m.Definition.Request.Format == "graphql" {
		means, a.message = a.graphMeaning()
	}
	if m.cursor != nil && m.cursor.kind == cursorLink && a.status == http.StatusGone {
		means = asRestart
	}
	if r == nil || r.def.As == asError && means != asSuccess {
		return means
	}
	return r.def.As
}

// judged returns what the answer means to the method.
func (a *answer) judged(m *Method) string {
	if a.means == "" {
		a.rule = m.judge(a)
		a.means = m.meaning(a.rule, a)
	}
	return a.means
}

// judge returns the first rule that matches the answer, or nil.
func (m *Method) judge(a *answer) *rule {
	for i := range m.rules {
		r := &m.rules[i]
		if r.covers(a.status) && (r.when == nil || r.when.holds(a.vars())) {
			return r
		}
	}
	return nil
}

// usual is what an answer means where no rule speaks of it.
func usual(status int, retryAfter bool) string {
	switch {
	case status >= 200 && status < 300:
		return asSuccess
	case status == 401:
		return asReconnect
	case status == 429, status == 503 && retryAfter:
		return asRateLimited
	case status == 408, status >= 500:
		return asRetry
	}
	return asError
}

// classOf returns the class and code of an answer that is a failure.
func classOf(as string) (Class, paceline.Code) {
	switch as {
	case asRetry:
		return ClassRetry, paceline.CodeCallFailed
	case asRateLimited:
		return ClassThrottled, paceline.CodeRateLimited
	case asReconnect:
		return ClassAuth, paceline.CodeAuthFailed
	}
	return ClassPermanent, paceline.CodeCallFailed
}

// lookup gives the templates of messages their values.
func (a *answer) lookup(r *ref) val {
	switch r.root {
	case rootStatus:
		return val{kind: jsonVal, data: fmt.Append(nil, a.status)}
	case rootHeader:
		if v := a.header.Get(r.name); v != "" {
			return textVal(v)
		}
	case rootBody:
		if r.name == "" {
			return textVal(string(a.body))
		}
		doc, err := a.document()
		if err != nil {
			return val{}
		}
		return valueAt(doc, r)
	}
	return val{}
}

// bodyVal reads a value out of a body that may be JSON; body alone is the text itself.
func bodyVal(body []byte, r *ref) val {
	if r.name == "" {
		return textVal(string(body))
	}
	if checkJSON(body) != nil {
		return val{}
	}
	return valueAt(body, r)
}

// valueAt reads a value of a document; a location through lists gives the list of all that stand there.
func valueAt(body []byte, r *ref) val {
	if r.location.Lists() > 0 {
		return allVals(r.location, body)
	}
	v, ok := r.location.Get(mapping.Value(body))
	if !ok {
		return val{}
	}
	return valueVal(v)
}

func allVals(l mapping.Location, body []byte) val {
	list := []byte{'['}
	for v := range l.GetAll(body) {
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = append(list, v...)
	}
	if len(list) == 1 {
		return val{}
	}
	return valueVal(append(list, ']'))
}

// document reads the body once, for rules and output, as the JSON document that it is or stands for. A
// failure that comes as JSON although another format was expected is read as JSON.
func (a *answer) document() ([]byte, error) {
	if a.checked {
		return a.doc, a.notDoc
	}
	a.checked = true
	f := answerFormats[firstOf(a.format.Format, "json")]
	a.doc = a.body
	if !f.raw && (!utf8.Valid(a.body) || bytes.HasPrefix(a.body, bom)) {
		if a.doc, a.notDoc = toUTF8(a.body, a.header.Get("Content-Type")); a.notDoc != nil {
			return nil, a.notDoc
		}
	}
	if f.decode == nil {
		a.notDoc = checkJSON(a.doc)
		return a.doc, a.notDoc
	}
	text := a.doc
	if a.doc, a.notDoc = f.decode(a.format, a, text, 4*a.limit); a.notDoc != nil && a.status >= 300 && checkJSON(text) == nil {
		a.doc, a.notDoc = text, nil
	}
	return a.doc, a.notDoc
}

// vars gives predicates their values. Body and headers are decoded when a predicate first asks, and kept.
func (a *answer) vars() map[string]any {
	if a.variables == nil {
		a.variables = map[string]any{
			"status": int64(a.status),
			"body": func() any {
				doc, err := a.document()
				if err != nil {
					return string(a.body)
				}
				return native(doc)
			},
			"header": func() any { return lowerMap(a.header, true) },
		}
	}
	return a.variables
}
