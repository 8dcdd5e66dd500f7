package storefront

import (
	"strconv"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
)

// Input is one value that the template leaves to whoever installs it.
type Input struct {
	Key         string // names it in Save and Lookup, within its cycle
	Label       string
	Description string `json:",omitempty"`
	Type        paceline.DataType
	Required    bool     `json:",omitempty"`
	Value       string   `json:",omitempty"`
	Display     string   `json:",omitempty"` // what the chosen entry of a lookup is called
	Choices     []string `json:",omitempty"`
	Lookup      bool     `json:",omitempty"` // its values are asked for with Room.Lookup
}

// Group is the inputs of one step, or the cycle's own.
type Group struct {
	Title  string `json:",omitempty"` // "" for the cycle's own
	Inputs []Input
}

// What an input's key begins with.
const (
	ofParameter = "parameter"
	ofField     = "field"
	ofRight     = "right"
	ofCase      = "case"
	ofUntil     = "until"
	ofVariable  = "variable"
)

// place is where an input's value stands in a flow: its mapping, and how it is shown.
type place struct {
	Input
	step    paceline.ID
	element int32
	at      func(*paceline.Flow) *paceline.Mapping
}

// section is a group with the places of its inputs.
type section struct {
	title  string
	places []place
}

// sections lists what a flow leaves to whoever installs it, in the order of its steps.
func sections(flow paceline.Flow, releases cycle.Pinned) (list []section) {
	own := section{}
	for i, v := range flow.Variables {
		if v.UserConfigurable {
			own.places = append(own.places, place{
				Input: Input{Key: ofVariable + ":" + v.SystemName, Label: first(v.DisplayName, v.SystemName), Description: text(v.Description),
					Type: paceline.TypeText, Required: true, Choices: v.Values},
				at: func(f *paceline.Flow) *paceline.Mapping { return &f.Variables[i].Mapping },
			})
		}
	}
	if len(own.places) > 0 {
		list = append(list, own)
	}
	for i := range flow.Steps {
		step := flow.Steps[i]
		if places := append(called(i, step, releases), compared(i, step)...); len(places) > 0 {
			list = append(list, section{title: first(step.Name, step.Kind.String()), places: places})
		}
	}
	for i := range list {
		for j := range list[i].places {
			list[i].places[j].show(*list[i].places[j].at(&flow))
		}
	}
	return list
}

// called are the inputs of what a step calls.
func called(i int, step paceline.Step, releases cycle.Pinned) (list []place) {
	rel := releases.Of(&step)
	if rel == nil {
		return nil
	}
	params, fields := catalog.MappingsOf(step, rel)
	for _, m := range params {
		if m.Mapping.UserConfigurable {
			list = append(list, place{
				Input: Input{Key: elementKey(ofParameter, step.ID, m.ID), Label: m.Name, Description: text(m.Description), Type: m.DataType, Required: !m.Optional, Choices: m.Values, Lookup: m.Lookup != nil},
				step:  step.ID, element: m.ID,
				at: func(f *paceline.Flow) *paceline.Mapping {
					s := &f.Steps[i]
					for j := range s.Params {
						if s.Params[j].Key == m.Key {
							return &s.Params[j].Mapping
						}
					}
					return nil
				},
			})
		}
	}
	for _, m := range fields {
		if m.Mapping.UserConfigurable {
			list = append(list, place{
				Input: Input{Key: elementKey(ofField, step.ID, m.ID), Label: m.Name, Description: text(m.Description), Type: m.DataType, Required: !m.Optional, Choices: m.Values, Lookup: m.Lookup != nil},
				step:  step.ID, element: m.ID,
				at: func(f *paceline.Flow) *paceline.Mapping {
					s := &f.Steps[i]
					for j := range s.Fields {
						if s.Fields[j].Location == m.Location {
							return &s.Fields[j].Mapping
						}
					}
					return nil
				},
			})
		}
	}
	return list
}

// compared are the inputs of decisions, switches and waits.
func compared(i int, step paceline.Step) (list []place) {
	switch {
	case step.Decision != nil && step.Decision.Right.UserConfigurable:
		list = append(list, place{
			Input: Input{Key: ofRight + ":" + string(step.ID), Label: first(step.Name, "Value"), Type: paceline.TypeText, Required: true},
			at:    func(f *paceline.Flow) *paceline.Mapping { return &f.Steps[i].Decision.Right },
		})
	case step.Switch != nil:
		for n, c := range step.Switch.Cases {
			if c.Right.UserConfigurable {
				list = append(list, place{
					Input: Input{Key: ofCase + ":" + string(step.ID) + ":" + strconv.Itoa(n), Label: first(c.Name, "Case "+strconv.Itoa(n+1)), Type: paceline.TypeText, Required: true},
					at:    func(f *paceline.Flow) *paceline.Mapping { return &f.Steps[i].Switch.Cases[n].Right },
				})
			}
		}
	case step.WaitUntil != nil && step.WaitUntil.UserConfigurable:
		list = append(list, place{
			Input: Input{Key: ofUntil + ":" + string(step.ID), Label: first(step.Name, "Until"), Type: paceline.TypeDateTime, Required: true},
			at:    func(f *paceline.Flow) *paceline.Mapping { return f.Steps[i].WaitUntil },
		})
	}
	return list
}

func elementKey(kind string, step paceline.ID, id int32) string {
	return kind + ":" + string(step) + ":" + strconv.Itoa(int(id))
}

// show fills in the value that a mapping has, as far as it is one that somebody typed or chose.
func (p *place) show(m paceline.Mapping) {
	switch m.Type {
	case paceline.MapLookup:
		p.Value, p.Display = text(m.LookupValue), text(m.LookupDisplay)
	case paceline.MapStatic, paceline.MapValueList, "":
		p.Value = text(m.Value)
	}
	if m.Type == paceline.MapIgnore {
		p.Required = false
	}
}

// Value is what somebody typed, or chose of a lookup.
type Value struct {
	Value   string
	Display string `json:",omitempty"`
}

// check refuses what the input's type does not hold. An empty value is none; Finish asks for what is required.
func (p place) check(v Value) error {
	value := v.Value
	switch {
	case len(value) > maxValue:
		return invalid(p.Label, "it is too long")
	case strings.HasPrefix(value, "=") || strings.Contains(value, "{{"):
		return invalid(p.Label, "it may not begin with = nor contain {{")
	case value == "":
		return nil
	}
	switch p.Type {
	case paceline.TypeInteger:
		if _, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil {
			return invalid(p.Label, "it is not a whole number")
		}
	case paceline.TypeFloat, paceline.TypeDecimal:
		if _, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
			return invalid(p.Label, "it is not a number")
		}
	case paceline.TypeBoolean:
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return invalid(p.Label, "it is neither true nor false")
		}
	}
	return nil
}

// maxValue bounds a value, in bytes.
const maxValue = 64 << 10

// put writes a value into its mapping, which stays the installer's to set.
func (p place) put(m *paceline.Mapping, v Value) {
	*m = paceline.Mapping{UserConfigurable: true}
	value := v.Value
	switch {
	case strings.HasPrefix(p.Key, ofVariable+":"):
		m.Type = paceline.MapStatic // a variable has no other source
		if value != "" {
			m.Value = &value
		}
	case value == "":
	case p.Lookup:
		m.Type, m.LookupValue = paceline.MapLookup, &value
		if v.Display != "" {
			display := v.Display
			m.LookupDisplay = &display
		}
	case len(p.Choices) > 0 && p.step != "":
		m.Type, m.Value = paceline.MapValueList, &value
	default:
		m.Type, m.Value = paceline.MapStatic, &value
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
