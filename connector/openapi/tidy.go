package openapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// Documents of vendors are often wrong by the letter of JSON Schema: a list of required names that is empty, a
// pattern of another language, a type that does not exist. A single such word would make a whole schema unreadable,
// so words that a sample can't be held to are dropped, and wrong ones with them. What names, types and duties are
// about stays.

// namesOf are the members whose own members are names, not words of a schema.
var namesOf = []string{
	"properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "schemas", "parameters", "responses",
	"requestBodies", "headers", "securitySchemes", "securityDefinitions", "paths", "callbacks", "content", "encoding",
	"mapping", "variables", "webhooks", "pathItems",
}

// unheld are words that say nothing about names and types, or something that a sample can't know.
var unheld = []string{
	"pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
	"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "id", "$id", "$schema", "title", "description",
	"example", "examples", "deprecated", "externalDocs", "xml", "contentEncoding", "contentMediaType",
}

var knownTypes = []string{"string", "number", "integer", "boolean", "object", "array", "null"}

// tidier changes a document in place.
type tidier struct {
	root node
	// old says that its schemas are of draft 4.
	old  bool
	lost []string // references that lead nowhere, or out of the document
}

func (t *tidier) walk(v any, names bool) {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			t.walk(inner, false)
		}
	case map[string]any:
		if !names {
			t.words(v)
		}
		for name, inner := range v {
			_, object := inner.(map[string]any)
			t.walk(inner, !names && object && slices.Contains(namesOf, name))
		}
	}
}

// words tidies what may be a schema, or any other object of the document.
func (t *tidier) words(v map[string]any) {
	place := v["in"] != nil // a parameter, whose "required" and "type" mean something else
	if ref, ok := v["$ref"].(string); ok && (node{t.root.doc, "", v}).resolved().value == nil {
		t.lost = append(t.lost, ref)
		delete(v, "$ref")
	}
	t.nullable(v)
	for _, word := range unheld {
		delete(v, word)
	}
	t.required(v, place)
	if !place {
		tidyType(v)
	}
	tidyEnum(v)
	for _, word := range []string{"allOf", "anyOf", "oneOf"} {
		if list, ok := v[word].([]any); v[word] != nil && (!ok || len(list) == 0) {
			delete(v, word)
		}
		emptySchemas(v[word])
	}
	emptySchemas(v["properties"])
	for _, word := range []string{"properties", "items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"} {
		if inner, has := v[word]; has && !isSchemaWord(word, inner) {
			delete(v, word)
		}
	}
	if list, ok := v["items"].([]any); ok { // a tuple of old; later the word means the rest
		delete(v, "items")
		if len(list) > 0 && t.old {
			v["items"] = list[0]
		}
	}
}

// isSchemaWord reports whether a word's value can be read at all.
func isSchemaWord(word string, v any) bool {
	switch v.(type) {
	case map[string]any:
		return true
	case []any:
		return word != "properties" && word != "additionalProperties" && word != "not"
	case bool:
		return word == "additionalProperties"
	}
	return false
}

// emptySchemas puts the schema that takes everything where a name has none.
func emptySchemas(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if inner == nil || inner == true {
				v[name] = map[string]any{}
			}
		}
	case []any:
		for i, inner := range v {
			if inner == nil || inner == true {
				v[i] = map[string]any{}
			}
		}
	}
}

// nullable writes "nullable: true" as the type null, which validators know.
func (t *tidier) nullable(v map[string]any) {
	allowed, _ := v["nullable"].(bool)
	extension, _ := v["x-nullable"].(bool)
	if !allowed && !extension {
		return
	}
	switch kind := v["type"].(type) {
	case string:
		v["type"] = []any{kind, "null"}
	case []any:
		if !slices.Contains(kind, any("null")) {
			v["type"] = append(kind, "null")
		}
	}
	if list, ok := v["enum"].([]any); ok {
		v["enum"] = append(list, nil)
	}
}

// required keeps the names that a request must have: not those of properties that only answers have.
func (t *tidier) required(v map[string]any, place bool) {
	list, ok := v["required"].([]any)
	if !ok {
		if v["content"] == nil && !place {
			delete(v, "required")
		}
		return
	}
	answered := t.readOnly(v, 0)
	if branches, ok := v["allOf"].([]any); ok {
		for _, branch := range branches {
			if b, ok := branch.(map[string]any); ok {
				answered = append(answered, t.readOnly(b, 0)...)
			}
		}
	}
	kept := []any{}
	for _, name := range list {
		text, ok := name.(string)
		// What OData says about a value, such as its type, is for those who read it, whatever a document asks for.
		if ok && !slices.Contains(kept, name) && !slices.Contains(answered, text) && !strings.HasPrefix(text, "@odata.") {
			kept = append(kept, name)
		}
	}
	if v["required"] = kept; len(kept) == 0 {
		delete(v, "required")
	}
}

// readOnly returns the names of a schema's properties that requests leave out.
func (t *tidier) readOnly(v map[string]any, depth int) (names []string) {
	if depth > 8 {
		return nil
	}
	schema := node{t.root.doc, "", v}.resolved()
	for name, property := range schema.member("properties").members() {
		if property.text("readOnly") == "true" || property.resolved().text("readOnly") == "true" {
			names = append(names, name)
		}
	}
	for _, branch := range schema.member("allOf").items() {
		if b, ok := branch.value.(map[string]any); ok {
			names = append(names, t.readOnly(b, depth+1)...)
		}
	}
	return names
}

func tidyType(v map[string]any) {
	switch kind := v["type"].(type) {
	case map[string]any, nil:
		if kind == nil {
			delete(v, "type")
		}
	case string:
		if lower := strings.ToLower(kind); slices.Contains(knownTypes, lower) {
			v["type"] = lower
		} else {
			delete(v, "type")
		}
	case []any:
		kept := []any{}
		for _, one := range kind {
			text, ok := one.(string)
			if !ok || !slices.Contains(knownTypes, text) {
				delete(v, "type") // one that nobody knows may be any
				return
			}
			if !slices.Contains(kept, one) {
				kept = append(kept, one)
			}
		}
		if v["type"] = kept; len(kept) == 0 {
			delete(v, "type")
		}
	default:
		delete(v, "type")
	}
}

// tidyEnum drops values that stand twice, and a list of none.
func tidyEnum(v map[string]any) {
	inner, has := v["enum"]
	if !has {
		return
	}
	list, _ := inner.([]any)
	var kept []any
	var seen []string
	for _, value := range list {
		text, err := json.Marshal(value)
		if err == nil && !slices.Contains(seen, string(text)) {
			seen, kept = append(seen, string(text)), append(kept, value)
		}
	}
	if v["enum"] = kept; len(kept) == 0 {
		delete(v, "enum")
	}
}
