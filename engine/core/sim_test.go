package core

import (
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"pgregory.net/rapid"

	"paceline"
)

// world is everything around the core in a simulation: a disk that keeps what was committed, and the
// effects that were asked for and not answered yet. Nothing in it happens by itself: the test draws
// what is answered next, how it comes out, when time passes and when the process dies.
type world struct {
	t     *rapid.T
	core  *Core
	cfg   Config
	now   paceline.Micros
	plans []*paceline.Plan
	disk  map[int64]*diskRun
	next  int64
	todo  []Effect

	limits   map[int64]int
	states   map[int64]paceline.CycleState
	kept     map[*Run]CommitResult                          // writes that the disk has, whose answers are still out
	refusing map[*Run]int                                   // how often the write of a run is still refused
	keys     map[string]string                              // what was executed, by path: its idempotency key
	paths    map[string]string                              // and the reverse
	calls    map[string]int                                 // how often each path was executed after its result was durable: never
	resent   int                                            // executions of a path that had been executed before a crash
	lost     int                                            // executions and commits that a crash cut off
	away     bool                                           // another process is to work for all accounts, and has not taken them up
	along    map[rowKey]*paceline.Arrow[paceline.StepState] // by which each row went last
	// sabotage, in a test of the simulation, makes the core misbehave.
	sabotage sabotage
}

type rowKey struct {
	run int64
	seq int32
}

type diskRun struct {
	head  Head
	plan  *paceline.Plan
	state paceline.RunState
	rows  map[int32]paceline.StepRow
	// waiting counts the deliveries for each row that waits for some, arrived are those without a row.
	waiting map[int32]int32
	root    int64 // the run that arrived, of which it came
	arrived []Arrival
}

const accounts = 3

func newWorld(t *rapid.T, s sabotage) *world {
	w := &world{
		t: t, sabotage: s, now: 1_000_000_000_000, disk: map[int64]*diskRun{}, limits: map[int64]int{}, states: map[int64]paceline.CycleState{}, kept: map[*Run]CommitResult{}, refusing: map[*Run]int{},
		keys: map[string]string{}, paths: map[string]string{}, calls: map[string]int{},
		cfg: Config{
			Slots: rapid.IntRange(1, 6).Draw(t, "slots"), AccountLimit: rapid.IntRange(1, 4).Draw(t, "limit"),
			Heads: rapid.IntRange(1, 4).Draw(t, "heads"), AllHeads: rapid.IntRange(1, 40).Draw(t, "all heads"), Parked: rapid.IntRange(1, 4).Draw(t, "parked"),
			KeepParked: time.Duration(rapid.IntRange(0, 3).Draw(t, "keep")) * time.Second,
		},
	}
	for range rapid.IntRange(1, 3).Draw(t, "plans") {
		w.plans = append(w.plans, drawPlan(t, len(w.plans), s.middle))
		if s.limited {
			drawLimit(t, w.plans[len(w.plans)-1])
		}
		w.states[int64(len(w.plans))] = paceline.CycleActive
	}
	w.boot()
	return w
}

