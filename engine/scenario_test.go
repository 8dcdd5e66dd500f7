package engine_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/script"
	"paceline/script/worker"
	"paceline/store"
	"paceline/store/storetest"
)

// scenario is one file of testdata/scenarios: a cycle, what the remote answers, what happens, and what
// must come of it. See testdata/scenarios/README.md.
type scenario struct {
	About  string              `yaml:"about"`
	Cycle  cycleDoc            `yaml:"cycle"`
	Other  *cycleDoc           `yaml:"other"` // a second cycle, to which links lead
	Remote map[string][]answer `yaml:"remote"`
	// Scripts says that the scenario runs scripts.
	Scripts bool `yaml:"scripts"`
	Limits  struct {
		Account  int   `yaml:"account"`
		Bytes    *int  `yaml:"bytes"` // quotas of the account
		Tasks    *int  `yaml:"tasks"`
		Callers  int   `yaml:"callers"`
		Payload  int   `yaml:"payload"` // bytes of a webhook's, and so on
		StepData int   `yaml:"step_data"`
		Request  int64 `yaml:"request"`
		Response int64 `yaml:"response"`
	} `yaml:"limits"`
	Errors *errorsDoc  `yaml:"errors"`
	Play   []event     `yaml:"play"`
	Expect expectation `yaml:"expect"`
}

type cycleDoc struct {
	Retries  int               `yaml:"retries"`
	Interval int               `yaml:"interval"`
	Cron     string            `yaml:"cron"`
	Zone     string            `yaml:"zone"`  // of the account
	Start    time.Duration     `yaml:"start"` // after the beginning of the scenario
	Once     bool              `yaml:"once"`
	NoLog    bool              `yaml:"no_log"`
	Most     int               `yaml:"most"` // transactions at once
	Serial   bool              `yaml:"serial"`
	Keep     keepDoc           `yaml:"keep"`
	OnError  string            `yaml:"on_error"` // of steps that have none of their own
	Steps    []map[string]node `yaml:"steps"`
}

type node struct {
	Webhook string            `yaml:"webhook"`
	Key     string            `yaml:"key"` // of a webhook in the middle of the flow: the field of the delivery,
	Is      string            `yaml:"is"`  // and that of an earlier step which must be equal
	Call    string            `yaml:"call"`
	If      string            `yaml:"if"`
	WaitAll bool              `yaml:"wait_all"`
	Note    string            `yaml:"note"`   // an annotation
	Switch  []string          `yaml:"switch"` // cases as in if
	Delay   time.Duration     `yaml:"delay"`
	Until   string            `yaml:"until"`   // "step/field" or "=date"
	Respond map[string]string `yaml:"respond"` // reply:status, reply:contentType, reply:body, header:<name>, field:<location>
	Link    string            `yaml:"link"`    // other, self, foreign, nowhere
	Use     string            `yaml:"use"`     // of a utility: "connector/method"
	After   any               `yaml:"after"`   // "step", "step/true", or a list
	Map     map[string]string `yaml:"map"`
	Keys    []string          `yaml:"keys"` // unique fields: "step/field"
	OnError string            `yaml:"on_error"`
	Script  string            `yaml:"script"`
	// Split is the list of the answer that is split; Unsplittable one that cannot be.
	Split        string `yaml:"split"`
	Unsplittable bool   `yaml:"unsplittable"`
	// Required are the inputs that must have a value. EndOn ends the path for lack of data: source, result.
	Required []string `yaml:"required"`
	EndOn    []string `yaml:"end_on"`
}

type event struct {
	Deliver *delivery     `yaml:"deliver"`
	Wait    time.Duration `yaml:"wait"`
	Stop    string        `yaml:"stop"` // now, finish, other (now)
	Start   bool          `yaml:"activate"`
	Restart bool          `yaml:"restart"`
	Away    time.Duration `yaml:"away"`
	Expect  *expectation  `yaml:"expect"`
	Repeat  *repeating    `yaml:"repeat"`
	Leave   string        `yaml:"leave"` // the caller gives up
	Keep    *keepDoc      `yaml:"keep"`  // the account's retention from now on
	Plans   string        `yaml:"plans"` // away, broken, here: whether plans can be read
	Edit    *edit         `yaml:"edit"`
	LastRun *dated        `yaml:"last_run"`
	Errors  *errorsDoc    `yaml:"errors"` // where errors are posted from now on
	Listen  string        `yaml:"listen"` // account, or oldest: the oldest transaction
	Renew   bool          `yaml:"renew"`  // the other cycle gets a new version while the next link is on its way to it
}

type delivery struct {
	To        string `yaml:"to"` // other: to the other cycle
	At        string `yaml:"at"` // the webhook step; "" is the one that starts the cycle
	Body      any    `yaml:"body"`
	Event     string `yaml:"event"`
	Signature string `yaml:"signature"` // right, wrong, standard; "" none
	Refused   string `yaml:"refused"`   // the code with which it must be refused
	Key       string `yaml:"key"`       // of the delivery, by which its sender repeats it
	Same      bool   `yaml:"same"`      // it must be told as a second copy
	Caller    string `yaml:"caller"`    // who waits for the answer, while the play goes on
}

