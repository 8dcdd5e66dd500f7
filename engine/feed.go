package engine

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/store"
)

// LiveEvent is something that has become durable. One of its parts is set.
type LiveEvent struct {
	// ID is its place in the account's stream, for a listener that comes back.
	ID          string
	At          paceline.Micros
	Transaction *LiveTransaction
	Step        *LiveStep
	Cycle       *LiveCycle

	run int64
	seq uint64
}

// LiveTransaction is a transaction that was accepted, goes on, waits or has ended.
type LiveTransaction struct {
	ID, CycleID paceline.ID
	Status      TransactionStatus
	DueAt       paceline.Micros // of one that waits
}

// LiveStep is an execution of a step whose row was written.
type LiveStep struct {
	Transaction, CycleID, StepID paceline.ID
	Name                         string
	Kind                         paceline.StepKind
	State                        paceline.StepState
	Exit                         paceline.EdgeType
	Attempt                      int // counts from 1
	DueAt                        paceline.Micros
	Millis                       int
	// Problem is the text of the incident that the execution led to, "" without one; Warning its level.
	Problem string
	Warning bool
}

// LiveCycle is a cycle whose state was changed.
type LiveCycle struct {
	ID    paceline.ID
	State paceline.CycleState
}

// The bounds of live progress.
const (
	feedKept   = 5 * time.Minute // how long a listener may be away
	feedEvents = 32 << 10        // events of an account that are kept for it, of about 500 bytes each
	feedAll    = 128 << 10       // events of all accounts
	feedAhead  = 256             // events that a listener may be behind
)

// feed hands events to those who listen, after the commit. It never waits for a listener, and costs one
// look at a counter while there is none.
type feed struct {
	busy   atomic.Int32 // topics
	epoch  string       // tells the events of this process from an earlier one's
	mu     sync.Mutex
	topics map[int64]*topic
	kept   int // events of all topics
	closed bool
}

// topic is the stream of one account.
type topic struct {
	root      int64 // of the account
	last      uint64
	events    []LiveEvent // the newest ones, in order
	listeners map[*LiveStream]struct{}
	left      paceline.Micros // when the last listener went away
}

// LiveStream is one listener's stream.
type LiveStream struct {
	// Events is closed when the listener is too slow, or the server stops.
	Events <-chan LiveEvent
	// Missed are the events since the one that the listener named.
	Missed []LiveEvent
	// Reset says that these are not known any more: the listener has to read anew.
	Reset bool

	feed    *feed
	account int64
	root    int64
	run     int64 // of one transaction; 0: of all
	over    bool  // it was told that this transaction has ended
	events  chan LiveEvent
	clock   paceline.Clock
}

func newFeed(now time.Time) feed {
	return feed{epoch: strconv.FormatInt(now.UnixMicro(), 36), topics: map[int64]*topic{}}
}

// Listen opens a stream of the account's events or, with a transaction, of that one's. last is the id of
// the event that the listener saw last, "" for one that begins. Close it. Errors: NotFound for an
// unknown transaction, Unavailable while the server stops.
func (e *Engine) Listen(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, transaction paceline.ID, last string) (*LiveStream, error) {
	if err := may(p, a); err != nil {
		return nil, err
	}
	s := &LiveStream{feed: &e.feed, account: a.Num, root: a.Root, events: make(chan LiveEvent, feedAhead), clock: e.clock}
	s.Events = s.events
	if transaction != "" {
		run, _, err := e.find(ctx, a.Scope(), cycle, transaction)
		if err != nil {
			return nil, err
		}
		s.run = run.Num
	}
	if !e.feed.join(s, last, e.now()) {
		return nil, paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
	return s, nil
}

func (f *feed) join(s *LiveStream, last string, now paceline.Micros) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.sweep(now)
	t := f.topics[s.account]
	if t == nil {
		t = &topic{root: s.root, listeners: map[*LiveStream]struct{}{}}
		f.topics[s.account] = t
		f.busy.Add(1)
		s.Reset = last != ""
	} else if last != "" {
		s.Missed, s.Reset = t.since(f.epoch, last, s.run, now)
	}
	t.listeners[s] = struct{}{}
	return true
}

