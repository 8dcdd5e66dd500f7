package catalog_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// hookVendor is a vendor with an API of webhooks: it keeps what was registered, for three days.
type hookVendor struct {
	*httptest.Server
	mu     sync.Mutex
	hooks  map[string]map[string]string // by id; repo is the one whose events it is for
	made   int
	calls  []string
	fail   map[string]int    // status by "POST /hooks"
	during func(kind string) // is called while the vendor works
	lose   bool              // answers to POST are lost
}

func newHookVendor(t *testing.T) *hookVendor {
	v := &hookVendor{hooks: map[string]map[string]string{}, fail: map[string]int{}}
	v.Server = httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(v.Close)
	return v
}

func (v *hookVendor) serve(w http.ResponseWriter, q *http.Request) {
	v.mu.Lock()
	kind := q.Method + " " + strings.TrimRight(q.URL.Path, "0123456789")
	v.calls = append(v.calls, q.Method+" "+q.URL.Path)
	during := v.during
	v.mu.Unlock()
	if during != nil {
		during(kind)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if status := v.fail[kind]; status != 0 {
		http.Error(w, `{"error": "not now"}`, status)
		return
	}
	id := strings.TrimPrefix(q.URL.Path, "/hooks/")
	var body map[string]string
	json.NewDecoder(q.Body).Decode(&body)
	repo := q.URL.Query().Get("repo")
	answer := func(id string) {
		json.NewEncoder(w).Encode(map[string]string{"id": id, "url": v.hooks[id]["url"], "expires": v.hooks[id]["until"]})
	}
	switch q.Method {
	case "POST":
		v.made++
		id = fmt.Sprint(v.made)
		body["repo"] = repo
		v.hooks[id] = body
		if v.lose {
			panic(http.ErrAbortHandler)
		}
		answer(id)
	case "GET":
		list := []map[string]string{}
		for _, id := range slices.Sorted(maps.Keys(v.hooks)) {
			if v.hooks[id]["repo"] != repo {
				continue
			}
			list = append(list, map[string]string{"id": id, "url": v.hooks[id]["url"]})
		}
		json.NewEncoder(w).Encode(map[string]any{"hooks": list})
	case "PATCH", "DELETE":
		if v.hooks[id] == nil || v.hooks[id]["repo"] != repo {
			http.NotFound(w, q)
			return
		}
		if q.Method == "DELETE" {
			delete(v.hooks, id)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		v.hooks[id]["until"] = body["until"]
		answer(id)
	}
}

// state is the registered addresses by id, and the calls since it was asked last.
func (v *hookVendor) state() (urls map[string]string, calls []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	urls = map[string]string{}
	for id, h := range v.hooks {
		urls[id] = h["url"] + " " + h["event"]
	}
	calls, v.calls = v.calls, nil
	return urls, calls
}

func (v *hookVendor) failing(kind string, status int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fail[kind] = status
}

// moving is a clock that the test moves.
type moving struct {
	paceline.SystemClock
	passed atomic.Int64
}

func (c *moving) Now() time.Time { return start.Add(time.Duration(c.passed.Load())) }

func (c *moving) pass(d time.Duration) { c.passed.Add(int64(d)) }

const ours = "https://paceline.example"

// hookMethods are the methods of a vendor's webhooks, for the hub.
const hookMethods = `methods:
  - id: create-hook
    name: Create Webhook
    hidden: true
    repeat: unsafe
    request:
      method: POST
      path: /hooks
      fields:
        - {loc: url, hidden: true, default: "{{webhook.url}}"}
        - {loc: event, hidden: true, default: "{{webhook.event}}"}
        - {loc: secret, hidden: true, default: "{{webhook.secret}}"}
        - {loc: until, hidden: true, default: "{{webhook.expiresAt}}"}
    response: {fields: [{loc: id, name: Id}, {loc: expires, name: Expires, type: datetime}]}
  - {id: delete-hook, name: Delete Webhook, hidden: true, request: {method: DELETE, path: "/hooks/{{webhook.id}}"}, response: {format: none}}
  - id: renew-hook
    name: Renew Webhook
    hidden: true
    repeat: safe
    request: {method: PATCH, path: "/hooks/{{webhook.id}}", fields: [{loc: until, hidden: true, default: "{{webhook.expiresAt}}"}]}
    response: {fields: [{loc: expires, name: Expires, type: datetime}]}
  - id: list-hooks
    name: List Webhooks
    hidden: true
    request: {method: GET, path: /hooks}
    response: {rows: "[hooks]", fields: [{loc: "[hooks].id", name: Id}, {loc: "[hooks].url", name: Url}]}
`

const hookTrigger = `    subscription:
      create: create-hook
      delete: delete-hook
      renew: {method: renew-hook, expiresAt: Expires, lifetime: 3d, before: 12h}
      find: {method: list-hooks, url: Url, id: Id}
      id: Id
      events: [event.opened, event.closed]
`

// hookHouse is a house whose Hub registers webhooks at a vendor.
type hookHouse struct {
	*house
	vendor *hookVendor
	clock  *moving
	keys   *keys
	ac     catalog.AccountConnector
}

// newHookHouse has the trigger as change makes it.
func newHookHouse(t *testing.T, s *store.Store, change func(trigger string) string) *hookHouse {
	t.Helper()
	h := &hookHouse{house: empty(t, s), vendor: newHookVendor(t), clock: &moving{}}
	h.furnish(t, change)
	return h
}

// furnish publishes the hub and installs it.
func (h *hookHouse) furnish(t *testing.T, change func(trigger string) string) {
	t.Helper()
	h.open(t)
	text := hookHub(t, change)
	desk, err := os.ReadFile("testdata/connectors/desk/connector.yaml")
	must(t, err)
	kept, err := h.PublishAll(t.Context(), fstest.MapFS{"hub/connector.yaml": {Data: []byte(text)}, "desk/connector.yaml": {Data: desk}})
	must(t, err)
	if len(kept) > 0 {
		t.Fatal(kept)
	}
	if kept, err = h.PublishTemplates(t.Context(), h.p, os.DirFS("testdata/templates")); err != nil || len(kept) > 0 {
		t.Fatal(kept, err)
	}
	h.ac, err = h.InstallConnector(t.Context(), h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
		AuthValue: ptr("token"), Properties: []catalog.PropertyInput{{Name: "BaseUrl", Value: ptr(h.vendor.URL)}},
	})
	must(t, err)
	_, err = h.InstallConnector(t.Context(), h.p, h.root, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{AuthValue: ptr("key")})
	must(t, err)
}

// hookHub is the definition of a hub that registers webhooks.
func hookHub(t *testing.T, change func(trigger string) string) string {
	t.Helper()
	hub, err := os.ReadFile("testdata/connectors/hub/connector.yaml")
	must(t, err)
	trigger := hookTrigger
	if change != nil {
		trigger = change(trigger)
	}
	text := strings.Replace(string(hub), "methods:\n", hookMethods, 1)
	return strings.Replace(text, "    payload:\n", trigger+"    payload:\n", 1)
}

// open makes the rooms anew, as a start of the server does.
func (h *hookHouse) open(t *testing.T) {
	t.Helper()
	guard, err := egress.New(egress.Config{Allow: []string{strings.TrimPrefix(h.vendor.URL, "http://")}, Logger: quiet})
	must(t, err)
	t.Cleanup(guard.CloseIdle)
	if h.keys == nil {
		h.keys = &keys{sealer: seal.New(seal.NewKey()), byNum: make(map[int64]*seal.Key)}
	}
	h.house.cycles, h.house.Room = hookRooms(h.store, h.clock, h.keys, guard)
	h.house.cycles.Attach(h.engine)
}

func hookRooms(s *store.Store, clock paceline.Clock, keys *keys, guard *egress.Guard) (*cycle.Room, *catalog.Room) {
	releases := cycle.NewReleases(s)
	cycles := cycle.New(cycle.Config{Store: s, Releases: releases, Clock: clock, Logger: quiet})
	room := catalog.New(catalog.Config{Store: s, Releases: releases, Cycles: cycles, Clock: clock, Keys: keys, Broker: seal.NewBroker(keys, nil), Logger: quiet})
	runtime := connector.New(connector.Config{Transport: guard.Transport(), Clock: clock, Renewer: room})
	room.Attach(runtime)
	room.AttachVendors(runtime)
	room.ServeAt(ours)
	cycles.AttachSubscriber(room)
	return cycles, room
}

func (h *hookHouse) install(t *testing.T) paceline.ID {
	t.Helper()
	c, err := h.InstallTemplate(t.Context(), h.p, h.root, h.template(t), catalog.TemplateInstall{})
	must(t, err)
	return c.ID
}

func (h *hookHouse) activate(t *testing.T, id paceline.ID) error {
	t.Helper()
	_, err := h.cycles.Activate(t.Context(), h.p, h.root, id, cycleActivation)
	return err
}

func (h *hookHouse) stateOf(t *testing.T, id paceline.ID) (state paceline.CycleState, rows []store.Subscription) {
	t.Helper()
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
		c, _, err := tx.Cycle(h.root.Scope(), id)
		if err != nil {
			return err
		}
		state = c.State
		rows, err = tx.Subscriptions(h.root.Scope(), c.Num)
		return err
	}))
	return state, rows
}

