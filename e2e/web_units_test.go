package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestWebUnits runs the tests of what the console computes, and of its components and the states of its pages, without a browser:
// web/src/**/*.test.ts and *.test.tsx.
func TestWebUnits(t *testing.T) {
	t.Parallel()
	need(t, "node", "npm")
	packages(t, "jsdom")
	units := exec.Command("node_modules/.bin/vitest", "run", "--reporter", "dot")
	units.Dir = filepath.Join(repository, "web")
	if out, err := units.CombinedOutput(); err != nil {
		t.Errorf("vitest: %v\n%s", err, out)
	}
}
