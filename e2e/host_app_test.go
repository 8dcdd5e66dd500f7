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
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/tidwall/gjson"
)

// TestHostApp: the one command of the example starts Paceline and the application, whose pages get addresses that open and whose API the
// integrations of each customer call with that customer's key; and it ends both.
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
	data, err := filepath.Glob(filepath.Join(temporary, "stockroom-*"))
	if err != nil || len(data) != 1 {
		t.Fatalf("its data are in %v: %v", data, err)
	}
	shown, _ := runCommand(t, temporary, nil, "demo", "--data", data[0])
	crm := regexp.MustCompile(`Harbour CRM: +(\S+) +key (\S+)`).FindStringSubmatch(shown)
	if crm == nil {
		t.Fatalf("the demo does not say where its CRM is: %s", shown)
	}
	dana, sam := signIn(t, host, "dana"), signIn(t, host, "sam")
	for _, path := range []string{"/launch", "/orbit", "/marketplace"} {
		q, err := http.NewRequest("GET", gjson.Get(dana.ask(path, url.Values{}), "url").String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Sec-Fetch-Dest", "iframe")
		r, err := dana.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if policy := r.Header.Get("Content-Security-Policy"); r.StatusCode != http.StatusOK || !strings.HasSuffix(policy, "frame-ancestors 'self' "+host) {
			t.Errorf("%s: %s, %s", path, r.Status, policy)
		}
	}
	sam.ask("/marketplace", url.Values{}) // which every page opens, and which makes the customer's account
	for _, who := range []*customer{dana, sam} {
		who.install("Order to CRM ticket", crm[1], crm[2])
	}
	// Each order is read once, of whoever has placed it, and nobody reads without a key.
	for _, who := range []*customer{dana, sam, dana} {
		if placed := who.ask("/orders", url.Values{}); gjson.Get(placed, "told").Int() != 1 {
			t.Fatalf("placed: %s", placed)
		}
	}
	for who, want := range map[*customer]string{dana: "[1,1]", sam: "[1]"} {
		await(t, "each order is read once", func() (bool, any) {
			orders := who.ask("/orders", nil)
			return gjson.Get(orders, "#.reads").Raw == want, orders
		})
	}
	r, err := http.Get(host + "/api/orders/1001")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a key the API answers %s", r.Status)
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

// customer is somebody who is signed in to the example application.
type customer struct {
	*http.Client
	t    *testing.T
	host string
}

func signIn(t *testing.T, host, name string) *customer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &customer{&http.Client{Jar: jar}, t, host}
	if page := c.ask("/sign-in", url.Values{"user": {name}}); !strings.Contains(page, "Signed in as") {
		t.Fatalf("signed in, it shows %s", page)
	}
	return c
}

// ask posts a form, or without one asks.
func (c *customer) ask(path string, form url.Values) string {
	c.t.Helper()
	var r *http.Response
	var err error
	if form == nil {
		r, err = c.Get(c.host + path)
	} else {
		r, err = c.PostForm(c.host+path, form)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s %s %v", path, r.Status, body, err)
	}
	return string(body)
}

// install does by the application's own screen what its customer does: only the CRM is asked for, since Stockroom has its own key.
func (c *customer) install(template, address, key string) {
	c.t.Helper()
	id := gjson.Get(c.ask("/templates", nil), `#(Name=="`+template+`").Id`).String()
	cycle := gjson.Get(c.ask("/install", url.Values{"id": {id}}), "Id").String()
	missing := gjson.Get(c.ask("/set-up?cycle="+cycle, nil), "connectors")
	if names := missing.Get("#.name").Raw; names != `["Harbour CRM"]` {
		c.t.Fatalf("it asks for %s", names)
	}
	typed := `{"properties":{"BaseUrl":"` + address + `"},"credential":{"` + missing.Get("0.credential.0.Name").String() + `":"` + key + `"}}`
	c.ask("/set-up/connect", url.Values{"connector": {missing.Get("0.id").String()}, "typed": {typed}})
	c.ask("/cycles/start", url.Values{"id": {cycle}})
}
