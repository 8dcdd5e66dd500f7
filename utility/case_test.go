package utility_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/utility"
)

// script is one file of testdata: calls of utilities that follow each other, and what each answers.
type script struct {
	About  string         `yaml:"about"`
	Limits utility.Limits `yaml:"limits"`
	// Properties are those of the account connector.
	Properties map[string]string `yaml:"properties"`
	Calls      []struct {
		Call    string            `yaml:"call"` // "connector/method"
		Params  map[string]string `yaml:"params"`
		Fields  map[string]any    `yaml:"fields"`
		Account int               `yaml:"account"` // 0 is the first of two
		Cycle   *int64            `yaml:"cycle"`   // 1 unless said otherwise
		Key     string            `yaml:"key"`     // the idempotency key of the call
		Wait    time.Duration     `yaml:"wait"`    // before it
		Long    int               `yaml:"long"`    // this many times the text of the field Value
		Want    any               `yaml:"want"`
		Text    string            `yaml:"text"` // instead of want: the answer, letter by letter
		Error   string            `yaml:"error"`
		Detail  string            `yaml:"detail"` // of the error
	} `yaml:"calls"`
}

// TestScripts plays every file of testdata on both databases.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			s := readScript(t, file)
			eachStore(t, s.Limits, func(t *testing.T, h *house) {
				h.properties = s.Properties
				play(t, h, s)
			})
		})
	}
}

func readScript(t *testing.T, file string) (s script) {
	t.Helper()
	doc, err := os.ReadFile(file)
	if err == nil {
		err = yaml.NewDecoder(strings.NewReader(string(doc)), yaml.Strict()).Decode(&s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eachStore runs f on both databases, whose time the test moves.
func eachStore(t *testing.T, limits utility.Limits, f func(t *testing.T, h *house)) {
	for name, options := range map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &clock{at: noon}
			o := options(t)
			o.Clock = clock
			f(t, newHouse(t, storetest.Open(t, o), clock, limits))
		})
	}
}

