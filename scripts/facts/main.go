// Command facts takes from a vendor's OpenAPI document (3, JSON) what the methods of a connector use: paths, verbs, parameters
// and the names and types of bodies, without any text. The tests compare the connector with that.
//
//	go run ./scripts/facts -connector connectors/github/connector.yaml DOCUMENT >connectors/testdata/openapi/github.json
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"

	"paceline/connector"
)

func main() {
	file := flag.String("connector", "", "connector.yaml whose methods count")
	flag.Parse()
	if err := run(*file, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file, document string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	def, problems := connector.Parse(file, text)
	if def == nil {
		return fmt.Errorf("%v", problems)
	}
	text, err = os.ReadFile(document)
	if err != nil {
		return err
	}
	var d document3
	if err := json.Unmarshal(text, &d.whole); err != nil {
		return err
	}
	paths := map[string]any{}
	for path, item := range object(d.whole["paths"]) {
		kept := map[string]any{}
		for _, m := range def.Methods {
			verb := strings.ToLower(m.Request.Method)
			if op := object(object(item)[verb]); op != nil && alike(path, m.Request.Path) {
				kept[verb] = d.operation(op)
			}
		}
		if len(kept) > 0 {
			if all := object(item)["parameters"]; all != nil {
				kept["parameters"] = d.parameters(all)
			}
			paths[path] = kept
		}
	}
	if len(paths) == 0 {
		return fmt.Errorf("%s has none of the paths of %s", document, file)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	return out.Encode(map[string]any{"openapi": d.whole["openapi"], "info": map[string]any{"title": def.Metadata.Name, "version": object(d.whole["info"])["version"]}, "servers": servers(d.whole["servers"]), "paths": paths})
}

var placeholder = regexp.MustCompile(`\{\{.*?\}\}`)

// alike reports whether a path of the document is that of a method, whatever stands in their variable parts.
func alike(path, method string) bool {
	a, b := strings.Split(path, "/"), strings.Split(placeholder.ReplaceAllString(method, "{}"), "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !strings.Contains(a[i], "{") && a[i] != b[i] {
			return false
		}
	}
	return true
}

// document3 is an OpenAPI document of version 3.
type document3 struct{ whole map[string]any }

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func servers(v any) any {
	var all []any
	list, _ := v.([]any)
	for _, s := range list {
		all = append(all, map[string]any{"url": object(s)["url"]})
	}
	return all
}

// resolve follows a reference within the document.
func (d *document3) resolve(v any) map[string]any {
	at := object(v)
	for range 20 {
		ref, _ := at["$ref"].(string)
		if ref == "" {
			return at
		}
		var next any = d.whole
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			next = object(next)[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		}
		at = object(next)
	}
	return nil
}

func (d *document3) operation(op map[string]any) map[string]any {
	kept := map[string]any{"responses": map[string]any{"default": map[string]any{"description": ""}}}
	if p := op["parameters"]; p != nil {
		kept["parameters"] = d.parameters(p)
	}
	if body := d.resolve(op["requestBody"]); body != nil {
		content := map[string]any{}
		for kind, c := range object(body["content"]) {
			content[kind] = map[string]any{"schema": d.schema(object(c)["schema"], 0)}
		}
		kept["requestBody"] = map[string]any{"content": content, "required": body["required"] == true}
	}
	return kept
}

func (d *document3) parameters(v any) []any {
	var all []any
	list, _ := v.([]any)
	for _, p := range list {
		p := d.resolve(p)
		kept := map[string]any{"name": p["name"], "in": p["in"], "required": p["required"] == true || p["in"] == "path", "schema": d.schema(p["schema"], 0)}
		for _, name := range []string{"style", "explode"} {
			if p[name] != nil {
				kept[name] = p[name]
			}
		}
		all = append(all, kept)
	}
	return all
}

// schema keeps what says which values are good.
func (d *document3) schema(v any, depth int) map[string]any {
	s := d.resolve(v)
	kept := map[string]any{}
	if depth > 8 {
		return kept
	}
	for _, name := range []string{"type", "format", "enum", "const", "required", "nullable", "minItems", "maxItems", "minimum", "maximum", "minProperties", "maxProperties"} {
		if s[name] != nil {
			kept[name] = s[name]
		}
	}
	if properties := object(s["properties"]); properties != nil {
		all := map[string]any{}
		for name, p := range properties {
			all[name] = d.schema(p, depth+1)
		}
		kept["properties"] = all
	}
	for _, name := range []string{"items", "additionalProperties", "not"} {
		switch inner := s[name].(type) {
		case bool:
			kept[name] = inner
		case map[string]any:
			kept[name] = d.schema(inner, depth+1)
		}
	}
	for _, name := range []string{"oneOf", "anyOf", "allOf"} {
		if list, ok := s[name].([]any); ok {
			var all []any
			for _, inner := range list {
				all = append(all, d.schema(inner, depth+1))
			}
			kept[name] = all
		}
	}
	return kept
}
