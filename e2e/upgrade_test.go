package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// laterProgram builds the program as the release that many after this one: it has a schema of its own.
func laterProgram(releases int) (string, error) {
	path := filepath.Join(filepath.Dir(binary), fmt.Sprint("paceline-next-", releases))
	build := exec.Command("go", "build", "-trimpath", "-ldflags", fmt.Sprintf("-X main.version=next -X paceline/store.testRelease=%d", releases), "-o", path, "./cmd/paceline")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// TestRollingUpgrade replaces the nodes of this release one after the other by those of the next, while events come to all of them:
// none is lost and no call is repeated, while both are side by side, and a node of this release may be started again on the schema
// of the next one. On that of the release after it, it refuses, while those of the next go on.
func TestRollingUpgrade(t *testing.T) {
	t.Parallel()
	next, err := laterProgram(1)
	if err != nil {
		t.Fatal(err)
	}
	after, err := laterProgram(2)
	if err != nil {
		t.Fatal(err)
	}
	db := newCluster(t)
	c := &nodes{t: t, r: newRemote(t), settings: [][]string{{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}}
	for range 2 {
		c.fixed = append(c.fixed, addresses{freeAddress(t), freeAddress(t)})
	}
	c.startAll(2)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	var floods []*flood
	for i := range 4 {
		in := c.install(client, fmt.Sprint("upgrade-", i), template)
		c.accounts = append(c.accounts, in)
		f := newFlood(in, 10*time.Millisecond)
		f.at = []installation{in.on(c.servers[i%2]), in.on(c.servers[1-i%2])}
		f.begin(fmt.Sprint("upgrade-", i), 1)
		floods = append(floods, f)
	}
	schema := func() string { return db.query(`SELECT max(version) FROM migration`)[0][0] }
	before := schema()
	// replace stops a node and starts another in its place.
	replace := func(place int, program string) {
		t.Helper()
		for _, f := range floods {
			f.awaitAcks(10)
		}
		if code := c.servers[place].stop(); code != 0 {
			t.Errorf("the stop of a node ended with code %d", code)
		}
		c.program = program
		c.servers[place] = c.start(place)
		c.awaitShares(2)
		for _, f := range floods {
			f.awaitAcks(10)
		}
	}
	versions := func(want ...string) {
		t.Helper()
		var list struct{ Nodes []struct{ Version string } }
		for _, v := range c.servers {
			v.client().call(http.MethodGet, "/v1.0/nodes", nil, &list)
			found := ""
			for _, n := range list.Nodes {
				found += strings.Fields(n.Version)[0] + " "
			}
			if found != strings.Join(want, " ")+" " {
				t.Errorf("the nodes are of %s, want %v", found, want)
			}
		}
	}
	replace(1, next)
	if now := schema(); now == before {
		t.Fatalf("the next release has the schema of this one, %s", now)
	}
	versions("development", "next")
	made := c.install(c.servers[0].client(), "of this release, on the schema of the next", template) // whose tables have columns that it does not know
	if a, err := made.deliver("made"); err != nil || a.status != http.StatusOK {
		t.Errorf("a delivery got %d %s, %v", a.status, a.body, err)
	}
	replace(0, "") // as after a crash in the middle of an upgrade
	versions("next", "development")
	replace(0, next)
	versions("next", "next")
	replace(1, "") // and back
	replace(1, next)
	if repeated := c.check(c.servers[0], floods); repeated > 0 {
		t.Errorf("%d calls were repeated although every node left as it should", repeated)
	}
	for _, f := range floods {
		for _, s := range f.seen() {
			if s.err == nil && s.status != http.StatusOK && s.status != http.StatusServiceUnavailable {
				t.Errorf("a delivery got %d %s", s.status, s.body)
			}
		}
	}

	c.program = after
	c.servers[1].stop()
	c.servers[1] = c.start(1)
	c.awaitShares(2)
	old := launch(t, start{settings: c.settings[0], flags: []string{"--node-addr", freeAddress(t)}})
	if old.awaitReadyOrEnd() || old.code == 0 || !strings.Contains(old.out.String(), "use a newer program") {
		t.Errorf("on the schema of two releases later a node ended with code %d: %s", old.code, old.out)
	}
	out, code := runCommand(t, t.TempDir(), c.settings[0], "nodes")
	if code == 0 || !strings.Contains(out, "use a newer program") {
		t.Errorf("a command there ended with %d: %s", code, out)
	}
	for i, in := range c.accounts {
		a, err := in.on(c.servers[i%2]).deliver(fmt.Sprint("later-", i))
		if err != nil || a.status != http.StatusOK {
			t.Errorf("beside the release after it, the next one's answer to a delivery is %d %s, %v", a.status, a.body, err)
			continue
		}
		in.on(c.servers[0]).awaitStatus("Completed", a.header.Get("X-Transaction-Id"))
	}
	events, repeats := 0, 0
	for _, f := range floods {
		list, _ := acknowledged(f.seen())
		events += len(list)
	}
	repeats, _ = c.r.repeated(nil)
	tell(t, map[string]int{"upgrade_events": events, "upgrade_repeated": repeats})
}
