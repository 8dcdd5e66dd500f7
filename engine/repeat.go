package engine

import (
	"context"

	"paceline"
	"paceline/engine/core"
)

// RepeatFrom is where a transaction is repeated from.
type RepeatFrom int

// The places.
const (
	FromStart  RepeatFrom = iota // with the data that it began with
	FromFailed                   // at the steps that failed or were never reached; what was done stays done
	FromDone                     // behind what was done, and if nothing follows it is complete
)

// Resubmit repeats a transaction that has ended, as a new one linked to it, with idempotency keys of its own,
// by the cycle as it runs now. Errors: NotFound; Conflict when it has not ended, the cycle does not run, its
// data is no longer kept, nothing failed, steps that it has been through are gone, or it has an unknown outcome that
// is not resolved; Unavailable.
func (e *Engine) Resubmit(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID, from RepeatFrom) (Transaction, error) {
	return e.repeat(ctx, p, a, cycle, id, from, "transaction.resubmitted", repetition.settled)
}

// Replay sends the webhook that a transaction began with through its cycle again, whether it has ended or not, as a new
// transaction linked to it. No second copy of an event is seen in it. Errors: as of Resubmit, and Conflict
// when it did not begin with a webhook.
func (e *Engine) Replay(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID) (Transaction, error) {
	return e.repeat(ctx, p, a, cycle, id, FromStart, "transaction.replayed", func(r repetition) error {
		if core.Polled(r.was) || r.rows[0].From != -1 || int(r.rows[0].StepRef) != r.was.Trigger {
			return paceline.Fail(paceline.CodeNoPayload)
		}
		return nil
	})
}

func (e *Engine) repeat(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID, from RepeatFrom, action string, check func(repetition) error) (t Transaction, err error) {
	if err := may(p, a); err != nil {
		return t, err
	}
	run, name, err := e.find(ctx, a.Scope(), cycle, id)
	if err != nil {
		return t, err
	}
	run, err = e.repeatRun(ctx, run, from, check, func(num int64) *paceline.AuditEvent {
		return &paceline.AuditEvent{At: e.now(), Actor: p.Name, Action: action, Subject: "transaction", SubjectID: string(e.ids.Encode(num)), Comment: string(id)}
	})
	if err != nil {
		return t, err
	}
	return e.transaction(run, name, false), nil
}

// repeatRun makes the new transaction durable, with the line of the audit that tells of its number, and returns it.
func (e *Engine) repeatRun(ctx context.Context, run paceline.Run, from RepeatFrom, check func(repetition) error, audit func(num int64) *paceline.AuditEvent) (paceline.Run, error) {
	return e.goOn(ctx, run, func(ctx context.Context, r repetition) (*acceptance, error) {
		if err := check(r); err != nil {
			return nil, err
		}
		acceptance, err := e.repeated(ctx, r, from)
		if err == nil {
			acceptance.accept.Audit = audit(acceptance.accept.Run.Num)
		}
		return acceptance, err
	})
}

// goOn makes the transaction durable that next has for one that has ended, and returns it.
func (e *Engine) goOn(ctx context.Context, run paceline.Run, next func(context.Context, repetition) (*acceptance, error)) (paceline.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, e.limits.AcceptWait)
	defer cancel()
	if err := e.enter(run.Root); err != nil { // before the number is taken
		return run, err
	}
	r, err := e.readRepetition(ctx, run)
	var acceptance *acceptance
	if err == nil {
		acceptance, err = next(ctx, r)
	}
	if err != nil {
		e.leave(run.Root)
		return run, err
	}
	left := acceptance.left
	result, err := e.submit(ctx, acceptance)
	switch {
	case err != nil:
		return run, err
	case result.Decided:
		return run, paceline.Fail(paceline.CodeOutcomeKnown)
	case result.Refused:
		return run, paceline.Fail(paceline.CodeCycleNotRunning)
	}
	if left != nil {
		e.tellLeft(ctx, acceptance.accept.Run, &r.now.Steps[left.StepRef])
	}
	return acceptance.accept.Run, nil
}
