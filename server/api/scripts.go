package api

import (
	"context"
	"encoding/json"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type scriptIn struct {
	Event   wire.Opt[string] `doc:"The event whose function is called, such as before_action."`
	Script  wire.Opt[string] `doc:"The text of the script."`
	Globals map[string]any   `doc:"What the script finds, by name."`
}

type scriptInput struct {
	Body *wire.Body[scriptIn]
}

type scriptOut struct {
	Handled    bool            `doc:"Whether the script has a function for the event."`
	Result     json.RawMessage `doc:"What the function returned."`
	Globals    json.RawMessage `doc:"The globals after the run."`
	Error      *scriptErrorOut `doc:"null: it ran."`
	Log        []string        `doc:"What the script logged."`
	DurationMs float64         `doc:"How long it ran."`
	Memory     int64           `doc:"The most that the worker process held, in bytes."`
}

type scriptErrorOut struct {
	Limit   string `doc:"Which limit ended the script: time, memory, output, log, calls; empty for an error of the script."`
	Name    string
	Message string
	Line    int
	Column  int
}

func (a *API) scripts() {
	add(a, Route{ID: "Scripts_Test_POST", Method: http.MethodPost, Path: "/scripts/test", Tag: "Scripts", Level: Partner, Extension: true,
		Right: tenant.AreaConnectors, RightAs: paceline.EditRight, MaxBody: 8 << 20,
		Summary: "Try a script: run its function for one event, without a connector, requests and storage."}, a.scriptTest)
}

func (a *API) scriptTest(ctx context.Context, c *Call, in *scriptInput) (out scriptOut, err error) {
	body, err := later(in.Body, scriptIn.input)()
	if err != nil {
		return out, err
	}
	r, failed, err := a.Catalog.TryScript(ctx, c.Principal, body)
	if err != nil {
		return out, err
	}
	out = scriptOut{
		Handled: r.Handled, Result: orNull(r.Value), Globals: orNull(r.Globals), Log: append([]string{}, r.Log...),
		DurationMs: float64(r.Duration.Microseconds()) / 1000, Memory: r.Memory,
	}
	if failed != nil {
		out.Error = &scriptErrorOut{failed.Limit, failed.Name, failed.Message, failed.Line, failed.Column}
	}
	return out, nil
}

func orNull(doc json.RawMessage) json.RawMessage {
	if len(doc) == 0 {
		return json.RawMessage("null")
	}
	return doc
}

func (in scriptIn) input() (catalog.ScriptTrial, error) {
	out := catalog.ScriptTrial{Event: in.Event.Value, Code: in.Script.Value}
	if in.Globals != nil {
		var err error
		if out.Globals, err = json.Marshal(in.Globals); err != nil {
			return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "Globals", "reason", "it is no object")
		}
	}
	return out, nil
}
