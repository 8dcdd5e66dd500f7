package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// chaos is three nodes on one database of the test's own, to which everything happens that happens to machines, while events of
// several accounts come to all of them.
type chaos struct {
	*nodes
	db     *cluster
	clocks *times
	wires  []*wire
	fresh  *renewals // the vendor whose tokens end soon
	asks   *asking   // the vendor that asks to wait
	stuck  *remote   // the vendor that does not answer
	slow   *remote   // the vendor that takes its time
	counts map[string]int
}

// TestChaos: the short form takes a minute and lets each thing happen once; PACELINE_CHAOS_SECONDS makes it longer.
func TestChaos(t *testing.T) {
	t.Parallel()
	program, err := movedProgram()
	if err != nil {
		t.Fatal(err)
	}
	c := &chaos{nodes: &nodes{t: t, r: newRemote(t), program: program}, db: newCluster(t), clocks: newTimes(t, 1, 3), fresh: newRenewals(t),
		asks: newAsking(t), stuck: newRemote(t), slow: newRemote(t), counts: map[string]int{}}
	c.stuck.hold()
	c.allow = []string{strings.TrimPrefix(c.fresh.URL, "http://"), c.asks.addr(), c.stuck.addr(), c.slow.addr()}
	for i := range 3 {
		w := newWire(t, "PACELINE_DATABASE_URL="+c.db.url)
		c.wires = append(c.wires, w)
		c.settings = append(c.settings, []string{w.setting, "PACELINE_KEY=" + installationKey, c.clocks.with(i)})
	}
	c.startAll(3)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	install := func(name string, r *remote) installation {
		in := client.install(name, template, r)
		in.hook = client.base + in.hook[strings.Index(in.hook, "/api/webhook"):]
		return in
	}
	var held []installation
	for i := range 6 {
		c.accounts = append(c.accounts, install(fmt.Sprint("chaos-", i), c.r))
		held = append(held, install(fmt.Sprint("held-", i), c.asks.remote))
	}
	renewing := c.installRenewing(client)
	large, small, hung := install("large", c.slow), install("small", c.r), install("hung", c.stuck)

	c.refreshOnce(renewing)
	c.fairness(large, small)
	c.neighbours(hung, small)
	c.turmoil(renewing, held)
	c.revoked(renewing)
	tell(t, c.counts)
}

// count adds to what is told at the end, and fails the test when there is any of what must not be.
func (c *chaos) count(name string, n int) { c.counts[name] += n }

func (c *chaos) none(name string, n int, why string, args ...any) {
	c.t.Helper()
	c.counts[name] += n
	if n > 0 {
		c.t.Errorf("%s is %d: %s", name, n, fmt.Sprintf(why, args...))
	}
}

// any is one of the servers that answer.
func (c *chaos) any() *server {
	var up []*server
	for _, v := range c.servers {
		if !v.ended() {
			up = append(up, v)
		}
	}
	return up[rand.IntN(len(up))]
}

// renewals is a vendor whose access tokens end soon, and whose refresh tokens serve once.
type renewals struct {
	*httptest.Server
	mu       sync.Mutex
	life     time.Duration
	access   string
	until    time.Time
	refresh  string
	last     string // the refresh token before, which a client that lost the answer may show once more
	n        int    // refreshes
	repeated int    // with a refresh token that had served
	refused  int    // calls with a token that had ended or never was
	calls    map[string]int
	revoked  []string
}

