// Package connectors holds the connector definitions that come with Paceline, one folder each.
//
// A folder has connector.yaml, its icon, a README and the fixtures of its tests; there is no code in it.
// They are embedded in the program and published at start.
package connectors

import "embed"

// Files has one folder per connector at its root.
//
//go:embed */connector.yaml */icon.svg
var Files embed.FS
