package script

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"

	"paceline"
	"paceline/script/wire"
)

// Config is what a Pool needs.
type Config struct {
	// Command starts a worker: the path of this program and the argument that makes it one.
	Command []string
	Limits  Limits
	// Warm workers are kept ready once the first script has run: min(2, cores) when 0.
	Warm int
	// Max bounds the workers: four for each core when 0.
	Max    int
	Logger *slog.Logger   // nil: slog.Default
	Clock  paceline.Clock // of the waits of accounts; nil: the machine's
}

// Pool runs scripts in worker processes. It starts the first one when the first script runs. It is safe for
// concurrent use.
type Pool struct {
	command   []string
	limits    Limits
	warm, max int
	log       *slog.Logger
	blame     *blame
	trials    *blame // of scripts that are tried, which make none wait

	mu      sync.Mutex
	closed  bool
	idle    []*process
	live    map[*process]struct{}
	total   int // processes that live or are being started
	turns   []*turn
	running map[Account]int // how many of the turns are whose
	waiting []*waiter
	proven  map[Account]struct{} // whose last run was short
	group   sync.WaitGroup       // of processes, and of their starter

	// Processes are started by a goroutine of the pool's own, so that they are nobody's who runs a script.
	orders  chan chan started // nil: start as many as should be warm
	answers chan chan started // to be used for orders
}

// started is a new process.
type started struct {
	process *process
	err     error
}

// ErrClosed says that the pool was closed.
var ErrClosed = errors.New("the script workers are stopped")

// NewPool returns a Pool; nothing is started yet.
func NewPool(config Config) *Pool {
	p := &Pool{
		command: config.Command, limits: config.Limits.withDefaults(), warm: config.Warm, max: config.Max, log: config.Logger,
		running: map[Account]int{}, live: map[*process]struct{}{}, proven: map[Account]struct{}{},
	}
	if p.warm <= 0 {
		p.warm = min(2, runtime.NumCPU())
	}
	if p.max <= 0 {
		p.max = 4 * runtime.NumCPU()
	}
	p.max = max(p.max, p.warm)
	if p.log == nil {
		p.log = slog.Default()
	}
	clock := config.Clock
	if clock == nil {
		clock = paceline.SystemClock{}
	}
	p.blame, p.trials = newBlame(clock), newBlame(clock)
	most := p.max + p.over()
	p.orders, p.answers = make(chan chan started, 2*most+1), make(chan chan started, most)
	for range most {
		p.answers <- make(chan started, 1)
	}
	p.group.Go(p.startAll)
	return p
}

// Limits returns the limits of the pool's runs.
func (p *Pool) Limits() Limits { return p.limits }

// Run runs one event. The error is a *Error when a script failed or hit a limit, a *WaitError or *BusyError when
// nothing ran, or the context's. The Result holds log and duration in each case.
func (p *Pool) Run(ctx context.Context, r Run) (Result, error) {
	if len(r.Sources) == 0 {
		return Result{Globals: r.Globals}, nil
	}
	if failed := p.limits.refuse(r); failed != nil {
		return Result{}, failed
	}
	return p.do(ctx, r, wire.Head{Event: string(r.Event), Measure: r.Measure})
}

// Check reads the sources without running them; the error is a *Error of the first that is no script.
func (p *Pool) Check(ctx context.Context, account Account, sources []Source) error {
	r := Run{Account: account, Sources: sources}
	if failed := p.limits.refuse(r); failed != nil {
		return failed
	}
	_, err := p.do(ctx, r, wire.Head{CheckOnly: true})
	return err
}

// CheckExpressions is Check of expressions that Values is to run.
func (p *Pool) CheckExpressions(ctx context.Context, account Account, sources []Source) error {
	r := Run{Account: account, Sources: sources}
	if failed := p.limits.refuse(r); failed != nil {
		return failed
	}
	_, err := p.do(ctx, r, wire.Head{CheckOnly: true, Inline: true})
	return err
}

// Values runs expressions over the names in globals and returns their values, nil for undefined.
func (p *Pool) Values(ctx context.Context, account Account, expressions []string, globals json.RawMessage, host Host, mask func([]byte) []byte) ([]json.RawMessage, error) {
	r := Run{Account: account, Globals: globals, Host: host, Mask: mask, Wall: p.limits.inline()}
	for _, text := range expressions {
		r.Sources = append(r.Sources, Source{LevelInline, text})
	}
	if failed := p.limits.refuse(r); failed != nil {
		return nil, failed
	}
	result, err := p.do(ctx, r, wire.Head{Inline: true})
	if err != nil {
		return nil, err
	}
	var values []json.RawMessage
	if json.Unmarshal(result.Value, &values) != nil || len(values) != len(expressions) {
		return nil, &Error{Limit: LimitWorker, Message: "the script worker gave no values"}
	}
	for i, v := range values {
		// A value that JSON has no word for is null in the list, as JSON.stringify writes it.
		if string(v) == "null" {
			values[i] = nil
		}
	}
	return values, nil
}

// maxSources bounds the texts of a run together: as many of the longest scripts.
const maxSources = 8

