package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// nodes are servers on one PostgreSQL, and accounts that run the relay template there.
type nodes struct {
	t        *testing.T
	r        *remote
	settings [][]string
	servers  []*server
	accounts []installation
	allow    []string    // addresses beside the remote's that nodes may call
	program  string      // that they run; "" is the one that is shipped
	fixed    []addresses // where each is, also after it was started again; nil: somewhere else each time
	workers  int         // steps that each runs at once; 0: few
}

// addresses are where a node listens.
type addresses struct{ public, between string }

// startNodes starts n nodes and waits until each has its share. settings are those of each, the last one's for the rest.
func startNodes(t *testing.T, n, accounts int, settings ...[]string) *nodes {
	t.Helper()
	c := &nodes{t: t, r: newRemote(t), settings: settings}
	c.startAll(n)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	for i := range accounts {
		c.accounts = append(c.accounts, c.install(client, fmt.Sprintf("relay-%d", i), template))
	}
	return c
}

// startAll starts n nodes and waits until each has its share.
func (c *nodes) startAll(n int) {
	c.t.Helper()
	for i := range n {
		c.servers = append(c.servers, c.start(i))
	}
	c.awaitShares(n)
}

// install is client.install, with an address at the first node: each node calls itself by its own, for the test has no
// load balancer with a name for all.
func (c *nodes) install(client *client, account, template string) installation {
	c.t.Helper()
	return c.installAt(client, account, template, c.r)
}

// installAt is install with another remote.
func (c *nodes) installAt(client *client, account, template string, r *remote) installation {
	c.t.Helper()
	in := client.install(account, template, r)
	in.hook = client.base + in.hook[strings.Index(in.hook, "/api/webhook"):]
	return in
}

