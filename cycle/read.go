package cycle

import (
	"context"

	"paceline"
	"paceline/store"
)

// List returns a page of the account's cycles.
func (r *Room) List(ctx context.Context, p paceline.Principal, a paceline.Account, f store.CycleFilter, page paceline.Page) (paceline.List[View], error) {
	var out paceline.List[View]
	if err := may(p, a); err != nil {
		return out, err
	}
	var cycles paceline.List[paceline.Cycle]
	var connectors connectorSet
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		if cycles, err = tx.Cycles(a.Scope(), f, page); err != nil {
			return err
		}
		flows := make([]paceline.Flow, len(cycles.Items))
		for i, c := range cycles.Items {
			flows[i] = c.Flow
		}
		connectors, err = connectorsOf(tx, a, flows...)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Total, out.Next = cycles.Total, cycles.Next
	for _, c := range cycles.Items {
		releases, err := r.releases.Pinned(ctx, a.Partner, c.Flow)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, r.view(a, c, releases.with(connectors), connectors))
	}
	return out, nil
}

// Get returns one cycle. Errors: NotFound.
func (r *Room) Get(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (View, error) {
	c, releases, err := r.load(ctx, p, a, id)
	if err != nil {
		return View{}, err
	}
	return r.viewOf(ctx, a, c, releases)
}

// Ran returns the flow with which a cycle was started last; false for one that never was. Errors: NotFound.
func (r *Room) Ran(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (flow paceline.Flow, found bool, err error) {
	c, _, err := r.load(ctx, p, a, id)
	if err != nil || c.RunVersion == 0 {
		return flow, false, err
	}
	var ran store.RunCopy
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		ran, found, err = tx.RunCopy(c.Num, c.RunVersion) // the number is that of a cycle of the account
		return err
	})
	return ran.Flow, found, err
}

// viewOf reads what a view needs beside the cycle itself.
func (r *Room) viewOf(ctx context.Context, a paceline.Account, c paceline.Cycle, releases Pinned) (View, error) {
	var connectors connectorSet
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		connectors, err = connectorsOf(tx, a, c.Flow)
		return err
	})
	return r.view(a, c, releases.with(connectors), connectors), err
}

// View returns a cycle that the caller has just written, as Get would.
func (r *Room) View(ctx context.Context, a paceline.Account, c paceline.Cycle) (View, error) {
	releases, err := r.releases.Pinned(ctx, a.Partner, c.Flow)
	if err != nil {
		return View{}, err
	}
	return r.viewOf(ctx, a, c, releases)
}

// Steps returns the steps of a cycle in the order of their creation; kind 0 means all. Errors: NotFound.
func (r *Room) Steps(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, kind paceline.StepKind) ([]Step, error) {
	c, releases, err := r.load(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	return r.steps(ctx, a, c, releases, func(s paceline.Step) bool { return kind == paceline.StepUnknown || s.Kind == kind })
}

// Step returns one step of a cycle. Errors: NotFound.
func (r *Room) Step(ctx context.Context, p paceline.Principal, a paceline.Account, id, step paceline.ID) (Step, error) {
	c, releases, err := r.load(ctx, p, a, id)
	if err != nil {
		return Step{}, err
	}
	return r.oneStep(ctx, a, c, releases, step)
}

// StepByID returns a step of any cycle of the account. Errors: NotFound.
func (r *Room) StepByID(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) (Step, error) {
	c, releases, err := r.loadByStep(ctx, p, a, step)
	if err != nil {
		return Step{}, err
	}
	return r.oneStep(ctx, a, c, releases, step)
}

// CycleOfStep returns the cycle that has a step, and the releases that its steps name. Errors: NotFound.
func (r *Room) CycleOfStep(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) (paceline.Cycle, Pinned, error) {
	return r.loadByStep(ctx, p, a, step)
}

func (r *Room) oneStep(ctx context.Context, a paceline.Account, c paceline.Cycle, releases Pinned, step paceline.ID) (Step, error) {
	list, err := r.steps(ctx, a, c, releases, func(s paceline.Step) bool { return s.ID == step })
	if err != nil {
		return Step{}, err
	}
	if len(list) == 0 {
		return Step{}, notFound("Step")
	}
	return list[0], nil
}

func (r *Room) steps(ctx context.Context, a paceline.Account, c paceline.Cycle, releases Pinned, want func(paceline.Step) bool) ([]Step, error) {
	var connectors connectorSet
	var webhooks map[paceline.ID]string
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		if connectors, err = connectorsOf(tx, a, c.Flow); err != nil {
			return err
		}
		webhooks, err = tx.WebhookIdentifiers(a.Scope(), c.Num)
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []Step
	for _, s := range c.Flow.Steps {
		if want(s) {
			list = append(list, stepView(c, s, releases, connectors, webhooks))
		}
	}
	return list, nil
}

// load reads a cycle and the releases that its steps name.
func (r *Room) load(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (paceline.Cycle, Pinned, error) {
	return r.loadWith(ctx, p, a, func(tx *store.Tx) (paceline.Cycle, bool, error) { return tx.Cycle(a.Scope(), id) }, "Cycle")
}

func (r *Room) loadByStep(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID) (paceline.Cycle, Pinned, error) {
	return r.loadWith(ctx, p, a, func(tx *store.Tx) (paceline.Cycle, bool, error) { return tx.CycleOfStep(a.Scope(), step) }, "Step")
}

func (r *Room) loadWith(ctx context.Context, p paceline.Principal, a paceline.Account,
	find func(*store.Tx) (paceline.Cycle, bool, error), what string) (c paceline.Cycle, releases Pinned, err error) {
	if err := may(p, a); err != nil {
		return c, Pinned{}, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		var err error
		if c, found, err = find(tx); err != nil || !found {
			return orNotFound(err, what)
		}
		return nil
	})
	if err != nil {
		return c, Pinned{}, err
	}
	releases, err = r.pinned(ctx, a, c.Flow)
	return c, releases, err
}
