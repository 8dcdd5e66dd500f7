// Package startstop gives every background loop one life: Start, then Stop, which waits.
//
// A Service runs one function until its context ends; a Group starts services in order, stops them in
// reverse, and stops those already started when one fails to start.
package startstop
