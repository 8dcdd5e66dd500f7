package core

import (
	"time"

	"paceline"
)

// Head is what the core knows of a live run before it is loaded.
type Head struct {
	Num, Partner, Account, Root, Cycle, Version int64
	DueAt                                       paceline.Micros // 0: ready now; below 0: in the lane of its cycle
	CreatedAt                                   paceline.Micros
	Parent                                      int64 // the run that it was split or resubmitted from; 0: none
	Split                                       paceline.SplitMark
}

// AccountInfo is what the core knows of an account.
type AccountInfo struct {
	Num    int64
	Root   int64 // the root account; the account itself where it has no parent
	Active bool
	Limit  int // steps of the account that run at once; 0 means the default
}

// CycleInfo is what the core knows of a cycle.
type CycleInfo struct {
	Num, Partner, Account, Root int64
	State                       paceline.CycleState
	Version                     int64 // of the plan that new runs take
	// Limit is the cycle's own limit; nil leaves what is known.
	Limit *CycleLimit
	// StoppedAt is when one that stands still was stopped; 0 for now.
	StoppedAt paceline.Micros
}

// Loaded is a run as the store has it.
type Loaded struct {
	Plan *paceline.Plan
	// Rows are the run's step rows by ascending seq, without their outputs.
	Rows []paceline.StepRow
	// Exchanges is the number of logged calls of each parked row, by seq; missing means none.
	Exchanges map[int32]int32
	// Arrived are the deliveries that have come for webhook steps of the run and have no row yet.
	Arrived []Arrival
	Local   any
}

// LoadProblem says why a run could not be loaded.
type LoadProblem int

// The problems of loading.
const (
	LoadGone   LoadProblem = iota // it is no longer live, or it is held: forget it
	LoadLater                     // the store is away: try again
	LoadBroken                    // its plan or its rows cannot be read: end it as failed
)

// Verdict is how the execution of a token came out.
type Verdict int

// The verdicts.
const (
	OK        Verdict = iota
	Failed            // the step's error action decides
	Throttled         // the remote asked to wait: no try is used
	Unknown           // a call that must not be repeated was sent and its answer is lost
	Again             // nothing was sent, or repeating is safe, and the server is stopping: not executed
)

// Outcome is what the execution of one token gave. Exchanges and incidents are complete but for the
// places that the core fills in (run, seq).
type Outcome struct {
	Verdict    Verdict
	Exit       paceline.EdgeType // of a decision or switch; "" means Forward
	Code       paceline.Code     // why, unless OK
	RetryAfter time.Duration     // Throttled: what the remote asked for; 0 means that it did not say

	StartedAt, EndedAt     paceline.Micros
	RowsIn, RowsOut        int32
	TasksOK, TasksIncident int32
	Output                 paceline.Output
	Exchanges              []paceline.Exchange
	Incidents              []paceline.Incident
	// More says that a part of a long step is done. A part of a split, the last one too, has Exit ExitSplit and
	// the transactions that it gives. Progress is where the next part begins, also of a step that is held or
	// fails in the middle; nil leaves it where the present one began.
	More     bool
	Progress []byte
	Children []Child
	// Until is the time that a wait is for; one that has passed waits for nothing. A webhook step waits until then
	// for deliveries with the key.
	Until paceline.Micros
	Key   *paceline.KeyHash
	// LastRun, when set, is the step's new last successful run date.
	LastRun *paceline.LastRun
	// Cursor, when set, is how far the step has come.
	Cursor *paceline.StepCursor
	// After is how long the next part waits, when the remote works on a job; no try is used.
	After time.Duration
	// Asks says that the next part only asks what has become of a job, which may be repeated.
	Asks bool
	// Permanent says that trying again cannot help (the request could not be built), so that a step
	// with error action Retry fails at once.
	Permanent bool
	// Many says that the execution makes several calls, which cannot be tried again as one: what some of them
	// have done is done.
	Many bool
}

// Child is a transaction that begins with one item of a split: Row is its row 0. Local, if any, is used
// while it stays in memory.
type Child struct {
	Head
	Row   paceline.StepRow
	Local any
}

// CommitResult is what became of a commit.
type CommitResult int

