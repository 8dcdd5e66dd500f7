package script_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline/script"
)

// firstTimers has accounts that were never seen run the code all at once, and waits until all workers are theirs.
func (c *crowd) firstTimers(ctx context.Context, accounts int, code string) (ended func() []error) {
	var group sync.WaitGroup
	errs := make([]error, accounts)
	for n := range accounts {
		group.Go(func() {
			r, err := c.pool.Run(ctx, script.Run{
				Account: script.Account{Partner: 3, Account: int64(n)}, Event: script.BeforeAction, Globals: []byte("{}"),
				Sources: []script.Source{{Code: "function before_action() { " + code + " }"}},
			})
			if err == nil && (string(r.Value) != "1" || len(r.Log) != 1) {
				err = fmt.Errorf("gave %s and logged %q", r.Value, r.Log)
			}
			errs[n] = err
		})
	}
	for c.pool.Turns() < min(accounts, 8) {
		time.Sleep(time.Millisecond)
	}
	return func() []error { group.Wait(); return errs }
}

// TestFirstTimersLeaveWorkersToOthers: scripts of however many accounts that nothing is known of, and that do not end, keep
// nobody waiting for longer than it takes to see that they are long.
func TestFirstTimersLeaveWorkersToOthers(t *testing.T) {
	t.Parallel()
	for _, accounts := range []int{8, 40} {
		c := newCrowd(t)
		c.neighbour(1) // has a record
		ctx, cancel := context.WithCancel(t.Context())
		ended := c.firstTimers(ctx, accounts, "for (;;);")
		for n := range int64(10) {
			late := lateness()
			begun := time.Now()
			c.neighbour(1 + n%2)
			took, delay := time.Since(begun), late()
			if took > 20*time.Second+delay { // a turn has a minute
				t.Errorf("a neighbour waits for %s beside %d accounts, with a machine that was %s late", took, accounts, delay)
			}
		}
		if got := c.pool.Turns(); got > 8 {
			t.Errorf("%d scripts run, and there are eight workers", got)
		}
		cancel()
		for _, err := range ended() {
			if err == nil {
				t.Error("an endless script ended")
			}
		}
	}
}

// TestLongRunsThatGaveWayEnd: a run that was stopped for others begins again and ends as if nothing had been.
func TestLongRunsThatGaveWayEnd(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	ended := c.firstTimers(t.Context(), 12, "console.log('once'); const end = Date.now() + 700; while (Date.now() < end); return 1")
	for n := range int64(5) {
		c.neighbour(n)
	}
	for n, err := range ended() {
		if err != nil {
			t.Errorf("the script of account %d: %v", n, err)
		}
	}
}

// TestScriptsThatWaitLeaveWorkersToOthers: a script that has asked for something can not begin again, so that others have a worker
// more; of those there are no more than of the others.
func TestScriptsThatWaitLeaveWorkersToOthers(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	for n := range int64(8) {
		c.hold(n, 1, 1)
	}
	for n := range int64(5) {
		c.neighbour(n)
	}
	for n := int64(8); n < 16; n++ {
		c.hold(n, 1, 1)
	}
	c.hold(16, 1, 0)
	if got := c.pool.Turns(); got > 16 {
		t.Errorf("%d scripts run at once", got)
	}
	c.end()
}

// TestFewRunsOfAnAccountWait: deliveries of which each has a script are no more than may wait.
func TestFewRunsOfAnAccountWait(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	c.hold(1, 4, 4)
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan struct{}, 500)
	for range 300 {
		group.Go(func() {
			_, err := c.pool.Run(ctx, script.Run{
				Account: script.Account{Partner: 1, Account: 1}, Event: script.BeforeAction, Globals: []byte("{}"), Sources: []script.Source{{Code: "function before_action() {}"}},
			})
			if err != nil && strings.Contains(err.Error(), "too many") {
				refused <- struct{}{}
			}
		})
	}
	for range 100 {
		<-refused
	}
	cancel()
	group.Wait()
	c.end()
}

// TestLongScriptsTogether: the scripts of a run are given to the worker as they are, however much longer JSON makes them, and those
// that are too long together are refused.
func TestLongScriptsTogether(t *testing.T) {
	t.Parallel()
	p := newPool(t, script.Limits{})
	long := "//" + strings.Repeat("<", script.DefaultSource-100) + "\nfunction before_action() { return 1 }"
	run := script.Run{Account: account, Event: script.BeforeAction, Globals: []byte("{}"), Sources: slices.Repeat([]script.Source{{Code: long}}, 3)}
	if r, err := p.Run(t.Context(), run); err != nil || string(r.Value) != "1" {
		t.Errorf("three long scripts gave %s, %v", r.Value, err)
	}
	run.Sources = slices.Repeat(run.Sources, 3)
	if _, err := p.Run(t.Context(), run); err == nil || !strings.Contains(err.Error(), "longer than 2 MiB") {
		t.Errorf("nine long scripts gave %v", err)
	}
}
