package engine

import "paceline/mapping"

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
		return x.lastRunDate(), true
	}
	return "", false
}
