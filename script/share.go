package script

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"paceline"
)

// turn is a run that holds a worker, or is about to.
type turn struct {
	pool    *Pool
	account Account
	worker  *process
	since   time.Time
	used    time.Duration // of a processor by the worker before
	again   bool          // it was stopped once, so that others could run
	state   atomic.Int32
	stop    chan struct{} // closed when it has to begin again
}

// The states of a turn.
const (
	unasked = iota // its script has asked for nothing: it may begin again as if it had never run
	asked
	stopped
)

// keep says that the script asks for something, after which it can not begin again; false says that it has to.
func (t *turn) keep() bool {
	return t.state.CompareAndSwap(unasked, asked) || t.state.Load() == asked
}

// crowded reports whether others may need the processors that the turn uses.
func (t *turn) crowded() bool {
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	return len(t.pool.turns) > t.pool.warm
}

// errMoved says that a run was stopped so that others could run, and has to begin again.
var errMoved = errors.New("the run has to begin again")

// waiter is a run that no worker is free for.
type waiter struct {
	account Account
	again   bool
	since   time.Time
	granted chan *turn
}

// longRun is how long a run may take before it gives way to others, if it has used a processor for longUsed of it: where the
// machine is busy a short script takes its time, too.
const (
	longRun  = 250 * time.Millisecond
	longUsed = 100 * time.Millisecond
)

// long reports whether the run is one that gives way. The caller holds the pool's lock.
func (t *turn) long(now time.Time) bool {
	return t.worker != nil && now.Sub(t.since) >= longRun && (t.state.Load() == asked || t.worker.cpu()-t.used >= longUsed)
}

// waitLimit is how long a run waits for a worker.
const waitLimit = 30 * time.Second

// waitTick is how often who waits looks for a run that has become long.
const waitTick = 50 * time.Millisecond

// maxWaiting is how many runs of one account may wait; deliveries to a webhook with a script are anybody's.
const maxWaiting = 200

// errCrowd says that as many runs of the account wait as may.
var errCrowd = errors.New("too many scripts of the account wait")

// acquire returns a turn with a worker for one run of the account: an idle one, a new one, or the next that is free. Who
// waits is served after the fewest running, so that an account with many slow scripts keeps no one else waiting.
func (p *Pool) acquire(ctx context.Context, account Account, again bool) (*turn, error) {
	t, err := p.turn(ctx, account, again)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	if len(p.idle) > 0 { // the one that is idle for the longest has its next machine ready
		t.worker = p.idle[0]
		p.idle = slices.Delete(p.idle, 0, 1)
		t.used = t.worker.cpu()
		p.mu.Unlock()
		return t, nil
	}
	p.mu.Unlock()
	for range tries {
		var w *process
		if w, err = p.order(); err == nil {
			p.mu.Lock()
			t.worker, t.since, t.used = w, paceline.SystemClock{}.Now(), w.cpu()
			p.mu.Unlock()
			return t, nil
		}
		p.log.Error("a script worker could not be started", "error", err)
	}
	p.release(t)
	return nil, &BusyError{err}
}

// turn returns a turn without a worker once the account may have one.
func (p *Pool) turn(ctx context.Context, account Account, again bool) (*turn, error) {
	clock := paceline.SystemClock{}
	p.mu.Lock()
	switch {
	case p.closed:
		p.mu.Unlock()
		return nil, &BusyError{ErrClosed}
	case p.mayRun(account, again) && (len(p.waiting) == 0 || p.left() > 0):
		defer p.mu.Unlock()
		return p.take(account, again), nil
	}
	n := 0
	for _, w := range p.waiting {
		if w.account == account {
			n++
		}
	}
	if n >= maxWaiting {
		p.mu.Unlock()
		return nil, &BusyError{errCrowd}
	}
	w := &waiter{account, again, clock.Now(), make(chan *turn, 1)}
	p.waiting = append(p.waiting, w)
	p.makeRoom(w)
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	for {
		tick, stop := clock.NewTimer(waitTick)
		select {
		case t := <-w.granted:
			stop()
			if p.isClosed() {
				p.release(t)
				return nil, &BusyError{ErrClosed}
			}
			return t, nil
		case <-tick:
			p.mu.Lock()
			p.makeRoom(w)
			p.mu.Unlock()
		case <-ctx.Done():
			stop()
			if !p.withdraw(w) {
				p.release(<-w.granted)
			}
			return nil, &BusyError{ctx.Err()}
		}
	}
}

// take begins a turn. The caller holds the lock.
func (p *Pool) take(account Account, again bool) *turn {
	t := &turn{pool: p, account: account, since: paceline.SystemClock{}.Now(), again: again, stop: make(chan struct{})}
	p.turns = append(p.turns, t)
	p.running[account]++
	return t
}

