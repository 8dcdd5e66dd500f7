// Package engine carries transactions from their trigger to their end: it takes deliveries and schedule
// slots in, executes steps, retries, waits and stops, and never acknowledges or goes on with anything
// that is not on the disk.
//
// engine/core decides what happens next, as one single-threaded state machine; this package is the shell
// that does it: loop.go feeds the core, intake.go and schedule.go start transactions, execute.go and the
// step_*.go files run steps on workers, recover.go resumes what a crash interrupted, prune.go forgets
// what is over its retention, and transaction.go and incident.go read it all back.
package engine
