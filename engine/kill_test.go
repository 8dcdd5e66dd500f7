package engine_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
	"paceline/store/storetest"
)

// killCase is a place at which a server is killed, and what it is doing there. A new point of package
// killpoint needs a row here.
type killCase struct {
	point killpoint.Point
	// name tells rows of one point apart.
	name string
	// pass is how often the victim comes by the point until it dies there; 0 means in the middle of its work.
	pass int
	// deliver is how many webhooks it takes; 0 means 60, or none when it acts.
	deliver int
	// plan is the flow; nil means a call, a decision and another call, by way of create and notify.
	plan func() *paceline.Plan
	// calls are the paths of the remote that each delivery must have reached; nil means create and notify.
	calls []string
	// act is done by the victim beside its deliveries, in the first life and in the second.
	act func(v *victim, ctx context.Context)
	// notices says that errors are posted to the remote.
	notices bool
	// refuse is how many posts of errors the remote refuses.
	refuse int
	// tasks is the account's quota, of which used says that it is used up before anything runs; 0 means none.
	tasks int
	used  bool
	// scripts says that the victim runs some.
	scripts bool
	// check is what must hold besides, on the store that the second life left.
	check func(t *testing.T, h *house, w *witness)
}

func (c killCase) title() string { return strings.TrimSuffix(string(c.point)+" "+c.name, " ") }

// allCases are the rows that TestKill goes through.
func allCases() []killCase { return append(slices.Clone(killCases), siteCases...) }

func killCaseOf(title string) killCase {
	all := append(allCases(), poisonCase)
	i := slices.IndexFunc(all, func(c killCase) bool { return c.title() == title })
	if i < 0 {
		panic("no kill case is called " + title)
	}
	return all[i]
}

// TestKill kills a server at each point of a transaction's life, in the middle of its work, and starts it
// again. Every delivery that was acknowledged is carried to its end; what is executed twice is at most what
// was in flight, and comes under the same idempotency key.
func TestKill(t *testing.T) {
	databases := map[string]func(*testing.T) victimOrder{
		"sqlite":   func(t *testing.T) victimOrder { return victimOrder{Path: storetest.SQLite(t).Path} },
		"postgres": func(t *testing.T) victimOrder { return victimOrder{URL: storetest.Postgres(t).URL} },
	}
	for database, order := range databases {
		for _, c := range allCases() {
			t.Run(c.title()+" "+database, func(t *testing.T) {
				t.Parallel()
				c.run(t, order(t))
			})
		}
	}
}

// middle is the pass at which servers die that are in the middle of their work. make chaos varies it.
func middle() int {
	if n, err := strconv.Atoi(os.Getenv("PACELINE_KILL_PASS")); err == nil {
		return n
	}
	return 25
}

func (c killCase) run(t *testing.T, o victimOrder) {
	w := &witness{calls: map[string][]string{}, refuse: c.refuse, died: c.point}
	remote := httptest.NewServer(w)
	defer remote.Close()
	o.Case, o.Remote, o.Prefix, o.Deliver, o.Pass = c.title(), remote.URL, "a", c.deliver, c.pass
	if o.Deliver == 0 && c.act == nil {
		o.Deliver = 60
	}
	if o.Pass == 0 {
		o.Pass = middle()
	}
	acked, killed := runVictim(t, o)
	if !killed {
		t.Fatal("the victim did not come by its point often enough")
	}
	o.Pass, o.Prefix, o.Deliver = 0, "b", min(o.Deliver, 10)
	again, _ := runVictim(t, o)
	for name, id := range again {
		acked[name] = id
	}
	if len(acked) < min(o.Deliver, 10) {
		t.Fatalf("only %d deliveries were acknowledged", len(acked))
	}
	if c.calls == nil {
		c.calls = []string{"create", "notify"}
	}
	w.check(t, acked, c.calls)
	h := furnish(t.Context(), storetest.Open(t, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}), nil, "")
	h.checkCounted(t)
	if c.check != nil {
		c.check(t, h, w)
	}
}

