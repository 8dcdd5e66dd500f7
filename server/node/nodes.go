package node

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
)

// Engine is what works for the shards.
type Engine interface {
	Gain(ctx context.Context, shards, died []int) error
	Lose(ctx context.Context, shards []int, quiet func(shards []int)) error
	Resync(ctx context.Context) error
	Heard(ctx context.Context, news engine.News) error
	TakeLanded(ctx context.Context) error
	DeliverPart(ctx context.Context, step string, d connector.Delivery) error
}

// Config is what Nodes need.
type Config struct {
	Store  *store.Store
	Key    []byte         // which all nodes of the installation have
	Clock  paceline.Clock // by which leases go
	Logger *slog.Logger
	// View is what the database said when it was opened: others may pass requests on before the first look.
	View store.NodeView
	// Together is set by each look at the database.
	Together *Clock
	// Forget drops what the rooms have kept in memory, which another node may have changed.
	Forget func()
	// Command runs an operator's command, and returns what to answer.
	Command func(ctx context.Context, name string, input []byte) []byte
	// Gained hears, in the background, of shards that this node works for from now on.
	Gained func(ctx context.Context, in func(root int64) bool)
	// TookOver hears of each node whose place this one took; nil is fine.
	TookOver func()
}

// Nodes are this node and the others.
type Nodes struct {
	store  *store.Store
	clock  paceline.Clock
	log    *slog.Logger
	config Config
	sign   *signer
	engine Engine
	serve  http.Handler

	poke chan struct{}
	ways ways

	view    atomic.Pointer[store.NodeView]
	mu      sync.Mutex            // of what follows
	held    [paceline.Shards]bool // the engine works for them, or is about to give them away
	leaving [paceline.Shards]bool
	stops   bool
	moved   chan struct{} // closed when something has changed
	turn    int           // grows with each shard that was handed on
	news    sync.WaitGroup
	done    chan struct{} // closed when Run ends

	// These belong to the loop.
	since   time.Time // when this node's lease began to last without a gap
	lapsed  bool
	orphans [paceline.Shards]bool // nobody's when they were looked at last, before they became this node's
	behind  bool                  // the engine has to be told again what there is
	failed  bool
}

// lookEvery is how often a node looks who has which shards.
const lookEvery = time.Second

// New makes it. Attach gives it what it passes on to.
func New(c Config) *Nodes {
	n := &Nodes{store: c.Store, clock: c.Clock, log: c.Logger, config: c, poke: make(chan struct{}, 1), moved: make(chan struct{}), done: make(chan struct{}), lapsed: true}
	n.view.Store(&c.View)
	n.sign = &signer{key: c.Key, now: func() paceline.Micros { return paceline.ToMicros(c.Together.Now()) }, seen: map[string]struct{}{}}
	return n
}

// Attach sets the engine, and what answers requests here.
func (n *Nodes) Attach(e Engine, serve http.Handler) { n.engine, n.serve = e, serve }

// Held is the number of this node, and how many shards it works for.
func (n *Nodes) Held() (id int64, shards int) {
	if v := n.view.Load(); v != nil {
		id = v.This
	}
	for shard := range paceline.Shards {
		if n.store.OwnsShard(shard) {
			shards++
		}
	}
	return id, shards
}

// Seen is what this node saw when it looked last.
func (n *Nodes) Seen() store.NodeView { return *n.view.Load() }

// Run keeps this node's share until ctx ends.
func (n *Nodes) Run(ctx context.Context) error {
	defer n.news.Wait()
	defer close(n.done)
	for ctx.Err() == nil {
		n.look(ctx)
		timer, stop := n.clock.NewTimer(lookEvery)
		select {
		case <-timer:
		case <-n.poke:
		case <-ctx.Done():
		}
		stop()
	}
	return nil
}

// Look makes the loop look at once.
func (n *Nodes) Look() {
	select {
	case n.poke <- struct{}{}:
	default:
	}
}

