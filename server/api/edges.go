package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

const edgesTag = "Edges"

type EdgePath struct {
	CyclePath
	Edge string `path:"edge" format:"uuid"`
}

// edgeOut is the Edge object of the API: it leads from its tail to its head.
type edgeOut struct {
	Id         string
	HeadStepId string `doc:"The step after."`
	TailStepId string `doc:"The step before."`
	EdgeType   string `pattern:"^(Forward|True|False|Default|Case[1-9][0-9]{0,2})$" doc:"Exit of the tail: True and False are a decision's. Extension: Case1, Case2 and so on, and Default, are a switch's."`
}

type edgeIn struct {
	Id         wire.Opt[string] `doc:"Ignored."`
	HeadStepId wire.Opt[string]
	TailStepId wire.Opt[string]
	EdgeType   wire.Opt[edgeTypeIn] `doc:"Default: Forward."`
}

type edgeCreateInput struct {
	CyclePath
	Body *wire.Body[edgeIn]
}

func (a *API) edges() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "edge", Owner: "account"}}
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: "Cycles_" + id, Method: method, Path: "/cycles/{id}/edges" + path, Tag: edgesTag, Level: Account, Summary: summary, IDs: ids}
	}
	add(a, route("Edges_GET", http.MethodGet, "", "List the edges between a cycle's steps.", owned), a.edgeList)
	add(a, route("CreateEdge_POST", http.MethodPost, "", "Lead from one step to another in a cycle that is not running.", owned), a.edgeCreate)
	add(a, route("Edge_GET", http.MethodGet, "/{edge}", "Get one edge.", both), a.edgeGet)
	addEmpty(a, route("DeleteEdge_DELETE", http.MethodDelete, "/{edge}", "Delete an edge.", both), a.edgeDelete)
}

func (a *API) edgeList(ctx context.Context, c *Call, in *CyclePath) ([]edgeOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Cycle.Edges(ctx, c.Principal, c.Account, id)
	if err != nil {
		return nil, err
	}
	return translate(list, edgeWire), nil
}

func (a *API) edgeGet(ctx context.Context, c *Call, in *EdgePath) (out edgeOut, err error) {
	id, edge, err := in.ids()
	if err != nil {
		return out, err
	}
	e, err := a.Cycle.Edge(ctx, c.Principal, c.Account, id, edge)
	if err != nil {
		return out, err
	}
	return edgeWire(e), nil
}

func (a *API) edgeCreate(ctx context.Context, c *Call, in *edgeCreateInput) (out edgeOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	e, err := a.Cycle.AddEdge(ctx, c.Principal, c.Account, id, later(in.Body, edgeIn.input))
	if err != nil {
		return out, err
	}
	return edgeWire(e), nil
}

func (a *API) edgeDelete(ctx context.Context, c *Call, in *EdgePath) error {
	id, edge, err := in.ids()
	if err != nil {
		return err
	}
	return a.Cycle.DeleteEdge(ctx, c.Principal, c.Account, id, edge)
}

func (p EdgePath) ids() (id, edge paceline.ID, err error) {
	if id, err = guid(p.ID); err == nil {
		edge, err = guid(p.Edge)
	}
	return id, edge, err
}

func (in edgeIn) input() (out cycle.EdgeInput, err error) {
	if out.Tail, err = stepID("TailStepId", in.TailStepId); err != nil {
		return out, err
	}
	out.Head, err = stepID("HeadStepId", in.HeadStepId)
	out.Type = paceline.EdgeType(in.EdgeType.Value)
	return out, err
}

// stepID reads a property that must name a step.
func stepID(name string, o wire.Opt[string]) (paceline.ID, error) {
	id, ok := paceline.ParseID(o.Value)
	if !ok {
		return "", paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "it is not the id of a step")
	}
	return id, nil
}

func edgeWire(e paceline.Edge) edgeOut {
	return edgeOut{Id: string(e.ID), HeadStepId: string(e.Head), TailStepId: string(e.Tail), EdgeType: string(e.Type)}
}
