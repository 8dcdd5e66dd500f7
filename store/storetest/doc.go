// Package storetest runs one set of store tests on SQLite and on PostgreSQL.
// Run opens a fresh, empty store on each; Postgres makes a throw-away database for a single test.
// A PostgreSQL server that cannot be reached fails the test: nothing is skipped.
package storetest
