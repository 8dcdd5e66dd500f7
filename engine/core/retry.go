package core

import (
	"time"

	"paceline"
)

// retryAfter is how long a failed step with error action Retry waits before its next try, by the
// number of tries that have failed: six calls over at least 17 h 25 min.
var retryAfter = [...]time.Duration{
	5 * time.Minute,
	35 * time.Minute,
	95 * time.Minute,
	275 * time.Minute,
	635 * time.Minute,
}

// holdAfter is how long a rate limited step waits when the remote does not say: each further wait in a
// row is longer, and it never gives up.
var holdAfter = [...]time.Duration{
	60 * time.Second,
	2 * time.Minute,
	5 * time.Minute,
	12 * time.Minute,
	27 * time.Minute,
	57 * time.Minute,
}

func holdTime(t Token, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked // bounded by who has read it
	}
	return holdAfter[min(int(t.Holds), len(holdAfter)-1)]
}

// mayRetry reports whether the step has a try left after this failure.
func mayRetry(plan *paceline.Plan, t Token, o *Outcome) bool {
	step := &plan.Steps[t.Step]
	return step.ErrorAction == paceline.ErrorRetry && !o.Permanent && !o.Many &&
		int(t.Attempt) < min(plan.MaxRetries, len(retryAfter))
}