// The results of a commit.
const (
	Durable    CommitResult = iota
	Refused                 // the run was ended meanwhile: recorded, and nothing goes on
	NotDurable              // the store could not write: the same commit must be tried again
	Unstorable              // the store refuses what is in the commit
	Unreadable              // of a slot: there was no commit, since the cycle's plan could not be read
)

// EffectKind is what the shell is asked to do.
type EffectKind int

// The effects.
const (
	// Execute runs Token of Run on a worker; Executed answers.
	Execute EffectKind = iota
	// Write makes Run.Commit durable; Committed answers.
	Write
	// Load reads a run and its plan; Loaded or NotLoaded answers.
	Load
	// Refill reads up to N heads of Account with the due time Due (0 is ready, others see paceline.LineDue), from run
	// number From on; Heads answers.
	Refill
	// LoadDue reads up to N parked heads with a due time after Due (or equal, and a number after From);
	// DueHeads answers.
	LoadDue
	// LoadAccount reads the limit and state of Account; SetAccount answers.
	LoadAccount
	// CancelRuns ends the begun and parked runs of Cycle; with All those too that were held too long. Calls are left out
	// that have written that they make a call which must not be repeated; any other one which has ends as an unknown outcome.
	CancelRuns
	// FinishCycle sets a finishing cycle to Paused if none of its runs is live; SetCycle answers.
	FinishCycle
	// Fire accepts a transaction for Slot of the schedule of Cycle; Fired answers. With Unsure the disk is asked first
	// whether a run is still going that the memory does not know.
	Fire
	// Skip records that Slot was skipped because the run with number From was still going.
	Skip
	// Gather fires the Wait All steps of Cycle if no other of its runs is live; Gathered answers.
	Gather
	// LoadLimit reads the limit of Cycle; SetLimit answers.
	LoadLimit
	// Line asks whether a run of Cycle is live that does not stand in its line any more; Lined answers.
	Line
	// Drop says that Local, which came with a run, is no longer needed.
	Drop
)

var effectNames = [...]string{"Execute", "Write", "Load", "Refill", "LoadDue", "LoadAccount", "CancelRuns", "FinishCycle", "Fire", "Skip", "Gather", "LoadLimit", "Line", "Drop"}

// String returns the name, for traces.
func (k EffectKind) String() string { return effectNames[k] }

// Effect is one thing that the shell is asked to do. Only the fields that its kind names are set.
type Effect struct {
	Kind     EffectKind
	Run      *Run
	Token    Token
	Account  int64
	Root     int64 // of Account, with Refill
	Cycle    CycleInfo
	From     int64
	N        int
	Due      paceline.Micros
	All      bool
	Calls    []int64
	Schedule Schedule
	Slot     paceline.Micros
	Next     paceline.Micros
	Unsure   bool
	Local    any
}

// Commit is what a run asks to be written, in one op. It stays unchanged until Committed was told.
type Commit struct {
	Rows      []paceline.StepRow
	Exchanges []paceline.Exchange
	Incidents []paceline.Incident
	Children  []Child
	LastRuns  []paceline.LastRun
	Cursors   []paceline.StepCursor
	arrow     *paceline.Arrow[paceline.RunState] // by which it comes to State
	State     paceline.RunState
	DueAt     paceline.Micros
	SuccessAt paceline.Micros
	Succeeded bool // the run ends without an error; SuccessAt is left out behind a Wait All step
	At        paceline.Micros
	StopCycle bool
	// Awaits says that the run waits, or waited, for deliveries: Waiting are the places at which it begins to,
	// Over the rows at which it no longer does, and Taken the deliveries that rows were made of. Held is how many
	// deliveries are parked with the run: if there are more, it is ready.
	Awaits  bool
	Waiting []Awaiting
	Over    []int32
	Taken   []Arrival
	Held    int
	// Unused is told with a run that ends although deliveries for it are on the disk and have no row.
	Unused *paceline.Incident
}

func (c *Commit) reset() {
	clear(c.Rows)
	clear(c.Exchanges)
	clear(c.Incidents)
	*c = Commit{Rows: c.Rows[:0], Exchanges: c.Exchanges[:0], Incidents: c.Incidents[:0]}
}
