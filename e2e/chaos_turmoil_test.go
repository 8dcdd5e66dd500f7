package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"
)

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
	kept := c.servers[0].client() // whose token is good for longer than all this takes, whatever walls say
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
		over := time.Now()
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
		if h.name == "database_restarts" {
			c.completes(fmt.Sprint("back", round), c.accounts)
			normal := time.Since(over)
			c.most("outage_normal_ms_max", int(normal.Milliseconds()))
			if normal > normalWithin {
				c.t.Errorf("all was as before %v after the database was back", normal)
			}
		}
	}
	expired := 0
	for _, v := range c.servers {
		at := *kept
		at.base = v.Address
		if a := at.send(http.MethodGet, "/v1.0/accounts", nil, nil); a.status != http.StatusOK {
			expired++
		}
	}
	c.none("tokens_expired", expired, "a token of the beginning is good at %d nodes less than all", expired)
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
	if status := v.readiness(); status != http.StatusOK {
		c.t.Errorf("a node that serves says %d of its health", status)
	}
	begin := time.Now()
	v.cmd.Process.Signal(syscall.SIGTERM)
	await(c.t, "a node that stops to say so", func() (bool, any) { status := v.readiness(); return status != http.StatusOK, status })
	unready := time.Since(begin)
	if unready > time.Second+slowness {
		c.t.Errorf("a node that stops was ready for %v", unready)
	}
	if code := v.awaitEnd(); code != 0 {
		c.t.Errorf("the stop of a node ended with code %d", code)
	}
	took := time.Since(begin)
	if took > 35*time.Second {
		c.t.Errorf("the stop of a node took %v", took)
	}
	c.most("drain_unready_ms_max", int(unready.Milliseconds()))
	c.most("drain_ms_max", int(took.Milliseconds()))
	c.awaitShares(2)
	c.back(victim)
}

// readiness is what the public health says, 0 where nobody answers.
func (v *server) readiness() int {
	r, err := soon.Get(v.Address + "/health")
	if err != nil {
		return 0
	}
	r.Body.Close()
	return r.StatusCode
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
	c.most("outage_growth_mib_max", grown)
	if grown > 256 {
		c.t.Errorf("a node grew by %d MiB while the database was away", grown)
	}
}
