package api

import (
	"context"
	"net/http"
	"time"

	"paceline"
	"paceline/server/api/wire"
)

type lastRunOut struct {
	StepId                string
	LastSuccessfulRunDate wire.Time `doc:"1970-01-01T00:00:00Z for a step that never ran."`
}

type lastRunIn struct {
	LastSuccessfulRunDate wire.Opt[wire.Time] `doc:"null, or 1970-01-01T00:00:00Z: as if the step had never run."`
}

type lastRunInput struct {
	Step string `path:"step" format:"uuid"`
	Body *wire.Body[lastRunIn]
}

func (a *API) stepLastRun() {
	alone := []IDParam{{In: "path", Name: "step", Owner: "account"}}
	add(a, Route{ID: "Steps_LastRun_GET", Method: http.MethodGet, Path: "/steps/{step}/lastsuccessfulrundate", Tag: stepsTag, Level: Account, IDs: alone,
		Summary: "When the call of a step last succeeded.", Extension: true}, a.lastRunGet)
	add(a, Route{ID: "Steps_LastRun_PUT", Method: http.MethodPut, Path: "/steps/{step}/lastsuccessfulrundate", Tag: stepsTag, Level: Account, IDs: alone,
		Summary: "Set the date from which the next call of a step takes what is new; the cycle must not run.", Extension: true}, a.lastRunSet)
}

func (a *API) lastRunGet(ctx context.Context, c *Call, in *stepIDPath) (out lastRunOut, err error) {
	step, err := guid(in.Step)
	if err != nil {
		return out, err
	}
	at, err := a.Cycle.LastRun(ctx, c.Principal, c.Account, step)
	return lastRunWire(step, at), err
}

func (a *API) lastRunSet(ctx context.Context, c *Call, in *lastRunInput) (out lastRunOut, err error) {
	step, err := guid(in.Step)
	if err != nil {
		return out, err
	}
	at, err := a.Cycle.SetLastRun(ctx, c.Principal, c.Account, step, later(in.Body, lastRunIn.micros))
	return lastRunWire(step, at), err
}

// lastRunWire writes the date of a step that never ran as clients know it.
func lastRunWire(step paceline.ID, at paceline.Micros) lastRunOut {
	return lastRunOut{StepId: string(step), LastSuccessfulRunDate: wire.Time{Time: time.UnixMicro(int64(at)).UTC()}}
}

func (in lastRunIn) micros() (paceline.Micros, error) {
	d := in.LastSuccessfulRunDate
	switch {
	case !d.Set:
		return 0, paceline.Fail(paceline.CodeFieldInvalid, "name", "LastSuccessfulRunDate", "reason", "it is missing")
	case d.Null:
		return 0, nil
	case d.Value.Before(time.Unix(0, 0)):
		return 0, paceline.Fail(paceline.CodeFieldInvalid, "name", "LastSuccessfulRunDate", "reason", "it is before 1970")
	}
	return paceline.ToMicros(d.Value.Time), nil
}
