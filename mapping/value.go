package mapping

import (
	"encoding/json"
	"unicode/utf8"
)

// Value is the JSON text of one value, as it was received; nil means that there is no value. Values read from a
// document are parts of it and must not be changed.
type Value = json.RawMessage

// Kind is the JSON type of a value.
type Kind int

// The kinds of values.
const (
	Missing Kind = iota
	Null
	Boolean
	Number
	String
	List
	Object
)

var kindNames = [...]string{"nothing", "null", "true or false", "a number", "text", "a list", "an object"}

// String names the kind for messages, such as "a number".
func (k Kind) String() string { return kindNames[k] }

// KindOf returns the kind of v by its first character.
func KindOf(v Value) Kind {
	i := skipSpace(v, 0)
	if i >= len(v) {
		return Missing
	}
	switch v[i] {
	case 'n':
		return Null
	case 't', 'f':
		return Boolean
	case '"':
		return String
	case '[':
		return List
	case '{':
		return Object
	}
	return Number
}

// Empty reports whether v holds nothing to send: missing, null, empty text, an empty list or an empty object.
func Empty(v Value) bool {
	switch KindOf(v) {
	case Missing, Null:
		return true
	case String:
		return len(trim(v)) <= 2
	case List, Object:
		t := trim(v)
		i := skipSpace(t, 1)
		return i >= len(t) || t[i] == ']' || t[i] == '}'
	}
	return false
}

// Text returns v as plain text, for URLs, headers and forms: text without quotes and escapes, a number as written,
// "" for missing and null, and the JSON text of a list or an object.
func Text(v Value) string {
	if KindOf(v) == String {
		return string(appendUnescaped(nil, inside(v)))
	}
	if k := KindOf(v); k == Missing || k == Null {
		return ""
	}
	return string(trim(v))
}

// AppendText appends what Text returns.
func AppendText(dst []byte, v Value) []byte {
	switch KindOf(v) {
	case Missing, Null:
		return dst
	case String:
		return appendUnescaped(dst, inside(v))
	}
	return append(dst, trim(v)...)
}

// Quote returns s as the JSON text of a string. Bytes that are not UTF-8 become U+FFFD.
func Quote(s string) Value { return AppendQuoted(make([]byte, 0, len(s)+2), s) }

// AppendQuoted appends s as the JSON text of a string.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// appendEscaped appends s as it stands inside the quotes of a JSON string.
func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			dst = append(append(dst, s[start:i]...), "\ufffd"...)
			i++
			start = i
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(dst, s[start:]...)
}

// inside returns what stands between the quotes of the string v.
func inside(v Value) []byte {
	t := trim(v)
	if len(t) < 2 {
		return nil
	}
	return t[1 : len(t)-1]
}

func trim(v Value) Value {
	i, j := skipSpace(v, 0), len(v)
	for j > i && (v[j-1] == ' ' || v[j-1] == '\n' || v[j-1] == '\t' || v[j-1] == '\r') {
		j--
	}
	return v[i:j]
}
