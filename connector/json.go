package connector

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxJSONDepth bounds the nesting of JSON from outside (requirement S-041).
const maxJSONDepth = 256

var (
	errNotJSON = errors.New("it is not JSON")
	errTooDeep = errors.New("it is nested too deeply or has too many names")
	errNotUTF8 = errors.New("it is not UTF-8 text")
	errEmpty   = errors.New("it is empty")
	errNotForm = errors.New("it is not name=value pairs")
)

// checkJSON judges a document from outside before anything reads it: one JSON value in UTF-8 within the
// depth. The depth comes before the syntax, because validation recurses.
func checkJSON(doc []byte) error {
	switch {
	case len(bytes.TrimSpace(doc)) == 0:
		return errEmpty
	case tooDeep(doc):
		return errTooDeep
	case !utf8.Valid(doc):
		return errNotUTF8
	case !gjson.ValidBytes(doc):
		return errNotJSON
	}
	return nil
}

// CheckJSON says why a document is not JSON that can be worked with.
func CheckJSON(doc []byte) error { return checkJSON(doc) }

// tooDeep counts the brackets outside of strings.
func tooDeep(doc []byte) bool {
	depth := 0
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case '"':
			i = stringEnd(doc, i+1)
		case '[', '{':
			if depth++; depth > maxJSONDepth {
				return true
			}
		case ']', '}':
			depth--
		}
	}
	return false
}

// stringEnd returns the position of the quote that closes the string whose text begins at i.
func stringEnd(doc []byte, i int) int {
	for i < len(doc) {
		j := bytes.IndexByte(doc[i:], '"')
		if j < 0 {
			return len(doc)
		}
		end := i + j
		slashes := 0
		for k := end - 1; k >= i && doc[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		i = end + 1
	}
	return len(doc)
}
