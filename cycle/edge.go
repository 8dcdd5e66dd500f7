package cycle

import (
	"context"
	"slices"

	"paceline"
)

// EdgeInput is a new edge. An empty Type means Forward.
type EdgeInput struct {
	Tail, Head paceline.ID
	Type       paceline.EdgeType
}

// The bounds of a flow.
const (
	MaxSteps = 300 // a cycle is written in one transaction, with a row per step
	MaxEdges = 2000
)

// Edges returns a cycle's edges in the order of their creation. Errors: NotFound.
func (r *Room) Edges(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) ([]paceline.Edge, error) {
	c, _, err := r.load(ctx, p, a, id)
	return c.Flow.Edges, err
}

// Edge returns one edge. Errors: NotFound.
func (r *Room) Edge(ctx context.Context, p paceline.Principal, a paceline.Account, id, edge paceline.ID) (paceline.Edge, error) {
	edges, err := r.Edges(ctx, p, a, id)
	if err != nil {
		return paceline.Edge{}, err
	}
	at := slices.IndexFunc(edges, func(e paceline.Edge) bool { return e.ID == edge })
	if at < 0 {
		return paceline.Edge{}, notFound("Edge")
	}
	return edges[at], nil
}

// AddEdge leads from one step of a cycle to another. read gives the input once the cycle is found and seen
// not to run. Errors: as for Edit, then those of read; Invalid for an unknown step, an edge that is there
// already, one from a step to itself, and an exit that the tail does not have.
func (r *Room) AddEdge(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() (EdgeInput, error)) (e paceline.Edge, err error) {
	edge := paceline.NewID(r.clock.Now())
	_, err = r.Edit(ctx, p, a, id, "cycle.edge_added", func(c *paceline.Cycle) error {
		in, err := read()
		if err != nil {
			return err
		}
		e = paceline.Edge{ID: edge, Tail: in.Tail, Head: in.Head, Type: in.Type}
		if e.Type == "" {
			e.Type = paceline.EdgeForward
		}
		if err := checkEdge(c.Flow, e); err != nil {
			return err
		}
		c.Flow.Edges = append(c.Flow.Edges, e)
		return nil
	})
	return e, err
}

// DeleteEdge removes an edge. Errors: as for Edit, then NotFound for the edge.
func (r *Room) DeleteEdge(ctx context.Context, p paceline.Principal, a paceline.Account, id, edge paceline.ID) error {
	_, err := r.Edit(ctx, p, a, id, "cycle.edge_deleted", func(c *paceline.Cycle) error {
		before := len(c.Flow.Edges)
		c.Flow.Edges = slices.DeleteFunc(c.Flow.Edges, func(e paceline.Edge) bool { return e.ID == edge })
		if len(c.Flow.Edges) == before {
			return notFound("Edge")
		}
		return nil
	})
	return err
}

func checkEdge(flow paceline.Flow, e paceline.Edge) error {
	tail, _ := flow.Step(e.Tail)
	head, _ := flow.Step(e.Head)
	switch {
	case tail == nil:
		return invalid("TailStepId", "the cycle has no such step")
	case head == nil:
		return invalid("HeadStepId", "the cycle has no such step")
	case tail == head:
		return invalid("HeadStepId", "an edge leads from one step to another")
	case !slices.Contains(tail.Exits(), e.Type):
		return invalid("EdgeType", "the step has no exit "+string(e.Type))
	case len(flow.Edges) >= MaxEdges:
		return invalid("Edges", "there are more than 2000")
	}
	for _, have := range flow.Edges {
		if have.Tail == e.Tail && have.Head == e.Head && have.Type == e.Type {
			return invalid("HeadStepId", "the edge is there already")
		}
	}
	return nil
}