// drawPlan draws a flow without circles: a webhook, and up to six steps of which each follows earlier ones.
func drawPlan(t *rapid.T, n int, middle bool) *paceline.Plan {
	p := &paceline.Plan{Cycle: int64(n + 1), Account: int64(rapid.IntRange(1, accounts).Draw(t, "account")), Version: 1, MaxRetries: rapid.IntRange(1, 2).Draw(t, "retries")}
	kinds := []paceline.StepKind{paceline.StepAction, paceline.StepAction, paceline.StepDecision, paceline.StepSwitch, paceline.StepDelay, paceline.StepAnnotation, paceline.StepWaitUntil, paceline.StepWebhook, paceline.StepWaitAll}
	first := paceline.PlanStep{Kind: paceline.StepWebhook, Enriches: rapid.IntRange(0, 3).Draw(t, "enriches") == 0}
	if first.Enriches {
		first.ErrorAction = rapid.SampledFrom([]paceline.ErrorAction{paceline.ErrorRetry, paceline.ErrorStopTransaction}).Draw(t, "action")
		first.Method = rapid.SampledFrom([]string{"", inParts}).Draw(t, "parts")
	}
	p.Steps = append(p.Steps, first)
	for i := range rapid.IntRange(1, 6).Draw(t, "steps") {
		s := paceline.PlanStep{
			Kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
			ErrorAction: rapid.SampledFrom([]paceline.ErrorAction{paceline.ErrorIgnore, paceline.ErrorRetry,
				paceline.ErrorIgnore, paceline.ErrorRetry, paceline.ErrorStopTransaction, paceline.ErrorStopCycle}).Draw(t, "action"),
			DelayMicros: int64(rapid.IntRange(0, 5).Draw(t, "delay")) * 1_000_000,
		}
		if i == 0 && middle {
			s.Kind = paceline.StepWebhook
		}
		if s.Kind == paceline.StepSwitch {
			s.Switch = &paceline.Switch{Cases: []paceline.Case{{Number: 3}, {Number: 1}}}
		}
		if s.Kind == paceline.StepAction && rapid.IntRange(0, 3).Draw(t, "unsafe") == 0 {
			s.Repeat = paceline.RepeatUnsafe
		}
		if s.Kind == paceline.StepAction && rapid.IntRange(0, 4).Draw(t, "split") == 0 {
			s.SplitAt = "[items]"
		}
		s.Method = drawParts(t, s)
		p.Steps = append(p.Steps, s)
		for range rapid.IntRange(1, 2).Draw(t, "edges") {
			from := rapid.IntRange(0, i).Draw(t, "tail")
			edge := paceline.PlanEdge{To: i + 1, Type: paceline.EdgeForward}
			edge.Type = rapid.SampledFrom(p.Steps[from].Exits()).Draw(t, "exit")
			p.Steps[from].Out = append(p.Steps[from].Out, edge)
		}
	}
	return p
}

// boot starts a core on what the disk holds.
func (w *world) boot() {
	cfg := w.cfg
	if w.sabotage.config != nil {
		w.sabotage.config(&cfg)
	}
	cfg.Owns = func(int64) bool { return !w.away }
	w.along = map[rowKey]*paceline.Arrow[paceline.StepState]{}
	cfg.along = func(run int64, seq int32, arrow *paceline.Arrow[paceline.StepState]) {
		w.along[rowKey{run, seq}] = arrow
	}
	cfg.entered = arrows.phase
	w.core, w.todo, w.away = New(cfg), nil, false
	clear(w.kept)
	clear(w.refusing)
	w.takeUp()
}

// takeUp tells the core what the disk holds.
func (w *world) takeUp() {
	for _, p := range w.plans { // as CyclesToResume does
		if state := w.states[p.Cycle]; state != paceline.CycleActive {
			w.take(w.core.SetCycle(w.now, CycleInfo{Num: p.Cycle, Account: p.Account, State: state}))
		}
	}
	for a := int64(1); a <= accounts; a++ {
		w.take(w.core.SetAccount(w.now, AccountInfo{Num: a, Active: true, Limit: w.limits[a]}))
		w.take(w.core.Restock(w.now, a, 0, 0))
	}
	w.take(w.core.RestockParked(w.now))
	for _, p := range w.plans { // as WaitingCycles does
		for num := int64(1); num <= w.next; num++ {
			if d := w.disk[num]; d != nil && d.plan == p && d.state == paceline.RunLive && d.head.DueAt.WaitsForAll() && w.runs(d.head) {
				w.take(w.core.Waits(w.now, CycleInfo{Num: p.Cycle, Account: p.Account, State: w.states[p.Cycle]}))
				break
			}
		}
	}
}

func (w *world) take(effects []Effect) {
	if w.sabotage.effects != nil {
		effects = w.sabotage.effects(w, effects)
	}
	for _, e := range effects {
		if e.Run != nil {
			for _, o := range w.todo {
				if o.Run == e.Run {
					w.t.Fatalf("run %d is asked for %s while %s is not answered", e.Run.Num, e.Kind, o.Kind)
				}
			}
		}
		switch e.Kind {
		case Execute:
			if w.away && !e.Token.Started {
				w.t.Fatalf("run %d begins a step although another process is to work for it", e.Run.Num)
			}
			w.checkLane(e)
			w.executed(e)
		case CancelRuns:
			w.cancel(e)
			continue
		}
		w.todo = append(w.todo, e)
	}
	w.checkLimits()
	w.checkParked()
}

