package engine

import (
	"context"
	"slices"
	"sync"

	"paceline"
	"paceline/internal/memo"
	"paceline/mapping"
)

// prepared is a plan with the programs of its steps. It never changes.
type prepared struct {
	*paceline.Plan
	steps []preparedStep
	// answers says of each webhook step whether the sender of a delivery waits for a Synchronous Response step.
	answers []bool
}

// preparedStep is compiled when the step first runs: most runs use few of the steps.
type preparedStep struct {
	once    sync.Once
	program *mapping.Program
	choice  *mapping.Choice  // of a decision or a switch
	items   mapping.ItemList // of a step whose output is split
	err     error
}

func (p *prepared) step(ref int32) *preparedStep {
	s := &p.steps[ref]
	s.once.Do(func() {
		if kind := p.Steps[ref].Kind; kind == paceline.StepDecision || kind == paceline.StepSwitch {
			s.choice, s.err = mapping.CompileChoice(p.Plan, int(ref))
		} else {
			s.program, s.err = mapping.Compile(p.Plan, int(ref))
			if at := p.Steps[ref].SplitAt; at != "" && s.err == nil {
				s.items, s.err = mapping.ParseItemList(at)
			}
		}
	})
	return s
}

// preparedPlans keeps the programs of plans. The plans themselves are kept by their source; an entry
// whose plan was compiled anew since is made again.
type preparedPlans struct {
	cache *memo.Cache[planKey, *prepared]
}

type planKey struct{ cycle, version int64 }

const maxPrepared = 4096

func newPreparedPlans() *preparedPlans {
	return &preparedPlans{memo.New[planKey, *prepared](maxPrepared)}
}

func (c *preparedPlans) of(plan *paceline.Plan) *prepared {
	fresh := func(context.Context) (*prepared, error) {
		return &prepared{Plan: plan, steps: make([]preparedStep, len(plan.Steps)), answers: answering(plan)}, nil
	}
	key := planKey{plan.Cycle, plan.Version}
	p, _ := c.cache.Get(context.Background(), key, fresh) // fresh has no error
	if p.Plan != plan {
		p, _ = fresh(nil)
		c.cache.Put(key, p)
	}
	return p
}

// answering finds the webhook steps behind which a Synchronous Response step lies, without another webhook
// step on the way: that one's deliveries are who is answered then.
func answering(plan *paceline.Plan) []bool {
	out := make([]bool, len(plan.Steps))
	if !slices.ContainsFunc(plan.Steps, func(s paceline.PlanStep) bool { return s.Kind == paceline.StepSyncResponse }) {
		return out
	}
	for i := range plan.Steps {
		if plan.Steps[i].Kind == paceline.StepWebhook {
			out[i] = leadsToAnswer(plan, i, make([]bool, len(plan.Steps)))
		}
	}
	return out
}

func leadsToAnswer(plan *paceline.Plan, from int, seen []bool) bool {
	for _, e := range plan.Steps[from].Out {
		if seen[e.To] {
			continue
		}
		seen[e.To] = true
		switch kind := plan.Steps[e.To].Kind; {
		case kind == paceline.StepSyncResponse:
			return true
		case kind != paceline.StepWebhook && leadsToAnswer(plan, e.To, seen):
			return true
		}
	}
	return false
}