// uuid finds ids, which scripts name row1, row2, ... in the order in which they are seen first.
var uuid = regexp.MustCompile(`[0-9a-f]{16}-[0-9a-f-]{36}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func play(t *testing.T, h *house, s script) {
	rows := map[string]string{}
	for i, c := range s.Calls {
		c.Params = maps.Clone(c.Params) // both databases play it
		for id, name := range rows {
			for k, v := range c.Params {
				if v == name {
					c.Params[k] = id
				}
			}
		}
		h.clock.forward(c.Wait)
		cycle := int64(1)
		if c.Cycle != nil {
			cycle = *c.Cycle
		}
		if c.Long > 0 {
			c.Fields = map[string]any{"Value": strings.Repeat(c.Fields["Value"].(string), c.Long)}
		}
		got, err := h.call(t.Context(), c.Call, c.Params, c.Fields, c.Account, cycle, c.Key)
		code := ""
		if failed, ok := errors.AsType[*connector.Error](err); ok {
			code = string(failed.Code)
			if c.Detail != "" && failed.Detail != c.Detail {
				t.Errorf("call %d, %s: %q, want %q", i+1, c.Call, failed.Detail, c.Detail)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.Error {
			t.Errorf("call %d, %s: error %q (%v), want %q", i+1, c.Call, code, err, c.Error)
		}
		if c.Text != "" && string(got) != c.Text {
			t.Errorf("call %d, %s: %s, want %s", i+1, c.Call, got, c.Text)
		}
		if c.Want == nil {
			continue
		}
		want, err := json.Marshal(c.Want)
		if err != nil {
			t.Fatal(err)
		}
		is := uuid.ReplaceAllStringFunc(same(t, got), func(id string) string {
			if len(id) > 36 {
				return "next1"
			}
			if rows[id] == "" {
				rows[id] = fmt.Sprint("row", len(rows)+1)
			}
			return rows[id]
		})
		if a, b := is, same(t, want); a != b {
			t.Errorf("call %d, %s: %s, want %s", i+1, c.Call, a, b)
		}
	}
}

// same writes JSON with its members in order.
func same(t *testing.T, doc []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a time that the test moves.
type clock struct {
	paceline.SystemClock
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

type house struct {
	store    *store.Store
	clock    *clock
	runtime  *connector.Runtime
	partner  int64
	accounts [2]paceline.Account
	keys     map[int64]*seal.Key
	compiled map[string]*connector.Compiled

	properties map[string]string // of the account connector
}

func newHouse(t *testing.T, s *store.Store, clock *clock, limits utility.Limits) *house {
	t.Helper()
	h := bareHouse(t, clock)
	if err := h.people(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	h.provide(s, limits)
	return h
}

// provide gives the utilities a store.
func (h *house) provide(s *store.Store, limits utility.Limits) {
	h.store = s
	utility.Provide(h.runtime, utility.Config{Store: s, Clock: h.clock, Limits: limits,
		Keys: func(_ context.Context, account int64) (*seal.Key, error) { return h.keys[account], nil }})
}

// sealer has the same key in every process.
func sealer() *seal.Sealer {
	raw, err := seal.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		panic(err)
	}
	return seal.New(raw)
}

// people makes a partner with two accounts.
func (h *house) people(ctx context.Context, s *store.Store) error {
	installation := sealer()
	return s.InTx(ctx, paceline.Scope{}, func(tx *store.Tx) (err error) {
		wrapped, _ := installation.NewPartnerKey()
		h.partner, err = tx.InsertPartner(paceline.Partner{ID: paceline.NewID(tx.Time()), Name: "Partner", CreatedAt: tx.Now()}, wrapped)
		for i, name := range []string{"northwind", "contoso"} {
			if err != nil {
				return err
			}
			wrapped, key := installation.NewAccountKey()
			h.accounts[i], err = tx.InsertAccount(paceline.Scope{Partner: h.partner}, paceline.Account{
				ID: paceline.NewID(tx.Time()), APIID: name, Name: name, CreatedAt: tx.Now()}, wrapped)
			h.keys[h.accounts[i].Num] = key
		}
		return err
	})
}

// bareHouse has utilities alone, without a store.
func bareHouse(t testing.TB, at *clock) *house {
	t.Helper()
	h, err := utilities(at, "*")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// utilities is a bareHouse with those connectors whose folders have such names.
func utilities(at *clock, names ...string) (*house, error) {
	if at == nil {
		at = &clock{at: noon}
	}
	h := &house{clock: at, runtime: connector.New(connector.Config{}), keys: map[int64]*seal.Key{}, compiled: map[string]*connector.Compiled{}}
	utility.Provide(h.runtime, utility.Config{Clock: at})
	for _, name := range names {
		files, err := filepath.Glob("../connectors/" + name + "/connector.yaml")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			doc, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			def, problems := connector.Parse(file, doc)
			if def == nil {
				return nil, fmt.Errorf("%s: %v", file, problems)
			}
			if h.compiled[filepath.Base(filepath.Dir(file))], err = connector.Compile(def); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

// large are values that a script only names.
var large = map[string]func() any{
	"#long": func() any { return strings.Repeat("a", 400_000) },
	"#deep": func() any { return strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) },
}

// call makes one call as a step would, with an account connector of the first account.
func (h *house) call(ctx context.Context, what string, params map[string]string, fields map[string]any, account int, cycle int64, key string) (json.RawMessage, error) {
	name, method, _ := strings.Cut(what, "/")
	compiled := h.compiled[name]
	var in mapping.Inputs
	for k, v := range params {
		place := "template"
		if k == connector.ObjectParam {
			place = connector.ObjectPlace
		}
		in.Params = append(in.Params, mapping.Param{In: place, Name: k, Value: mapping.Quote(v)})
	}
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		v := fields[k]
		if f, ok := large[fmt.Sprint(v)]; ok {
			v = f()
		}
		doc, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		in.Fields = append(in.Fields, mapping.Field{Location: mapping.MustLocation(k), Value: mapping.Value(doc)})
	}
	first := h.accounts[0]
	result, err := h.runtime.Call(ctx, connector.Call{
		Instance: &connector.Instance{Account: first.Num, Partner: h.partner, Root: first.Root, ID: 1, Compiled: compiled, Properties: h.properties},
		Method:   compiled.Method(method), Inputs: in, IdempotencyKey: key,
		Behalf: connector.Behalf{Partner: h.partner, Account: h.accounts[account].Num, Root: first.Root, Cycle: cycle},
	})
	return result.Output, err
}
