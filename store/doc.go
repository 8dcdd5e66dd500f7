// Package store holds all SQL, one text for SQLite and PostgreSQL: one file per noun.
// Reads and writes are methods of Tx; InTx makes a durable, serial transaction of them, Read a snapshot.
// The engine's changes come as ops (op.go), which the writer groups so that many share one fsync.
package store