// TestScenarios plays every file of testdata/scenarios in a time of its own.
func TestScenarios(t *testing.T) {
	playAll(t, "*", storetest.SQLite)
}

// onPostgres are the scenarios that are played on PostgreSQL, too: at least one for each kind of op, for what is read
// back after a crash, and for what one transaction reads of another. PACELINE_SCENARIOS names others (* for all): those
// that go on for weeks take long, since the engine looks every minute whether there is something to forget.
var onPostgres = []string{
	"01_happy_path", "09_stop_cycle", "10_dedupe", "16_unknown_outcome", "20_finish", "21_run_once", "23_split", "30_resubmit_failed", "32_resubmit_like",
	"34_drop_queued", "38_webhook_unused", "40_link", "50_webhook_in_the_middle_crash", "51_wait_all_split", "53_wait_all_two", "56_serial_crash", "61_edit_while_running", "61_last_successful_run_set",
	"60_held_together", "64_resolve_unknown_outcome", "70_pages_crash", "72_chunks_crash", "76_per_item_crash", "78_per_item_resubmit", "95_schedule_broken", "99_blobs", "99_retention_shortened", "99_usage",
}

// TestScenariosOnPostgres plays some of them on the other database: calls to its server are no waiting, so that time
// stands still for them.
func TestScenariosOnPostgres(t *testing.T) {
	names := onPostgres
	if more := os.Getenv("PACELINE_SCENARIOS"); more != "" {
		names = strings.Fields(more)
	}
	for _, name := range names {
		playAll(t, name, timelessPostgres)
	}
}

func timelessPostgres(t testing.TB) store.Options {
	options := storetest.Postgres(t)
	// The pool would look after its connections all through the days of a scenario.
	q := "?"
	if strings.Contains(options.URL, q) {
		q = "&"
	}
	options.URL += q + "pool_health_check_period=10000h&pool_max_conn_lifetime=10000h&pool_max_conn_idle_time=10000h"
	options.Writers = 1
	return options
}

func playAll(t *testing.T, pattern string, on func(testing.TB) store.Options) {
	files := must(filepath.Glob("testdata/scenarios/" + pattern + ".yaml"))
	if len(files) == 0 {
		t.Fatalf("there are no scenarios %s", pattern)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			s := read(t, string(must(os.ReadFile(file))))
			options := on(t)
			scripts := scriptsOf(t, s)
			synctest.Test(t, func(t *testing.T) { play(t, s, options, scripts) })
		})
	}
}

func read(t *testing.T, doc string) (s scenario) {
	t.Helper()
	if err := yaml.NewDecoder(strings.NewReader(doc), yaml.Strict()).Decode(&s); err != nil {
		t.Fatalf("%s", err)
	}
	return s
}

// stage is a scenario in progress.
type stage struct {
	t *testing.T
	*house
	remote    *played
	doc       cycleDoc
	plan      *paceline.Plan
	names     []string
	other     *stage // the second cycle; nil without one
	cycle     paceline.Cycle
	address   string
	begun     time.Time
	waiting   waiting
	options   store.Options
	receivers *receivers // of errors
	settings  *settings
	stream    *engine.LiveStream
	heard     []string
}

// scriptsOf returns workers for a scenario with scripts. They live outside of the scenario's time, as processes do.
func scriptsOf(t *testing.T, s scenario) *script.Pool {
	if !s.Scripts {
		return nil
	}
	pool := script.NewPool(script.Config{Command: []string{os.Args[0], worker.Argument}, Warm: 1})
	t.Cleanup(pool.Close)
	return pool
}

func play(t *testing.T, s scenario, options store.Options, scripts *script.Pool) {
	st := &stage{t: t, begun: time.Now(), remote: &played{answers: s.Remote}}
	if st.remote.answers == nil {
		st.remote.answers = map[string][]answer{}
	}
	options.Clock = lazy{factor: 600}
	if options.URL != "" {
		options.Clock = lazy{factor: 20_000} // each beat of a writer asks the server
	}
	db := must(store.Open(t.Context(), options))
	defer db.Close()
	st.house = furnish(t.Context(), db, st.remote, "https://remote.example")
	st.scripts = scripts
	st.limits.AccountRunning, st.limits.Callers = s.Limits.Account, s.Limits.Callers
	st.limits.Payload, st.limits.StepData = s.Limits.Payload, s.Limits.StepData
	st.calls.Request, st.calls.Response = s.Limits.Request, s.Limits.Response
	if s.Errors != nil {
		st.postErrors(*s.Errors, st.remote.answers)
	}
	st.setQuota(t, s.Limits.Bytes, s.Limits.Tasks)
	st.start(t.Context())
	defer func() { st.engine.Stop(t.Context()) }()
	st.stand(s.Cycle)
	if s.Other != nil {
		st.other = &stage{t: t, house: st.house, remote: st.remote, begun: st.begun}
		st.other.stand(*s.Other)
	}
	st.link()
	synctest.Wait()
	for i, e := range s.Play {
		st.event(e)
		synctest.Wait()
		if t.Failed() {
			t.Fatalf("at event %d of the play", i+1)
		}
	}
	st.check(s.Expect)
	st.checkSums()
}

