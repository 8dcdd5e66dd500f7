package e2e

import "testing"

// TestLargeFlow drags a step of a flow of 300 in a browser: only that step is drawn again. How long a move takes is measured,
// and is a condition with STRICT=1 alone, on a machine that does nothing else: see browser/flow300.mjs and docs/performance.md.
func TestLargeFlow(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "flow300.mjs")
	demo := serve(t, start{flags: []string{"--demo"}})
	walk("BASE="+demo.Address, "USER="+demo.AdminUser, "PASSWORD="+demo.AdminPassword)
}
