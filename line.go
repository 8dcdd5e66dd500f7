package paceline

// Transactions of a cycle with a limit of its own wait on the disk in a queue of the cycle, apart from the other ones of
// the account: their due time is below zero, and says of which cycle they are and in which of its two queues they stand.

// LineDue is the due time of a transaction that waits for its turn in a cycle with a limit: one that a split made, or
// one that arrived.
func LineDue(cycle int64, split bool) Micros {
	if split {
		return Micros(-2 * cycle)
	}
	return Micros(-2*cycle - 1)
}

// Line returns the cycle of such a due time, 0 for any other.
func (m Micros) Line() (cycle int64, split bool) {
	if m >= 0 {
		return 0, false
	}
	return int64(-m / 2), m%2 == 0
}

// MaxConcurrentLimit is the greatest limit that a cycle may have.
const MaxConcurrentLimit = 1000

// Limited reports whether the cycle has a limit of its own.
func (p *Plan) Limited() bool { return p.Serial || p.MaxConcurrent > 0 }

// LineDue is the due time with which a transaction of the plan is accepted.
func (p *Plan) LineDue(split bool) Micros {
	if !p.Limited() {
		return 0
	}
	return LineDue(p.Cycle, split)
}
