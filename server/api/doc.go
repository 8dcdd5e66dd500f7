// Package api is the public REST API v1.0: one operation per file, registered with its caller level,
// rights and id parameters, from which routing, documentation and the authorisation tests are made.
//
// Handlers hold no rule: they read the input, call one operation of a domain room and translate its
// value to the wire. Manners (errors, order of checks, leniency) live in route.go and wire.
package api

//go:generate go run paceline/cmd/openapi openapi.json
