// Package script runs scripts of connectors and steps, written by people whom nobody has to trust.
//
// A script never runs in this process. Pool keeps worker processes of the same program (package worker), which
// have no environment, no files and no network; one run at a time is handed to one of them over a pipe, and the
// process is killed from here when the run is over its time, floods, or lies. What a script asks for beyond
// computing (a request, storage) comes back as a call of a Host, which this process judges.
//
// Start with run.go (what goes in and comes out) and pool.go. events.go names the events and their order.
package script
