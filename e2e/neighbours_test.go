package e2e

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// neighbours are accounts on three nodes, of which some are a burden.
type neighbours struct {
	*nodes
	db    *cluster
	small installation // that is to notice nothing

	template string
}

// TestNeighbours: while all calls of one account hang, as many as it may have, those of another one take no longer than before,
// and so do events of an account beside one that has many transactions queued: those of one that sends once a second, and the
// first of a new one. PACELINE_CHAOS_STUCK and PACELINE_CHAOS_QUEUED say how many; make chaos has 10,000 and 1,000,000.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	stuck, queued := max(200, number("PACELINE_CHAOS_STUCK")), max(1000, number("PACELINE_CHAOS_QUEUED"))
	db := newCluster(t)
	hanging, slow := newStalling(t), newStalling(t)
	c := &neighbours{nodes: &nodes{t: t, r: newRemote(t), workers: stuck*4/3 + 50, // an account never has the last quarter
		allow:    []string{hanging.addr(), slow.addr()},
		settings: [][]string{{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}}, db: db}
	c.startAll(3)
	client := c.servers[0].client()
	client.call(http.MethodPut, "/v1.0/settings", map[string]int{"ConcurrentTransactions": stuck}, nil)
	c.template = client.importTemplate("e2e/testdata/relay.json")
	hung := c.installAt(client, "hung", c.template, hanging.remote)
	large := c.installAt(client, "large", c.template, slow.remote)
	c.small = c.install(client, "small", c.template)

	c.probe("warm", 3, 0)
	counts := map[string]int{}
	c.stuck(hung, hanging, stuck, counts)
	tell(t, counts)
	counts = map[string]int{}
	client.call(http.MethodPut, "/v1.0/settings", map[string]int{"ConcurrentTransactions": 0}, nil)
	c.queued(large, slow, queued, counts)
	tell(t, counts)
}

// stalling is a vendor that begins to answer, and does not go on until it is told to or given up.
type stalling struct {
	*remote
	begun, left atomic.Int64
	last        atomic.Int64 // when a call came that none has followed
}

func newStalling(t *testing.T) *stalling {
	v := &stalling{remote: newRemote(t)}
	v.hold()
	v.before = func(w http.ResponseWriter, q *http.Request, event string) bool {
		v.mu.Lock()
		gate := v.gate
		v.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.(http.Flusher).Flush()
		v.last.Store(time.Now().UnixNano())
		v.begun.Add(1)
		defer v.left.Add(1)
		select {
		case <-gate:
			fmt.Fprintf(w, `{"id":"id of %s"}`, event)
		case <-q.Context().Done():
		}
		return true
	}
	return v
}

// waiting is how many calls wait for an answer.
func (v *stalling) waiting() int { return int(v.begun.Load() - v.left.Load()) }

// pour sends events of an account from many senders until there have been enough, and returns how many were taken.
func (c *nodes) pour(in installation, prefix string, enough func(taken int) bool) int {
	c.t.Helper()
	const senders = 32
	sending := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer sending.CloseIdleConnections()
	var taken, next atomic.Int64
	var all sync.WaitGroup
	for sender := range senders {
		at := in.on(c.servers[sender%len(c.servers)])
		at.sender.http = sending
		all.Go(func() {
			for !enough(int(taken.Load())) && !c.t.Failed() {
				a, err := at.deliver(prefix + "-" + strconv.FormatInt(next.Add(1), 10))
				switch {
				case err != nil:
					c.t.Errorf("a delivery failed: %v", err)
				case a.status == http.StatusOK:
					taken.Add(1)
				case a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests: // which ask to come later
					c.t.Errorf("a delivery got %d %s", a.status, a.body)
				}
			}
		})
	}
	all.Wait()
	if c.t.Failed() {
		c.t.FailNow()
	}
	return int(taken.Load())
}

// probe sends n events of the small account, and returns how long each took to its first call, the shortest first.
func (c *neighbours) probe(prefix string, n int, pause time.Duration) (delays []time.Duration) {
	c.t.Helper()
	pace := time.NewTicker(max(pause, time.Millisecond))
	defer pace.Stop()
	for i := range n {
		event := fmt.Sprint(prefix, "-", i)
		begin := time.Now()
		if a, err := c.small.on(c.servers[i%3]).deliver(event); err != nil || a.status != http.StatusOK {
			c.t.Fatalf("a delivery got %d %s, %v", a.status, a.body, err)
		}
		await(c.t, "the call of "+event, func() (bool, any) {
			_, missing := c.r.repeated([]string{event})
			return len(missing) == 0, missing
		})
		delays = append(delays, time.Since(begin))
		<-pace.C
	}
	slices.Sort(delays)
	return delays
}

// at returns the delay below which p of a hundred are.
func at(delays []time.Duration, p int) time.Duration { return delays[(len(delays)-1)*p/100] }

