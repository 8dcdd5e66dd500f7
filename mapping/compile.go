package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"paceline"
)

// compiler prepares the expressions of one step and gathers what they read from earlier steps.
type compiler struct {
	plan  *paceline.Plan
	step  int
	reads reads

	inline  bool   // inline scripts may stand here
	label   string // of the input that is being compiled
	scripts []inlineScript
	bound   int // names given to their values
	lists   []list
}

// reads is everything that one step reads from earlier steps: one pass over each step's output fills the slots.
type reads struct {
	steps []stepRead
	slots int
}

type stepRead struct {
	ordinal int
	picker  picker
}

// slot wants the value at the names in the output of the step.
func (r *reads) slot(ordinal int, names []string) int {
	for i := range r.steps {
		if r.steps[i].ordinal == ordinal {
			return r.steps[i].picker.add(names, &r.slots)
		}
	}
	r.steps = append(r.steps, stepRead{ordinal: ordinal})
	return r.steps[len(r.steps)-1].picker.add(names, &r.slots)
}

// load fills the slots.
func (r *reads) load(data Data, slots []Value) {
	for i := range r.steps {
		if doc, ok := data.Output(r.steps[i].ordinal); ok {
			r.steps[i].picker.read(doc, slots)
		}
	}
}

// source is a value of an earlier step: the one in the slot, or what tail finds in it.
type source struct {
	slot int
	tail Location
	// list is the outermost list that tail goes through, by its place among the lists of the step, -1 for none; below
	// is where the value lies in one of its items.
	list  int
	below Location
}

// expression yields the value of a mapping. Exactly one of its parts is in use, by kind.
type expression struct {
	kind     expressionKind
	constant Value
	source   source
	system   string
	format   string
	script   int          // of an inline script: which of the program's
	texts    []expression // of a text: its pieces; a constant one holds escaped JSON without quotes
}

type expressionKind int

const (
	exprNone     expressionKind = iota // no value
	exprConstant                       // a value known beforehand
	exprSource                         // a value of an earlier step
	exprSystem                         // a value of the running system
	exprText                           // text with merge fields
	exprScript                         // what an inline script gives
)

// mapping compiles a mapping. An unset one and Ignore yield no value.
func (c *compiler) mapping(m paceline.Mapping) (expression, error) {
	if !m.Set() {
		return expression{}, nil
	}
	switch m.Type {
	case paceline.MapStatic:
		if strings.HasPrefix(*m.Value, "=") {
			return c.script((*m.Value)[1:])
		}
		return c.text(*m.Value, nil)
	case paceline.MapValueList:
		return c.text(*m.Value, nil)
	case paceline.MapStepField:
		ordinal := c.plan.StepByID(m.SourceStep)
		if ordinal < 0 {
			return expression{}, fmt.Errorf("the source step %s is not in this cycle", m.SourceStep)
		}
		return c.stepField(ordinal, m.SourceLocation)
	case paceline.MapLookup:
		return expression{kind: exprConstant, constant: Quote(*m.LookupValue)}, nil
	case paceline.MapVariable:
		return c.variable(*m.Value, nil)
	}
	return expression{}, nil
}

func (c *compiler) stepField(ordinal int, text string) (expression, error) {
	if ordinal == c.step {
		return expression{}, errors.New("a step cannot take values from itself")
	}
	location, err := sourceLocation(c.plan, ordinal, text)
	if err != nil {
		return expression{}, err
	}
	names, tail := location.split()
	src := source{slot: c.reads.slot(ordinal, names), tail: tail, list: -1}
	if !tail.IsZero() {
		src.list = c.list(ordinal, location)
		src.below = Location{tail.segments[1:], tail.lists - 1}
	}
	return expression{kind: exprSource, source: src}, nil
}

var errNoVariable = errors.New("there is no variable")

// variable compiles the value of a variable, which may hold merge fields, too. within lists the variables that led
// here.
func (c *compiler) variable(name string, within []string) (expression, error) {
	value, ok := c.plan.Variables[name]
	if !ok {
		for _, known := range slices.Sorted(maps.Keys(c.plan.Variables)) {
			if strings.EqualFold(known, name) {
				name, value, ok = known, c.plan.Variables[known], true
				break
			}
		}
	}
	switch {
	case !ok:
		return expression{}, fmt.Errorf("%w %q", errNoVariable, name)
	case slices.Contains(within, name):
		return expression{}, fmt.Errorf("the variable %q refers to itself", name)
	case value == "":
		return expression{}, nil
	case strings.HasPrefix(value, "="):
		return expression{}, fmt.Errorf("the variable %q is an inline script, which is not supported", name)
	}
	return c.text(value, append(within, name))
}

// text compiles typed text.
func (c *compiler) text(text string, within []string) (expression, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return expression{}, err
	}
	if constant, ok := t.constant(); ok {
		return expression{kind: exprConstant, constant: Quote(constant)}, nil
	}
	out := expression{kind: exprText}
	for _, p := range t.pieces {
		if p.ref == "" {
			out.texts = append(out.texts, expression{kind: exprConstant, constant: appendEscaped(nil, p.text)})
			continue
		}
		e, err := c.reference(p.ref, within)
		if err != nil {
			return expression{}, err
		}
		if p.format != "" {
			e.format = p.format
		}
		if e.kind == exprConstant {
			if KindOf(e.constant) == String {
				e.constant = inside(e.constant)
			}
			if e.format != "" {
				// A constant date is formatted as any other: the pieces of a text only hold finished text.
				if date, ok := parseDate(string(appendUnescaped(nil, e.constant))); ok {
					e.constant = appendEscaped(nil, appendDate(nil, date, e.format))
				}
			}
		}
		out.texts = append(out.texts, e)
	}
	switch {
	case !slices.ContainsFunc(out.texts, func(e expression) bool { return e.kind != exprConstant && e.kind != exprNone }):
		var all Value
		for _, e := range out.texts {
			all = append(all, e.constant...)
		}
		return expression{kind: exprConstant, constant: append(append(Value{'"'}, all...), '"')}, nil
	case len(out.texts) == 1:
		return out.texts[0], nil
	}
	return out, nil
}

// reference compiles a merge field of typed text.
func (c *compiler) reference(ref string, within []string) (expression, error) {
	ordinal, location, err := stepReference(c.plan, ref)
	if err != nil {
		return expression{}, err
	}
	if ordinal >= 0 {
		return c.stepField(ordinal, location)
	}
	if name, ok := systemName(ref); ok {
		return expression{kind: exprSystem, system: name}, nil
	}
	e, err := c.variable(ref, within)
	if errors.Is(err, errNoVariable) {
		return expression{}, fmt.Errorf("the merge field {{%s}} is no step with a location, no system value and no variable", ref)
	}
	return e, err
}