func (w *world) checkLimits() {
	busy := map[int64]int{}
	for _, e := range w.todo {
		if e.Run != nil {
			busy[e.Run.Account]++
		}
	}
	total := 0
	for a, n := range busy {
		total += n
		limit := w.cfg.AccountLimit
		if w.limits[a] > 0 {
			limit = w.limits[a]
		}
		if n > limit {
			w.t.Fatalf("account %d has %d runs in progress, its limit is %d", a, n, limit)
		}
	}
	if total > w.cfg.Slots {
		w.t.Fatalf("%d runs in progress with %d slots", total, w.cfg.Slots)
	}
	if total != w.core.InProgress() && !slices.ContainsFunc(w.todo, func(e Effect) bool { return e.Run == nil }) {
		if total < w.core.InProgress() && len(w.core.timers) == 0 {
			w.t.Fatalf("%d slots are taken, %d effects are open", w.core.InProgress(), total)
		}
	}
}

// path names a token by the edges that led to it, which no crash changes.
func path(r *Run, t Token) string {
	p := fmt.Sprintf("%d.%d", t.Step, t.Edge)
	for from := t.From; from > 0; from = r.Chain[from].From {
		link, nth := r.Chain[from], 0
		if r.Plan.Steps[link.Step].Kind == paceline.StepWebhook { // which of its deliveries
			for _, before := range r.Chain[:from] {
				if before.From == link.From && before.Step == link.Step {
					nth++
				}
			}
		}
		p = fmt.Sprintf("%d.%d#%d/", link.Step, link.Edge, nth) + p
	}
	return fmt.Sprintf("%d:%s", r.Num, p)
}

// executed checks an execution against all earlier ones: one path has one key, one key one path, and
// no path is executed after its result is on the disk.
func (w *world) executed(e Effect) {
	r, t := e.Run, e.Token
	if r.Plan.Steps[t.Step].Kind != paceline.StepAction && int(t.Step) != r.Plan.Trigger {
		return
	}
	w.checkPart(r, t)
	p := path(r, t)
	// The edge is no part of the key, but says which items of a divided list the path has.
	key := fmt.Sprintf("%d-%d-%d-%d by %d", r.Num, t.From, t.Step, t.K, t.Edge)
	for s := t.From; s > 0; s = r.Chain[s].From {
		key += fmt.Sprintf(",%d", r.Chain[s].Edge)
	}
	if was, ok := w.keys[p]; ok {
		w.resent++
		if was != key {
			w.t.Fatalf("path %s had key %s and now has %s", p, was, key)
		}
	}
	w.keys[p] = key
	for seq, row := range w.disk[r.Num].rows {
		if row.From == t.From && row.StepRef == t.Step && seq == t.Seq && (row.State == paceline.StepDone || row.State == paceline.StepSkipped) {
			w.t.Fatalf("path %s is executed again although its row %d is on the disk", p, seq)
		}
	}
	if w.disk[r.Num].state != paceline.RunLive {
		w.t.Fatalf("run %d has ended and executes %s", r.Num, p)
	}
	for s := t.From; s >= 0; s = r.Chain[s].From {
		if kind := r.Plan.Steps[r.Chain[s].Step].Kind; kind == paceline.StepAction || kind == paceline.StepWebhook {
			if _, ok := w.disk[r.Num].rows[s]; !ok {
				w.t.Fatalf("path %s is executed before row %d, which it continues, is on the disk", p, s)
			}
		}
	}
}

// started says that a call was begun that must not be repeated, and its answer is not on the disk.
func (d *diskRun) started() bool {
	for _, row := range d.rows {
		if row.State == paceline.StepStarted {
			return true
		}
	}
	return false
}