func (h *hookHouse) incidents(t *testing.T) (codes []paceline.Code) {
	t.Helper()
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Incidents(h.root.Scope(), store.IncidentFilter{}, paceline.Page{}, true)
		for _, in := range list.Items {
			codes = append(codes, in.Code)
		}
		return err
	}))
	return codes
}

func onHooks(t *testing.T, change func(string) string, f func(t *testing.T, h *hookHouse)) {
	t.Helper()
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) { f(t, newHookHouse(t, open(t), change)) })
}

// TestSubscriptionsFollowTheCycle: they are made when it starts, with an address and a secret of the step,
// renewed before they end, and removed when it stops.
func TestSubscriptionsFollowTheCycle(t *testing.T) {
	onHooks(t, nil, func(t *testing.T, h *hookHouse) {
		id := h.install(t)
		h.vendor.during = func(string) {
			if state, rows := h.stateOf(t, id); state == paceline.CycleActivating && len(rows) == 0 {
				t.Error("the vendor is asked before anything is written")
			}
		}
		must(t, h.activate(t, id))
		state, rows := h.stateOf(t, id)
		hooks, _ := h.vendor.state()
		if state != paceline.CycleActive || len(rows) != 2 || len(hooks) != 2 {
			t.Fatalf("state %d, %d rows, vendor %v", state, len(rows), hooks)
		}
		secret := h.vendor.hooks["1"]["secret"]
		if secret == "" || secret != h.vendor.hooks["2"]["secret"] || !strings.HasPrefix(hooks["1"], ours+"/api/webhook/"+rows[0].Identifier) {
			t.Errorf("the vendor was told %v", h.vendor.hooks)
		}
		for _, row := range rows {
			if strings.Contains(string(row.SecretSealed)+string(row.RemoteSealed), secret) || row.ExpiresAt != paceline.ToMicros(start.Add(3*24*time.Hour)) {
				t.Errorf("stored is %+v", row)
			}
		}

		// Nothing is due before its time, nor when the cycle is started once more.
		must(t, h.activate(t, id))
		h.clock.pass(59 * time.Hour)
		must(t, h.SweepOnce(t.Context()))
		if _, calls := h.vendor.state(); len(calls) > 0 {
			t.Errorf("calls before anything is due: %v", calls)
		}
		h.clock.pass(2 * time.Hour)
		must(t, h.SweepOnce(t.Context()))
		_, rows = h.stateOf(t, id)
		if _, calls := h.vendor.state(); len(calls) != 2 || rows[0].ExpiresAt != paceline.ToMicros(start.Add((61+72)*time.Hour)) {
			t.Errorf("renewed with %v until %v", calls, rows[0].ExpiresAt)
		}

		// A vendor that asks for it is not kept waiting; one that has dropped it gets another one.
		again := func() error {
			return h.store.InTx(t.Context(), h.root.Scope(), func(tx *store.Tx) error {
				return tx.RenewSubscriptions(h.root.Scope(), rows[0].Cycle, rows[0].Step, paceline.ToMicros(h.clock.Now()))
			})
		}
		must(t, again())
		must(t, h.SweepOnce(t.Context()))
		if _, calls := h.vendor.state(); len(calls) != 2 || !strings.HasPrefix(calls[0], "PATCH") {
			t.Errorf("renewed when asked with %v", calls)
		}
		h.vendor.mu.Lock()
		clear(h.vendor.hooks)
		h.vendor.mu.Unlock()
		must(t, again())
		must(t, h.SweepOnce(t.Context()))
		if hooks, _ := h.vendor.state(); len(hooks) != 2 {
			t.Errorf("after the vendor has dropped them: %v", hooks)
		}

		// While the vendor is away it is tried again and again; the owner is told, once.
		h.vendor.failing("PATCH /hooks/", 409)
		h.clock.pass(61 * time.Hour)
		for range 5 {
			must(t, h.SweepOnce(t.Context()))
			h.clock.pass(30 * time.Minute)
		}
		if got := h.incidents(t); !slices.Equal(got, []paceline.Code{paceline.CodeWebhookRenewal, paceline.CodeWebhookRenewal}) {
			t.Errorf("incidents are %v, want one for each subscription", got)
		}
		h.vendor.failing("PATCH /hooks/", 0)
		h.clock.pass(5 * time.Hour)
		h.vendor.state()
		must(t, h.SweepOnce(t.Context()))
		if _, calls := h.vendor.state(); len(calls) != 2 {
			t.Errorf("calls after the outage: %v", calls)
		}

		// One that has ended is made anew.
		h.vendor.mu.Lock()
		clear(h.vendor.hooks)
		h.vendor.mu.Unlock()
		h.clock.pass(100 * time.Hour)
		must(t, h.SweepOnce(t.Context()))
		if hooks, _ := h.vendor.state(); len(hooks) != 2 {
			t.Errorf("after their end: %v", hooks)
		}

		_, err := h.cycles.Deactivate(t.Context(), h.p, h.root, id, false)
		must(t, err)
		h.vendor.failing("DELETE /hooks/", 409)
		must(t, h.SweepOnce(t.Context()))
		if hooks, _ := h.vendor.state(); len(hooks) != 2 {
			t.Errorf("the vendor has %v", hooks)
		}
		h.vendor.failing("DELETE /hooks/", 0)
		h.clock.pass(2 * time.Minute)
		must(t, h.SweepOnce(t.Context()))
		hooks, _ = h.vendor.state()
		if _, rows = h.stateOf(t, id); len(hooks) > 0 || len(rows) > 0 {
			t.Errorf("left are %v and %d rows", hooks, len(rows))
		}
	})
}

