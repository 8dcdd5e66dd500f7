package mapping

import (
	"errors"
	"fmt"
	"slices"

	"paceline"
)

// Choice is a compiled decision or switch: cases from the top down, of which the first that holds gives the exit, and
// an exit for when none does.
//
// A case whose left operand goes through a list is decided for each item of that list, and the items are divided
// between the exits: each branch goes on with those that came its way. A case that compares a single value holds for
// all items or for none. A list without items, or that is missing, is decided as a single value that is missing.
type Choice struct {
	cases []*Decision
	exits []paceline.EdgeType // of the cases, then of none
	// divided is the place of the case whose list is divided, -1 for none.
	divided int
	step    int // ordinal of the step whose list that is
	list    ItemList
}

// CompileChoice prepares the decision or the switch of the step with the given ordinal. It fails with field_invalid as
// CompileDecision does, and for cases of different lists.
func CompileChoice(plan *paceline.Plan, step int) (*Choice, error) {
	s := &plan.Steps[step]
	c := &Choice{exits: s.Exits(), divided: -1}
	if s.Kind != paceline.StepSwitch {
		d, err := CompileDecision(plan, step)
		if err != nil {
			return nil, err
		}
		c.cases = []*Decision{d}
		return c, c.divide(plan, step, []paceline.Decision{*s.Decision})
	}
	if s.Switch == nil {
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "Switch", "reason", "it has no cases")
	}
	var defs []paceline.Decision
	for i := range s.Switch.Cases {
		def := s.Switch.Cases[i].Decision
		d, err := compileDecision(plan, step, &def)
		if err != nil {
			return nil, caseFault(&s.Switch.Cases[i], err)
		}
		c.cases, defs = append(c.cases, d), append(defs, def)
	}
	return c, c.divide(plan, step, defs)
}

func caseFault(c *paceline.Case, err error) error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", fmt.Sprintf("Case %d", c.Number), "reason", err.Error())
}

// divide finds the list whose items are divided.
func (c *Choice) divide(plan *paceline.Plan, step int, defs []paceline.Decision) error {
	var first Location
	for i, def := range defs {
		ordinal := plan.StepByID(def.LeftStep)
		l, err := sourceLocation(plan, ordinal, def.LeftLocation)
		if err != nil {
			return err
		}
		list, through := l.OuterList()
		switch {
		case !through:
		case c.divided < 0:
			c.divided, c.step, first = i, ordinal, list
		case c.step != ordinal || !list.Equal(first):
			return paceline.Fail(paceline.CodeFieldInvalid, "name", plan.Steps[step].Kind.String(), "reason", "its cases compare items of different lists")
		}
	}
	if c.divided < 0 {
		return nil
	}
	var err error
	c.list, err = ParseItemList(first.String())
	return err
}

// Divides returns the step whose list is divided; ok is false when there is none.
func (c *Choice) Divides() (step int, list ItemList, ok bool) {
	return c.step, c.list, c.divided >= 0
}

// Choose says by which exit the path goes on; with ExitSeveral, the partition says by which each item does. Its error
// has the code decision_invalid, and shows no values.
func (c *Choice) Choose(env Env) (paceline.EdgeType, paceline.Partition, error) {
	if c.divided >= 0 {
		exit, p, any, err := c.chooseEach(env)
		if any || err != nil {
			return exit, p, err
		}
	}
	for i, d := range c.cases {
		holds, err := d.Eval(env)
		if err != nil {
			return "", paceline.Partition{}, err
		}
		if holds {
			return c.exits[i], paceline.Partition{}, nil
		}
	}
	return c.exits[len(c.cases)], paceline.Partition{}, nil
}

// chooseEach decides for each item; any is false when there are none.
func (c *Choice) chooseEach(env Env) (exit paceline.EdgeType, p paceline.Partition, any bool, err error) {
	var of []int
	for i, d := range c.cases {
		holds, whole, err := d.evalEach(env)
		switch {
		case err != nil:
			return "", p, false, err
		case d.each() && len(holds) == 0:
			return "", p, false, nil
		case d.each() && of == nil:
			of = slices.Repeat([]int{len(c.cases)}, len(holds))
			// The single values that were decided before hold for no item: one that holds ends the search.
		}
		if !d.each() && whole && of == nil {
			return c.exits[i], p, true, nil
		}
		for item := range of {
			if of[item] == len(c.cases) && (whole || d.each() && holds[item]) {
				of[item] = i
			}
		}
	}
	p = paceline.NewPartition(c.exits, of)
	if len(p.Exits) == 1 {
		return p.Exits[0], paceline.Partition{}, true, nil
	}
	return paceline.ExitSeveral, p, true, nil
}

// each reports whether the left operand goes through a list.
func (d *Decision) each() bool { return d.left.kind == exprSource && !d.left.source.tail.IsZero() }

// evalEach decides for each item of the list that the left operand goes through, by its first value there; whole is
// how a left operand without a list comes out.
func (d *Decision) evalEach(env Env) (holds []bool, whole bool, err error) {
	if !d.each() {
		whole, err = d.Eval(env)
		return nil, whole, err
	}
	r := run{env: env, slots: make([]Value, d.reads.slots)}
	d.reads.load(env.Data, r.slots)
	var right Value
	if !d.condition.Unary() {
		right = r.operand(&d.right)
	}
	test, err := d.against(right)
	if err != nil {
		return nil, false, paceline.Fail(paceline.CodeDecisionInvalid).Because(err)
	}
	within := d.left.source.tail.segments[1:]
	for e := range elements(r.slots[d.left.source.slot]) {
		if len(holds) == MaxItems || r.tooLarge {
			return nil, false, paceline.Fail(paceline.CodeDecisionInvalid).Because(errors.New("an operand is too large"))
		}
		ok, err := test(first(within, e))
		if err != nil {
			return nil, false, paceline.Fail(paceline.CodeDecisionInvalid).Because(err)
		}
		holds = append(holds, ok)
	}
	return holds, false, nil
}

// Keep returns the document with those items alone that keep wants, by their place in the list. What stands around the
// list stays as it is. A single value where the list is expected counts as a list of one.
func (l ItemList) Keep(doc []byte, keep func(i int) bool) []byte {
	at, single, found := l.Start(doc)
	switch {
	case !found:
		return doc
	case single && keep(0):
		return doc
	case single:
		return append(append(append([]byte{}, doc[:at]...), '[', ']'), doc[skipValue(doc, at):]...)
	}
	out := append(make([]byte, 0, len(doc)), doc[:at]...)
	kept := 0
	for i := 0; ; i++ {
		item, next, err := NextItem(doc, at)
		if err != nil {
			break
		}
		if at = next; !keep(i) {
			continue
		}
		if kept++; kept > 1 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, doc[closing(doc, at):]...)
}

// closing returns the place of the bracket that ends a list, from behind its last item.
func closing(doc []byte, at int) int {
	for at < len(doc) && doc[at] != ']' {
		at++
	}
	return at
}