// cancel ends the begun runs of a cycle. The store applies it behind what was submitted before.
func (w *world) cancel(e Effect) {
	for _, o := range w.todo {
		if o.Kind == Write && o.Run.Cycle == e.Cycle.Num {
			w.keep(o.Run)
		}
	}
	for _, d := range w.disk {
		if d.plan.Cycle == e.Cycle.Num && d.state == paceline.RunLive && (d.head.DueAt > 0 || len(d.rows) > 1 || e.All) {
			if slices.Contains(e.Calls, d.head.Num) && d.started() {
				continue
			}
			begun := d.head.DueAt > 0 || len(d.rows) > 1
			arrow := paceline.ArrowCancelBegun
			if !begun {
				arrow = paceline.ArrowCancelHeld
			}
			d.state = arrow.To
			d.head.DueAt = 0
			clear(d.waiting)
		}
	}
}

// setState changes the state of a cycle on the disk and tells the core.
func (w *world) setState(plan *paceline.Plan, state paceline.CycleState) {
	w.states[plan.Cycle] = state
	w.take(w.core.SetCycle(w.now, CycleInfo{Num: plan.Cycle, Account: plan.Account, State: state}))
}

func (w *world) runs(h Head) bool {
	state := w.states[h.Cycle]
	return state == paceline.CycleActive || state == paceline.CycleFinishing
}

func (w *world) accept() {
	plan := w.plans[rapid.IntRange(0, len(w.plans)-1).Draw(w.t, "plan")]
	if w.states[plan.Cycle] != paceline.CycleActive {
		return
	}
	w.next++
	h := Head{Num: w.next, Account: plan.Account, Cycle: plan.Cycle, CreatedAt: w.now, DueAt: plan.LineDue(false)}
	if plan.MaxConcurrent > 0 && rapid.IntRange(0, 3).Draw(w.t, "before the limit") == 0 {
		h.DueAt = 0
	}
	w.disk[h.Num] = &diskRun{head: h, plan: plan, root: h.Num, rows: map[int32]paceline.StepRow{0: {StepRef: 0, From: -1}}}
	if rapid.Bool().Draw(w.t, "told") {
		w.take(w.core.Accepted(w.now, h, plan, nil))
	} else {
		w.take(w.core.Accepted(w.now, h, nil, nil))
	}
}

// answer lets one open effect come out.
func (w *world) answer() {
	i := rapid.IntRange(0, len(w.todo)-1).Draw(w.t, "which")
	e := w.todo[i]
	w.todo = slices.Delete(w.todo, i, i+1)
	switch e.Kind {
	case Execute:
		w.take(w.core.Executed(w.now, e.Run, w.outcome(e)))
	case Write:
		if _, kept := w.kept[e.Run]; !kept && rapid.IntRange(0, 9).Draw(w.t, "disk full") == 0 {
			w.take(w.core.Committed(w.now, e.Run, NotDurable))
			return
		} else if !kept && w.refuses(e.Run) {
			w.take(w.core.Committed(w.now, e.Run, Unstorable))
			return
		}
		w.keep(e.Run)
		result := w.kept[e.Run]
		delete(w.kept, e.Run)
		w.take(w.core.Committed(w.now, e.Run, result))
	case Load:
		w.load(e.Run)
	case Refill:
		if rapid.IntRange(0, 9).Draw(w.t, "away") == 0 {
			w.take(w.core.RefillFailed(w.now, e.Account, e.Due))
			return
		}
		if e.Due == 0 && e.From <= 1 {
			w.findLanes(e.Account)
		}
		heads, more := w.heads(func(h Head) bool { return h.Account == e.Account && h.DueAt == e.Due && h.Num >= e.From }, e.N, func(h Head) paceline.Micros { return 0 })
		w.take(w.core.Heads(w.now, e.Account, e.Due, heads, more))
	case LoadDue:
		from := place{e.Due, e.From}
		heads, more := w.heads(func(h Head) bool {
			return h.DueAt > 0 && !h.DueAt.WaitsForAll() && !(place{h.DueAt, h.Num}).before(from)
		}, e.N, func(h Head) paceline.Micros { return h.DueAt })
		w.take(w.core.DueHeads(w.now, heads, more))
	case Gather:
		w.gather(e)
	case LoadLimit:
		w.take(w.core.SetLimit(w.now, e.Cycle.Num, w.limitOf(w.plans[e.Cycle.Num-1])))
	case Line:
		w.line(e)
	case FinishCycle:
		for _, d := range w.disk {
			if d.plan.Cycle == e.Cycle.Num && d.state == paceline.RunLive {
				return
			}
		}
		if w.states[e.Cycle.Num] == paceline.CycleFinishing {
			w.setState(w.plans[e.Cycle.Num-1], paceline.CyclePaused)
		}
	case LoadAccount:
		w.take(w.core.SetAccount(w.now, AccountInfo{Num: e.Account, Active: true, Limit: w.limits[e.Account]}))
	}
}