func newRenewals(t *testing.T) *renewals {
	v := &renewals{life: time.Hour, refresh: "refresh-0", calls: map[string]int{}}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

// ServeHTTP answers POST /token, /hand and /revoke.
func (v *renewals) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch q.URL.Path {
	case "/token":
		switch shown := q.PostFormValue("refresh_token"); {
		case shown == v.refresh:
			v.last = shown
		case shown == v.last && shown != "":
			v.repeated++
		default:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		v.n++
		v.access, v.refresh, v.until = fmt.Sprint("access-", v.n), fmt.Sprint("refresh-", v.n), time.Now().Add(v.life)
		json.NewEncoder(w).Encode(map[string]any{"access_token": v.access, "refresh_token": v.refresh, "token_type": "Bearer", "expires_in": int(v.life.Seconds())})
	case "/revoke":
		v.revoked = append(v.revoked, q.PostFormValue("token"))
	default:
		var body struct{ Event string }
		if err := json.NewDecoder(q.Body).Decode(&body); err != nil || q.Header.Get("Authorization") != "Bearer "+v.access || time.Now().After(v.until) {
			v.refused++
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		v.calls[body.Event]++
		json.NewEncoder(w).Encode(map[string]string{"id": body.Event})
	}
}

// set changes the vendor and returns what it counted before.
func (v *renewals) set(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
}

// hand is a template that hands an event on through the renewing connector.
const hand = `{"PacelineVersion": "1", "Kind": "Template", "Name": "Hand", "Published": true, "Flow": {"Schema": 1, "Steps": [{
	"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000031", "Name": "Event", "Kind": "Webhook", "Method": "event", "Left": 0, "Top": 0,
	"Connector": {"UID": "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e02", "Key": "renewing", "Name": "Renewing", "Version": "1.0.0"}}, {
	"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000032", "Name": "Hand", "Kind": "Action", "Method": "hand", "Left": 200, "Top": 0,
	"Connector": {"UID": "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e02", "Key": "renewing", "Name": "Renewing", "Version": "1.0.0"},
	"Fields": [{"Location": "event", "Type": "StepField", "SourceStep": "5e1f1f0a-93c4-4a0e-8f57-000000000031", "SourceLocation": "event"}]}],
	"Edges": [{"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000033", "Tail": "5e1f1f0a-93c4-4a0e-8f57-000000000031", "Head": "5e1f1f0a-93c4-4a0e-8f57-000000000032", "Type": "Forward"}],
	"Variables": [], "Settings": {"StepErrorAction": "Retry", "MaxRetries": 5, "LogRequests": true, "CollectionSplit": "None"}}, "Connectors": []}`

// installRenewing installs it, with a token that is over.
func (c *chaos) installRenewing(client *client) installation {
	c.t.Helper()
	in := installation{c: client.as("renewing"), secret: "a secret of renewing"}
	client.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": "renewing", "Name": "renewing"}, nil)
	var template struct{ Id string }
	client.call(http.MethodPost, "/v1.0/templates/import", json.RawMessage(hand), &template)
	var cycle struct {
		Id         string
		Connectors []struct{ AccountConnectorId int }
	}
	in.c.call(http.MethodPost, "/v1.0/templates/"+template.Id+"/install", nil, &cycle)
	in.cycle = cycle.Id
	path := fmt.Sprintf("/v1.0/account/connectors/%d", cycle.Connectors[0].AccountConnectorId)
	for name, value := range map[string]string{"BaseUrl": c.fresh.URL, "WebhookSecret": in.secret, "ClientId": "app", "ClientSecret": "secret of the app"} {
		in.c.call(http.MethodPost, path+"/properties", map[string]string{"Name": name, "Value": value}, nil)
	}
	value, err := json.Marshal(map[string]string{"AccessToken": "access-of-old", "RefreshToken": "refresh-0", "Expires": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)})
	if err != nil {
		c.t.Fatal(err)
	}
	in.c.call(http.MethodPut, path, map[string]string{"AuthValue": string(value)}, nil)
	in.c.call(http.MethodPut, "/v1.0/cycles/"+cycle.Id+"/activate", struct{}{}, nil)
	in.hook = in.c.webhook(cycle.Id)
	in.hook = client.base + in.hook[strings.Index(in.hook, "/api/webhook"):]
	return in
}

// refreshOnce sends 200 events at once to three nodes while the account's token is over: it is renewed once.
func (c *chaos) refreshOnce(in installation) {
	c.t.Helper()
	var all sync.WaitGroup
	ids := make([]string, 200)
	var at []installation
	for _, v := range c.servers {
		at = append(at, in.on(v))
	}
	for i := range ids {
		all.Go(func() {
			a, err := at[i%3].deliver(fmt.Sprint("refresh-", i))
			if ids[i] = a.header.Get("X-Transaction-Id"); err != nil || ids[i] == "" {
				c.t.Errorf("a delivery got %d %s, %v", a.status, a.body, err)
			}
		})
	}
	all.Wait()
	in.awaitStatus("Completed", ids...)
	c.fresh.set(func() {
		c.count("refresh_runs", len(ids))
		c.count("refreshes", c.fresh.n)
		c.none("refreshes_too_many", c.fresh.n-1, "the token was renewed %d times for %d transactions at once on three nodes", c.fresh.n, len(ids))
		c.fresh.life = 8 * time.Second
		c.fresh.until = time.Now() // and ends early, which the vendor says with 401
	})
}

// revoked ends the account's credential by a command on a machine without a server, and then, after it has another one, those
// of its connector: the vendor is told each time, with the token that it gave, and the cycle takes nothing any more.
func (c *chaos) revoked(in installation) {
	c.t.Helper()
	in = in.on(c.servers[0])
	var list []struct{ Id int }
	in.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &list)
	id := strconv.Itoa(list[0].Id)
	for i, args := range [][]string{{"connection", id, "--account", "renewing"}, {"connector", "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e02"}} {
		if i > 0 {
			value, err := json.Marshal(map[string]string{"AccessToken": "another access", "RefreshToken": "another refresh", "Expires": "2040-01-01T00:00:00Z"})
			if err != nil {
				c.t.Fatal(err)
			}
			c.fresh.set(func() {
				c.fresh.access, c.fresh.refresh, c.fresh.until = "another access", "another refresh", time.Now().Add(time.Hour)
			})
			in.c.call(http.MethodPut, "/v1.0/account/connectors/"+id, map[string]string{"AuthValue": string(value)}, nil)
			in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle+"/activate", struct{}{}, nil)
			if a, err := in.deliver("before the end"); err != nil || a.status != http.StatusOK {
				c.t.Errorf("a delivery to a cycle with a new credential got %d %s, %v", a.status, a.body, err)
			}
		}
		var told int
		c.fresh.set(func() { told = len(c.fresh.revoked) })
		out, code := runCommand(c.t, c.t.TempDir(), []string{"PACELINE_DATABASE_URL=" + c.db.url, "PACELINE_KEY=" + installationKey}, append([]string{"revoke"}, args...)...)
		if code != 0 || !strings.Contains(out, "Ended 1 credentials") || strings.Contains(out, "not told") {
			c.t.Errorf("revoke %v ended with %d: %s", args, code, out)
		}
		await(c.t, "the vendor to be told", func() (bool, any) {
			var now []string
			c.fresh.set(func() { now = c.fresh.revoked })
			return len(now) > told, now
		})
		if a, err := in.deliver(fmt.Sprint("after the end ", i)); err != nil || a.status != http.StatusNotFound {
			c.t.Errorf("a delivery after the end of the credential got %d %s, %v", a.status, a.body, err)
		}
		c.count("revocations", 1)
	}
	c.fresh.set(func() {
		if !slices.ContainsFunc(c.fresh.revoked, func(token string) bool { return strings.HasPrefix(token, "another ") }) {
			c.t.Errorf("the vendor was told to forget %v", c.fresh.revoked)
		}
	})
}

