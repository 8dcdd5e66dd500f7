package catalog

import (
	"context"
	"errors"
	"slices"

	"paceline"
	"paceline/cycle"
)

// StepInputs are the parameters and request fields of a step, each with its mapping. A tool has none.
type StepInputs struct {
	AccountConnector int32
	Parameters       []MappedParameter
	Fields           []MappedField
	// SourceField returns the id of the field that a mapping takes its value from, 0 for none.
	SourceField func(paceline.Mapping) int32
}

// StepInputs returns what a step of any cycle of the account asks for. Errors: NotFound.
func (r *Room) StepInputs(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) (StepInputs, error) {
	c, releases, err := r.cycles.CycleOfStep(ctx, p, a, step)
	if err != nil {
		return StepInputs{}, err
	}
	return inputsOf(c, releases, step), nil
}

func inputsOf(c paceline.Cycle, releases cycle.Pinned, id paceline.ID) StepInputs {
	out := StepInputs{SourceField: func(m paceline.Mapping) int32 { return SourceFieldID(c.Flow, releases, m) }}
	step, _ := c.Flow.Step(id)
	if step == nil {
		return out
	}
	out.AccountConnector = step.AccountConnector
	if rel := releases.Of(step); rel != nil {
		out.Parameters, out.Fields = MappingsOf(*step, rel)
	}
	return out
}

// Parameter returns one parameter by its id. Errors: NotFound, for the id of a field, too.
func (s StepInputs) Parameter(id int32) (MappedParameter, error) {
	at := slices.IndexFunc(s.Parameters, func(m MappedParameter) bool { return m.ID == id })
	if at < 0 {
		return MappedParameter{}, notFound("Parameter")
	}
	return s.Parameters[at], nil
}

// Field returns one request field by its id. Errors: NotFound, for the id of a parameter, too.
func (s StepInputs) Field(id int32) (MappedField, error) {
	at := slices.IndexFunc(s.Fields, func(m MappedField) bool { return m.ID == id })
	if at < 0 {
		return MappedField{}, notFound("Field")
	}
	return s.Fields[at], nil
}

// SetStepParameter changes the mapping of a parameter. read gives the input once the parameter is found and
// its cycle seen not to run. Errors: NotFound for the step; Conflict; NotFound for the parameter; those of
// read; Invalid for a source that the cycle does not have.
func (r *Room) SetStepParameter(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, id int32, read func() (MappingInput, error)) (StepInputs, error) {
	return r.setMapping(ctx, p, a, step, "cycle.parameter_mapped", read, func(s StepInputs) (mappingPlace, error) {
		m, err := s.Parameter(id)
		return func(step *paceline.Step) *paceline.Mapping {
			at := slices.IndexFunc(step.Params, func(have paceline.ParamMapping) bool { return have.Key == m.Key })
			if at < 0 {
				at = len(step.Params)
				step.Params = append(step.Params, paceline.ParamMapping{Key: m.Key})
			}
			return &step.Params[at].Mapping
		}, err
	})
}

// SetStepField changes the mapping of a request field. Errors: as for SetStepParameter.
func (r *Room) SetStepField(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, id int32, read func() (MappingInput, error)) (StepInputs, error) {
	return r.setMapping(ctx, p, a, step, "cycle.field_mapped", read, func(s StepInputs) (mappingPlace, error) {
		m, err := s.Field(id)
		return func(step *paceline.Step) *paceline.Mapping {
			at := slices.IndexFunc(step.Fields, func(have paceline.FieldMapping) bool { return have.Location == m.Location })
			if at < 0 {
				at = len(step.Fields)
				step.Fields = append(step.Fields, paceline.FieldMapping{Location: m.Location})
			}
			return &step.Fields[at].Mapping
		}, err
	})
}

// mappingPlace finds a mapping in a step, making it if need be.
type mappingPlace func(*paceline.Step) *paceline.Mapping

// errMoved says that a step calls something else by now than when its inputs were read.
var errMoved = errors.New("the step has changed")

// setMapping reads the releases, by which ids are told, before the edit begins, and starts again when the step
// calls another method by then.
func (r *Room) setMapping(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, action string,
	read func() (MappingInput, error), find func(StepInputs) (mappingPlace, error)) (StepInputs, error) {
	for {
		c, releases, err := r.cycles.CycleOfStep(ctx, p, a, id)
		if err != nil {
			return StepInputs{}, err
		}
		if err := cycle.Editable(c, "Step"); err != nil {
			return StepInputs{}, err
		}
		place, err := find(inputsOf(c, releases, id))
		if err != nil {
			return StepInputs{}, err
		}
		in, err := read()
		if err != nil {
			return StepInputs{}, err
		}
		seen, _ := c.Flow.Step(id)
		if seen == nil {
			return StepInputs{}, notFound("Step")
		}
		called, method := *seen.Connector, seen.Method
		if in, err = in.located(c.Flow, releases, *place(seen)); err != nil {
			return StepInputs{}, err
		}
		c, err = r.cycles.EditStep(ctx, p, a, id, action, func(_ *paceline.Cycle, step *paceline.Step) error {
			if step.Connector == nil || *step.Connector != called || step.Method != method {
				return errMoved
			}
			return in.apply(place(step))
		})
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return StepInputs{}, err
		}
		return inputsOf(c, releases, id), nil
	}
}

// SourceField is a field that a later step can take its value from.
type SourceField struct {
	Field
	Step     paceline.ID
	StepName string
}

// FieldsForMapping returns the response fields of all steps that lead to a step. Errors: NotFound.
func (r *Room) FieldsForMapping(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) ([]SourceField, error) {
	c, releases, err := r.cycles.CycleOfStep(ctx, p, a, step)
	if err != nil {
		return nil, err
	}
	var list []SourceField
	for _, before := range cycle.Before(c.Flow, step) {
		for _, f := range responseOf(&before, releases) {
			list = append(list, SourceField{f, before.ID, before.Name})
		}
	}
	return list, nil
}
