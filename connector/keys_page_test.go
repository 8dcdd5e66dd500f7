package connector

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const keysPage = "../docs/connectors/keys.md"

// TestKeysPage holds the list of keys to the schema and to what the definition's types say; -update writes it anew.
func TestKeysPage(t *testing.T) {
	t.Parallel()
	var root map[string]any
	if err := json.Unmarshal(schemaText, &root); err != nil {
		t.Fatal(err)
	}
	p := &keyPage{root: root, said: saidOfFields(t), seen: map[string]string{}}
	p.b.WriteString("# The keys of a definition\n\n" +
		"Made from `connector/schema.json` and the comments of `connector/definition*.go` by a test, which fails when it is not up to date;\n" +
		"`go test ./connector -run TestKeysPage -update` writes it. [format.md](format.md) explains the keys, with examples.\n")
	p.section("the definition", "#", reflect.TypeFor[Definition]())
	got := p.b.String()
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(keysPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(keysPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not what the schema says: run go test ./connector -run TestKeysPage -update", keysPage)
	}
}

// keyPage writes a section for each object of the schema.
type keyPage struct {
	root map[string]any
	said map[string]string // by Type.Field
	seen map[string]string // places that have a section, with its title
	b    strings.Builder
}

// keySection is one that is still to be written.
type keySection struct {
	title, place string
	typ          reflect.Type
}

func (p *keyPage) section(title, place string, typ reflect.Type) {
	schema, place := p.at(place)
	p.seen[place] = title
	fmt.Fprintf(&p.b, "\n## %s\n\n| Key | Value | About |\n| --- | --- | --- |\n", title)
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	var later []keySection
	for _, key := range p.order(properties, typ) {
		inner := place + "/properties/" + key
		value, below := p.value(inner)
		name := "`" + key + "`"
		if slices.Contains(required, any(key)) {
			name += ", needed"
		}
		field, about := p.field(typ, key)
		for _, b := range below {
			at, canonical := p.at(b)
			if _, object := at["properties"].(map[string]any); !object {
				continue
			}
			own := strings.TrimPrefix(title+"."+key, "the definition.")
			if known := p.seen[canonical]; known != "" {
				if value += " as `" + known + "`"; known == own {
					value = strings.TrimSuffix(value, " as `"+known+"`")
				}
				continue
			}
			p.seen[canonical] = own
			if slices.ContainsFunc(later, func(s keySection) bool { return s.title == own }) {
				continue // one alone, or a list of them
			}
			later = append(later, keySection{own, b, field})
		}
		fmt.Fprintf(&p.b, "| %s | %s | %s |\n", name, strings.ReplaceAll(value, "|", "\\|"), strings.ReplaceAll(about, "|", "\\|"))
	}
	for _, s := range later {
		p.section(s.title, s.place, s.typ)
	}
}

// order lists the keys as the type has them; others behind, by name.
func (p *keyPage) order(properties map[string]any, typ reflect.Type) (keys []string) {
	for _, key := range keysOf(element(typ)) {
		if properties[key] != nil && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var rest []string
	for key := range properties {
		if !slices.Contains(keys, key) {
			rest = append(rest, key)
		}
	}
	slices.Sort(rest)
	return append(keys, rest...)
}

// at returns what stands at a place, references followed, and the place where it stands.
func (p *keyPage) at(place string) (map[string]any, string) {
	for {
		var v any = p.root
		for _, step := range strings.Split(place, "/")[1:] {
			switch inner := v.(type) {
			case map[string]any:
				v = inner[step]
			case []any:
				v = inner[step[0]-'0']
			}
		}
		m, _ := v.(map[string]any)
		ref, ok := m["$ref"].(string)
		if !ok {
			return m, place
		}
		place = ref
	}
}

// value describes what may stand at a place, and returns the places of the objects in it.
func (p *keyPage) value(place string) (text string, below []string) {
	schema, place := p.at(place)
	if v := schema["const"]; v != nil {
		return fmt.Sprintf("`%v`", v), nil
	}
	if list, ok := schema["enum"].([]any); ok {
		words := make([]string, len(list))
		for i, v := range list {
			words[i] = fmt.Sprintf("`%v`", v)
		}
		return strings.Join(words, ", "), nil
	}
	for _, word := range []string{"anyOf", "oneOf"} {
		branches, _ := schema[word].([]any)
		var texts []string
		for i := range branches {
			one, more := p.value(fmt.Sprintf("%s/%s/%d", place, word, i))
			texts, below = append(texts, one), append(below, more...)
		}
		if len(texts) > 0 {
			return strings.Join(slices.Compact(texts), ", or "), below
		}
	}
	types, _ := schema["type"].([]any)
	if t, ok := schema["type"].(string); ok {
		types = []any{t}
	}
	var texts []string
	for _, t := range types {
		switch t {
		case "string":
			if pattern, ok := schema["pattern"].(string); ok {
				texts = append(texts, patternWords(pattern))
			} else {
				texts = append(texts, "text")
			}
		case "array":
			one, more := p.value(place + "/items")
			texts, below = append(texts, "list: "+one), append(below, more...)
		case "object":
			if _, ok := schema["additionalProperties"].(map[string]any); ok {
				one, more := p.value(place + "/additionalProperties")
				texts, below = append(texts, "by name: "+one), append(below, more...)
			} else {
				texts, below = append(texts, "keys"), append(below, place)
			}
		default:
			texts = append(texts, fmt.Sprint(t))
		}
	}
	return strings.Join(texts, " or "), below
}

// element is the struct behind pointers, lists and maps; nil for none.
func element(typ reflect.Type) reflect.Type {
	for typ != nil {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			typ = typ.Elem()
		case reflect.Struct:
			return typ
		default:
			return nil
		}
	}
	return nil
}

func keysOf(typ reflect.Type) (keys []string) {
	if typ == nil {
		return nil
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			keys = append(keys, keysOf(element(f.Type))...)
		}
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

// field returns the type behind a key and what is said of it.
func (p *keyPage) field(typ reflect.Type, key string) (reflect.Type, string) {
	typ = element(typ)
	if typ == nil {
		return nil, ""
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if own, _, _ := strings.Cut(f.Tag.Get("json"), ","); own == key && own != "" {
			return f.Type, p.said[typ.Name()+"."+f.Name]
		}
		if f.Anonymous {
			if found, said := p.field(f.Type, key); found != nil {
				return found, said
			}
		}
	}
	return nil, ""
}

// saidOfFields reads the comments of the definition's fields.
func saidOfFields(t *testing.T) map[string]string {
	files, err := filepath.Glob("definition*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	said := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range s.Fields.List {
				text := f.Doc.Text()
				if f.Comment.Text() != "" {
					text = f.Comment.Text()
				}
				for _, name := range f.Names {
					about := strings.Join(strings.Fields(text), " ")
					said[spec.Name.Name+"."+name.Name] = strings.TrimPrefix(about, name.Name+" ")
				}
			}
			return true
		})
	}
	return said
}
