// Package store holds all SQL, one text for SQLite and PostgreSQL: one file per noun.
// Reads and writes are methods of Tx; InTx makes a durable, serial transaction of them, Read a snapshot.
// The engine's changes come as ops (op.go), which the writer groups so that many share one fsync.
//
// store.go opens a store, tx.go and row.go are what noun files use, migrate.go brings a database up
// to date. What differs between the two databases lies in sqlite*.go and postgres*.go, nowhere else.
package store
