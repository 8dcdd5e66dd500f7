package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPages looks at the server's own pages in a browser: see browser/pages.mjs. The pictures are in bin/pictures.
func TestPages(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "pages.mjs")
	demo := serve(t, start{flags: []string{"--demo"}})
	byHand := serve(t, start{byHand: true})
	link := regexp.MustCompile(`http://\S+/setup\?token=\S+`)
	links := []string{link.FindString(byHand.out.String())}
	out, code := runCommand(t, byHand.start.dir, nil, "token", "first-run", "--data", "data")
	if code != 0 {
		t.Fatalf("token first-run: %s", out)
	}
	links = append(links, link.FindString(out))
	walk("BASE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret, "LINKS="+strings.Join(links, " "))
}

// TestConsole walks through the console in a browser: see browser/console.mjs.
func TestConsole(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "console.mjs")
	demo := serve(t, start{flags: []string{"--demo"}})
	if out, code := runCommand(t, demo.start.dir, nil, "demo", "event", "--data", "data"); code != 0 {
		t.Fatalf("demo event: %s", out)
	}
	crm := regexp.MustCompile(`Harbour CRM (http://\S+)`).FindStringSubmatch(demo.out.String())
	if crm == nil {
		t.Fatalf("the demo does not say where its CRM is:\n%s", demo.out)
	}
	walk("BASE="+demo.Address, "USER="+demo.AdminUser, "PASSWORD="+demo.AdminPassword, "CRM="+crm[1])
}

// browserWalk returns what runs a script of browser/ with further variables in its environment.
func browserWalk(t *testing.T, name string) func(env ...string) {
	need(t, "node", "npm", "chromium")
	packages(t, "@axe-core/playwright")
	pictures := filepath.Join(repository, "bin/pictures")
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	return func(env ...string) {
		script := exec.Command("node", "browser/"+name)
		script.Env = append(append(os.Environ(), env...), "PICTURES="+pictures, "CHROMIUM="+programFile(t, "chromium"))
		if out, err := script.CombinedOutput(); err != nil {
			t.Errorf("browser/%s: %v\n%s", name, err, out)
		}
	}
}
