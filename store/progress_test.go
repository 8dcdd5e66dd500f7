package store

import (
	"testing"
	"time"

	"paceline"
)

// several begins a transaction whose row 1 makes several calls and has come to a place, and returns it with a blob that holds what
// they brought.
func (f *fixture) several(t *testing.T, c paceline.Cycle, state paceline.StepState, created paceline.Micros) (run int64, blob paceline.ID) {
	t.Helper()
	run, blob = f.start(t, c), paceline.NewID(f.clock.Now())
	scope := paceline.Scope{Partner: c.Partner, Account: c.Account}
	err := f.InTx(t.Context(), scope, func(tx *Tx) error {
		if err := tx.InsertBlob(scope, Blob{ID: blob, Run: run, Cycle: c.Num, CreatedAt: created}); err != nil {
			return err
		}
		return tx.PutBlobChunk(scope, blob, 0, make([]byte, 100))
	})
	if err != nil {
		t.Fatal(err)
	}
	op := f.advance(c, run, 1, paceline.RunLive, []byte("call"))
	op.Advance.Rows[0].State, op.Advance.Rows[0].Progress = state, []byte("place")
	f.mustSubmit(t, op)
	return run, blob
}

func (f *fixture) end(t *testing.T, c paceline.Cycle, run int64, state paceline.RunState, prune paceline.Micros) {
	t.Helper()
	now := paceline.ToMicros(f.clock.Now())
	f.mustSubmit(t, Op{Root: c.Root, Advance: &Advance{Run: run, Partner: c.Partner, Account: c.Account, Cycle: c.Num, State: state, At: now, PruneAt: prune}})
}

func (f *fixture) progress(t *testing.T, run int64) string {
	t.Helper()
	var text string
	err := f.Read(t.Context(), func(tx *Tx) error {
		rows, err := tx.Steps(paceline.Scope{Partner: 1, Account: 1}, run, false)
		text = string(rows[1].Progress)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestProgressGoesWithTheData: where a step of several calls had come to stays as long as the data of its transaction, however
// that ended, and then goes; which items left a step by which exit stays with its row.
func TestProgressGoesWithTheData(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		now := paceline.ToMicros(s.clock.Now())
		for state, left := range map[paceline.StepState]string{
			paceline.StepDone: "place", paceline.StepFailed: "", paceline.StepParked: "", paceline.StepStarted: "", paceline.StepOngoing: "",
		} {
			run, _ := f.several(t, c, state, now)
			f.end(t, c, run, paceline.RunStopped, now.Add(time.Hour))
			if _, err := s.Prune(t.Context(), now.Add(59*time.Minute), 50); err != nil || f.progress(t, run) != "place" {
				t.Errorf("state %d: before its time the progress is %q, %v", state, f.progress(t, run), err)
			}
			if _, err := s.Prune(t.Context(), now.Add(time.Hour), 50); err != nil || f.progress(t, run) != left {
				t.Errorf("state %d: then the progress is %q, want %q, %v", state, f.progress(t, run), left, err)
			}
			if n := f.ask(t, `SELECT (SELECT COUNT(*) FROM blob WHERE run = $1), (SELECT COUNT(*) FROM exchange WHERE step >= $1 * 1048576 AND step < ($1 + 1) * 1048576)`, run); n[0] != 0 || n[1] != 0 {
				t.Errorf("state %d: %d blobs and %d calls are left", state, n[0], n[1])
			}
		}
	})
}

// TestSweepLeavesDrafts: what the calls of a step have brought that did not come to its end is named by no row, and stays for a
// transaction that goes on with it. That of one that is done, or left out, goes.
func TestSweepLeavesDrafts(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		now := paceline.ToMicros(s.clock.Now())
		kept := map[paceline.ID]bool{}
		for _, state := range []paceline.StepState{paceline.StepDone, paceline.StepFailed, paceline.StepParked, paceline.StepSkipped, paceline.StepStarted, paceline.StepOngoing} {
			run, blob := f.several(t, c, state, now.Add(-25*time.Hour))
			f.end(t, c, run, paceline.RunStopped, now.Add(time.Hour))
			kept[blob] = state != paceline.StepDone && state != paceline.StepSkipped
		}
		if _, _, _, err := s.SweepBlobs(t.Context(), BlobPlace{}, now, 50); err != nil {
			t.Fatal(err)
		}
		scope := paceline.Scope{Partner: 1, Account: 1}
		err := s.Read(t.Context(), func(tx *Tx) error {
			for blob, want := range kept {
				if _, found, err := tx.BlobChunk(scope, blob, 0); err != nil || found != want {
					t.Errorf("the draft is there: %v, want %v, %v", found, want, err)
				}
			}
			counted, err := tx.StoredBytes(scope)
			if err != nil {
				return err
			}
			real, err := tx.StoredBytesOfRows(scope)
			if counted != real {
				t.Errorf("%d bytes are counted, %d stored", counted, real)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestLostCallKeepsItsPlace: the process died in one of several calls that must not be repeated, and the cycle was stopped. The calls
// before stay made.
func TestLostCallKeepsItsPlace(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 1)
		c := f.cycles[0]
		run, _ := f.several(t, c, paceline.StepStarted, 1)
		f.write(t, `UPDATE cycle SET state = 0`)
		in := paceline.Incident{Partner: 1, Account: 1, Cycle: c.Num, Code: paceline.CodeUnknownOutcome, At: 5}
		f.mustSubmit(t, Op{Root: c.Root, Cancel: &Cancel{Partner: 1, Account: 1, Cycle: c.Num, At: 5,
			Lost: func(int64, int32) *paceline.Incident { return &in }}})
		if got := f.ask(t, `SELECT state FROM step WHERE id = $1 * 1048576 + 1`, run); got[0] != int64(paceline.StepFailed) || f.progress(t, run) != "place" {
			t.Errorf("the row has state %d and the progress %q", got[0], f.progress(t, run))
		}
	})
}
