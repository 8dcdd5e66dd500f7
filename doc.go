// Package paceline is the vocabulary of an embedded integration platform.
//
// It holds the words that every room shares (account, connector, template, cycle, flow, plan,
// transaction, incident, usage) as types and rules, with the standard library only and without I/O.
// Start with account.go, flow.go, plan.go and transaction.go; docs/glossary.md defines the words.
package paceline
