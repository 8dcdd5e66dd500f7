package catalog

import (
	"paceline"
	"paceline/cycle"
	"paceline/mapping"
)

// MappingInput is what may be set of a mapping; nil leaves a value as it is. Another Type drops what the one
// before had.
type MappingInput struct {
	Type  *paceline.MappingType // "" unsets the mapping
	Value *string
	// SourceStep and, of it, SourceField (an id) or SourceLocation say where a StepField comes from.
	SourceStep       *paceline.ID
	SourceField      *int32
	SourceLocation   *string
	LookupValue      *string
	LookupDisplay    *string
	UserConfigurable *bool
}

// located replaces the field that the input names by its location, since flows hold no integer ids. now is
// the mapping as it stands.
func (in MappingInput) located(flow paceline.Flow, releases cycle.Pinned, now paceline.Mapping) (MappingInput, error) {
	id := now.SourceStep
	if in.SourceStep != nil {
		id = *in.SourceStep
	}
	if in.SourceStep == nil && in.SourceField == nil && in.SourceLocation == nil {
		return in, nil
	}
	step, _ := flow.Step(id)
	if step == nil && id != "" {
		return in, invalid("SourceStepId", "the cycle has no such step")
	}
	if in.SourceField != nil {
		if step == nil {
			return in, invalid("SourceStepId", "SourceFieldId needs it")
		}
		location, found := locationOf(step, releases, *in.SourceField)
		if !found {
			return in, invalid("SourceFieldId", "the source step does not give such a field")
		}
		in.SourceLocation = &location
	} else if in.SourceLocation != nil && *in.SourceLocation != "" {
		if _, err := mapping.ParseLocation(*in.SourceLocation); err != nil {
			return in, invalid("SourceLocation", err.Error())
		}
	}
	return in, nil
}

// locationOf returns where a field of a step's response stands.
func locationOf(step *paceline.Step, releases cycle.Pinned, field int32) (location string, found bool) {
	for _, f := range responseOf(step, releases) {
		if f.ID == field {
			return f.Location, true
		}
	}
	return "", false
}

// SourceFieldID returns the id of the field that a mapping takes its value from, 0 when the response of its
// source step does not declare it.
func SourceFieldID(flow paceline.Flow, releases cycle.Pinned, m paceline.Mapping) int32 {
	if step, _ := flow.Step(m.SourceStep); step != nil {
		for _, f := range responseOf(step, releases) {
			if f.Location == m.SourceLocation {
				return f.ID
			}
		}
	}
	return 0
}

func responseOf(step *paceline.Step, releases cycle.Pinned) []Field {
	rel := releases.Of(step)
	if rel == nil {
		return nil
	}
	m, _ := MethodOf(rel, step.Method)
	return m.ResponseFields
}

// apply changes a mapping. Input that was located has no need of ids.
func (in MappingInput) apply(m *paceline.Mapping) error {
	if in.Type != nil && *in.Type != m.Type {
		*m = paceline.Mapping{Type: *in.Type, UserConfigurable: m.UserConfigurable}
	}
	switch m.Type {
	case paceline.MapStatic, paceline.MapValueList, paceline.MapVariable:
		put(&m.Value, in.Value)
	case paceline.MapStepField:
		if in.SourceStep != nil {
			m.SourceStep = *in.SourceStep
		}
		if in.SourceLocation != nil {
			m.SourceLocation = *in.SourceLocation
		}
	case paceline.MapLookup:
		if in.LookupValue == nil {
			in.LookupValue = in.Value
		}
		put(&m.LookupValue, in.LookupValue)
		put(&m.LookupDisplay, in.LookupDisplay)
	case "":
		if in.Value != nil && *in.Value != "" || in.SourceField != nil || in.LookupValue != nil && *in.LookupValue != "" {
			return invalid("MappingType", "it is missing")
		}
	}
	if in.UserConfigurable != nil {
		m.UserConfigurable = *in.UserConfigurable
	}
	return cycle.CheckMapping(*m)
}

// put sets an optional text; "" removes it.
func put(dst **string, value *string) {
	if value != nil {
		*dst = text(*value)
	}
}
