package core

import (
	"time"

	"paceline"
)

// failed: the step's error action says how the run goes on.
func (c *Core) failed(r *Run, t Token, o *Outcome) {
	step := &r.Plan.Steps[t.Step]
	switch {
	case r.stands():
		c.fail(r, t, o, false)
	case mayRetry(r.Plan, t, o):
		c.retry(r, t, o)
	case step.ErrorAction == paceline.ErrorRetry && !o.Permanent && !o.Many:
		o.Incidents = append(o.Incidents, c.incident(r, t, paceline.CodeOutOfRetries))
		c.fail(r, t, o, false)
	case step.ErrorAction == paceline.ErrorIgnore && t.Step != int32(r.Plan.Trigger) && step.Kind != paceline.StepWebhook:
		c.ignore(r, t, o)
	default:
		c.fail(r, t, o, step.ErrorAction == paceline.ErrorStopCycle)
	}
}

// retry parks the token for its next try. What went wrong is a warning until the tries are used up.
func (c *Core) retry(r *Run, t Token, o *Outcome) {
	for i := range o.Incidents {
		o.Incidents[i].Warning = true
	}
	wait := retryAfter[t.Attempt]
	t.Attempt++
	t.Holds = 0
	c.parkToken(r, t, o, c.now.Add(wait), paceline.ArrowStepRetry)
}

// retryAfter is how long a failed step with error action Retry waits before its next try, by the
// number of tries that have failed: six calls over at least 17 h 25 min.
var retryAfter = [...]time.Duration{
	5 * time.Minute,
	35 * time.Minute,
	95 * time.Minute,
	275 * time.Minute,
	635 * time.Minute,
}

// mayRetry reports whether the step has a try left after this failure.
func mayRetry(plan *paceline.Plan, t Token, o *Outcome) bool {
	step := &plan.Steps[t.Step]
	return step.ErrorAction == paceline.ErrorRetry && !o.Permanent && !o.Many &&
		int(t.Attempt) < min(plan.MaxRetries, len(retryAfter))
}

// throttled parks the token until the remote takes calls again. No try is used.
func (c *Core) throttled(r *Run, t Token, o *Outcome) {
	if r.stands() {
		c.fail(r, t, o, false)
		return
	}
	wait := holdTime(t, o.RetryAfter)
	t.Holds++
	c.parkToken(r, t, o, c.now.Add(wait), paceline.ArrowStepThrottle)
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
