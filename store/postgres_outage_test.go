package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// cutter stands between a store and its database and cuts connections at chosen moments.
type cutter struct {
	listener net.Listener
	server   string
	direct   string // the database's address without the cutter

	mu     sync.Mutex
	marker []byte        // the connection that sends this is cut, once
	after  bool          // after the server has answered it, else before the server sees it
	alone  bool          // from then on no new connection gets through
	down   bool          // nothing gets through
	still  bool          // from now on nobody is answered, and nobody is cut off
	held   chan struct{} // until it is closed nothing moves, and nothing is lost
	conns  map[net.Conn]bool
	cuts   int
}

// behindCutter returns options whose database is reached through the cutter.
func behindCutter(t *testing.T) (*cutter, Options) {
	t.Helper()
	o := testOptions(t, "postgres")
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{server: u.Host, direct: o.URL, conns: map[net.Conn]bool{}}
	if c.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.listener.Close() })
	u.Host = c.listener.Addr().String()
	u.RawQuery = "sslmode=disable"
	o.URL = u.String()
	go func() {
		for {
			client, err := c.listener.Accept()
			if err != nil {
				return
			}
			go c.serve(client)
		}
	}()
	return c, o
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	c.mu.Lock()
	if c.down {
		c.mu.Unlock()
		return
	}
	c.conns[client], c.conns[server] = true, true
	c.mu.Unlock()
	doomed := make(chan struct{})
	go func() {
		defer client.Close()
		buf := make([]byte, 1<<20)
		for {
			n, err := server.Read(buf)
			select {
			case <-doomed:
				// What the server says from here on is never heard; its last word is "ready".
				if err != nil || bytes.Contains(buf[:n], []byte("Z\x00\x00\x00\x05")) {
					return
				}
				continue
			default:
			}
			if err != nil {
				return
			}
			if c.stands() {
				continue
			}
			c.pass()
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 1<<20)
	var tail []byte
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		switch cut, after := c.hit(append(tail, buf[:n]...)); {
		case cut && !after:
			return
		case cut:
			close(doomed)
			server.Write(buf[:n])
			io.Copy(server, client) // the rest of the pipeline, until the other side hangs up
			return
		}
		tail = append(tail[:0], buf[max(0, n-16):n]...)
		if c.stands() {
			continue
		}
		c.pass()
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// stand leaves everybody without an answer, as a machine does whose network or disk is gone.
func (c *cutter) stand() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = true
}

func (c *cutter) stands() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.still
}

// hold keeps back what is said until release, as a machine does that stands still.
func (c *cutter) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = make(chan struct{})
}

func (c *cutter) release() { close(c.held) }

func (c *cutter) pass() {
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	if held != nil {
		<-held
	}
}

func (c *cutter) hit(data []byte) (cut, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.marker == nil || !bytes.Contains(data, c.marker) {
		return false, false
	}
	c.marker = nil
	c.cuts++
	c.down = c.down || c.alone
	return true, c.after
}

func (c *cutter) arm(marker string, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marker, c.after = []byte(marker), after
}

func (c *cutter) setDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
	if down {
		for conn := range c.conns {
			conn.Close()
		}
		clear(c.conns)
	}
}

