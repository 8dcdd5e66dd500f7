package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"paceline"
)

// A commit of few ops writes the counters itself. When many ops share each commit, most counters would be
// written again and again: then a commit only notes what it adds, as one row of the table tally, and a
// later one writes the sums of many and removes their rows. The counters lag behind by tallyAge at most;
// readers of usage add the rows. What a crash leaves is added at the next start, so nothing is lost or
// counted twice.
const (
	tallyFrom    = 16                     // ops in a commit from which on it only notes
	tallyCommits = 64                     // commits that may be noted
	tallyAge     = 100 * time.Millisecond // since the first of them
)

// tally is what was noted by commits and is not in the counters yet.
type tally struct {
	sums    sums
	commits int
	since   time.Time
	first   int64         // batch of the first note
	last    int64         // and of the last
	always  bool          // for tests: each commit only notes
	closed  chan struct{} // the writer has ended
}

func newTally(s seams) *tally {
	return &tally{sums: newSums(), always: s.notes, closed: make(chan struct{})}
}

// notes says whether a commit of so many ops only notes what it adds to the counters.
func (t *tally) notes(ops int, now time.Time) bool {
	return t.always || ops >= tallyFrom && t.commits < tallyCommits && (t.commits == 0 || now.Sub(t.since) < tallyAge)
}

// noted takes over what a durable commit noted.
func (t *tally) noted(s *sums, batch int64, now time.Time) {
	if t.commits == 0 {
		t.since, t.first = now, batch
	}
	t.commits++
	t.last = batch
	t.sums.add(s)
}

// settled forgets what the counters now have.
func (t *tally) settled() {
	t.sums.reset()
	t.commits = 0
}

// settleLater submits an empty op after tallyAge, so that the counters catch up when nothing else comes.
func (t *tally) settleLater(clock paceline.Clock, q *queue) {
	timer, stop := clock.NewTimer(tallyAge)
	go func() {
		defer stop()
		select {
		case <-timer:
			q.put(entry{op: &Op{settle: true}})
		case <-t.closed:
		}
	}()
}

const (
	sqlInsertTally = `INSERT INTO tally (node, writer, batch, body) VALUES ($1, $2, $3, $4)`
	// The lower bound spares PostgreSQL the dead rows of earlier notes.
	sqlDeleteTally = `DELETE FROM tally WHERE node = $1 AND writer = $2 AND batch >= $3`
	// Of one writer of a node, or with negative numbers of all.
	sqlTallies = `SELECT body FROM tally WHERE ($1 < 0 OR node = $1) AND ($2 < 0 OR writer = $2) ORDER BY node, writer, batch`
	sqlSettled = `DELETE FROM tally WHERE ($1 < 0 OR node = $1) AND ($2 < 0 OR writer = $2)`
	sqlRunEnd  = `SELECT state, ended_at FROM run WHERE partner_id = $1 AND account_id = $2 AND num = $3`
)

// note is what one commit adds to the counters. On PostgreSQL a commit is sent before it is known which of
// its transactions come to be or end by it (a delivery may be a second copy): what depends on that is told
// apart, and holds if the rows say so.
type note struct {
	sums  *sums
	begun []begunRun
	ended []endedRun
}

// begunRun counts if the run exists.
type begunRun struct {
	run, partner, account, cycle, bytes int64
	usageSum
}

// endedRun counts if the run is in this state since at.
type endedRun struct {
	run, partner, account, cycle int64
	state                        paceline.RunState
	at, success                  paceline.Micros
}

// noteVersion is the first byte of a note.
const noteVersion = 1

// encode writes the note as varints: per cycle its sums and usage, then the runs.
func (n *note) encode() []byte {
	b := append(make([]byte, 0, 64*len(n.sums.cycles)+32), noteVersion)
	put := func(list ...int64) {
		for _, v := range list {
			b = binary.AppendVarint(b, v)
		}
	}
	usage := func(u usageSum) { put(int64(u.connector), int64(u.method), int64(u.day), u.OK, u.Incident) }
	put(int64(len(n.sums.cycles)))
	for _, c := range n.sums.cycles {
		put(c.num, c.partner, c.account, c.tasks, c.errors, c.warnings, c.inProgress, int64(c.success), c.bytes, int64(len(c.usage)))
		for _, u := range c.usage {
			usage(u)
		}
	}
	put(int64(len(n.begun)))
	for _, r := range n.begun {
		put(r.run, r.partner, r.account, r.cycle, r.bytes)
		usage(r.usageSum)
	}
	put(int64(len(n.ended)))
	for _, r := range n.ended {
		put(r.run, r.partner, r.account, r.cycle, int64(r.state), int64(r.at), int64(r.success))
	}
	return b
}

