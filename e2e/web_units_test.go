package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWebUnits runs the tests of what the console computes, and of its components and the states of its pages, without a browser:
// web/src/**/*.test.ts and *.test.tsx.
func TestWebUnits(t *testing.T) {
	t.Parallel()
	if out, err := webUnits(t); err != nil {
		t.Errorf("vitest: %v\n%s", err, out)
	}
}

// TestWebUnitFailuresAreTold: a test that fails is told by its name and by what was expected, on every Node that the build takes.
func TestWebUnitFailuresAreTold(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "fails.test.ts"), []byte("it('sails the ship', () => expect('stern').toBe('bow'));\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := webUnits(t, "--root", folder, "--config", filepath.Join(repository, "web", "vite.config.ts"), "--globals")
	if err == nil || !strings.Contains(out, "sails the ship") || !strings.Contains(out, "expected 'stern' to be 'bow'") || strings.Contains(out, "Unhandled Error") {
		t.Errorf("%v\n%s", err, out)
	}
}

func webUnits(t *testing.T, more ...string) (string, error) {
	need(t, "node", "npm")
	packages(t, "jsdom")
	units := exec.Command("node_modules/.bin/vitest", append([]string{"run", "--reporter", "dot", "--no-color"}, more...)...)
	units.Dir = filepath.Join(repository, "web")
	out, err := units.CombinedOutput()
	return string(out), err
}