// start starts the node of a place.
func (c *nodes) start(place int) *server {
	c.t.Helper()
	flags := []string{"--connectors", repository + "/e2e/testdata/connectors"}
	if c.fixed != nil {
		flags = append(flags, "--addr", c.fixed[place].public, "--node-addr", c.fixed[place].between)
	} else {
		flags = append(flags, "--node-addr", freeAddress(c.t))
	}
	if c.workers > 0 {
		flags = append(flags, "--workers", strconv.Itoa(c.workers))
	} else {
		flags = append(flags, few...)
	}
	for _, address := range append([]string{c.r.addr()}, c.allow...) {
		flags = append(flags, "--egress-allow", address)
	}
	s := start{settings: c.settings[min(place, len(c.settings)-1)], flags: flags, program: c.program}
	v := launch(c.t, s)
	for tries := 0; !v.awaitReadyOrEnd(); tries++ { // a test beside this one may have been given the port meanwhile
		if tries == 20 || !strings.Contains(v.out.String(), "address already in use") {
			c.t.Fatalf("the server ended with code %d:\n%s", v.code, v.out)
		}
		v = launch(c.t, s)
	}
	if v.ClientId == "" {
		v.ClientId, v.ClientSecret = c.servers[0].ClientId, c.servers[0].ClientSecret
	}
	return v
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// soon asks what answers also while the database does not.
var soon = http.Client{Timeout: 10 * time.Second}

// shards is how many shards a server works for. A health page that does not come is told by the wait for it.
func (v *server) shards() int {
	r, err := soon.Get(v.MetricsAddress + "/health")
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	var h struct{ Node struct{ Shards int } }
	json.NewDecoder(r.Body).Decode(&h)
	return h.Node.Shards
}

// awaitShares waits until n of the servers have all shards, each its fair share.
func (c *nodes) awaitShares(n int) {
	c.t.Helper()
	await(c.t, fmt.Sprintf("fair shares of %d nodes", n), func() (bool, any) {
		var each []int
		sum, most := 0, 0
		for _, v := range c.servers {
			if !v.ended() {
				have := v.shards()
				each = append(each, have)
				sum, most = sum+have, max(most, have)
			}
		}
		return sum == 256 && most <= (256+n-1)/n && len(each) == n, each
	})
}

// floodAll begins to send the events of each account, each to another node than the one before.
func (c *nodes) floodAll(prefix string) (all []*flood) {
	for i, in := range c.accounts {
		all = append(all, startFlood(in.on(c.servers[i%len(c.servers)]), fmt.Sprint(prefix, "-", i), 1))
	}
	return all
}

// check waits until every acknowledged event is completed and has both calls, and returns how many calls were repeated.
func (c *nodes) check(at *server, floods []*flood) int {
	c.t.Helper()
	acked := 0
	for i, f := range floods {
		events, transactions := acknowledged(f.end())
		acked += len(events)
		c.accounts[i].on(at).awaitStatus("Completed", transactions...)
		if _, missing := c.r.repeated(events); len(missing) > 0 {
			c.t.Errorf("%d acknowledged events of account %d lack a call: %v", len(missing), i, missing)
		}
	}
	repeated, _ := c.r.repeated(nil)
	c.t.Logf("%d events were acknowledged, %d calls repeated", acked, repeated)
	return repeated
}

// TestNodesShare starts three nodes: each gets its share, and a delivery or a call for any account may come to any of
// them. When one is stopped nothing is lost or repeated, and its shards are the others' at once.
func TestNodesShare(t *testing.T) {
	t.Parallel()
	c := startNodes(t, 3, 9, databases[1].open(t))
	for i, in := range c.accounts {
		var ids []string
		for at, v := range c.servers {
			a, err := in.on(v).deliver(fmt.Sprint("share-", i, "-", at))
			if err != nil || a.status != http.StatusOK {
				t.Fatalf("node %d answered a delivery for account %d with %d %s, %v", at, i, a.status, a.body, err)
			}
			ids = append(ids, a.header.Get("X-Transaction-Id"))
		}
		for _, v := range c.servers {
			in.on(v).awaitStatus("Completed", ids...)
		}
	}
	c.sameEvent()
	c.listed()
	c.throttled()
	floods := c.floodAll("leave")
	for _, f := range floods {
		f.awaitAcks(10)
	}
	if code := c.servers[2].stop(); code != 0 {
		t.Errorf("the stop of a node ended with code %d", code)
	}
	c.awaitShares(2)
	if repeated := c.check(c.servers[0], floods); repeated > 0 {
		t.Errorf("%d calls were repeated although a node left as it should", repeated)
	}
}

// listed asks for the nodes by the API of one and by the command of another.
func (c *nodes) listed() {
	c.t.Helper()
	var list struct {
		Nodes []struct {
			State        string
			Shards       int
			LeaseSeconds float64
		}
	}
	c.servers[1].client().call(http.MethodGet, "/v1.0/nodes", nil, &list)
	shards := 0
	for _, n := range list.Nodes {
		if shards += n.Shards; n.State != "Live" || n.LeaseSeconds <= 0 || n.LeaseSeconds > 10 {
			c.t.Errorf("a node is %+v", n)
		}
	}
	if len(list.Nodes) != len(c.servers) || shards != 256 {
		c.t.Errorf("the nodes are %+v", list.Nodes)
	}
	out, code := runCommand(c.t, c.servers[2].start.dir, c.servers[2].start.settings, "nodes", "--data", "data")
	if code != 0 || strings.Count(out, " live ") != len(c.servers) {
		c.t.Errorf("the command ended with %d:\n%s", code, out)
	}
}

// throttled tries to sign in with wrong passwords, each time at another node: they count them together.
func (c *nodes) throttled() {
	c.t.Helper()
	for i := range 8 {
		a := (&client{t: c.t, base: c.servers[i%len(c.servers)].Address}).send(http.MethodPost, "/session",
			jsonBody(map[string]string{"UserName": "nobody", "Password": "a wrong password"}), http.Header{"Content-Type": {"application/json"}, "X-Paceline": {"1"}})
		if i < 5 && a.status != http.StatusUnauthorized || i == 7 && a.status != http.StatusTooManyRequests {
			c.t.Errorf("try %d to sign in got %d %s", i, a.status, a.body)
		}
	}
}

// sameEvent delivers one event a hundred times at once, to all nodes: it starts one transaction.
func (c *nodes) sameEvent() {
	c.t.Helper()
	var at []installation
	for _, v := range c.servers {
		at = append(at, c.accounts[0].on(v))
	}
	ids := make([]string, 100)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			a, err := at[i%len(at)].deliver("the same")
			if ids[i] = a.header.Get("X-Transaction-Id"); err != nil || a.status != http.StatusOK || ids[i] == "" {
				c.t.Errorf("a copy of an event got %d %s, %v", a.status, a.body, err)
			}
		})
	}
	all.Wait()
	if slices.Sort(ids); ids[0] != ids[len(ids)-1] {
		c.t.Errorf("copies of one event started %d transactions", len(slices.Compact(ids)))
	}
	tell(c.t, map[string]int{"same_event_copies": len(ids), "same_event_runs_max": len(slices.Compact(slices.Clone(ids)))})
	at[0].awaitStatus("Completed", ids[0])
}

