// Package pool keeps connections of account connectors open between calls: at most so many of each at the same time, none
// for longer than it is of use, and none with a credential that has changed. Start with pool.go.
package pool
