package api

import (
	"context"
	"encoding/json"
	"net/http"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

type stepTrialIn struct {
	Text wire.Opt[string] `doc:"Text with merge fields, or an inline script that begins with =."`
	Data map[string]any   `doc:"What earlier steps would have given, by the id of the step."`
}

type stepTrialInput struct {
	Step string `path:"step" format:"uuid"`
	Body *wire.Body[stepTrialIn]
}

// stepTrialOut is what a text yields.
type stepTrialOut struct {
	Value  json.RawMessage `doc:"null for none."`
	Error  *string         `doc:"What is wrong with the text."`
	Line   int             `doc:"Of the error within the text, from 1; 0 when it has no place."`
	Column int
}

func (a *API) stepTrials() {
	add(a, Route{ID: "Steps_Try_POST", Method: http.MethodPost, Path: "/steps/{step}/try", Tag: stepsTag, Level: Account, Extension: true, MaxBody: 8 << 20,
		IDs: []IDParam{{In: "path", Name: "step", Owner: "account"}}, Summary: "Say what a text yields as the value of a step's input, and what is wrong with it. Nothing is stored or sent."}, a.stepTry)
}

func (a *API) stepTry(ctx context.Context, c *Call, in *stepTrialInput) (out stepTrialOut, err error) {
	id, err := guid(in.Step)
	if err != nil {
		return out, err
	}
	if _, err := a.Cycle.StepByID(ctx, c.Principal, c.Account, id); err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	trial := cycle.Trial{Text: body.Text.Value, Data: map[paceline.ID]json.RawMessage{}}
	for step, value := range body.Data {
		doc, err := json.Marshal(value)
		if err != nil {
			return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "Data", "reason", "it is no object")
		}
		trial.Data[paceline.ID(step)] = doc
	}
	tried, err := a.Cycle.Try(ctx, c.Principal, c.Account, id, trial)
	if err != nil {
		return out, err
	}
	return stepTrialOut{Value: orNull(tried.Value), Error: textPtr(tried.Wrong), Line: tried.Line, Column: tried.Column}, nil
}
