package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/store"
)

// The bounds of posting error webhooks.
const (
	noticeSenders = 32                  // queues that are served at once
	noticeBatch   = 20                  // deliveries of an account in one turn
	noticeTimeout = 15 * time.Second    // of one post
	noticeAge     = 3 * 24 * time.Hour  // after its first try, when a delivery is given up
	noticePause   = 5 * time.Second     // of a receiver after its first failure; doubled with each further one
	noticeRest    = 10 * time.Minute    // the longest pause of a receiver
	noticeAgain   = 5 * time.Second     // after the store was away
	noticeLook    = 30 * 24 * time.Hour // without anything due
)

// noticeWait is the wait before each further try of a delivery, with a tenth more or less. The last try is
// made within three days.
var noticeWait = [...]time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 8 * time.Hour, 12 * time.Hour, 18 * time.Hour, 22 * time.Hour,
}

// noticeQueue is the deliveries of an account to one address. Queues and receivers belong to the sender's goroutine.
type noticeQueue struct {
	of       store.DeliveryQueue
	due      paceline.Micros
	receiver string // where its last turn went; "" when that is not known
	busy     bool
	again    bool // something was queued during its turn
}

// noticeReceiver is an address. It gets one post at a time, and a rest when it fails, so that a dead one
// costs others nothing.
type noticeReceiver struct {
	busy     bool
	failures int
	until    paceline.Micros
}

// noticeTurn is what came of a turn of a queue.
type noticeTurn struct {
	of       store.DeliveryQueue
	receiver string          // the target's address, for which the turn was or should have been
	posted   int             // posts that were taken
	failed   bool            // the last post was not
	wait     time.Duration   // that the receiver asked for
	next     paceline.Micros // when the queue's next delivery is due; 0 without one
}

// noticeMail is what the sender is told.
type noticeMail struct {
	mu     sync.Mutex
	queues []store.DeliveryQueue
	wake   chan struct{}
	anew   atomic.Bool // the disk may hold more, of accounts that this node has got
}

// noticed tells the sender that error webhooks of an account are durable.
func (e *Engine) noticed(scope paceline.Scope) { e.Noticed(store.DeliveryQueue{Scope: scope}) }

// Noticed tells the sender that deliveries of a queue are durable.
func (e *Engine) Noticed(of store.DeliveryQueue) {
	e.noticeMail.mu.Lock()
	e.noticeMail.queues = append(e.noticeMail.queues, of)
	e.noticeMail.mu.Unlock()
	select {
	case e.noticeMail.wake <- struct{}{}:
	default:
	}
}

// noticeLoop posts error webhooks until the engine stops.
func (e *Engine) noticeLoop() {
	s := &noticeSender{engine: e, queues: map[store.DeliveryQueue]*noticeQueue{}, receivers: map[string]*noticeReceiver{}, turns: make(chan noticeTurn)}
	s.recover()
	for {
		wait := s.dispatch()
		timer, stop := e.clock.NewTimer(wait)
		select {
		case <-timer:
		case <-e.noticeMail.wake:
			s.collect()
			if e.noticeMail.anew.Swap(false) {
				s.recover()
			}
		case turn := <-s.turns:
			s.ended(turn)
		case <-e.life.Done():
			stop()
			for s.active > 0 {
				s.ended(<-s.turns)
			}
			return
		}
		stop()
	}
}

type noticeSender struct {
	engine    *Engine
	queues    map[store.DeliveryQueue]*noticeQueue
	receivers map[string]*noticeReceiver
	turns     chan noticeTurn
	active    int
	lost      bool // the queues on the disk could not be read
}

// recover finds what an earlier process left.
func (s *noticeSender) recover() {
	list, err := s.engine.store.DeliveryQueues(s.engine.life)
	if s.lost = err != nil; s.lost {
		s.engine.log.Error("error webhooks on their way could not be read; trying again", "error", err)
	}
	for _, of := range list {
		s.add(of)
	}
}

func (s *noticeSender) collect() {
	mail := &s.engine.noticeMail
	mail.mu.Lock()
	queues := mail.queues
	mail.queues = nil
	mail.mu.Unlock()
	for _, of := range queues {
		s.add(of)
	}
}

