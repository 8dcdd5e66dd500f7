package engine

import (
	"context"
	"sync"

	"paceline"
	"paceline/internal/memo"
	"paceline/mapping"
)

// prepared is a plan with the programs of its steps. It never changes.
type prepared struct {
	*paceline.Plan
	steps []preparedStep
}

// preparedStep is compiled when the step first runs: most runs use few of the steps.
type preparedStep struct {
	once     sync.Once
	program  *mapping.Program
	decision *mapping.Decision
	items    mapping.ItemList // of a step whose output is split
	err      error
}

func (p *prepared) step(ref int32) *preparedStep {
	s := &p.steps[ref]
	s.once.Do(func() {
		if p.Steps[ref].Kind == paceline.StepDecision {
			s.decision, s.err = mapping.CompileDecision(p.Plan, int(ref))
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
		return &prepared{Plan: plan, steps: make([]preparedStep, len(plan.Steps))}, nil
	}
	key := planKey{plan.Cycle, plan.Version}
	p, _ := c.cache.Get(context.Background(), key, fresh) // fresh has no error
	if p.Plan != plan {
		p, _ = fresh(nil)
		c.cache.Put(key, p)
	}
	return p
}