// refuse returns why a run is not even begun.
func (l Limits) refuse(r Run) *Error {
	if len(r.Globals) > l.Input {
		return &Error{Limit: LimitInput, Message: limitText(LimitInput, l)}
	}
	all := 0
	for i, s := range r.Sources {
		if all += len(s.Code); len(s.Code) > l.Source || all > maxSources*l.Source {
			return &Error{Limit: LimitSource, Message: limitText(LimitSource, l), Level: s.Level, Source: i}
		}
	}
	return nil
}

func (p *Pool) do(ctx context.Context, r Run, head wire.Head) (Result, error) {
	blame := p.blame
	if r.Trial {
		blame = p.trials // somebody who looks for the fault does not wait, but has fewer workers
	} else if wait := blame.wait(r.Account); wait != nil {
		return Result{}, wait
	}
	limits := p.limits
	if r.Wall > 0 {
		limits.Wall = min(r.Wall, MaxWall)
	}
	result, failed, err := p.persist(ctx, r, head, limits)
	if r.Mask != nil {
		for i, line := range result.Log {
			result.Log[i] = string(r.Mask([]byte(line)))
		}
	}
	if failed == nil {
		return result, err
	}
	if blame.ended(r.Account, failed.Limit) && !r.Trial {
		p.log.Warn("an account's scripts have to wait", "partner", r.Account.Partner, "account", r.Account.Account, "limit", failed.Limit)
	}
	return result, failed
}

// tries is how often a run is given to a worker when workers die that it can't have hurt.
const tries = 3

// persist runs in one worker, and in another one when the first is lost and nothing was done yet that can't be done
// twice: a process may die of the machine it is on. A script that may have run is tried once more only.
func (p *Pool) persist(ctx context.Context, r Run, head wire.Head, limits Limits) (Result, *Error, error) {
	again := false
	for try := 1; ; try++ {
		turn, err := p.acquire(ctx, r.Account, again)
		if err != nil {
			return Result{}, nil, err
		}
		result, failed, err := turn.worker.run(ctx, r, head, limits, turn)
		p.release(turn)
		if err == errMoved {
			again = true
			try--
			continue
		}
		lost, ok := errors.AsType[*lostError](err)
		if !ok {
			return result, failed, err
		}
		if p.isClosed() {
			return result, nil, &BusyError{ErrClosed}
		}
		said := lost.said
		if r.Mask != nil {
			said = string(r.Mask([]byte(said)))
		}
		said = clean(said, 500)
		p.log.Error("a script worker was lost", "partner", r.Account.Partner, "account", r.Account.Account, "exit", lost.exit,
			"begun", lost.begun, "try", try, "error", lost.cause, "stderr", said)
		limits.Wall -= result.Duration
		once := !lost.begun && try < tries || lost.begun && !lost.served && try == 1
		switch {
		case once && limits.Wall > 0:
		case !lost.begun:
			return Result{}, nil, &BusyError{lost}
		default:
			return result, &Error{Limit: LimitWorker, Message: limitText(LimitWorker, limits)}, nil
		}
	}
}

func (p *Pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// order has a worker started and waits for it.
func (p *Pool) order() (*process, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	p.total++
	answer := <-p.answers // there are as many as workers
	p.orders <- answer
	p.mu.Unlock()
	got := <-answer
	p.answers <- answer
	return got.process, got.err
}

// refill orders workers until as many as should be warm live. The caller holds the lock.
func (p *Pool) refill() {
	if p.closed || len(p.orders) > p.max {
		return
	}
	p.orders <- nil
}

// startAll starts what is ordered until the pool is closed.
func (p *Pool) startAll() {
	for answer := range p.orders {
		if answer != nil {
			p.group.Go(func() {
				w, err := p.start()
				answer <- started{w, err}
			})
			continue
		}
		p.mu.Lock()
		wanted := !p.closed && p.total-1 < p.warm // the one that is being killed counts still
		if wanted {
			p.total++
		}
		p.mu.Unlock()
		if wanted {
			p.group.Go(p.startIdle)
		}
	}
}

// startIdle starts a worker that waits for work.
func (p *Pool) startIdle() {
	w, err := p.start()
	if err != nil {
		p.log.Error("a script worker could not be started", "error", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && !w.ended() {
		p.idle = append(p.idle, w)
	}
}

// start starts a process that was counted already.
func (p *Pool) start() (*process, error) {
	p.group.Add(1)
	w, err := start(p.command, p.limits.Data, p.gone)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !w.ended() { // else gone has been told already
		p.live[w] = struct{}{}
	}
	if p.closed {
		w.kill()
	}
	return w, nil
}

// gone counts a process that has ended, and forgets it.
func (p *Pool) gone(w *process) {
	p.mu.Lock()
	p.total--
	delete(p.live, w)
	if at := slices.Index(p.idle, w); at >= 0 {
		p.idle = slices.Delete(p.idle, at, at+1)
		w.kill() // closes the pipes; one that is not idle is closed by who holds it
	}
	p.mu.Unlock()
	p.group.Done()
}

// Live is the number of worker processes, for tests and health.
func (p *Pool) Live() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// Close ends all workers and waits until they are gone. Runs in progress fail.
func (p *Pool) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.orders)
	}
	for w := range p.live {
		w.kill()
	}
	p.grant()
	p.mu.Unlock()
	p.group.Wait()
}
