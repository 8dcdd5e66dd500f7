package engine

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/internal/seal"
	"paceline/internal/telemetry"
	"paceline/store"
)

// PlanSource compiles the plans that run; it is the room of cycles.
type PlanSource interface {
	// Plan returns the plan of a cycle's run version; it keeps plans in memory. Errors: NotFound.
	Plan(ctx context.Context, cycle, version int64) (*paceline.Plan, error)
}

// Config is what an Engine needs. Logger and Metrics may be nil.
type Config struct {
	Store     *store.Store
	Plans     PlanSource
	Instances connector.Instances
	Runtime   *connector.Runtime
	// Keys returns the data key of an account by its number, from memory once it was opened.
	Keys    func(ctx context.Context, account int64) (*seal.Key, error)
	Broker  *seal.Broker // opens the secrets that deliveries are checked with
	IDs     *seal.IDKey
	Clock   paceline.Clock
	Limits  Limits
	Logger  *slog.Logger
	Metrics *telemetry.Metrics
	// Notices and Outbound post error webhooks; without them there are none.
	Notices  Notices
	Outbound http.RoundTripper
	// Service returns the address of a partner's own service domain as it is now, "" where it has none; nil: what plans say.
	Service func(ctx context.Context, partner int64) string
	// Peers are the other nodes of a shared database; nil without any.
	Peers Peers
}

// Limits bound what the engine holds and does at once. Zero values mean the defaults in brackets.
type Limits struct {
	Running        int           // steps in progress at once [200]
	AccountRunning int           // of an account without a limit of its own [50]
	Payload        int           // bytes of a webhook's payload [25 MiB]
	StepData       int           // bytes of a step's output [50 MiB]
	Backlog        int           // changes that wait for the disk, from which on webhooks are told to come later [10,000]
	PayloadMemory  int64         // bytes of accepted payloads kept in memory until their turn [64 MiB]
	AcceptWait     time.Duration // how long a webhook waits for the disk [2 s]
	Answer         time.Duration // how long the sender of a webhook waits for the answer of its transaction [120 s]
	Callers        int           // senders that wait for one at once, three quarters of them of one account; others are told to come later [1,000]
	Drain          time.Duration // how long Stop waits for calls in flight [30 s]
	PruneEvery     time.Duration // how often data over its retention is looked for [5 min]
	Core           core.Config   // the rest; Slots and AccountLimit come from above
}

func (l Limits) withDefaults() Limits {
	set(&l.Running, 200)
	set(&l.AccountRunning, 50)
	set(&l.Payload, 25<<20)
	set(&l.StepData, 50<<20)
	set(&l.Backlog, 10_000)
	set(&l.PayloadMemory, 64<<20)
	set(&l.AcceptWait, 2*time.Second)
	set(&l.Answer, answerLimit)
	set(&l.Callers, 1000)
	set(&l.Drain, 30*time.Second)
	set(&l.PruneEvery, 5*time.Minute)
	l.Core.Slots, l.Core.AccountLimit = l.Running, l.AccountRunning
	return l
}

