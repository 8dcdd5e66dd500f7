package wire

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"paceline"
)

// MaxDepth is how deep a request body may be nested.
const MaxDepth = 100

// Object is a JSON object as it was read: names in order of appearance. Of doubled names the last wins.
type Object struct {
	Names  []string
	Values map[string]any // by name as written
}

// Get finds a property by name in any letter case; an exact match wins.
func (o *Object) Get(name string) (any, bool) {
	if v, ok := o.Values[name]; ok {
		return v, true
	}
	for i := len(o.Names) - 1; i >= 0; i-- {
		if strings.EqualFold(o.Names[i], name) {
			return o.Values[o.Names[i]], true
		}
	}
	return nil, false
}

// MarshalJSON writes the object as it was read: each name once, with its last value.
func (o *Object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	written := make(map[string]bool, len(o.Names))
	for _, name := range o.Names {
		if written[name] {
			continue
		}
		written[name] = true
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.Values[name])
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}

// Number is a number with its text as written.
type Number = json.Number

// Parse reads a JSON document into nil, bool, Number, string, []any and *Object. Relaxed reading also
// takes single quotes and bare property names. An empty text, or one of white space alone, is nil and
// reported by ok=false.
func Parse(text []byte, relaxed bool) (value any, ok bool, err error) {
	p := parser{text: text, relaxed: relaxed}
	if len(text) >= 3 && text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf {
		p.at = 3 // a byte order mark
	}
	p.space()
	if p.at == len(p.text) {
		return nil, false, nil
	}
	value, err = p.value(0)
	if err != nil {
		return nil, true, err
	}
	p.space()
	if p.at != len(p.text) {
		return nil, true, p.fail("text after the end of the document")
	}
	return value, true, nil
}

type parser struct {
	text    []byte
	at      int
	relaxed bool
}

func (p *parser) fail(reason string) error {
	return paceline.Fail(paceline.CodeBodyInvalid, "reason", reason+" at byte "+strconv.Itoa(p.at)+".")
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, paceline.Fail(paceline.CodeBodyTooDeep, "limit", MaxDepth)
	}
	if p.at >= len(p.text) {
		return nil, p.fail("unexpected end")
	}
	switch c := p.text[p.at]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"', c == '\'' && p.relaxed:
		return p.str(c)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, v := range map[string]any{"true": true, "false": false, "null": nil} {
		if strings.HasPrefix(string(p.text[p.at:min(len(p.text), p.at+len(word))]), word) {
			p.at += len(word)
			return v, nil
		}
	}
	return nil, p.fail("unexpected character")
}

func (p *parser) object(depth int) (any, error) {
	o := &Object{Values: map[string]any{}}
	p.at++
	for first := true; ; first = false {
		p.space()
		if p.at < len(p.text) && p.text[p.at] == '}' {
			p.at++
			return o, nil
		}
		if !first {
			if err := p.expect(','); err != nil {
				return nil, err
			}
			p.space()
		}
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		p.space()
		if err := p.expect(':'); err != nil {
			return nil, err
		}
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := o.Values[name]; !twice {
			o.Names = append(o.Names, name)
		}
		o.Values[name] = v
	}
}

func (p *parser) array(depth int) (any, error) {
	list := []any{}
	p.at++
	for first := true; ; first = false {
		p.space()
		if p.at < len(p.text) && p.text[p.at] == ']' {
			p.at++
			return list, nil
		}
		if !first {
			if err := p.expect(','); err != nil {
				return nil, err
			}
			p.space()
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (p *parser) expect(c byte) error {
	if p.at >= len(p.text) || p.text[p.at] != c {
		return p.fail("expected '" + string(c) + "'")
	}
	p.at++
	return nil
}

func (p *parser) name() (string, error) {
	if p.at < len(p.text) {
		if c := p.text[p.at]; c == '"' || c == '\'' && p.relaxed {
			return p.str(c)
		}
	}
	start := p.at
	for p.relaxed && p.at < len(p.text) && bare(p.text[p.at]) {
		p.at++
	}
	if p.at == start {
		return "", p.fail("expected a property name in quotes")
	}
	return string(p.text[start:p.at]), nil
}

func bare(c byte) bool {
	return c == '_' || c == '$' || c == '-' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func (p *parser) number() (any, error) {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.at]) >= 0 {
		p.at++
	}
	text := string(p.text[start:p.at])
	if !json.Valid([]byte(text)) {
		p.at = start
		return nil, p.fail("malformed number")
	}
	return Number(text), nil
}

func (p *parser) str(quote byte) (string, error) {
	p.at++
	start := p.at
	for p.at < len(p.text) { // the common case: no escapes
		c := p.text[p.at]
		if c == quote {
			s := string(p.text[start:p.at])
			p.at++
			if !utf8.ValidString(s) {
				return "", p.fail("text is not UTF-8")
			}
			return s, nil
		}
		if c == '\\' {
			break
		}
		if c < 0x20 {
			return "", p.fail("control character in text")
		}
		p.at++
	}
	b := append([]byte(nil), p.text[start:p.at]...)
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == quote:
			p.at++
			if !utf8.Valid(b) {
				return "", p.fail("text is not UTF-8")
			}
			return string(b), nil
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
		case c < 0x20:
			return "", p.fail("control character in text")
		default:
			b = append(b, c)
			p.at++
		}
	}
	return "", p.fail("unexpected end of text")
}

func (p *parser) escape() (rune, error) {
	p.at++
	if p.at >= len(p.text) {
		return 0, p.fail("unexpected end of text")
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case '\'':
		if p.relaxed {
			return '\'', nil
		}
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, ok := p.hex4()
		if !ok {
			return 0, p.fail("malformed \\u escape")
		}
		if utf16.IsSurrogate(r) && p.at+1 < len(p.text) && p.text[p.at] == '\\' && p.text[p.at+1] == 'u' {
			p.at += 2
			low, ok := p.hex4()
			if !ok {
				return 0, p.fail("malformed \\u escape")
			}
			r = utf16.DecodeRune(r, low)
		}
		return r, nil
	}
	return 0, p.fail("unknown escape")
}

func (p *parser) hex4() (rune, bool) {
	if p.at+4 > len(p.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.text[p.at:p.at+4]), 16, 32)
	if err != nil {
		return 0, false
	}
	p.at += 4
	return rune(n), true
}
