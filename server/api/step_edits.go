package api

import (
	"context"
	"net/http"
	"strconv"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

type stepIn struct {
	Id                   wire.Opt[string] `doc:"Extension: of a new step, such as that of one that was deleted and comes back; one is made when absent."`
	Name                 wire.Opt[string]
	Description          wire.Opt[string]
	ActionType           wire.Opt[actionTypeIn] `doc:"Name or number. A new step may leave it to its method."`
	DisplayPositionLeft  wire.Opt[int]
	DisplayPositionTop   wire.Opt[int]
	AccountConnectorId   wire.Opt[int]
	MethodId             wire.Opt[string]          `doc:"Id or MethodUniqueIdentifier of a method of the account connector."`
	CollectionSplitType  wire.Opt[splitTypeIn]     `doc:"null takes the cycle's."`
	StepErrorAction      wire.Opt[errorActionIn]   `doc:"Extension: the step's own; null takes the cycle's."`
	ContinueOnNullSource wire.Opt[bool]            `doc:"Whether the step is called when a required value of it is empty; false ends the path before it. null is true."`
	ContinueOnNullResult wire.Opt[bool]            `doc:"Whether the path goes on behind a step that brought nothing. null is true."`
	ActionData           wire.Opt[actionDataIn]    `doc:"What a tool does, by its ActionType; null takes it away."`
	Script               wire.Opt[string]          `doc:"Extension: JavaScript that sees the events of the step's call. Empty removes it."`
	CollectionKeys       wire.Opt[[]collectionKey] `doc:"Extension: the unique fields by which lists of earlier steps are joined; null removes them."`
}

type stepCreateInput struct {
	CyclePath
	Body *wire.Body[stepIn]
}

type stepUpdateInput struct {
	StepPath
	Body *wire.Body[stepIn]
}

func (a *API) stepEdits() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "body", Name: "AccountConnectorId", Owner: "account"}}
	both := append([]IDParam{{In: "path", Name: "step", Owner: "account"}}, owned...)
	add(a, Route{ID: "Cycles_CreateStep_POST", Method: http.MethodPost, Path: "/cycles/{id}/steps", Tag: stepsTag, Level: Account, IDs: owned,
		Summary: "Add a step to a cycle that is not running."}, a.stepCreate)
	add(a, Route{ID: "Cycles_UpdateStep_PUT", Method: http.MethodPut, Path: "/cycles/{id}/steps/{step}", Tag: stepsTag, Level: Account, IDs: both,
		Summary: "Change a step; absent properties stay as they are."}, a.stepUpdate)
	addEmpty(a, Route{ID: "Cycles_DeleteStep_DELETE", Method: http.MethodDelete, Path: "/cycles/{id}/steps/{step}", Tag: stepsTag, Level: Account, IDs: both[:2],
		Summary: "Delete a step with its edges."}, a.stepDelete)
}

func (a *API) stepCreate(ctx context.Context, c *Call, in *stepCreateInput) (out stepOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	s, err := a.Cycle.AddStep(ctx, c.Principal, c.Account, id, later(in.Body, stepIn.input))
	if err != nil {
		return out, err
	}
	return a.stepWire(ctx, c, s)
}

func (a *API) stepUpdate(ctx context.Context, c *Call, in *stepUpdateInput) (out stepOut, err error) {
	id, step, err := in.ids()
	if err != nil {
		return out, err
	}
	s, err := a.Cycle.UpdateStep(ctx, c.Principal, c.Account, id, step, later(in.Body, stepIn.input))
	if err != nil {
		return out, err
	}
	return a.stepWire(ctx, c, s)
}

func (a *API) stepDelete(ctx context.Context, c *Call, in *StepPath) error {
	id, step, err := in.ids()
	if err != nil {
		return err
	}
	return a.Cycle.DeleteStep(ctx, c.Principal, c.Account, id, step)
}

func (p StepPath) ids() (id, step paceline.ID, err error) {
	if id, err = guid(p.ID); err == nil {
		step, err = guid(p.Step)
	}
	return id, step, err
}

// negated is what a property says that is kept as its opposite; null is true.
func negated(in wire.Opt[bool]) *bool {
	if !in.Set {
		return nil
	}
	out := !in.Null && !in.Value
	return &out
}

func (in stepIn) input() (out cycle.StepInput, err error) {
	out = cycle.StepInput{
		Name: in.Name.Ptr(), Description: emptied(in.Description), Left: in.DisplayPositionLeft.Ptr(), Top: in.DisplayPositionTop.Ptr(),
		CollectionSplit: convert[paceline.SplitType](in.CollectionSplitType), Script: emptied(in.Script),
	}
	if in.Id.Has() && in.Id.Value != "" {
		id, err := stepID("Id", in.Id)
		if err != nil {
			return out, err
		}
		out.ID = &id
	}
	if in.CollectionKeys.Set {
		keys, err := in.keys()
		if err != nil {
			return out, err
		}
		out.Keys = &keys
	}
	if in.ActionType.Has() {
		kind, _ := paceline.ParseStepKind(string(in.ActionType.Value))
		out.Kind = &kind
	}
	out.ErrorAction = convert[paceline.ErrorAction](in.StepErrorAction)
	if in.StepErrorAction.Null {
		out.ErrorAction = new(paceline.ErrorAction)
	}
	if in.CollectionSplitType.Null {
		out.CollectionSplit = new(paceline.SplitType)
	}
	out.EndOnNullSource, out.EndOnNullResult = negated(in.ContinueOnNullSource), negated(in.ContinueOnNullResult)
	out.NoTool = in.ActionData.Null
	if err := in.ActionData.Value.input(&out); err != nil {
		return out, err
	}
	if in.AccountConnectorId.Set {
		id := int32(0)
		if !in.AccountConnectorId.Null {
			if id, err = number(strconv.Itoa(in.AccountConnectorId.Value)); err != nil {
				return out, err
			}
		}
		out.AccountConnector = &id
	}
	if !in.MethodId.Has() || in.MethodId.Value == "" {
		return out, nil
	}
	if uid, ok := paceline.ParseID(in.MethodId.Value); ok {
		out.MethodUID = &uid
		return out, nil
	}
	id, err := number(in.MethodId.Value)
	out.MethodID = &id
	return out, err
}

// keys reads the unique fields of a step; null removes them.
func (in stepIn) keys() (list []paceline.CollectionKey, err error) {
	for _, k := range in.CollectionKeys.Value {
		id, ok := paceline.ParseID(k.SourceStepId)
		if !ok {
			return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "SourceStepId", "reason", "it is not the id of a step")
		}
		list = append(list, paceline.CollectionKey{Step: id, Location: k.SourceLocation})
	}
	return list, nil
}