// TestConnectionCutAroundCommit loses the writer's connection just before and just after COMMIT. Either
// way every op is answered once, with what is really on the disk, and is there exactly once.
func TestConnectionCutAroundCommit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		after bool
	}{{"before", false}, {"after", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cut, o := behindCutter(t)
			o.Writers = 1
			f := newFixture(t, openTest(t, o), 2)
			c := f.cycles[0]
			run, stopped := f.start(t, c), f.start(t, f.cycles[1])
			f.mustSubmit(t, f.advance(f.cycles[1], stopped, 1, paceline.RunStopped, nil))
			var sent, cutHere int

			try := func(op Op, marker string, want Result) {
				t.Helper()
				sent++
				cut.arm(marker, tc.after)
				r := f.submit(t, op)
				if r != want {
					t.Errorf("%s: %+v, want %+v", marker, r, want)
				}
				cut.mu.Lock()
				cutHere = cut.cuts
				cut.mu.Unlock()
				if cutHere != sent {
					t.Fatalf("%s: %d cuts after %d ops", marker, cutHere, sent)
				}
			}
			op := f.accept(t, c, []byte("marker-accept"))
			op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{1}, Expires: 1 << 60}
			try(op, "marker-accept", Result{Run: op.Accept.Run.Num})

			again := f.accept(t, c, []byte("marker-again"))
			again.Accept.Dedupe = op.Accept.Dedupe
			try(again, "marker-again", Result{Run: op.Accept.Run.Num, Duplicate: true, Seq: -1})

			refused := f.accept(t, c, []byte("marker-refused"))
			refused.Accept.Run.Version = 9
			try(refused, "marker-refused", Result{Run: refused.Accept.Run.Num, Refused: true})

			try(f.advance(c, run, 1, paceline.RunLive, []byte("marker-live")), "marker-live", Result{Run: run})
			try(f.advance(c, run, 2, paceline.RunCompleted, []byte("marker-end")), "marker-end", Result{Run: run})
			try(f.advance(f.cycles[1], stopped, 2, paceline.RunCompleted, []byte("marker-late")), "marker-late", Result{Run: stopped, Refused: true})

			f.write(t, `INSERT INTO schedule (cycle_num, partner_id, account_id, root_id, slot, next_due) VALUES (1, 1, 1, 1, 0, 0)`)
			slot := f.accept(t, c, nil)
			slot.Accept.Slot, slot.Accept.NextDue = 5, 6
			try(slot, "commit", Result{Run: slot.Accept.Run.Num})

			rows := f.ask(t, `SELECT (SELECT COUNT(*) FROM run), (SELECT COUNT(*) FROM step), (SELECT COUNT(*) FROM exchange) + (SELECT COUNT(call_at) FROM step), (SELECT COUNT(*) FROM dedupe) FROM partner`)
			if want := []int64{4, 4 + 4, 8, 1}; !equalInts(rows, want) {
				t.Errorf("rows = %v, want %v", rows, want)
			}
			if got, want := f.counters(t, c), (paceline.CycleCounters{Tasks: 3 + 4, InProgress: 2}); got != want {
				t.Errorf("counters = %+v, want %+v", got, want)
			}
		})
	}
}

func equalInts(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// untilServed submits again while the store says that the database is away, as a sender would.
func (f *fixture) untilServed(t *testing.T, op Op) (r Result) {
	t.Helper()
	waitUntil(t, "an answer", func() bool {
		r = f.submit(t, op)
		return paceline.KindOf(r.Err) != paceline.Unavailable
	})
	return r
}

// TestOutage: while the database is away deliveries are told to come back, what records the past
// waits, and both go on by themselves afterwards.
func TestOutage(t *testing.T) {
	t.Parallel()
	cut, o := behindCutter(t)
	f := newFixture(t, openTest(t, o), 1)
	c := f.cycles[0]
	run := f.start(t, c)
	waits := f.waiting(t, c)
	lost, next := f.accept(t, c, []byte("x")), f.accept(t, c, nil)
	lost.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{1}, Expires: 1 << 60}
	next.Accept.Dedupe = lost.Accept.Dedupe
	cut.setDown(true)

	advanced := make(chan Result, 1)
	op := f.advance(c, run, 1, paceline.RunLive, nil)
	op.Done = func(r Result) { advanced <- r }
	f.Submit(&op)
	for _, op := range []Op{lost, f.arrive(c, waits)} {
		r := f.submit(t, op)
		if e, ok := errors.AsType[*paceline.Error](r.Err); !ok || e.Kind() != paceline.Unavailable || e.RetryAfter <= 0 {
			t.Errorf("a delivery while the database is away: %+v", r)
		}
	}
	if err := f.InTx(t.Context(), system, func(*Tx) error { return nil }); paceline.KindOf(err) != paceline.Unavailable {
		t.Errorf("InTx while the database is away: %v", err)
	}
	if err := f.Read(t.Context(), func(*Tx) error { return nil }); paceline.KindOf(err) != paceline.Unavailable {
		t.Errorf("Read while the database is away: %v", err)
	}
	select {
	case r := <-advanced:
		t.Errorf("the advance was answered: %+v", r)
	default:
	}
	cut.setDown(false)
	if r := <-advanced; r != (Result{Run: run}) {
		t.Errorf("the advance after the outage: %+v", r)
	}
	if r := f.untilServed(t, next); r != (Result{Run: next.Accept.Run.Num}) {
		t.Errorf("the sender's next try: %+v", r)
	}
	if n := f.ask(t, `SELECT COUNT(*) FROM arrival`); n[0] != 0 {
		t.Errorf("%d refused deliveries were stored", n[0])
	}
	waitUntil(t, "reads again", func() bool { return f.Read(t.Context(), func(*Tx) error { return nil }) == nil })
}