// stuck lets n calls of one account hang, and looks at how long another one's take. All are freed when their time is over.
func (c *neighbours) stuck(hung installation, vendor *stalling, n int, counts map[string]int) {
	c.t.Helper()
	alone, before := c.probe("alone", 20, 0), c.memory()
	c.pour(hung, "hung", func(taken int) bool { return taken >= n })
	await(c.t, fmt.Sprintf("%d calls that hang", n), func() (bool, any) { k := vendor.waiting(); return k >= n, k })
	beside := c.probe("beside", 20, 0)
	grown := c.memory() - before
	counts["stuck_calls"] = vendor.waiting()
	counts["stuck_growth_mib_max"] = grown
	counts["beside_idle_ms_max"], counts["beside_stuck_ms_max"] = int(at(alone, 95).Milliseconds()), int(at(beside, 95).Milliseconds())
	if at(beside, 95) > 2*at(alone, 95)+500*time.Millisecond { // half a second of a machine that does other things
		c.t.Errorf("another account's calls take %v beside an account of which %d hang, %v alone", at(beside, 95), n, at(alone, 95))
	}
	if grown > 512 {
		c.t.Errorf("a node grew by %d MiB with %d calls that hang", grown, n)
	}
	if number("PACELINE_CHAOS_STUCK") > 0 { // the short form does not wait for it
		last := time.Unix(0, vendor.last.Load())
		for vendor.waiting() > 0 && time.Since(last) < 2*total {
			<-time.After(100 * time.Millisecond)
		}
		took := time.Since(last)
		counts["stuck_freed_s_max"] = int(took.Seconds())
		if took > total+slowness*5 {
			c.t.Errorf("%d calls are left %v after the last one began; they end after %v", vendor.waiting(), took, total)
		}
	}
	hung.c.call(http.MethodPut, "/v1.0/cycles/"+hung.cycle+"/deactivate", struct{}{}, nil)
	vendor.release()
}

// total is how long a call may take.
const total = 100 * time.Second

// queued has an account whose vendor takes five seconds over each call store n transactions that wait, and sends those of another one: they
// begin at once.
func (c *neighbours) queued(large installation, vendor *stalling, n int, counts map[string]int) {
	c.t.Helper()
	live := func() int {
		k, err := strconv.Atoi(strings.TrimSpace(c.db.query(`SELECT count(*) FROM run WHERE state = 0`)[0][0]))
		if err != nil {
			c.t.Fatal(err)
		}
		return k
	}
	vendor.release()
	vendor.before = func(_ http.ResponseWriter, q *http.Request, _ string) bool {
		vendor.begun.Add(1)
		defer vendor.left.Add(1)
		select {
		case <-time.After(5 * time.Second):
		case <-q.Context().Done():
		}
		return false
	}
	newcomer := c.install(c.servers[0].client(), "newcomer", c.template) // its first event comes beside the others that wait
	begin, taken := time.Now(), 0
	for left := live(); left < n; left = live() {
		taken += c.pour(large, fmt.Sprint("large-", taken), func(now int) bool { return now >= n-left })
	}
	counts["queue_filled_s_max"] = int(time.Since(begin).Seconds())
	probes := 8
	if number("PACELINE_CHAOS_QUEUED") > 0 {
		probes = 100
	}
	counts["queued"], counts["queued_taken"], counts["queued_calls_max"] = live(), taken, vendor.waiting()
	if vendor.waiting() > 50 {
		c.t.Errorf("the account makes %d calls at once after its partner's limit was set back to 50", vendor.waiting())
	}
	begin = time.Now()
	c.completes("newcomer", []installation{newcomer})
	first := time.Since(begin)
	counts["newcomer_ms_max"] = int(first.Milliseconds())
	if first > 2*time.Second {
		c.t.Errorf("the first event of a new account was done %v after it was sent, beside %d that wait", first, n)
	}
	delays := c.probe("fair", probes, time.Second)
	counts["queued_mib_max"] = c.memory()
	counts["beside_queued_ms_max"] = int(at(delays, 99).Milliseconds())
	if at(delays, 99) > 2*time.Second {
		c.t.Errorf("an event began %v after it was sent, beside %d that wait", at(delays, 99), n)
	}
	late := 0 // one a second is sent: who is done within it keeps up
	for _, delay := range delays {
		if delay > time.Second {
			late++
		}
	}
	counts["beside_queued_late"] = late
	if late*20 > probes {
		c.t.Errorf("%d of %d events that came once a second were not done before the next; 95 of 100 are promised", late, probes)
	}
	if left := live(); left < n*9/10 {
		c.t.Errorf("%d are left of %d that were to wait all the time", left, n)
	}
}

// memory is what the largest node has, in MiB.
func (c *nodes) memory() (most int) {
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
