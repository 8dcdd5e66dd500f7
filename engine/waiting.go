package engine

import (
	"context"

	"paceline"
	"paceline/engine/core"
	"paceline/store"
)

// WaitReason says what a transaction waits for, in the words of the API.
type WaitReason string

// The reasons. A step that has failed waits to be tried again, whatever may hold it besides.
const (
	WaitsToRetry   WaitReason = "Retry"
	WaitsForLimit  WaitReason = "RateLimit" // one of the connector's, or the vendor has asked to wait
	WaitsForJob    WaitReason = "Job"       // that the vendor does
	WaitsForTime   WaitReason = "Delay"
	WaitsForDate   WaitReason = "WaitUntil"
	WaitsForHook   WaitReason = "Webhook" // in the middle of the flow
	WaitsForOthers WaitReason = "WaitAll"
)

// waiting fills in what live transactions wait for and how often steps were tried again. A retry leaves a problem behind,
// so that most transactions need not be looked at.
func (e *Engine) waiting(ctx context.Context, scope paceline.Scope, list []Transaction) error {
	var nums []int64
	for i := range list {
		if t := &list[i]; t.State == paceline.RunLive || t.Errors+t.Warnings > 0 {
			nums = append(nums, t.Num)
		}
	}
	if len(nums) == 0 {
		return nil
	}
	var waits map[int64]store.RunWait
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		waits, err = tx.RunWaits(scope, nums)
		return err
	})
	if err != nil {
		return err
	}
	for i := range list {
		t := &list[i]
		w := waits[t.Num]
		t.Retries = w.Retries
		if t.Status != StatusWaiting || !w.Waits {
			continue
		}
		kind := paceline.StepAction
		plan, err := e.plans.Plan(ctx, t.Cycle, t.Version)
		if err == nil && int(w.Parked.StepRef) < len(plan.Steps) {
			if kind = plan.Steps[w.Parked.StepRef].Kind; int(w.Parked.StepRef) == plan.Trigger {
				kind = paceline.StepAction // which makes calls, also where it is a webhook step
			}
		}
		if t.WaitReason = waitReason(kind, &w.Parked); t.WaitReason != WaitsForHook && !w.Parked.DueAt.WaitsForAll() {
			t.NextTryAt = w.Parked.DueAt
		}
	}
	return nil
}

func waitReason(kind paceline.StepKind, row *paceline.StepRow) WaitReason {
	switch {
	case row.DueAt.WaitsForAll(), kind == paceline.StepWaitAll:
		return WaitsForOthers
	case kind == paceline.StepDelay:
		return WaitsForTime
	case kind == paceline.StepWaitUntil:
		return WaitsForDate
	case kind == paceline.StepWebhook:
		return WaitsForHook
	case row.Attempt > 0:
		return WaitsToRetry
	case row.Exit == paceline.ExitAsk:
		return WaitsForJob
	}
	return WaitsForLimit
}

// goingIn returns the runs of an account that have a slot now; ok is false when the engine stops.
func (e *Engine) goingIn(account int64) (list []int64, ok bool) {
	if e.life.Err() != nil {
		return nil, false
	}
	answer := make(chan []int64, 1)
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		answer <- c.GoingIn(account)
		return nil
	})
	select {
	case list = <-answer:
		return list, true
	case <-e.life.Done():
		return nil, false
	}
}
