package cycle

import (
	"context"
	"encoding/json"
	"errors"

	"paceline"
	"paceline/mapping"
	"paceline/script"
)

// Trial is a text that somebody types as the value of a step's input, and what earlier steps would have given, by step.
type Trial struct {
	Text string
	Data map[paceline.ID]json.RawMessage
}

// Tried is what a text yields. Wrong says what is wrong with it, and where a script is, line and column of the text.
type Tried struct {
	Value        json.RawMessage // nil for none
	Wrong        string
	Line, Column int
}

// Try yields the value of a text, merge fields and inline script, as a run of the step would on such data. Nothing is
// stored or sent. Errors: NotFound for the step; Throttled and Unavailable when scripts have to wait.
func (r *Room) Try(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, in Trial) (out Tried, err error) {
	c, releases, err := r.loadByStep(ctx, p, a, step)
	if err != nil {
		return out, err
	}
	plan, _ := assemble(Source{Account: a, Cycle: c, Flow: c.Flow}, graphOf(&c.Flow), releases)
	at := plan.StepByID(step)
	if at < 0 {
		return out, notFound("Step")
	}
	text := in.Text
	plan.Steps[at].Inputs = []paceline.PlanInput{{Field: true, Key: "value", Label: "the value", Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: &text}}}
	plan.Steps[at].Each = nil
	program, err := mapping.Compile(plan, at)
	if err != nil {
		return Tried{Wrong: wrongOf(err)}, nil
	}
	data := trialData{plan: plan, data: in.Data}
	env := mapping.Env{Data: data, System: data.system}
	pool := r.reader()
	var failed *script.Error
	if pool != nil {
		env.Scripts = func(expressions []mapping.Expression, globals []byte) ([]mapping.Value, error) {
			codes := make([]string, len(expressions))
			for i := range expressions {
				codes[i] = expressions[i].Code
			}
			values, err := pool.Values(ctx, script.Account{Partner: a.Partner, Account: a.Num}, codes, globals, nil, nil)
			if wrong, ok := errors.AsType[*script.Error](err); ok {
				failed = wrong
				if wrong.Source >= 0 && wrong.Source < len(expressions) {
					failed.Line, failed.Column = expressions[wrong.Source].Place(wrong.Line, wrong.Column)
				}
			}
			list := make([]mapping.Value, len(values))
			for i, v := range values {
				list[i] = mapping.Value(v)
			}
			return list, err
		}
	}
	inputs, _, err := program.Inputs(env)
	switch {
	case failed != nil:
		return Tried{Wrong: failed.Message, Line: failed.Line, Column: failed.Column}, nil
	case err != nil:
		if wait, ok := errors.AsType[*script.WaitError](err); ok {
			return out, paceline.Fail(paceline.CodeThrottled).In(wait.After).Because(err)
		}
		return Tried{Wrong: wrongOf(err)}, nil
	}
	body, err := inputs.AppendJSON(nil)
	if err != nil {
		return Tried{Wrong: err.Error()}, nil
	}
	var doc struct{ Value json.RawMessage }
	if json.Unmarshal(body, &doc) == nil {
		out.Value = doc.Value
	}
	return out, nil
}

func wrongOf(err error) string {
	if e, ok := errors.AsType[*paceline.Error](err); ok {
		return e.Message()
	}
	return err.Error()
}

// trialData is what a trial says that earlier steps gave.
type trialData struct {
	plan *paceline.Plan
	data map[paceline.ID]json.RawMessage
}

func (d trialData) Output(ref int) ([]byte, bool) {
	if ref < 0 || ref >= len(d.plan.Steps) {
		return nil, false
	}
	doc, ok := d.data[d.plan.Steps[ref].ID]
	return doc, ok
}

func (d trialData) system(name string) (string, bool) {
	switch name {
	case mapping.MergeAccountID:
		return string(d.plan.AccountID), true
	case mapping.MergeAccountExternalID:
		return d.plan.AccountAPIID, true
	case mapping.MergeCycleID:
		return string(d.plan.CycleID), true
	}
	return "", false
}