// mayRun reports whether the account may have one more worker: as long as it has fewer than are left. So an account has
// at most half of them, the next one half of the rest, and one that has none finds one however many the others want, until
// four accounts hold eight. A quarter of them are not for accounts that had a worker killed in the last minute, nor for
// runs that were stopped to make room, however many those are.
func (p *Pool) mayRun(account Account, again bool) bool {
	left := p.left()
	if left <= p.max/4 && (again || p.suspects(account)) {
		return false
	}
	return p.running[account] < left
}

func (p *Pool) suspects(account Account) bool {
	return p.blame.suspects(account) || p.trials.suspects(account)
}

// left is how many workers are or could be free, less than none when some were lent beyond all of them.
func (p *Pool) left() int { return p.max - len(p.turns) }

// over is how many workers may be lent beyond all of them.
func (p *Pool) over() int { return p.max }

// makeRoom sees to it that an account that runs nothing and had nothing killed waits for no long runs of others: of those
// whose scripts have asked for nothing the youngest has to begin again, and has a worker later. Where each of them has,
// or was stopped before, there is one more worker for a while. The caller holds the lock.
func (p *Pool) makeRoom(w *waiter) {
	if w.again || p.running[w.account] > 0 || p.left() > 0 || p.closed || !slices.Contains(p.waiting, w) || p.suspects(w.account) {
		return
	}
	now := paceline.SystemClock{}.Now()
	var youngest *turn
	short := false
	for _, t := range p.turns {
		switch {
		case t.state.Load() == stopped:
			return // room is being made
		case !t.long(now):
			short = true
		case !t.again && t.state.Load() == unasked && (youngest == nil || p.gives(t, youngest)):
			youngest = t
		}
	}
	switch {
	case youngest != nil:
		if youngest.state.CompareAndSwap(unasked, stopped) {
			close(youngest.stop)
		}
	case short && now.Sub(w.since) < 2*longRun: // a short one ends, or is the next that has to give way
	case p.left() > -p.over():
		p.grantTo(w)
	}
}

// gives reports whether a gives way before b: what nothing is known of first, and then what has come later.
func (p *Pool) gives(a, b *turn) bool {
	_, good := p.proven[a.account]
	if _, other := p.proven[b.account]; good != other {
		return other
	}
	return a.since.After(b.since)
}

// withdraw takes a waiter out of the queue; false says that it was granted meanwhile.
func (p *Pool) withdraw(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.Index(p.waiting, w)
	if at >= 0 {
		p.waiting = slices.Delete(p.waiting, at, at+1)
	}
	return at >= 0
}

// release ends a turn: its worker, if it is still good, is free again, and somebody who waits is let in.
func (p *Pool) release(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.Index(p.turns, t)
	p.turns = slices.Delete(p.turns, at, at+1)
	if p.running[t.account]--; p.running[t.account] <= 0 {
		delete(p.running, t.account)
	}
	p.remember(t)
	if w := t.worker; w != nil {
		switch {
		case w.broken || w.ended() || w.runs >= maxRuns:
			w.kill()
			p.refill()
		case p.closed, len(p.idle) >= p.warm && len(p.waiting) == 0:
			w.kill()
		default:
			p.idle = append(p.idle, w)
		}
	}
	p.grant()
}

// maxProven bounds the accounts that are remembered.
const maxProven = 10_000

// remember keeps which accounts have short scripts: they are let in before those of which nothing is known.
func (p *Pool) remember(t *turn) {
	if t.worker == nil {
		return
	}
	if t.worker.broken || (paceline.SystemClock{}).Now().Sub(t.since) > longRun {
		delete(p.proven, t.account)
		return
	}
	if len(p.proven) >= maxProven {
		clear(p.proven)
	}
	p.proven[t.account] = struct{}{}
}

// maxRuns is how many runs a worker makes before it is replaced, so that nothing it loses adds up.
const maxRuns = 5000

// grant lets in who waits and may run, those first whose account runs the least. The caller holds the lock.
func (p *Pool) grant() {
	for len(p.waiting) > 0 && (p.closed || p.left() > 0) {
		var best *waiter
		for _, w := range p.waiting {
			if (p.closed || p.mayRun(w.account, w.again)) && (best == nil || p.before(w, best)) {
				best = w
			}
		}
		if best == nil {
			return
		}
		p.grantTo(best)
	}
}

// before reports whether a is let in before b, who came earlier.
func (p *Pool) before(a, b *waiter) bool {
	if m, n := p.running[a.account], p.running[b.account]; m != n {
		return m < n
	}
	if a.again != b.again {
		return b.again
	}
	_, good := p.proven[a.account]
	_, other := p.proven[b.account]
	return good && !other
}

// grantTo lets in one who waits. The caller holds the lock.
func (p *Pool) grantTo(w *waiter) {
	at := slices.Index(p.waiting, w)
	p.waiting = slices.Delete(p.waiting, at, at+1)
	w.granted <- p.take(w.account, w.again)
}
