package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"paceline"
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

// LookupQuery narrows what a lookup offers.
type LookupQuery struct {
	Search   string `query:"search" doc:"Extension: only choices whose name or value holds this."`
	Page     int    `query:"page" doc:"Extension: page, counted from 1. Without it and pageSize all choices come at once." minimum:"1"`
	PageSize int    `query:"pageSize" doc:"Extension: choices per page." maximum:"50000"`
}

type lookupInput struct {
	LookupPath
	LookupQuery
	Body *wire.Body[lookupIn]
}

type stepLookupIn struct {
	TriggerId  wire.Opt[int]  `doc:"Default: the lookup of the parameter or field."`
	Parameters map[string]any `doc:"Extension: values by id of the parameters of the lookup's method; else what is typed into the step."`
}

type stepParameterLookupInput struct {
	StepParameterPath
	LookupQuery
	Body *wire.Body[stepLookupIn]
}

type stepFieldLookupInput struct {
	StepFieldPath
	LookupQuery
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
		IDs: step, Summary: "Ask the vendor which custom fields a step's method has, in request and response."}, a.stepFieldsLookup)
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
	list, err := a.Catalog.RunLookup(ctx, c.Principal, c.Account, id, trigger, later(in.Body, func(b lookupIn) (out catalog.LookupInput, err error) {
		out.Search = in.Search
		out.Parameters, err = scalars("Parameters", b.Parameters)
		return out, err
	}))
	if err != nil {
		return nil, err
	}
	return in.choices(c, list)
}

func (a *API) stepParameterLookup(ctx context.Context, c *Call, in *stepParameterLookupInput) ([]choiceOut, error) {
	step, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.RunStepLookup(ctx, c.Principal, c.Account, step, id, false, later(in.Body, in.stepLookup))
	if err != nil {
		return nil, err
	}
	return in.choices(c, list)
}

func (a *API) stepFieldLookup(ctx context.Context, c *Call, in *stepFieldLookupInput) ([]choiceOut, error) {
	step, id, err := in.ids()
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.RunStepLookup(ctx, c.Principal, c.Account, step, id, true, later(in.Body, in.stepLookup))
	if err != nil {
		return nil, err
	}
	return in.choices(c, list)
}

func (a *API) stepFieldsLookup(ctx context.Context, c *Call, in *stepIDPath) error {
	step, err := guid(in.Step)
	if err != nil {
		return err
	}
	return a.Catalog.DiscoverStepFields(ctx, c.Principal, c.Account, step)
}

func (q LookupQuery) stepLookup(body stepLookupIn) (out catalog.LookupInput, err error) {
	out.Search = q.Search
	if body.TriggerId.Has() {
		if out.Lookup, err = number(strconv.Itoa(body.TriggerId.Value)); err != nil {
			return out, err
		}
	}
	out.Parameters, err = scalars("Parameters", body.Parameters)
	return out, err
}

// choices cuts the page out that was asked for.
func (q LookupQuery) choices(c *Call, all []catalog.Choice) ([]choiceOut, error) {
	if q.Page == 0 && q.PageSize == 0 {
		return choicesWire(all), nil
	}
	page, err := PageInput{Page: q.Page, PageSize: q.PageSize}.page(false)
	if err != nil {
		return nil, err
	}
	start := min(page.Offset(), len(all))
	shown := all[start:min(start+page.Limit(), len(all))]
	return list(c, page, paceline.List[catalog.Choice]{Items: shown, Total: len(all)}, func(c catalog.Choice) choiceOut { return choiceOut(c) }), nil
}

func choicesWire(list []catalog.Choice) []choiceOut {
	return translate(list, func(c catalog.Choice) choiceOut { return choiceOut(c) })
}
