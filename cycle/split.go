package cycle

import "paceline"

// splits reports whether the list of a step goes on as one transaction per item: as the step says, else the cycle.
func splits(cycle, step paceline.SplitType, trigger bool) bool {
	if step == "" {
		step = cycle
	}
	switch step {
	case paceline.SplitAll:
		return true
	case paceline.SplitFirst:
		return trigger
	}
	return false
}
