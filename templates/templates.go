// Package templates holds the templates that come with Paceline, one folder each.
//
// A folder has template.json, a document as the export makes it. They are embedded in the program and
// published to a partner whose database is filled with the demo.
package templates

import "embed"

// Files has one folder per template at its root.
//
//go:embed */template.json
var Files embed.FS
