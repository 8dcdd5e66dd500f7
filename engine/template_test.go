package engine_test

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest/standin"
	"paceline/cycle"
	"paceline/store"
	"paceline/store/storetest"
)

var update = flag.Bool("update", false, "write the records of templates")

// recording is one file of testdata/templates: what happens to templates that are installed together. What they ask of
// the vendors is compared with the file beside it.
type recording struct {
	About     string            `yaml:"about"`
	Templates []string          `yaml:"templates"`
	Choose    map[string]string `yaml:"choose"`  // what the customer chooses, by "step/key"
	Answers   map[string]any    `yaml:"answers"` // responses in place of those of fixtures, by "connector/fixture"
	Play      []recorded        `yaml:"play"`
}

type recorded struct {
	Deliver string         `yaml:"deliver"` // fixture of a trigger, "connector/fixture"
	Change  []string       `yaml:"change"`  // texts of its body and what stands there instead, by turns
	Same    bool           `yaml:"same"`    // it must be told as a second copy
	Wait    time.Duration  `yaml:"wait"`
	Answers map[string]any `yaml:"answers"` // from now on
}

// TestTemplates plays the recordings of the templates that come with Paceline.
func TestTemplates(t *testing.T) {
	played := map[string]bool{"github-issue-to-crm-ticket": true} // with stand-ins of its own, in templates
	for _, file := range must(filepath.Glob("testdata/templates/*.yaml")) {
		var r recording
		if err := yaml.NewDecoder(bytes.NewReader(must(os.ReadFile(file))), yaml.Strict()).Decode(&r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, name := range r.Templates {
			played[name] = true
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			options := storetest.SQLite(t)
			var calls []byte
			synctest.Test(t, func(t *testing.T) { calls = r.play(t, options) })
			record := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(record, calls, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := must(os.ReadFile(record)); !bytes.Equal(calls, want) {
				t.Errorf("the calls are\n%s\nnot as %s has them (-update writes it)\n%s", calls, record, want)
			}
		})
	}
	for _, file := range must(filepath.Glob("../templates/*/template.json")) {
		if name := filepath.Base(filepath.Dir(file)); !played[name] {
			t.Errorf("the template %s has no recording", name)
		}
	}
}

func (r recording) play(t *testing.T, options store.Options) []byte {
	options.Clock = lazy{factor: 600}
	db := must(store.Open(t.Context(), options))
	defer db.Close()
	v := &vendors{answers: fstest.MapFS{}, given: map[string]bool{}}
	v.answer(t, r.Answers)
	st := &stage{t: t, begun: time.Now(), house: furnish(t.Context(), db, v, "")}
	st.start(t.Context())
	defer func() { st.engine.Stop(t.Context()) }()
	chosen := map[string]bool{}
	addresses := map[string]string{}
	for i, name := range r.Templates {
		if i > 0 {
			time.Sleep(time.Minute) // so that they do not ask at the same moment, in either order
		}
		v.use(t, st, r.prepare(t, name, chosen), addresses)
	}
	for place := range r.Choose {
		if !chosen[place] {
			t.Errorf("nothing of %s is left to the customer", place)
		}
	}
	synctest.Wait()
	for _, e := range r.Play {
		v.answer(t, e.Answers)
		if e.Deliver != "" {
			e.deliver(st, addresses)
		}
		if e.Wait > 0 {
			time.Sleep(e.Wait)
			v.note("after " + e.Wait.String())
		}
		synctest.Wait()
	}
	if list := st.incidents(); len(list) > 0 {
		t.Errorf("incidents: %v\n%s", list, strings.Join(st.details(), "\n"))
	}
	for name := range v.answers {
		if !v.given[name] {
			t.Errorf("nobody got the answer %s", name)
		}
	}
	st.checkSums()
	return []byte(strings.Join(v.record, "\n") + "\n")
}

// prepare reads a template as it is installed, with the customer's choices.
func (r recording) prepare(t *testing.T, name string, chosen map[string]bool) paceline.Flow {
	var doc struct{ Flow paceline.Flow }
	if err := json.Unmarshal(must(os.ReadFile("../templates/"+name+"/template.json")), &doc); err != nil {
		t.Fatal(err)
	}
	flow := cycle.Blank(doc.Flow)
	for i := range flow.Steps {
		step := &flow.Steps[i]
		choose := func(key string, m *paceline.Mapping) {
			if !m.UserConfigurable {
				return
			}
			place := step.Name + "/" + key
			if text, ok := r.Choose[place]; ok {
				*m = paceline.Mapping{Type: paceline.MapStatic, Value: &text}
				chosen[place] = true
			} else {
				t.Errorf("%s: the recording chooses no %s", name, place)
			}
		}
		for k := range step.Params {
			choose(step.Params[k].Key, &step.Params[k].Mapping)
		}
		for k := range step.Fields {
			choose(step.Fields[k].Location, &step.Fields[k].Mapping)
		}
		if step.Decision != nil {
			choose("value", &step.Decision.Right)
		}
	}
	return flow
}

func (e recorded) deliver(st *stage, addresses map[string]string) {
	key, trigger, _ := strings.Cut(e.Deliver, "/")
	var fixture struct {
		Secret   string
		Delivery struct {
			Headers map[string]string
			Body    string
			At      string
		}
	}
	if err := json.Unmarshal(must(os.ReadFile("../connectors/"+key+"/fixtures/"+trigger+".json")), &fixture); err != nil {
		st.t.Fatal(err)
	}
	d := connector.Delivery{Method: http.MethodPost, Header: http.Header{}, At: time.Now()}
	if fixture.Delivery.At != "" {
		d.At = must(time.Parse(time.RFC3339, fixture.Delivery.At))
	}
	body := strings.NewReplacer(e.Change...).Replace(fixture.Delivery.Body)
	d.RawBody = []byte(body)
	for name, text := range fixture.Delivery.Headers {
		if len(e.Change) > 0 {
			text = signed(name, text, fixture.Secret, body)
		}
		d.Header.Set(name, text)
	}
	receipt, err := st.engine.Deliver(st.t.Context(), addresses[key], d)
	if err != nil || receipt.Duplicate != e.Same {
		st.t.Errorf("%s: %v, a copy: %v", e.Deliver, err, receipt.Duplicate)
	}
}

// signed is a header of a delivery whose body was changed.
func signed(name, text, secret, body string) string {
	switch name {
	case "X-Hub-Signature-256":
		return "sha256=" + hexMAC(secret, body)
	case "Stripe-Signature":
		at, _, _ := strings.Cut(text, ",")
		return at + ",v1=" + hexMAC(secret, strings.TrimPrefix(at, "t=")+"."+body)
	}
	return text
}

func hexMAC(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// accounts are the account connectors of the customer.
var accounts = map[string]struct {
	AuthValue  string
	Properties map[string]string
}{
	"stripe":              {AuthValue: "rk_test_example", Properties: map[string]string{"WebhookSecret": "whsec_example"}},
	"github":              {AuthValue: "ghp_example", Properties: map[string]string{"WebhookSecret": "It's a Secret to Everybody"}},
	"hubspot":             {AuthValue: "pat-eu1-example"},
	"salesforce":          {AuthValue: "00Dxx!example", Properties: map[string]string{"InstanceUrl": "https://fjordline.my.salesforce.com"}},
	"microsoft-graph":     {AuthValue: "example-token", Properties: map[string]string{"UserId": "u-1", "WebhookSecret": "s3cret"}},
	"microsoft-dataverse": {AuthValue: "example-token", Properties: map[string]string{"OrgUrl": "https://northwind.crm4.dynamics.com"}},
	"netsuite":            {AuthValue: `{"ConsumerKey": "ck", "ConsumerSecret": "cs", "Token": "tk", "TokenSecret": "ts"}`, Properties: map[string]string{"AccountId": "1234567_SB1"}},
}

// firstVendor is the account connector of the first vendor that a recording uses.
const firstVendor = 200

// vendors are the stand-ins of the systems that a recording uses, and what was asked of them.
type vendors struct {
	answers fstest.MapFS    // in place of fixtures
	given   map[string]bool // which of them somebody got

	mu     sync.Mutex
	all    []*standin.StandIn
	ids    map[string]int32
	record []string
}

// use installs a flow with the account connectors that it needs.
func (v *vendors) use(t *testing.T, st *stage, flow paceline.Flow, addresses map[string]string) {
	releases := cycle.Pinned{}
	for i := range flow.Steps {
		step := &flow.Steps[i]
		if step.Connector == nil {
			continue
		}
		key := step.Connector.Key
		rel := must(cycle.NewRelease(store.ConnectorRelease{ConnectorKey: key, Document: must(os.ReadFile("../connectors/" + key + "/connector.yaml"))}, nil))
		releases.Add(*step.Connector, rel)
		step.Method = rel.Compiled.MethodUID(string(step.Method))
		if rel.Compiled.Definition.IsUtility() {
			step.AccountConnector = utilityNamed(t, key)
			continue
		}
		step.AccountConnector = v.account(t, st, key, rel.Compiled)
	}
	plan := must(cycle.Compile(cycle.Source{Flow: flow}, releases))
	c, address := st.install(t.Context(), plan, 0)
	if first := plan.Steps[plan.Trigger]; first.Kind == paceline.StepWebhook {
		step, _ := flow.Step(first.ID)
		addresses[step.Connector.Key] = address
	}
	st.engine.CycleChanged(t.Context(), c)
}

func (v *vendors) account(t *testing.T, st *stage, key string, compiled *connector.Compiled) int32 {
	if id, known := v.ids[key]; known {
		return id
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	id := int32(firstVendor + len(v.all))
	properties := map[string]string{}
	for _, p := range compiled.Definition.Properties {
		properties[p.Name] = p.Default.Text()
	}
	maps.Copy(properties, accounts[key].Properties)
	in := &connector.Instance{
		Account: st.account.Num, Partner: st.partner, Root: st.account.Root, ID: id, Compiled: compiled,
		Auth: cmp.Or(compiled.Auth("token"), compiled.Auth("")), AuthValue: accounts[key].AuthValue, Properties: properties,
	}
	if st.installed == nil {
		st.installed, v.ids = map[int32]*connector.Instance{}, map[string]int32{}
	}
	st.installed[id], v.ids[key] = in, id
	v.all = append(v.all, must(standin.New(key, v)))
	return id
}

// answer has the vendors answer otherwise from now on.
func (v *vendors) answer(t *testing.T, answers map[string]any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for place, response := range answers {
		key, fixture, ok := strings.Cut(place, "/")
		if !ok {
			t.Fatalf("%s names no fixture", place)
		}
		v.answers[key+"/fixtures/"+fixture+".json"] = &fstest.MapFile{Data: jsonOf(map[string]any{"response": response})}
	}
}

// Open opens a fixture, or what a recording has in its place.
func (v *vendors) Open(name string) (fs.File, error) {
	if f, err := v.answers.Open(name); err == nil {
		v.given[name] = true
		return f, nil
	}
	return os.DirFS("../connectors").Open(name)
}

func (v *vendors) note(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.record = append(v.record, line)
}

// RoundTrip has the vendor answer, and writes down what it was asked.
func (v *vendors) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.IndexFunc(v.all, func(s *standin.StandIn) bool { return s.Has(req.URL.Host) })
	if i < 0 {
		return nil, fmt.Errorf("nobody is at %s", req.URL.Host)
	}
	resp, err := v.all[i].RoundTrip(req)
	if err != nil {
		return nil, err
	}
	line := fmt.Sprintf("%s %s%s %d", req.Method, req.URL.Host, req.URL.RequestURI(), resp.StatusCode)
	if len(body) > 0 {
		line += "\n  " + string(body)
	}
	v.record = append(v.record, line)
	return resp, nil
}