// since returns the events of a run (of all with 0) after the one with the id.
func (t *topic) since(epoch, last string, run int64, now paceline.Micros) (missed []LiveEvent, lost bool) {
	begun, place, _ := strings.Cut(last, "-")
	seq, err := strconv.ParseUint(place, 10, 64)
	if err != nil || begun != epoch || seq > t.last || seq+1 < t.last+1-uint64(len(t.events)) {
		return nil, true
	}
	for _, ev := range t.events {
		if ev.seq <= seq || run != 0 && ev.run != run {
			continue // the age of what others have done says nothing of this one
		}
		if ev.At < now.Add(-feedKept) {
			return nil, true
		}
		missed = append(missed, ev)
	}
	return missed, false
}

// sweep forgets the topics that nobody came back to.
func (f *feed) sweep(now paceline.Micros) {
	for account, t := range f.topics {
		if len(t.listeners) == 0 && t.left.Add(feedKept) < now {
			f.forget(account, t)
		}
	}
}

// Close ends the stream. It may be called twice.
func (s *LiveStream) Close() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	s.leave(paceline.ToMicros(s.clock.Now()))
}

func (s *LiveStream) leave(now paceline.Micros) {
	t := s.feed.topics[s.account]
	if t == nil {
		return
	}
	if _, listens := t.listeners[s]; listens {
		delete(t.listeners, s)
		close(s.events)
		t.left = now
	}
}

// Place is the id of the newest event of the account: who has heard all of this stream until now, and comes back with it, misses
// nothing. It answers "" while events wait in the stream, or once it is closed.
func (s *LiveStream) Place() string {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	t := s.feed.topics[s.account]
	if t == nil || len(s.events) > 0 {
		return ""
	}
	if _, listens := t.listeners[s]; !listens {
		return ""
	}
	return s.feed.id(t.last)
}

// stop ends all streams.
func (f *feed) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, t := range f.topics {
		for s := range t.listeners {
			s.leave(0)
		}
	}
}

// drop ends the streams of the accounts whose roots match, and forgets their events.
func (f *feed) drop(match func(root int64) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for account, t := range f.topics {
		if !match(t.root) {
			continue
		}
		for s := range t.listeners {
			s.leave(0)
		}
		f.forget(account, t)
	}
}

func (f *feed) forget(account int64, t *topic) {
	f.cut(t, len(t.events))
	delete(f.topics, account)
	f.busy.Add(-1)
}

// cut forgets the n oldest events of a topic.
func (f *feed) cut(t *topic, n int) {
	clear(t.events[:n]) // what is appended lies in the same array for a while
	t.events = t.events[n:]
	f.kept -= n
}

// room makes room for one event: what nobody may come back for goes first. Where the bounds are reached, half of the topic,
// or of the largest one, is forgotten, and who comes back for it is told to read anew.
func (f *feed) room(t *topic, now paceline.Micros) {
	n := 0
	for n < len(t.events) && t.events[n].At < now.Add(-feedKept) {
		n++
	}
	if n > 0 {
		f.cut(t, n)
	}
	if len(t.events) >= feedEvents {
		f.cut(t, feedEvents/2)
	}
	if f.kept >= feedAll {
		largest := t
		for _, other := range f.topics {
			if len(other.events) > len(largest.events) {
				largest = other
			}
		}
		f.cut(largest, (len(largest.events)+1)/2)
	}
	f.kept++
}

// publish hands the events of an account to its listeners. A slow one is dropped.
func (f *feed) publish(account int64, now paceline.Micros, events func() []LiveEvent) {
	if f.busy.Load() == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.topics[account]
	if t == nil {
		return
	}
	if len(t.listeners) == 0 && t.left.Add(feedKept) < now {
		f.sweep(now)
		return
	}
	for _, ev := range events() {
		t.last++
		ev.seq, ev.At, ev.ID = t.last, now, f.id(t.last)
		f.room(t, now)
		t.events = append(t.events, ev)
		for s := range t.listeners {
			if s.run != 0 && s.run != ev.run {
				continue
			}
			s.over = s.over || ev.Transaction != nil && ev.Transaction.Status.over()
			select {
			case s.events <- ev:
			default:
				s.leave(now)
			}
		}
	}
}

func (f *feed) id(seq uint64) string { return f.epoch + "-" + strconv.FormatUint(seq, 10) }

// tellAccepted publishes a transaction that has become durable.
func (e *Engine) tellAccepted(h core.Head, plan *prepared) {
	e.feed.publish(h.Account, e.now(), func() []LiveEvent {
		return []LiveEvent{{run: h.Num, Transaction: &LiveTransaction{ID: e.ids.Encode(h.Num), CycleID: plan.CycleID, Status: StatusQueued}}}
	})
}

