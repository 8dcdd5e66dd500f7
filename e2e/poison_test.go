package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestPoisonAcrossNodes: a transaction that kills whichever of three nodes carries it is set apart after three deaths, each node started
// again as its supervisor does, and what comes for other accounts meanwhile is carried to its end.
func TestPoisonAcrossNodes(t *testing.T) {
	t.Parallel()
	db := newCluster(t)
	c := &nodes{t: t, r: newRemote(t), settings: [][]string{{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey}}}
	killed := make(chan int, 100) // which node a call of the poison came from
	var mu sync.Mutex             // of the servers, which are started again
	c.r.before = func(_ http.ResponseWriter, q *http.Request, event string) bool {
		if !strings.HasPrefix(event, "poison") {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if place := c.caller(q.RemoteAddr); place >= 0 {
			c.servers[place].cmd.Process.Signal(syscall.SIGKILL)
			killed <- place
		} else {
			t.Errorf("a call came from %s, where no node is", q.RemoteAddr)
		}
		return true
	}
	for range 3 {
		c.fixed = append(c.fixed, addresses{freeAddress(t), freeAddress(t)})
	}
	c.startAll(3)
	client := c.servers[0].client()
	template := client.importTemplate("e2e/testdata/relay.json")
	poisoned := c.install(client, "poisoned", template)
	var floods []*flood
	for i := range 4 {
		in := c.install(client, fmt.Sprint("beside-", i), template)
		c.accounts = append(c.accounts, in)
		f := newFlood(in, 20*time.Millisecond)
		for n := range 3 { // each begins at another one, and goes to the next when it gets no 200
			f.at = append(f.at, in.on(c.servers[(i+n)%3]))
		}
		f.begin(fmt.Sprint("beside-", i), 1)
		floods = append(floods, f)
	}
	for _, f := range floods {
		f.awaitAcks(10)
	}
	if a, err := poisoned.deliver("poison-0"); err != nil || a.status != http.StatusOK {
		t.Fatalf("a delivery got %d %s, %v", a.status, a.body, err)
	}
	deaths, parked := 0, false
	for !parked {
		place := -1
		await(t, "another death, or the poison to be set apart", func() (bool, any) {
			select {
			case place = <-killed:
				return true, nil
			default:
			}
			parked = db.query(`SELECT count(*) FROM run WHERE state = 2`)[0][0] == "1"
			return parked, fmt.Sprint(deaths, " deaths")
		})
		if place < 0 {
			break
		}
		<-c.servers[place].exited
		deaths++
		if deaths > 6 {
			t.Fatal("the poison goes on killing")
		}
		v := c.start(place)
		mu.Lock()
		c.servers[place] = v
		mu.Unlock()
	}
	for _, f := range floods {
		f.awaitAcks(10)
	}
	c.awaitShares(3)
	if deaths != 3 || len(killed) > 0 {
		t.Errorf("the nodes died %d times, %d more than was seen to", deaths, len(killed))
	}
	if n := db.query(`SELECT count(*) FROM incident WHERE code = 'poison'`)[0][0]; n != "1" {
		t.Errorf("%s incidents tell of it", n)
	}
	if repeated := c.check(c.servers[0], floods); repeated > 8*deaths {
		t.Errorf("%d calls were repeated; %d deaths explain %d", repeated, deaths, 8*deaths)
	}
	tell(t, map[string]int{"node_poison_deaths_max": deaths, "node_poison_parked": 1})
}

// caller is the node whose process has a connection from an address, -1 when none has.
func (c *nodes) caller(address string) int {
	var port int
	if _, err := fmt.Sscanf(address[strings.LastIndex(address, ":"):], ":%d", &port); err != nil {
		return -1
	}
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return -1
	}
	local, socket := fmt.Sprintf(":%04X", port), ""
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 9 && strings.HasSuffix(f[1], local) && f[9] != "0" {
			socket = "socket:[" + f[9] + "]"
		}
	}
	for place, v := range c.servers {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", v.cmd.Process.Pid))
		for _, file := range files {
			if to, err := os.Readlink(file); err == nil && to == socket {
				return place
			}
		}
	}
	return -1
}
