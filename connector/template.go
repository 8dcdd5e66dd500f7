package connector

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"paceline/mapping"
)

// template is text with {{value | filter: arg}} parts, ready to be filled. Values are bound, never pasted
// into code, and escaped by the position in which they stand.
type template struct {
	parts   []part
	secrets bool // a value may be a secret
}

// part is literal text or an expression.
type part struct {
	text   string
	expr   *expr
	escape escape
}

type expr struct {
	operand
	filters []filterCall
}

type filterCall struct {
	apply filterFunc
	args  []operand
	keyed bool // the first argument is the key of a hash
}

// operand is a reference or a literal.
type operand struct {
	ref     *ref
	literal val
}

// ref names one value of the world around a template.
type ref struct {
	root     root
	name     string
	index    int              // rootParam: place in the method's parameters
	location mapping.Location // rootBody
	host     bool             // the value may stand for a host: it was set by the account, not by a transaction
	secret   bool
}

// root is where a value comes from.
type root int

const (
	rootProperty root = iota
	rootParam
	rootAuth
	rootStep
	rootSystem
	rootCursor
	rootPage
	rootStatus
	rootBody
	rootHeader
	rootQuery
	rootRawBody
	rootWebhook
	rootPair
	rootRequest
	rootSignature
	rootHook // webhook.name in methods of subscriptions
	rootApp  // the vendor's app
	rootInUse
)

// source gives a template its values.
type source interface{ lookup(r *ref) val }

// escape is how a value is written where it stands.
type escape int

const (
	plainEscape escape = iota
	startEscape        // a URL's beginning: scheme, host and path at once
	wholeEscape        // a whole URL
	hostEscape         // a part of a host
	pathEscape
	queryEscape
	headerEscape
	cookieEscape
)

// inQuery makes the literal text of a query's value what may stand there. What is percent-encoded already stays.
func (t *template) inQuery() {
	if t == nil {
		return
	}
	for i, p := range t.parts {
		if p.expr != nil {
			continue
		}
		var b strings.Builder
		for j := range len(p.text) {
			c := p.text[j]
			encoded := c == '%' && j+2 < len(p.text) && isHex(p.text[j+1]) && isHex(p.text[j+2])
			if encoded || c > ' ' && c < 0x7f && !strings.ContainsRune("\"#%&<>[\\]^`{|}", rune(c)) {
				b.WriteByte(c)
			} else {
				b.WriteString(url.QueryEscape(string([]byte{c})))
			}
		}
		t.parts[i].text = b.String()
	}
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// names resolves what a template may mention. It returns nil for an unknown name, with the known ones.
type names interface {
	resolve(path string) (*ref, []string)
}

// mistake is what is wrong with a template, predicate or location, and what to do.
type mistake struct{ message, remedy string }

func (m *mistake) Error() string { return m.message }

const (
	maxTemplateParts = 1000
	maxFilters       = 20
)

// parseTemplate reads a template whose values are written with the same escape everywhere.
func parseTemplate(text string, known names, as escape) (*template, *mistake) {
	t := &template{}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], `\{{`):
			literal.WriteString("{{")
			i += 3
		case strings.HasPrefix(text[i:], "{{"):
			end := closing(text, i+2)
			if end < 0 {
				return nil, &mistake{fmt.Sprintf("the template %q lacks }} after {{", shorten(text)), `Close it with }}, or write \{{ for two literal braces.`}
			}
			flush()
			e, failed := parseExpr(text[i+2:end], known)
			if failed != nil {
				return nil, failed
			}
			t.parts = append(t.parts, part{expr: e, escape: as})
			t.secrets = t.secrets || e.secret()
			i = end + 2
		default:
			literal.WriteByte(text[i])
			i++
		}
		if len(t.parts) > maxTemplateParts {
			return nil, &mistake{fmt.Sprintf("the template has more than %d parts", maxTemplateParts), "Shorten it."}
		}
	}
	flush()
	return t, nil
}