// fairness queues many events of an account whose vendor is slow, and sends those of another one: they begin at once.
func (c *chaos) fairness(large, small installation) {
	c.t.Helper()
	c.slow.before = func(http.ResponseWriter, *http.Request, string) bool {
		<-time.After(30 * time.Millisecond)
		return false
	}
	queued := max(1000, number("PACELINE_CHAOS_QUEUED"))
	var all sync.WaitGroup
	for sender := range 8 {
		at := large.on(c.servers[sender%3])
		all.Go(func() {
			for i := range queued / 8 {
				for {
					a, err := at.deliver(fmt.Sprint("large-", sender, "-", i))
					if err == nil && a.status == http.StatusOK {
						break
					}
				}
			}
		})
	}
	all.Wait()
	delays := c.probe(small, "fair", 8, 500*time.Millisecond)
	left := 0
	for _, txn := range large.on(c.servers[0]).transactions() {
		if txn.Status == "Queued" || txn.Status == "In Progress" || txn.Status == "InProgress" {
			left++
		}
	}
	c.count("fair_queued", queued)
	c.count("fair_left_behind", left)
	c.count("fair_delay_ms_max", int(slices.Max(delays).Milliseconds()))
	if slices.Max(delays) > 2*time.Second {
		c.none("fair_late", 1, "an event began %v after it was sent, beside %d that wait", slices.Max(delays), queued)
	}
	c.slow.before = func(http.ResponseWriter, *http.Request, string) bool { return false }
}

