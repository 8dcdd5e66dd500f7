// Package killpoint names the places at which a crash is most telling. A test process puts a hook there
// and dies; a server has none, and passing a point costs one comparison.
package killpoint

// Point is a place in the engine.
type Point string

// The points, in the order in which a transaction passes them.
const (
	AcceptBeforeCommit  Point = "accept.before_commit"
	AcceptAfterCommit   Point = "accept.after_commit"
	ExecBeforeCall      Point = "exec.before_call"
	ExecAfterCall       Point = "exec.after_call"
	AdvanceBeforeCommit Point = "advance.before_commit"
	AdvanceAfterCommit  Point = "advance.after_commit"
	EndAfterCommit      Point = "end.after_commit"
	Prune               Point = "prune"
)

// Hook, when set, is called at each point. Only tests set it, before an engine starts.
var Hook func(Point)

// Pass goes by a point.
func Pass(p Point) {
	if Hook != nil {
		Hook(p)
	}
}
