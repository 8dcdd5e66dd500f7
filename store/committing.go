package store

import (
	"context"
	"regexp"
	"runtime"
	"strings"

	"paceline"
)

// OnCommit, when set, carries out each transaction of the database that may write, and is told which function asks for it:
// that of a room, such as catalog.Room.InstallConnector. Ops of the engine go another way. Only tests set it, before a store
// is opened; a server has none, and pays one comparison.
var OnCommit func(by string, commit func() error) error

// inTx is the way of every transaction that may write.
func (s *Store) inTx(ctx context.Context, scope paceline.Scope, urgent bool, f func(*Tx) error) error {
	if OnCommit == nil {
		return s.backend.inTx(ctx, scope, urgent, f)
	}
	return OnCommit(asking(), func() error { return s.backend.inTx(ctx, scope, urgent, f) })
}

// closures are what Go adds to the name of a function for those within it.
var closures = regexp.MustCompile(`(\.func\d+|\.\d+|-range\d+|\.gowrap\d+)+$`)

// asking names the function that asks for a transaction: the innermost one outside of this package, and of those that are
// called inTx and only pass it on; one of this package where there is no other.
func asking() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	first := ""
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		name := closures.ReplaceAllString(frame.Function, "")
		name = strings.NewReplacer("paceline/", "", "(*", "", ")", "").Replace(name)
		if first == "" {
			first = name
		}
		switch function := name[strings.LastIndexByte(name, '.')+1:]; {
		case strings.HasPrefix(name, "store."), strings.HasPrefix(name, "engine/killpoint."), function == "inTx":
		case strings.HasPrefix(name, "runtime."):
			return first
		default:
			return name
		}
	}
	return first
}
