package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEmbed walks through the embedded pages within the example application, which is of another origin: see
// browser/embed.mjs.
func TestEmbed(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "embed.mjs")
	demo := serve(t, start{flags: []string{"--demo"}})
	run := func(args ...string) string {
		out, code := runCommand(t, demo.start.dir, nil, append(args, "--data", "data")...)
		if code != 0 {
			t.Fatalf("%v: %s", args, out)
		}
		return strings.TrimSpace(out)
	}
	number := run("partner", "marketplace", "Add-ons")
	app := exec.Command("node", filepath.Join(repository, "examples/host-app/server.mjs"))
	app.Env = append(os.Environ(), "PACELINE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret, "MARKETPLACE="+number, "PORT=0")
	app.Stderr = os.Stderr
	said, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		app.Process.Kill()
		app.Wait()
	})
	line, err := bufio.NewReader(said).ReadString('\n')
	host := strings.TrimSpace(strings.TrimPrefix(line, "Stockroom:"))
	if err != nil || !strings.HasPrefix(host, "http://localhost:") {
		t.Fatalf("the application said %q: %v", line, err)
	}
	run("partner", "origins", host)
	remote := regexp.MustCompile(`Harbour CRM (http://\S+)`).FindStringSubmatch(demo.out.String())
	if remote == nil {
		t.Fatalf("the demo names no CRM: %s", demo.out.String())
	}
	walk("HOST="+host, "REMOTE="+remote[1])
}
