// Package cycle holds the integrations of accounts: it edits their flows, says what still keeps them from
// starting, compiles a flow to the plan that the engine runs, and starts and stops them.
//
// Start with activate.go, then prerequisites.go and compile.go. Every operation takes the caller and the
// resolved account and checks rights and ids itself; a change and its audit event are one transaction, and
// the engine hears of it after the commit.
package cycle
