package paceline

// Template is a reusable integration design of the partner: a stack of releases.
type Template struct {
	ID          ID
	Partner     int64
	Name        string
	Description *string
	Folder      ID
	Tags        []string
	Published   bool
	CreatedAt   Micros
}

// TemplateRelease is one version of a template. Draft releases may change; live and deprecated ones may not.
type TemplateRelease struct {
	ID        ID
	Template  ID
	Partner   int64
	Number    int
	Status    ReleaseStatus
	Notes     string
	Flow      Flow
	CreatedAt Micros
	CreatedBy string
	// DesignCycle is the cycle, in the account with the number DesignAccount, in which a draft is designed; "" for
	// none. While it is there, its flow is the draft's.
	DesignCycle   ID
	DesignAccount int64
}

// Cycle is an integration that lives and runs in an account.
type Cycle struct {
	Num             int64 // dense number of the store; never shown
	ID              ID
	Partner         int64
	Account         int64
	Root            int64 // root account, the unit of ownership
	Name            string
	Description     *string
	Tags            []string
	State           CycleState
	Template        ID // "" when built by hand
	TemplateRelease ID // base release, on which upgrades and merges work
	Flow            Flow
	Version         int64 // of the working document; grows with each edit
	// RunVersion is the version of the immutable copy that runs; 0 when it has never run.
	RunVersion    int64
	CreatedAt     Micros
	ActivatedAt   Micros
	StoppedAt     Micros // 0 if it never was, or by a program that did not note it; see HeldSince
	LastSuccessAt Micros
	DeletedAt     Micros // when it came into the recycle bin
	Folder        ID     // "" at the top
	Counters      CycleCounters
}

// HeldSince is when the stop came that holds back what the cycle has queued; 0 if that is not known.
func (c *Cycle) HeldSince() Micros {
	if c.StoppedAt < c.ActivatedAt { // of a stop before the last one, which a program of an older release has made
		return 0
	}
	return c.StoppedAt
}

// CycleCounters are the sums shown with a cycle.
type CycleCounters struct {
	Tasks, Errors, Warnings, InProgress int64
}

// CycleState is whether a cycle runs. docs/state_machine.md draws the arrows.
type CycleState int

// The states of a cycle.
const (
	CyclePaused     CycleState = iota // never started, stopped or finished
	CycleActivating                   // deliveries are accepted and held; subscriptions are being made
	CycleActive
	CycleFinishing // no new triggers; what is in progress completes
	CycleStopped   // start failed
	CycleError     // stopped by the error policy or a lost authentication
	CycleDeleted   // in the recycle bin
)

// Started reports whether the cycle runs, is on its way to, or finishes.
func (s CycleState) Started() bool {
	return s == CycleActivating || s == CycleActive || s == CycleFinishing
}

// Wire returns the status that the API shows.
func (s CycleState) Wire() string {
	switch s {
	case CycleActive, CycleFinishing:
		return "Active"
	case CycleStopped:
		return "Stopped"
	case CycleError:
		return "Error"
	case CycleDeleted:
		return "DeleteScheduled"
	}
	return "Paused"
}

// Running reports whether edits are refused.
func (s CycleState) Running() bool {
	return s == CycleActive || s == CycleActivating || s == CycleFinishing
}

// Runs is the cycle with what of its flow runs.
func (c Cycle) Runs() Cycle {
	c.Flow = c.Flow.Runs()
	return c
}

// InBin reports whether the cycle lies in the recycle bin and can be restored.
func (c Cycle) InBin() bool { return c.State == CycleDeleted && c.DeletedAt > 1 }

// Intervals are the schedule intervals, in minutes, that activation accepts.
var Intervals = []int{1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 10080}

// DefaultInterval is the interval, in minutes, of a cycle that was activated without one.
const DefaultInterval = 60

// Prerequisite is one reason why a cycle or step cannot start yet.
type Prerequisite struct {
	ReasonCode int
	Code       Code
	ObjectType string
	ObjectID   any // an int32 or an ID
}
