package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// TestTypeScriptClient goes the README's tour by the generated client: see testdata/tour.ts. It is compiled with all
// checks of types, so that the client's types are those that a caller needs.
func TestTypeScriptClient(t *testing.T) {
	t.Parallel()
	need(t, "node", "npm")
	packages(t, ".bin/tsc")
	folder := t.TempDir()
	compile := exec.Command("node_modules/.bin/tsc", "--ignoreConfig", "--strict", "--module", "commonjs", "--moduleResolution", "bundler",
		"--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck", "--outDir", folder, "--rootDir", "..", "../e2e/testdata/tour.ts")
	compile.Dir = filepath.Join(repository, "web")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%s", err, out)
	}
	v := serve(t, start{flags: []string{"--demo"}})
	shown, code := runCommand(t, v.start.dir, nil, "demo", "show", "--shell", "--data", "data")
	if code != 0 {
		t.Fatalf("demo show: %s", shown)
	}
	tour := exec.Command("node", filepath.Join(folder, "e2e/testdata/tour.js"))
	tour.Env = os.Environ()
	for _, m := range regexp.MustCompile(`(?m)^(?:export )?(\w+)='?([^'\n]*)'?$`).FindAllStringSubmatch(shown, -1) {
		tour.Env = append(tour.Env, m[1]+"="+m[2])
	}
	out, err := tour.CombinedOutput()
	const want = "Active\nIssue event  Done\nWas it opened?  Done\nWrite ticket  Done  201\nComment on issue  Done  201\ntyped 3\n400 ID already in use\n"
	if err != nil || string(out) != want {
		t.Errorf("%v; the tour printed\n%s\nwant\n%s", err, out, want)
	}
}

// installing lets one test at a time fetch the web tools.
var installing sync.Mutex

// packages makes sure that a file of the web tools is there.
func packages(t *testing.T, file string) {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	web := filepath.Join(repository, "web")
	if _, err := os.Stat(filepath.Join(web, "node_modules", file)); err == nil {
		return
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	install.Dir = web
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}
