package worker

import (
	"bytes"
	"encoding/json"
	"iter"
)

// careful names the globals that hold a number with so many digits that a script would round it.
func careful(globals json.RawMessage) []string {
	names := []string{}
	if !longDigits(globals) {
		return names
	}
	for name, value := range members(globals) {
		if longDigits(value) {
			names = append(names, name)
		}
	}
	return names
}

// longDigits reports whether sixteen digits stand in a row, in a number or a text.
func longDigits(text []byte) bool {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			if c != '.' {
				n = 0
			}
			continue
		}
		if n++; n > 15 {
			return true
		}
	}
	return false
}

// members yields the members of an object that was checked to be JSON.
func members(object json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		d := json.NewDecoder(bytes.NewReader(object))
		if _, err := d.Token(); err != nil {
			return
		}
		for d.More() {
			token, err := d.Token()
			name, ok := token.(string)
			var value json.RawMessage
			if err != nil || !ok || d.Decode(&value) != nil || !yield(name, value) {
				return
			}
		}
	}
}