// closing returns the position of }} at or after i that does not lie in quotes, or -1.
func closing(text string, i int) int {
	var quote byte
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case strings.HasPrefix(text[i:], "}}"):
			return i
		}
	}
	return -1
}

func parseExpr(text string, known names) (*expr, *mistake) {
	pieces, failed := cut(text, '|')
	if failed != nil {
		return nil, failed
	}
	e := &expr{}
	if e.operand, failed = parseOperand(pieces[0], known); failed != nil {
		return nil, failed
	}
	if len(pieces) > maxFilters {
		return nil, &mistake{fmt.Sprintf("a value has more than %d filters", maxFilters), "Shorten the chain."}
	}
	for _, piece := range pieces[1:] {
		name, rest, hasArgs := strings.Cut(piece, ":")
		name = strings.TrimSpace(name)
		f, ok := filters[name]
		if !ok {
			return nil, &mistake{fmt.Sprintf("unknown filter %q", name), suggestion(name, filterNames())}
		}
		call := filterCall{apply: f.apply, keyed: name == "hmac"}
		if hasArgs {
			args, failed := cut(rest, ',')
			if failed != nil {
				return nil, failed
			}
			for _, arg := range args {
				o, failed := parseOperand(arg, known)
				if failed != nil {
					return nil, failed
				}
				call.args = append(call.args, o)
			}
		}
		if n := len(call.args); n < f.min || n > f.max {
			return nil, &mistake{fmt.Sprintf("the filter %q has %d arguments; expected %s", name, n, f.usage), "Example: {{value | " + f.example + "}}"}
		}
		if f.check != nil {
			if failed := f.check(call.args); failed != nil {
				return nil, failed
			}
		}
		e.filters = append(e.filters, call)
	}
	return e, nil
}

// cut splits text at the separator where it does not lie in quotes.
func cut(text string, separator byte) ([]string, *mistake) {
	var pieces []string
	var quote byte
	start := 0
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == separator:
			pieces = append(pieces, text[start:i])
			start = i + 1
		}
	}
	if quote != 0 {
		return nil, &mistake{fmt.Sprintf("the template part %q has a quote that is not closed", shorten(text)), "Close the quote."}
	}
	return append(pieces, text[start:]), nil
}

func parseOperand(text string, known names) (operand, *mistake) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return operand{}, &mistake{"a value is missing in {{ }}", "Write a name, a quoted text or a number, as in {{Name | default: 'none'}}."}
	case text[0] == '\'' || text[0] == '"':
		if len(text) < 2 || strings.IndexByte(text[1:], text[0]) != len(text)-2 {
			return operand{}, &mistake{fmt.Sprintf("%s is not one quoted text", shorten(text)), "Put a filter or a comma between two values."}
		}
		return operand{literal: textVal(text[1 : len(text)-1])}, nil
	case text == "true" || text == "false" || validNumber(text):
		return operand{literal: val{kind: jsonVal, data: []byte(text)}}, nil
	}
	if strings.ContainsAny(text, " \t\r\n{}()+*'\"") {
		return operand{}, &mistake{fmt.Sprintf("%q is not a name: templates have no operators", shorten(text)), "Write one name, then filters behind |."}
	}
	r, options := known.resolve(text)
	if r == nil {
		remedy := "Declare it before it is mentioned."
		if len(options) > 0 {
			remedy = suggestion(text, options)
		}
		return operand{}, &mistake{fmt.Sprintf("the template mentions %q, which is not declared", shorten(text)), remedy}
	}
	return operand{ref: r}, nil
}

func (e *expr) secret() bool {
	found := e.ref != nil && e.ref.secret
	for _, f := range e.filters {
		for _, a := range f.args {
			found = found || a.ref != nil && a.ref.secret
		}
	}
	return found
}

// refs calls f for each name that the template mentions.
func (t *template) refs(f func(*ref)) {
	for _, p := range t.parts {
		if p.expr == nil {
			continue
		}
		if p.expr.ref != nil {
			f(p.expr.ref)
		}
		for _, call := range p.expr.filters {
			for _, a := range call.args {
				if a.ref != nil {
					f(a.ref)
				}
			}
		}
	}
}

