package connector

import "fmt"

// script reads one script of the definition. Whether it is JavaScript is for a worker to say: see Runtime.CheckScripts.
func (b *builder) script(at string, d *ScriptDef) string {
	if d == nil {
		return ""
	}
	if b.c.utility {
		b.add(at, "a utility has no script", "Remove it, or use the script of the step.")
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
