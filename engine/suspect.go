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
// carried when the process died is not on the disk, since that would cost a write per step. So deaths are counted:
// from the third in a row on, transactions from before the start are carried one at a time, each noted before; the one
// that the process dies in three times ends as failed. New deliveries go on beside them.

const (
	deathsInRow   = 3                // from which on the engine is careful
	deathsOfOne   = 3                // after which a transaction ends
	calmAfter     = 10 * time.Minute // a life as long as this ends the row
	suspectsAside = 4                // one part in so many of the slots may be taken by suspects that wait
)

// suspects are the transactions from before the start, while the engine is careful.
type suspects struct {
	mu      sync.Mutex
	careful bool
	since   [paceline.Shards]paceline.Micros // when a dead process' shard was taken up here: what is older is suspect; 0: nothing
	alone   int64                            // the run that is being carried; 0: none
	waiting []*core.Run
	most    int // that wait with a slot
	calming atomic.Bool
}

// turn says what is to become of a run that is to be loaded.
type turn uint8

const (
	turnFree  turn = iota // it is no suspect
	turnAlone             // it is one, and its turn
	turnNext              // it waits
	turnLater             // it is to ask again
)

func (s *suspects) turn(r *core.Run) turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.careful || r.CreatedAt >= s.since[paceline.ShardOf(r.Root)]:
		return turnFree
	case s.alone == 0 || s.alone == r.Num:
		s.alone = r.Num
		return turnAlone
	case len(s.waiting) < s.most:
		s.waiting = append(s.waiting, r)
		return turnNext
	}
	return turnLater
}

// passed ends the turn of a run and returns whose turn is next.
func (s *suspects) passed(run int64) *core.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
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

// countDeath notes that this life began, or that it works for shards of a node that died, and is careful when the lives before it
// ended badly.
func (e *Engine) countDeath(ctx context.Context, shards []int) error {
	deaths := 0
	err := e.inTx(ctx, paceline.Scope{}, killpoint.Life, func(tx *store.Tx) (err error) {
		if deaths, err = tx.Deaths(); err != nil || e.store.Shared() {
			return err // of several nodes, those count a death who take the dead one's place
		}
		return tx.SetDeaths(deaths + 1)
	})
	if err != nil || deaths == 0 {
		return err
	}
	if e.suspects.begin(deaths, max(1, e.limits.Running/suspectsAside), shards, e.now()) {
		e.log.Error("the process died again and again; transactions from before are carried one at a time", "deaths", deaths)
	}
	if !e.suspects.calming.Swap(true) {
		e.group.Go(e.calmDown)
	}
	return nil
}

// begin notes how lives before ended, and says whether the engine is careful.
func (s *suspects) begin(deaths, most int, shards []int, now paceline.Micros) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = most
	s.careful = deaths >= deathsInRow
	for _, shard := range shards {
		s.since[shard] = now
	}
	return s.careful
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
	e.forgetDeaths(e.life, 1) // this life may still end badly
	s := &e.suspects
	s.mu.Lock()
	waiting := s.waiting
	s.careful, s.waiting = false, nil
	s.mu.Unlock()
	for _, r := range waiting {
		e.tasks.add(func() { e.load(r) })
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

// accuse notes a suspect before it is carried, or ends it. It answers false when the run is not to be loaded.
func (e *Engine) accuse(r *core.Run) bool {
	scope := paceline.Scope{Partner: r.Partner, Account: r.Account}
	deaths := 0
	err := e.inTx(e.life, scope, killpoint.Life, func(tx *store.Tx) (err error) {
		deaths, err = tx.Accuse(scope, r.Num)
		return err
	})
	if err == nil && deaths < deathsOfOne {
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
	e.nextSuspect(r.Num)
	return false
}

// acquit ends the turn of a suspect that was carried, and lives.
func (e *Engine) acquit(l *live) {
	r := l.suspect.Swap(nil)
	if r == nil {
		return
	}
	scope, num := paceline.Scope{Partner: r.Partner, Account: r.Account}, r.Num
	e.tasks.add(func() {
		if err := e.inTx(e.life, scope, killpoint.Life, func(tx *store.Tx) error { return tx.Acquit(scope, num) }); err != nil {
			e.log.Error("that a transaction is no suspect could not be recorded", "error", err)
		}
		e.nextSuspect(num)
	})
}

func (e *Engine) nextSuspect(run int64) {
	if r := e.suspects.passed(run); r != nil {
		e.tasks.add(func() { e.load(r) })
	}
}
