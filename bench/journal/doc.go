// Package journal is an append-only log with group commit, the cheapest honest way to make a record
// durable.
//
// It is what the reference program and the raw-log bound are built on, and nothing of Paceline uses it.
// An append returns once fdatasync has returned for a write that holds the record; whatever arrives
// while one fdatasync runs goes to the disk together with the next.
package journal
