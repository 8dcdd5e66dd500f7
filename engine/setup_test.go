package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/script"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/utility"
)

// house is what a test of the engine needs around it: a real store with one partner and account, the
// testbed connector, and a remote that the test plays. Plans are made by the test.
type house struct {
	store  *store.Store
	engine *engine.Engine
	remote http.RoundTripper
	clock  paceline.Clock
	log    *slog.Logger
	limits engine.Limits
	calls  connector.Limits
	// notices and outbound post error webhooks; without them there are none.
	notices  engine.Notices
	outbound http.RoundTripper
	partner  int64
	account  paceline.Account
	ids      *seal.IDKey
	key      *seal.Key

	cron     string // of the cycle that is installed next
	compiled *connector.Compiled
	address  string // of the remote
	instance *connector.Instance
	// installed are further account connectors.
	installed map[int32]*connector.Instance

	scripts *script.Pool // nil: none run
	service string       // domain of the partner as it is now

	mu    sync.Mutex
	plans map[[2]int64]*paceline.Plan
	// unread, when set, is why no plan can be read.
	unread error
	// planned, when set, is told which cycle's plan is read.
	planned func(cycle int64)
}

// installation is the key of all tests, so that a second process opens what the first one sealed.
var installation = seal.New(must(seal.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func testbed() *connector.Compiled {
	doc := must(os.ReadFile("testdata/connector.yaml"))
	def, problems := connector.Parse("testbed", doc)
	if def == nil {
		panic(fmt.Sprint(problems))
	}
	return must(connector.Compile(def))
}

// furnish writes the partner, the account and the id key, or finds those of an earlier process.
func furnish(ctx context.Context, s *store.Store, remote http.RoundTripper, address string) *house {
	h := &house{store: s, remote: remote, clock: paceline.SystemClock{}, log: slog.New(slog.DiscardHandler),
		compiled: testbed(), address: address, plans: map[[2]int64]*paceline.Plan{}}
	err := s.InTx(ctx, paceline.Scope{}, func(tx *store.Tx) error {
		partners, err := tx.Partners()
		if err != nil {
			return err
		}
		if len(partners) == 0 {
			return h.found(tx)
		}
		h.partner = partners[0].Num
		h.account, _, err = tx.AccountByNum(paceline.Scope{Partner: h.partner, Account: 1})
		return err
	})
	if err == nil {
		err = h.keys(ctx)
	}
	h.instance = &connector.Instance{
		Account: h.account.Num, Partner: h.partner, Root: h.account.Root, ID: 1, Compiled: h.compiled,
		AuthValue: "token-of-the-test", Properties: map[string]string{"Address": h.address, "WebhookSecret": secret},
	}
	if err != nil {
		panic(err)
	}
	return h
}

func (h *house) found(tx *store.Tx) (err error) {
	wrapped, _ := installation.NewPartnerKey()
	if h.partner, err = tx.InsertPartner(paceline.Partner{ID: paceline.NewID(tx.Time()), Name: "Partner", CreatedAt: tx.Now()}, wrapped); err != nil {
		return err
	}
	wrapped, _ = installation.NewAccountKey()
	h.account, err = tx.InsertAccount(paceline.Scope{Partner: h.partner}, paceline.Account{
		ID: paceline.NewID(tx.Time()), APIID: "northwind", Name: "Northwind", CreatedAt: tx.Now(),
		AccountSettings: paceline.AccountSettings{Timezone: "Europe/Berlin"},
	}, wrapped)
	if err != nil {
		return err
	}
	wrapped, _ = installation.NewIDKey()
	return tx.SetMeta("test_id_key", wrapped)
}

func (h *house) keys(ctx context.Context) error {
	return h.store.Read(ctx, func(tx *store.Tx) error {
		sealed, _, err := tx.AccountKey(h.account.Num)
		if err != nil {
			return err
		}
		h.key = must(installation.Unwrap(sealed))
		wrapped, _, err := tx.Meta("test_id_key")
		if err != nil {
			return err
		}
		h.ids = must(installation.UnwrapID(wrapped))
		return nil
	})
}

// start builds and starts an engine on the store.
func (h *house) start(ctx context.Context) {
	h.build()
	if err := h.engine.Start(ctx); err != nil {
		panic(err)
	}
}

// build makes an engine that is not started: what it is asked for is done, and nothing goes on.
func (h *house) build() {
	runtime := connector.New(connector.Config{Transport: h.remote, Clock: h.clock, Logger: h.log, Limits: h.calls, Holds: engine.Holds{Store: h.store}, Scripts: h.scripts})
	keys := func(context.Context, int64) (*seal.Key, error) { return h.key, nil }
	post := utility.Post{}
	if p, ok := h.remote.(*played); ok {
		post.Dial = p.dialMail
	}
	utility.Provide(runtime, utility.Config{Store: h.store, Keys: keys, Clock: h.clock, Post: post})
	h.engine = engine.New(engine.Config{
		Store: h.store, Plans: h, Instances: h, Runtime: runtime, Keys: keys, Broker: seal.NewBroker(houseKeys{h}, nil),
		IDs: h.ids, Clock: h.clock, Logger: h.log, Limits: h.limits, Notices: h.notices, Outbound: h.outbound,
		Service: func(context.Context, int64) string { return h.service },
	})
}

// houseKeys give everybody the key of the house.
type houseKeys struct{ h *house }

func (k houseKeys) KeyOf(context.Context, int64) (*seal.Key, error)        { return k.h.key, nil }
func (k houseKeys) PartnerKeyOf(context.Context, int64) (*seal.Key, error) { return k.h.key, nil }

// Plan gives the engine the plans that the test has installed.
func (h *house) Plan(_ context.Context, cycle, version int64) (*paceline.Plan, error) {
	h.mu.Lock()
	p, planned, unread := h.plans[[2]int64{cycle, version}], h.planned, h.unread
	h.mu.Unlock()
	if unread != nil {
		return nil, unread
	}
	if planned != nil {
		planned(cycle)
	}
	if p != nil {
		return p, nil
	}
	return nil, paceline.Fail(paceline.CodeNotFound, "what", "Cycle")
}

// secret signs the deliveries of the signed trigger.
const secret = "a signing secret of the test"

// linkInstance is the account connector of links between cycles.
const linkInstance = 2

// Instance gives the engine the account connectors.
func (h *house) Instance(_ context.Context, _ paceline.Scope, id int32) (*connector.Instance, error) {
	if id == linkInstance {
		return &connector.Instance{Account: h.account.Num, Partner: h.partner, Root: h.account.Root, ID: id, Compiled: cycleLink()}, nil
	}
	if in := h.installed[id]; in != nil {
		return in, nil
	}
	if c := utilityWith(id); c != nil {
		return &connector.Instance{Account: h.account.Num, Partner: h.partner, Root: h.account.Root, ID: id, Compiled: c,
			Properties: map[string]string{engine.WebhookSecret: standardSecret, "Host": "mail.example", "Security": "none", "From": "shop@shop.example"}}, nil
	}
	return h.instance, nil
}

func (h *house) InstanceAt(ctx context.Context, scope paceline.Scope, id int32, _ paceline.ReleaseKey) (*connector.Instance, error) {
	return h.Instance(ctx, scope, id)
}

func (h *house) InstanceNamed(ctx context.Context, scope paceline.Scope, name string) (*connector.Instance, error) {
	if name == "Remote" {
		return h.instance, nil
	}
	return nil, paceline.Fail(paceline.CodeNotFound, "what", "Account connector")
}

var cycleLink = sync.OnceValue(func() *connector.Compiled {
	doc := must(os.ReadFile("../connectors/cycle-link/connector.yaml"))
	def, problems := connector.Parse("cycle-link", doc)
	if def == nil {
		panic(fmt.Sprint(problems))
	}
	return must(connector.Compile(def))
})

// install writes a cycle with the plan, active, and returns it with the address of its webhook, "" for
// a polled one.
func (h *house) install(ctx context.Context, plan *paceline.Plan, start paceline.Micros) (c paceline.Cycle, address string) {
	scope := h.account.Scope()
	flow := paceline.Flow{Schema: 1, Settings: paceline.DefaultFlowSettings()}
	flow.Settings.StartTime, flow.Settings.Interval, flow.Settings.RunOnce = start, plan.Interval, plan.RunOnce
	flow.Settings.Cron = h.cron
	flow.Settings.MaxConcurrent, flow.Settings.Serial = plan.MaxConcurrent, plan.Serial
	for _, s := range plan.Steps {
		step := paceline.Step{ID: s.ID, Name: s.Name, Kind: s.Kind, AccountConnector: s.AccountConnector}
		if s.AccountConnector != 0 {
			compiled := h.compiled
			if u := utilityWith(s.AccountConnector); u != nil {
				compiled = u
			}
			if in := h.installed[s.AccountConnector]; in != nil {
				compiled = in.Compiled
			}
			step.Connector = &paceline.StepConnector{UID: compiled.UID(), Version: compiled.Version()}
			step.Method = compiled.MethodUID(s.Method)
		}
		flow.Steps = append(flow.Steps, step)
	}
	err := h.store.InTx(ctx, scope, func(tx *store.Tx) (err error) {
		c = paceline.Cycle{ID: paceline.NewID(tx.Time()), Partner: scope.Partner, Account: scope.Account, Root: h.account.Root,
			Name: "Cycle of the test", State: paceline.CyclePaused, Flow: flow, CreatedAt: tx.Now()}
		if err = tx.InsertCycle(&c); err != nil {
			return err
		}
		c.State, c.RunVersion, c.ActivatedAt = paceline.CycleActive, c.Version, tx.Now()
		if err = storetest.SetState(tx, c); err != nil {
			return err
		}
		if plan.Steps[plan.Trigger].Kind == paceline.StepAction {
			return tx.SetSchedule(c, max(start, 0)+boolMicros(start == 0)*tx.Now())
		}
		identifiers, err := tx.WebhookIdentifiers(scope, c.Num)
		address = identifiers[plan.Steps[plan.Trigger].ID]
		return err
	})
	if err != nil {
		panic(err)
	}
	h.adopt(plan, c)
	return c, address
}

// setPlans says whether plans can be read: not while the database is away, and never when they are broken.
func (h *house) setPlans(how string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unread = map[string]error{
		"away": paceline.Fail(paceline.CodeBusy), "broken": fmt.Errorf("%w: of the test", paceline.ErrPlan),
	}[how]
}

// adopt gives the plan to the engine as what the cycle runs.
func (h *house) adopt(plan *paceline.Plan, c paceline.Cycle) {
	plan.Partner, plan.Account, plan.Root = h.partner, h.account.Num, h.account.Root
	plan.AccountID, plan.AccountAPIID, plan.Timezone = h.account.ID, h.account.APIID, h.account.Timezone
	plan.Cycle, plan.CycleID, plan.CycleName, plan.Version = c.Num, c.ID, c.Name, c.RunVersion
	h.mu.Lock()
	h.plans[[2]int64{c.Num, c.RunVersion}] = plan
	h.mu.Unlock()
}

func boolMicros(b bool) paceline.Micros {
	if b {
		return 1
	}
	return 0
}

// setState changes the state of a cycle as its room does, and tells the engine.
func (h *house) setState(ctx context.Context, c *paceline.Cycle, state paceline.CycleState) {
	c.State = state
	err := h.store.InTx(ctx, h.account.Scope(), func(tx *store.Tx) error { return storetest.SetState(tx, *c) })
	if err != nil {
		panic(err)
	}
	h.engine.CycleChanged(ctx, *c)
}

// principal is who reads in tests.
func (h *house) principal() paceline.Principal { return paceline.SystemPrincipalOf(h.partner) }

// played is a remote in memory: each method answers by the script of the test, and records what came.
type played struct {
	mu    sync.Mutex
	calls []callMade
	// answers are used up in order, by path; without one the answer is 200 {"id": <number of the call>}.
	answers map[string][]answer
	// came hears of each call, where a test waits for some.
	came chan struct{}
}

type callMade struct {
	At   time.Time
	Path string
	Body string
	Key  string
}

type answer struct {
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    any               `yaml:"body"`
	Text    string            `yaml:"text"`    // instead of body
	Padding int               `yaml:"padding"` // bytes that are added to the body, as its field pad
	// Hang answers only when the caller gives up. Panic crashes the step.
	Hang  bool          `yaml:"hang"`
	Panic bool          `yaml:"panic"`
	Takes time.Duration `yaml:"takes"`
}

// RoundTrip answers a call.
func (p *played) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	key := req.Header.Get("Idempotency-Key")
	if key == "" {
		key = req.Header.Get("X-Key")
	}
	p.mu.Lock()
	path := req.URL.Path[1:]
	p.calls = append(p.calls, callMade{At: time.Now(), Path: path + query(req), Body: string(body), Key: key})
	if p.came != nil {
		p.came <- struct{}{}
	}
	a := answer{Status: 200, Body: map[string]any{"id": len(p.calls)}}
	if script := p.answers[path]; len(script) > 0 {
		a, p.answers[path] = script[0], script[1:]
	}
	p.mu.Unlock()
	if a.Panic {
		panic("the remote's script says so")
	}
	if a.Hang {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	if a.Takes > 0 {
		select {
		case <-time.After(a.Takes):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	if a.Status == 0 {
		a.Status = 200
	}
	if fields, ok := a.Body.(map[string]any); ok && a.Padding > 0 {
		fields["pad"] = strings.Repeat("x", a.Padding)
	}
	var text []byte
	if text = []byte(a.Text); a.Body != nil {
		text = jsonOf(a.Body)
	}
	resp := &http.Response{
		StatusCode: a.Status, Status: fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)), Request: req,
	}
	for k, v := range a.Headers {
		resp.Header.Set(k, v)
	}
	return resp, nil
}

func (p *played) made() []callMade {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]callMade(nil), p.calls...)
}

// readAll reads the database file with what stands beside it.
func readAll(path string) (all []byte, err error) {
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil && suffix == "" {
			return nil, err
		}
		all = append(all, b...)
	}
	return all, nil
}

// query is the query of a request as a scenario writes it.
func query(req *http.Request) string {
	if req.URL.RawQuery == "" {
		return ""
	}
	return "?" + req.URL.RawQuery
}
