package cycle

import (
	"context"
	"strings"
	"unicode"

	"paceline"
)

// VariableInput is what may be set of a variable; nil leaves a value as it is.
type VariableInput struct {
	DisplayName      *string
	SystemName       *string // names the variable in SetVariables; else it is made of DisplayName
	Description      *string // "" removes it
	Value            *string // "" removes it
	Type             *paceline.MappingType
	Values           *[]string
	LookupValue      *string
	LookupDisplay    *string
	UserConfigurable *bool
}

// The bounds of a cycle's variables.
const (
	MaxVariables = 500
	maxValue     = 256 << 10 // characters
	maxValues    = 1000
)

// Variables returns a cycle's variables in the order of their creation. Errors: NotFound.
func (r *Room) Variables(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) ([]paceline.Variable, error) {
	c, _, err := r.load(ctx, p, a, id)
	return c.Flow.Variables, err
}

// Variable returns one variable by its system name. Errors: NotFound.
func (r *Room) Variable(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, name string) (paceline.Variable, error) {
	c, _, err := r.load(ctx, p, a, id)
	if err != nil {
		return paceline.Variable{}, err
	}
	at := variable(c.Flow, name)
	if at < 0 {
		return paceline.Variable{}, notFound("Variable")
	}
	return c.Flow.Variables[at], nil
}

// AddVariable adds a variable. read gives the input once the cycle is found and seen not to run. Errors:
// as for Edit, then those of read; Invalid without a name or with one that is taken.
func (r *Room) AddVariable(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() (VariableInput, error)) (v paceline.Variable, err error) {
	_, err = r.Edit(ctx, p, a, id, "cycle.variable_added", func(c *paceline.Cycle) error {
		in, err := read()
		if err != nil {
			return err
		}
		v, err = in.add(&c.Flow)
		return err
	})
	return v, err
}

// SetVariables creates or changes each variable, which is named by SystemName or else DisplayName, and
// returns those that it touched. One that is refused refuses all. Errors: as for AddVariable.
func (r *Room) SetVariables(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() ([]VariableInput, error)) (list []paceline.Variable, err error) {
	_, err = r.Edit(ctx, p, a, id, "cycle.variables_changed", func(c *paceline.Cycle) error {
		list = nil
		inputs, err := read()
		if err != nil {
			return err
		}
		for _, in := range inputs {
			v, err := in.put(&c.Flow)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

// SetVariable changes one variable, whose system name stays. Errors: as for Edit, then NotFound for the
// variable, then those of read.
func (r *Room) SetVariable(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, name string, read func() (VariableInput, error)) (v paceline.Variable, err error) {
	_, err = r.Edit(ctx, p, a, id, "cycle.variable_changed", func(c *paceline.Cycle) error {
		at := variable(c.Flow, name)
		if at < 0 {
			return notFound("Variable")
		}
		in, err := read()
		if err != nil {
			return err
		}
		err = in.apply(&c.Flow.Variables[at])
		v = c.Flow.Variables[at]
		return err
	})
	return v, err
}

// DeleteVariable removes a variable; mappings that name it have no value any more. Errors: as for Edit,
// then NotFound for the variable.
func (r *Room) DeleteVariable(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, name string) error {
	_, err := r.Edit(ctx, p, a, id, "cycle.variable_deleted", func(c *paceline.Cycle) error {
		at := variable(c.Flow, name)
		if at < 0 {
			return notFound("Variable")
		}
		c.Flow.Variables = append(c.Flow.Variables[:at], c.Flow.Variables[at+1:]...)
		return nil
	})
	return err
}

// variable returns the place of the variable with a system name, or -1. An exact match wins over one in
// another letter case.
func variable(flow paceline.Flow, name string) int {
	found := -1
	for i, v := range flow.Variables {
		if v.SystemName == name {
			return i
		}
		if strings.EqualFold(v.SystemName, name) {
			found = i
		}
	}
	return found
}

func (in VariableInput) put(flow *paceline.Flow) (paceline.Variable, error) {
	name := ""
	switch {
	case in.SystemName != nil && *in.SystemName != "":
		name = *in.SystemName
	case in.DisplayName != nil:
		name = SystemName(*in.DisplayName)
	}
	if at := variable(*flow, name); at >= 0 {
		err := in.apply(&flow.Variables[at])
		return flow.Variables[at], err
	}
	if in.DisplayName == nil {
		in.DisplayName = in.SystemName
	}
	return in.add(flow)
}

func (in VariableInput) add(flow *paceline.Flow) (v paceline.Variable, err error) {
	if in.DisplayName == nil {
		return v, invalid("DisplayName", "it is missing")
	}
	if len(flow.Variables) >= MaxVariables {
		return v, invalid("Variables", "there are more than 500")
	}
	v.Type = paceline.MapStatic
	if err := in.apply(&v); err != nil {
		return v, err
	}
	v.SystemName = SystemName(v.DisplayName)
	if v.SystemName == "" {
		return v, invalid("DisplayName", "it has neither letters nor digits")
	}
	if variable(*flow, v.SystemName) >= 0 {
		return v, invalid("DisplayName", "the cycle has a variable "+v.SystemName)
	}
	flow.Variables = append(flow.Variables, v)
	return v, nil
}

func (in VariableInput) apply(v *paceline.Variable) error {
	if in.DisplayName != nil {
		v.DisplayName = strings.TrimSpace(*in.DisplayName)
		if v.DisplayName == "" {
			return invalid("DisplayName", "it is empty")
		}
	}
	if in.Type != nil {
		switch *in.Type {
		case paceline.MapStepField, paceline.MapVariable:
			return invalid("MappingType", "a variable has its own value")
		}
		v.Type = *in.Type
	}
	setText(&v.Description, in.Description)
	setText(&v.Value, in.Value)
	setText(&v.LookupValue, in.LookupValue)
	setText(&v.LookupDisplay, in.LookupDisplay)
	if v.Type == paceline.MapLookup && in.LookupValue != nil && in.Value == nil {
		v.Value = v.LookupValue // what a mapping of the variable yields
	}
	set(&v.Values, in.Values)
	set(&v.UserConfigurable, in.UserConfigurable)
	return checkVariable(*v)
}

func checkVariable(v paceline.Variable) error {
	if err := checkText("DisplayName", v.DisplayName, maxName); err != nil {
		return err
	}
	if err := checkOptional("Description", v.Description, maxDescription); err != nil {
		return err
	}
	if len(v.Values) > maxValues {
		return invalid("Values", "there are more than 1000")
	}
	for _, text := range v.Values {
		if err := checkText("Values", text, maxDescription); err != nil {
			return err
		}
	}
	return CheckMapping(v.Mapping)
}

// SystemName is the display name without what is neither letter nor digit.
func SystemName(display string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, display)
}

// setText sets an optional text; "" removes it.
func setText(dst **string, value *string) {
	if value == nil {
		return
	}
	*dst = value
	if *value == "" {
		*dst = nil
	}
}
