package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// equal reports whether two operands are the same to a person: numbers by value when either is a JSON number, true
// and false also as words, moments in time at any offset, else text letter by letter. Missing, null and empty text
// are equal. Two texts of digits are text: "007" is not "7".
func equal(a, b Value) bool {
	ka, kb := KindOf(a), KindOf(b)
	blankA, blankB := isBlank(a, ka), isBlank(b, kb)
	if blankA || blankB {
		return blankA && blankB
	}
	switch {
	case ka == Boolean || kb == Boolean:
		return strings.EqualFold(strings.TrimSpace(Text(a)), strings.TrimSpace(Text(b)))
	case ka == Number || kb == Number:
		da, oka := number(a, ka)
		db, okb := number(b, kb)
		return oka && okb && da.compare(db) == 0
	case ka == String && kb == String:
		if bytes.Equal(trim(a), trim(b)) || Text(a) == Text(b) {
			return true
		}
		ta, oka := momentOf(a)
		tb, okb := momentOf(b)
		return oka && okb && ta == tb
	case ka != kb && ka != String && kb != String:
		return false
	}
	// Lists and objects, also written as text: the same JSON but for white space.
	return bytes.Equal(compact(Text(a)), compact(Text(b)))
}

func isBlank(v Value, kind Kind) bool {
	return kind == Missing || kind == Null || kind == String && len(trim(v)) <= 2
}

func number(v Value, kind Kind) (decimal, bool) {
	t, ok := plain(v, kind)
	if !ok {
		return decimal{}, false
	}
	return parseDecimal(t)
}

// momentOf returns the nanoseconds since 1970 of text that is a date with a time of day.
func momentOf(v Value) (int64, bool) {
	text := Text(v)
	if strings.IndexByte(text, ':') < 0 {
		return 0, false
	}
	t, ok := parseDate(text)
	return t.UnixNano(), ok
}

// compact removes the white space between the tokens of JSON text.
func compact(text string) []byte {
	b := []byte(text)
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		switch b[i] {
		case ' ', '\n', '\t', '\r':
			i++
		case '"':
			end := skipString(b, i)
			out = append(out, b[i:end]...)
			i = end
		default:
			out = append(out, b[i])
			i++
		}
	}
	return out
}

// order compares two operands: as numbers when both are or read as such, as dates when both are, else as text when
// both are text. It fails when they have no order.
func order(a, b Value) (int, error) {
	ka, kb := KindOf(a), KindOf(b)
	if da, ok := number(a, ka); ok {
		if db, ok := number(b, kb); ok {
			return da.compare(db), nil
		}
	}
	if ta, ok := dateOf(a); ok {
		if tb, ok := dateOf(b); ok {
			return ta.Compare(tb), nil
		}
	}
	if ka == String && kb == String {
		return strings.Compare(Text(a), Text(b)), nil
	}
	return 0, fmt.Errorf("%s cannot be compared with %s", ka, kb)
}

// ordered makes a condition of an order. With an operand that has no value it does not hold.
func ordered(holds func(int) bool) func(left, right Value, d *Decision) (bool, error) {
	return func(left, right Value, _ *Decision) (bool, error) {
		if isBlank(left, KindOf(left)) || isBlank(right, KindOf(right)) {
			return false, nil
		}
		c, err := order(left, right)
		return err == nil && holds(c), err
	}
}

// contains reports whether text contains text, or a list an equal element. Nothing contains an operand without value.
func contains(left, right Value) bool {
	if isBlank(right, KindOf(right)) {
		return false
	}
	if KindOf(left) == List {
		for e := range elements(left) {
			if equal(e, right) {
				return true
			}
		}
		return false
	}
	return withText(left, right, strings.Contains)
}

// withText tests the text of two plain values; it is false when either has no value.
func withText(left, right Value, test func(s, part string) bool) bool {
	if isBlank(left, KindOf(left)) || isBlank(right, KindOf(right)) {
		return false
	}
	return test(Text(left), Text(right))
}

// inList reports whether left equals an item of right: a list, also as JSON text, or text with commas, whose items
// are trimmed.
func inList(left, right Value) bool {
	list := right
	if KindOf(right) == String {
		text := strings.TrimSpace(Text(right))
		if !strings.HasPrefix(text, "[") || !json.Valid([]byte(text)) {
			for item := range strings.SplitSeq(text, ",") {
				if equal(left, Quote(strings.TrimSpace(item))) {
					return true
				}
			}
			return false
		}
		list = Value(text)
	}
	for e := range elements(list) {
		if equal(left, e) {
			return true
		}
	}
	return false
}
