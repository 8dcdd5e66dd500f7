package connector_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"paceline/connector"
)

// told are keys that no code reads, with what they are for.
var told = map[string]string{
	"license":  "readers of the file",
	"language": "the schema, which has one word for it",
	"mode":     "the schema, which has one word for it",
}

// TestSchemaIsUsed: the schema lists only what runs. Each of its keys is a field of the definition, each field of the
// definition is a key, and some code other than the definition's own reads it.
func TestSchemaIsUsed(t *testing.T) {
	t.Parallel()
	fields := map[string][]string{} // keys, with the names of their fields
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(typ.Elem())
		case reflect.Struct:
			if seen[typ] || !strings.HasPrefix(typ.PkgPath(), "paceline") {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				f := typ.Field(i)
				key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if f.Anonymous {
					walk(f.Type)
				}
				if f.IsExported() && key != "" && key != "-" {
					fields[key] = append(fields[key], f.Name)
					walk(f.Type)
				}
			}
		}
	}
	walk(reflect.TypeFor[connector.Definition]())
	if len(fields) < 100 {
		t.Fatalf("%d keys", len(fields))
	}
	schema := map[string]bool{}
	for _, key := range schemaKeys(t) {
		schema[key] = true
		if fields[key] == nil {
			t.Errorf("no field of the definition reads the key %q", key)
		}
	}
	read := selectorsOf(t)
	for key, names := range fields {
		if !schema[key] {
			t.Errorf("the schema lacks the key %q", key)
		}
		for _, name := range names {
			if !read[name] && told[key] == "" {
				t.Errorf("nothing reads the field %s, the key %q", name, key)
			}
		}
	}
}

// selectorsOf returns the names that code outside of tests selects, in all rooms.
func selectorsOf(t *testing.T) map[string]bool {
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				names[s.Sel.Name] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
