package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/store"
)

// A transaction whose execution kills the process would kill it again after every start. What was being
// carried when the process died is not on the disk, since that would cost a write per step. So deaths are counted. After
// one, transactions from before the start are noted while they are carried, as many at once as ever. What was noted when the
// process dies again is carried alone from then on; who is so when it dies once more was in all three, and ends as failed. New
// deliveries go on beside all that.

const (
	deathsNoted   = 2                // of a transaction, after which it ends; there was one more before it was noted
	calmAfter     = 10 * time.Minute // a life as long as this ends the row
	suspectsAside = 4                // one part in so many of the slots may be taken by suspects that wait
)

// suspects are the transactions from before the start, after a death.
type suspects struct {
	mu      sync.Mutex
	careful bool
	since   [paceline.Shards]paceline.Micros // when a dead process' shard was taken up here: what is older is noted; 0: nothing
	noted   map[int64]bool                   // that are to be carried alone; true: it was, in this life
	inside  map[int64]paceline.Scope         // that are noted as being carried here
	alone   int64                            // the run that is being carried; 0: none
	waiting []*core.Run
	most    int // that wait with a slot
	calming atomic.Bool
	marks   []mark // to be written
	marking bool   // somebody writes them
}

// mark says that a run is to be noted, or is no suspect any more.
type mark struct {
	run  *core.Run
	note bool
}

// turn says what is to become of a run that is to be loaded.
type turn uint8

const (
	turnFree  turn = iota // it is no suspect
	turnNoted             // it is to be noted
	turnAlone             // it was, and it is its turn
	turnNext              // it was, and waits
	turnLater             // it was, and is to ask again
)

func (s *suspects) turn(r *core.Run) turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, noted := s.noted[r.Num]
	switch {
	case !s.careful:
		return turnFree
	case !noted && r.CreatedAt >= s.since[paceline.ShardOf(r.Root)]:
		return turnFree
	case !noted:
		return turnNoted
	case s.alone == 0 || s.alone == r.Num:
		s.alone = r.Num
		return turnAlone
	case len(s.waiting) < s.most:
		s.waiting = append(s.waiting, r)
		return turnNext
	}
	return turnLater
}

// passed ends the turn of a run and returns whose turn is next. cleared says that the run is no suspect any more.
func (s *suspects) passed(run int64, cleared bool) *core.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cleared {
		delete(s.noted, run)
		delete(s.inside, run)
	}
	if s.alone != run {
		return nil
	}
	s.alone = 0
	if len(s.waiting) == 0 {
		return nil
	}
	r := s.waiting[0]
	s.waiting = s.waiting[1:]
	s.alone = r.Num
	return r
}

// again reports whether a run was carried alone in this life before: it is one death at most that can come of a life.
func (s *suspects) again(run int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noted[run]
}

// carried notes that a run is being carried, alone or beside others.
func (s *suspects) carried(r *core.Run, alone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inside == nil {
		s.inside = map[int64]paceline.Scope{}
	}
	s.inside[r.Num] = scopeOf(r)
	if alone && s.noted != nil {
		s.noted[r.Num] = true
	}
}

// rest returns those that are being carried still, when nothing is any more.
func (s *suspects) rest() map[int64]paceline.Scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside
}

// countDeath notes that this life began, or that it works for shards, those of nodes that died, and is careful when lives before it
// ended badly.
func (e *Engine) countDeath(ctx context.Context, shards []int) error {
	deaths := 0
	var noted []int64
	err := e.inTx(ctx, paceline.Scope{}, killpoint.Life, func(tx *store.Tx) (err error) {
		if deaths, err = tx.Deaths(); err != nil {
			return err
		}
		if deaths > 0 {
			if noted, err = tx.Suspects(); err != nil {
				return err
			}
		}
		if e.store.Shared() {
			return nil // of several nodes, those count a death who take the dead one's place
		}
		return tx.SetDeaths(deaths + 1)
	})
	if err != nil || deaths == 0 {
		return err
	}
	e.suspects.begin(noted, max(1, e.limits.Running/suspectsAside), shards, e.now())
	if len(shards) > 0 {
		e.log.Warn("a process died; transactions from before are noted while they are carried, and those that were are carried one at a time",
			"deaths", deaths, "noted", len(noted))
	}
	if !e.suspects.calming.Swap(true) {
		e.group.Go(e.calmDown)
	}
	return nil
}

// begin makes the engine careful: noted are to be carried alone, and what is older than now in the shards is to be noted.
func (s *suspects) begin(noted []int64, most int, shards []int, now paceline.Micros) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most, s.careful = most, true
	if s.noted == nil {
		s.noted = map[int64]bool{}
	}
	for _, run := range noted {
		if _, here := s.inside[run]; !here { // noted in this life, which has not ended
			s.noted[run] = false
		}
	}
	for _, shard := range shards {
		s.since[shard] = now
	}
}

// lostSuspects lets go of those that wait and are of shards that another node is to work for: each holds a slot, and a shard is
// given away when none is taken.
func (e *Engine) lostSuspects(lost func(shard int) bool) {
	s := &e.suspects
	s.mu.Lock()
	var gone, left []*core.Run
	for _, r := range s.waiting {
		if lost(paceline.ShardOf(r.Root)) {
			gone = append(gone, r)
		} else {
			left = append(left, r)
		}
	}
	s.waiting = left
	s.mu.Unlock()
	for _, r := range gone {
		e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.NotLoaded(at, r, core.LoadLater, nil) })
	}
}

