package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"paceline"
	"paceline/bench/w1"
	"paceline/store"
)

// filled is what a server's bench has to know of a filled database.
type filled struct {
	Hooks   map[string]string // identifier of the webhook by the account
	Seconds float64           // that the fill took
}

// queue gives the account large-0 waiting transactions of W1, accepted as webhooks are; small-0 has none.
func queue(ctx context.Context, o options) (any, error) {
	begin := time.Now()
	h, err := open(ctx, o, silent{}, 1)
	if err != nil {
		return nil, err
	}
	defer h.close()
	out := filled{Hooks: map[string]string{}}
	for _, name := range []string{"small-", "large-"} {
		list, err := h.customers(ctx, name, 1, o.sink, w1.Template)
		if err != nil {
			return nil, err
		}
		out.Hooks[list[0].Name] = list[0].Hook
		if name == "small-" {
			continue
		}
		err = parallel(8*acceptors, o.count, func(i int) error { return h.deliver(ctx, list[0], fmt.Sprint("large-", i)) })
		if err != nil {
			return nil, err
		}
	}
	out.Seconds = time.Since(begin).Seconds()
	return out, nil
}

// storedPayload is the size of each stored payload, in bytes.
const storedPayload = 64

// storeFinished adds count finished transactions. Each has its payload and one call.
func storeFinished(ctx context.Context, o options) (any, error) {
	begin := time.Now()
	h, err := open(ctx, o, silent{}, 1)
	if err != nil {
		return nil, err
	}
	defer h.close()
	list, err := h.customers(ctx, "noop-", o.accounts, "http://remote.example", calls(4))
	if err != nil {
		return nil, err
	}
	if err := h.finish(ctx, list, o.count); err != nil {
		return nil, err
	}
	return filled{Seconds: time.Since(begin).Seconds()}, nil
}

// finish adds n finished transactions to the cycles, in turn.
func (h *house) finish(ctx context.Context, list []customer, n int) error {
	// Both ops of a transaction are submitted at once: they are applied in this order.
	const inFlight = 4096
	slots := make(chan struct{}, inFlight)
	failed := make(chan error, 1)
	var all sync.WaitGroup
	done := func(r store.Result) {
		if r.Err == nil && r.Refused {
			r.Err = fmt.Errorf("transaction %d was refused", r.Run)
		}
		if r.Err != nil {
			select {
			case failed <- r.Err:
			default:
			}
		}
		<-slots
		all.Done()
	}
	for i := range n {
		num, err := h.store.RunNum(ctx)
		if err != nil {
			return err
		}
		accept, advance := finished(list[i%len(list)].cycle, num)
		for _, op := range []*store.Op{accept, advance} {
			select {
			case slots <- struct{}{}:
			case err := <-failed:
				return err
			}
			all.Add(1)
			op.Done = done
			h.store.Submit(op)
		}
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// finished makes the ops of a transaction that is accepted, calls once and ends.
func finished(c paceline.Cycle, num int64) (accept, advance *store.Op) {
	now := paceline.ToMicros(time.Now())
	payload := make([]byte, storedPayload)
	accept = &store.Op{Root: c.Root, Accept: &store.Accept{
		Run: paceline.Run{Num: num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: now},
		Trigger: paceline.StepRow{Run: num, From: -1, State: paceline.StepDone, TasksOK: 1, StartedAt: now, EndedAt: now,
			Output: paceline.Output{Data: payload}},
	}}
	advance = &store.Op{Root: c.Root, Advance: &store.Advance{
		Run: num, Partner: c.Partner, Account: c.Account, Cycle: c.Num, State: paceline.RunCompleted, At: now, SuccessAt: now,
		Rows: []paceline.StepRow{{Run: num, Seq: 1, StepRef: 1, State: paceline.StepDone, TasksOK: 1, StartedAt: now, EndedAt: now,
			Output: paceline.Output{InExchange: true}}},
		Exchanges: []paceline.Exchange{{Run: num, Seq: 1, N: 1, Status: 201, Millis: 3, At: now, Request: payload, Response: payload}},
	}}
	return accept, advance
}

// idle makes accounts with several running cycles each, which wait for their webhooks.
func idle(ctx context.Context, o options) (any, error) {
	begin := time.Now()
	h, err := open(ctx, o, silent{}, 1)
	if err != nil {
		return nil, err
	}
	defer h.close()
	first, err := h.customers(ctx, "idle-", 1, o.sink, w1.Template)
	if err != nil {
		return nil, err
	}
	out := filled{Hooks: map[string]string{first[0].Name: first[0].Hook}}
	err = parallel(32, o.accounts, func(i int) error {
		a := first[0].account
		cycles := o.cycles
		if i == 0 {
			cycles-- // it has one
		} else if a, err = h.account(ctx, fmt.Sprint("idle-", i), o.sink); err != nil {
			return err
		}
		return h.copies(ctx, a, first[0].cycle, cycles)
	})
	out.Seconds = time.Since(begin).Seconds()
	return out, err
}

// copies writes running copies of a cycle into an account, with steps of their own. Through the room of
// cycles it would take minutes for a hundred thousand.
func (h *house) copies(ctx context.Context, a paceline.Account, of paceline.Cycle, n int) error {
	return h.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		for i := range n {
			c := of
			c.Num, c.ID, c.Account, c.Root, c.Name = 0, paceline.NewID(tx.Time()), a.Num, a.Root, fmt.Sprintf("Copy %d", i)
			c.State, c.RunVersion, c.CreatedAt = paceline.CyclePaused, 0, tx.Now()
			var err error
			if c.Flow, err = renamed(of.Flow, tx.Time()); err != nil {
				return err
			}
			if err := tx.InsertCycle(&c); err != nil {
				return err
			}
			if err := tx.InsertRunCopy(c); err != nil {
				return err
			}
			c.RunVersion, c.ActivatedAt = c.Version, tx.Now()
			if err := tx.SetCycleState(paceline.ArrowActivate, &c); err != nil {
				return err
			}
		}
		return nil
	})
}

// renamed returns the flow with new ids for its steps and edges.
func renamed(f paceline.Flow, now time.Time) (out paceline.Flow, err error) {
	var pairs []string
	for _, s := range f.Steps {
		pairs = append(pairs, string(s.ID), string(paceline.NewID(now)))
	}
	for _, e := range f.Edges {
		pairs = append(pairs, string(e.ID), string(paceline.NewID(now)))
	}
	text, err := json.Marshal(f)
	if err == nil {
		err = json.Unmarshal([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &out)
	}
	return out, err
}
