package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// tick is a template whose cycles run by a schedule and make two calls.
const tick = `{"PacelineVersion": "1", "Kind": "Template", "Name": "Tick", "Published": true, "Flow": {"Schema": 1, "Steps": [{
	"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000021", "Name": "First", "Kind": "Action", "Method": "first", "Left": 0, "Top": 0,
	"Connector": {"UID": "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e01", "Key": "relay", "Name": "Relay", "Version": "1.0.0"},
	"Fields": [{"Location": "event", "Type": "StaticValue", "Value": "tick"}]}, {
	"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000022", "Name": "Second", "Kind": "Action", "Method": "second", "Left": 200, "Top": 0,
	"Connector": {"UID": "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e01", "Key": "relay", "Name": "Relay", "Version": "1.0.0"},
	"Fields": [{"Location": "event", "Type": "StaticValue", "Value": "tick"},
		{"Location": "first", "Type": "StepField", "SourceStep": "5e1f1f0a-93c4-4a0e-8f57-000000000021", "SourceLocation": "id"}]}],
	"Edges": [{"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000023", "Tail": "5e1f1f0a-93c4-4a0e-8f57-000000000021", "Head": "5e1f1f0a-93c4-4a0e-8f57-000000000022", "Type": "Forward"}],
	"Variables": [], "Settings": {"StepErrorAction": "Retry", "MaxRetries": 5, "LogRequests": true, "CollectionSplit": "None"}}, "Connectors": []}`

// ticking are schedules on nodes, and what is known of when nobody worked for some of them.
type ticking struct {
	*nodes
	db       *cluster
	clocks   *times
	interval time.Duration
	begin    time.Time // the first slot
	n        int       // schedules
	kills    int
	under    int // slots of each schedule that may be left out: they came while nobody worked for it, and were not the last one
	over     int // slots of each schedule that must be: they came while there was no node
}

// TestSchedulesAcrossNodes: 3 nodes run a hundred schedules on a clock that runs 15 times as fast, or with PACELINE_CHAOS_MINUTES
// a thousand for so many real minutes, while nodes are killed and their walls are set forward and back by hours and days. Each slot
// of each schedule starts one transaction. When all nodes were away the last slot that was missed starts one, and no other does.
func TestSchedulesAcrossNodes(t *testing.T) {
	t.Parallel()
	rate, interval := 15, 5*time.Minute // of which a fifteenth is more than a dead node's lease
	accounts, each, slots := 10, 10, 3
	if minutes := number("PACELINE_CHAOS_MINUTES"); minutes > 0 { // by the machine's clock
		rate, interval = 1, time.Minute
		accounts, slots = 100, minutes
	}
	program, err := movedProgram()
	if err != nil {
		t.Fatal(err)
	}
	c := &ticking{nodes: &nodes{t: t, r: newRemote(t), program: program}, db: newCluster(t), clocks: newTimes(t, int64(rate), 3), interval: interval, n: accounts * each}
	c.clocks.move(c.db)
	for i := range 3 {
		c.settings = append(c.settings, []string{"PACELINE_DATABASE_URL=" + c.db.url, "PACELINE_KEY=" + installationKey, c.clocks.with(i)})
	}
	c.startAll(3)
	client := c.servers[0].client()
	var template struct{ Id string }
	client.call(http.MethodPost, "/v1.0/templates/import", json.RawMessage(tick), &template)
	cycles := map[string]string{} // accounts by cycle
	for i := range accounts {
		a := fmt.Sprint("ticking-", i)
		client.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": a, "Name": a}, nil)
		for n := range each {
			var cycle struct {
				Id         string
				Connectors []struct{ AccountConnectorId int }
			}
			as := client.as(a)
			as.call(http.MethodPost, "/v1.0/templates/"+template.Id+"/install", nil, &cycle)
			if n == 0 {
				path := fmt.Sprintf("/v1.0/account/connectors/%d", cycle.Connectors[0].AccountConnectorId)
				as.call(http.MethodPost, path+"/properties", map[string]string{"Name": "BaseUrl", "Value": c.r.URL}, nil)
				as.call(http.MethodPut, path, map[string]string{"AuthValue": c.r.key}, nil)
			}
			cycles[cycle.Id] = a
		}
	}
	lead := 10*time.Second + time.Duration(c.n)*100*time.Millisecond
	c.begin = c.clocks.now().Add(lead * time.Duration(rate)).Truncate(interval).Add(interval)
	left := make(chan string, len(cycles))
	for cycle := range cycles {
		left <- cycle
	}
	close(left)
	var starts sync.WaitGroup
	for range 4 {
		starts.Go(func() {
			for cycle := range left {
				a := client.as(cycles[cycle]).send(http.MethodPut, "/v1.0/cycles/"+cycle+"/activate",
					jsonBody(map[string]any{"Interval": int(interval / time.Minute), "StartTime": c.begin.UTC().Format(time.RFC3339)}), http.Header{"Content-Type": {"application/json"}})
				if a.status/100 != 2 {
					t.Errorf("the start of a schedule got %d %s", a.status, a.body)
				}
			}
		})
	}
	starts.Wait()
	if late := c.clocks.now().Sub(c.begin); late > 0 {
		t.Fatalf("this machine took too long to start the schedules: the first slot was %v ago", late)
	}

	// Walls go wrong and nodes die, in between slots and at them.
	steps := 0
	end := c.begin.Add(time.Duration(slots)*interval - interval/2)
	for at := c.begin.Add(-interval / 4); at.Before(end); at = at.Add(interval/2 + time.Duration(rand.Int64N(int64(interval/2)))) {
		c.clocks.await(at)
		for i := range 3 {
			off := []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 90 * time.Second}[rand.IntN(6)]
			c.clocks.step(i, off)
			steps++
		}
		victim := c.kills % 3
		c.away(func() {
			c.servers[victim].kill()
			c.kills++
			c.servers[victim] = c.start(victim)
			c.awaitShares(3)
		})
	}
	c.clocks.await(end)
	doubled, missed := c.slots()

	// All are away when a slot comes, or two: of these the last one is made good.
	c.away(func() {
		for _, v := range c.servers {
			v.kill()
			c.kills++
		}
		before := c.due(c.clocks.now())
		c.clocks.await(c.slot(before + 1).Add(5 * time.Second))
		c.over += c.due(c.clocks.now()) - before - 1
		c.servers = []*server{c.start(0)}
		c.awaitShares(1)
	})
	c.clocks.await(c.slot(c.due(c.clocks.now())).Add(interval / 3))
	again, missing := c.slots()
	tell(t, map[string]int{"schedules": c.n, "slots": c.n * c.due(c.clocks.now()), "slots_doubled": doubled + again, "slots_missed": missed + missing,
		"slots_left_out": c.n * c.over, "schedule_kills": c.kills, "clock_steps": steps})
}

