package pool

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"paceline"
)

// ErrBusy says that all connections were in use, for as long as a caller waits.
var ErrBusy = errors.New("all connections are in use")

// How long things last.
const (
	IdleTime = time.Minute     // a connection without use is closed
	waitTime = 2 * time.Second // for one of those in use
	maxIdle  = 512             // of all owners
)

// Pool holds connections of type C. The zero Pool is not usable; New makes one.
type Pool[C io.Closer] struct {
	clock paceline.Clock

	mu       sync.Mutex
	owners   map[string]*owner[C]
	idle     int
	sweeping bool
	stop     chan struct{}
	done     sync.WaitGroup
	closed   bool
}

// owner is one account connector.
type owner[C io.Closer] struct {
	version string // of the credential and address that idle ones were opened with
	slots   chan struct{}
	idle    []kept[C] // the last was used last
	users   int       // that hold a slot or wait for one
}

type kept[C io.Closer] struct {
	conn C
	at   time.Time
}

// New returns an empty pool.
func New[C io.Closer](clock paceline.Clock) *Pool[C] {
	if clock == nil {
		clock = paceline.SystemClock{}
	}
	return &Pool[C]{clock: clock, owners: map[string]*owner[C]{}, stop: make(chan struct{})}
}

// Lease is one connection in use. Give it back by Done.
type Lease[C io.Closer] struct {
	Conn    C
	Reused  bool // it was open already, and may have been closed by the other side since
	pool    *Pool[C]
	owner   *owner[C]
	key     string
	version string
}

// Get lends a connection of the owner, an idle one or one that open makes; most bounds those in use. version is of what
// the connection was opened with: idle ones of another are closed. fresh asks for a new one.
func (p *Pool[C]) Get(ctx context.Context, key, version string, most int, fresh bool, open func(context.Context) (C, error)) (*Lease[C], error) {
	o, old := p.enter(key, version, most)
	closeAll(old)
	if err := p.wait(ctx, o); err != nil {
		p.leave(key, o)
		return nil, err
	}
	l := &Lease[C]{pool: p, owner: o, key: key, version: version}
	p.mu.Lock()
	if n := len(o.idle); n > 0 && !fresh && o.version == version {
		l.Conn, l.Reused = o.idle[n-1].conn, true
		o.idle = o.idle[:n-1]
		p.idle--
	}
	p.mu.Unlock()
	if l.Reused {
		return l, nil
	}
	var err error
	if l.Conn, err = open(ctx); err != nil {
		<-o.slots
		p.leave(key, o)
		return nil, err
	}
	return l, nil
}

// enter finds the owner, and returns the connections that its present version has no use for.
func (p *Pool[C]) enter(key, version string, most int) (*owner[C], []kept[C]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners[key]
	if o == nil {
		o = &owner[C]{version: version, slots: make(chan struct{}, max(1, most))}
		p.owners[key] = o
	}
	o.users++
	if o.version == version {
		return o, nil
	}
	old := o.idle
	o.idle, o.version = nil, version
	p.idle -= len(old)
	return o, old
}

func (p *Pool[C]) wait(ctx context.Context, o *owner[C]) error {
	select {
	case o.slots <- struct{}{}:
		return nil
	default:
	}
	late, stop := p.clock.NewTimer(waitTime)
	defer stop()
	select {
	case o.slots <- struct{}{}:
		return nil
	case <-late:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave forgets an owner that nobody uses.
func (p *Pool[C]) leave(key string, o *owner[C]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o.users--; o.users == 0 && len(o.idle) == 0 {
		delete(p.owners, key)
	}
}

// Done gives the connection back. Without good it is closed, since nobody knows what state it is in.
func (l *Lease[C]) Done(good bool) {
	p, o := l.pool, l.owner
	p.mu.Lock()
	keep := good && !p.closed && o.version == l.version && p.idle < maxIdle
	if keep {
		o.idle = append(o.idle, kept[C]{l.Conn, p.clock.Now()})
		p.idle++
		if !p.sweeping {
			p.sweeping = true
			p.done.Add(1)
			go p.sweep()
		}
	}
	p.mu.Unlock()
	if !keep {
		l.Conn.Close()
	}
	<-o.slots
	p.leave(l.key, o)
}

// sweep closes what was idle for long enough, until nothing is.
func (p *Pool[C]) sweep() {
	defer p.done.Done()
	for {
		next, stop := p.clock.NewTimer(IdleTime / 4)
		select {
		case <-next:
		case <-p.stop:
			stop()
			return
		}
		closeAll(p.expired())
		p.mu.Lock()
		if p.idle == 0 {
			p.sweeping = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
	}
}

func (p *Pool[C]) expired() (old []kept[C]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.clock.Now().Add(-IdleTime)
	for key, o := range p.owners {
		n := 0
		for n < len(o.idle) && !o.idle[n].at.After(before) {
			n++
		}
		old = append(old, o.idle[:n]...)
		o.idle = o.idle[n:]
		p.idle -= n
		if o.users == 0 && len(o.idle) == 0 {
			delete(p.owners, key)
		}
	}
	return old
}

// Idle counts the connections that nobody uses.
func (p *Pool[C]) Idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idle
}

// Close closes all that is idle; what is in use is closed when it is given back.
func (p *Pool[C]) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.stop)
	var all []kept[C]
	for _, o := range p.owners {
		all = append(all, o.idle...)
		o.idle = nil
	}
	p.idle = 0
	p.mu.Unlock()
	closeAll(all)
	p.done.Wait()
	return nil
}

func closeAll[C io.Closer](list []kept[C]) {
	for _, k := range list {
		k.conn.Close()
	}
}
