package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestNodesKilledOften: three nodes are killed one after the other and started again at their addresses at once, while events come to
// all of them. No event that was answered with 200 is lost, and no more calls are repeated than the dead had in flight.
// PACELINE_CHAOS_KILLS says how often; make chaos kills 200 times and sends 500 events to each.
func TestNodesKilledOften(t *testing.T) {
	t.Parallel()
	kills, between := 3, 100
	if n := number("PACELINE_CHAOS_KILLS"); n > 0 {
		kills, between = n, 500
	}
	db := newCluster(t)
	c := &nodes{t: t, r: newRemote(t), settings: [][]string{{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}}
	for range 3 {
		c.fixed = append(c.fixed, addresses{freeAddress(t), freeAddress(t)})
	}
	c.startAll(3)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	var floods []*flood
	for i := range 6 {
		in := c.install(client, fmt.Sprint("often-", i), template)
		f := newFlood(in, 20*time.Millisecond)
		for n := range 3 { // each begins at another one, and goes to the next when it gets no 200
			f.at = append(f.at, in.on(c.servers[(i+n)%3]))
		}
		f.begin(fmt.Sprint("often-", i), 1)
		floods = append(floods, f)
	}
	acked := func() (n int) {
		for _, f := range floods {
			n += int(f.acked.Load())
		}
		return n
	}
	begin := time.Now()
	for kill := range kills {
		want := acked() + between
		await(t, "events between two kills", func() (bool, any) { n := acked(); return n >= want, n })
		victim := rand.IntN(3)
		c.servers[victim].kill()
		c.servers[victim] = c.start(victim)
		if kill%20 == 19 {
			t.Logf("%d kills and %d events in %v", kill+1, acked(), time.Since(begin).Round(time.Second))
		}
	}
	for _, f := range floods {
		f.awaitAcks(10)
	}
	events, refused, lost := 0, 0, 0
	for i, f := range floods {
		refused += f.refused()
		list, _ := acknowledged(f.end())
		events += len(list)
		var missing []string
		await(t, "the calls of all events", func() (bool, any) {
			_, missing = c.r.repeated(list)
			return len(missing) == 0, missing
		})
		if lost += len(missing); len(missing) > 0 {
			t.Errorf("%d acknowledged events of account %d lack a call: %v", len(missing), i, missing)
		}
	}
	await(t, "all transactions to end", func() (bool, any) {
		left := db.query(`SELECT count(*) FROM run WHERE state = 0`)[0][0]
		return left == "0", left
	})
	repeated, _ := c.r.repeated(nil)
	if repeated > 8*kills {
		t.Errorf("%d calls were repeated; %d kills explain %d", repeated, kills, 8*kills)
	}
	tell(t, map[string]int{"node_kills": kills, "kill_events": events, "kill_lost": lost, "kill_repeated": repeated, "kill_refused": refused,
		"kill_failed": len(db.query(`SELECT num FROM run WHERE state <> 0 AND state <> 1`))})
}