// TestCloseWithoutAnswers closes a store whose database answers nothing any more: what it still has to say waits for less than one
// commit may take.
func TestCloseWithoutAnswers(t *testing.T) {
	t.Parallel()
	cut, o := behindCutter(t)
	s := asNode(t, o, "a:1")
	if err := s.Own(t.Context(), []int{0, 1, 2, 3}, true); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, s, 1)
	f.start(t, f.cycles[0])
	cut.stand()
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	late, stop := paceline.SystemClock{}.NewTimer(commitTimeout)
	defer stop()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-late:
		t.Error("a store waits for a database that does not answer")
		<-closed
	}
}

// TestSilentDatabase: requests are told to come back by a database that says nothing, whether they would use a connection that is
// there, wait for one or make one; what is not a request waits. All go on when it speaks again.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	cut, o := behindCutter(t)
	o.ReaderConns = 2
	f := newFixture(t, openTest(t, o), 1)
	c := f.cycles[0]
	run := f.start(t, c)
	cut.hold()
	own := make(chan error, 1)
	go func() { own <- f.Read(t.Context(), func(*Tx) error { return nil }) }()
	advanced := make(chan Result, 1)
	op := f.advance(c, run, 1, paceline.RunLive, nil)
	op.Done = func(r Result) { advanced <- r }
	f.Submit(&op)
	ctx := OfRequest(t.Context())
	refused := make(chan error, 8)
	for i := range cap(refused) {
		go func() {
			if i%2 == 0 {
				refused <- f.Read(ctx, func(*Tx) error { return nil })
			} else {
				refused <- f.InTx(ctx, system, func(*Tx) error { return nil })
			}
		}()
	}
	for range cap(refused) {
		err := <-refused
		if e, ok := errors.AsType[*paceline.Error](err); !ok || e.Kind() != paceline.Unavailable || e.RetryAfter <= 0 || errors.Is(err, context.Canceled) {
			t.Errorf("a request: %v", err)
		}
	}
	if f.Silence() < requestPatience {
		t.Errorf("silent for %v", f.Silence())
	}
	select {
	case err := <-own:
		t.Errorf("what is no request did not wait: %v", err)
	case r := <-advanced:
		t.Errorf("the advance was answered: %+v", r)
	default:
	}
	cut.release()
	if r := <-advanced; r != (Result{Run: run}) {
		t.Errorf("the advance: %+v", r)
	}
	waitUntil(t, "reads again", func() bool { return f.Read(ctx, func(*Tx) error { return nil }) == nil })
	if f.Silence() >= requestPatience {
		t.Errorf("still silent for %v", f.Silence())
	}
	<-own
}

