package connector

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
)

// exitEnv has the names of exits: the output of the step and the number of its rows.
var exitEnv = sync.OnceValue(func() *cel.Env {
	return newEnv(cel.Variable("body", cel.DynType), cel.Variable("rows", cel.IntType))
})

// exits compiles the exits of a method.
func (b *builder) exits(m *Method, at string) {
	def := m.Definition.Exits
	if def == nil {
		return
	}
	if m.pager != nil || m.batch != nil {
		b.add(pointer(at, "exits"), fmt.Sprintf("the method %s makes several calls, and its exits would be those of one", m.ID), "Add paging: none, or decide behind the step.")
	}
	var failed *mistake
	m.exits, failed = compilePredicate(exitEnv(), def.True)
	b.mistake(pointer(at, "exits", "true"), failed)
}

// Exit tells by which exit a step leaves with a result; ok is false for a method with one way out.
func (m *Method) Exit(result *Result) (yes, ok bool) {
	if m.exits == nil {
		return false, false
	}
	return m.exits.holds(map[string]any{"body": native(result.Output), "rows": int64(result.Rows)}), true
}
