package paceline

// Arrow leads from some states to one. The one function whose name it has makes it: what writes a state takes an arrow, and
// lets only what it starts from go along it. docs/state_machine.md draws all arrows; a test of engine/core compares them.
type Arrow[S CycleState | RunState | StepState] struct {
	By   string
	From []S
	To   S
}

// Leads reports whether the arrow starts at a state.
func (a *Arrow[S]) Leads(from S) bool {
	for _, s := range a.From {
		if s == from {
			return true
		}
	}
	return false
}

// The states before a first row: what is made starts there.
const (
	NoCycle CycleState = -1
	NoRun   RunState   = -1
	NoStep  StepState  = -1
)

// The arrows of a cycle: first those of its rooms, then those that the store makes within an op.
var (
	ArrowInsert        = &Arrow[CycleState]{"InsertCycle", []CycleState{NoCycle}, CyclePaused}
	ArrowActivate      = &Arrow[CycleState]{"begin", []CycleState{CyclePaused, CycleActivating, CycleActive, CycleFinishing, CycleError}, CycleActive}
	ArrowSubscribe     = &Arrow[CycleState]{"begin", []CycleState{CyclePaused, CycleActivating, CycleFinishing, CycleError}, CycleActivating}
	ArrowRegistered    = &Arrow[CycleState]{"register", []CycleState{CycleActivating}, CycleActive}
	ArrowNotRegistered = &Arrow[CycleState]{"register", []CycleState{CycleActivating}, CyclePaused}
	ArrowDeactivate    = &Arrow[CycleState]{"DeactivateWith", []CycleState{CycleActivating, CycleActive, CycleFinishing, CycleError}, CyclePaused}
	ArrowFinish        = &Arrow[CycleState]{"DeactivateWith", []CycleState{CycleActive}, CycleFinishing}
	ArrowStopAll       = &Arrow[CycleState]{"StopAll", []CycleState{CycleActivating, CycleActive, CycleFinishing}, CyclePaused}
	ArrowFail          = &Arrow[CycleState]{"Fail", []CycleState{CycleActivating, CycleActive, CycleFinishing}, CycleError}
	ArrowDelete        = &Arrow[CycleState]{"DeleteWith", []CycleState{CyclePaused, CycleActivating, CycleActive, CycleFinishing, CycleError}, CycleDeleted}
	ArrowRestore       = &Arrow[CycleState]{"Restore", []CycleState{CycleDeleted}, CyclePaused}
	ArrowRetire        = &Arrow[CycleState]{"RetireCycles", []CycleState{CyclePaused, CycleActivating, CycleActive, CycleFinishing, CycleError}, CycleDeleted}

	ArrowOnce      = &Arrow[CycleState]{"accept", []CycleState{CycleActivating, CycleActive}, CycleFinishing}
	ArrowTakeBack  = &Arrow[CycleState]{"takeBack", []CycleState{CycleFinishing}, CycleActive}
	ArrowLetFinish = &Arrow[CycleState]{"LetFinish", []CycleState{CycleActive}, CycleFinishing}
	ArrowFinished  = &Arrow[CycleState]{"FinishCycle", []CycleState{CycleFinishing}, CyclePaused}
	ArrowStopCycle = &Arrow[CycleState]{"pauseCycle", []CycleState{CycleActivating, CycleActive, CycleFinishing}, CycleError}
)

