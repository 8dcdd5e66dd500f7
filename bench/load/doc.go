// Package load sends webhooks to a platform and plays the systems that the platform calls in turn.
//
// A Sink stays up for many runs; each run makes its own ledger, in which every webhook is followed by
// its correlation id from the moment it was due, through the acknowledgement, to its final call. Both
// ends share one clock, so that latencies are exact, and a webhook that nobody finishes is counted lost.
package load
