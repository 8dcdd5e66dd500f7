package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

type layoutIn struct {
	Steps []placeIn `doc:"The steps that move; others stay where they are."`
}

type placeIn struct {
	Id                  wire.Opt[string] `doc:"Of the step."`
	DisplayPositionLeft wire.Opt[int]
	DisplayPositionTop  wire.Opt[int]
}

type layoutInput struct {
	CyclePath
	Body *wire.Body[layoutIn]
}

func (a *API) layout() {
	addEmpty(a, Route{ID: "Cycles_Layout_PUT", Method: http.MethodPut, Path: "/cycles/{id}/layout", Tag: stepsTag, Level: Account,
		IDs:     []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "body", Name: "Id", Owner: "account"}},
		Summary: "Move steps of a cycle that is not running on its canvas, all or none.", Extension: true}, a.layoutSet)
}

func (a *API) layoutSet(ctx context.Context, c *Call, in *layoutInput) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Cycle.Arrange(ctx, c.Principal, c.Account, id, later(in.Body, layoutIn.places))
}

func (in layoutIn) places() (list []cycle.Place, err error) {
	for i, s := range in.Steps {
		step, ok := paceline.ParseID(s.Id.Value)
		if !ok {
			return nil, missing("Steps", i, "Id")
		}
		if !s.DisplayPositionLeft.Has() || !s.DisplayPositionTop.Has() {
			return nil, missing("Steps", i, "DisplayPositionLeft, DisplayPositionTop")
		}
		list = append(list, cycle.Place{Step: step, Left: s.DisplayPositionLeft.Value, Top: s.DisplayPositionTop.Value})
	}
	return list, nil
}
