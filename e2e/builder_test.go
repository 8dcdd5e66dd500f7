package e2e

import "testing"

// TestBuilder builds a template and a cycle in a browser and runs them: see browser/builder.mjs. The pictures are in
// bin/pictures.
func TestBuilder(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "builder.mjs")
	demo := serve(t, start{flags: []string{"--demo"}})
	walk("BASE="+demo.Address, "USER="+demo.AdminUser, "PASSWORD="+demo.AdminPassword)
}
