package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"paceline/catalog"
	"paceline/server/api/wire"
)

type LookupPath struct {
	AccountConnectorPath
	Trigger string `path:"trigger" doc:"TriggerId of the lookup."`
}

type lookupIn struct {
	Parameters map[string]any `doc:"Values by id of the parameters of the lookup's method."`
}

type lookupInput struct {
	LookupPath
	Body *wire.Body[lookupIn]
}

type stepLookupIn struct {
	TriggerId wire.Opt[int] `doc:"Default: the lookup of the parameter or field."`
}

type stepParameterLookupInput struct {
	StepParameterPath
	Body *wire.Body[stepLookupIn]
}

type stepFieldLookupInput struct {
	StepFieldPath
	Body *wire.Body[stepLookupIn]
}

// choiceOut is one entry of a drop-down.
type choiceOut struct {
	Name  string
	Value string
}

func (a *API) lookups() {
	step := []IDParam{{In: "path", Name: "step", Owner: "account"}}
	with := func(name string) []IDParam {
		return append(slices.Clone(step), IDParam{In: "path", Name: name, Owner: "public"})
	}
	add(a, Route{ID: "AccountConnectors_Trigger_POST", Method: http.MethodPost, Path: "/account/connectors/{id}/triggers/{trigger}", Tag: callsTag, Level: Account,
		IDs:     []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "trigger", Owner: "public"}},
		Summary: "Run a lookup and get the choices that it offers."}, a.lookupRun)
	add(a, Route{ID: "Steps_ParameterLookup_POST", Method: http.MethodPost, Path: "/steps/{step}/parameters/{parameter}/lookup", Tag: stepSetupTag, Level: Account,
		IDs: with("parameter"), Summary: "Get the choices for a parameter of a step."}, a.stepParameterLookup)
	add(a, Route{ID: "Steps_FieldLookup_POST", Method: http.MethodPost, Path: "/steps/{step}/fieldmappings/{field}/lookup", Tag: stepSetupTag, Level: Account,
		IDs: with("field"), Extension: true, Summary: "Get the choices for a request field of a step."}, a.stepFieldLookup)
	addEmpty(a, Route{ID: "Steps_FieldMappingsLookup_POST", Method: http.MethodPost, Path: "/steps/{step}/fieldmappings/lookup", Tag: stepSetupTag, Level: Account,
		IDs: step, Summary: "Read the fields of a step's method anew. They come with the connector's release, so that there is nothing to wait for."}, a.stepFieldsLookup)
}

func (a *API) lookupRun(ctx context.Context, c *Call, in *lookupInput) ([]choiceOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	trigger, err := number(in.Trigger)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.RunLookup(ctx, c.Principal, c.Account, id, trigger, later(in.Body, func(b lookupIn) (catalog.MethodCall, error) {
		return methodCallIn{Parameters: b.Parameters}.input()
	}))
	return choicesWire(list), err
}

func (a *API) stepParameterLookup(ctx context.Context, c *Call, in *stepParameterLookupInput) ([]choiceOut, error) {
	step, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.RunStepLookup(ctx, c.Principal, c.Account, step, id, false, later(in.Body, stepLookupIn.input))
	return choicesWire(list), err
}

func (a *API) stepFieldLookup(ctx context.Context, c *Call, in *stepFieldLookupInput) ([]choiceOut, error) {
	step, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.RunStepLookup(ctx, c.Principal, c.Account, step, id, true, later(in.Body, stepLookupIn.input))
	return choicesWire(list), err
}

func (a *API) stepFieldsLookup(ctx context.Context, c *Call, in *stepIDPath) error {
	step, err := guid(in.Step)
	if err != nil {
		return err
	}
	_, err = a.Catalog.StepInputs(ctx, c.Principal, c.Account, step)
	return err
}

func (in stepLookupIn) input() (int32, error) {
	if !in.TriggerId.Has() {
		return 0, nil
	}
	return number(strconv.Itoa(in.TriggerId.Value))
}

func choicesWire(list []catalog.Choice) []choiceOut {
	return translate(list, func(c catalog.Choice) choiceOut { return choiceOut(c) })
}
