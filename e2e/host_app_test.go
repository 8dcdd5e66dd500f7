package e2e

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tidwall/gjson"
)

// TestHostApp: the one command of the example starts Paceline and the application, whose pages get addresses that open; and it ends both.
func TestHostApp(t *testing.T) {
	t.Parallel()
	need(t, "node")
	temporary := t.TempDir()
	run := exec.Command("node", filepath.Join(repository, "examples/host-app/run.mjs"), binary)
	run.Env = append(os.Environ(), "ADDR=127.0.0.1:0", "PORT=0", "TMPDIR="+temporary)
	run.Stderr = os.Stderr
	said, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Process.Kill() })
	lines, host := bufio.NewReader(said), ""
	for host == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("it ended before the application was there: %v", err)
		}
		host, _ = strings.CutPrefix(strings.TrimSpace(line), "Stockroom: ")
		if !strings.HasPrefix(host, "http://localhost:") {
			host = ""
		}
	}
	go io.Copy(io.Discard, lines)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	ask := func(path string, form url.Values) string {
		t.Helper()
		r, err := browser.PostForm(host+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s %v", path, r.Status, body, err)
		}
		return string(body)
	}
	if page := ask("/sign-in", url.Values{"user": {"dana"}}); !strings.Contains(page, "Dana Whitfield") {
		t.Errorf("signed in, it shows %s", page)
	}
	for _, path := range []string{"/launch", "/orbit", "/marketplace"} {
		q, err := http.NewRequest("GET", gjson.Get(ask(path, nil), "url").String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Sec-Fetch-Dest", "iframe")
		r, err := browser.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if policy := r.Header.Get("Content-Security-Policy"); r.StatusCode != http.StatusOK || !strings.HasSuffix(policy, "frame-ancestors 'self' "+host) {
			t.Errorf("%s: %s, %s", path, r.Status, policy)
		}
	}
	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("it left %v: %v", left, err)
	}
}
