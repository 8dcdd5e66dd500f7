package cycle

import (
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/store"
)

// StepInput is what may be set of a step; nil leaves a value as it is.
type StepInput struct {
	// ID is the id of a new step, such as that of one that was deleted and comes back; nil makes one.
	ID          *paceline.ID
	Name        *string
	Description *string // "" removes it
	Kind        *paceline.StepKind
	Left, Top   *int
	// AccountConnector and MethodID or MethodUID say what the step calls, in the release that the account
	// connector is installed with. 0 takes the account connector away.
	AccountConnector *int32
	MethodID         *int32
	MethodUID        *paceline.ID
	CollectionSplit  *paceline.SplitType // "" takes the cycle's
	// WebhookKey is of a webhook step in the middle of the flow, Response of a Synchronous Response step.
	WebhookKey *paceline.WebhookKey
	Response   []ReplyInput
	// Keys are the unique fields by which the lists of earlier steps are joined, one of each list.
	Keys *[]paceline.CollectionKey
	// What a tool of the step's kind does. A step of another kind does not have it.
	Decision  *paceline.Decision
	Switch    *paceline.Switch // cases with number 0 are given one
	Delay     *paceline.Delay
	WaitUntil *paceline.Mapping
	// NoTool takes away what the step's tool does, as of a new step.
	NoTool bool
	// ErrorAction is the step's own; "" takes the cycle's.
	ErrorAction *paceline.ErrorAction
	// Script is JavaScript that sees the events of the step's call; "" removes it.
	Script *string
	// EndOnNullSource and EndOnNullResult are the step's.
	EndOnNullSource, EndOnNullResult *bool
}

// AddStep adds a step without edges. read gives the input once the cycle is found and seen not to run.
// Errors: as for Edit, then those of read; NotFound for an account connector or method; Invalid.
func (r *Room) AddStep(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, read func() (StepInput, error)) (Step, error) {
	step := paceline.Step{ID: paceline.NewID(r.clock.Now())}
	named := func() (StepInput, error) {
		in, err := read()
		set(&step.ID, in.ID)
		return in, err
	}
	return r.changeStep(ctx, p, a, id, &step.ID, "cycle.step_added", named, func(c *paceline.Cycle) (*paceline.Step, error) {
		if len(c.Flow.Steps) >= MaxSteps {
			return nil, invalid("Steps", "there are more than 300")
		}
		c.Flow.Steps = append(c.Flow.Steps, step)
		return &c.Flow.Steps[len(c.Flow.Steps)-1], nil
	})
}

// UpdateStep changes a step. One that becomes a tool drops what it called; one that calls another method
// drops the mappings of the one before. Errors: as for Edit, then NotFound for the step, then as AddStep.
func (r *Room) UpdateStep(ctx context.Context, p paceline.Principal, a paceline.Account, id, step paceline.ID, read func() (StepInput, error)) (Step, error) {
	kept := func() (StepInput, error) {
		in, err := read()
		in.ID = nil
		return in, err
	}
	return r.changeStep(ctx, p, a, id, &step, "cycle.step_changed", kept, func(c *paceline.Cycle) (*paceline.Step, error) {
		s, _ := c.Flow.Step(step)
		if s == nil {
			return nil, notFound("Step")
		}
		return s, nil
	})
}

// DeleteStep removes a step with its edges. Mappings of other steps that took values from it have none any
// more. The date of its last run stays until the cycle is gone: the step may come back by its id, and then takes what is new
// since then. Errors: as for Edit, then NotFound for the step.
func (r *Room) DeleteStep(ctx context.Context, p paceline.Principal, a paceline.Account, id, step paceline.ID) error {
	find := func(tx *store.Tx) (paceline.Cycle, bool, error) { return tx.Cycle(a.Scope(), id) }
	_, err := r.edit(ctx, p, a, find, "Cycle", "cycle.step_deleted", func(_ *store.Tx, c *paceline.Cycle) error {
		_, at := c.Flow.Step(step)
		if at < 0 {
			return notFound("Step")
		}
		c.Flow.Steps = slices.Delete(c.Flow.Steps, at, at+1)
		c.Flow.Edges = slices.DeleteFunc(c.Flow.Edges, func(e paceline.Edge) bool { return e.Tail == step || e.Head == step })
		return nil
	})
	return err
}

// changeStep finds what the input names before the edit begins, since that reads releases; the order of
// errors is the same as if all were done at once.
func (r *Room) changeStep(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, step *paceline.ID, action string,
	read func() (StepInput, error), find func(*paceline.Cycle) (*paceline.Step, error)) (Step, error) {
	now, _, err := r.load(ctx, p, a, id)
	if err != nil {
		return Step{}, err
	}
	if err := Editable(now, "Cycle"); err != nil {
		return Step{}, err
	}
	s, err := find(&now)
	if err != nil {
		return Step{}, err
	}
	in, err := read()
	if err != nil {
		return Step{}, err
	}
	if in.Script != nil && len(*in.Script) <= maxScript {
		if err := r.checkScript(ctx, a, s.Name, *in.Script); err != nil {
			return Step{}, err
		}
	}
	use, err := r.resolve(ctx, a, *s, in)
	if err != nil {
		return Step{}, err
	}
	byID := func(tx *store.Tx) (paceline.Cycle, bool, error) { return tx.Cycle(a.Scope(), id) }
	c, err := r.edit(ctx, p, a, byID, "Cycle", action, func(tx *store.Tx, c *paceline.Cycle) error {
		if in.ID != nil {
			taken, err := tx.StepTaken(*in.ID)
			if err != nil {
				return err
			}
			if taken {
				return invalid("Id", "a step has it")
			}
		}
		s, err := find(c)
		if err != nil {
			return err
		}
		was := s.Kind
		if err := checkKeys(c.Flow, *step, in.Keys); err != nil {
			return err
		}
		if err := in.apply(s, use); err != nil {
			return err
		}
		if s.Kind != was || in.Switch != nil || in.NoTool {
			numberCases(&c.Flow, s)
			dropExits(&c.Flow, s)
		}
		if err := in.checkSources(&c.Flow, s); err != nil {
			return err
		}
		return CheckSwitch(s.Switch)
	})
	if err != nil {
		return Step{}, err
	}
	releases, err := r.pinned(ctx, a, c.Flow)
	if err != nil {
		return Step{}, err
	}
	return r.oneStep(ctx, a, c, releases, *step)
}

