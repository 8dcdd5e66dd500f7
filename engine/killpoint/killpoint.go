// Package killpoint names the places at which a crash is most telling. A test process puts a hook there
// and dies; a server has none, and passing a point costs one comparison.
package killpoint

// Point is a place in the engine.
type Point string

// The points: of a transaction in the order in which it passes them, then those of cycles and of what runs beside.
const (
	AcceptBeforeCommit  Point = "accept.before_commit"
	AcceptAfterCommit   Point = "accept.after_commit"
	ArriveBeforeCommit  Point = "arrive.before_commit"
	ArriveAfterCommit   Point = "arrive.after_commit"
	ExecBeforeCall      Point = "exec.before_call"
	ExecAfterCall       Point = "exec.after_call"
	AdvanceBeforeCommit Point = "advance.before_commit"
	AdvanceAfterCommit  Point = "advance.after_commit"
	StartedAfterCommit  Point = "started.after_commit" // the mark before a call that must not be repeated
	PartAfterCommit     Point = "part.after_commit"    // of a long step: a split, pages, items
	ParkAfterCommit     Point = "park.after_commit"
	EndAfterCommit      Point = "end.after_commit"
	StopAfterCommit     Point = "stop.after_commit" // a step that failed stops its cycle

	FireBeforeCommit   Point = "fire.before_commit" // a schedule's slot
	FireAfterCommit    Point = "fire.after_commit"
	CycleAfterCommit   Point = "cycle.after_commit" // its state is durable, and the engine not told
	CancelBeforeCommit Point = "cancel.before_commit"
	CancelAfterCommit  Point = "cancel.after_commit"
	NoticeAfterPost    Point = "notice.after_post" // an error webhook was taken, which is not recorded
	GatherBeforeCommit Point = "gather.before_commit"
	GatherAfterCommit  Point = "gather.after_commit"

	RotateBeforeCommit Point = "rotate.before_commit" // all keys are wrapped anew
	RotateAfterCommit  Point = "rotate.after_commit"
	EraseBeforeCommit  Point = "erase.before_commit" // accounts and their keys are gone, fifty at a time
	EraseAfterCommit   Point = "erase.after_commit"
)

// Site is a transaction of the database in which the engine commits something. A server may die on either side of it.
type Site string

// Before and After are the points of a site; the second is passed only when its commit is durable.
func (s Site) Before() Point { return Point(s) + ".before_commit" }
func (s Site) After() Point  { return Point(s) + ".after_commit" }

// The sites.
const (
	Finish   Site = "finish"   // a finishing cycle pauses
	SkipSlot Site = "skip"     // a slot is left out, and one that was to run once lets its cycle finish
	LastRun  Site = "last_run" // the date with which a step begins that never ran
	Cursor   Site = "cursor"   // the place from which a step begins that never ran
	Hold     Site = "hold"     // a remote has asked to wait
	Quota    Site = "quota"    // a share of a quota is told
	Blob     Site = "blob"     // a piece of a large output
	Drop     Site = "drop"     // what a stopped cycle has queued is cancelled

	NoticeEnd    Site = "notice.end" // a message was taken, or given up
	NoticeDelay  Site = "notice.delay"
	NoticeForget Site = "notice.forget" // nobody wants the messages any more

	Prune Site = "prune" // what is over its retention, or was to be deleted
	Sweep Site = "sweep" // what nothing refers to any more, and what was thrown away

	Activate     Site = "cycle.activate" // the copy that runs, and the state
	Register     Site = "cycle.register" // the vendors of an activating cycle know of it, or it is given up
	Move         Site = "cycle.move"     // a cycle is stopped, is to finish, is deleted or restored
	StopAll      Site = "cycle.stop_all"
	Subscription Site = "subscription" // before a vendor is told, and once it was

	Life    Site = "life"    // which transactions are suspected of killing the process
	Note    Site = "note"    // an incident of which nothing else hangs
	Request Site = "request" // what somebody asks for and is done at once, with its line of the audit
)

// Around passes the points of a site before and behind a commit.
func Around(s Site, commit func() error) error {
	Pass(s.Before())
	err := commit()
	if err == nil {
		Pass(s.After())
	}
	return err
}

// Hook, when set, is called at each point. Only tests set it, before an engine starts.
var Hook func(Point)

// Pass goes by a point.
func Pass(p Point) {
	if Hook != nil {
		Hook(p)
	}
}
