package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Field declares one field of a request body.
type Field struct {
	Name     string
	Type     Type
	Required bool     // present and, if a text, not blank
	Null     bool     // null is allowed
	Values   []string // of a Text: the allowed ones
	Most     int      // of a Text: characters allowed; 0 means any number
	Fields   []Field  // of an Object
}

// Type is the JSON type of a field.
type Type string

// The types of fields.
const (
	Text    Type = "string"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Texts   Type = "array of strings"
	Object  Type = "object"
)

func (t Type) article() string {
	if strings.ContainsRune("aeiou", rune(t[0])) {
		return "an"
	}
	return "a"
}

// Problem is one thing that is wrong with a body.
type Problem struct {
	Field  string // with dots for fields of objects
	Code   string // one of the codes below
	Reason string // continues a sentence that begins with the field's name
}

// The codes of problems.
const (
	Unknown   = "unknown"
	Missing   = "missing"
	WrongType = "wrong_type"
	Invalid   = "invalid"
)

// Check reads body as one JSON object of the declared fields. An error means that it is none; problems
// say what is wrong within it, in the order of the fields and then of the unknown names.
func Check(body []byte, fields []Field) (map[string]any, []Problem, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, nil, fmt.Errorf("more than one value")
	}
	object, ok := document.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("not an object")
	}
	return object, checkObject("", object, fields), nil
}

func checkObject(prefix string, object map[string]any, fields []Field) []Problem {
	var problems []Problem
	var known []string
	for _, f := range fields {
		known = append(known, f.Name)
		value, there := object[f.Name]
		name := prefix + f.Name
		switch {
		case !there:
			if f.Required {
				problems = append(problems, Problem{name, Missing, "is required"})
			}
		case value == nil && f.Null:
		default:
			problems = append(problems, f.check(name, value)...)
		}
	}
	var unknown []string
	for name := range object {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		problems = append(problems, Problem{prefix + name, Unknown, "is not a known field"})
	}
	return problems
}

func (f Field) check(name string, value any) []Problem {
	wrong := []Problem{{name, WrongType, "is not " + f.Type.article() + " " + string(f.Type)}}
	switch f.Type {
	case Text:
		text, ok := value.(string)
		if !ok {
			return wrong
		}
		return f.checkText(name, text)
	case Integer:
		number, ok := value.(json.Number)
		if _, err := number.Int64(); !ok || err != nil {
			return wrong
		}
	case Boolean:
		if _, ok := value.(bool); !ok {
			return wrong
		}
	case Texts:
		list, ok := value.([]any)
		if !ok {
			return wrong
		}
		for _, item := range list {
			if _, ok := item.(string); !ok {
				return wrong
			}
		}
	case Object:
		object, ok := value.(map[string]any)
		if !ok {
			return wrong
		}
		return checkObject(name+".", object, f.Fields)
	}
	return nil
}

func (f Field) checkText(name, text string) []Problem {
	switch {
	case f.Required && strings.TrimSpace(text) == "":
		return []Problem{{name, Missing, "is required"}}
	case len(f.Values) > 0 && !slices.Contains(f.Values, text):
		return []Problem{{name, Invalid, "is not one of " + strings.Join(f.Values, ", ")}}
	case f.Most > 0 && len([]rune(text)) > f.Most:
		return []Problem{{name, Invalid, fmt.Sprintf("is longer than %d characters", f.Most)}}
	}
	return nil
}
