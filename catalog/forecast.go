package catalog

import (
	"context"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// Forecast says when the calls that are still to be made with an account connector will have been made.
type Forecast struct {
	// Calls is how many are ahead at most: one for each step, of each transaction that has not ended, that uses it.
	Calls     int
	ThroughAt paceline.Micros
}

// forecaster knows the limits of calls; the connectors' runtime is one.
type forecaster interface {
	Forecast(i *connector.Instance, calls map[string]int) time.Time
}

// Forecast looks ahead by the connector's limits and by what its vendor has asked for. Cycles of sub accounts that
// use the account connector count. Errors: NotFound.
func (r *Room) Forecast(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (Forecast, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil {
		return Forecast{}, err
	}
	out := Forecast{ThroughAt: paceline.ToMicros(r.clock.Now())}
	limits, known := r.caller.(forecaster)
	if rel == nil || !known {
		return out, nil
	}
	var cycles []paceline.Cycle
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		cycles, err = tx.RunningCyclesUsing(ac.Partner, a.Root, id)
		return err
	})
	if err != nil {
		return out, err
	}
	calls := map[string]int{}
	for _, c := range cycles {
		for _, step := range c.Flow.Steps {
			if step.Kind != paceline.StepAction || step.AccountConnector != id {
				continue
			}
			if method, _ := rel.Method(step.Method); method != nil {
				calls[method.ID] += int(c.Counters.InProgress)
				out.Calls += int(c.Counters.InProgress)
			}
		}
	}
	instance, err := r.Instance(ctx, a.Scope(), id)
	if locked(err) {
		return out, nil // nobody knows when
	}
	if err != nil {
		return out, err
	}
	out.ThroughAt = paceline.ToMicros(limits.Forecast(instance, calls))
	return out, nil
}