func set[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Engine runs transactions. Start it once, and Stop it before its store is closed.
type Engine struct {
	store     *store.Store
	plans     PlanSource
	instances connector.Instances
	runtime   *connector.Runtime
	keys      func(ctx context.Context, account int64) (*seal.Key, error)
	broker    *seal.Broker
	ids       *seal.IDKey
	clock     paceline.Clock
	limits    Limits
	log       *slog.Logger
	metrics   *telemetry.Metrics
	peers     Peers
	service   func(ctx context.Context, partner int64) string

	core  *core.Core // belongs to the loop
	mail  mailbox
	jobs  chan job
	tasks tasks
	hooks *hooks
	// callers are the senders that wait for a Synchronous Response step.
	callers *callers

	stops      stops
	quotas     quotas
	feed       feed
	suspects   suspects
	notices    notices
	noticeMail noticeMail
	removals   chan struct{} // told when there is something to delete
	entrances  entrances
	arming     sync.Map // planKeys of cycles whose schedule is armed after a while
	outbound   http.RoundTripper

	prepared  *preparedPlans
	ancestors ancestors
	inMemory  atomic.Int64 // bytes of payloads that accepted runs hold until their turn

	life     context.Context // of everything in the background; its end cancels calls
	end      context.CancelFunc
	group    sync.WaitGroup
	draining atomic.Bool
	started  bool
	looped   chan struct{} // closed when the loop has ended
}

// New makes an engine. Nothing runs before Start.
func New(c Config) *Engine {
	e := &Engine{
		store: c.Store, plans: c.Plans, instances: c.Instances, runtime: c.Runtime, keys: c.Keys, broker: c.Broker, ids: c.IDs,
		clock: c.Clock, limits: c.Limits.withDefaults(), log: c.Logger, metrics: c.Metrics, peers: c.Peers, service: c.Service,
	}
	if e.log == nil {
		e.log = slog.Default()
	}
	if e.clock == nil {
		e.clock = paceline.SystemClock{}
	}
	if e.metrics == nil {
		e.metrics = telemetry.NewMetrics()
	}
	if c.Store != nil && c.Store.Shared() {
		e.limits.Core.Owns = c.Store.Owns
	}
	e.core = core.New(e.limits.Core)
	e.mail.wake = make(chan struct{}, 1)
	e.jobs = make(chan job, e.limits.Running)
	e.tasks.init()
	e.hooks = newHooks()
	e.callers = newCallers(e.limits.Callers)
	e.notices = notices{source: c.Notices, known: map[int64]noticeWish{}}
	e.noticeMail.wake = make(chan struct{}, 1)
	e.removals = make(chan struct{}, 1)
	e.outbound = c.Outbound
	e.feed = newFeed(e.clock.Now())
	e.prepared = newPreparedPlans()
	e.ancestors = newAncestors()
	e.looped = make(chan struct{})
	e.life, e.end = context.WithCancel(context.Background())
	if c.Runtime != nil {
		c.Runtime.Provide(paceline.LinkConnector, links{e})
	}
	return e
}

// Start resumes what the store holds and runs until Stop. It returns once the engine works; runs are
// resumed in the background. ctx bounds the start alone.
func (e *Engine) Start(ctx context.Context) error {
	e.started = true
	for range e.limits.Running {
		e.group.Go(e.work)
	}
	for range readers {
		e.group.Go(e.tasks.work)
	}
	e.group.Go(func() {
		defer close(e.looped)
		e.loop()
	})
	var all []int // of several nodes, each counts those that it gains
	for shard := range paceline.Shards {
		if !e.store.Shared() {
			all = append(all, shard)
		}
	}
	err := e.countDeath(ctx, all)
	if err == nil {
		err = e.recover(ctx)
	}
	if err != nil {
		e.Stop(context.Background())
		return err
	}
	e.group.Go(e.pruneLoop)
	e.group.Go(e.removeLoop)
	e.group.Go(e.quotaLoop)
	if e.notices.source != nil {
		e.group.Go(e.noticeLoop)
	}
	return nil
}

// readers is the number of goroutines that read for the core.
const readers = 4

// Stop begins no step any more, gives calls in flight the drain time (or as long as ctx lasts), then
// cancels them: a call that may be repeated runs again after the next start, another one ends as an
// unknown outcome. It returns when nothing of the engine runs.
func (e *Engine) Stop(ctx context.Context) {
	if !e.started || e.draining.Swap(true) {
		return
	}
	e.feed.stop()
	e.lostSuspects(func(int) bool { return true })
	idle := make(chan struct{})
	e.mail.post(message{kind: drain, idle: idle})
	timer, stop := e.clock.NewTimer(e.limits.Drain)
	select {
	case <-idle:
	case <-timer:
	case <-ctx.Done():
	}
	stop()
	e.callers.release()
	e.end()
	// What was cancelled answers at once; its commits are waited for, but no longer than the disk takes.
	timer, stop = e.clock.NewTimer(lastWrites)
	select {
	case <-idle:
	case <-timer:
	}
	stop()
	e.mail.post(message{kind: quit})
	<-e.looped
	close(e.jobs)
	e.tasks.close()
	e.group.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
	defer cancel()
	e.stopped(ctx)
}

// lastWrites is how long Stop waits for commits after calls were cancelled.
const lastWrites = 5 * time.Second

func (e *Engine) now() paceline.Micros { return paceline.ToMicros(e.clock.Now()) }

// Running is the number of steps in progress, for health and metrics.
func (e *Engine) Running() int { return int(e.mail.running.Load()) }