// TestRefusedDeliveryIsTakenBack: the commit of a delivery arrives, its answer does not, and the outage
// lasts so long that the sender is told to come back. Its next try must not be taken for a second copy, and
// nothing of the first is left.
func TestRefusedDeliveryIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, marker string
		more         func(*Accept)
	}{
		{"plain", "marker-lost", func(*Accept) {}},
		{"linked", "commit", func(a *Accept) { a.Link = &Link{FromRun: 5, Depth: 1} }},
		{"repeated", "commit", func(a *Accept) {
			a.Rows = []paceline.StepRow{{Run: a.Run.Num, Seq: 1, StepRef: 1, Output: paceline.Output{Data: []byte("more")}}}
			a.Inherit = []Inherited{{Seq: 1, FromRun: 5, FromSeq: 1}}
			a.Audit = &paceline.AuditEvent{At: a.Run.CreatedAt, Actor: "Ada", Action: "transaction.resubmitted", SubjectID: "5"}
		}},
		{"of an outcome", "commit", func(a *Accept) {
			a.Settles = 5
			a.Audit = &paceline.AuditEvent{At: a.Run.CreatedAt, Actor: "Ada", Action: "transaction.outcome_done", SubjectID: "5"}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cut, o := behindCutter(t)
			o.Writers = 1
			f := newFixture(t, openTest(t, o), 1)
			c := f.cycles[0]
			f.loseOutcome(t, 5)
			op, next := f.accept(t, c, []byte("marker-lost")), f.accept(t, c, nil)
			tc.more(op.Accept)
			op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{1}, Expires: 1 << 60}
			next.Accept.Dedupe = op.Accept.Dedupe
			cut.arm(tc.marker, true)
			answered := make(chan Result, 1)
			op.Done = func(r Result) { answered <- r }
			f.Submit(&op)
			waitUntil(t, "the cut", func() bool {
				cut.mu.Lock()
				defer cut.mu.Unlock()
				cut.down = true // no way back after the cut
				return cut.cuts == 1
			})
			if r := <-answered; paceline.KindOf(r.Err) != paceline.Unavailable {
				t.Errorf("answer of the lost delivery: %+v", r)
			}
			cut.setDown(false)
			if r := f.untilServed(t, next); r != (Result{Run: next.Accept.Run.Num}) {
				t.Errorf("the sender's next try: %+v", r)
			}
			if rows := f.ask(t, `SELECT COUNT(*), MIN(num) FROM run`); rows[0] != 1 || rows[1] != next.Accept.Run.Num {
				t.Errorf("runs = %v", rows)
			}
			left := f.ask(t, `SELECT (SELECT COUNT(*) FROM step), (SELECT COUNT(*) FROM link), (SELECT COUNT(*) FROM inherited),
				(SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM cycle_counter), (SELECT COUNT(*) FROM audit_event),
				(SELECT COUNT(*) FROM incident WHERE code = 'unknown_outcome')`)
			if want := []int64{1, 0, 0, 0, 0, 1}; !equalInts(left, want) {
				t.Errorf("rows, links, inherited outputs, bytes, lines of the audit and open outcomes are %v, want %v", left, want)
			}
			if got, want := f.counters(t, c), (paceline.CycleCounters{Tasks: 1, InProgress: 1}); got != want {
				t.Errorf("counters = %+v, want %+v", got, want)
			}
		})
	}
}

