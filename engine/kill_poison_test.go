package engine_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
)

// poisonCase sends a delivery whose call kills the server, beside good ones.
var poisonCase = killCase{name: "poison", pass: 1, act: func(v *victim, ctx context.Context) {
	if !v.second {
		v.send(ctx, "poison", 1)
	}
}}

// TestPoison: a transaction that kills the process whenever it is carried ends as failed, with an incident, and everything
// else that was accepted is carried to its end, beside it and after.
func TestPoison(t *testing.T) {
	for database, order := range map[string]func(*testing.T) victimOrder{
		"sqlite":   func(t *testing.T) victimOrder { return victimOrder{Path: storetest.SQLite(t).Path} },
		"postgres": func(t *testing.T) victimOrder { return victimOrder{URL: storetest.Postgres(t).URL} },
	} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			playPoison(t, order(t))
		})
	}
}

func playPoison(t *testing.T, o victimOrder) {
	var process atomic.Int64
	var mu sync.Mutex
	var keys []string // of the calls that killed
	w := &witness{calls: map[string][]string{}}
	remote := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if strings.Contains(string(body), "poison") {
			mu.Lock()
			keys = append(keys, req.Header.Get("Idempotency-Key")+req.Header.Get("X-Key"))
			mu.Unlock()
			_ = syscall.Kill(int(process.Load()), syscall.SIGKILL)
			return
		}
		req.Body = io.NopCloser(strings.NewReader(string(body)))
		w.ServeHTTP(rw, req)
	}))
	defer remote.Close()
	o.Case, o.Remote, o.Started = poisonCase.title(), remote.URL, func(p int) { process.Store(int64(p)) }
	o.Pass, o.Deliver, o.Prefix = 1, 20, "a"
	acked, killed := runVictim(t, o)
	deaths := 0
	for ; killed; deaths++ {
		if deaths > 10 {
			t.Fatal("the transaction never ended")
		}
		o.Pass, o.Deliver, o.Prefix = 0, 3, string(rune('b'+deaths))
		var more map[string]paceline.ID
		more, killed = runVictim(t, o)
		for name, id := range more {
			acked[name] = id
		}
	}
	// One that nothing was known before, one among others that are noted, one alone.
	if deaths != 3 || len(keys) != 3 {
		t.Errorf("the process died %d times, in %d calls", deaths, len(keys))
	}
	if slices.Sort(keys); keys[0] != keys[len(keys)-1] {
		t.Errorf("the calls came with different keys: %v", keys)
	}
	for name := range acked {
		if len(w.calls["create "+name]) == 0 || len(w.calls["notify "+name]) == 0 {
			t.Errorf("%s was acknowledged and not carried to its end", name)
		}
	}
	h := furnish(t.Context(), storetest.Open(t, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}), nil, "")
	h.checkCounted(t)
	failed := int64(0)
	for _, run := range h.runs(t) {
		if run.State == paceline.RunFailed && failed == 0 {
			failed = run.Num
		} else if run.State != paceline.RunCompleted {
			t.Errorf("transaction %d has state %d", run.Num, run.State)
		}
	}
	codes := incidentCodes(t, h)
	if failed == 0 || !slices.Equal(codes, []paceline.Code{paceline.CodePoison}) {
		t.Errorf("transaction %d failed, the incidents are %v", failed, codes)
	}
	t.Logf(`counts {"poison_deaths_max":%d,"poison_parked":%d}`, deaths, len(codes)) // make chaos reads it
}

func incidentCodes(t *testing.T, h *house) (codes []paceline.Code) {
	t.Helper()
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Incidents(h.account.Scope(), store.IncidentFilter{}, paceline.Page{Size: 100}, true)
		for _, in := range list.Items {
			codes = append(codes, in.Code)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}