// TestFailedActivationLeavesNothing: a vendor that refuses keeps the cycle paused, and what was made before is undone.
func TestFailedActivationLeavesNothing(t *testing.T) {
	onHooks(t, nil, func(t *testing.T, h *hookHouse) {
		id := h.install(t)
		n := 0
		h.vendor.during = func(kind string) {
			if kind == "POST /hooks" {
				if n++; n == 2 {
					h.vendor.failing(kind, 422)
				}
			}
		}
		err := h.activate(t, id)
		fails(t, "activate", err, paceline.CodeWebhookRegister)
		if !strings.Contains(err.Error(), "not now") || strings.Contains(err.Error(), "token") {
			t.Errorf("the reason is %v", err)
		}
		hooks, _ := h.vendor.state()
		state, rows := h.stateOf(t, id)
		if state != paceline.CyclePaused || len(hooks) > 0 || len(rows) > 0 {
			t.Errorf("state %d, vendor %v, %d rows", state, hooks, len(rows))
		}
		told := h.engine.changed
		if len(told) != 3 || told[0].State != paceline.CycleActivating || told[1].State != paceline.CycleStopped || told[2].State != paceline.CyclePaused {
			t.Errorf("the engine heard %v", told)
		}
		h.vendor.failing("POST /hooks", 0)
		must(t, h.activate(t, id))
	})
}

