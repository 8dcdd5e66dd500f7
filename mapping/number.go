package mapping

import (
	"bytes"
	"strconv"
)

// decimal is a number of any size, exactly: 0.digits times ten to the power of exp. Zero has no digits.
type decimal struct {
	neg    bool
	digits []byte // without zeros at either end
	exp    int
}

// maxExponent bounds exponents, far beyond any real number's, so that sums of them cannot overflow.
const maxExponent = 1_000_000_000

// parseDecimal reads a number as JSON or people write it: also with a plus sign, leading zeros, or nothing on one
// side of the point.
func parseDecimal(t []byte) (d decimal, ok bool) {
	i := 0
	if i < len(t) && (t[i] == '-' || t[i] == '+') {
		d.neg = t[i] == '-'
		i++
	}
	start := i
	for i < len(t) && isDigit(t[i]) {
		i++
	}
	whole, fraction := t[start:i], []byte(nil)
	if i < len(t) && t[i] == '.' {
		start = i + 1
		for i++; i < len(t) && isDigit(t[i]); i++ {
		}
		fraction = t[start:i]
	}
	if len(whole)+len(fraction) == 0 {
		return decimal{}, false
	}
	exp := 0
	if i < len(t) && t[i]|0x20 == 'e' {
		if exp, ok = parseExponent(t[i+1:]); !ok {
			return decimal{}, false
		}
		i = len(t)
	}
	if i != len(t) {
		return decimal{}, false
	}
	trimmed := bytes.TrimLeft(whole, "0")
	switch {
	case len(fraction) == 0:
		d.digits, d.exp = trimmed, len(trimmed)
	case len(trimmed) == 0:
		d.digits = bytes.TrimLeft(fraction, "0")
		d.exp = len(d.digits) - len(fraction)
	default:
		d.digits = append(append(make([]byte, 0, len(trimmed)+len(fraction)), trimmed...), fraction...)
		d.exp = len(trimmed)
	}
	d.digits = bytes.TrimRight(d.digits, "0")
	if len(d.digits) == 0 {
		return decimal{}, true
	}
	d.exp += exp
	return d, true
}

func parseExponent(t []byte) (int, bool) {
	neg := false
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		neg = t[0] == '-'
		t = t[1:]
	}
	if len(t) == 0 {
		return 0, false
	}
	n := 0
	for _, c := range t {
		if !isDigit(c) {
			return 0, false
		}
		n = min(n*10+int(c-'0'), maxExponent)
	}
	if neg {
		n = -n
	}
	return n, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// compare returns -1, 0 or 1.
func (d decimal) compare(e decimal) int {
	switch {
	case d.neg != e.neg:
		if d.neg {
			return -1
		}
		return 1
	case d.neg:
		return e.magnitude(d)
	}
	return d.magnitude(e)
}

func (d decimal) magnitude(e decimal) int {
	if len(d.digits) == 0 || len(e.digits) == 0 {
		return sign(len(d.digits) - len(e.digits))
	}
	if d.exp != e.exp {
		return sign(d.exp - e.exp)
	}
	return bytes.Compare(d.digits, e.digits)
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// maxWholeDigits bounds whole numbers that are written out from an exponent.
const maxWholeDigits = 64

// integer returns the number without point and exponent; ok is false when it is no whole number.
func (d decimal) integer() (Value, bool) {
	if len(d.digits) == 0 {
		return Value("0"), true
	}
	if d.exp < len(d.digits) || d.exp > maxWholeDigits {
		return nil, false
	}
	out := make(Value, 0, d.exp+1)
	if d.neg {
		out = append(out, '-')
	}
	out = append(out, d.digits...)
	for range d.exp - len(d.digits) {
		out = append(out, '0')
	}
	return out, true
}

// isJSONNumber reports whether t is a number exactly as JSON writes it.
func isJSONNumber(t []byte) bool {
	i := 0
	if i < len(t) && t[i] == '-' {
		i++
	}
	start := i
	for i < len(t) && isDigit(t[i]) {
		i++
	}
	if i == start || i-start > 1 && t[start] == '0' {
		return false
	}
	if i < len(t) && t[i] == '.' {
		start = i + 1
		for i++; i < len(t) && isDigit(t[i]); i++ {
		}
		if i == start {
			return false
		}
	}
	if i < len(t) && t[i]|0x20 == 'e' {
		_, ok := parseExponent(t[i+1:])
		return ok
	}
	return i == len(t)
}

// isJSONInteger reports whether t is a number without point and exponent as JSON writes it.
func isJSONInteger(t []byte) bool {
	return isJSONNumber(t) && !bytes.ContainsAny(t, ".eE")
}

// jsonNumber rewrites a number that people wrote as JSON writes it, and keeps all of its digits.
func jsonNumber(t []byte) (Value, bool) {
	if isJSONNumber(t) {
		return Value(t), true
	}
	if _, ok := parseDecimal(t); !ok {
		return nil, false
	}
	out := make(Value, 0, len(t)+1)
	if t[0] == '-' || t[0] == '+' {
		if t[0] == '-' {
			out = append(out, '-')
		}
		t = t[1:]
	}
	mantissa, exponent := t, []byte(nil)
	if k := bytes.IndexAny(t, "eE"); k >= 0 {
		mantissa, exponent = t[:k], t[k:]
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte{'.'})
	if whole = bytes.TrimLeft(whole, "0"); len(whole) == 0 {
		whole = []byte{'0'}
	}
	out = append(out, whole...)
	if len(fraction) > 0 {
		out = append(append(out, '.'), fraction...)
	}
	return append(out, exponent...), true
}

// wholeNumber reads an integer of 64 bits from JSON text.
func wholeNumber(t []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(t), 10, 64)
	return n, err == nil
}
