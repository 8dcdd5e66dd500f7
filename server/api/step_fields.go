package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

type StepFieldPath struct {
	Step  string `path:"step" format:"uuid"`
	Field string `path:"field" doc:"Id of the field."`
}

type stepFieldInput struct {
	StepFieldPath
	Body *wire.Body[MappingIn]
}

func (a *API) stepFields() {
	owned := []IDParam{{In: "path", Name: "step", Owner: "account"}}
	both := append([]IDParam{{In: "path", Name: "field", Owner: "public"}}, owned...)
	add(a, Route{ID: "Steps_FieldsForMapping_GET", Method: http.MethodGet, Path: "/steps/{step}/fieldsformapping", Tag: stepSetupTag, Level: Account, IDs: owned,
		Summary: "List the response fields of all steps before a step."}, a.fieldsForMapping)
	add(a, Route{ID: "Steps_FieldMappings_GET", Method: http.MethodGet, Path: "/steps/{step}/fieldmappings", Tag: stepSetupTag, Level: Account, IDs: owned,
		Summary: "List the request fields of a step with what fills them."}, a.stepFieldList)
	add(a, Route{ID: "Steps_FieldMapping_GET", Method: http.MethodGet, Path: "/steps/{step}/fieldmappings/{field}", Tag: stepSetupTag, Level: Account, IDs: both,
		Summary: "Get one request field of a step."}, a.stepFieldGet)
	add(a, Route{ID: "Steps_UpdateFieldMapping_PUT", Method: http.MethodPut, Path: "/steps/{step}/fieldmappings/{field}", Tag: stepSetupTag, Level: Account,
		IDs: append([]IDParam{{In: "body", Name: "SourceStepId", Owner: "account"}}, both...), Aliases: []string{"POST /steps/{step}/fieldmappings/{field}"},
		Summary: "Say what fills a request field of a step."}, a.stepFieldUpdate)
}

func (a *API) fieldsForMapping(ctx context.Context, c *Call, in *stepIDPath) ([]fieldRefOut, error) {
	step, err := guid(in.Step)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.FieldsForMapping(ctx, c.Principal, c.Account, step)
	if err != nil {
		return nil, err
	}
	return translate(list, sourceFieldWire), nil
}

func (a *API) stepFieldList(ctx context.Context, c *Call, in *stepIDPath) ([]fieldMappingOut, error) {
	step, err := guid(in.Step)
	if err != nil {
		return nil, err
	}
	s, err := a.Catalog.StepInputs(ctx, c.Principal, c.Account, step)
	if err != nil {
		return nil, err
	}
	return translate(s.Fields, func(m catalog.MappedField) fieldMappingOut { return fieldMappingWire(m, s) }), nil
}

func (a *API) stepFieldGet(ctx context.Context, c *Call, in *StepFieldPath) (out fieldMappingOut, err error) {
	step, id, err := in.ids()
	if err != nil {
		return out, err
	}
	s, err := a.Catalog.StepInputs(ctx, c.Principal, c.Account, step)
	if err != nil {
		return out, err
	}
	return oneField(s, id)
}

func (a *API) stepFieldUpdate(ctx context.Context, c *Call, in *stepFieldInput) (out fieldMappingOut, err error) {
	step, id, err := in.ids()
	if err != nil {
		return out, err
	}
	s, err := a.Catalog.SetStepField(ctx, c.Principal, c.Account, step, id, later(in.Body, MappingIn.input))
	if err != nil {
		return out, err
	}
	return oneField(s, id)
}

func oneField(s catalog.StepInputs, id int32) (out fieldMappingOut, err error) {
	m, err := s.Field(id)
	if err != nil {
		return out, err
	}
	return fieldMappingWire(m, s), nil
}

func (p StepFieldPath) ids() (step paceline.ID, id int32, err error) {
	if step, err = guid(p.Step); err == nil {
		id, err = number(p.Field)
	}
	return step, id, err
}
