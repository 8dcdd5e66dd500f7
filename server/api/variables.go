package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

const variablesTag = "Variables"

type VariablePath struct {
	CyclePath
	Name string `path:"name" doc:"SystemName of the variable."`
}

type variableIn struct {
	DisplayName             wire.Opt[string]
	SystemName              wire.Opt[string] `doc:"Names the variable in PATCH; a new one gets its DisplayName without what is neither letter nor digit."`
	Value                   wire.Opt[string]
	MappingType             wire.Opt[mappingTypeIn]
	Description             wire.Opt[string]
	Values                  wire.Opt[[]string]
	IsLaunchVisible         wire.Opt[bool]
	TriggerValue            wire.Opt[string]
	TriggerValueDisplayName wire.Opt[string]
}

type variableCreateInput struct {
	CyclePath
	Body *wire.Body[variableIn]
}

type variablePatchInput struct {
	CyclePath
	Body *wire.Body[[]variableIn]
}

type variableUpdateInput struct {
	VariablePath
	Body *wire.Body[variableIn]
}

func (a *API) variables() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "name", Owner: "account"}}
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: "Cycles_" + id, Method: method, Path: "/cycles/{id}/variables" + path, Tag: variablesTag, Level: Account, Summary: summary, IDs: ids}
	}
	add(a, route("Variables_GET", http.MethodGet, "", "List a cycle's variables.", owned), a.variableList)
	add(a, route("CreateVariable_POST", http.MethodPost, "", "Add a variable to a cycle that is not running.", owned), a.variableCreate)
	add(a, route("PatchVariables_PATCH", http.MethodPatch, "", "Create or change several variables at once, by SystemName or DisplayName.", owned), a.variablePatch)
	add(a, route("Variable_GET", http.MethodGet, "/{name}", "Get one variable.", both), a.variableGet)
	add(a, route("UpdateVariable_PUT", http.MethodPut, "/{name}", "Change a variable; absent properties stay as they are.", both), a.variableUpdate)
	addEmpty(a, route("DeleteVariable_DELETE", http.MethodDelete, "/{name}", "Delete a variable.", both), a.variableDelete)
}

func (a *API) variableList(ctx context.Context, c *Call, in *CyclePath) ([]variableOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Cycle.Variables(ctx, c.Principal, c.Account, id)
	if err != nil {
		return nil, err
	}
	return translate(list, variableWire), nil
}

func (a *API) variableGet(ctx context.Context, c *Call, in *VariablePath) (out variableOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.Variable(ctx, c.Principal, c.Account, id, in.Name)
	if err != nil {
		return out, err
	}
	return variableWire(v), nil
}

func (a *API) variableCreate(ctx context.Context, c *Call, in *variableCreateInput) (out variableOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.AddVariable(ctx, c.Principal, c.Account, id, later(in.Body, variableIn.input))
	if err != nil {
		return out, err
	}
	return variableWire(v), nil
}

func (a *API) variablePatch(ctx context.Context, c *Call, in *variablePatchInput) ([]variableOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Cycle.SetVariables(ctx, c.Principal, c.Account, id, later(in.Body, variableInputs))
	if err != nil {
		return nil, err
	}
	return translate(list, variableWire), nil
}

func (a *API) variableUpdate(ctx context.Context, c *Call, in *variableUpdateInput) (out variableOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.SetVariable(ctx, c.Principal, c.Account, id, in.Name, later(in.Body, variableIn.input))
	if err != nil {
		return out, err
	}
	return variableWire(v), nil
}

func (a *API) variableDelete(ctx context.Context, c *Call, in *VariablePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Cycle.DeleteVariable(ctx, c.Principal, c.Account, id, in.Name)
}

func (in variableIn) input() (cycle.VariableInput, error) {
	return cycle.VariableInput{
		DisplayName: in.DisplayName.Ptr(), SystemName: in.SystemName.Ptr(), Description: emptied(in.Description), Value: emptied(in.Value),
		Type: convert[paceline.MappingType](in.MappingType), Values: in.Values.Ptr(), UserConfigurable: in.IsLaunchVisible.Ptr(),
		LookupValue: emptied(in.TriggerValue), LookupDisplay: emptied(in.TriggerValueDisplayName),
	}, nil
}

func variableInputs(list []variableIn) (out []cycle.VariableInput, err error) {
	for _, v := range list {
		in, err := v.input()
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}