// look compares what the database says with what this node does.
func (n *Nodes) look(ctx context.Context) {
	if n.store.Lapsed() {
		if !n.lapsed {
			n.log.Error("this node stands still: it could not renew its lease")
		}
		n.lapsed = true
		n.giveUp(ctx)
		n.shift()
		// Shards of which something is in progress still are taken up again one by one, as it ends: a call that hangs keeps
		// no other account waiting.
		if !n.store.Recover() {
			return
		}
	}
	if n.lapsed {
		n.lapsed, n.since, n.behind = false, n.clock.Now(), true
	}
	n.mu.Lock()
	turn := n.turn
	n.mu.Unlock()
	v, err := n.refresh(ctx)
	if err == nil {
		err = n.balance(ctx, v, turn)
	}
	if err != nil && ctx.Err() == nil && !n.failed {
		n.log.Warn("who has which shards could not be read; trying again", "error", err)
	}
	n.failed = err != nil
	n.shift()
}

// refresh reads the view, and forgets what may be old by it.
func (n *Nodes) refresh(ctx context.Context) (*store.NodeView, error) {
	ctx, cancel := context.WithTimeout(ctx, store.NodeRenewal)
	defer cancel()
	v, err := n.store.View(ctx)
	if err != nil {
		return nil, err
	}
	n.config.Together.Heard(v.Now)
	was := n.view.Swap(&v)
	for shard, owner := range v.Owner {
		if owner == 0 || !known(&v, owner) {
			n.orphans[shard] = true // until somebody has it
		} else if owner != v.This {
			n.orphans[shard] = false
		}
	}
	n.ways.keep(&v)
	if was.Change != v.Change {
		n.config.Forget()
	}
	if slices.ContainsFunc(was.Nodes, func(o store.Node) bool { return !known(&v, o.ID) }) {
		// What it had changed and not told is nobody's but the database's to tell.
		n.config.Forget()
		n.behind = true
	}
	return &v, nil
}

func known(v *store.NodeView, id int64) bool {
	return slices.ContainsFunc(v.Nodes, func(n store.Node) bool { return n.ID == id })
}

// shift wakes those who wait for a shard to move.
func (n *Nodes) shift() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.moved)
	n.moved = make(chan struct{})
}

// takeUpFor bounds how long shards are taken up: by then an answer of the database has got lost.
const takeUpFor = time.Minute

// balance takes up what is this node's, and moves towards a fair share.
func (n *Nodes) balance(life context.Context, v *store.NodeView, turn int) error {
	ctx, cancel := context.WithTimeout(life, takeUpFor)
	defer cancel()
	mine, fresh, ok := n.compare(v, turn)
	if !ok {
		n.Look()
		return nil
	}
	if len(fresh) > 0 {
		n.config.Forget()
		n.mark(fresh, true, false)
		if err := n.engine.Gain(ctx, fresh, n.died(fresh)); err != nil {
			n.hand(life, gift{to: nobody, shards: fresh}) // and from the beginning
			return err
		}
		n.log.Info("this node works for more shards", "gained", len(fresh), "shards", len(mine))
		if n.config.Gained != nil {
			got := map[int]bool{}
			for _, shard := range fresh {
				got[shard] = true
			}
			n.news.Go(func() { n.config.Gained(life, func(root int64) bool { return got[paceline.ShardOf(root)] }) })
		}
	}
	if n.behind {
		if err := n.engine.Resync(ctx); err != nil {
			return err
		}
		n.behind = false
	}
	if v.Landed && len(mine) > 0 {
		if err := n.engine.TakeLanded(ctx); err != nil {
			n.behind = true
			return err
		}
	}
	if n.stopping() {
		return nil
	}
	// Who was away itself judges others only when they have had the time to come back as well.
	if n.clock.Now().Sub(n.since) > store.NodeLease {
		for _, o := range v.Nodes {
			if o.Lease >= 0 || o.ID == v.This {
				continue
			}
			taken, err := n.store.TakeOver(ctx, o.ID)
			if err != nil {
				return err
			}
			if taken {
				if n.config.TookOver != nil {
					n.config.TookOver()
				}
				n.log.Warn("a node's lease is over: its shards go to others", "node", o.ID, "address", o.Address, "shards", o.Shards)
				n.tellAll(life, v)
				n.Look()
				return nil
			}
		}
	}
	free := 0
	for _, owner := range v.Owner {
		if owner == 0 {
			free++
		}
	}
	if most := fair(len(live(v))); free > 0 && len(mine) < most {
		got, err := n.store.ClaimShards(ctx, most-len(mine))
		if got > 0 {
			n.Look()
		}
		return err
	}
	for _, g := range surplus(v, mine) {
		n.hand(life, g)
	}
	return nil
}