// checkCounted: the crash has neither lost nor doubled a task, and no transaction counts as in progress.
func (h *house) checkCounted(t *testing.T) {
	t.Helper()
	if n := h.state(t.Context()).Counters.InProgress; n != 0 {
		t.Errorf("%d transactions count as in progress", n)
	}
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		days, err := tx.UsageTotal(h.account.Scope(), 1, 1<<30)
		if err != nil {
			return err
		}
		list, err := tx.UsageOfRows(h.account.Scope(), 0)
		var rows paceline.Usage
		for _, u := range list {
			rows.OK, rows.Incident = rows.OK+u.OK, rows.Incident+u.Incident
		}
		if rows != days {
			t.Errorf("the rows have the tasks %+v, the days %+v", rows, days)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// runs reads the account's transactions.
func (h *house) runs(t *testing.T) (runs []paceline.Run) {
	t.Helper()
	for from := (store.RunCursor{}); ; {
		var page []paceline.Run
		err := h.store.Read(t.Context(), func(tx *store.Tx) error {
			list, err := tx.Runs(h.account.Scope(), store.RunFilter{From: from}, paceline.Page{Size: 1000}, true)
			page = list.Items
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return runs
		}
		runs = append(runs, page...)
		last := page[len(page)-1]
		from = store.RunCursor{CreatedAt: last.CreatedAt, Num: last.Num}
	}
}

// TestEveryPointIsKilledAt reads the sources: each point that package killpoint names is passed somewhere,
// and has a row in killCases.
func TestEveryPointIsKilledAt(t *testing.T) {
	points, sites := map[string]killpoint.Point{}, map[string]killpoint.Site{}
	file, err := parser.ParseFile(token.NewFileSet(), "killpoint/killpoint.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Values != nil {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Site" {
				sites[spec.Names[0].Name] = killpoint.Site(text)
				return true
			}
			points[spec.Names[0].Name] = killpoint.Point(text)
		}
		return true
	})
	if len(points) < 8 || len(sites) < 8 {
		t.Fatalf("only %d points were found in the source", len(points))
	}
	var code []byte
	for _, folder := range []string{".", "../cycle", "../catalog", "../tenant"} {
		files, _ := filepath.Glob(folder + "/*.go")
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				code = append(code, must(os.ReadFile(f))...)
			}
		}
	}
	others := string(must(os.ReadFile("../tenant/kill_test.go"))) + string(must(os.ReadFile("../catalog/kill_test.go"))) // kill at points of their own
	for name, point := range points {
		if strings.Contains(others, "killpoint."+name+",") {
			continue
		}
		if !slices.ContainsFunc(allCases(), func(c killCase) bool { return c.point == point }) {
			t.Errorf("no row of killCases kills at killpoint.%s", name)
		}
		if !strings.Contains(string(code), "killpoint."+name) {
			t.Errorf("nothing passes killpoint.%s", name)
		}
	}
	for name, site := range sites {
		for _, point := range []killpoint.Point{site.Before(), site.After()} {
			if !strings.Contains(others, "killpoint."+name+",") && !slices.ContainsFunc(siteCases, func(c killCase) bool { return c.point == point }) {
				t.Errorf("no row of siteCases kills at %s", point)
			}
		}
		if !strings.Contains(string(code), "killpoint."+name) {
			t.Errorf("nothing commits at killpoint.%s", name)
		}
	}
}

// TestEveryCommitHasAPoint reads the sources: a function of the engine, or of the room of cycles, that asks the store to write passes
// a point first, by itself or by inTx.
func TestEveryCommitHasAPoint(t *testing.T) {
	reads := strings.Fields("Backlog DeliveryQueues Due Holds Lanes LiveAccounts Load NextRemoval Own Owns OwnsShard Purgeable Read Ready RunNum RunNums Shared TakeLanded WaitingCycles")
	found := 0
	for _, f := range append(must(filepath.Glob("*.go")), must(filepath.Glob("../cycle/*.go"))...) {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, d := range must(parser.ParseFile(token.NewFileSet(), f, nil, 0)).Decls {
			passes, writes := false, []string(nil)
			ast.Inspect(d, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				s, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "killpoint" && (s.Sel.Name == "Pass" || s.Sel.Name == "Around") {
					passes = true
				}
				if x, ok := s.X.(*ast.SelectorExpr); ok && strings.EqualFold(x.Sel.Name, "store") && !slices.Contains(reads, s.Sel.Name) {
					writes = append(writes, s.Sel.Name)
				}
				return true
			})
			if found += len(writes); len(writes) > 0 && !passes {
				t.Errorf("%s: a function calls %v of the store and passes no point", f, writes)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d writes were found", found)
	}
}
