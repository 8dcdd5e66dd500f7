// Package disk measures what a folder's disk can do, so that figures can be read against it.
//
// Fdatasync gives the time of one small durable append; Rawlog gives the rate at which runs of durable
// records can be logged by group commit, without any index or database.
package disk
