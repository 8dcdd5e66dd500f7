package core

import (
	"slices"
	"testing"

	"paceline"
)

// oneCall is a flow of a webhook and a call.
func oneCall(cycle int64) *paceline.Plan {
	return &paceline.Plan{Cycle: cycle, Steps: []paceline.PlanStep{
		{Kind: paceline.StepWebhook, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
		{Kind: paceline.StepAction},
	}}
}

// bench drives a core whose calls and commits come out as soon as the test says so.
type bench struct {
	*Core
	open []Effect
	done []int64 // accounts of the runs that ended, in order
	plan *paceline.Plan
}

func newBench(config Config) *bench { return &bench{Core: New(config), plan: oneCall(1)} }

func (b *bench) take(effects []Effect) {
	for _, e := range effects {
		if e.Run != nil {
			b.open = append(b.open, e)
		}
	}
}

func (b *bench) accept(num, account int64) {
	b.take(b.Accepted(1, Head{Num: num, Account: account, Cycle: 1}, b.plan, nil))
}

// next answers the oldest open effect.
func (b *bench) next() {
	e := b.open[0]
	b.open = b.open[1:]
	if e.Kind == Execute {
		b.take(b.Executed(1, e.Run, &Outcome{}))
		return
	}
	b.done = append(b.done, e.Run.Account)
	b.take(b.Committed(1, e.Run, Durable))
}

func (b *bench) running(account int64) (n int) {
	for _, e := range b.open {
		if e.Run.Account == account {
			n++
		}
	}
	return n
}

// TestQuarterOfTheSlotsIsReserved: an account with any backlog and any limit leaves slots to others.
func TestQuarterOfTheSlotsIsReserved(t *testing.T) {
	b := newBench(Config{Slots: 8, AccountLimit: 1000})
	for n := range int64(100) {
		b.accept(n+1, 1)
	}
	if got := b.running(1); got != 6 {
		t.Fatalf("the account has %d of 8 slots, want 6", got)
	}
	b.accept(101, 2)
	if got := b.running(2); got != 1 {
		t.Fatal("a second account has to wait although slots are reserved")
	}
}

// TestAccountsTakeTurns: behind a backlog of one account, the runs of others come one for one.
func TestAccountsTakeTurns(t *testing.T) {
	b := newBench(Config{Slots: 4})
	for n := range int64(1000) {
		b.accept(n+1, 1)
	}
	for n := range int64(30) {
		b.accept(2000+n, 2)
		b.accept(3000+n, 3)
	}
	for len(b.done) < 120 {
		b.next()
	}
	count := map[int64]int{}
	for _, a := range b.done {
		count[a]++
	}
	if count[2] != 30 || count[3] != 30 {
		t.Fatalf("of the first 120 ended runs %d and %d are of the small accounts, want all 30 of each", count[2], count[3])
	}
}

// TestFullQueueStaysOnTheDisk: what does not fit is asked for again by number, in order, and once.
func TestFullQueueStaysOnTheDisk(t *testing.T) {
	b := newBench(Config{Slots: 1, Heads: 4, AllHeads: 4})
	var refill []Effect
	for n := range int64(20) {
		for _, e := range b.Accepted(1, Head{Num: n + 1, Account: 1, Cycle: 1}, b.plan, nil) {
			switch {
			case e.Run != nil:
				b.open = append(b.open, e)
			case e.Kind == Refill:
				refill = append(refill, e)
			}
		}
	}
	if b.Known() > 6 {
		t.Fatalf("%d runs are in memory", b.Known())
	}
	for len(refill) == 0 {
		e := b.open[0]
		b.open = b.open[1:]
		var effects []Effect
		if e.Kind == Execute {
			effects = b.Executed(1, e.Run, &Outcome{})
		} else {
			effects = b.Committed(1, e.Run, Durable)
		}
		for _, e := range effects {
			if e.Kind == Refill {
				refill = append(refill, e)
			} else if e.Run != nil {
				b.open = append(b.open, e)
			}
		}
	}
	if len(refill) != 1 || refill[0].Account != 1 || refill[0].From < 2 || refill[0].From > 8 {
		t.Fatalf("the refill is %+v", refill)
	}
}

// TestSuspendedAccountWaits: nothing of it begins until it is active again.
func TestSuspendedAccountWaits(t *testing.T) {
	b := newBench(Config{Slots: 4})
	b.take(b.SetAccount(1, AccountInfo{Num: 1, Active: false}))
	b.accept(1, 1)
	if len(b.open) != 0 {
		t.Fatal("a run of a suspended account began")
	}
	b.take(b.SetAccount(1, AccountInfo{Num: 1, Active: true}))
	if len(b.open) != 1 {
		t.Fatal("the run did not begin when the account was active again")
	}
}

// TestAskAccounts: when limits may have changed, an account that has work is asked for at once, another one when it has some.
func TestAskAccounts(t *testing.T) {
	b := newBench(Config{Slots: 4})
	for num := range int64(2) {
		b.take(b.SetAccount(1, AccountInfo{Num: num + 1, Active: true}))
	}
	b.accept(1, 1)
	asked := func(effects []Effect) (list []int64) {
		for _, e := range effects {
			if e.Kind == LoadAccount {
				list = append(list, e.Account)
			}
		}
		return list
	}
	if list := asked(b.AskAccounts(1)); !slices.Equal(list, []int64{1}) {
		t.Errorf("accounts %v are asked for, want the one that has work", list)
	}
	if list := asked(b.Restock(1, 2, 2, 0)); !slices.Equal(list, []int64{2}) {
		t.Errorf("accounts %v are asked for once the other one has work", list)
	}
}
