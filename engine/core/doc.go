// Package core decides what happens next to every transaction: one single-threaded state machine that
// takes events (a delivery was accepted, a step was executed, a commit is durable, time has passed) and
// answers with effects (execute this token, commit these rows, load that run). It has no goroutine,
// clock, I/O, select or map iteration: time comes with the event, so the same events always give the
// same effects, and a simulation can drive it alone.
//
// docs/state_machine.md draws the states; run.go holds them, transition.go and what it names have one function per arrow,
// ring.go shares the slots fairly between accounts, resume.go finds the tokens of a run in its rows.
package core