// TestNoSilentOrphan: a crash between the vendor's work and our note of it, or an answer that is lost, leaves
// nothing at the vendor that nobody knows of.
func TestNoSilentOrphan(t *testing.T) {
	onHooks(t, nil, func(t *testing.T, h *hookHouse) {
		id := h.install(t)
		h.vendor.lose = true
		fails(t, "activate", h.activate(t, id), paceline.CodeWebhookRegister)
		if hooks, _ := h.vendor.state(); len(hooks) != 1 {
			t.Fatalf("the vendor has %v, want the one whose answer was lost", hooks)
		}
		h.vendor.lose = false
		must(t, h.SweepOnce(t.Context()))
		hooks, _ := h.vendor.state()
		if _, rows := h.stateOf(t, id); len(hooks) > 0 || len(rows) > 0 {
			t.Errorf("left are %v and %d rows", hooks, len(rows))
		}

		// The process ends while the vendor works.
		ended := make(chan struct{})
		h.vendor.during = func(kind string) {
			if kind == "POST /hooks" {
				close(ended)
				h.vendor.mu.Lock()
				h.vendor.during = nil
				h.vendor.mu.Unlock()
			}
		}
		before := h.house.Room
		dying := make(chan struct{})
		go func() { // its answer is never noted
			defer close(dying)
			defer func() { recover() }()
			h.vendor.mu.Lock()
			h.vendor.lose = true
			h.vendor.mu.Unlock()
			before.Subscribe(t.Context(), h.root, h.activating(t, id))
		}()
		<-ended
		<-dying
		h.vendor.mu.Lock()
		h.vendor.lose = false
		h.vendor.mu.Unlock()
		h.open(t)
		must(t, h.cycles.ResumeActivations(t.Context(), func(int64) bool { return true }))
		hooks, _ = h.vendor.state()
		if state, rows := h.stateOf(t, id); state != paceline.CycleActive || len(hooks) != 2 || len(rows) != 2 {
			t.Errorf("after the restart: state %d, vendor %v, %d rows", state, hooks, len(rows))
		}

		// What the ended process had sent reaches the vendor now.
		h.vendor.mu.Lock()
		for _, one := range h.vendor.hooks {
			h.vendor.hooks["77"] = maps.Clone(one)
			break
		}
		h.vendor.mu.Unlock()
		h.clock.pass(10 * time.Minute)
		must(t, h.SweepOnce(t.Context()))
		late, calls := h.vendor.state()
		if _, still := late["77"]; still || !maps.Equal(late, hooks) {
			t.Errorf("a webhook that came late is left: %v, want %v", late, hooks)
		}
		if len(calls) == 0 {
			t.Error("the vendor was not asked")
		}
		must(t, h.SweepOnce(t.Context()))
		if _, calls = h.vendor.state(); len(calls) > 0 {
			t.Errorf("it is asked again: %v", calls)
		}
	})
}

