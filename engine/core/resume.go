package core

import "paceline"

// Polled reports whether runs of the plan begin with a call: their row 0 is the schedule's slot, and
// the trigger step is an action that continues it.
func Polled(plan *paceline.Plan) bool {
	return plan.Steps[plan.Trigger].Kind != paceline.StepWebhook
}

// Goes reports whether runs of the plan go on from their row 0 with another execution of the trigger step: the call of a
// polled cycle, or those that complete a delivery.
func Goes(plan *paceline.Plan) bool { return Polled(plan) || plan.Steps[plan.Trigger].Enriches }

// children yields the tokens that a finished row leads to, in order of the edges' creation.
func children(plan *paceline.Plan, row paceline.StepRow, yield func(Token)) {
	if row.State != paceline.StepDone && row.State != paceline.StepSkipped {
		return
	}
	if row.Seq == 0 && row.From == -1 && int(row.StepRef) == plan.Trigger && Goes(plan) {
		yield(Token{From: 0, Step: int32(plan.Trigger), Seq: -1})
		return
	}
	out, exits := plan.Steps[row.StepRef].Out, exitsOf(&row)
	for i, e := range out {
		if !exits.take(e.Type) {
			continue
		}
		k := int32(0)
		for _, before := range out[:i] {
			if before.To == e.To && exits.take(before.Type) {
				k++
			}
		}
		yield(Token{From: row.Seq, Step: int32(e.To), Edge: int32(i), K: k, Seq: -1})
	}
}

// exits are those that a row leaves by: one, or those that items of a divided list took.
type exits struct {
	one     paceline.EdgeType
	several paceline.Partition
}

func exitsOf(row *paceline.StepRow) (x exits) {
	x.one = row.Exit
	switch row.Exit {
	case "":
		x.one = paceline.EdgeForward
	case paceline.ExitSeveral:
		x.several, _ = paceline.ParsePartition(row.Progress) // one that cannot be read takes none
	}
	return x
}

func (x *exits) take(e paceline.EdgeType) bool { return e == x.one || x.several.Takes(e) }

// Resume finds the tokens of a run in its rows, which are in order of seq: what a finished row leads to
// and has no row yet is ready; a parked row waits; an ongoing one is ready for its next part; a started one is
// ready, to be told as an unknown outcome. It is a pure function, so that a run goes on after a crash as it would have without.
func Resume(plan *paceline.Plan, rows []paceline.StepRow, exchanges map[int32]int32, arrived ...Arrival) (chain []Link, ready, waiting []Token) {
	chain = make([]Link, len(rows))
	for i, row := range rows {
		chain[i] = Link{Step: row.StepRef, From: row.From}
	}
	place := func(t Token) {
		taken, found := continuation(rows, t)
		if !found {
			ready = append(ready, t)
			return
		}
		chain[taken.Seq].Edge = t.Edge
		t.Seq, t.Attempt, t.Due, t.Exchanges = taken.Seq, taken.Attempt, taken.DueAt, exchanges[taken.Seq]
		t.Progress, t.Splitting = taken.Progress, taken.Exit == paceline.ExitSplit
		t.Asks = taken.Exit == paceline.ExitAsk
		switch taken.State {
		case paceline.StepParked:
			waiting = append(waiting, t)
		case paceline.StepStarted:
			t.Started = true
			ready = append(ready, t)
		case paceline.StepOngoing:
			ready = append(ready, t)
		}
	}
	for _, row := range rows {
		children(plan, row, place)
	}
	arrivals(rows, arrived, place)
	return chain, ready, waiting
}

// continuation returns the row that the token already has: the K-th one of its step that continues From.
func continuation(rows []paceline.StepRow, t Token) (paceline.StepRow, bool) {
	k := int32(0)
	for _, row := range rows {
		if row.From != t.From || row.StepRef != t.Step || row.Seq == 0 {
			continue
		}
		if k == t.K {
			return row, true
		}
		k++
	}
	return paceline.StepRow{}, false
}

// erred reports whether an error was ignored on the way.
func erred(plan *paceline.Plan, rows []paceline.StepRow) bool {
	for _, row := range rows {
		if row.State == paceline.StepSkipped && plan.Steps[row.StepRef].Kind != paceline.StepAnnotation {
			return true
		}
	}
	return false
}