// called is what an input says that a step calls.
type called struct {
	accountConnector int32
	release          *Release // nil: nothing
	method           paceline.ID
	webhook          bool
	named            bool // the input names an account connector or a method
}

func (in StepInput) names() bool {
	return in.AccountConnector != nil || in.MethodID != nil || in.MethodUID != nil
}

// resolve finds the account connector and the method that a step is to have.
func (r *Room) resolve(ctx context.Context, a paceline.Account, step paceline.Step, in StepInput) (use called, err error) {
	if !in.names() {
		return use, nil
	}
	use.named, use.accountConnector = true, step.AccountConnector
	set(&use.accountConnector, in.AccountConnector)
	if use.accountConnector == 0 {
		if in.MethodID != nil || in.MethodUID != nil {
			return use, invalid("AccountConnectorId", "a method needs one")
		}
		return use, nil
	}
	var ac paceline.AccountConnector
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		if ac, found, err = tx.AccountConnector(a, use.accountConnector); err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		return nil
	})
	if err != nil {
		return use, err
	}
	if use.release, err = r.releases.Get(ctx, a.Partner, ac.Release.UID, ac.Release.Version); err != nil {
		return use, err
	}
	switch {
	case in.MethodID != nil:
		use.method = use.release.MethodUIDOf(*in.MethodID)
	case in.MethodUID != nil:
		use.method = *in.MethodUID
	case step.Method != "":
		use.method = step.Method
	default:
		return use, nil
	}
	method, trigger := use.release.Method(use.method)
	if method == nil && trigger == nil {
		return use, notFound("Method")
	}
	use.webhook = trigger != nil && trigger.Type != "poll"
	return use, nil
}

func (in StepInput) apply(s *paceline.Step, use called) error {
	before := s.Kind
	set(&s.Name, in.Name)
	set(&s.Left, in.Left)
	set(&s.Top, in.Top)
	set(&s.CollectionSplit, in.CollectionSplit)
	set(&s.EndOnNullSource, in.EndOnNullSource)
	set(&s.EndOnNullResult, in.EndOnNullResult)
	set(&s.Keys, in.Keys)
	setText(&s.Description, in.Description)
	set(&s.Script, in.Script)
	if in.Kind != nil {
		s.Kind = *in.Kind
	} else if s.Kind == paceline.StepUnknown && use.method != "" {
		s.Kind = paceline.StepAction
		if use.webhook {
			s.Kind = paceline.StepWebhook
		}
	}
	if s.Kind == paceline.StepUnknown {
		return invalid("ActionType", "it is missing or unknown")
	}
	tidy(s, before)
	if err := in.applyTool(s); err != nil {
		return err
	}
	calls := s.Kind == paceline.StepAction || s.Kind == paceline.StepWebhook
	if !calls && use.named && use.accountConnector != 0 {
		return invalid("AccountConnectorId", "a step of this kind calls nothing")
	}
	if calls && use.named {
		if use.method != "" && use.webhook != (s.Kind == paceline.StepWebhook) {
			return invalid("MethodId", "the method is not of the step's kind")
		}
		call(s, use)
	}
	if s.Name = strings.TrimSpace(s.Name); s.Name == "" {
		s.Name = s.Kind.String()
	}
	if err := checkText("Name", s.Name, maxName); err != nil {
		return err
	}
	if len(s.Script) > maxScript {
		return invalid("Script", "it is longer than 2 MiB")
	}
	return checkOptional("Description", s.Description, maxDescription)
}

// maxScript bounds the script of a step, in bytes.
const maxScript = 2 << 20

// call makes a step call a method, or nothing yet.
func call(s *paceline.Step, use called) {
	if use.method != s.Method {
		s.Params, s.Fields = nil, nil
	}
	s.AccountConnector, s.Method, s.Connector = use.accountConnector, use.method, nil
	if rel := use.release; rel != nil {
		s.Connector = &paceline.StepConnector{UID: rel.Key.UID, Key: rel.ConnectorKey, Name: rel.Name, Version: rel.Key.Version}
	}
}

// tidy drops what a step of this kind does not have.
func tidy(s *paceline.Step, before paceline.StepKind) {
	if s.Kind != before {
		s.Method, s.Params, s.Fields, s.Keys = "", nil, nil, nil
	}
	if s.Kind != paceline.StepAction && s.Kind != paceline.StepWebhook {
		s.Connector, s.AccountConnector = nil, 0
	}
	if s.Kind != paceline.StepAction && s.Kind != paceline.StepWebhook {
		s.Script = ""
	}
	if s.Kind != paceline.StepDecision {
		s.Decision = nil
	}
	if s.Kind != paceline.StepSwitch {
		s.Switch = nil
	}
	if s.Kind != paceline.StepDelay {
		s.Delay = nil
	}
	if s.Kind != paceline.StepWaitUntil {
		s.WaitUntil = nil
	}
	if s.Kind != paceline.StepWebhook {
		s.WebhookKey = nil
	}
}
