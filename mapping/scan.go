package mapping

import (
	"bytes"
	"unicode/utf8"
)

// The functions of this file walk JSON text without decoding it. They trust that the text was validated at intake;
// on other text they return some position within it.

// skipSpace returns the position of the first byte at or after i that is not white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the position after the string that opens at i.
func skipString(b []byte, i int) int {
	start := i + 1
	i = start
	// Names and most values are short: a plain loop beats the set-up of a search.
	for end := min(len(b), i+24); i < end; i++ {
		if b[i] == '"' {
			return i + 1
		}
		if b[i] == '\\' {
			break
		}
	}
	for i < len(b) {
		if b[i] == '\\' {
			i += 2
			continue
		}
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return len(b)
		}
		i += j
		slashes := 0
		for k := i - 1; k >= start && b[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
		i++
	}
	return len(b)
}

// skipValue returns the position after the value at i.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipRest(b, i+1)
	}
	for i < len(b) {
		switch b[i] {
		case ',', ']', '}', ':', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// skipRest returns the position after the end of the object or list that i lies in.
func skipRest(b []byte, i int) int {
	for depth := 1; i < len(b); {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}

// nextMember reads the member at i of an object, i lying after the brace or after the previous value. It returns
// the raw name without its quotes and the position of the value; ok is false at the end of the object.
func nextMember(b []byte, i int) (name []byte, value int, ok bool) {
	i = skipSpace(b, i)
	if i < len(b) && b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	if i >= len(b) || b[i] != '"' {
		return nil, i, false
	}
	end := skipString(b, i)
	if end-1 <= i {
		return nil, len(b), false
	}
	name = b[i+1 : end-1]
	i = skipSpace(b, end)
	if i >= len(b) || b[i] != ':' {
		return nil, len(b), false
	}
	i = skipSpace(b, i+1)
	return name, i, i < len(b)
}

// nextElement returns the position of the element at or after i of a list; ok is false at the end of the list.
func nextElement(b []byte, i int) (value int, ok bool) {
	i = skipSpace(b, i)
	if i < len(b) && b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	if i >= len(b) || b[i] == ']' || b[i] == '}' || b[i] == ':' {
		return i, false
	}
	return i, true
}

// sameName reports whether the raw name of a member, which may hold escapes, is name.
func sameName(raw []byte, name string) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw) == name
	}
	return string(appendUnescaped(nil, raw)) == name
}

// member returns the value of the first member with the name of the object b, nil when there is none.
func member(b []byte, name string) Value {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return nil
	}
	for i++; ; {
		raw, at, ok := nextMember(b, i)
		if !ok {
			return nil
		}
		end := skipValue(b, at)
		if sameName(raw, name) {
			return Value(b[at:end:end])
		}
		i = end
	}
}

// appendUnescaped appends the text that the inside of a JSON string stands for.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			j := bytes.IndexByte(raw[i:], '\\')
			if j < 0 {
				return append(dst, raw[i:]...)
			}
			dst = append(dst, raw[i:i+j]...)
			i += j
			continue
		}
		if i+1 >= len(raw) {
			return dst
		}
		i += 2
		switch raw[i-1] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, size := unescapeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		default:
			dst = append(dst, raw[i-1])
		}
	}
	return dst
}

// unescapeRune reads the digits after \u, and a second \uXXXX when both are halves of one character. It returns
// how many bytes it took; half a character alone becomes U+FFFD.
func unescapeRune(b []byte) (rune, int) {
	r, ok := hex4(b)
	if !ok {
		return utf8.RuneError, min(4, len(b))
	}
	if r < 0xD800 || r > 0xDFFF {
		return r, 4
	}
	if r < 0xDC00 && len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if low, ok := hex4(b[6:]); ok && low >= 0xDC00 && low <= 0xDFFF {
			return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), 10
		}
	}
	return utf8.RuneError, 4
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
