package core

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"paceline"
)

// TestNoDeliveryInTheMiddleIsLost draws the same about flows that wait for deliveries: each that was taken goes on
// behind the row that waited for it, once, also when it comes while the run writes, waits or is not in memory.
func TestNoDeliveryInTheMiddleIsLost(t *testing.T) {
	rapid.Check(t, simulate(func() sabotage { return sabotage{middle: true} }))
}

// webhook is the outcome of a webhook step in the middle of a flow: it waits for some seconds, or makes a row of
// a delivery. Its data may be away for a moment.
func (w *world) webhook(e Effect) *Outcome {
	if rapid.IntRange(0, 5).Draw(w.t, "away") == 0 {
		return &Outcome{Verdict: Throttled, RetryAfter: time.Second}
	}
	if e.Token.Arrived {
		if w.disk[e.Run.Num].state != paceline.RunLive {
			return &Outcome{Verdict: Again} // a stop came first, and what had come went with the run
		}
		if !slices.Contains(w.disk[e.Run.Num].arrived, Arrival{e.Token.From, e.Token.K}) {
			w.t.Fatalf("run %d makes a row of delivery %d at row %d, which has not come or has its row", e.Run.Num, e.Token.K, e.Token.From)
		}
		return &Outcome{TasksOK: 1}
	}
	return &Outcome{Key: &paceline.KeyHash{1}, Until: w.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(w.t, "kept")) * time.Second)}
}

// commitWaiting keeps what a commit says about waiting rows.
func (w *world) commitWaiting(d *diskRun, c *Commit) {
	if !c.Awaits && (len(c.Waiting) > 0 || len(c.Over) > 0 || len(c.Taken) > 0) {
		w.t.Fatal("a commit about waiting rows does not say so")
	}
	for _, a := range c.Waiting {
		if d.waiting == nil {
			d.waiting = map[int32]int32{}
		}
		d.waiting[a.Seq] = 0
	}
	for _, seq := range c.Over {
		delete(d.waiting, seq)
	}
	for _, a := range c.Taken {
		d.arrived = slices.DeleteFunc(d.arrived, func(o Arrival) bool { return o == a })
	}
	if c.State != paceline.RunLive {
		if c.State == paceline.RunCompleted && len(d.arrived) > 0 {
			w.t.Fatalf("run %d completes, and the deliveries %v are lost", d.head.Num, d.arrived)
		}
		if c.State == paceline.RunFailed && len(d.arrived) > 0 && c.Unused == nil {
			w.t.Fatalf("run %d fails, and nobody is told of the deliveries %v", d.head.Num, d.arrived)
		}
		clear(d.waiting)
	}
}

// arrive hands a delivery to a row that waits for one.
func (w *world) arrive() {
	for range rapid.IntRange(1, 3).Draw(w.t, "deliveries") {
		w.arriveOne()
	}
}

func (w *world) arriveOne() {
	var places []*diskRun
	for num := int64(1); num <= w.next; num++ {
		if d := w.disk[num]; d != nil && len(d.waiting) > 0 && d.state == paceline.RunLive && w.runs(d.head) {
			places = append(places, d)
		}
	}
	if len(places) == 0 {
		return
	}
	d := places[rapid.IntRange(0, len(places)-1).Draw(w.t, "to")]
	var rows []int32
	for seq := range d.waiting {
		rows = append(rows, seq)
	}
	seq := slices.Max(rows)
	a := Arrival{seq, d.waiting[seq]}
	d.waiting[seq]++
	d.arrived = append(d.arrived, a)
	d.head.DueAt = 0
	w.take(w.core.Arrived(w.now, d.head, a))
}

// checkArrivals: each delivery to a run that completed has its row, and goes on behind it.
func (w *world) checkArrivals() {
	for num, d := range w.disk {
		if d.state == paceline.RunCompleted && len(d.arrived) > 0 || len(d.waiting) > 0 {
			w.t.Fatalf("run %d has ended, and still waits: %v, %v", num, d.waiting, d.arrived)
		}
	}
}

// checkParked: what rests in memory rests on the disk, too; a delivery makes it ready on both.
func (w *world) checkParked() {
	for num, r := range w.core.runs {
		d := w.disk[num]
		if r.phase == parked && r.DueAt != 0 && d.state == paceline.RunLive && d.head.DueAt == 0 {
			w.t.Fatalf("run %d is parked until %d, and ready on the disk", num, r.DueAt)
		}
	}
}
