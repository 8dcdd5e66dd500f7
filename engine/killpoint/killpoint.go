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
	FinishBeforeCommit Point = "finish.before_commit"
	FinishAfterCommit  Point = "finish.after_commit"
	NoticeAfterPost    Point = "notice.after_post" // an error webhook was taken, which is not recorded
	GatherBeforeCommit Point = "gather.before_commit"
	GatherAfterCommit  Point = "gather.after_commit"
	Prune              Point = "prune"

	RotateBeforeCommit Point = "rotate.before_commit" // all keys are wrapped anew
	RotateAfterCommit  Point = "rotate.after_commit"
	EraseBeforeCommit  Point = "erase.before_commit" // accounts and their keys are gone, fifty at a time
	EraseAfterCommit   Point = "erase.after_commit"
)

// Hook, when set, is called at each point. Only tests set it, before an engine starts.
var Hook func(Point)

// Pass goes by a point.
func Pass(p Point) {
	if Hook != nil {
		Hook(p)
	}
}
