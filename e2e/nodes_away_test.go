package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// TestNodesWithoutDatabase stops the database for longer than a lease, and starts it again: deliveries get 503 meanwhile, and all
// nodes go on as before within ten seconds, though a call of another account still hangs.
func TestNodesWithoutDatabase(t *testing.T) {
	t.Parallel()
	db, vendor := newCluster(t), newStalling(t)
	c := &nodes{t: t, r: newRemote(t), settings: [][]string{{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}, allow: []string{vendor.addr()}}
	c.startAll(2)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	for i := range 4 {
		c.accounts = append(c.accounts, c.install(client, fmt.Sprintf("relay-%d", i), template))
	}
	hangs := c.installAt(client, "hangs", template, vendor.remote)
	hung, err := hangs.deliver("hangs-0")
	if err != nil || hung.status != http.StatusOK {
		t.Fatalf("a delivery got %d %s, %v", hung.status, hung.body, err)
	}
	await(t, "a call that hangs", func() (bool, any) { n := vendor.waiting(); return n == 1, n })
	floods := c.floodAll("away")
	for _, f := range floods {
		f.awaitAcks(10)
	}
	db.stop("immediate")
	stopped := time.Now()
	await(t, "the nodes to stand still", func() (bool, any) {
		n := c.servers[0].shards() + c.servers[1].shards()
		return n == 0 && time.Since(stopped) > 12*time.Second, n
	})
	db.start()
	back := time.Now()
	for _, f := range floods {
		f.awaitAcks(10)
	}
	c.completes("after", c.accounts)
	normal := time.Since(back)
	if normal > normalWithin {
		t.Errorf("all was as before %v after the database was back", normal)
	}
	if n := vendor.waiting(); n != 1 {
		t.Errorf("%d calls hang", n)
	}
	vendor.release()
	hangs.awaitStatus("Completed", hung.header.Get("X-Transaction-Id"))
	c.awaitShares(2)
	slowest := time.Duration(0)
	for _, f := range floods {
		for _, s := range f.seen() {
			slowest = max(slowest, s.took)
		}
	}
	if slowest > promised+slowness {
		t.Errorf("a delivery was answered after %v; %v is promised", slowest, promised)
	}
	tell(t, map[string]int{"away_normal_ms_max": int(normal.Milliseconds()), "away_answer_ms_max": int(slowest.Milliseconds())})
	for i, v := range c.servers {
		if v.ended() {
			t.Errorf("node %d ended with code %d", i, v.code)
		}
	}
	for _, f := range floods {
		for _, s := range f.seen() {
			if s.err != nil || !slices.Contains([]int{http.StatusOK, http.StatusServiceUnavailable}, s.status) {
				t.Errorf("a delivery got %d %s, %v", s.status, s.body, s.err)
			}
		}
	}
	if repeated := c.check(c.servers[0], floods); repeated > 0 {
		t.Errorf("%d calls were repeated although no process died", repeated)
	}
}

// TestNodeStopsWhileCallsHang stops one of two nodes while calls hang for longer than a stop waits: it ends within 35 s, the other one makes
// those calls again, and no others are.
func TestNodeStopsWhileCallsHang(t *testing.T) {
	t.Parallel()
	db, vendor := newCluster(t), newStalling(t)
	c := &nodes{t: t, r: newRemote(t), settings: [][]string{{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}, allow: []string{vendor.addr()}}
	c.startAll(2)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	const calls = 6
	var held []installation
	var ids []string
	for i := range calls {
		in := c.installAt(client, fmt.Sprint("hangs-", i), template, vendor.remote)
		a, err := in.deliver(fmt.Sprint("hangs-", i))
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("a delivery got %d %s, %v", a.status, a.body, err)
		}
		held, ids = append(held, in), append(ids, a.header.Get("X-Transaction-Id"))
	}
	await(t, "calls that hang", func() (bool, any) { n := vendor.waiting(); return n == calls, n })
	begin := time.Now()
	code := c.servers[1].stop()
	took := time.Since(begin)
	if code != 0 || took > 35*time.Second {
		t.Errorf("the stop of a node ended with code %d after %v", code, took)
	}
	c.awaitShares(1)
	await(t, "the other node to make the calls again", func() (bool, any) { n := vendor.waiting(); return n == calls, n })
	again := int(vendor.begun.Load()) - calls
	if again < 1 || again > calls {
		t.Errorf("%d of %d calls were made again", again, calls)
	}
	vendor.release()
	for i, in := range held {
		in.on(c.servers[0]).awaitStatus("Completed", ids[i])
	}
	if n := int(vendor.begun.Load()); n != 2*calls+again {
		t.Errorf("%d calls were made for %d transactions of two, of which %d were cut off", n, calls, again)
	}
	tell(t, map[string]int{"hang_drain_ms_max": int(took.Milliseconds()), "hang_calls_again": again})
}

// normalWithin is the time that is promised from the return of the database until all is as before, and what a busy machine adds.
const normalWithin = 10*time.Second + 2*slowness

// completes sends one event of each account, and waits until both of its calls were made.
func (c *nodes) completes(prefix string, accounts []installation) {
	c.t.Helper()
	var events []string
	for i, in := range accounts {
		event := fmt.Sprint(prefix, "-", i)
		events = append(events, event)
		await(c.t, "a delivery to be taken", func() (bool, any) {
			a, err := in.deliver(event)
			return err == nil && a.status == http.StatusOK, a.status
		})
	}
	await(c.t, "the calls of new events", func() (bool, any) {
		_, missing := c.r.repeated(events)
		return len(missing) == 0, missing
	})
}
