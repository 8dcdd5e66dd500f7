package store

import (
	"fmt"
	"testing"
	"time"

	"paceline"
)

// TestStoredBytes: after whatever is written or removed, the counted bytes are those that lie in the tables, of each
// account for itself; also while commits only note what they add.
func TestStoredBytes(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		for _, notes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, notes %v", database, notes), func(t *testing.T) {
				t.Parallel()
				o := testOptions(t, database)
				o.seams.notes = notes
				storedBytes(t, openTest(t, o))
			})
		}
	}
}

func storedBytes(t *testing.T, s *Store) {
	f := newFixture(t, s, 2) // account 2 is a sub account of 1
	c, sub := f.cycles[0], f.cycles[1]
	scope := paceline.Scope{Partner: 1, Account: 1}
	check := func(what string, account, want int64) {
		t.Helper()
		err := s.Read(t.Context(), func(tx *Tx) error {
			scope := paceline.Scope{Partner: 1, Account: account}
			counted, err := tx.StoredBytes(scope)
			if err != nil {
				return err
			}
			real, err := tx.StoredBytesOfRows(scope)
			if counted != want || real != want {
				t.Errorf("%s: account %d has %d bytes counted and %d stored, want %d", what, account, counted, real, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write := func(f func(tx *Tx) error) {
		t.Helper()
		if err := s.InTx(t.Context(), scope, f); err != nil {
			t.Fatal(err)
		}
	}
	run := f.start(t, c) // 7 bytes
	f.start(t, sub)
	check("a payload", 1, 7)
	check("a payload", 2, 7)
	storage := EntryStore{Connector: 7}
	entry := Entry{Name: "größe", Revision: "r1", Value: make([]byte, 20)}
	put := func(e Entry, was paceline.ID) func(tx *Tx) error {
		return func(tx *Tx) error {
			written, _, err := tx.PutEntry(scope, storage, e, was, EntryLimits{Entries: 10, Bytes: 1000})
			if err == nil && !written {
				t.Error("the entry is not written")
			}
			return err
		}
	}
	write(put(entry, ""))
	check("an entry of a storage", 1, 7+7+20)
	check("an entry of a storage of another account", 2, 7)
	entry.Revision, entry.Value = "r2", make([]byte, 5)
	write(put(entry, "r1"))
	check("an entry that became smaller", 1, 7+7+5)
	write(func(tx *Tx) error {
		_, err := tx.DeleteEntry(scope, storage, entry.Name)
		return err
	})
	check("a removed entry", 1, 7)
	answer := func(call string, expires paceline.Micros) func(tx *Tx) error {
		return func(tx *Tx) error {
			_, err := tx.KeepEntryCall(scope, call, make([]byte, 30), expires)
			return err
		}
	}
	write(answer("one", 1))
	check("what a call answered", 1, 7+3+30)
	write(func(tx *Tx) error {
		_, bytes, err := tx.EntrySize(scope, storage)
		if bytes != 0 {
			t.Errorf("the storages hold %d bytes, with nothing in them", bytes)
		}
		return err
	})
	write(answer("one, again", 1<<60)) // sweeps the first, which is over
	write(answer("one, again", 1<<60))
	check("what another call answered, twice", 1, 7+10+30)
	write(func(tx *Tx) error { return tx.EraseEntries(scope) })
	check("nothing of it any more", 1, 7)
	stopped := f.accept(t, c, []byte("refused"))
	stopped.Accept.Run.Version = 99
	f.mustSubmit(t, stopped)
	check("a refused delivery", 1, 7)

	op := f.advance(c, run, 1, paceline.RunLive, make([]byte, 10)) // 2 calls, request and response
	op.Advance.Incidents = []paceline.Incident{{Code: paceline.CodeSourceEmpty, Warning: true, Detail: make([]byte, 5)}}
	f.mustSubmit(t, op)
	check("calls and a warning", 1, 52)
	child := paceline.Run{Num: f.runNum(t), Partner: 1, Account: 1, Root: 1, Cycle: c.Num, Version: 1, Parent: run, Split: paceline.SplitChild, CreatedAt: 1}
	op = f.advance(c, run, 2, paceline.RunLive, nil)
	op.Advance.Children = []Child{{Run: child, Row: paceline.StepRow{Run: child.Num, From: paceline.FromSplit(2), Output: paceline.Output{Data: make([]byte, 100)}}}}
	f.mustSubmit(t, op)
	check("a child", 1, 152)
	end := f.advance(c, child.Num, 1, paceline.RunFailed, make([]byte, 1)) // StopCycle takes the way of single ops
	end.Advance.StopCycle = true
	f.mustSubmit(t, end)
	check("an end that stops its cycle", 1, 156)

	write(func(tx *Tx) error {
		if err := tx.InsertBlob(scope, Blob{ID: paceline.NewID(tx.Time()), Run: run, Cycle: c.Num}); err != nil {
			return err
		}
		id := paceline.NewID(tx.Time())
		if err := tx.InsertBlob(scope, Blob{ID: id, Run: run, Cycle: c.Num}); err != nil {
			return err
		}
		for _, n := range []int{1000, 400} { // the second in place of the first
			if err := tx.PutBlobChunk(scope, id, 0, make([]byte, n)); err != nil {
				return err
			}
		}
		return tx.PutBlobChunk(scope, id, 1, make([]byte, 44))
	})
	check("a blob", 1, 600)
	write(func(tx *Tx) error {
		return tx.InsertIncident(scope, paceline.Incident{Cycle: c.Num, Code: paceline.CodeTriggerSkipped, Detail: make([]byte, 3)})
	})
	check("an incident of no transaction", 1, 603)
	write(func(tx *Tx) error {
		_, err := tx.ClearIncidents(scope, c.Num)
		return err
	})
	check("cleared incidents", 1, 595)

	f.mustSubmit(t, f.advance(c, run, 3, paceline.RunCompleted, nil))
	later := paceline.ToMicros(s.clock.Now().Add(40 * 24 * time.Hour))
	if done, err := s.Prune(t.Context(), later, 50); err != nil || done.Runs == 0 && done.Data == 0 {
		t.Fatal(done, err)
	}
	check("pruned", 1, 0)
	check("another account", 2, 7)
}
