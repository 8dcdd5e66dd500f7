// Package standin holds what the demo's remote systems have in common.
//
// A Server listens on a loopback port, records every request (GET /_requests), fails on demand
// (POST /_faults) and keeps to a rate limit. State keeps a system's data in memory and, if asked, in a
// JSON file, and Check refuses bodies with fields that nobody declared.
package standin