var errNote = errors.New("a note of counters cannot be read")

// decodeNote reads what encode wrote.
func decodeNote(b []byte) (n note, err error) {
	if len(b) == 0 || b[0] != noteVersion {
		return n, errNote
	}
	b = b[1:]
	take := func() int64 {
		v, size := binary.Varint(b)
		if size <= 0 {
			err, b = errNote, nil
			return 0
		}
		b = b[size:]
		return v
	}
	usage := func() usageSum {
		u := usageSum{connector: int32(take()), method: int32(take()), day: int32(take())}
		u.OK, u.Incident = take(), take()
		return u
	}
	s := newSums()
	n.sums = &s
	for i := take(); i > 0 && err == nil; i-- {
		c := s.cycle(take(), take(), take())
		c.tasks, c.errors, c.warnings, c.inProgress, c.success, c.bytes = take(), take(), take(), take(), paceline.Micros(take()), take()
		for j := take(); j > 0 && err == nil; j-- {
			c.used(usage())
		}
	}
	for i := take(); i > 0 && err == nil; i-- {
		n.begun = append(n.begun, begunRun{take(), take(), take(), take(), take(), usage()})
	}
	for i := take(); i > 0 && err == nil; i-- {
		n.ended = append(n.ended, endedRun{take(), take(), take(), take(), paceline.RunState(take()), paceline.Micros(take()), paceline.Micros(take())})
	}
	if len(b) > 0 {
		err = errNote
	}
	return n, err
}

// begins adds a run that came to be.
func (s *sums) begins(r begunRun) {
	c := s.cycle(r.cycle, r.partner, r.account)
	c.inProgress++
	c.bytes += r.bytes
	if r.OK != 0 || r.Incident != 0 {
		c.used(r.usageSum)
		c.tasks += r.OK + r.Incident
	}
}

// ends adds a run that ended.
func (s *sums) ends(r endedRun) {
	c := s.cycle(r.cycle, r.partner, r.account)
	c.inProgress--
	c.success = max(c.success, r.success)
}

// known returns the note's sums, with what the rows say of its runs; of one account alone unless that is 0.
func (n *note) known(ctx context.Context, db executor, account int64) (*sums, error) {
	sums := newSums()
	for num, c := range n.sums.cycles {
		if account != 0 && c.account != account {
			delete(n.sums.cycles, num)
		}
	}
	sums.add(n.sums)
	state := func(partner, account, run int64, each func(*Row)) error {
		return db.query(ctx, sqlRunEnd, []any{partner, account, run}, func(r *Row) error {
			each(r)
			return nil
		})
	}
	for _, r := range n.begun {
		if account != 0 && r.account != account {
			continue
		}
		if err := state(r.partner, r.account, r.run, func(*Row) { sums.begins(r) }); err != nil {
			return nil, err
		}
	}
	for _, r := range n.ended {
		if account != 0 && r.account != account {
			continue
		}
		err := state(r.partner, r.account, r.run, func(row *Row) {
			if paceline.RunState(row.Int(0)) == r.state && row.Micros(1) == r.at {
				sums.ends(r)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return &sums, nil
}

// allNodes and allWriters choose the notes of all.
const (
	allNodes   = -1
	allWriters = -1
)

// tallied returns the sums of the notes of a node's writer, of one account alone unless that is 0.
func tallied(ctx context.Context, db executor, node int64, writer int, account int64) (*sums, error) {
	var notes []note
	err := db.query(ctx, sqlTallies, []any{node, writer}, func(r *Row) error {
		n, err := decodeNote(r.Bytes(0))
		notes = append(notes, n)
		return err
	})
	total := newSums()
	for i := range notes {
		if err != nil {
			break
		}
		var known *sums
		if known, err = notes[i].known(ctx, db, account); err == nil {
			total.add(known)
		}
	}
	return &total, err
}

// settle adds to the counters what a writer noted, or all of an earlier life of the server did, and nobody
// wrote. It runs inside a transaction, while that writer does not commit.
func settle(ctx context.Context, db executor, node int64, writer int) error {
	sums, err := tallied(ctx, db, node, writer, 0)
	if err != nil {
		return fmt.Errorf("settle the counters: %w", err)
	}
	a := newApplier(ctx, db, nil)
	a.sums.add(sums)
	if err := a.flush(); err != nil {
		return err
	}
	_, err = a.exec(sqlSettled, node, writer)
	return err
}
