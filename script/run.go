package script

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Account is who a script runs for; numbers as the store has them.
type Account struct{ Partner, Account int64 }

// Run is one event for the scripts that may handle it.
type Run struct {
	Account Account
	Event   Event
	// Sources are the scripts, in the order in which they run (see Event.Order).
	Sources []Source
	// Globals is a JSON object: the names that scripts see and change.
	Globals json.RawMessage
	// Host answers what scripts ask for; nil refuses it.
	Host Host
	// Wall shortens the time of this run; zero leaves the pool's.
	Wall time.Duration
	// Measure asks for Result.Memory.
	Measure bool
	// Mask replaces secrets in what an error tells and in the log; nil leaves them.
	Mask func([]byte) []byte
	// Trial says that somebody waits for the run to see how it ends: that it has to be killed makes no other run wait.
	Trial bool
}

// Source is one script and where it was written: method, connector, step or inline.
type Source struct {
	Level string
	Code  string
}

// Levels of scripts.
const (
	LevelMethod    = "method"
	LevelConnector = "connector"
	LevelStep      = "step"
	LevelInline    = "inline"
)

// Host answers host functions. It is called from one goroutine at a time, while the script waits.
type Host interface {
	// Call answers one function. An error's text is thrown in the script, so it holds nothing secret; ctx
	// ends with the run.
	Call(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error)
}

// Result is what a run brought; Log and Duration also when it failed.
type Result struct {
	// Handled says that a script had a function for the event.
	Handled bool
	// Value is what the last of them returned, as JSON; nil for undefined.
	Value json.RawMessage
	// Globals is the object after the run.
	Globals  json.RawMessage
	Log      []string
	Duration time.Duration
	// Memory is the most that the worker process held, in bytes; 0 unless measured.
	Memory int64
}

// False reports whether the script returned false, which stops what the event comes before.
func (r Result) False() bool { return string(r.Value) == "false" }

// Error is a script that failed or was stopped.
type Error struct {
	// Limit is which limit ended the run (LimitTime ...), "" for an error that the script threw.
	Limit string
	// Name is the class of what was thrown, such as TypeError or AuthRefreshException.
	Name    string
	Message string // for people; secrets masked
	Level   string
	Line    int // 1 is the first line of the script; 0 when not known
	Column  int
	Syntax  bool
	// Source is the number of the script in Run.Sources.
	Source int
}

// Error says everything in one line.
func (e *Error) Error() string {
	text := e.Message
	if e.Name != "" {
		text = e.Name + ": " + text
	}
	switch {
	case e.Line > 0 && e.Level != "":
		return fmt.Sprintf("%s script, line %d, column %d: %s", e.Level, e.Line, e.Column, text)
	case e.Line > 0:
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, text)
	case e.Level != "":
		return e.Level + " script: " + text
	}
	return text
}

// WaitError says that the account's scripts have to wait, because they had to be killed too often.
type WaitError struct {
	After time.Duration
	// First says that it is the first run that waits for this reason.
	First bool
}

// Error tells how long.
func (e *WaitError) Error() string {
	return fmt.Sprintf("scripts of this account were stopped too often and wait for %s", e.After.Round(time.Second))
}

// BusyError says that no worker could be had in time; the run may be tried again at once.
type BusyError struct{ Err error }

// Error tells the cause.
func (e *BusyError) Error() string { return "no script worker is free: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *BusyError) Unwrap() error { return e.Err }
