// Package egress is the only way out of the process.
//
// A Guard checks the address that is really dialled, so that no name, redirect or odd spelling reaches a
// private network; it refuses other hosts to calls that carry a credential, and answers every failure to
// connect with one text. An Operator dials the few addresses that the operator configured, and no others.
// Start with guard.go, then address.go (which addresses) and hosts.go (which hosts get a credential).
package egress
