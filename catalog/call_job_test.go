package catalog_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/store"
	"paceline/store/storetest"
)

// export is a vendor that makes its report in a job.
const export = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: export, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d41, name: Export, version: 1.0.0}
allowedHosts: ["SINK"]
server: {baseUrl: "SINK"}
auth: [{id: none, type: none}]
lookups:
  rows: {method: report, value: "[rows].id", label: "[rows].name"}
methods:
  - id: report
    name: Report
    repeat: unsafe
    params: [{name: Kind, in: query, required: true}]
    request: {method: POST, path: /jobs}
    response: {rows: "[rows]", fields: [{loc: "[rows].id", name: Id}, {loc: "[rows].name", name: Name}]}
    job:
      values: {Job: id}
      poll: {method: ask, every: 10s, done: "body.state == 'done'", failed: "body.state == 'failed'", message: why}
      result: fetch
  - {id: ask, name: Ask, hidden: true, repeat: safe, params: [{name: Job, in: path, required: true}], request: {method: GET, path: "/jobs/{{Job}}"}}
  - {id: fetch, name: Fetch, hidden: true, repeat: safe, params: [{name: Job, in: path, required: true}], request: {method: GET, path: "/jobs/{{Job}}/rows"}, response: {rows: "[rows]", fields: [{loc: "[rows].id", name: Id}]}}
`

// instant is a clock whose timers end at once: what waits moves it on. It begins with the time of the system, of which
// the deadlines of calls are.
type instant struct {
	paceline.SystemClock
	passed atomic.Int64
}

func (c *instant) Now() time.Time { return c.SystemClock.Now().Add(time.Duration(c.passed.Load())) }

func (c *instant) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	c.passed.Add(int64(d))
	fires := make(chan time.Time, 1)
	fires <- c.Now()
	return fires, func() bool { return false }
}

// TestCallsWaitForJobs: who calls a method on demand that begins a job gets what the job made, and counts its calls; it
// does not wait for ever.
func TestCallsWaitForJobs(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h, clock := empty(t, open(t)), &instant{}
		ctx := t.Context()
		var asked atomic.Int32
		vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			switch {
			case q.Method == http.MethodPost:
				fmt.Fprintf(w, `{"id":%q}`, q.URL.Query().Get("Kind"))
			case strings.HasSuffix(q.URL.Path, "/rows"):
				fmt.Fprint(w, `{"rows":[{"id":"1","name":"One"},{"id":"2","name":"Two"}]}`)
			case q.URL.Path == "/jobs/broken":
				fmt.Fprint(w, `{"state":"failed","why":"no such report"}`)
			case asked.Add(1) >= 3 && q.URL.Path == "/jobs/sales":
				fmt.Fprint(w, `{"state":"done"}`)
			default:
				fmt.Fprint(w, `{"state":"busy"}`)
			}
		}))
		t.Cleanup(vendor.Close)
		guard, err := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(vendor.URL, "http://")}, Logger: quiet})
		must(t, err)
		t.Cleanup(guard.CloseIdle)
		releases := cycle.NewReleases(h.store)
		cycles := cycle.New(cycle.Config{Store: h.store, Releases: releases, Clock: clock})
		room := catalog.New(catalog.Config{Store: h.store, Releases: releases, Cycles: cycles, Clock: clock, Logger: quiet, Keys: &keys{}, Broker: seal.NewBroker(&keys{}, nil)})
		room.Attach(connector.New(connector.Config{Transport: guard.Transport(), Clock: clock}))
		_, err = room.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "export.yaml", Document: []byte(strings.ReplaceAll(export, "SINK", vendor.URL))})
		must(t, err)
		ac, err := room.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Export"}, catalog.ConnectorInstall{})
		must(t, err)
		report := catalog.MethodRef{UID: ac.Release.Compiled.MethodUID("report")}
		call := func(kind string) (string, error) {
			asked.Store(0)
			doc, err := room.CallMethod(ctx, h.p, "", h.root, ac.ID, report, func() (catalog.MethodCall, error) {
				return catalog.MethodCall{Mergefields: map[string]mapping.Value{"Kind": mapping.Quote(kind)}}, nil
			})
			return string(doc), err
		}
		begun := clock.passed.Load()
		doc, err := call("sales")
		must(t, err)
		if doc != `{"rows":[{"id":"1","name":"One"},{"id":"2","name":"Two"}]}` || time.Duration(clock.passed.Load()-begun) != 30*time.Second {
			t.Errorf("after %s: %s", time.Duration(clock.passed.Load()-begun), doc)
		}
		used := func() (n int64) {
			t.Helper()
			must(t, h.store.Read(ctx, func(tx *store.Tx) error {
				day := paceline.ToMicros(time.Now()).Day()
				all, err := tx.UsageTotal(h.root.Scope(), day-1, day+1)
				n = all.OK + all.Incident
				return err
			}))
			return n
		}
		if n := used(); n != 5 {
			t.Errorf("%d tasks of a job with three questions, want 5", n)
		}
		if _, err := call("broken"); paceline.CodeOf(err) != paceline.CodeMethodFailed || !strings.Contains(err.Error(), "no such report") {
			t.Errorf("a job that failed: %v", err)
		}
		begun = clock.passed.Load()
		if _, err := call("endless"); paceline.CodeOf(err) != paceline.CodeMethodFailed || !strings.Contains(err.Error(), "not done within") || time.Duration(clock.passed.Load()-begun) > 100*time.Second {
			t.Errorf("a job without an end, after %s: %v", time.Duration(clock.passed.Load()-begun), err)
		}
		// A drop-down of such a method waits alike.
		list, err := room.RunLookup(ctx, h.p, h.root, ac.ID, ac.Release.ID(connector.LookupElement, "rows"), func() (catalog.LookupInput, error) {
			asked.Store(0)
			method, _ := ac.Release.MethodByID("report")
			id := ac.Release.ID(connector.ParamElement, connector.ParamKey(method.ID, "query", "Kind"))
			return catalog.LookupInput{Parameters: map[string]mapping.Value{fmt.Sprint(id): mapping.Quote("sales")}}, nil
		})
		if err != nil || len(list) != 2 || list[1] != (catalog.Choice{Name: "Two", Value: "2"}) {
			t.Errorf("the drop-down is %v, %v", list, err)
		}
	})
}