func (w *world) outcome(e Effect) *Outcome {
	step := e.Run.Plan.Steps[e.Token.Step]
	if step.Kind == paceline.StepDecision || step.Kind == paceline.StepSwitch {
		return w.choice(step.Exits(), path(e.Run, e.Token))
	}
	if step.Kind == paceline.StepWaitUntil && rapid.IntRange(0, 3).Draw(w.t, "readable") > 0 {
		return &Outcome{Until: w.now.Add(time.Duration(rapid.IntRange(-1, 5).Draw(w.t, "until")) * time.Second)}
	}
	if step.Kind == paceline.StepWebhook && int(e.Token.Step) != e.Run.Plan.Trigger {
		return w.webhook(e)
	}
	if e.Token.Splitting {
		return w.split(e, &Outcome{}, e.Token.Progress)
	}
	o := &Outcome{TasksOK: 1, Exchanges: []paceline.Exchange{{}}}
	switch rapid.IntRange(0, 9).Draw(w.t, "answer") {
	case 0, 1:
		o.Verdict = Failed
	case 2:
		o.Verdict = Throttled
	}
	if step.Method == inParts && w.onePart(e, o) {
		return o
	}
	if o.Verdict == OK && step.SplitAt != "" {
		return w.split(e, o, []byte{0, byte(rapid.IntRange(0, 5).Draw(w.t, "items"))})
	}
	return o
}

// choice is the same each time that a path comes to the step: one exit, or several for the items of a list.
func (w *world) choice(exits []paceline.EdgeType, path string) *Outcome {
	sum := crc32.ChecksumIEEE([]byte(path))
	if sum%3 > 0 {
		return &Outcome{Exit: exits[int(sum/3)%len(exits)]}
	}
	of := make([]int, 5)
	for i := range of {
		of[i] = int(sum>>(i*4)) % len(exits)
	}
	p := paceline.NewPartition(exits, of)
	if len(p.Exits) == 1 {
		return &Outcome{Exit: p.Exits[0]}
	}
	return &Outcome{Exit: paceline.ExitSeveral, Progress: p.Encode()}
}

// keep puts what the run asks for on the disk, once.
func (w *world) keep(r *Run) {
	if _, kept := w.kept[r]; kept {
		return
	}
	w.kept[r] = Durable
	if w.disk[r.Num].state != paceline.RunLive {
		w.kept[r] = Refused
		return
	}
	w.commit(r)
}

// refuses reports whether the disk refuses the run's commit for what is in it: seldom, and then several times in a row.
func (w *world) refuses(r *Run) bool {
	if left, begun := w.refusing[r]; begun {
		w.refusing[r] = left - 1
		return left > 0
	}
	if rapid.IntRange(0, 59).Draw(w.t, "refused") > 0 {
		return false
	}
	w.refusing[r] = rapid.IntRange(0, refusals).Draw(w.t, "again")
	return true
}

