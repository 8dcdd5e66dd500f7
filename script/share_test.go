package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"paceline/script"
	"paceline/script/worker"
)

// gate holds each script that makes a request until the test lets all of them go.
type gate struct {
	came chan int64 // the account of a script that holds a worker
	open chan struct{}
}

// holder is an account behind the gate.
type holder struct {
	*gate
	account int64
}

func (h holder) Call(ctx context.Context, _ string, _ json.RawMessage) (json.RawMessage, error) {
	h.came <- h.account
	select {
	case <-h.open:
		return json.RawMessage("{}"), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// crowd is accounts that want workers of a pool of eight.
type crowd struct {
	t     *testing.T
	pool  *script.Pool
	gate  *gate
	group sync.WaitGroup
}

func newCrowd(t *testing.T) *crowd {
	c := &crowd{t: t, gate: &gate{make(chan int64, 100), make(chan struct{})}}
	c.pool = script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Max: 8, Limits: script.Limits{Wall: time.Minute}})
	t.Cleanup(c.pool.Close)
	return c
}

// hold has an account want so many workers and waits until it holds as many as it is to get.
func (c *crowd) hold(account int64, wants, gets int) {
	c.t.Helper()
	for range wants {
		c.group.Go(func() {
			_, err := c.pool.Run(c.t.Context(), script.Run{
				Account: script.Account{Partner: 1, Account: account}, Event: script.BeforeAction, Host: holder{c.gate, account},
				Sources: []script.Source{{Code: "function before_action() { http_request({}) }"}}, Globals: []byte("{}"),
			})
			if err != nil {
				c.t.Error(err)
			}
		})
	}
	for range gets {
		select {
		case who := <-c.gate.came:
			if who != account {
				c.t.Fatalf("account %d got a worker that was account %d's", who, account)
			}
		case <-time.After(25 * time.Second):
			c.t.Fatalf("account %d waits for a worker", account)
		}
	}
}

// neighbour runs a small script to its end, while all others hold what they have.
func (c *crowd) neighbour(account int64) {
	c.t.Helper()
	r, err := c.pool.Run(c.t.Context(), script.Run{
		Account: script.Account{Partner: 2, Account: account}, Event: script.BeforeAction,
		Sources: []script.Source{{Code: "function before_action() { return 1 }"}}, Globals: []byte("{}"),
	})
	if err != nil || string(r.Value) != "1" {
		c.t.Fatalf("a neighbour's script gave %s, %v", r.Value, err)
	}
}

// end lets all go and waits for every script that was begun: nobody was forgotten.
func (c *crowd) end() {
	close(c.gate.open)
	c.group.Wait()
	select {
	case who := <-c.gate.came:
		_ = who // those that got a worker in the end
	default:
	}
}

// TestAccountsLeaveWorkersToOthers: whatever two or three accounts want, another one's script runs while theirs hold
// their workers.
func TestAccountsLeaveWorkersToOthers(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	c.hold(1, 10, 4)
	c.neighbour(1)
	c.hold(2, 10, 2)
	c.neighbour(2)
	c.hold(3, 10, 1)
	for n := range int64(20) {
		c.neighbour(n)
	}
	if more := len(c.gate.came); more > 0 {
		t.Errorf("%d more scripts hold workers", more)
	}
	c.end()
}

// TestSuspectsLeaveWorkersToOthers: however many accounts had a worker killed lately, all of them together leave some.
func TestSuspectsLeaveWorkersToOthers(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	for n := range int64(10) {
		_, err := c.pool.Run(t.Context(), script.Run{
			Account: script.Account{Partner: 1, Account: n}, Event: script.BeforeAction, Wall: 30 * time.Millisecond, Trial: n%2 == 0,
			Sources: []script.Source{{Code: "function before_action() { for (;;); }"}}, Globals: []byte("{}"),
		})
		if failed, is := errors.AsType[*script.Error](err); !is || failed.Limit != script.LimitTime {
			t.Fatal(err)
		}
	}
	for n := range int64(6) {
		c.hold(n, 1, 1)
	}
	for n := range int64(4) {
		c.hold(6+n, 1, 0)
	}
	for n := range int64(20) {
		c.neighbour(n)
	}
	c.hold(100, 1, 1)
	c.neighbour(1)
	c.end()
}

// TestTrialsHoldUpNothing: who tries scripts that have to be killed waits neither with the next trial nor with what runs.
func TestTrialsHoldUpNothing(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{})
	run := func(trial bool, code string) error {
		_, err := p.Run(t.Context(), script.Run{
			Account: account, Event: script.BeforeAction, Wall: 300 * time.Millisecond, Trial: trial,
			Sources: []script.Source{{Code: "function before_action() { " + code + " }"}}, Globals: []byte("{}"),
		})
		return err
	}
	for range 3 {
		if failed, is := errors.AsType[*script.Error](run(true, "for (;;);")); !is || failed.Limit != script.LimitTime {
			t.Fatal(failed)
		}
	}
	for _, trial := range []bool{true, false} {
		for {
			err := run(trial, "")
			if failed, is := errors.AsType[*script.Error](err); is && failed.Limit == script.LimitTime {
				continue // the machine is too busy for a small script
			}
			if err != nil {
				t.Errorf("after three kills a script gave %v (trial %t)", err, trial)
			}
			break
		}
	}
}
