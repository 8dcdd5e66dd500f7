// Package telemetry is how an operator sees inside: structured logs, a few named metrics, and the handler
// of the separate metrics address with profiling.
//
// Logs go through one handler that drops the values of credentials by name. Metrics have fixed labels, never an account's, so
// that their number does not grow with customers.
package telemetry
