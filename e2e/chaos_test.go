package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
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
		asks: newAsking(t), counts: map[string]int{}}
	c.allow = []string{strings.TrimPrefix(c.fresh.URL, "http://"), c.asks.addr()}
	for i := range 3 {
		w := newWire(t, "PACELINE_DATABASE_URL="+c.db.url)
		c.wires = append(c.wires, w)
		c.settings = append(c.settings, []string{w.setting, "PACELINE_KEY=" + installationKey, c.clocks.with(i)})
	}
	c.startAll(3)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	var held []installation
	for i := range 6 {
		c.accounts = append(c.accounts, c.install(client, fmt.Sprint("chaos-", i), template))
		held = append(held, c.installAt(client, fmt.Sprint("held-", i), template, c.asks.remote))
	}
	renewing := c.installRenewing(client)

	c.refreshOnce(renewing)
	c.turmoil(renewing, held)
	c.revoked(renewing)
	tell(t, c.counts)
}

// count adds to what is told at the end, and fails the test when there is any of what must not be.
func (c *chaos) count(name string, n int) { c.counts[name] += n }

// most keeps the greatest of what is told at the end.
func (c *chaos) most(name string, n int) { c.counts[name] = max(c.counts[name], n) }

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