// constant returns the text of a template without expressions.
func (t *template) constant() (string, bool) {
	switch {
	case len(t.parts) == 0:
		return "", true
	case len(t.parts) == 1 && t.parts[0].expr == nil:
		return t.parts[0].text, true
	}
	return "", false
}

// maxFilled bounds a text that a template makes where nothing else does.
const maxFilled = 32 << 20

// append fills the template. missing reports that a value was not there, and nothing stands in its place.
func (t *template) append(dst []byte, s source) (out []byte, missing bool, err error) {
	return t.within(dst, s, maxFilled)
}

// within is append for a text of at most most bytes, with what stands in dst before it.
func (t *template) within(dst []byte, s source, most int) (out []byte, missing bool, err error) {
	for i := range t.parts {
		if len(dst) > most { // one value repeats as often as the template names it
			return dst, false, &FullError{most}
		}
		p := &t.parts[i]
		if p.expr == nil {
			dst = append(dst, p.text...)
			continue
		}
		v, err := p.expr.eval(s)
		if err != nil {
			return dst, false, err
		}
		if v.kind == missingVal {
			missing = true
			continue
		}
		if dst, err = p.escape.append(dst, v); err != nil {
			return dst, false, err
		}
	}
	if len(dst) > most {
		return dst, false, &FullError{most}
	}
	return dst, missing, nil
}

// raw fills the template into bytes: bytes go in as they are, not as text of them. A missing value is an error.
func (t *template) raw(s source) ([]byte, error) {
	var b []byte
	for _, p := range t.parts {
		if p.expr == nil {
			b = append(b, p.text...)
			continue
		}
		v, err := p.expr.eval(s)
		switch {
		case err != nil:
			return nil, err
		case v.kind == missingVal:
			return nil, fmt.Errorf("a value of the signed text is missing")
		case v.kind == bytesVal && len(p.expr.filters) == 0:
			b = append(b, v.data...)
		default:
			b = append(b, v.string()...)
		}
	}
	return b, nil
}

// text fills the template into a string.
func (t *template) text(s source) (string, bool, error) {
	if c, ok := t.constant(); ok {
		return c, false, nil
	}
	b, missing, err := t.append(nil, s)
	return string(b), missing, err
}

// value fills a template into a JSON value: one expression alone keeps its type, all else is a text.
func (t *template) value(s source) (mapping.Value, bool, error) {
	if len(t.parts) == 1 && t.parts[0].expr != nil {
		v, err := t.parts[0].expr.eval(s)
		if err != nil || v.kind == missingVal {
			return nil, true, err
		}
		return v.json(), false, nil
	}
	text, missing, err := t.text(s)
	if err != nil || missing {
		return nil, missing, err
	}
	return mapping.Quote(text), false, nil
}

func (o *operand) eval(s source) val {
	if o.ref == nil {
		return o.literal
	}
	return s.lookup(o.ref)
}

func (e *expr) eval(s source) (val, error) {
	v := e.operand.eval(s)
	for i := range e.filters {
		f := &e.filters[i]
		args := make([]val, len(f.args))
		for j := range f.args {
			args[j] = f.args[j].eval(s)
		}
		var err error
		if v, err = f.apply(v, args); err != nil {
			return val{}, err
		}
		// Encodings make text longer each time: a chain of them must not fill the memory.
		if len(v.text)+len(v.data) > maxFiltered {
			return val{}, fmt.Errorf("a filter makes a value of more than %d bytes", maxFiltered)
		}
	}
	return v, nil
}

// validNumber reports whether the text is a JSON number.
func validNumber(text string) bool {
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return false
	}
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' || strings.ContainsAny(text, "xX_pPiInN") {
		return false
	}
	last := text[len(text)-1]
	if _, err := strconv.ParseFloat(text, 64); err != nil || last < '0' || last > '9' || strings.Contains(text, ".e") || strings.Contains(text, ".E") {
		return false
	}
	return digits[0] != '.'
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:77] + "..."
	}
	return s
}
