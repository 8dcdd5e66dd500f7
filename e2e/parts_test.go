package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline/store/storetest/testdb"
)

// TestPartsOfBusyAccounts: while nine accounts on three nodes have more to do than their nodes have slots, each gets at least 0.8 of
// its part of what its node gets done, also beside one that has three times as much waiting.
func TestPartsOfBusyAccounts(t *testing.T) {
	t.Parallel()
	const accounts, each, takes = 9, 120, 20 * time.Millisecond
	db := &cluster{t: t, url: testdb.New(t)}
	c := startNodes(t, 3, accounts, []string{"PACELINE_DATABASE_URL=" + db.url, "PACELINE_KEY=" + installationKey})
	open := make(chan struct{})
	var mu sync.Mutex
	done := map[string]int{} // by account, until as many are done as is looked at
	all := 0
	enough := make(chan struct{})
	c.r.before = func(_ http.ResponseWriter, q *http.Request, event string) bool {
		<-open
		<-time.After(takes)
		mu.Lock()
		defer mu.Unlock()
		if q.URL.Path == "/second" && all < accounts*each/2 {
			done[event[:strings.IndexByte(event, '-')]]++
			if all++; all == accounts*each/2 {
				close(enough)
			}
		}
		return false
	}
	var senders sync.WaitGroup
	for i, in := range c.accounts {
		n := each
		if i == 0 {
			n = 3 * each
		}
		senders.Go(func() {
			if taken := c.pour(in, strconv.Itoa(i), func(taken int) bool { return taken >= n }); taken < n {
				t.Errorf("%d events of account %d were taken", taken, i)
			}
		})
	}
	senders.Wait()
	close(open)
	await(t, "half of the events to be done", func() (bool, any) {
		select {
		case <-enough:
			return true, nil
		default:
		}
		mu.Lock()
		defer mu.Unlock()
		return false, all
	})

	nodes := map[string][]string{} // accounts by their node
	for _, row := range db.query(`SELECT a.api_id, s.node FROM account a JOIN shard s ON s.id = a.num & 255 WHERE a.api_id LIKE 'relay-%'`) {
		nodes[row[1]] = append(nodes[row[1]], strings.TrimPrefix(row[0], "relay-"))
	}
	short, least := 0, 1000
	for node, list := range nodes {
		sum := 0
		for _, a := range list {
			sum += done[a]
		}
		for _, a := range list {
			part := 1000 * done[a] * len(list) / max(1, sum)
			if least = min(least, part); part < 800 {
				short++
				t.Errorf("account %s got %d of the %d transactions that node %s got done for %d accounts", a, done[a], sum, node, len(list))
			}
		}
	}
	if len(nodes) != 3 {
		t.Errorf("the accounts are on %v", nodes)
	}
	tell(t, map[string]int{"busy_accounts": accounts, "busy_short": short, "busy_part_short_permille_max": 1000 - least})
}
