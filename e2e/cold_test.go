package e2e

import (
	"compress/gzip"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"paceline/web"
)

// mostScript is how much script an embedded page may have before it can be used, packed.
const mostScript = 120 << 10

// TestEmbeddedPageIsSmall: what the first embedded page loads of scripts and styles, and the script for partners' pages.
func TestEmbeddedPageIsSmall(t *testing.T) {
	t.Parallel()
	if !web.Built() {
		t.Fatal("the web application is not built: make web")
	}
	files := web.Dist()
	page, err := fs.ReadFile(files, "embed.html")
	if err != nil {
		t.Fatal(err)
	}
	packed := func(name string) (n int64) {
		t.Helper()
		f, err := files.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		count := &counter{}
		w := gzip.NewWriter(count)
		if _, err := io.Copy(w, f); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return count.n
	}
	var scripts int64
	names := regexp.MustCompile(`(?:src|href)="/(assets/[^"]+\.js)"`).FindAllSubmatch(page, -1)
	for _, m := range names {
		scripts += packed(string(m[1]))
	}
	if len(names) == 0 || scripts > mostScript {
		t.Errorf("%d scripts of %d bytes; at most %d", len(names), scripts, mostScript)
	}
	if n := packed("host/embed.js"); n > 4<<10 {
		t.Errorf("the script for partners' pages has %d bytes", n)
	}
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

var cold = flag.Bool("cold", false, "measure how long the first embedded page takes")

// TestColdPage measures, with -cold, how long the first embedded page takes until it can be used: browser/cold.mjs. It judges nothing:
// other work on the machine counts, too.
func TestColdPage(t *testing.T) {
	if !*cold {
		t.Skip("only with -cold")
	}
	demo := serve(t, start{flags: []string{"--demo"}})
	number, code := runCommand(t, demo.start.dir, nil, "partner", "marketplace", "Add-ons", "--data", "data")
	if code != 0 {
		t.Fatal(number)
	}
	script := exec.Command("node", "browser/cold.mjs")
	script.Env = append(os.Environ(), "BASE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret, "MARKETPLACE="+strings.TrimSpace(number), "CHROMIUM="+programFile(t, "chromium"))
	out, err := script.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("\n%s", out)
}
