package templates

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/mapping"
)

// TestTemplatesFitTheirConnectors reads every template that we ship or measure with, and checks that what
// it names exists: steps, connectors, methods, parameters, and fields on both sides of a mapping.
func TestTemplatesFitTheirConnectors(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(Files, "*/template.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	files = append(files, "../bench/w1/template.json")
	definitions := readConnectors(t, "../connectors/*/connector.yaml", "../bench/w1/connector.yaml")
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var doc catalog.Document
			strict := json.NewDecoder(bytes.NewReader(raw))
			strict.DisallowUnknownFields()
			if err := strict.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			if doc.PacelineVersion != catalog.DocumentVersion || doc.Kind != catalog.KindTemplate || !doc.Published || doc.Name == "" {
				t.Errorf("it is no published template of this version: %+v", doc)
			}
			c := checker{t, &doc.Flow, definitions}
			for _, step := range doc.Flow.Steps {
				c.step(step)
			}
			for _, e := range doc.Flow.Edges {
				if from, _ := doc.Flow.Step(e.Tail); from == nil || !slices.Contains(from.Exits(), e.Type) {
					t.Errorf("edge %s leaves from no step that has the exit %s", e.ID, e.Type)
				}
				if to, _ := doc.Flow.Step(e.Head); to == nil {
					t.Errorf("edge %s leads nowhere", e.ID)
				}
			}
		})
	}
}

func readConnectors(t *testing.T, patterns ...string) map[paceline.ID]*connector.Definition {
	t.Helper()
	all := map[paceline.ID]*connector.Definition{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			def, problems := connector.Parse(file, text)
			if def == nil {
				t.Fatal(problems)
			}
			all[def.Metadata.UID] = def
		}
	}
	return all
}

// checker looks up what the steps of one flow name.
type checker struct {
	*testing.T
	flow        *paceline.Flow
	definitions map[paceline.ID]*connector.Definition
}

func (c checker) step(s paceline.Step) {
	c.Helper()
	if _, ok := paceline.ParseID(string(s.ID)); !ok {
		c.Errorf("%s: the id %s is no UUID", s.Name, s.ID)
	}
	if s.Decision != nil {
		c.location(s, s.Decision.LeftStep, s.Decision.LeftLocation)
	}
	if s.Connector == nil {
		return
	}
	method, trigger := c.method(s)
	if method == nil && trigger == nil {
		c.Errorf("%s: %s %s has no method %s", s.Name, s.Connector.Key, s.Connector.Version, s.Method)
		return
	}
	if method == nil {
		return
	}
	for _, p := range s.Params {
		if !slices.ContainsFunc(method.Params, func(d connector.ParamDef) bool { return d.In+":"+d.Name == p.Key }) {
			c.Errorf("%s: %s has no parameter %s", s.Name, method.ID, p.Key)
		}
		c.mapping(s, p.Mapping)
	}
	for _, d := range method.Params {
		if d.Required && !slices.ContainsFunc(s.Params, func(p paceline.ParamMapping) bool { return p.Key == d.In+":"+d.Name && given(p.Mapping) }) {
			c.Errorf("%s: the parameter %s is required and not mapped", s.Name, d.Name)
		}
	}
	for _, f := range s.Fields {
		if (method.CustomFields == nil || len(method.CustomFields.Request) == 0) && !declared(method.Request.Fields, f.Location) {
			c.Errorf("%s: %s has no field %s", s.Name, method.ID, f.Location)
		}
		c.mapping(s, f.Mapping)
	}
	for _, d := range method.Request.Fields {
		if d.Required && !slices.ContainsFunc(s.Fields, func(f paceline.FieldMapping) bool { return f.Location == d.Loc && given(f.Mapping) }) {
			c.Errorf("%s: the field %s is required and not mapped", s.Name, d.Loc)
		}
	}
}

// given reports whether a value is there or is left to the customer.
func given(m paceline.Mapping) bool { return m.UserConfigurable || m.Set() }

func (c checker) method(s paceline.Step) (*connector.MethodDef, *connector.TriggerDef) {
	def := c.definitions[s.Connector.UID]
	if def == nil || def.Metadata.Key != s.Connector.Key || def.Metadata.Version != s.Connector.Version || def.Metadata.Name != s.Connector.Name {
		return nil, nil
	}
	for i := range def.Methods {
		if def.Methods[i].ID == string(s.Method) && s.Kind == paceline.StepAction {
			return &def.Methods[i], nil
		}
	}
	for i := range def.Triggers {
		if def.Triggers[i].ID == string(s.Method) && s.Kind == paceline.StepWebhook {
			return nil, &def.Triggers[i]
		}
	}
	return nil, nil
}

func (c checker) mapping(s paceline.Step, m paceline.Mapping) {
	c.Helper()
	switch m.Type {
	case "":
		if !m.UserConfigurable {
			c.Errorf("%s: a mapping without a value, which nobody is asked for", s.Name)
		}
	case paceline.MapIgnore:
	case paceline.MapStepField:
		c.location(s, m.SourceStep, m.SourceLocation)
	case paceline.MapStatic:
		refs, err := mapping.References(*m.Value)
		if err != nil {
			c.Errorf("%s: %v", s.Name, err)
		}
		for _, ref := range refs {
			name, location, _ := strings.Cut(ref, ".")
			i := slices.IndexFunc(c.flow.Steps, func(o paceline.Step) bool { return o.Name == name })
			if i < 0 {
				c.Errorf("%s: {{%s}} names no step", s.Name, ref)
				continue
			}
			c.location(s, c.flow.Steps[i].ID, location)
		}
	default:
		c.Errorf("%s: a mapping of type %q", s.Name, m.Type)
	}
}

// location checks that a step declares a field of its output at the location.
func (c checker) location(s paceline.Step, source paceline.ID, location string) {
	c.Helper()
	from, _ := c.flow.Step(source)
	if from == nil || from.Connector == nil {
		c.Errorf("%s: its source %s is no step with data", s.Name, source)
		return
	}
	method, trigger := c.method(*from)
	var fields []connector.FieldDef
	switch {
	case method != nil:
		if method.Object != nil && method.Object.Lookup != "" || method.CustomFields != nil && len(method.CustomFields.Response) > 0 {
			return // a field of the customer's own system
		}
		fields = method.Response.Fields
	case trigger != nil:
		fields = trigger.Payload.Fields
	}
	if !declared(fields, location) {
		c.Errorf("%s: the step %q has no field %s", s.Name, from.Name, location)
	}
}

// declared reports whether there is a field at the location, one around it that takes anything, or one within the list that
// it is.
func declared(fields []connector.FieldDef, location string) bool {
	return slices.ContainsFunc(fields, func(f connector.FieldDef) bool {
		return f.Loc == location || f.Type == paceline.TypeUndefined && strings.HasPrefix(location, f.Loc+".") ||
			strings.HasPrefix(f.Loc, "["+location+"].")
	})
}