// TestSerialCycleAcrossNodes: the transactions of a serial cycle keep the order of their acceptance while its account goes
// from node to node, after a kill and after a stop. PACELINE_CHAOS_SERIAL says of how many events at least; make chaos has 10,000.
func TestSerialCycleAcrossNodes(t *testing.T) {
	t.Parallel()
	c := startNodes(t, 2, 0, databases[1].open(t))
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	for i := range 4 {
		in := c.install(client, fmt.Sprintf("serial-%d", i), template)
		in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle+"/deactivate", struct{}{}, nil)
		in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle, map[string]any{"Serial": true}, nil)
		in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle+"/activate", struct{}{}, nil)
		c.accounts = append(c.accounts, in)
	}
	least, events, rounds := number("PACELINE_CHAOS_SERIAL"), 0, 0
	for ; rounds == 0 || events < least; rounds++ {
		events = c.serialRound(rounds)
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	last, inversions := map[string]int{}, 0
	for _, event := range c.r.order {
		cut := strings.LastIndex(event, "-")
		n, err := strconv.Atoi(event[cut+1:])
		if err != nil {
			t.Fatal(err)
		}
		if before, seen := last[event[:cut]]; seen && n < before {
			inversions++
		}
		last[event[:cut]] = n
	}
	if inversions > 0 || len(last) != rounds*len(c.accounts) {
		t.Errorf("%d of %d events came out of their order, of %d cycles", inversions, len(c.r.order), len(last))
	}
	tell(t, map[string]int{"serial_events": len(c.r.order), "serial_inversions": inversions, "serial_kills": rounds})
}

// serialRound kills one of two nodes, starts it, and stops it, while events come, and returns how many have been carried so far.
func (c *nodes) serialRound(round int) int {
	c.t.Helper()
	if round > 0 {
		c.servers[1] = c.start(1)
		c.awaitShares(2)
	}
	var floods []*flood
	for i, in := range c.accounts {
		floods = append(floods, startFlood(in.on(c.servers[0]), fmt.Sprint("serial-", round, "-", i), 1))
	}
	more := func() {
		c.t.Helper()
		for _, f := range floods {
			f.awaitAcks(15)
		}
	}
	more()
	c.servers[1].kill()
	more()
	c.awaitShares(1)
	c.servers[1] = c.start(1)
	c.awaitShares(2)
	more()
	c.servers[1].stop()
	more()
	c.check(c.servers[0], floods)
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	return len(c.r.order)
}

