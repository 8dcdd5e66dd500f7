package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"paceline/script"
)

// script reads one script of the definition. Whether it is JavaScript is for a worker to say: see CheckScripts.
func (b *builder) script(at string, d *ScriptDef) string {
	if d == nil {
		return ""
	}
	if b.c.utility {
		b.add(at, "a utility has no script", "Remove it, or use the script of the step.")
	}
	switch {
	case d.File != "" && d.Source != "":
		b.add(pointer(at, "file"), "the script has source and file", "Keep one of them.")
	case d.File != "":
		b.add(pointer(at, "file"), fmt.Sprintf("the file %s is not here", shorten(d.File)), "Publish the connector's folder with paceline connector publish, which takes the file along, or write the script under source.")
	}
	return d.Source
}

// scriptMethod compiles a method of kind script: its fields are given to the script, and what the script leaves is
// the output.
func (b *builder) scriptMethod(m *Method, at string, known *scopeNames) {
	d := m.Definition
	if m.script == "" {
		b.add(at, fmt.Sprintf("the method %s of kind script has no script", m.ID), "Add script: {source: ...} with a function after_action that sets method_response.")
	}
	r := d.Request
	if r.Method != "" || r.Path != "" || r.URL != "" || r.Format != "" || r.Template != "" || r.Batch != nil || r.Idempotency != nil ||
		len(r.Query)+len(r.Headers) > 0 {
		b.add(pointer(at, "request"), "the request of a method of kind script has fields only", "Remove the other keys: the script makes what calls there are.")
	}
	if d.Response.Format != "" || d.Response.RowErrors != nil {
		b.add(pointer(at, "response"), "the response of a method of kind script has rows and fields only", "Remove the other keys.")
	}
	if d.Paging != nil || len(d.Errors) > 0 {
		b.add(at, "a method of kind script has no paging and no errors", "Remove them.")
	}
	// Running it again runs its requests again, of which nobody knows what they do.
	if m.Repeat = d.Repeat; m.Repeat == "" {
		m.Repeat = "safe"
	}
	for i, p := range d.Params {
		if p.In != "template" {
			b.add(pointer(at, "params", i, "in"), fmt.Sprintf("the parameter %s of a method of kind script is sent nowhere", p.Name), "Write in: template.")
		}
	}
	b.params(m, at, known)
	b.requestFields(m, pointer(at, "request"), known)
	b.response(m, at)
}

// CheckScripts has a worker read the scripts of a definition, and tells which is no JavaScript. doc is what the
// definition was read of. The error says that nothing could be checked.
func CheckScripts(ctx context.Context, pool *script.Pool, account script.Account, name string, doc []byte, def *Definition) ([]Problem, error) {
	tree, failed := readSource(doc)
	if failed != nil {
		return nil, nil // told before
	}
	p := &problems{file: name, tree: tree}
	check := func(at string, d *ScriptDef) error {
		if d == nil {
			return nil
		}
		err := pool.Check(ctx, account, []script.Source{{Code: d.Source}})
		if wrong, ok := errors.AsType[*script.Error](err); ok {
			p.add(pointer(at, "script"), "the script is not JavaScript: "+wrong.Error(), "Lines count from the beginning of the script.")
			return nil
		}
		return err
	}
	err := check("", def.Script)
	for i := range def.Methods {
		err = errors.Join(err, check(pointer("/methods", i), def.Methods[i].Script))
	}
	for i := range def.Triggers {
		err = errors.Join(err, check(pointer("/triggers", i), def.Triggers[i].Script))
	}
	return p.sorted(), err
}

// Scripted reports whether the definition has scripts.
func (d *Definition) Scripted() bool {
	return d.Script != nil || slices.ContainsFunc(d.Methods, func(m MethodDef) bool { return m.Script != nil }) ||
		slices.ContainsFunc(d.Triggers, func(t TriggerDef) bool { return t.Script != nil })
}
