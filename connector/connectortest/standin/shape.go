package standin

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// value is one value that was sent, and whether it came as text that has to be read.
type value struct {
	place  string
	data   any
	asText bool
}

// wrong is what is wrong with a parameter.
type wrong struct{ kind, name string }

var formPart = regexp.MustCompile(`\[([^\]]*)\]`)

// formValues reads names with brackets as places: line_items[0][price] is line_items[].price. A name without
// them that is repeated is no list.
func formValues(form url.Values) []value {
	var all []value
	for name, texts := range form {
		head, rest, _ := strings.Cut(name, "[")
		place := head
		if rest != "" {
			for _, part := range formPart.FindAllStringSubmatch("["+rest, -1) {
				if _, err := strconv.Atoi(part[1]); err == nil || part[1] == "" {
					place += "[]"
				} else {
					place += "." + part[1]
				}
			}
		}
		for _, text := range texts {
			all = append(all, value{place, text, true})
		}
	}
	return all
}

func jsonValues(body []byte) ([]value, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	return walk("", doc, nil), nil
}

func walk(place string, doc any, all []value) []value {
	switch v := doc.(type) {
	case map[string]any:
		if place != "" {
			all = append(all, value{place, v, false})
		}
		for name, inner := range v {
			all = walk(strings.TrimPrefix(place+"."+name, "."), inner, all)
		}
	case []any:
		all = append(all, value{place, v, false})
		for _, inner := range v {
			all = walk(place+"[]", inner, all)
		}
	default:
		all = append(all, value{place, v, false})
	}
	return all
}

// check compares values with the places that are known, some of them by a pattern.
func check(values []value, known map[string]string, patterns []pattern) []wrong {
	var all []wrong
	for _, v := range values {
		kind, inner := typeOf(v.place, known, patterns)
		switch {
		case kind == "" && !inner:
			all = append(all, wrong{"unknown", v.place})
		case kind == "" && !holds(v, known):
			all = append(all, wrong{"type", v.place})
		case kind != "" && !fits(v, kind):
			all = append(all, wrong{"type", v.place})
		}
	}
	slices.SortFunc(all, func(a, b wrong) int { return strings.Compare(a.name, b.name) })
	return all
}

// typeOf returns the type of a place, and whether places below it are known.
func typeOf(place string, known map[string]string, patterns []pattern) (kind string, inner bool) {
	if kind, ok := known[place]; ok {
		return kind, true
	}
	for _, p := range patterns {
		if p.name.MatchString(place) {
			return p.kind, true
		}
	}
	for name, kind := range known {
		if kind == "any" && (strings.HasPrefix(place, name+".") || strings.HasPrefix(place, name+"[]")) {
			return "any", true
		}
		if strings.HasPrefix(name, place+".") || strings.HasPrefix(name, place+"[]") {
			inner = true
		}
	}
	return "", inner
}

// holds reports whether a value is what its place is in the names: a list, or an object.
func holds(v value, known map[string]string) bool {
	mark := "."
	switch v.data.(type) {
	case nil:
		return true
	case []any:
		mark = "[]"
	case map[string]any:
	default:
		return false
	}
	for name := range known {
		if strings.HasPrefix(name, v.place+mark) {
			return true
		}
	}
	return false
}

func fits(v value, kind string) bool {
	if v.data == nil || kind == "any" {
		return true
	}
	text, isText := v.data.(string)
	number, isNumber := v.data.(json.Number)
	if v.asText {
		number, isNumber = json.Number(text), true
	}
	switch kind {
	case "integer":
		_, err := number.Int64()
		return isNumber && err == nil
	case "number":
		_, err := number.Float64()
		return isNumber && err == nil
	case "boolean":
		_, isBool := v.data.(bool)
		return isBool || v.asText && (text == "true" || text == "false")
	}
	return isText
}

// missing returns the first required place that nobody gave.
func missing(values []value, required []string) string {
	for _, name := range required {
		if !slices.ContainsFunc(values, func(v value) bool { return strings.TrimSuffix(v.place, "[]") == name }) {
			return name
		}
	}
	return ""
}
