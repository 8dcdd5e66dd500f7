package engine

import (
	"time"

	"paceline"
	"paceline/mapping"
	"paceline/store"
)

// system answers the merge fields of the running system.
func (x *execution) system(name string) (string, bool) {
	switch name {
	case mapping.MergeAccountID:
		return string(x.run.Plan.AccountID), true
	case mapping.MergeAccountExternalID:
		return x.run.Plan.AccountAPIID, true
	case mapping.MergeCycleID:
		return string(x.run.Plan.CycleID), true
	case mapping.MergeTransactionID:
		return x.live.id, true
	case mapping.MergeLastSuccess:
		return x.lastSuccess(), true
	}
	return "", false
}

// lastSuccess is when the cycle last succeeded. A cycle that never did counts from now on, so that its
// first run does not pull the whole history.
func (x *execution) lastSuccess() string {
	var at paceline.Micros
	err := x.engine.store.Read(x.context(), func(tx *store.Tx) (err error) {
		c, _, err := tx.CycleByNum(x.run.Cycle)
		at = c.LastSuccessAt
		return err
	})
	if err != nil {
		x.readFailed = err
	}
	if at == 0 {
		at = x.run.CreatedAt
	}
	return at.Time().Format(time.RFC3339)
}
