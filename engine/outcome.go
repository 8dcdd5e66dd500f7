package engine

import (
	"context"
	"encoding/json"
	"slices"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Resolution is what a person found out about a call whose answer was lost.
type Resolution int

// The resolutions.
const (
	OutcomeFailed Resolution = iota // it was not carried out, and is not made up for
	OutcomeDone                     // it was carried out: a new transaction goes on behind it
	OutcomeRepeat                   // it was not carried out, and is made again by a new transaction
)

var resolutionActions = [...]string{"transaction.outcome_failed", "transaction.outcome_done", "transaction.outcome_repeated"}

// ResolveOutcome decides about a transaction that ended with an unknown outcome, once. With OutcomeDone, output is
// the data of the step for later ones, nil for none. It returns the new transaction, or with OutcomeFailed the old
// one. Errors: NotFound; Conflict when its outcome is known or was resolved, and as of Resubmit; Invalid for an output
// that is not JSON.
func (e *Engine) ResolveOutcome(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID, as Resolution, output []byte) (t Transaction, err error) {
	if err := may(p, a); err != nil {
		return t, err
	}
	run, name, err := e.find(ctx, a.Scope(), cycle, id)
	if err != nil {
		return t, err
	}
	if len(output) > 0 && !json.Valid(output) {
		return t, paceline.Fail(paceline.CodeFieldInvalid, "name", "Output", "reason", "it is not JSON")
	}
	if len(output) > e.limits.StepData {
		return t, paceline.Fail(paceline.CodeBodyTooLarge, "limit", e.limits.StepData)
	}
	audit := paceline.AuditEvent{Partner: a.Partner, Account: a.Num, At: e.now(), Actor: p.Name, Action: resolutionActions[as], Subject: "transaction", SubjectID: string(id)}
	if as == OutcomeFailed {
		return e.transaction(run, name, false), e.settleOutcome(ctx, a.Scope(), run.Num, audit)
	}
	run, err = e.goOn(ctx, run, func(ctx context.Context, r repetition) (*acceptance, error) {
		acceptance, err := e.resolved(ctx, r, as, output)
		if err == nil {
			acceptance.accept.Settles, acceptance.accept.Audit = r.run.Num, &audit
		}
		return acceptance, err
	})
	if err != nil {
		return t, err
	}
	return e.transaction(run, name, false), nil
}

// settleOutcome marks the outcome as resolved, if it is not yet, with nothing that goes on.
func (e *Engine) settleOutcome(ctx context.Context, scope paceline.Scope, run int64, audit paceline.AuditEvent) error {
	return e.inTx(ctx, scope, killpoint.Request, func(tx *store.Tx) error {
		open, err := tx.SettleOutcome(scope, run)
		if err != nil {
			return err
		}
		if !open {
			return paceline.Fail(paceline.CodeOutcomeKnown)
		}
		return tx.InsertAudit(scope, audit)
	})
}

// resolved makes the transaction that goes on.
func (e *Engine) resolved(ctx context.Context, r repetition, as Resolution, output []byte) (*acceptance, error) {
	if err := r.ended(); err != nil {
		return nil, err
	}
	if !r.open {
		return nil, paceline.Fail(paceline.CodeOutcomeKnown)
	}
	r.outcome = true
	if err := e.partly(ctx, &r); err != nil {
		return nil, err
	}
	if as == OutcomeRepeat {
		return e.repeated(ctx, r, FromFailed)
	}
	at := slices.IndexFunc(r.rows, func(row paceline.StepRow) bool { return row.State == paceline.StepFailed })
	if at < 0 {
		return nil, paceline.Fail(paceline.CodeOutcomeKnown)
	}
	if r.was.Steps[r.rows[at].StepRef].SplitAt != "" {
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "As", "reason", "the step splits its answer, which is not known")
	}
	step, begun := &r.was.Steps[r.rows[at].StepRef], r.partly[r.rows[at].Seq]
	switch {
	case several(step) && !step.Batched && begun != nil && (begun.Page != nil || begun.Over), begun != nil && !several(step):
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "As", "reason", "the page that follows the lost one is not known")
	case several(step):
		if begun == nil {
			if now := r.now.StepByID(step.ID); now < 0 || !sameCalls(r.was, step, r.now, &r.now.Steps[now]) {
				return nil, paceline.Fail(paceline.CodeCallsMade, "step", step.Name)
			}
			begun = &callsState{}
			r.partly[r.rows[at].Seq] = begun
		}
		begun.Made = &callMade{output}
		return e.repeated(ctx, r, FromDone)
	}
	r.rows[at].State, r.rows[at].Exit, r.rows[at].Progress = paceline.StepDone, paceline.EdgeForward, nil
	acceptance, err := e.repeated(ctx, r, FromDone)
	if err != nil {
		return nil, err
	}
	return acceptance, e.give(ctx, acceptance, r.rows[at].Seq, r, output)
}

// give makes the output that of the row which was the one with the number seq, in place of the lost one.
func (e *Engine) give(ctx context.Context, a *acceptance, seq int32, r repetition, output []byte) error {
	a.accept.Inherit = slices.DeleteFunc(a.accept.Inherit, func(in store.Inherited) bool {
		if in.FromRun != r.run.Num || in.FromSeq != seq {
			return false
		}
		seq = in.Seq
		return true
	})
	if len(output) == 0 {
		return nil
	}
	key, err := e.keys(ctx, r.run.Account)
	if err != nil {
		return unavailable(err)
	}
	for i := range a.accept.Rows {
		if row := &a.accept.Rows[i]; row.Seq == seq {
			if row.Output, err = e.sealOutput(ctx, key, a.head, seq, output); err != nil {
				return unavailable(err)
			}
			row.RowsOut = 1
		}
	}
	return nil
}
