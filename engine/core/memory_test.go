package core

import (
	"testing"

	"paceline"
)

// crowd drives a core over a disk that holds heads by number, which go when their runs have ended.
type crowd struct {
	*Core
	disk []Head
	open []Effect // calls, commits and loads without an answer
	ask  []Effect // refills without an answer
	most int      // that were in memory at once
	done map[int64]int
}

func (w *crowd) take(effects []Effect) {
	for _, e := range effects {
		switch {
		case e.Kind == Refill:
			w.ask = append(w.ask, e)
		case e.Kind == LoadLimit: // told by SetCycle
		case e.Run != nil:
			w.open = append(w.open, e)
		}
	}
	w.most = max(w.most, w.Known())
}

// answer lets everything come out but the calls of the cycle that hangs.
func (w *crowd) answer(hanging int64) {
	for {
		switch i := w.next(hanging); {
		case len(w.ask) > 0:
			e := w.ask[0]
			w.ask = w.ask[1:]
			w.refill(e)
		case i >= 0:
			e := w.open[i]
			w.open = append(w.open[:i:i], w.open[i+1:]...)
			w.come(e)
		default:
			return
		}
	}
}

func (w *crowd) next(hanging int64) int {
	for i, e := range w.open {
		if e.Run.Cycle != hanging {
			return i
		}
	}
	return -1
}

func (w *crowd) come(e Effect) {
	switch e.Kind {
	case Load:
		w.take(w.Loaded(1, e.Run, Loaded{Plan: oneCall(e.Run.Cycle), Rows: []paceline.StepRow{{From: -1, State: paceline.StepDone, Exit: paceline.EdgeForward}}}))
	case Execute:
		w.take(w.Executed(1, e.Run, &Outcome{}))
	case Write:
		for i, h := range w.disk {
			if h.Num == e.Run.Num {
				w.disk = append(w.disk[:i:i], w.disk[i+1:]...)
				break
			}
		}
		w.done[e.Run.Cycle]++
		w.take(w.Committed(1, e.Run, Durable))
	}
}

func (w *crowd) refill(e Effect) {
	var heads []Head
	for _, h := range w.disk {
		if h.Num >= e.From && h.DueAt == e.Due && len(heads) < e.N {
			heads = append(heads, h)
		}
	}
	w.take(w.Heads(1, e.Account, e.Due, heads, len(heads) == e.N))
}

// TestLaterLimitHoldsUpNoOther: what is queued when its cycle gets a limit keeps its place on the disk. There it must
// neither fill the memory nor keep other cycles of the account waiting, also when it hangs.
func TestLaterLimitHoldsUpNoOther(t *testing.T) {
	w := &crowd{Core: New(Config{Slots: 4, Heads: 4, AllHeads: 16}), done: map[int64]int{}}
	for num := range int64(500) {
		w.disk = append(w.disk, Head{Num: num + 1, Account: 1, Cycle: 1 + num/490})
	}
	w.take(w.SetAccount(1, AccountInfo{Num: 1, Active: true}))
	w.take(w.SetCycle(1, CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Limit: &CycleLimit{Running: 1}}))
	w.take(w.Restock(1, 1, 1, 0))
	w.answer(1)
	if w.done[2] != 10 || w.done[1] != 0 {
		t.Fatalf("beside a cycle that hangs %d of another one ended, want 10 (and %d of its own, want none)", w.done[2], w.done[1])
	}
	w.answer(0)
	if w.done[1] != 490 || len(w.disk) != 0 || w.Known() != 0 {
		t.Fatalf("%d of the limited cycle ended, %d are on the disk and %d in memory", w.done[1], len(w.disk), w.Known())
	}
	if w.most > 24 {
		t.Fatalf("%d runs were in memory at once", w.most)
	}
}

// TestDeliveriesForManyStayOnTheDisk: deliveries for thousands of transactions that wait on the disk make these ready,
// and no more of them come to memory than others would.
func TestDeliveriesForManyStayOnTheDisk(t *testing.T) {
	w := &crowd{Core: New(Config{Slots: 4, Heads: 4, AllHeads: 16}), done: map[int64]int{}}
	w.take(w.SetAccount(1, AccountInfo{Num: 1, Active: true}))
	for num := range int64(500) {
		h := Head{Num: num + 1, Account: 1, Cycle: 1}
		w.disk = append(w.disk, h)
		w.take(w.Arrived(1, h, Arrival{Seq: 0, K: 0}))
	}
	w.answer(0)
	if w.done[1] != 500 || len(w.disk) != 0 || w.Known() != 0 {
		t.Fatalf("%d went on, %d are on the disk and %d in memory", w.done[1], len(w.disk), w.Known())
	}
	if w.most > 24 {
		t.Fatalf("%d runs were in memory at once", w.most)
	}
}
