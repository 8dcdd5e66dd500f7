package cycle

import (
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Input is what may be set of a cycle; nil leaves a value as it is. An empty Description removes it.
type Input struct {
	Name            *string
	Description     *string
	Tags            *[]string
	Shareable       *bool
	StepErrorAction *paceline.ErrorAction
	// ContinueOnError is the older form, read when there is no StepErrorAction: whether an error stops the cycle.
	ContinueOnError *bool
	LogRequests     *bool
	CollectionSplit *paceline.SplitType
	Retention       *paceline.Retention
	MaxConcurrent   *int // 0 leaves the limit to the account
	Serial          *bool
	// IfVersion are the versions that the caller knows, one of which the cycle must have; nil takes any.
	IfVersion []int64
}

// Create makes an empty cycle. Errors: Invalid without a name.
func (r *Room) Create(ctx context.Context, p paceline.Principal, a paceline.Account, in Input) (View, error) {
	if err := may(p, a); err != nil {
		return View{}, err
	}
	c := NewCycle(a)
	c.Flow = paceline.Flow{Schema: paceline.FlowSchema, Settings: paceline.DefaultFlowSettings()}
	if err := in.apply(&c); err != nil {
		return View{}, err
	}
	c.ID = paceline.NewID(r.clock.Now())
	err := r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		return Insert(tx, p, &c, "")
	})
	if err != nil {
		return View{}, err
	}
	return r.View(ctx, a, c)
}

// Duplicate makes a paused cycle with the design of another one of the account, its account connectors and folder included, in one
// transaction, with steps and webhook addresses of its own and without transactions. "" as name is that of the first with a mark. Errors:
// NotFound; Invalid for the name.
func (r *Room) Duplicate(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, name string) (View, error) {
	if err := may(p, a); err != nil {
		return View{}, err
	}
	now := r.clock.Now()
	var c paceline.Cycle
	err := r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		from, found, err := tx.Cycle(a.Scope(), id)
		if err != nil || !found || from.State == paceline.CycleDeleted {
			return orNotFound(err, "Cycle")
		}
		c = NewCycle(a)
		c.ID, c.Name, c.Description, c.Tags, c.Folder = paceline.NewID(now), strings.TrimSpace(name), from.Description, from.Tags, from.Folder
		c.Template, c.TemplateRelease = from.Template, from.TemplateRelease
		if c.Name == "" {
			c.Name = clipName(from.Name, copyMark)
		}
		if err := CheckTexts(c.Name, c.Description, c.Tags); err != nil {
			return err
		}
		c.Flow, _ = Copy(from.Flow, now)
		c.Flow.Settings.ForgetStart()
		if err := Insert(tx, p, &c, "a copy of "+from.Name); err != nil || c.Folder == "" {
			return err
		}
		return tx.MoveCycle(a.Scope(), c.ID, c.Folder)
	})
	if err != nil {
		return View{}, err
	}
	return r.View(ctx, a, c)
}

// copyMark is what the name of a copy ends with.
const copyMark = " (copy)"

// clipName puts a mark behind a name, which is shortened where both are too long.
func clipName(name, mark string) string {
	if runes := []rune(name); len(runes)+len(mark) > maxName {
		name = strings.TrimSpace(string(runes[:maxName-len(mark)]))
	}
	return name + mark
}

// NewCycle is a paused cycle of an account, without id, name and flow.
func NewCycle(a paceline.Account) paceline.Cycle {
	return paceline.Cycle{Partner: a.Partner, Account: a.Num, Root: a.Root, State: paceline.CyclePaused}
}

// Insert stores a new cycle and its audit event.
func Insert(tx *store.Tx, p paceline.Principal, c *paceline.Cycle, comment string) error {
	c.CreatedAt = tx.Now()
	if err := tx.InsertCycle(c); err != nil {
		return err
	}
	return audit(tx, p, *c, "cycle.created", comment)
}

// Update changes settings of a cycle. Errors: NotFound; Conflict while it runs; Stale when it has another
// version than those that the caller names; Invalid.
func (r *Room) Update(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, in Input) (View, error) {
	c, err := r.Edit(ctx, p, a, id, "cycle.updated", in.apply)
	if err != nil {
		return View{}, err
	}
	return r.View(ctx, a, c)
}

// Edit loads a cycle, lets change alter it, and stores it as the next version: one transaction, so that
// two edits of different parts both last. Errors: NotFound; Conflict while it runs; what change returns.
func (r *Room) Edit(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, action string,
	change func(*paceline.Cycle) error) (paceline.Cycle, error) {
	return r.edit(ctx, p, a, func(tx *store.Tx) (paceline.Cycle, bool, error) { return tx.Cycle(a.Scope(), id) }, "Cycle", action, plain(change))
}

