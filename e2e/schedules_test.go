package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
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

// TestSchedulesAcrossNodes: 3 nodes run a thousand schedules for minutes, or with PACELINE_CHAOS_MINUTES=0 a hundred for half an
// hour of a clock that runs 30 times as fast, while nodes are killed and their walls are set forward and back by hours and days. Each slot of each schedule starts one transaction. When all
// nodes were away the last slot that was missed starts one, and no other does.
func TestSchedulesAcrossNodes(t *testing.T) {
	t.Parallel()
	if os.Getenv("PACELINE_CHAOS_MINUTES") == "" {
		t.Skip("make chaos runs it: beside other tests, nodes lose leases that end thirty times as fast")
	}
	rate, interval := 30, 5*time.Minute // with PACELINE_CHAOS_MINUTES=0
	accounts, each, slots := 10, 10, 6
	if minutes := number("PACELINE_CHAOS_MINUTES"); minutes > 0 { // by the machine's clock
		rate, interval = 1, time.Minute
		accounts, slots = 100, minutes
	}
	program, err := movedProgram()
	if err != nil {
		t.Fatal(err)
	}
	db := newCluster(t)
	clocks := newTimes(t, int64(rate), 3)
	clocks.move(db)
	c := &nodes{t: t, r: newRemote(t), program: program}
	for i := range 3 {
		c.settings = append(c.settings, []string{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey, clocks.with(i)})
	}
	c.startAll(3)
	client := c.servers[0].client()
	var template struct{ Id string }
	client.call(http.MethodPost, "/v1.0/templates/import", json.RawMessage(tick), &template)
	begin := clocks.now().Add(time.Duration(accounts*rate) * 1500 * time.Millisecond).Truncate(interval).Add(interval)
	activate := map[string]any{"Interval": int(interval / time.Minute), "StartTime": begin.UTC().Format(time.RFC3339)}
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
			as.call(http.MethodPut, "/v1.0/cycles/"+cycle.Id+"/activate", activate, nil)
		}
	}
	if late := clocks.now().Sub(begin); late > -10*time.Second {
		t.Fatalf("this machine took too long to make the schedules: the first slot was %v ago", late)
	}
	due := func(at time.Time) int { return int(at.Sub(begin)/interval) + 1 }

	// Walls go wrong and nodes die, in between slots and at them.
	kills, steps := 0, 0
	end := begin.Add(time.Duration(slots)*interval - interval/2)
	for at := begin.Add(-interval / 4); at.Before(end); at = at.Add(interval/2 + time.Duration(rand.Int64N(int64(interval/2)))) {
		clocks.await(at)
		for i := range 3 {
			off := []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 90 * time.Second}[rand.IntN(6)]
			clocks.step(i, off)
			steps++
		}
		victim := kills % 3
		c.servers[victim].kill()
		kills++
		c.servers[victim] = c.start(victim)
	}
	clocks.await(end)
	doubled, missed := c.slots(db, accounts*each, due(end), due(end), end.Add(interval*2/5))

	// All are away when a slot comes, or two: of these the last one is made good.
	for _, v := range c.servers {
		v.kill()
		kills++
	}
	before := due(clocks.now())
	clocks.await(begin.Add(time.Duration(before+1)*interval + 5*time.Second))
	started := clocks.now()
	c.servers = []*server{c.start(0)}
	c.awaitShares(1)
	back := clocks.now()
	clocks.await(begin.Add(time.Duration(due(back)-1)*interval + interval/2))
	at := clocks.now()
	again, missing := c.slots(db, accounts*each, before+1+due(at)-due(back), before+1+due(at)-due(started), at.Add(interval*2/5))
	doubled, missed = doubled+again, missed+missing
	tell(t, map[string]int{"schedules": accounts * each, "slots": accounts * each * due(at), "slots_doubled": doubled, "slots_missed": missed,
		"schedule_kills": kills, "clock_steps": steps})
}

// slots waits until each schedule has started as many transactions until a time as were due, and returns how many were too many or
// too few.
func (c *nodes) slots(db *cluster, schedules, least, most int, until time.Time) (doubled, missed int) {
	c.t.Helper()
	last := time.Now().Add(20 * time.Second)
	for {
		doubled, missed = 0, 0
		rows := db.query(fmt.Sprintf(`SELECT count(*) FROM run WHERE created_at <= %d GROUP BY cycle_num`, until.UnixMicro()))
		for _, row := range rows {
			n, err := strconv.Atoi(strings.TrimSpace(row[0]))
			if err != nil {
				c.t.Fatal(err)
			}
			doubled, missed = doubled+max(0, n-most), missed+max(0, least-n)
		}
		missed += (schedules - len(rows)) * least
		if doubled > 0 || missed == 0 || time.Now().After(last) {
			break
		}
		<-time.After(100 * time.Millisecond)
	}
	if doubled > 0 || missed > 0 {
		c.t.Errorf("%d slots started a transaction too many, %d none, of %d that were due", doubled, missed, schedules*least)
	}
	return doubled, missed
}
