package api

import (
	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

// MappingValueOut is what fills a parameter or field.
type MappingValueOut struct {
	MappingType             *string `enum:"StepField,StaticValue,ValueList,Trigger,Variable,Ignore" doc:"null for a parameter that is not mapped."`
	SourceFieldId           *int32
	SourceStepId            *string
	TriggerValue            *string
	TriggerValueDisplayName *string
	Value                   *string
	IsLaunchVisible         bool    `doc:"Whether the installing customer sets the value."`
	SourceLocation          *string `doc:"Extension: location of the source, which need not be a declared field."`
}

// fieldMappingOut is the FieldMapping object of the API.
type fieldMappingOut struct {
	Field fieldRefOut
	MappingValueOut
}

// parameterMappingOut is the ParameterMapping object of the API.
type parameterMappingOut struct {
	Parameter          parameterRefOut
	IsEntityIdentifier bool
	MappingValueOut
}

type parameterRefOut struct {
	Id           int32
	Name         string
	Description  *string
	IsOptional   bool
	DataType     string
	TriggerName  *string
	Values       []string
	DisplayOrder int
	Triggers     []triggerOut
}

type fieldRefOut struct {
	Id               int32
	Name             string
	Description      *string
	IsOptional       bool
	DataType         string
	TriggerName      *string
	Values           []string `doc:"null for a field of an earlier step's response."`
	DisplayOrder     int
	Triggers         []triggerOut
	ForRequestFormat bool
	Location         string
	StepId           *string `json:",omitempty" doc:"Extension: the earlier step that gives the field."`
	StepName         *string `json:",omitempty" doc:"Extension."`
}

type MappingIn struct {
	MappingType             wire.Opt[mappingTypeIn]
	Value                   wire.Opt[string]
	SourceStepId            wire.Opt[string]
	SourceFieldId           wire.Opt[int]    `doc:"A response field of the source step."`
	SourceLocation          wire.Opt[string] `doc:"Extension: location instead of SourceFieldId."`
	TriggerValue            wire.Opt[string]
	TriggerValueDisplayName wire.Opt[string]
	IsLaunchVisible         wire.Opt[bool]
}

func (in MappingIn) input() (out catalog.MappingInput, err error) {
	out = catalog.MappingInput{
		Type: convert[paceline.MappingType](in.MappingType), Value: emptied(in.Value), SourceLocation: in.SourceLocation.Ptr(),
		LookupValue: emptied(in.TriggerValue), LookupDisplay: emptied(in.TriggerValueDisplayName), UserConfigurable: in.IsLaunchVisible.Ptr(),
	}
	if in.MappingType.Null {
		out.Type = new(paceline.MappingType)
	}
	if in.SourceStepId.Has() && in.SourceStepId.Value != string(paceline.ZeroID) && in.SourceStepId.Value != "" {
		id, err := stepID("SourceStepId", in.SourceStepId)
		if err != nil {
			return out, err
		}
		out.SourceStep = &id
	}
	if in.SourceFieldId.Has() && in.SourceFieldId.Value != 0 {
		id := numberOf(in.SourceFieldId.Value)
		out.SourceField = &id
	}
	return out, nil
}

func mappingWire(m paceline.Mapping, s catalog.StepInputs) MappingValueOut {
	out := MappingValueOut{
		MappingType: textPtr(string(m.Type)), SourceStepId: textPtr(string(m.SourceStep)), SourceLocation: textPtr(m.SourceLocation),
		TriggerValue: m.LookupValue, TriggerValueDisplayName: m.LookupDisplay, Value: m.Value, IsLaunchVisible: m.UserConfigurable,
	}
	if id := s.SourceField(m); id != 0 {
		out.SourceFieldId = &id
	}
	return out
}

func parameterMappingWire(m catalog.MappedParameter, s catalog.StepInputs) parameterMappingOut {
	return parameterMappingOut{Parameter: parameterRefOut{
		Id: m.ID, Name: m.Name, Description: m.Description, IsOptional: m.Optional, DataType: string(m.DataType), TriggerName: m.LookupName,
		Values: wire.List(m.Values), DisplayOrder: m.DisplayOrder, Triggers: triggersWire(m.Lookup, s.AccountConnector, m.ID),
	}, IsEntityIdentifier: m.Entity, MappingValueOut: mappingWire(m.Mapping, s)}
}

func fieldMappingWire(m catalog.MappedField, s catalog.StepInputs) fieldMappingOut {
	out := fieldMappingOut{Field: fieldRefWire(m.Field), MappingValueOut: mappingWire(m.Mapping, s)}
	out.Field.Triggers = triggersWire(m.Lookup, s.AccountConnector, m.ID)
	if out.MappingType == nil {
		out.MappingType = textPtr(string(paceline.MapIgnore))
	}
	return out
}

func fieldRefWire(f catalog.Field) fieldRefOut {
	return fieldRefOut{
		Id: f.ID, Name: f.Name, Description: f.Description, IsOptional: f.Optional, DataType: string(f.DataType), TriggerName: f.LookupName,
		Values: wire.List(f.Values), DisplayOrder: f.DisplayOrder, Triggers: []triggerOut{}, ForRequestFormat: f.ForRequest, Location: f.Location,
	}
}

func sourceFieldWire(f catalog.SourceField) fieldRefOut {
	out := fieldRefWire(f.Field)
	out.Values, out.StepId, out.StepName = nil, textPtr(string(f.Step)), &f.StepName
	return out
}

// triggersWire shows the lookup of a parameter or field: a list of one, or an empty one.
func triggersWire(l *catalog.Lookup, accountConnector, entity int32) []triggerOut {
	if l == nil {
		return []triggerOut{}
	}
	return []triggerOut{triggerWire(*l, accountConnector, entity)}
}