// stand installs and starts a cycle.
func (st *stage) stand(doc cycleDoc) {
	st.doc = doc
	st.plan, st.names = planOf(st.t, doc)
	start := paceline.Micros(0)
	if st.cron = doc.Cron; doc.Zone != "" {
		st.account.Timezone = doc.Zone
	}
	if doc.Start > 0 {
		start = paceline.ToMicros(st.begun.Add(doc.Start))
	}
	st.cycle, st.address = st.install(st.t.Context(), st.plan, start)
	st.engine.CycleChanged(st.t.Context(), st.cycle)
}

func (st *stage) event(e event) {
	ctx := st.t.Context()
	switch {
	case e.Deliver != nil:
		st.deliver(*e.Deliver)
	case e.Wait > 0:
		time.Sleep(e.Wait)
	case e.Stop == "other":
		st.setState(ctx, &st.other.cycle, paceline.CyclePaused)
	case e.Stop == "now":
		st.setState(ctx, &st.cycle, paceline.CyclePaused)
	case e.Stop == "finish":
		st.setState(ctx, &st.cycle, paceline.CycleFinishing)
	case e.Start:
		st.setState(ctx, &st.cycle, paceline.CycleActive)
	case e.Restart:
		st.engine.Stop(noTime) // calls in flight are cut off
		st.start(ctx)
	case e.Away > 0:
		st.engine.Stop(noTime)
		time.Sleep(e.Away)
		st.start(ctx)
	case e.Expect != nil:
		st.check(*e.Expect)
	case e.Repeat != nil:
		st.repeat(*e.Repeat)
	case e.Edit != nil:
		st.edit(*e.Edit)
	case e.LastRun != nil:
		st.setLastRun(*e.LastRun)
	case e.Errors != nil:
		st.postErrors(*e.Errors, nil)
	case e.Listen != "":
		st.listen(e.Listen)
	case e.Renew:
		st.renew(st.other)
	case e.Keep != nil:
		st.keep(*e.Keep)
	case e.Plans != "":
		st.setPlans(e.Plans)
	case e.Leave != "":
		st.waiting.leave(e.Leave)
	default:
		st.t.Fatal("an event without a meaning")
	}
}

// noTime is the context of a stop that cannot wait.
var noTime = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// lazy slows the store's own timers down, which would tick through days of waiting.
type lazy struct {
	paceline.SystemClock
	factor time.Duration
}

func (c lazy) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	return c.SystemClock.NewTimer(d * c.factor)
}

func (st *stage) deliver(d delivery) {
	body := jsonOf(d.Body)
	in := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, RawBody: body, At: time.Now()}
	if d.Event != "" {
		in.Header.Set("X-Event-Id", d.Event)
	}
	if d.Key != "" {
		in.Header.Set("Idempotency-Key", d.Key)
		in.Header.Set("Webhook-Id", d.Key)
	}
	switch d.Signature {
	case "standard":
		signStandard(in.Header, d.Key, body)
	case "right":
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		in.Header.Set("X-Signature", hex.EncodeToString(mac.Sum(nil)))
	case "wrong":
		in.Header.Set("X-Signature", strings.Repeat("0", 64))
	}
	if d.Caller != "" {
		st.waiting.send(st, d, in)
		return
	}
	to := st
	if d.To == "other" {
		to = st.other
	}
	receipt, err := st.engine.Deliver(st.t.Context(), to.addressOf(d.At), in)
	switch {
	case string(paceline.CodeOf(err)) != d.Refused:
		st.t.Errorf("the delivery gave %v, want refused %q", err, d.Refused)
	case receipt.Duplicate != d.Same:
		st.t.Errorf("the delivery is a copy: %v, want %v", receipt.Duplicate, d.Same)
	}
}

// addressOf is the address of a webhook step by its name, "" for the one that starts the cycle.
func (st *stage) addressOf(step string) string {
	if step == "" {
		return st.address
	}
	var address string
	err := st.store.Read(st.t.Context(), func(tx *store.Tx) error {
		all, err := tx.WebhookIdentifiers(st.account.Scope(), st.cycle.Num)
		address = all[st.plan.Steps[slices.Index(st.names, step)].ID]
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return address
}

func jsonOf(v any) []byte { return must(json.Marshal(v)) }
