package store

import (
	"testing"

	"paceline"
)

// loseOutcome leaves account 1 a transaction with a call of which nobody knows whether it was carried out.
func (f *fixture) loseOutcome(t *testing.T, run int64) {
	t.Helper()
	f.write(t, sqlInsertIncident, run, 1, 1, 1, run, paceline.NewID(f.clock.Now()), "S", int(paceline.StepAction), false, string(paceline.CodeUnknownOutcome), []byte{}, 1, []byte{})
}

// TestSettledWithWhatGoesOn: an outcome is decided about in the commit of the transaction that goes on, or not at all.
func TestSettledWithWhatGoesOn(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 2)
		c := f.cycles[0]
		f.loseOutcome(t, 5)
		settles := func(c paceline.Cycle) Op {
			op := f.accept(t, c, nil)
			op.Accept.Settles = 5
			op.Accept.Audit = &paceline.AuditEvent{At: op.Accept.Run.CreatedAt, Actor: "Ada", Action: "transaction.outcome_done", SubjectID: "5"}
			return op
		}
		left := func(what string, want ...int64) {
			t.Helper()
			got := f.ask(t, `SELECT (SELECT COUNT(*) FROM incident WHERE code = 'unknown_outcome'), (SELECT COUNT(*) FROM run), (SELECT COUNT(*) FROM audit_event)`)
			if !equalInts(got, want) {
				t.Errorf("%s: open outcomes, runs and lines of the audit are %v, want %v", what, got, want)
			}
		}
		stopped := settles(c)
		stopped.Accept.Run.Version = 9
		if r := f.mustSubmit(t, stopped); !r.Refused || r.Decided {
			t.Errorf("of a cycle that does not run: %+v", r)
		}
		left("of a cycle that does not run", 1, 0, 0)
		if r := f.mustSubmit(t, settles(f.cycles[1])); !r.Refused || !r.Decided {
			t.Errorf("of another account: %+v", r)
		}
		left("of another account", 1, 0, 0)
		if r := f.mustSubmit(t, settles(c)); r.Refused {
			t.Errorf("the first who decides: %+v", r)
		}
		left("the first who decides", 0, 1, 1)
		if r := f.mustSubmit(t, settles(c)); !r.Refused || !r.Decided {
			t.Errorf("the second who decides: %+v", r)
		}
		left("the second who decides", 0, 1, 1)
	})
}
