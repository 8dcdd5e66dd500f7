package mapping

import (
	"bytes"
	"strings"
	"time"

	"paceline"
)

// Coerce returns v as a value of type t and whether it could be one. When it could not, v itself is returned, which
// callers pass on with a warning: the remote may know better. Missing and null have every type.
//
//	Text      numbers keep their digits, true and false become words
//	Integer   whole numbers, also as text or written 5.0 or 1e3
//	Float, Decimal  numbers, also as text; no digit is lost or rounded
//	Boolean   true, false, yes, no, on, off, y, n in any letter case, 1 and 0
//	DateTime  text that is a date stays as it is; seconds or milliseconds since 1970 become RFC 3339 in UTC
//	Undefined, File  everything
func Coerce(v Value, t paceline.DataType) (Value, bool) {
	kind := KindOf(v)
	if kind == Missing || kind == Null {
		return v, true
	}
	switch t {
	case paceline.TypeText:
		return coerceText(v, kind)
	case paceline.TypeInteger:
		return coerceInteger(v, kind)
	case paceline.TypeFloat, paceline.TypeDecimal:
		return coerceNumber(v, kind)
	case paceline.TypeBoolean:
		return coerceBoolean(v, kind)
	case paceline.TypeDateTime:
		return coerceDate(v, kind)
	}
	return v, true
}

// CoerceAs is Coerce, and writes dates in the format of a definition: a pattern of letters, RFC3339, unix or unixms. Without a
// format a date stays as it is.
func CoerceAs(v Value, t paceline.DataType, format string) (Value, bool) {
	out, ok := Coerce(v, t)
	if !ok || t != paceline.TypeDateTime || format == "" || Empty(out) {
		return out, ok
	}
	at, ok := dateOf(out)
	if !ok {
		return v, false
	}
	text := appendDate(nil, at, format)
	if format == "unix" || format == "unixms" {
		return Value(text), true
	}
	return Quote(string(text)), true
}

func coerceText(v Value, kind Kind) (Value, bool) {
	switch kind {
	case String:
		return v, true
	case Number, Boolean:
		t := trim(v)
		out := make(Value, 0, len(t)+2)
		return append(append(append(out, '"'), t...), '"'), true
	}
	return v, false
}

// plain returns the text of a number or of a string without the space around it; ok is false for other kinds.
func plain(v Value, kind Kind) ([]byte, bool) {
	switch kind {
	case Number:
		return trim(v), true
	case String:
		return bytes.TrimSpace(appendUnescaped(nil, inside(v))), true
	}
	return nil, false
}

func coerceInteger(v Value, kind Kind) (Value, bool) {
	t, ok := plain(v, kind)
	if !ok {
		return v, false
	}
	if isJSONInteger(t) {
		return Value(t), true
	}
	d, ok := parseDecimal(t)
	if !ok {
		return v, false
	}
	if n, ok := d.integer(); ok {
		return n, true
	}
	return v, false
}

func coerceNumber(v Value, kind Kind) (Value, bool) {
	if kind == Number {
		return v, true
	}
	t, ok := plain(v, kind)
	if !ok {
		return v, false
	}
	if n, ok := jsonNumber(t); ok {
		return n, true
	}
	return v, false
}

var (
	jsonTrue  = Value("true")
	jsonFalse = Value("false")
)

func coerceBoolean(v Value, kind Kind) (Value, bool) {
	if kind == Boolean {
		return v, true
	}
	t, ok := plain(v, kind)
	if !ok {
		return v, false
	}
	switch strings.ToLower(string(t)) {
	case "true", "yes", "on", "y", "1":
		return jsonTrue, true
	case "false", "no", "off", "n", "0":
		return jsonFalse, true
	}
	return v, false
}

func coerceDate(v Value, kind Kind) (Value, bool) {
	switch kind {
	case String:
		_, ok := parseDate(Text(v))
		return v, ok
	case Number:
		if date, ok := epoch(trim(v)); ok {
			return Quote(date.Format(time.RFC3339Nano)), true
		}
	}
	return v, false
}