// slot is when one of the schedules' slots comes; the first is 0.
func (c *ticking) slot(n int) time.Time { return c.begin.Add(time.Duration(n) * c.interval) }

// due is how many slots have come by a time.
func (c *ticking) due(at time.Time) int {
	if at.Before(c.begin) {
		return 0
	}
	return int(at.Sub(c.begin)/c.interval) + 1
}

// away runs f, while which nobody works for some of the schedules: of several slots that come meanwhile the last one counts. One
// that came just before may not have begun.
func (c *ticking) away(f func()) {
	before := c.due(c.clocks.now().Add(-time.Duration(c.clocks.setting.Rate) * time.Second))
	f()
	c.under += max(0, c.due(c.clocks.now())-before-1)
}

// slots waits until each schedule has started as many transactions as are due now, and returns how many are too many or too few.
func (c *ticking) slots() (doubled, missed int) {
	c.t.Helper()
	due := c.due(c.clocks.now())
	counts := func(until time.Time) (all []int) {
		for _, row := range c.db.query(fmt.Sprintf(`SELECT count(*) FROM run WHERE created_at < %d GROUP BY cycle_num`, until.UnixMicro())) {
			n, err := strconv.Atoi(strings.TrimSpace(row[0]))
			if err != nil {
				c.t.Fatal(err)
			}
			all = append(all, n)
		}
		return all
	}
	least := due - c.under
	tries := time.NewTicker(100 * time.Millisecond)
	defer tries.Stop()
	for last := time.Now().Add(patience); ; <-tries.C {
		all := counts(c.begin.AddDate(1, 0, 0))
		missed = (c.n - len(all)) * least
		for _, n := range all {
			missed += max(0, least-n)
		}
		if missed == 0 || time.Now().After(last) {
			break
		}
	}
	most := due - c.over
	for _, n := range counts(c.slot(due)) {
		doubled += max(0, n-most)
	}
	if doubled > 0 || missed > 0 {
		c.t.Errorf("%d slots started a transaction too many, %d none, of %d that were due for each of %d schedules; %d came without a node, %d may have",
			doubled, missed, due, c.n, c.over, c.under)
	}
	return doubled, missed
}