// add makes a queue due.
func (s *noticeSender) add(of store.DeliveryQueue) {
	q := s.queues[of]
	if q == nil {
		q = &noticeQueue{of: of}
		s.queues[of] = q
	}
	q.due, q.again = 0, q.busy
}

// dispatch gives turns to the queues that are due and whose receiver is free, and returns how long
// until it has to look again. What a turn frees wakes the loop by itself.
func (s *noticeSender) dispatch() time.Duration {
	if s.lost {
		s.recover()
	}
	now := s.engine.now()
	next := now.Add(noticeLook)
	if s.lost {
		next = now.Add(noticeAgain)
	}
	for _, q := range s.queues {
		if s.active >= noticeSenders {
			break
		}
		if q.busy {
			continue
		}
		due := q.due
		r := s.receivers[q.receiver]
		if r != nil {
			if r.busy {
				continue
			}
			due = max(due, r.until)
		}
		if due > now {
			next = min(next, due)
			continue
		}
		if r == nil && q.receiver != "" {
			r = &noticeReceiver{}
			s.receivers[q.receiver] = r
		}
		if r != nil {
			r.busy = true
		}
		q.busy = true
		s.active++
		of, receiver := q.of, q.receiver
		s.engine.group.Go(func() { s.turns <- s.engine.noticeTurn(s.engine.life, of, receiver) })
	}
	return next.Time().Sub(now.Time())
}

// ended notes what came of a turn.
func (s *noticeSender) ended(turn noticeTurn) {
	s.active--
	q := s.queues[turn.of]
	now := s.engine.now()
	if r := s.receivers[q.receiver]; r != nil {
		r.busy = false
		switch {
		case turn.receiver != q.receiver:
		case turn.failed:
			r.failures++
			r.until = now.Add(max(min(turn.wait, noticeAge), min(noticePause<<min(r.failures-1, 10), noticeRest)))
		case turn.posted > 0:
			r.failures, r.until = 0, 0
		}
		if r.failures == 0 {
			delete(s.receivers, q.receiver)
		}
	}
	q.busy, q.due, q.receiver = false, turn.next, turn.receiver
	if q.again {
		q.due, q.again = 0, false
	} else if turn.next == 0 {
		delete(s.queues, turn.of)
	}
	s.forgetReceivers(now)
}

// maxReceivers bounds the receivers whose failures are remembered.
const maxReceivers = 10_000

func (s *noticeSender) forgetReceivers(now paceline.Micros) {
	if len(s.receivers) < maxReceivers {
		return
	}
	for url, r := range s.receivers {
		if !r.busy && r.until <= now {
			delete(s.receivers, url)
		}
	}
}

// noticeTurn posts the deliveries of a queue that are due, one after another, until one fails. It
// posts nothing when the queue's target is not the receiver that is free for it.
func (e *Engine) noticeTurn(ctx context.Context, of store.DeliveryQueue, receiver string) noticeTurn {
	turn := noticeTurn{of: of, receiver: receiver}
	epoch := e.notices.now()
	target, err := e.notices.source.NoticeTarget(ctx, of.Account, of.Marketplace)
	if paceline.KindOf(err) == paceline.NotFound {
		target, err = NoticeTarget{Account: paceline.Account{Num: of.Account, Partner: of.Partner}}, nil
	}
	if err == nil && target.Account.Root != 0 {
		if e.enter(target.Account.Root) != nil {
			return turn // another node's, which finds it on the disk
		}
		defer e.leave(target.Account.Root)
	}
	if err == nil {
		if of.Marketplace == 0 {
			e.notices.learn(epoch, target)
		}
		turn.receiver = target.URL
		if target.URL == receiver || target.URL == "" {
			err = e.postDue(ctx, target, &turn)
		}
	}
	if err != nil {
		turn.next = e.now().Add(noticeAgain)
		if ctx.Err() == nil {
			e.log.Error("error webhooks could not be sent; trying again", "account", of.Account, "error", err)
		}
	} else if turn.receiver != receiver && turn.receiver != "" {
		turn.next = 1 // at once, when that receiver is free
	}
	return turn
}