// commit puts what the run asks for on the disk.
func (w *world) commit(r *Run) {
	d := w.disk[r.Num]
	delete(w.refusing, r)
	w.commitWaiting(d, &r.Commit)
	for _, row := range r.Commit.Rows {
		if was, ok := d.rows[row.Seq]; ok && (was.StepRef != row.StepRef || was.From != row.From) {
			w.t.Fatalf("row %d of run %d changes from step %d to step %d", row.Seq, r.Num, was.StepRef, row.StepRef)
		}
		arrows.step(w.t, d.rows, row, w.along[rowKey{r.Num, row.Seq}])
		d.rows[row.Seq] = row
	}
	arrows.runs[r.Commit.arrow]++
	if r.Commit.arrow.To != r.Commit.State {
		w.t.Fatalf("run %d goes to state %d by %s", r.Num, r.Commit.State, r.Commit.arrow.By)
	}
	if r.Commit.StopCycle && w.states[d.plan.Cycle] != paceline.CyclePaused {
		w.states[d.plan.Cycle] = paceline.CycleError
	}
	d.state = r.Commit.State
	d.head.DueAt = r.Commit.DueAt
	if len(d.arrived) > r.Commit.Held {
		d.head.DueAt = 0
	}
	for _, child := range r.Commit.Children {
		if w.disk[child.Num] != nil {
			w.t.Fatalf("run %d is made a second time", child.Num)
		}
		w.disk[child.Num] = &diskRun{head: child.Head, plan: d.plan, root: d.root, rows: map[int32]paceline.StepRow{0: child.Row}}
	}
}

func (w *world) load(r *Run) {
	d := w.disk[r.Num]
	if d == nil || d.state != paceline.RunLive {
		w.take(w.core.NotLoaded(w.now, r, LoadGone, nil))
		return
	}
	if rapid.IntRange(0, 9).Draw(w.t, "away") == 0 {
		w.take(w.core.NotLoaded(w.now, r, LoadLater, nil))
		return
	}
	l := Loaded{Plan: d.plan, Arrived: slices.Clone(d.arrived)}
	for seq := range int32(len(d.rows)) {
		row, ok := d.rows[seq]
		if !ok {
			w.t.Fatalf("run %d has %d rows but none with seq %d", r.Num, len(d.rows), seq)
		}
		l.Rows = append(l.Rows, row)
	}
	w.take(w.core.Loaded(w.now, r, l))
}

func (w *world) heads(want func(Head) bool, n int, due func(Head) paceline.Micros) (heads []Head, more bool) {
	for _, d := range w.disk {
		if d.state == paceline.RunLive && w.runs(d.head) && want(d.head) {
			heads = append(heads, d.head)
		}
	}
	slices.SortFunc(heads, func(a, b Head) int {
		if (place{due(a), a.Num}).before(place{due(b), b.Num}) {
			return -1
		}
		return 1
	})
	if len(heads) > n {
		return heads[:n], true
	}
	return heads, false
}

// crash kills the process: what was not committed is gone, and some of what was asked for had happened.
func (w *world) crash() {
	for _, e := range w.todo {
		switch {
		case e.Kind == Execute:
			w.lost++
		case e.Kind == Write && rapid.Bool().Draw(w.t, "committed"):
			w.keep(e.Run)
		case e.Kind == Write:
			w.lost++
		}
	}
	w.boot()
}

func (w *world) tick() {
	if next := w.core.NextWake(); next > w.now && rapid.Bool().Draw(w.t, "jump") {
		w.now = next
	} else {
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(w.t, "ms")) * time.Millisecond)
	}
	w.take(w.core.Tick(w.now))
}

// settle answers everything until nothing is live and no cycle is finishing. Held runs go on.
func (w *world) settle() {
	for _, p := range w.plans {
		if state := w.states[p.Cycle]; state == paceline.CyclePaused || state == paceline.CycleError {
			w.setState(p, paceline.CycleActive)
		}
	}
	for range 20_000 {
		live := 0
		for _, d := range w.disk {
			if d.state == paceline.RunLive {
				live++
			}
		}
		for _, state := range w.states {
			if state == paceline.CycleFinishing {
				live++
			}
		}
		switch {
		case live == 0 && len(w.todo) == 0:
			w.checkSplits()
			w.checkArrivals()
			return
		case len(w.todo) > 0:
			w.answer()
		case w.move():
		default:
			next := w.core.NextWake()
			if next == 0 {
				w.t.Fatalf("%d runs are live, and the core waits for nothing", live)
			}
			w.now = max(w.now, next)
			w.take(w.core.Tick(w.now))
		}
	}
	w.t.Fatalf("the runs do not come to an end: away %v, open %+v", w.away, w.todo)
}
