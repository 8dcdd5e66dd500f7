// Package w2 holds the workload W2 as a partner would ship it: a template over the connector of W1.
//
// W2 is: a webhook brings an event; a call asks for its rows; the list is split, and each row goes to
// POST /final/row in a transaction of its own.
package w2

import _ "embed"

// Template is the export document of the template, ready for import.
//
//go:embed template.json
var Template []byte
