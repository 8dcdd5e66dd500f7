package catalog

import (
	"context"
	"encoding/json"
	"errors"

	"paceline"
	"paceline/script"
)

// ScriptTrial is a script that somebody tries.
type ScriptTrial struct {
	Event   string
	Code    string
	Globals json.RawMessage // an object; nil for none
}

// TryScript runs one event of a script with the limits of every script, without a connector: it has no requests and no
// storage. What the script does wrong comes as failed. Errors: Unauthorized; Invalid for the event or the globals;
// Throttled and Unavailable when scripts have to wait.
func (r *Room) TryScript(ctx context.Context, p paceline.Principal, in ScriptTrial) (result script.Result, failed *script.Error, err error) {
	if err := mayPublish(p); err != nil {
		return result, nil, err
	}
	if !script.Event(in.Event).Known() {
		return result, nil, invalid("Event", "there is no such event")
	}
	if in.Globals == nil {
		in.Globals = json.RawMessage("{}")
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(in.Globals, &object) != nil || object == nil {
		return result, nil, invalid("Globals", "it is no object")
	}
	if r.scripts == nil {
		return result, nil, paceline.Fail(paceline.CodeBusy)
	}
	result, err = r.scripts.Run(ctx, script.Run{
		Account: script.Account{Partner: p.Partner}, Event: script.Event(in.Event),
		Sources: []script.Source{{Code: in.Code}}, Globals: in.Globals, Measure: true, Trial: true,
	})
	if failed, ok := errors.AsType[*script.Error](err); ok {
		return result, failed, nil
	}
	if wait, ok := errors.AsType[*script.WaitError](err); ok {
		return result, nil, paceline.Fail(paceline.CodeThrottled).In(wait.After).Because(err)
	}
	if err != nil {
		return result, nil, paceline.Fail(paceline.CodeBusy).Because(err)
	}
	return result, nil, nil
}
