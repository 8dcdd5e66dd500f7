package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPages looks at the server's pages in a browser: see browser/pages.mjs. The pictures are in bin/pictures.
func TestPages(t *testing.T) {
	t.Parallel()
	need(t, "node", "npm", "chromium")
	packages(t, "@axe-core/playwright")
	pictures := filepath.Join(repository, "bin/pictures")
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	demo := serve(t, start{flags: []string{"--demo"}})
	byHand := serve(t, start{byHand: true})
	link := regexp.MustCompile(`http://\S+/setup\?token=\S+`)
	links := []string{link.FindString(byHand.out.String())}
	out, code := runCommand(t, byHand.start.dir, nil, "token", "first-run", "--data", "data")
	if code != 0 {
		t.Fatalf("token first-run: %s", out)
	}
	links = append(links, link.FindString(out))

	script := exec.Command("node", "browser/pages.mjs")
	script.Env = append(os.Environ(), "BASE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret,
		"LINKS="+strings.Join(links, " "), "PICTURES="+pictures, "CHROMIUM="+programFile(t, "chromium"))
	if out, err := script.CombinedOutput(); err != nil {
		t.Errorf("browser/pages.mjs: %v\n%s", err, out)
	}
}
