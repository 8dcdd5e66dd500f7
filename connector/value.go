package connector

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"paceline/mapping"
)

// val is a value inside a template.
type val struct {
	kind valKind
	text string   // textVal
	data []byte   // jsonVal: JSON of any kind but text; bytesVal: raw bytes
	list []string // listVal, as texts; data is its JSON where it was a value
}

type valKind int

const (
	missingVal valKind = iota
	textKind
	jsonVal
	bytesVal
	listVal
)

func textVal(s string) val { return val{kind: textKind, text: s} }

// valueVal takes a JSON value apart: text loses its quotes, a list of scalars becomes a list, null is missing.
func valueVal(v mapping.Value) val {
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return val{}
	case mapping.String:
		return textVal(mapping.Text(v))
	case mapping.List:
		out := val{kind: listVal, list: []string{}, data: v}
		for item := range wholeList.GetAll(v) {
			out.list = append(out.list, mapping.Text(item))
		}
		return out
	}
	return val{kind: jsonVal, data: v}
}

var wholeList = mustLocation("[]")

func mustLocation(s string) mapping.Location {
	l, err := mapping.ParseLocation(s)
	if err != nil {
		panic("a location of our own parses: " + err.Error())
	}
	return l
}

// string returns the value as text: lists joined by commas, raw bytes as hex.
func (v *val) string() string {
	switch v.kind {
	case textKind:
		return v.text
	case jsonVal:
		return string(v.data)
	case bytesVal:
		return hex.EncodeToString(v.data)
	case listVal:
		return strings.Join(v.list, ",")
	}
	return ""
}

// bytes returns what hashes and encodings work on.
func (v *val) bytes() []byte {
	if v.kind == bytesVal || v.kind == jsonVal {
		return v.data
	}
	return []byte(v.string())
}

// json returns the value as JSON.
func (v *val) json() mapping.Value {
	switch v.kind {
	case missingVal:
		return mapping.Value("null")
	case jsonVal:
		return v.data
	case listVal:
		if v.data != nil {
			var b bytes.Buffer
			if json.Compact(&b, v.data) == nil {
				return b.Bytes()
			}
		}
		b := []byte{'['}
		for i, item := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = mapping.AppendQuoted(b, item)
		}
		return append(b, ']')
	}
	return mapping.Quote(v.string())
}

func appendString(b []byte, s string) []byte { return mapping.AppendQuoted(b, s) }

// append writes the value as its position demands, or says why it may not stand there.
func (e escape) append(dst []byte, v val) ([]byte, error) {
	text := v.string()
	switch e {
	case startEscape:
		clean, err := checkBase(text)
		return append(dst, clean...), err
	case wholeEscape:
		whole, err := checkAddress(text)
		return append(dst, whole...), err
	case hostEscape:
		if !isHostText(text) {
			return dst, fmt.Errorf("the value %q can not be a part of a host", shorten(text))
		}
		return append(dst, text...), nil
	case pathEscape:
		// An empty value or one of dots would address another resource than the template says.
		if text == "" || text == "." || text == ".." {
			return dst, fmt.Errorf("the value %q can not be a part of a path", text)
		}
		return append(dst, url.PathEscape(text)...), nil
	case queryEscape:
		return append(dst, url.QueryEscape(text)...), nil
	case headerEscape:
		if !isHeaderText(text) {
			return dst, fmt.Errorf("a header's value contains a line break or control character")
		}
		return append(dst, text...), nil
	case cookieEscape:
		return append(dst, url.PathEscape(text)...), nil
	}
	return append(dst, text...), nil
}

func isHostText(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == ':') {
			return false
		}
	}
	return s != ""
}

func isHeaderText(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// checkAddress reads a whole URL and returns it without its # part, which is never sent.
func checkAddress(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return "", fmt.Errorf("the address is not one such as https://api.example.com/v1?page=1, without a user in it")
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), nil
}

// checkBase reads a URL that begins an address and returns it without a slash at its end.
func checkBase(text string) (string, error) { return checkBaseOf(text, "https", "http") }

// checkBaseOf is checkBase for other schemes.
func checkBaseOf(text string, schemes ...string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return "", fmt.Errorf("%q is not an address such as %s://api.example.com", shorten(text), schemes[0])
	}
	return strings.TrimSuffix(text, "/"), nil
}
