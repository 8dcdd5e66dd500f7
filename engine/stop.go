package engine

import (
	"context"
	"sync"
	"time"

	"paceline"
	"paceline/engine/core"
)

// stops remembers of the plans of stopped cycles what their transactions need that the stop ends: the loop ends them
// without their plans. Cycles with nothing to remember are left out.
type stops struct {
	mu sync.RWMutex
	of map[int64]stop // by cycle
}

// stop is what is remembered of a plan.
type stop struct {
	version int64
	hours   int
	// steps are the webhook steps in the middle of the flow and those with calls that must not be repeated, by ordinal.
	steps map[int32]paceline.Incident
}

func (s *stops) learn(plan *paceline.Plan) {
	learnt := stop{version: plan.Version, hours: paceline.DefaultRetentionHours, steps: map[int32]paceline.Incident{}}
	if plan.Retention.ErrorHours != nil {
		learnt.hours = *plan.Retention.ErrorHours
	}
	for i := range plan.Steps {
		if step := &plan.Steps[i]; step.Kind == paceline.StepWebhook && i != plan.Trigger ||
			step.Kind == paceline.StepAction && step.Repeat == paceline.RepeatUnsafe {
			learnt.steps[int32(i)] = paceline.Incident{StepID: step.ID, StepName: step.Name, StepKind: step.Kind}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if learnt.hours == paceline.DefaultRetentionHours && len(learnt.steps) == 0 {
		delete(s.of, plan.Cycle)
		return
	}
	if s.of == nil {
		s.of = map[int64]stop{}
	}
	s.of[plan.Cycle] = learnt
}

func (s *stops) known(cycle int64) (stop, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	learnt, known := s.of[cycle]
	return learnt, known
}

// until is when the data of a cycle's transaction that was stopped at the time goes.
func (s *stops) until(cycle int64, at paceline.Micros) paceline.Micros {
	hours := paceline.DefaultRetentionHours
	if learnt, known := s.known(cycle); known {
		hours = learnt.hours
	}
	return at.Add(time.Duration(hours) * time.Hour)
}

// unused returns what tells of deliveries that a stop has left without a row, for any transaction of the cycle.
func (e *Engine) unused(c core.CycleInfo, at paceline.Micros) func(version int64, step int32) *paceline.Incident {
	learnt, _ := e.stops.known(c.Num)
	return func(version int64, step int32) *paceline.Incident {
		in := paceline.Incident{StepKind: paceline.StepWebhook}
		if version == learnt.version {
			in = learnt.steps[step]
		}
		in.Code, in.Warning, in.At = paceline.CodeWebhookUnused, true, at
		return e.ofStopped(c, in)
	}
}

// lostCall returns what tells of a call that must not be repeated and whose process died, for any transaction of the
// cycle; unless named, without its step.
func (e *Engine) lostCall(c core.CycleInfo, at paceline.Micros, named bool) func(version int64, step int32) *paceline.Incident {
	learnt, _ := e.stops.known(c.Num)
	return func(version int64, step int32) *paceline.Incident {
		in := paceline.Incident{StepKind: paceline.StepAction}
		if named && version == learnt.version {
			in = learnt.steps[step]
		}
		in.Code, in.At = paceline.CodeUnknownOutcome, at
		return e.ofStopped(c, in)
	}
}

func (e *Engine) ofStopped(c core.CycleInfo, in paceline.Incident) *paceline.Incident {
	in.Partner, in.Account, in.Cycle = c.Partner, c.Account, c.Num
	list := []paceline.Incident{in}
	e.notices.mark(c.Account, list)
	return &list[0]
}

// learnStop remembers what a cycle that was stopped needs, before its transactions end.
func (e *Engine) learnStop(ctx context.Context, c paceline.Cycle) {
	if c.RunVersion == 0 || c.State == paceline.CycleActive {
		return
	}
	plan, err := e.plans.Plan(ctx, c.Num, c.RunVersion)
	if err != nil {
		if paceline.KindOf(err) != paceline.NotFound {
			e.log.Error("the plan of a stopped cycle cannot be read; its data is kept as long as by default", "cycle", c.ID, "error", err)
		}
		return
	}
	e.stops.learn(plan)
}