// plain is a change that needs nothing but the cycle.
func plain(change func(*paceline.Cycle) error) func(*store.Tx, *paceline.Cycle) error {
	return func(_ *store.Tx, c *paceline.Cycle) error { return change(c) }
}

// EditStep is Edit for the cycle that has a step, which is found by its id alone. Errors: as for Edit.
func (r *Room) EditStep(ctx context.Context, p paceline.Principal, a paceline.Account, step paceline.ID, action string,
	change func(*paceline.Cycle, *paceline.Step) error) (paceline.Cycle, error) {
	find := func(tx *store.Tx) (paceline.Cycle, bool, error) { return tx.CycleOfStep(a.Scope(), step) }
	return r.edit(ctx, p, a, find, "Step", action, func(_ *store.Tx, c *paceline.Cycle) error {
		s, _ := c.Flow.Step(step)
		if s == nil {
			return notFound("Step")
		}
		return change(c, s)
	})
}

func (r *Room) edit(ctx context.Context, p paceline.Principal, a paceline.Account, find func(*store.Tx) (paceline.Cycle, bool, error),
	what, action string, change func(*store.Tx, *paceline.Cycle) error) (c paceline.Cycle, err error) {
	if err := may(p, a); err != nil {
		return c, err
	}
	err = r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		var found bool
		if c, found, err = find(tx); err != nil || !found {
			return orNotFound(err, what)
		}
		if err := Editable(c, what); err != nil {
			return err
		}
		if err := change(tx, &c); err != nil {
			return err
		}
		if err := tx.UpdateCycle(&c); err != nil {
			return err
		}
		return audit(tx, p, c, action, "")
	})
	if err == nil {
		r.ForgetPlans(c.Num)
		r.Changed(ctx, c)
	}
	return c, err
}

// Editable refuses cycles in the recycle bin, in which nothing is found, and those that run.
func Editable(c paceline.Cycle, what string) error {
	switch {
	case c.State == paceline.CycleDeleted:
		return notFound(what)
	case c.State.Running():
		return paceline.Fail(paceline.CodeCycleRunning)
	}
	return nil
}

// Delete moves a cycle to the recycle bin, stopping it first. Deleting it twice is the same. Errors: NotFound.
func (r *Room) Delete(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	return r.DeleteWith(ctx, p, a, id, nil)
}

// DeleteWith is Delete with something that is done in the same transaction, unless the cycle was deleted already.
func (r *Room) DeleteWith(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, within func(*store.Tx) error) error {
	within, after, err := r.follow(ctx, p, a, id, Removed, within)
	if err != nil {
		return err
	}
	if _, err = r.move(ctx, p, a, id, "cycle.deleted", func(*paceline.Cycle) *paceline.Arrow[paceline.CycleState] { return paceline.ArrowDelete }, within); err == nil {
		after()
	}
	return err
}

func (in Input) apply(c *paceline.Cycle) error {
	if in.IfVersion != nil && !slices.Contains(in.IfVersion, c.Version) {
		return paceline.Fail(paceline.CodeVersionChanged, "version", c.Version)
	}
	s := &c.Flow.Settings
	set(&c.Name, in.Name)
	c.Name = strings.TrimSpace(c.Name)
	if c.Name == "" {
		return paceline.Fail(paceline.CodeNameRequired)
	}
	if in.Description != nil {
		c.Description = in.Description
		if *in.Description == "" {
			c.Description = nil
		}
	}
	set(&c.Tags, in.Tags)
	set(&s.Shareable, in.Shareable)
	switch on := in.ContinueOnError; {
	case in.StepErrorAction != nil:
		s.StepErrorAction = *in.StepErrorAction
	case on != nil && !*on:
		s.StepErrorAction = paceline.ErrorStopCycle
	case on != nil && s.StepErrorAction == paceline.ErrorStopCycle: // others continue as it is
		s.StepErrorAction = paceline.ErrorIgnore
	}
	set(&s.LogRequests, in.LogRequests)
	set(&s.CollectionSplit, in.CollectionSplit)
	set(&s.Retention, in.Retention)
	set(&s.Serial, in.Serial)
	if most := in.MaxConcurrent; most != nil && (*most < 0 || *most > paceline.MaxConcurrentLimit) {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "MaxConcurrentTransactions", "reason", "0 to 1000 was expected")
	}
	set(&s.MaxConcurrent, in.MaxConcurrent)
	return CheckTexts(c.Name, c.Description, c.Tags)
}

func set[T any](dst *T, value *T) {
	if value != nil {
		*dst = *value
	}
}