// died returns the shards that nobody has handed over, and notes that they are this node's.
func (n *Nodes) died(shards []int) (list []int) {
	for _, shard := range shards {
		if n.orphans[shard] {
			list = append(list, shard)
			n.orphans[shard] = false
		}
	}
	return list
}

// compare returns the shards that are this node's by the view, and those of them that the engine does not work for. It is
// not ok when some were handed on since the view was asked for.
func (n *Nodes) compare(v *store.NodeView, turn int) (mine, fresh []int, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.turn != turn {
		return nil, nil, false
	}
	for shard, owner := range v.Owner {
		if owner != v.This {
			continue
		}
		if !n.leaving[shard] {
			mine = append(mine, shard)
		}
		if !n.held[shard] && !n.leaving[shard] && !n.stops {
			fresh = append(fresh, shard)
		}
	}
	return mine, fresh, true
}

func (n *Nodes) mark(shards []int, held, leaving bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn++
	for _, shard := range shards {
		n.held[shard], n.leaving[shard] = held, leaving
	}
}

func (n *Nodes) stopping() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stops
}

// hand gives shards to another node as soon as nothing of them is in progress here.
func (n *Nodes) hand(ctx context.Context, g gift) {
	n.mark(g.shards, true, true)
	n.news.Go(func() { n.lose(ctx, g) })
}

func (n *Nodes) lose(ctx context.Context, g gift) {
	rest := slices.Clone(g.shards)
	err := n.engine.Lose(ctx, g.shards, func(shards []int) {
		rest = slices.DeleteFunc(rest, func(shard int) bool { return slices.Contains(shards, shard) })
		if g.to >= 0 {
			limited, cancel := context.WithTimeout(ctx, store.NodeRenewal) // they are worked for by nobody meanwhile
			defer cancel()
			if err := n.store.GiveShards(limited, shards, g.to); err != nil && ctx.Err() == nil {
				n.log.Warn("shards could not be handed on; this node goes on with them", "error", err)
			}
		}
		n.mark(shards, false, false)
		if v := n.view.Load(); v != nil && g.to > 0 {
			n.tellAll(ctx, v)
		}
		n.Look()
	})
	if err != nil && ctx.Err() == nil {
		n.log.Warn("shards could not be given up", "error", err)
	}
	n.mark(rest, false, len(rest) > 0 && ctx.Err() != nil)
}

// nobody is who gets the shards of a node that stands still: they stay its own in the database until others take them.
const nobody = -1

// giveUp drops all shards: the lease was not renewed, and others may have them any moment.
func (n *Nodes) giveUp(ctx context.Context) {
	n.mu.Lock()
	g := gift{to: nobody}
	for shard := range n.held {
		if n.held[shard] && !n.leaving[shard] {
			g.shards = append(g.shards, shard)
		}
	}
	n.mu.Unlock()
	if len(g.shards) > 0 {
		n.hand(ctx, g)
	}
}

// Leave hands all shards of this node on, each as soon as nothing of it is in progress; what is so when ctx ends is left
// to the engine's own stop.
func (n *Nodes) Leave(ctx context.Context) {
	n.mu.Lock()
	again := n.stops
	n.stops = true
	n.mu.Unlock()
	if again || n.store.Lapsed() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, store.NodeRenewal)
	defer cancel()
	err := n.store.LeaveNodes(limited)
	var v store.NodeView
	if err == nil {
		v, err = n.store.View(limited)
	}
	if err != nil {
		n.log.Warn("this node could not say that it stops", "error", err)
		return
	}
	n.mu.Lock()
	var mine []int
	for shard := range n.held {
		if n.held[shard] && !n.leaving[shard] {
			mine = append(mine, shard)
		}
	}
	n.mu.Unlock()
	var all sync.WaitGroup
	for _, g := range legacy(&v, mine) {
		n.mark(g.shards, true, true)
		all.Go(func() { n.lose(ctx, g) })
	}
	all.Wait()
}