// calmDown ends the row of deaths once this life has lasted.
func (e *Engine) calmDown() {
	defer e.suspects.calming.Store(false)
	timer, stop := e.clock.NewTimer(calmAfter)
	defer stop()
	select {
	case <-e.life.Done():
		return
	case <-timer:
	}
	left := 0
	if !e.store.Shared() {
		left = 1 // this life may still end badly
	}
	e.forgetDeaths(e.life, left)
	s := &e.suspects
	s.mu.Lock()
	waiting := s.waiting
	s.careful, s.waiting, s.noted, s.inside, s.since = false, nil, nil, nil, [paceline.Shards]paceline.Micros{}
	s.mu.Unlock()
	for _, r := range waiting {
		e.tasks.add(func() { e.load(r) })
	}
}

// stopped ends the row of deaths with a stop. Of several nodes others may have died: this one clears what it did not die of.
func (e *Engine) stopped(ctx context.Context) {
	if !e.store.Shared() {
		e.forgetDeaths(ctx, 0)
		return
	}
	rest := e.suspects.rest()
	if len(rest) == 0 {
		return
	}
	err := e.inTx(ctx, paceline.Scope{}, killpoint.Life, func(tx *store.Tx) error {
		for run, scope := range rest {
			if err := tx.Acquit(scope, run); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		e.log.Error("that the engine ends well could not be recorded", "error", err)
	}
}

func (e *Engine) forgetDeaths(ctx context.Context, deaths int) {
	err := e.inTx(ctx, paceline.Scope{}, killpoint.Life, func(tx *store.Tx) error {
		if err := tx.AcquitAll(); err != nil {
			return err
		}
		return tx.SetDeaths(deaths)
	})
	if err != nil {
		e.log.Error("that the engine ends well could not be recorded", "error", err)
	}
}

// marksAtOnce is how many marks share a transaction of the database.
const marksAtOnce = 64

// mark writes a mark, with those of others; a run that is noted is loaded then.
func (e *Engine) mark(r *core.Run, note bool) {
	s := &e.suspects
	s.mu.Lock()
	s.marks = append(s.marks, mark{r, note})
	first := !s.marking
	s.marking = true
	s.mu.Unlock()
	if first {
		e.tasks.add(e.writeMarks)
	}
}

// take returns the next marks, in their order; with none of them nobody writes any more.
func (s *suspects) take() []mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.marks), marksAtOnce)
	list := s.marks[:n:n]
	s.marks, s.marking = s.marks[n:], n > 0
	return list
}

func (e *Engine) writeMarks() {
	list := e.suspects.take()
	if len(list) == 0 {
		return
	}
	err := e.inTx(e.life, paceline.Scope{}, killpoint.Life, func(tx *store.Tx) error {
		for _, m := range list {
			write := tx.Acquit
			if m.note {
				write = tx.Note
			}
			if err := write(scopeOf(m.run), m.run.Num); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && e.life.Err() == nil {
		e.log.Error("which transactions are carried could not be noted; trying again", "error", err)
	}
	for _, m := range list {
		switch {
		case !m.note:
			e.nextSuspect(m.run.Num, err == nil)
		case err != nil:
			e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
				return c.NotLoaded(at, m.run, core.LoadLater, nil)
			})
		default:
			e.suspects.carried(m.run, false)
			e.tasks.add(func() { e.carry(m.run, turnNoted) })
		}
	}
	e.tasks.add(e.writeMarks)
}

func scopeOf(r *core.Run) paceline.Scope {
	return paceline.Scope{Partner: r.Partner, Account: r.Account}
}

// accuse notes that a run is carried alone, or ends it. It answers false when the run is not to be loaded.
func (e *Engine) accuse(r *core.Run) bool {
	if e.suspects.again(r.Num) {
		return true
	}
	deaths := 0
	err := e.inTx(e.life, scopeOf(r), killpoint.Life, func(tx *store.Tx) (err error) {
		deaths, err = tx.Accuse(scopeOf(r), r.Num)
		return err
	})
	if err == nil && deaths < deathsNoted {
		e.suspects.carried(r, true)
		return true
	}
	why, broken := core.LoadLater, []paceline.Incident(nil)
	if err != nil {
		e.log.Error("a suspected transaction could not be noted; trying again", "error", err)
	} else {
		e.log.Error("a transaction ends because the process died whenever it was carried", "transaction", e.ids.Encode(r.Num))
		why, broken = core.LoadBroken, []paceline.Incident{{
			Partner: r.Partner, Account: r.Account, Cycle: r.Cycle, Run: r.Num, Code: paceline.CodePoison, At: e.now(),
		}}
	}
	e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.NotLoaded(at, r, why, broken) })
	e.nextSuspect(r.Num, false)
	return false
}

// acquit ends the suspicion of a run that was carried while the process lived on.
func (e *Engine) acquit(l *live) {
	if r := l.suspect.Swap(nil); r != nil {
		e.mark(r, false)
	}
}

// nextSuspect ends the turn of a run, if it was its turn.
func (e *Engine) nextSuspect(run int64, cleared bool) {
	if r := e.suspects.passed(run, cleared); r != nil {
		e.tasks.add(func() { e.load(r) })
	}
}