// tellWritten publishes a commit of a run that has become durable.
func (e *Engine) tellWritten(r *core.Run) {
	e.feed.publish(r.Account, e.now(), func() (events []LiveEvent) {
		if r.Plan == nil {
			return nil
		}
		id, c := e.ids.Encode(r.Num), &r.Commit
		for i := range c.Rows {
			events = append(events, LiveEvent{run: r.Num, Step: liveStep(r.Plan, id, &c.Rows[i], c.Incidents)})
		}
		txn := &LiveTransaction{ID: id, CycleID: r.Plan.CycleID, Status: StatusInProgress, DueAt: c.DueAt}
		switch {
		case c.State == paceline.RunLive && c.DueAt != 0:
			txn.Status = StatusWaiting
			if c.DueAt.WaitsForAll() {
				txn.DueAt = 0 // nobody knows
			}
		case c.State != paceline.RunLive:
			txn.Status = endStatus(c.State)
		}
		events = append(events, LiveEvent{run: r.Num, Transaction: txn})
		if c.StopCycle {
			events = append(events, LiveEvent{Cycle: &LiveCycle{ID: r.Plan.CycleID, State: paceline.CycleError}})
		}
		return events
	})
}

// tellEnded publishes the end of transactions that no commit of their own has ended: their cycle was stopped, or they
// have waited for all others. That may be many, so only those are told to which somebody listens; who listens to the
// account hears of the cycle.
func (e *Engine) tellEnded(scope paceline.Scope, cycle int64) {
	for _, num := range e.feed.heard(scope.Account) {
		var run paceline.Run
		var name store.CycleName
		found := false
		err := e.store.Read(e.life, func(tx *store.Tx) (err error) {
			if run, found, err = tx.Run(scope, num); err == nil && found {
				name, err = tx.CycleName(scope, run.Cycle)
			}
			return err
		})
		if err != nil || !found || run.Cycle != cycle || run.State == paceline.RunLive {
			continue
		}
		e.feed.publish(scope.Account, e.now(), func() []LiveEvent {
			return []LiveEvent{{run: num, Transaction: &LiveTransaction{ID: e.ids.Encode(num), CycleID: name.ID, Status: endStatus(run.State)}}}
		})
	}
}

// heard returns the transactions of an account that somebody listens to and that have not been told to have ended.
func (f *feed) heard(account int64) (runs []int64) {
	if f.busy.Load() == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.topics[account]; t != nil {
		for s := range t.listeners {
			if s.run != 0 && !s.over && !slices.Contains(runs, s.run) {
				runs = append(runs, s.run)
			}
		}
	}
	return runs
}

// tellState publishes a state that the engine itself gave a cycle.
func (e *Engine) tellState(info core.CycleInfo) {
	if e.feed.busy.Load() == 0 {
		return
	}
	plan, err := e.plans.Plan(e.life, info.Num, info.Version)
	if err != nil {
		return // who listens sees the state when it reads
	}
	e.tellCycle(paceline.Cycle{ID: plan.CycleID, Account: info.Account, State: info.State})
}

// tellCycle publishes a cycle whose state was changed.
func (e *Engine) tellCycle(c paceline.Cycle) {
	e.feed.publish(c.Account, e.now(), func() []LiveEvent {
		return []LiveEvent{{Cycle: &LiveCycle{ID: c.ID, State: c.State}}}
	})
}

func liveStep(plan *paceline.Plan, id paceline.ID, row *paceline.StepRow, incidents []paceline.Incident) *LiveStep {
	step := &plan.Steps[row.StepRef]
	s := &LiveStep{
		Transaction: id, CycleID: plan.CycleID, StepID: step.ID, Name: step.Name, Kind: step.Kind, State: row.State, Exit: row.Exit,
		Attempt: int(row.Attempt) + 1, DueAt: row.DueAt,
	}
	if row.EndedAt > row.StartedAt && row.StartedAt != 0 {
		s.Millis = int((row.EndedAt - row.StartedAt) / 1000)
	}
	for _, in := range incidents {
		if in.StepID == step.ID {
			s.Problem, s.Warning = in.Code.Text(), in.Warning
		}
	}
	return s
}

// over reports whether a transaction with the status has ended.
func (s TransactionStatus) over() bool {
	return s == StatusCompleted || s == StatusErrored || s == StatusStopped || s == StatusCancelled
}

func endStatus(state paceline.RunState) TransactionStatus {
	switch state {
	case paceline.RunCompleted:
		return StatusCompleted
	case paceline.RunFailed:
		return StatusErrored
	case paceline.RunCancelled:
		return StatusCancelled
	}
	return StatusStopped
}
