package connector

import (
	"errors"
	"fmt"

	"paceline/mapping"
)

// beyond is a compiled BeyondDef.
type beyond struct {
	when      *predicate
	from, key mapping.Location
	body      []instead
}

type instead struct {
	location mapping.Location
	value    *template
}

func (b *builder) beyond(m *Method, def *BeyondDef, at string) *beyond {
	here := pointer(at, "beyond")
	c := &beyond{}
	var failed *mistake
	c.when, failed = compilePredicate(answerEnv(), def.When)
	b.mistake(pointer(here, "when"), failed)
	c.from, c.key = b.location(pointer(here, "from"), def.From), b.location(pointer(here, "key"), def.Key)
	if m.body.build == nil {
		b.add(here, fmt.Sprintf("the method %s has no body for what lies beyond", m.ID), "Use a request format with fields.")
	}
	known := &scopeNames{properties: b.def.Properties, params: m.Definition.Params, request: true, page: true, cursor: m.cursor != nil}
	for _, p := range def.Body {
		place := pointer(here, "body", p.Name)
		c.body = append(c.body, instead{b.location(place, p.Name), b.template(place, p.Value, known, plainEscape)})
	}
	return c
}

// next leads to the first page beyond, or from one to the next; ok is false where the usual pages go on.
func (d *beyond) next(a *pageAnswer) (step pageStep, more, ok bool, err error) {
	before := a.call.Page.beyond()
	if before == nil && !d.when.holds(a.vars()) {
		return step, false, false, nil
	}
	if a.value(&a.reads[0]) == nil {
		return step, false, true, nil
	}
	step.beyond = []mapping.Value{nil, mapping.Value("null")} // above which key all of them are
	if before == nil {
		step.beyond[0] = a.last(d.from)
	} else {
		step.beyond = []mapping.Value{before[0], a.last(d.key)}
	}
	if step.beyond[0] == nil || step.beyond[1] == nil {
		return step, false, true, ErrPageUnread
	}
	return step, true, true, nil
}

// last is the value at a location of the last row, nil for none.
func (a *pageAnswer) last(l mapping.Location) (last mapping.Value) {
	for v := range l.GetAll(a.call.result.Output) {
		last = v
	}
	if k := mapping.KindOf(last); k <= mapping.Null || k >= mapping.List {
		return nil
	}
	return last
}

// beyond is where the page begins that lies beyond the vendor's end, nil for another one.
func (p *PageState) beyond() []mapping.Value {
	if p == nil || len(p.state.Beyond) != 2 {
		return nil
	}
	return p.state.Beyond
}

// pageVal is a value of {{page.name}}.
func (c *running) pageVal(name string) val {
	values := c.Page.beyond()
	if values == nil {
		return val{}
	}
	v := values[0]
	if name == "above" {
		v = values[1]
	}
	if mapping.KindOf(v) <= mapping.Null {
		return val{}
	}
	return valueVal(v)
}

var errBeyond = errors.New("what the body has beyond the vendor's end is no JSON")

// goBeyond puts into the fields what the body has on pages beyond the vendor's end.
func (c *running) goBeyond(fields []mapping.Field) ([]mapping.Field, error) {
	if c.Page.beyond() == nil || c.Method.pager == nil || c.Method.pager.beyond == nil {
		return fields, nil
	}
	for _, own := range c.Method.pager.beyond.body {
		text, missing, err := own.value.text(c)
		switch {
		case err != nil:
			return nil, err
		case missing || checkJSON([]byte(text)) != nil:
			return nil, errBeyond
		}
		kept := make([]mapping.Field, 0, len(fields)+1)
		for _, f := range fields {
			if !f.Location.Within(own.location) {
				kept = append(kept, f)
			}
		}
		fields = append(kept, mapping.Field{Location: own.location, Value: mapping.Value(text)})
	}
	return fields, nil
}