// TestNodeKilled ends nodes with kill -9 while webhooks for all accounts come to all of them. Others take over, every
// acknowledged webhook completes, and no more calls are repeated than can have been in flight.
func TestNodeKilled(t *testing.T) {
	t.Parallel()
	c := startNodes(t, 3, 9, databases[1].open(t))
	kills := 0
	rounds := 2
	if n, err := strconv.Atoi(os.Getenv("PACELINE_NODE_KILLS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		victim := 1 + round%2
		var mine []*flood
		for i, in := range c.accounts {
			at := c.servers[i%len(c.servers)]
			if at == c.servers[victim] { // who sends to a dead address is not heard by anybody
				at = c.servers[0]
			}
			mine = append(mine, startFlood(in.on(at), fmt.Sprint("kill-", round, "-", i), 1))
		}
		for _, f := range mine {
			f.awaitAcks(10)
		}
		c.servers[victim].kill()
		kills++
		for _, f := range mine { // also for the accounts that were the victim's
			f.awaitAcks(10)
		}
		c.awaitShares(2)
		c.servers[victim] = c.start(victim)
		c.awaitShares(3)
		for _, f := range mine {
			f.awaitAcks(10)
		}
		repeated := c.check(c.servers[0], mine)
		for i, f := range mine {
			// Only what was on its way to the node when it died, and on a busy machine what came before that was known: no other
			// node may know what became of it.
			if n := f.refused(); n > 3 {
				t.Errorf("%d deliveries for account %d were refused: %v", n, i, f)
			}
		}
		if most := kills * 8; repeated > most {
			t.Errorf("%d calls were repeated; %d kills explain %d", repeated, kills, most)
		}
	}
}

// refused counts the deliveries that were not taken.
func (f *flood) refused() (n int) {
	for _, s := range f.seen() {
		if s.err != nil || s.status != http.StatusOK {
			n++
		}
	}
	return n
}

// TestNodeStandsStill stops a node's process for longer than its lease, and lets it go on: what it does then counts for
// nothing, and it ends.
func TestNodeStandsStill(t *testing.T) {
	t.Parallel()
	c := startNodes(t, 2, 6, databases[1].open(t))
	floods := make([]*flood, 0, len(c.accounts))
	for i, in := range c.accounts {
		floods = append(floods, startFlood(in.on(c.servers[0]), fmt.Sprint("still-", i), 1))
	}
	for _, f := range floods {
		f.awaitAcks(10)
	}
	zombie := c.servers[1]
	zombie.cmd.Process.Signal(syscall.SIGSTOP)
	await(t, "the other node to have all shards", func() (bool, any) {
		n := c.servers[0].shards()
		return n == 256, n
	})
	for _, f := range floods {
		f.awaitAcks(10)
	}
	repeated := c.check(c.servers[0], floods)
	zombie.cmd.Process.Signal(syscall.SIGCONT)
	if code := zombie.awaitEnd(); code == 0 {
		t.Errorf("a node whose place was taken ended with code %d", code)
	}
	// A call that it had begun may come to its receiver only when it goes on.
	if after, _ := c.r.repeated(nil); after > 8 {
		t.Errorf("%d calls were repeated, %d when the node went on; 8 can have been in flight, and it may begin none", repeated, after)
	}
}

// TestNodeCutOff cuts a node off from the database: its packets go nowhere. The other takes its place, and when the node
// reaches the database again it ends. Nothing that was acknowledged is lost.
func TestNodeCutOff(t *testing.T) {
	t.Parallel()
	whole := databases[1].open(t)
	wire := newWire(t, whole[0])
	c := startNodes(t, 2, 6, whole, []string{wire.setting, whole[1]})
	var floods []*flood
	for i, in := range c.accounts {
		floods = append(floods, startFlood(in.on(c.servers[0]), fmt.Sprint("cut-", i), 1))
	}
	for _, f := range floods {
		f.awaitAcks(10)
	}
	wire.cut()
	await(t, "the node that is cut off to stand still, and the other to have all shards", func() (bool, any) {
		here, there := c.servers[0].shards(), c.servers[1].shards()
		return here == 256 && there == 0, []int{here, there}
	})
	for _, f := range floods {
		f.awaitAcks(10)
	}
	repeated := c.check(c.servers[0], floods)
	wire.mend()
	if code := c.servers[1].awaitEnd(); code == 0 {
		t.Errorf("a node whose place was taken ended with code %d", code)
	}
	if after, _ := c.r.repeated(nil); repeated > 8 || after != repeated {
		t.Errorf("%d calls were repeated, %d when the node reached the database again; 8 can have been in flight", repeated, after)
	}
}