// probe sends n events, and returns how long each took to its first call.
func (c *chaos) probe(in installation, prefix string, n int, pause time.Duration) (delays []time.Duration) {
	c.t.Helper()
	for i := range n {
		event := fmt.Sprint(prefix, "-", i)
		begin := time.Now()
		if a, err := in.on(c.servers[i%3]).deliver(event); err != nil || a.status != http.StatusOK {
			c.t.Fatalf("a delivery got %d %s, %v", a.status, a.body, err)
		}
		await(c.t, "the call of "+event, func() (bool, any) {
			_, missing := c.r.repeated([]string{event})
			return len(missing) == 0, missing
		})
		delays = append(delays, time.Since(begin))
		<-time.After(pause)
	}
	return delays
}

// neighbours lets all calls of one account hang, and looks at how long another one's take.
func (c *chaos) neighbours(hung, small installation) {
	c.t.Helper()
	alone := c.probe(small, "alone", 10, 0)
	for i := range 100 {
		hung.on(c.servers[i%3]).deliver(fmt.Sprint("hung-", i))
	}
	await(c.t, "calls that hang", func() (bool, any) { n := c.stuck.inFlight(); return n >= 5, n })
	beside := c.probe(small, "beside", 10, 0)
	slices.Sort(alone)
	slices.Sort(beside)
	c.count("stuck_calls", c.stuck.inFlight())
	c.count("beside_idle_ms", int(alone[8].Milliseconds()))
	c.count("beside_stuck_ms", int(beside[8].Milliseconds()))
	if beside[8] > 2*alone[8]+500*time.Millisecond { // half a second of a machine that does other things
		c.none("stuck_late", 1, "another account's calls take %v beside an account whose calls hang, %v alone", beside[8], alone[8])
	}
	c.stuck.release()
}

// asking is a vendor that asks to wait, now and then, and notes who does not.
type asking struct {
	*remote
	mu    sync.Mutex
	until map[string]time.Time // by account
	asked int
	early int
}

// asksFor is how long.
const asksFor = 15 * time.Second

func newAsking(t *testing.T) *asking {
	v := &asking{remote: newRemote(t), until: map[string]time.Time{}}
	v.before = func(w http.ResponseWriter, _ *http.Request, event string) bool {
		account := event[:strings.LastIndex(event, "-")]
		v.mu.Lock()
		defer v.mu.Unlock()
		until, known := v.until[account]
		switch {
		case !known:
			v.asked++
			v.until[account] = time.Now().Add(asksFor)
			w.Header().Set("Retry-After", strconv.Itoa(int(asksFor.Seconds())))
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		case time.Now().Before(until):
			v.early++
			w.Header().Set("Retry-After", strconv.Itoa(int(time.Until(until).Seconds())+1))
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		return false
	}
	return v
}

// waits says for how many accounts it has asked to wait, and forgets that it has when again is set.
func (v *asking) waits(again bool) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(v.until)
	if again {
		clear(v.until)
	}
	return n
}

