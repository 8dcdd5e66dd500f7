package engine

import (
	"context"
	"sync"
	"time"

	"paceline"
)

// retentions remembers how many hours the data of transactions stays that end because their cycle was
// stopped: the loop ends them without their plans. Cycles with the default are left out.
type retentions struct {
	mu    sync.RWMutex
	hours map[int64]int // by cycle
}

func (r *retentions) learn(plan *paceline.Plan) {
	hours := paceline.DefaultRetentionHours
	if plan.Retention.ErrorHours != nil {
		hours = *plan.Retention.ErrorHours
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if hours == paceline.DefaultRetentionHours {
		delete(r.hours, plan.Cycle)
		return
	}
	if r.hours == nil {
		r.hours = map[int64]int{}
	}
	r.hours[plan.Cycle] = hours
}

// until is when the data of a cycle's transaction that was stopped at the time goes.
func (r *retentions) until(cycle int64, at paceline.Micros) paceline.Micros {
	r.mu.RLock()
	defer r.mu.RUnlock()
	hours, known := r.hours[cycle]
	if !known {
		hours = paceline.DefaultRetentionHours
	}
	return at.Add(time.Duration(hours) * time.Hour)
}

// learnRetention remembers the retention of a cycle that was stopped, before its transactions end.
func (e *Engine) learnRetention(ctx context.Context, c paceline.Cycle) {
	if c.RunVersion == 0 || c.State == paceline.CycleActive {
		return
	}
	plan, err := e.plans.Plan(ctx, c.Num, c.RunVersion)
	if err != nil {
		if paceline.KindOf(err) != paceline.NotFound {
			e.log.Error("the retention of a stopped cycle cannot be read; the default counts", "cycle", c.ID, "error", err)
		}
		return
	}
	e.retentions.learn(plan)
}
