package paceline

// Run is one transaction of the glossary: an execution context through a cycle with its own data.
// "Run" is its name inside; callers see a UUID that encodes Num (see internal/seal).
type Run struct {
	Num       int64 // dense, taken in blocks, so that inserts are append-only and time-ordered
	Partner   int64
	Account   int64
	Root      int64
	Cycle     int64
	Version   int64 // of the cycle's plan
	State     RunState
	DueAt     Micros // the smallest due time of parked tokens while nothing is ready; 0: ready now
	Parent    int64  // run that this one was split or resubmitted from; 0: none
	Split     SplitMark
	Errors    int
	Warnings  int
	CreatedAt Micros
	EndedAt   Micros
}

// SplitMark says what a transaction has to do with collection splits: a sum of the marks below.
type SplitMark int

// The marks of a split.
const (
	SplitParent SplitMark = 1 // items of its data went on as children
	SplitChild  SplitMark = 2 // it is one item of its parent's data
)

// RunState is where a transaction stands in the store. That a step of it is being executed right now
// is known in memory only and never written.
type RunState int

// The states of a transaction. docs/state_machine.md draws the arrows.
const (
	RunLive      RunState = iota // queued, in progress, or parked until DueAt
	RunCompleted                 // every path reached its end
	RunFailed                    // ended by an error
	RunStopped                   // ended by a stop of its cycle
	RunCancelled                 // never began: held too long after a stop
)

// StepRow is one execution of a step in a transaction. The chain of From rows is the path's data context.
type StepRow struct {
	Run     int64
	Seq     int32 // 0 is the trigger's payload
	StepRef int32 // ordinal in the plan
	From    int32 // the row that this one continues; -1 for row 0, and for that of a child see FromSplit
	State   StepState
	Exit    EdgeType // the exit taken; Forward but for decisions, switches and splits
	Attempt int32
	DueAt   Micros // while parked
	RowsIn  int32
	RowsOut int32
	// TasksOK and TasksIncident are the tasks that the execution cost (domain.md 4.13).
	TasksOK       int32
	TasksIncident int32
	Connector     int32
	Method        int32
	StartedAt     Micros
	EndedAt       Micros
	// Progress says how far a long step has come: what the next part of its execution begins with. The
	// shell of the engine alone reads it. With Exit ExitSeveral it is a Partition.
	Progress []byte
	Output   Output
}

// FromSplit is the From of row 0 of a split's child: the item was in the output of row seq of the parent.
func FromSplit(seq int32) int32 { return -2 - seq }

// SplitFrom is the reverse of FromSplit; ok is false for a From that is none.
func SplitFrom(from int32) (seq int32, ok bool) { return -2 - from, from <= -2 }

// KeyHash is the hash of the value by which a delivery finds the transaction that waits for it.
type KeyHash [16]byte

// StepState is the state of one execution of a step.
type StepState int

// The states of a step's execution.
const (
	StepDone StepState = iota
	StepFailed
	StepParked  // waits for DueAt: a delay, a retry or a rate limit
	StepSkipped // an ignored error, or a disabled step
	StepStarted // a call that must not be repeated has begun
	StepOngoing // a part of a long step is done, and the next one is ready (see StepRow.Progress)
)

// Output is the stored result of a step's execution.
type Output struct {
	// Data is the payload with its codec byte (internal/seal); nil when there is none or it lies elsewhere.
	Data []byte
	// InExchange says that the output is, byte for byte, the response of the row's exchange 1.
	InExchange bool
	// Blob names a blob that holds the payload, when it is too large for a row.
	Blob string
	// FromRun and FromSeq, when set, name the row that the output was read from and is sealed for: that of
	// the transaction which this one repeats.
	FromRun int64
	FromSeq int32
}

// Exchange is one HTTP call of a step's execution, as the log keeps it: secrets masked, payloads sealed.
type Exchange struct {
	Run      int64
	Seq      int32
	N        int32 // counts from 1 within the row
	Status   int32 // HTTP status; 0 when no answer came
	Millis   int32
	At       Micros
	Request  []byte // sealed text: request line, headers, body; nil when not logged
	Response []byte // sealed body
}

// Incident is a recorded problem of a step in a transaction.
type Incident struct {
	ID               int64
	Partner, Account int64
	Cycle            int64
	Run              int64
	StepID           ID
	StepName         string
	StepKind         StepKind
	Warning          bool // else an error
	Code             Code
	// Shape is ShapeOf the text of Detail.
	Shape string
	// Detail is sealed text: status line, response body, then the request with secrets masked.
	Detail []byte
	At     Micros
	// Notify queues it for the error webhook in the commit that records it.
	Notify bool
	// Told says that the owner has heard of it by another incident: it is not queued.
	Told bool
}

// UsageKey is what a task is counted under.
type UsageKey struct {
	Partner, Account, Cycle int64
	Connector, Method       int32
	Day                     int32 // days since 1970 UTC
}

// Usage is the sum of tasks under one key or over a period.
type Usage struct {
	OK, Incident int64
}

// Day returns the number of the UTC day of m.
func (m Micros) Day() int32 { return int32(int64(m) / 86_400_000_000) }

// ConnectorHold says until when no call of an account connector is made, because its remote refused some.
type ConnectorHold struct {
	Partner, Root int64 // the root account, whose accounts share the hold
	Connector     int32 // the account connector
	Until         Micros
	Since         Micros // when the remote refused last
	Refusals      int    // in a row; each further one makes the wait longer
}

// StepCursor is how far a step has come that lists what is new.
type StepCursor struct {
	Step  ID
	Value string
	Seen  []byte // the rows that it had lately
	Was   string // the value that the call was made with
}

// LastRun is the last successful run date of a step: the time at which its call began.
type LastRun struct {
	Step ID
	At   Micros
	Was  Micros // the date that the call was made with
}