// turmoil is everything that happens to machines, one after the other.
func (c *chaos) turmoil(renewing installation, held []installation) {
	c.t.Helper()
	happenings := []struct {
		name string
		what func(victim int)
	}{
		{"kills", c.killed},
		{"freezes", c.frozen},
		{"cut_offs", c.cutOff},
		{"clock_steps", c.stepped},
		{"drains", c.drained},
		{"slow_disks", c.slowed},
		{"database_restarts", c.restarted},
	}
	var floods []*flood
	for i, in := range c.accounts {
		floods = append(floods, startFlood(in.on(c.servers[0]), fmt.Sprint("turmoil-", i), 1))
	}
	fresh := startFlood(renewing.on(c.servers[0]), "fresh", 1)
	heldIDs := make([][]string, len(held))
	deaths, round := 0, 0
	for end := time.Now().Add(time.Duration(number("PACELINE_CHAOS_SECONDS")) * time.Second); ; round++ {
		if round >= len(happenings) && time.Now().After(end) {
			break
		}
		h := happenings[round%len(happenings)]
		if round%len(happenings) == 0 {
			c.asks.waits(true)
			for i, in := range held {
				event := fmt.Sprint("held", i, ".", round, "-", 0)
				a, err := in.on(c.any()).deliver(event)
				if err != nil || a.status != http.StatusOK {
					c.t.Errorf("a delivery got %d %s, %v", a.status, a.body, err)
					continue
				}
				heldIDs[i] = append(heldIDs[i], a.header.Get("X-Transaction-Id"))
			}
			await(c.t, "the vendor to ask for time", func() (bool, any) { n := c.asks.waits(false); return n == len(held), n })
			for i, in := range held { // until its answers are on the disk: one that dies with its node nobody can heed
				if n := len(heldIDs[i]); n > 0 {
					in.on(c.servers[0]).awaitStatus("Waiting", heldIDs[i][n-1])
				}
			}
		}
		victim := 1 + rand.IntN(2) // who sends, sends to the first
		h.what(victim)
		c.count(h.name, 1)
		switch h.name {
		case "kills", "freezes", "cut_offs":
			deaths++
		}
		c.awaitShares(3)
		for _, f := range floods {
			f.awaitAcks(3)
		}
		fresh.awaitAcks(3)
	}
	events, _ := acknowledged(fresh.end())
	refusals := 0
	for _, f := range floods {
		refusals += f.refused()
	}
	for i, f := range floods {
		list := f.end()
		acked, transactions := acknowledged(list)
		c.accounts[i].on(c.servers[0]).awaitStatus("Completed", transactions...)
		_, missing := c.r.repeated(acked)
		c.count("events", len(acked))
		c.none("lost", len(missing), "acknowledged events of account %d lack a call: %v", i, missing)
	}
	repeated, _ := c.r.repeated(nil)
	c.count("calls_repeated", repeated)
	c.count("deliveries_refused", refusals)
	c.none("repeated_too_many", max(0, repeated-8*deaths), "%d calls were repeated; %d deaths explain %d", repeated, deaths, 8*deaths)
	for i, in := range held {
		in.on(c.servers[0]).awaitStatus("Completed", heldIDs[i]...)
	}
	c.asks.mu.Lock()
	defer c.asks.mu.Unlock()
	c.count("asked_to_wait", c.asks.asked)
	c.none("called_too_early", c.asks.early, "a vendor that asked for %v was called before", asksFor)
	await(c.t, "all events behind the token that ends soon", func() (bool, any) {
		missing := 0
		c.fresh.set(func() {
			for _, event := range events {
				if c.fresh.calls[event] == 0 {
					missing++
				}
			}
		})
		return missing == 0, missing
	})
	c.fresh.set(func() {
		c.count("renewals", c.fresh.n)
		c.count("renewals_repeated", c.fresh.repeated)
		c.none("renewals_repeated_too_many", max(0, c.fresh.repeated-deaths), "%d refresh tokens were shown again; %d deaths explain as many", c.fresh.repeated, deaths)
	})
}