// The arrows of a transaction: first those that the engine's core decides, then those that the store makes within an op.
var (
	live = []RunState{RunLive}

	ArrowNoRows     = &Arrow[RunState]{"NotLoaded", live, RunFailed}
	ArrowPiece      = &Arrow[RunState]{"step", live, RunLive}
	ArrowMark       = &Arrow[RunState]{"call", live, RunLive}
	ArrowGoOn       = &Arrow[RunState]{"advance", live, RunLive}
	ArrowRest       = &Arrow[RunState]{"settle", live, RunLive}
	ArrowComplete   = &Arrow[RunState]{"settle", live, RunCompleted}
	ArrowWaitForAll = &Arrow[RunState]{"waitForAll", live, RunLive}
	ArrowExpired    = &Arrow[RunState]{"expire", live, RunLive}
	ArrowFailed     = &Arrow[RunState]{"fail", live, RunFailed}
	ArrowOverrun    = &Arrow[RunState]{"overrun", live, RunFailed}
	ArrowStopped    = &Arrow[RunState]{"stopped", live, RunStopped}
	ArrowHalted     = &Arrow[RunState]{"durable", live, RunStopped}
	ArrowReduced    = &Arrow[RunState]{"reduce", live, RunFailed}
	ArrowUnstorable = &Arrow[RunState]{"unstorable", live, RunFailed}

	ArrowAccepted     = &Arrow[RunState]{"accept", []RunState{NoRun}, RunLive}
	ArrowBorn         = &Arrow[RunState]{"children", []RunState{NoRun}, RunLive}
	ArrowGathered     = &Arrow[RunState]{"start", []RunState{NoRun}, RunLive}
	ArrowGather       = &Arrow[RunState]{"gatherGroup", live, RunCompleted}
	ArrowGatherFailed = &Arrow[RunState]{"gatherFailed", live, RunFailed}
	ArrowCancelBegun  = &Arrow[RunState]{"cancel", live, RunStopped}
	ArrowCancelHeld   = &Arrow[RunState]{"cancel", live, RunCancelled}
	ArrowDrop         = &Arrow[RunState]{"DropQueued", live, RunCancelled}
)

// The arrows of an execution of a step, all of which the engine's core decides but that of a call which is lost when its
// cycle stands still. A step that is parked again, or of which a
// further part is done, goes along an arrow, too.
var (
	ArrowStepCall     = &Arrow[StepState]{"call", []StepState{NoStep, StepOngoing, StepParked}, StepStarted}
	ArrowStepDone     = &Arrow[StepState]{"done", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepDone}
	ArrowStepAtAll    = &Arrow[StepState]{"arriveAtAll", []StepState{NoStep}, StepDone}
	ArrowStepWaited   = &Arrow[StepState]{"waited", []StepState{StepParked}, StepDone}
	ArrowStepDelayed  = &Arrow[StepState]{"delay", []StepState{NoStep, StepParked}, StepDone}
	ArrowStepDelay    = &Arrow[StepState]{"delay", []StepState{NoStep}, StepParked}
	ArrowStepRetry    = &Arrow[StepState]{"retry", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepParked}
	ArrowStepThrottle = &Arrow[StepState]{"throttled", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepParked}
	ArrowStepWait     = &Arrow[StepState]{"wait", []StepState{NoStep, StepParked}, StepParked}
	ArrowStepAwait    = &Arrow[StepState]{"await", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepParked}
	ArrowStepArrival  = &Arrow[StepState]{"awaitDelivery", []StepState{NoStep, StepParked}, StepParked}
	ArrowStepEnd      = &Arrow[StepState]{"expire", []StepState{StepParked}, StepDone}
	ArrowStepNone     = &Arrow[StepState]{"expire", []StepState{StepParked}, StepSkipped}
	ArrowStepIgnore   = &Arrow[StepState]{"ignore", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepSkipped}
	ArrowStepPass     = &Arrow[StepState]{"pass", []StepState{NoStep}, StepSkipped}
	ArrowStepFail     = &Arrow[StepState]{"fail", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepFailed}
	ArrowStepReduce   = &Arrow[StepState]{"reduce", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepFailed}
	ArrowStepLost     = &Arrow[StepState]{"loseCall", []StepState{StepStarted}, StepFailed}
	ArrowStepPart     = &Arrow[StepState]{"part", []StepState{NoStep, StepOngoing, StepStarted, StepParked}, StepOngoing}
)
