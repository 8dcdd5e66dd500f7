package connector

import (
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
	var failed *mistake
	m.exits, failed = compilePredicate(exitEnv(), def.True)
	b.mistake(pointer(at, "exits", "true"), failed)
}

// Exit tells by which exit a step leaves with the result of all its calls; ok is false for a method with one way out.
func (m *Method) Exit(result *Result) (yes, ok bool) {
	if m.exits == nil {
		return false, false
	}
	return m.exits.holds(map[string]any{"body": native(result.Output), "rows": int64(result.Rows)}), true
}

// Exits reports whether steps of the method leave by a true or a false exit.
func (m *Method) Exits() bool { return m.exits != nil }
