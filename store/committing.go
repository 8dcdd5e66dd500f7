package store

import (
	"context"
	"path"
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

// asking names the function that asks for a transaction: the innermost one outside of this package, and of those that are
// called inTx and only pass it on; one of this package where there is no other.
func asking() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	first := ""
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		name := functionOf(frame.Function, frame.File)
		if first == "" {
			first = name
		}
		switch {
		case strings.HasPrefix(name, "store."), strings.HasPrefix(name, "killpoint."), strings.HasSuffix(name, ".inTx"):
		case strings.HasPrefix(name, "runtime."):
			return first
		default:
			return name
		}
	}
	return first
}

// functionOf is package, type and name of a function, or of the one that a closure is within. The compiler names closures of
// functions that it has put into their callers by these callers first.
func functionOf(symbol, file string) string {
	pkg := path.Base(path.Dir(file))
	if all := method.FindAllStringSubmatch(symbol, -1); all != nil {
		last := all[len(all)-1]
		return pkg + "." + last[1] + "." + last[2]
	}
	_, name, _ := strings.Cut(symbol[strings.LastIndexByte(symbol, '/')+1:], ".")
	return pkg + "." + closures.ReplaceAllString(name, "")
}

var (
	method   = regexp.MustCompile(`\(\*(\w+)\)\.(\w+)`)
	closures = regexp.MustCompile(`(\.(func|gowrap)?\d+(-range\d+)?)+$`) // what Go adds for those within a function
)
