package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"paceline/bench/load"
	"paceline/connector"
)

// acceptors is the number of goroutines that hand in webhooks.
const acceptors = 64

// padding fills an event up to 1 KB.
var padding = strings.Repeat("x", 900)

func event(cid string) []byte {
	return fmt.Appendf(nil, `{"cid":%q,"first_name":"Mira","email":"mira@kestrel.example","country":"DE","notes":"%s"}`, cid, padding)
}

// deliver hands in one event and returns once it is on the disk.
func (h *house) deliver(ctx context.Context, c customer, cid string) error {
	_, err := h.engine.Deliver(ctx, c.Hook, connector.Delivery{
		Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, RawBody: event(cid), At: time.Now(),
	})
	return err
}

// noop measures transactions of four calls that cost nothing outside.
func noop(ctx context.Context, o options) (any, error) {
	remote := &instant{}
	h, err := open(ctx, o, remote, o.running)
	if err != nil {
		return nil, err
	}
	defer h.close()
	list, err := h.customers(ctx, "noop-", o.accounts, "http://remote.example", calls(4))
	if err != nil {
		return nil, err
	}
	carry := func(count int) error {
		remote.calls.Store(0)
		err := parallel(acceptors, count, func(i int) error {
			return h.deliver(ctx, list[i%len(list)], "c-"+fmt.Sprint(i))
		})
		if err != nil {
			return err
		}
		return h.quiet(ctx, func() bool { return remote.calls.Load() >= int64(4*count) })
	}
	if err := carry(max(len(list), o.count/10)); err != nil { // plans, keys and statements get warm
		return nil, err
	}
	cpu, begin := processorTime(), time.Now()
	if err := carry(o.count); err != nil {
		return nil, err
	}
	took := time.Since(begin)
	return map[string]float64{
		"per_s":  float64(o.count) / took.Seconds(),
		"cpu_us": float64((processorTime() - cpu).Microseconds()) / float64(o.count),
	}, nil
}

// stuckAfter is how long nothing may move before a job gives up.
const stuckAfter = 2 * time.Minute

// quiet waits until done holds and no step is in progress.
func (h *house) quiet(ctx context.Context, done func() bool) error {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	limit := time.NewTimer(stuckAfter)
	defer limit.Stop()
	for !done() || h.engine.Running() > 0 || h.store.Backlog() > 0 {
		select {
		case <-look.C:
		case <-limit.C:
			return fmt.Errorf("the transactions do not end: %d steps in progress, %d changes wait", h.engine.Running(), h.store.Backlog())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// backlog measures a small account's whole run of four calls while a large account's backlog drains. The
// arrival of a fifth call ends the measurement: the four before it are on the disk by then.
func backlog(ctx context.Context, o options) (any, error) {
	ended := make(chan struct{}, 1)
	var mark sync.Map // cid -> calls seen
	remote := &instant{arrived: func(body []byte) {
		cid := load.Correlation(body)
		if !strings.HasPrefix(cid, "small-") {
			return
		}
		n, _ := mark.LoadOrStore(cid, new(int))
		if *n.(*int)++; *n.(*int) == 5 { // the calls of a transaction follow one another
			ended <- struct{}{}
		}
	}}
	h, err := open(ctx, o, remote, o.running)
	if err != nil {
		return nil, err
	}
	defer h.close()
	large, err := h.customers(ctx, "large-", 1, "http://remote.example", calls(4))
	if err != nil {
		return nil, err
	}
	small, err := h.customers(ctx, "small-", 1, "http://remote.example", calls(5))
	if err != nil {
		return nil, err
	}
	dumped := make(chan error, 1)
	go func() {
		dumped <- parallel(acceptors, o.count, func(i int) error { return h.deliver(ctx, large[0], fmt.Sprint("large-", i)) })
	}()
	var took []float64
	one := func() error {
		begin := time.Now()
		if err := h.deliver(ctx, small[0], fmt.Sprintf("small-%d", len(took))); err != nil {
			return err
		}
		select {
		case <-ended:
		case <-time.After(stuckAfter):
			return fmt.Errorf("the small account's transaction does not end")
		}
		took = append(took, float64(time.Since(begin).Microseconds())/1e3)
		return nil
	}
	whole := func() bool { return remote.calls.Load() >= int64(4*o.count+5*len(took)) }
	for !whole() && ctx.Err() == nil {
		if err := one(); err != nil {
			return nil, err
		}
	}
	if err := <-dumped; err != nil {
		return nil, err
	}
	s := load.Summarize(took)
	return map[string]float64{"p50_ms": s.P50, "p99_ms": s.P99, "max_ms": s.Max, "n": float64(s.N)}, ctx.Err()
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
