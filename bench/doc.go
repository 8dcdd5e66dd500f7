// Package bench is the front door of the project's own measurements; the programs are below it.
//
// loadgen sends webhooks and plays the systems that are called, goref is the least Go that does the
// same work, house runs the engine without a network, rawlog and fsync say what the disk can do, and run
// (make bench) measures Paceline beside all of them in one sitting. Ratios of one run count, absolute figures do not; docs/performance.md
// explains each figure.
package bench
