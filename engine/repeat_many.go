package engine

import (
	"cmp"
	"context"

	"paceline"
	"paceline/store"
)

// RepeatFilter chooses transactions of a cycle that failed and were not repeated yet.
type RepeatFilter struct {
	From          RepeatFrom
	Code          paceline.Code   // of an error of theirs; "" for any
	Signature     string          // of an error of theirs; "" for any
	Before, After paceline.Micros // created before, or after and at
	DryRun        bool            // count only
	Next          paceline.ID     // of the summary that is gone on with; "" begins

	most, looked int // in place of the bounds of one call, for tests
}

// RepeatSummary is what came of repeating many.
type RepeatSummary struct {
	Matched     int // -1 above paceline.MaxCount
	Resubmitted int
	Unavailable int // whose data or steps are gone, or whose outcome is unknown
	// More says that others are left: the same call with Next goes on with them.
	More bool
	Next paceline.ID // "" without More
}

// The bounds of one call of ResubmitAll.
const (
	repeatAtOnce = 1000
	repeatLooked = 5000 // at most of those are looked at
	repeatPage   = 100
)

// ResubmitAll repeats the transactions that the filter chooses, the oldest first, up to 1,000 in one call.
// Errors: NotFound; Conflict when the cycle does not run; Unavailable, when some may have been repeated.
func (e *Engine) ResubmitAll(ctx context.Context, p paceline.Principal, a paceline.Account, cycle paceline.ID, f RepeatFilter) (sum RepeatSummary, err error) {
	if err := may(p, a); err != nil {
		return sum, err
	}
	scope := a.Scope()
	filter := store.RepeatFilter{Before: f.Before, After: f.After}
	if filter.ErrorFilter, err = errorFilter(f.Code, f.Signature); err != nil {
		return sum, err
	}
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if filter.Cycle, err = cycleNum(tx, scope, cycle); err == nil {
			sum.Matched, err = tx.CountRepeatable(scope, filter)
		}
		return err
	})
	if err != nil || f.DryRun {
		return sum, err
	}
	after := int64(0)
	if f.Next != "" {
		var ok bool
		if after, ok = e.ids.Decode(f.Next); !ok {
			return sum, paceline.Fail(paceline.CodeFieldInvalid, "name", "Next", "reason", "it is not that of an answer")
		}
	}
	audit := func(int64) *paceline.AuditEvent { // one line for all, with the first
		if sum.Resubmitted > 0 {
			return nil
		}
		return &paceline.AuditEvent{At: e.now(), Actor: p.Name, Action: "cycle.transactions_resubmitted", Subject: "cycle", SubjectID: string(cycle)}
	}
	most, looked := cmp.Or(f.most, repeatAtOnce), cmp.Or(f.looked, repeatLooked)
	for seen := 0; ; {
		var page []int64
		err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.Repeatable(scope, filter, after, repeatPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return sum, err
		}
		for _, num := range page {
			if seen++; seen > looked || sum.Resubmitted == most {
				sum.More, sum.Next = true, e.ids.Encode(after)
				return sum, nil
			}
			after = num
			_, err := e.repeatRun(ctx, paceline.Run{Num: num, Partner: a.Partner, Account: a.Num, Root: a.Root, Cycle: filter.Cycle}, f.From, repetition.settled, audit)
			switch {
			case err == nil:
				sum.Resubmitted++
			case paceline.KindOf(err) == paceline.Conflict && paceline.CodeOf(err) != paceline.CodeCycleNotRunning:
				sum.Unavailable++
			default:
				return sum, err
			}
		}
	}
}
