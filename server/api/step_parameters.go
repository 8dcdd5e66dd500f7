package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

const stepSetupTag = "Step setup"

type StepParameterPath struct {
	Step      string `path:"step" format:"uuid"`
	Parameter string `path:"parameter" doc:"Id of the parameter."`
}

type stepParameterInput struct {
	StepParameterPath
	Body *wire.Body[MappingIn]
}

func (a *API) stepParameters() {
	owned := []IDParam{{In: "path", Name: "step", Owner: "account"}}
	both := append([]IDParam{{In: "path", Name: "parameter", Owner: "public"}}, owned...)
	add(a, Route{ID: "Steps_Parameters_GET", Method: http.MethodGet, Path: "/steps/{step}/parameters", Tag: stepSetupTag, Level: Account, IDs: owned,
		Summary: "List the parameters of a step with what fills them."}, a.stepParameterList)
	add(a, Route{ID: "Steps_Parameter_GET", Method: http.MethodGet, Path: "/steps/{step}/parameters/{parameter}", Tag: stepSetupTag, Level: Account, IDs: both,
		Summary: "Get one parameter of a step."}, a.stepParameterGet)
	add(a, Route{ID: "Steps_UpdateParameter_PUT", Method: http.MethodPut, Path: "/steps/{step}/parameters/{parameter}", Tag: stepSetupTag, Level: Account,
		IDs: append([]IDParam{{In: "body", Name: "SourceStepId", Owner: "account"}}, both...), Summary: "Say what fills a parameter of a step."}, a.stepParameterUpdate)
}

func (a *API) stepParameterList(ctx context.Context, c *Call, in *stepIDPath) ([]parameterMappingOut, error) {
	step, err := guid(in.Step)
	if err != nil {
		return nil, err
	}
	s, err := a.Catalog.StepInputs(ctx, c.Principal, c.Account, step)
	if err != nil {
		return nil, err
	}
	return translate(s.Parameters, func(m catalog.MappedParameter) parameterMappingOut { return parameterMappingWire(m, s) }), nil
}

func (a *API) stepParameterGet(ctx context.Context, c *Call, in *StepParameterPath) (out parameterMappingOut, err error) {
	step, id, err := in.ids()
	if err != nil {
		return out, err
	}
	s, err := a.Catalog.StepInputs(ctx, c.Principal, c.Account, step)
	if err != nil {
		return out, err
	}
	return oneParameter(s, id)
}

func (a *API) stepParameterUpdate(ctx context.Context, c *Call, in *stepParameterInput) (out parameterMappingOut, err error) {
	step, id, err := in.ids()
	if err != nil {
		return out, err
	}
	s, err := a.Catalog.SetStepParameter(ctx, c.Principal, c.Account, step, id, later(in.Body, MappingIn.input))
	if err != nil {
		return out, err
	}
	return oneParameter(s, id)
}

func oneParameter(s catalog.StepInputs, id int32) (out parameterMappingOut, err error) {
	m, err := s.Parameter(id)
	if err != nil {
		return out, err
	}
	return parameterMappingWire(m, s), nil
}

func (p StepParameterPath) ids() (step paceline.ID, id int32, err error) {
	if step, err = guid(p.Step); err == nil {
		id, err = number(p.Parameter)
	}
	return step, id, err
}
