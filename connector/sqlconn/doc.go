// Package sqlconn carries calls of definitions with transport sql to PostgreSQL, MySQL and MariaDB.
//
// Each call is one statement in one transaction of its own, with every value bound. What it changed is committed before it
// is answered; rows of what only reads are passed on as they arrive. Connections are kept per account connector by
// internal/pool, and may go through an SSH server. Start with wire.go; statement.go writes the statements of operations on
// rows, postgresql.go and mysql.go are the two databases.
package sqlconn
