package store

import (
	"encoding/binary"
	"sync"
	"testing"

	"paceline"
)

// fixture is a partner with accounts that each have one cycle, active at version 1.
type fixture struct {
	*Store
	cycles []paceline.Cycle
}

// newFixture writes the rows that ops refer to, by their numbers: partner 1, accounts and cycles 1 to n.
// Account 2, if any, is a sub account of account 1.
func newFixture(t testing.TB, s *Store, n int) *fixture {
	t.Helper()
	f := &fixture{Store: s}
	err := s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error {
		f.cycles = nil
		now := tx.Now()
		if _, err := tx.exec(`INSERT INTO partner (num, id, name, created_at, key_sealed, settings) VALUES (1, $1, 'P', $2, $3, $3)`,
			paceline.NewID(tx.now), now, []byte("{}")); err != nil {
			return err
		}
		for num := int64(1); num <= int64(n); num++ {
			root, parent := num, int64(0)
			if num == 2 {
				root, parent = 1, 1
			}
			if _, err := tx.exec(`INSERT INTO account (num, partner_id, root_id, parent_id, id, api_id, name, name_fold, state,
				created_at, timezone, next_bill_date, webhook_enabled, webhook_warnings, concurrent_limit)
				VALUES ($1, 1, $2, $3, $4, $4, 'A', 'a', 0, $5, 'Etc/UTC', 0, 0, 0, 0)`,
				num, root, parent, paceline.NewID(tx.now), now); err != nil {
				return err
			}
			c := paceline.Cycle{Num: num, ID: paceline.NewID(tx.now), Partner: 1, Account: num, Root: root, State: paceline.CycleActive, RunVersion: 1}
			if _, err := tx.exec(`INSERT INTO cycle (num, id, partner_id, account_id, root_id, name, name_fold, tags, state, template_id,
				template_release_id, flow, version, run_version, created_at, activated_at)
				VALUES ($1, $2, 1, $1, $3, 'C', 'c', '[]', $4, '', '', $5, 1, 1, $6, $6)`,
				num, c.ID, root, int(c.State), []byte("{}"), now); err != nil {
				return err
			}
			f.cycles = append(f.cycles, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// submit waits for one op.
func (f *fixture) submit(t testing.TB, op Op) Result {
	t.Helper()
	done := make(chan Result, 1)
	op.Done = func(r Result) { done <- r }
	f.Submit(&op)
	return <-done
}

// mustSubmit is submit for an op that cannot fail.
func (f *fixture) mustSubmit(t testing.TB, op Op) Result {
	t.Helper()
	r := f.submit(t, op)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

func (f *fixture) runNum(t testing.TB) int64 {
	t.Helper()
	num, err := f.RunNum(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return num
}

// accept makes an op that starts a transaction of cycle c with the payload.
func (f *fixture) accept(t testing.TB, c paceline.Cycle, payload []byte) Op {
	now := paceline.ToMicros(f.clock.Now())
	num := f.runNum(t)
	return Op{Root: c.Root, Accept: &Accept{
		Run:     paceline.Run{Num: num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: now},
		Trigger: paceline.StepRow{Run: num, From: -1, TasksOK: 1, Connector: 7, Method: 8, StartedAt: now, EndedAt: now, Output: paceline.Output{Data: payload}},
	}}
}

// start accepts a transaction and returns its number.
func (f *fixture) start(t testing.TB, c paceline.Cycle) int64 {
	t.Helper()
	r := f.mustSubmit(t, f.accept(t, c, []byte("payload")))
	if r.Refused || r.Duplicate {
		t.Fatalf("accept: %+v", r)
	}
	return r.Run
}

// advance makes an op that records one finished step with two calls and leaves the run in state.
func (f *fixture) advance(c paceline.Cycle, run int64, seq int32, state paceline.RunState, payload []byte) Op {
	now := paceline.ToMicros(f.clock.Now())
	a := &Advance{
		Run: run, Partner: c.Partner, Account: c.Account, Cycle: c.Num, State: state, At: now,
		Rows: []paceline.StepRow{{Run: run, Seq: seq, StepRef: seq, From: seq - 1, State: paceline.StepDone, TasksOK: 2, Connector: 7, Method: 9,
			StartedAt: now, EndedAt: now, Output: paceline.Output{InExchange: true}}},
	}
	for n := int32(1); n <= 2; n++ {
		a.Exchanges = append(a.Exchanges, paceline.Exchange{Run: run, Seq: seq, N: n, Status: 200, Millis: 3, At: now, Request: payload, Response: payload})
	}
	if state == paceline.RunCompleted {
		a.SuccessAt = now
	}
	return Op{Root: c.Root, Advance: a}
}

// waiting starts a transaction whose row 1 waits for deliveries.
func (f *fixture) waiting(t testing.TB, c paceline.Cycle) int64 {
	t.Helper()
	run := f.start(t, c)
	op := f.advance(c, run, 1, paceline.RunLive, nil)
	a := op.Advance
	a.DueAt, a.Awaits, a.Waiting = 1<<60, true, []Waiting{{Seq: 1, StepRef: 4, Key: paceline.KeyHash{byte(run)}}}
	a.Rows[0].State, a.Rows[0].DueAt, a.Rows[0].TasksOK, a.Exchanges = paceline.StepParked, 1<<60, 0, nil
	f.mustSubmit(t, op)
	return run
}

// arrive makes an op that hands a delivery to such a transaction.
func (f *fixture) arrive(c paceline.Cycle, run int64) Op {
	return Op{Root: c.Root, Arrive: &Arrive{Partner: c.Partner, Account: c.Account, Cycle: c.Num, Run: run,
		Arrival: Arrival{Seq: 1, At: paceline.ToMicros(f.clock.Now()), RowsOut: 1, Output: paceline.Output{Data: []byte("delivery")}}}}
}

// size is how many bytes the database has.
func (f *fixture) size(b *testing.B) (n int64) {
	sql := `SELECT pg_database_size(current_database())`
	if f.isSQLite() {
		sql = `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`
	}
	err := f.Read(b.Context(), func(tx *Tx) error {
		_, err := tx.one(sql, nil, func(r *Row) { n = r.Int(0) })
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func benchmarkRuns(b *testing.B, database string) {
	o := testOptions(b, database)
	f := newFixture(b, openTest(b, o), 100)
	const inFlight = 200
	payload := make([]byte, 1024)
	for i := range payload {
		payload[i] = byte(i * i)
	}
	var wg sync.WaitGroup
	work := make(chan int, b.N)
	for i := range b.N {
		work <- i
	}
	close(work)
	b.ResetTimer()
	for range inFlight {
		wg.Go(func() {
			for i := range work {
				c := f.cycles[i%len(f.cycles)]
				op := f.accept(b, c, payload)
				var key [16]byte
				binary.BigEndian.PutUint64(key[:], uint64(op.Accept.Run.Num)*0x9E3779B97F4A7C15)
				op.Accept.Dedupe = &Dedupe{Step: c.ID, Key: key, Expires: op.Accept.Run.CreatedAt.Add(retentionDefault)}
				run := f.mustSubmit(b, op).Run
				f.mustSubmit(b, f.advance(c, run, 1, paceline.RunLive, payload))
				f.mustSubmit(b, f.advance(c, run, 2, paceline.RunCompleted, payload))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(f.size(b))/float64(b.N)/9216, "bytes/payload-byte")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
	b.ReportMetric(3*float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkRuns: accept and two advances of one transaction, payloads of 1 KB, two calls each, every
// op durable before the next, 200 transactions in flight.
func BenchmarkRuns(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) { benchmarkRuns(b, database) })
	}
}