// activating sets the state that a crash leaves.
func (h *hookHouse) activating(t *testing.T, id paceline.ID) (c paceline.Cycle) {
	must(t, h.store.InTx(t.Context(), h.root.Scope(), func(tx *store.Tx) (err error) {
		if c, _, err = tx.Cycle(h.root.Scope(), id); err != nil {
			return err
		}
		c.State, c.RunVersion = paceline.CycleActivating, c.Version
		if err := tx.InsertRunCopy(c); err != nil {
			return err
		}
		return storetest.SetState(tx, c)
	}))
	return c
}

// TestNotFoundIsTold: where the definition does not say how to find one, its owner is told that it may be left.
func TestNotFoundIsTold(t *testing.T) {
	onHooks(t, func(trigger string) string {
		return strings.Replace(trigger, "      find: {method: list-hooks, url: Url, id: Id}\n", "", 1)
	}, func(t *testing.T, h *hookHouse) {
		id := h.install(t)
		h.vendor.lose = true
		fails(t, "activate", h.activate(t, id), paceline.CodeWebhookRegister)
		must(t, h.SweepOnce(t.Context()))
		must(t, h.SweepOnce(t.Context()))
		if got := h.incidents(t); !slices.Equal(got, []paceline.Code{paceline.CodeWebhookLeft}) {
			t.Errorf("incidents are %v", got)
		}
	})
}

// TestDroppedCredentialTakesItsWebhooksAlong: the vendor forgets the webhooks of a running cycle whose account connector
// is de-authenticated, also when it can be reached only later.
func TestDroppedCredentialTakesItsWebhooksAlong(t *testing.T) {
	onHooks(t, nil, func(t *testing.T, h *hookHouse) {
		id := h.install(t)
		must(t, h.activate(t, id))
		h.vendor.failing("DELETE /hooks/", 409)
		_, err := h.DeauthenticateConnector(t.Context(), h.p, h.root, h.ac.ID)
		must(t, err)
		if state, rows := h.stateOf(t, id); state != paceline.CycleError || len(rows) > 0 {
			t.Errorf("state %d, %d rows", state, len(rows))
		}
		h.vendor.failing("DELETE /hooks/", 0)
		h.clock.pass(2 * time.Minute)
		must(t, h.SweepOnce(t.Context()))
		if hooks, _ := h.vendor.state(); len(hooks) > 0 {
			t.Errorf("left are %v", hooks)
		}
	})
}
