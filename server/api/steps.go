package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
)

const stepsTag = "Steps"

type stepListInput struct {
	CyclePath
	Filter string `query:"filter" doc:"Name of an ActionType, in any letter case."`
}

type StepPath struct {
	CyclePath
	Step string `path:"step" format:"uuid"`
}

type stepIDPath struct {
	Step string `path:"step" format:"uuid"`
}

func (a *API) steps() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "step", Owner: "account"}}
	alone := []IDParam{{In: "path", Name: "step", Owner: "account"}}
	add(a, Route{ID: "Cycles_Steps_GET", Method: http.MethodGet, Path: "/cycles/{id}/steps", Tag: stepsTag, Level: Account, IDs: owned,
		Summary: "List the steps of a cycle; webhook steps have their address."}, a.stepList)
	add(a, Route{ID: "Cycles_Step_GET", Method: http.MethodGet, Path: "/cycles/{id}/steps/{step}", Tag: stepsTag, Level: Account, IDs: both,
		Summary: "Get one step of a cycle."}, a.stepGet)
	add(a, Route{ID: "Steps_Get_GET", Method: http.MethodGet, Path: "/steps/{step}", Tag: stepsTag, Level: Account, IDs: alone,
		Summary: "Get one step by its id alone.", Extension: true}, a.stepByID)
	add(a, Route{ID: "Steps_Prerequisites_GET", Method: http.MethodGet, Path: "/steps/{step}/prerequisites", Tag: stepsTag, Level: Account, IDs: alone,
		Summary: "What is missing in one step."}, a.stepPrerequisites)
}

func (a *API) stepList(ctx context.Context, c *Call, in *stepListInput) ([]stepOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	kind := paceline.StepUnknown
	if in.Filter != "" {
		var known bool
		if kind, known = paceline.ParseStepKind(in.Filter); !known {
			if _, err := a.Cycle.Get(ctx, c.Principal, c.Account, id); err != nil {
				return nil, err
			}
			return []stepOut{}, nil // an unknown name matches nothing
		}
	}
	steps, err := a.Cycle.Steps(ctx, c.Principal, c.Account, id, kind)
	if err != nil {
		return nil, err
	}
	out := make([]stepOut, 0, len(steps))
	for _, s := range steps {
		w, err := a.stepWire(ctx, c, s)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func (a *API) stepGet(ctx context.Context, c *Call, in *StepPath) (out stepOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	step, err := guid(in.Step)
	if err != nil {
		return out, err
	}
	s, err := a.Cycle.Step(ctx, c.Principal, c.Account, id, step)
	if err != nil {
		return out, err
	}
	return a.stepWire(ctx, c, s)
}

func (a *API) stepByID(ctx context.Context, c *Call, in *stepIDPath) (out stepOut, err error) {
	step, err := guid(in.Step)
	if err != nil {
		return out, err
	}
	s, err := a.Cycle.StepByID(ctx, c.Principal, c.Account, step)
	if err != nil {
		return out, err
	}
	return a.stepWire(ctx, c, s)
}

func (a *API) stepPrerequisites(ctx context.Context, c *Call, in *stepIDPath) ([]prerequisiteOut, error) {
	step, err := guid(in.Step)
	if err != nil {
		return nil, err
	}
	l, err := a.Cycle.StepPrerequisites(ctx, c.Principal, c.Account, step)
	if err != nil {
		return nil, err
	}
	return translate(l, prerequisiteWire), nil
}

func (a *API) stepWire(ctx context.Context, c *Call, s cycle.Step) (stepOut, error) {
	out := stepOut{
		Id: string(s.ID), Name: s.Name, Description: s.Description, ActionType: s.Kind.String(), CycleId: string(s.Cycle),
		DisplayPositionLeft: s.Left, DisplayPositionTop: s.Top, CollectionSplitType: textPtr(string(s.CollectionSplit)),
		StepErrorAction: textPtr(string(s.ErrorAction)), ActionData: actionDataWire(&s.Step), Script: textPtr(s.Script),
		ContinueOnNullSource: !s.EndOnNullSource, ContinueOnNullResult: !s.EndOnNullResult,
	}
	out.CollectionKeys = make([]collectionKey, 0, len(s.Keys))
	for _, k := range s.Keys {
		out.CollectionKeys = append(out.CollectionKeys, collectionKey{string(k.Step), k.Location})
	}
	if s.AccountConnector != 0 {
		id := s.AccountConnector
		out.AccountConnectorId = &id
	}
	if s.Used != nil {
		ac, err := a.Catalog.AccountConnector(ctx, c.Principal, c.Account, s.Used.ID)
		if err != nil && paceline.KindOf(err) != paceline.NotFound {
			return out, err
		}
		if err == nil {
			w := accountConnectorWire(ac)
			out.AccountConnector = &w
		}
	}
	if s.Release != nil {
		if m, ok := catalog.MethodOf(s.Release, s.Method); ok {
			w := stepMethodWire(m, s.AccountConnector)
			out.Method, out.MethodId = &w, &m.ID
		}
	}
	if s.WebhookIdentifier != "" {
		address := a.serviceURL(ctx, c) + "/api/webhook/" + s.WebhookIdentifier
		out.WebhookUrl = &address
	}
	return out, nil
}