// back starts the node of a place again.
func (c *chaos) back(place int) {
	c.t.Helper()
	c.servers[place] = c.start(place)
}

func (c *chaos) killed(victim int) {
	c.servers[victim].kill()
	c.awaitShares(2)
	c.back(victim)
}

func (c *chaos) frozen(victim int) {
	v := c.servers[victim]
	v.cmd.Process.Signal(syscall.SIGSTOP)
	await(c.t, "the others to have all shards", func() (bool, any) {
		n := 0
		for i, v := range c.servers {
			if i != victim {
				n += v.shards()
			}
		}
		return n == 256, n
	})
	v.cmd.Process.Signal(syscall.SIGCONT)
	if code := v.awaitEnd(); code == 0 {
		c.t.Errorf("a node whose place was taken ended with code %d", code)
	}
	c.back(victim)
}

func (c *chaos) cutOff(victim int) {
	c.wires[victim].cut()
	await(c.t, "the others to have all shards", func() (bool, any) {
		n := 0
		for i, v := range c.servers {
			if i != victim {
				n += v.shards()
			}
		}
		return n == 256, n
	})
	c.wires[victim].mend()
	if code := c.servers[victim].awaitEnd(); code == 0 {
		c.t.Errorf("a node whose place was taken ended with code %d", code)
	}
	c.back(victim)
}

// stepped sets the walls of all nodes off, each by something else.
func (c *chaos) stepped(int) {
	off := []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour}
	rand.Shuffle(len(off), func(i, j int) { off[i], off[j] = off[j], off[i] })
	for i := range c.servers {
		c.clocks.step(i, off[i])
	}
}

// drained stops a node as its operator does: readiness ends at once, and the node within 35 s.
func (c *chaos) drained(victim int) {
	v := c.servers[victim]
	begin := time.Now()
	if code := v.stop(); code != 0 {
		c.t.Errorf("the stop of a node ended with code %d", code)
	}
	if took := time.Since(begin); took > 35*time.Second {
		c.t.Errorf("the stop of a node took %v", took)
	}
	c.awaitShares(2)
	c.back(victim)
}

// slowed makes each commit of the database wait for the disk for a tenth of a second.
func (c *chaos) slowed(int) {
	c.db.query(`ALTER SYSTEM SET commit_delay = 100000`)
	c.db.query(`ALTER SYSTEM SET commit_siblings = 0`)
	c.db.query(`SELECT pg_reload_conf()`)
	<-time.After(4 * time.Second)
	c.db.query(`ALTER SYSTEM RESET ALL`)
	c.db.query(`SELECT pg_reload_conf()`)
}

// restarted stops the database as a crash does, and starts it again: after 2 s in the short form, after 60 in the long one.
func (c *chaos) restarted(int) {
	c.db.stop("immediate")
	away := 2 * time.Second
	if number("PACELINE_CHAOS_SECONDS") > 0 {
		away = time.Minute
	}
	before := c.memory()
	<-time.After(away)
	grown := c.memory() - before
	c.db.start()
	c.counts["outage_growth_mib_max"] = max(c.counts["outage_growth_mib_max"], grown)
	if grown > 256 {
		c.t.Errorf("a node grew by %d MiB while the database was away", grown)
	}
}

// memory is what the largest node has, in MiB.
func (c *chaos) memory() (most int) {
	for _, v := range c.servers {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kb, _ := strconv.Atoi(strings.Fields(rest)[0])
				most = max(most, kb>>10)
			}
		}
	}
	return most
}
