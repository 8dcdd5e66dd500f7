package connector

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema.json
var schemaText []byte

// Schema returns the JSON Schema of the format. It describes what this program runs and nothing else.
func Schema() []byte { return bytes.Clone(schemaText) }

var schema = sync.OnceValue(func() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic("the embedded schema is JSON: " + err.Error())
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("connectors-v1.json", doc); err != nil {
		panic("the embedded schema is a resource: " + err.Error())
	}
	return c.MustCompile("connectors-v1.json")
})

// checkSchema reports where the document differs from the schema.
func checkSchema(tree *node, p *problems) {
	err := schema().Validate(tree.value())
	if err == nil {
		return
	}
	failure, ok := err.(*jsonschema.ValidationError)
	if !ok {
		p.add("", err.Error(), "")
		return
	}
	leaves(failure, func(e *jsonschema.ValidationError) { describe(e, tree, p) })
}

func leaves(e *jsonschema.ValidationError, f func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 {
		f(e)
		return
	}
	for _, cause := range e.Causes {
		leaves(cause, f)
	}
}

// describe turns one failure of the schema into words of the format.
func describe(e *jsonschema.ValidationError, tree *node, p *problems) {
	steps := make([]any, len(e.InstanceLocation))
	for i, s := range e.InstanceLocation {
		steps[i] = s
	}
	at, here := pointer("", steps...), place(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			p.add(at, fmt.Sprintf("%s lacks the key %q", here, name), "Add "+name+": "+exampleOf(name))
		}
	case *kind.AdditionalProperties:
		known := knownKeys(e.SchemaURL)
		for _, name := range k.Properties[:min(len(k.Properties), maxProblems)] {
			p.add(pointer(at, name), fmt.Sprintf("%s has an unknown key %q", here, name), firstOf(otherwise[kindOfPlace(e.InstanceLocation)+"."+name], suggestion(name, known)))
		}
	case *kind.Type:
		p.add(at, fmt.Sprintf("%s is %s; expected %s", here, article(k.Got), alternatives(k.Want)), typeRemedy(k.Got, k.Want))
	case *kind.Enum:
		want := texts(k.Want)
		got := fmt.Sprint(k.Got)
		p.add(at, fmt.Sprintf("%s is %q; expected one of %s", here, got, strings.Join(want, ", ")),
			firstOf(otherwise[kindOfPlace(e.InstanceLocation)+"="+got], nearest(got, want, "Use one of these.")))
	case *kind.Const:
		p.add(at, fmt.Sprintf("%s is %q; expected %q", here, fmt.Sprint(k.Got), fmt.Sprint(k.Want)), firstOf(otherwise[kindOfPlace(e.InstanceLocation)+"="+fmt.Sprint(k.Got)], fmt.Sprintf("Write %v.", k.Want)))
	case *kind.Pattern:
		p.add(at, fmt.Sprintf("%s is %q; expected %s", here, k.Got, patternWords(k.Want)), "Example: "+exampleOfPattern(k.Want))
	case *kind.MinLength:
		p.add(at, here+" is empty", "Write a text, or remove the key.")
	case *kind.MinItems:
		if k.Got > 0 {
			p.add(at, fmt.Sprintf("%s has %d entries; expected at least %d", here, k.Got, k.Want), "Add the others, or remove the key.")
			return
		}
		p.add(at, here+" is an empty list", "Add an entry, or remove the key.")
	case *kind.MaxLength, *kind.MaxItems, *kind.MaxProperties:
		p.add(at, here+" is larger than the format allows: "+k.LocalizedString(printer), "Shorten it.")
	case *kind.Minimum:
		p.add(at, fmt.Sprintf("%s is %s; expected at least %s", here, k.Got.RatString(), k.Want.RatString()), "Write "+k.Want.RatString()+" or more.")
	case *kind.Maximum:
		p.add(at, fmt.Sprintf("%s is %s; expected at most %s", here, k.Got.RatString(), k.Want.RatString()), "Write "+k.Want.RatString()+" or less.")
	default:
		p.add(at, here+": "+e.ErrorKind.LocalizedString(printer), "See the format's documentation for this key.")
	}
}

// place names a part of the document as people write it: "methods[2].request.path".
func place(steps []string) string {
	if len(steps) == 0 {
		return "the document"
	}
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s != "" && strings.Trim(s, "0123456789") == "":
			b.WriteString("[" + s + "]")
		case b.Len() > 0:
			b.WriteString("." + s)
		default:
			b.WriteString(s)
		}
	}
	return b.String()
}

// kindOfPlace is place without the numbers of entries: "methods.request.fields".
func kindOfPlace(steps []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(steps), func(s string) bool { return strings.Trim(s, "0123456789") == "" }), ".")
}

// knownKeys returns the keys that the schema at url allows.
func knownKeys(url string) []string {
	_, fragment, _ := strings.Cut(url, "#")
	tree, failed := readJSON(schemaText)
	if failed != nil {
		return nil
	}
	n := tree
	for _, step := range splitPointer(fragment) {
		if n = n.child(step); n == nil {
			return nil
		}
	}
	var names []string
	if properties := n.child("properties"); properties != nil {
		for _, k := range properties.keys {
			names = append(names, k.name)
		}
	}
	return names
}

// suggestion proposes the known word that is nearest to what was written.
func suggestion(got string, known []string) string {
	if len(known) == 0 {
		return "Remove it."
	}
	return nearest(got, known, "Known here: "+strings.Join(known, ", ")+".")
}

func nearest(got string, known []string, otherwise string) string {
	best, distance := "", 1+len(got)/3
	for _, k := range known {
		if d := editDistance(strings.ToLower(got), strings.ToLower(k)); d <= distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("Did you mean %q?", best)
	}
	return otherwise
}

func editDistance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func texts(values []any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return out
}

var typeWords = map[string]string{
	"string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
	"object": "a mapping", "array": "a list", "null": "empty",
}

func article(t string) string { return firstOf(typeWords[t], t) }

func alternatives(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = article(t)
	}
	return strings.Join(words, " or ")
}

func typeRemedy(got string, want []string) string {
	switch {
	case got == "null":
		return "Write a value, or remove the key."
	case slices.Contains(want, "string") && (got == "number" || got == "integer" || got == "boolean"):
		return "Put the value in quotes."
	case slices.Contains(want, "boolean") && got == "string":
		return "Write true or false, without quotes."
	case slices.Contains(want, "array"):
		return "Begin each entry with a dash, or put the entries in [ ]."
	}
	return "Write " + alternatives(want) + " here."
}
