package store

import (
	"time"

	"paceline"
)

// Op is one durable change that the engine asks for. Ops of one root account are applied in the
// order in which they were submitted. Many ops share one commit; Done is called once, after the
// commit is on the disk or has failed, and must not block.
type Op struct {
	Root    int64 // root account: picks the writer
	Accept  *Accept
	Advance *Advance
	Cancel  *Cancel
	Arrive  *Arrive
	Gather  *Gather
	Done    func(Result)

	settle bool // nothing but to let the counters catch up
}

// Result is what became of an Op.
type Result struct {
	Err error // nothing is stored; ErrUnstorable if it never will be
	// Run is the transaction's number; for a duplicate delivery that of the first copy.
	Run int64
	// Duplicate says that the delivery's key was seen before, and nothing was stored.
	Duplicate bool
	// Refused says that the conditions in SQL did not hold (cycle not running, account suspended,
	// version changed, run no longer live), and nothing was stored (Advance: recorded, nothing scheduled).
	Refused bool
	// Decided says that it was refused because the outcome that it settles is not open.
	Decided bool
	// Count is the number of runs that a Cancel ended.
	Count int64
	// More says that a Gather has started nothing yet: another one goes on with those that it left; and that a Cancel
	// goes on at Next.
	More bool
	Next LivePlace
	// Seq and N are which delivery of which waiting row an Arrive was, or the first copy of a duplicate; Seq is -1
	// for one that began the transaction.
	Seq, N int32
}

// Accept makes a transaction and its row 0 in one op. It holds only while the cycle is Active (or
// Activating: then the run is held), at the given version, and the account is active.
type Accept struct {
	Run     paceline.Run
	Trigger paceline.StepRow // seq 0 with the payload
	// Dedupe, when set, makes a second delivery with the same key a no-op for seven days.
	Dedupe *Dedupe
	// Slot, when not 0, is the schedule slot (UTC) that this run fills; unique per cycle.
	Slot paceline.Micros
	// NextDue is the schedule's next slot, stored with it.
	NextDue paceline.Micros
	// Once lets the cycle finish in the same op (RunOnce): it takes no further trigger, and Tx.FinishCycle
	// pauses it when the transaction has ended.
	Once bool
	// Rows are further rows that a repeated transaction begins with, and Inherit tells where outputs lie.
	Rows    []paceline.StepRow
	Inherit []Inherited
	// Link, when set, says which transaction of another cycle started this one.
	Link *Link
	// Settles, when not 0, is the transaction whose unknown outcome was decided about, for which this one goes on. It is refused,
	// as Decided, if somebody has decided before.
	Settles int64
	// Audit, when set, says who has asked for it.
	Audit *paceline.AuditEvent
	// Known reports whether the engine has found the transaction in the database, not having been told of it; nil: it never does.
	// The writer waits for the answer.
	Known func() bool
	// Landed says that another node works for the account, or nobody at the moment: who does finds it by Store.TakeLanded.
	Landed bool
}

// Dedupe is the key of a delivery at one webhook step.
type Dedupe struct {
	Step    paceline.ID
	Key     [16]byte
	Expires paceline.Micros
}

// Advance records what happened to tokens of one run: rows inserted or updated (by run and seq),
// their exchanges and incidents, and how the run goes on. The store fills in the incidents' ids.
type Advance struct {
	Run, Partner, Account, Cycle int64
	// Rows carry the tasks of this execution alone: the stored row, like the day's usage, sums them up.
	Rows      []paceline.StepRow
	Exchanges []paceline.Exchange
	Incidents []paceline.Incident
	// State is the run's state after this op; RunLive with DueAt 0 means that work is ready.
	State paceline.RunState
	DueAt paceline.Micros
	At    paceline.Micros
	// SuccessAt, when set, becomes the cycle's last successful run date.
	SuccessAt paceline.Micros
	// LastRuns are the dates of steps that succeeded and had asked for theirs.
	LastRuns []paceline.LastRun
	// Cursors are those of steps that have listed what is new.
	Cursors []paceline.StepCursor
	// StopCycle stops the whole cycle with state Error in the same op (error action StopCycle).
	StopCycle bool
	// TellPause queues word of that for the partner's notification webhook, if it was this op that stopped it.
	TellPause bool
	// PruneAt is when the data of a run that ends here goes; 0 means after the default retention.
	PruneAt paceline.Micros
	// Children are the transactions that a split gives. They come to be if the run is live.
	Children []Child
	// Awaits says that the run waits for deliveries, or did: Waiting are rows that begin to, Over those that no
	// longer do, Taken the arrivals of which Rows were made. With DueAt it is ready all the same if more than Held
	// arrivals are left.
	Awaits  bool
	Held    int
	Waiting []Waiting
	Over    []int32
	Taken   []Arrival
	// Unused is recorded with a run that ends although deliveries for it have come and have no row.
	Unused *paceline.Incident
}

// Child is a transaction that begins with one item of a split: Row is its row 0.
type Child struct {
	Run paceline.Run
	Row paceline.StepRow
	// Link, of one that goes on behind a Wait All step, counts the links that led to those that it goes on for.
	Link *Link
}

// retentionDefault applies where an op names no time.
const retentionDefault = paceline.DefaultRetentionHours * time.Hour

func pruneAt(set, at paceline.Micros) paceline.Micros {
	if set != 0 {
		return set
	}
	return at.Add(retentionDefault)
}

// Head is what the scheduler needs to know of a live run that is on the disk.
type Head struct {
	Run, Partner, Account, Root, Cycle, Version int64
	DueAt                                       paceline.Micros
	CreatedAt                                   paceline.Micros
	Parent                                      int64
	Split                                       paceline.SplitMark
}

// isNew reports whether the op brings work that somebody outside can send again, instead of recording what was done.
func (op *Op) isNew() bool { return op.Accept != nil || op.Arrive != nil }

// size is about what the op adds to a commit, in bytes.
func (op *Op) size() int {
	n := 256
	if a := op.Accept; a != nil {
		n += len(a.Trigger.Output.Data)
		for i := range a.Rows {
			n += 128 + len(a.Rows[i].Output.Data)
		}
	}
	if a := op.Arrive; a != nil {
		n += len(a.Output.Data)
	}
	if a := op.Advance; a != nil {
		for i := range a.Rows {
			n += 128 + len(a.Rows[i].Output.Data)
		}
		for i := range a.Exchanges {
			n += 64 + len(a.Exchanges[i].Request) + len(a.Exchanges[i].Response)
		}
		for i := range a.Incidents {
			n += 128 + len(a.Incidents[i].Detail)
		}
		for i := range a.Children {
			n += 128 + len(a.Children[i].Row.Output.Data)
		}
	}
	return n
}
