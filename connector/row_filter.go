package connector

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"

	"paceline/mapping"
)

// rowFilter leaves rows of an answer out, for vendors that can't be asked for less.
type rowFilter struct {
	names []string // that lead to the list
	keeps *predicate
}

// filterEnv has the names of filters: a row, and where the step's cursor stands, "" for none.
var filterEnv = sync.OnceValue(func() *cel.Env {
	return newEnv(cel.Variable("row", cel.DynType), cel.Variable("cursor", cel.StringType))
})

var mentionsCursor = regexp.MustCompile(`\bcursor\b`)

// rowFilter compiles response.filter.
func (b *builder) rowFilter(m *Method, at string) {
	text := m.Definition.Response.Filter
	if text == "" {
		return
	}
	here := pointer(at, "response", "filter")
	if !m.hasRows {
		b.add(here, fmt.Sprintf("the method %s has a filter but no rows", m.ID), "Add response.rows with the location of the list.")
		return
	}
	f := &rowFilter{}
	if f.names, _ = m.rows.Outer(); m.rows.Lists() != 1 {
		b.add(here, fmt.Sprintf("the rows %s lie in lists of lists, which a filter does not reach", m.Definition.Response.Rows), "Filter a single list.")
		return
	}
	var failed *mistake
	f.keeps, failed = compilePredicate(filterEnv(), text)
	b.mistake(here, failed)
	m.filter = f
}

// filterRows drops the rows that the filter does not keep, after pages and cursor have seen all.
func (c *running) filterRows() {
	f := c.Method.filter
	if f == nil || len(c.result.Output) == 0 {
		return
	}
	vars := map[string]any{"cursor": ""}
	if c.Cursor != nil && c.Cursor.Value != "" {
		vars["cursor"] = c.Method.cursor.from(c.Cursor.Value)
	}
	var kept []mapping.Value
	dropped := false
	for row := range elementsAt(c.result.Output, f.names) {
		vars["row"] = native(row)
		if f.keeps.holds(vars) {
			kept = append(kept, row)
		} else {
			dropped = true
		}
	}
	if dropped {
		c.keepRows(f.names, kept)
	}
}

// keepRows makes the rows the output's.
func (c *running) keepRows(names []string, kept []mapping.Value) {
	out := appendOpen(nil, c.result.Output, names)
	for i, row := range kept {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, row...)
	}
	out = append(append(out, ']'), strings.Repeat("}", len(names))...)
	c.result.Output, c.result.Rows, c.result.OutputIsResponse = json.RawMessage(out), len(kept), false
}
