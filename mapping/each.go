package mapping

import (
	"slices"

	"paceline"
)

// FindItems sets Each of the steps of a plan: the lists whose items they are called for one by one. Such a list is
// mapped, by the location of a field in it, to a parameter or field that is no list itself. Steps that send lists in
// chunks are called for chunks. A step behind sees the answers of such calls as a list, which is not split.
func FindItems(plan *paceline.Plan) {
	// The answers of one step may be the items of the next, in whatever order they stand.
	for range plan.Steps {
		changed := false
		for i := range plan.Steps {
			s := &plan.Steps[i]
			if s.Kind != paceline.StepAction || s.Batched || i == plan.Trigger {
				continue
			}
			if each := eachOf(plan, i); !slices.Equal(each, s.Each) {
				s.Each, changed = each, true
				s.Unsplittable = s.Unsplittable || s.SplitAt != ""
				s.SplitAt = ""
			}
		}
		if !changed {
			return
		}
	}
}

func eachOf(plan *paceline.Plan, step int) (each []paceline.PlanList) {
	for _, in := range plan.Steps[step].Inputs {
		if in.Mapping.Type != paceline.MapStepField || !in.Mapping.Set() {
			continue
		}
		if in.Field {
			if target, err := ParseLocation(in.Key); err != nil || target.lists > 0 {
				continue
			}
		}
		ordinal := plan.StepByID(in.Mapping.SourceStep)
		if ordinal < 0 || ordinal == step {
			continue
		}
		location, err := sourceLocation(plan, ordinal, in.Mapping.SourceLocation)
		if err != nil {
			continue
		}
		if outer, ok := location.OuterList(); ok {
			if l := (paceline.PlanList{Step: ordinal, At: outer.String()}); !slices.Contains(each, l) {
				each = append(each, l)
			}
		}
	}
	return each
}

// sourceLocation reads the location of a value of a step as the steps behind it see it: in the item of a list that
// the step splits, and in the list of the answers of a step that is called per item.
func sourceLocation(plan *paceline.Plan, ordinal int, text string) (Location, error) {
	location, err := ParseLocation(text)
	if err != nil {
		return location, err
	}
	switch from := &plan.Steps[ordinal]; {
	case from.SplitAt != "":
		list, err := ParseLocation(from.SplitAt)
		if err != nil {
			return location, err
		}
		return location.itemOf(list), nil
	case len(from.Each) > 0:
		return Location{append([]segment{{list: true, root: true}}, location.segments...), location.lists + 1}, nil
	}
	return location, nil
}

// Items are the calls of a step that is called per item: one for each item of its list, or for each combination of
// items where it has several lists. They hold the documents that the environment gave.
type Items struct {
	program *Program
	run     run
	rows    [][]Value // per call, the item of each list; nil for a list that has no matching item
	missing bool
}

// PerItem reports whether the step is called per item.
func (p *Program) PerItem() bool { return len(p.each) > 0 }

// Items finds the calls of one execution. It fails with join_too_large beyond MaxJoined.
func (p *Program) Items(env Env) (*Items, error) {
	it := &Items{program: p, run: run{env: env}}
	p.load(&it.run)
	rows, err := it.run.join(p, p.each)
	if err != nil {
		return nil, err
	}
	it.rows = rows
	it.missing = !slices.ContainsFunc(p.each, func(at int) bool { return it.run.slots[p.lists[at].slot] != nil })
	return it, nil
}

// Missing reports whether the data has none of the lists, not even an empty one.
func (it *Items) Missing() bool { return it.missing }

// Len returns the number of calls.
func (it *Items) Len() int { return len(it.rows) }

// Inputs yields the values for call i, as Program.Inputs does. System answers as that of Env.
func (it *Items) Inputs(i int, system func(string) (string, bool)) (Inputs, []Warning, error) {
	r := &it.run
	r.warnings, r.tooLarge, r.env.System = nil, false, system
	if r.items == nil {
		r.items = make([]Value, len(it.program.lists))
		r.inItem = make([]bool, len(it.program.lists))
	}
	for k, list := range it.program.each {
		r.items[list], r.inItem[list] = it.rows[i][k], true
	}
	return it.program.inputs(r)
}
