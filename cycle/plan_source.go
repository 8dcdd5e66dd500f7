package cycle

import (
	"context"
	"fmt"

	"paceline"
	"paceline/internal/memo"
	"paceline/store"
)

// maxPlans bounds the compiled plans in memory.
const maxPlans = 4096

type planKey struct{ cycle, version int64 }

type planCache = memo.Cache[planKey, *paceline.Plan]

func newPlanCache() *planCache { return memo.New[planKey, *paceline.Plan](maxPlans) }

// Plan returns what a cycle runs, or ran, under a version: the copy made when it was activated, compiled.
// It is for the engine, which takes both numbers from the store. Errors: NotFound when that copy or the
// account is gone.
func (r *Room) Plan(ctx context.Context, cycle, version int64) (*paceline.Plan, error) {
	return r.plans.Get(ctx, planKey{cycle, version}, func(ctx context.Context) (*paceline.Plan, error) {
		src, err := r.source(ctx, cycle, version)
		if err != nil {
			return nil, fmt.Errorf("plan of cycle %d version %d: %w", cycle, version, err)
		}
		releases, err := r.pinned(ctx, src.Account, src.Flow)
		if err != nil {
			return nil, err
		}
		plan, err := Compile(src, releases)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", paceline.ErrPlan, err)
		}
		return plan, nil
	})
}

func (r *Room) source(ctx context.Context, cycle, version int64) (src Source, err error) {
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		run, found, err := tx.RunCopy(cycle, version)
		if err != nil {
			return err
		}
		if !found {
			return notFound("Cycle")
		}
		src.Flow, src.Version = run.Flow, version
		if src.Cycle, found, err = tx.CycleByNum(cycle); err != nil || !found {
			return orNotFound(err, "Cycle")
		}
		if src.Account, found, err = tx.AccountByNum(run.Scope); err != nil || !found {
			return orNotFound(err, "Account")
		}
		if src.Partner, found, err = tx.Partner(run.Scope); err != nil || !found {
			return orNotFound(err, "Partner")
		}
		return nil
	})
	return src, err
}

func orNotFound(err error, what string) error {
	if err != nil {
		return err
	}
	return notFound(what)
}

// ForgetPlans drops the plans of a cycle from memory, when what they are made of has changed: the name
// of the cycle, the settings of the account.
func (r *Room) ForgetPlans(cycle int64) {
	r.plans.ForgetIf(func(k planKey) bool { return k.cycle == cycle })
}

// ForgetAllPlans drops every plan from memory, after settings of an account or a partner have changed.
func (r *Room) ForgetAllPlans() { r.plans.ForgetIf(func(planKey) bool { return true }) }
