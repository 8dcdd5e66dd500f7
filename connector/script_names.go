package connector

import (
	"encoding/json"
	"slices"

	"paceline"
	"paceline/mapping"
)

// Where scripts run, as script_execution_context tells them.
const (
	RunningTransaction = "RUNNING_TRANSACTION"
	StepTesting        = "STEP_TESTING"
	connectorTesting   = "CONNECTOR_TESTING"
)

// Of gives scripts the ids of the account for which they run.
func (s *ScriptCall) Of(a paceline.Account) {
	s.set("cyclr_account_id", a.ID)
	s.set("external_account_id", a.APIID)
}

// FieldsInUse gives scripts the locations of the answer that later steps take values from, under both names.
func (s *ScriptCall) FieldsInUse(list []string) {
	s.set("method_response_fields_in_use", list)
	s.set("method_response_parameters_in_use", list)
}

// AsksForFields reports whether calls of the method name what of the answer is wanted: they need Call.InUse.
func (m *Method) AsksForFields() bool { return m.inUse }

// namesOf are the last names of locations, each once.
func namesOf(locations []string) (names []string) {
	for _, text := range locations {
		if l, err := mapping.ParseLocation(text); err == nil && l.Last() != "" && !slices.Contains(names, l.Last()) {
			names = append(names, l.Last())
		}
	}
	return names
}

func (s *ScriptCall) set(name string, value any) {
	if s.Globals == nil {
		s.Globals = map[string]any{}
	}
	s.Globals[name] = value
}

// nowhere are the names of scripts that run in no step of a cycle.
var nowhere = map[string]any{
	"script_execution_context": connectorTesting, "cycle_id": "", "cycle_step_id": "", "transaction_id": "", "cyclr_account_id": "",
	"external_account_id": "", "cycle_variables": map[string]string{}, "method_response_fields_in_use": []string{}, "method_response_parameters_in_use": []string{},
}

// scriptParameters are values that scripts alone see: the properties of the account connector that are no secrets, and the
// method's parameters of the template.
func (c *running) scriptParameters() map[string]json.RawMessage {
	out := c.own.scriptParameters()
	for i := range c.Method.params {
		p := &c.Method.params[i]
		if p.def.In == "template" && i < len(c.values) {
			out[p.def.Name] = rawOf(c.values[i])
		}
	}
	return out
}

// scriptParameters are the properties that are no secrets.
func (i *Instance) scriptParameters() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	p := i.prepare()
	for _, def := range i.Compiled.Definition.Properties {
		if v, ok := p.properties[def.Name]; ok && !def.Secret {
			out[def.Name] = json.RawMessage(mapping.Quote(v))
		}
	}
	return out
}