// TestExecutedDeliveryIsKept: a delivery whose sender was told to come back stays when its transaction was found in the database and
// executed meanwhile, or is about to be. The sender's next try is a second copy then.
func TestExecutedDeliveryIsKept(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]func(tx *Tx, op *Accept) error{
		"a step was written": func(tx *Tx, op *Accept) error {
			_, err := tx.exec(`INSERT INTO step (id, partner_id, account_id, step_ref, from_seq, state, exit_type, attempt, due_at, rows_in, rows_out,
				tasks_ok, tasks_incident, connector, method, started_at, ended_at, in_exchange) SELECT $1, partner_id, account_id, 1, 0, state, exit_type,
				attempt, due_at, rows_in, rows_out, 0, 0, connector, method, started_at, ended_at, in_exchange FROM step WHERE id = $2`,
				stepKey(op.Run.Num, 1), stepKey(op.Run.Num, 0))
			return err
		},
		"it has ended": func(tx *Tx, op *Accept) error {
			_, err := tx.exec(`UPDATE run SET state = 1 WHERE num = $1`, op.Run.Num)
			return err
		},
		"it is about to begin": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cut, o := behindCutter(t)
			o.Writers = 1
			f := newFixture(t, openTest(t, o), 1)
			direct := o
			direct.URL, direct.Aside = cut.direct, true
			beside := openTest(t, direct)
			c := f.cycles[0]
			op, next := f.accept(t, c, []byte("marker-lost")), f.accept(t, c, nil)
			op.Accept.Known = func() bool { return found == nil }
			op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: [16]byte{1}, Expires: 1 << 60}
			next.Accept.Dedupe = op.Accept.Dedupe
			cut.alone = true
			cut.arm("marker-lost", true)
			answered := make(chan Result, 1)
			op.Done = func(r Result) { answered <- r }
			f.Submit(&op)
			waitUntil(t, "the commit whose answer is lost", func() bool {
				return (&fixture{Store: beside}).ask(t, `SELECT COUNT(*) FROM run`)[0] == 1
			})
			if r := <-answered; paceline.KindOf(r.Err) != paceline.Unavailable {
				t.Errorf("answer of the lost delivery: %+v", r)
			}
			if found != nil {
				if err := beside.InTx(t.Context(), system, func(tx *Tx) error { return found(tx, op.Accept) }); err != nil {
					t.Fatal(err)
				}
			}
			cut.setDown(false)
			if r := f.untilServed(t, next); !r.Duplicate || r.Run != op.Accept.Run.Num {
				t.Errorf("the sender's next try: %+v, want a copy of %d", r, op.Accept.Run.Num)
			}
			if rows := f.ask(t, `SELECT COUNT(*), MIN(num) FROM run`); rows[0] != 1 || rows[1] != op.Accept.Run.Num {
				t.Errorf("runs = %v", rows)
			}
		})
	}
}

// TestTakeover: a second server on the same database shuts out the first, which notices with its next
// commit or, idle, by itself.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for _, idle := range []bool{false, true} {
		t.Run(map[bool]string{false: "busy", true: "idle"}[idle], func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, "postgres")
			f := newFixture(t, openTest(t, o), 2)
			run := f.start(t, f.cycles[0])
			late := f.advance(f.cycles[0], run, 1, paceline.RunCompleted, nil)
			second := &fixture{Store: openTest(t, o), cycles: f.cycles}
			if !idle {
				if r := f.submit(t, late); r.Err == nil {
					t.Errorf("the deposed server committed: %+v", r)
				}
			}
			select {
			case err := <-f.Fatal():
				if !errors.Is(err, errTakenOver) {
					t.Errorf("fatal: %v", err)
				}
			case <-t.Context().Done():
				t.Fatal("the deposed server never noticed")
			}
			if r := second.mustSubmit(t, second.advance(f.cycles[0], run, 1, paceline.RunCompleted, nil)); r.Refused {
				t.Errorf("the new server: %+v", r)
			}
		})
	}
}

// TestStrayPipelineFindsNoFence: what a lost connection still brings to the server must not be
// committed once the writer has connected anew.
func TestStrayPipelineFindsNoFence(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "postgres")
	o.Writers = 1
	s := openTest(t, o)
	f := newFixture(t, s, 1)
	w := s.backend.(*postgresStore).writers[0]
	stray, err := pgx.Connect(t.Context(), o.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer stray.Close(t.Context())
	epoch := f.ask(t, `SELECT epoch FROM fence WHERE writer = 0`)[0]
	op := f.accept(t, f.cycles[0], nil)

	// The server closes the writer's connection; the next op makes it connect anew.
	if _, err := stray.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	f.mustSubmit(t, op)
	p := newPipeline()
	p.reset()
	p.accept(f.acceptNumbered(f.cycles[0], 999_999).Accept)
	if err := p.send(t.Context(), &postgresWriter{conn: stray, pool: w.pool, index: w.index, epoch: epoch, tally: newTally(seams{})}, false); !isFenced(err) {
		t.Errorf("the stray commit: %v", err)
	}
	waitUntil(t, "reads again", func() bool { return f.Read(t.Context(), func(*Tx) error { return nil }) == nil })
	if n := f.ask(t, `SELECT COUNT(*) FROM run`); n[0] != 1 {
		t.Errorf("%d runs", n[0])
	}
}
