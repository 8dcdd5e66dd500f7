package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"paceline"
	"paceline/store"
)

// Kill kills servers on both sides of the commits of requests. Rooms is what their rooms are, with what they need.
type Kill[Rooms any] struct {
	// Furnish makes what the requests begin with, and returns what another process needs besides the database.
	Furnish func(t *testing.T, s *store.Store) (shared string)
	// Open makes the rooms over a store; it panics where it cannot. Nothing of them goes on once a request is answered.
	Open     func(s *store.Store, shared string) Rooms
	Requests []Request[Rooms]
	// Node makes the servers some of several that share a database, which is on PostgreSQL alone then.
	Node bool
}

// Request is what somebody asks for, and which of its commits the server dies at.
type Request[Rooms any] struct {
	// By is the function that commits, as store.OnCommit has it.
	By string
	// Name tells requests with one function apart.
	Name string
	// Prepare makes what the request needs; nil: nothing.
	Prepare func(ctx context.Context, r Rooms) error
	Do      func(ctx context.Context, r Rooms) error
	// Behind and Ahead say that other commits of the request come before this one, and after it, and Anew that it is prepared
	// before each time.
	Behind, Ahead, Anew bool
	// Same says that there are as many rows in the end however often it was made, and however far.
	Same bool
	// Again is what the same request is refused with once it was carried out; "" if it is not.
	Again paceline.Code
}

// alone reports whether nothing but the request and its commit changes rows between preparation and death: of the earlier commits of a
// server that died before this one, the next may find some done.
func (q Request[Rooms]) alone() bool { return !q.Ahead && (!q.Behind || q.Anew) }

func (q Request[Rooms]) title() string { return strings.TrimSuffix(q.By+" "+q.Name, " ") }

// killOrder is what the process is told that dies.
type killOrder struct{ Path, URL, Shared, Request, Side string }

const killEnv = "PACELINE_REQUEST_VICTIM"

// Victim carries out the order of a parent, if there is one: TestMain calls it first.
func (k Kill[Rooms]) Victim() {
	text := os.Getenv(killEnv)
	if text == "" {
		return
	}
	var o killOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	at := slices.IndexFunc(k.Requests, func(q Request[Rooms]) bool { return q.title() == o.Request })
	if at < 0 {
		return // that of another Kill of this package
	}
	q, ctx := k.Requests[at], context.Background()
	s, err := store.Open(ctx, k.options(store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1}))
	if err != nil {
		panic(err)
	}
	die := func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
	var mu sync.Mutex
	var others []string
	store.OnCommit = func(by string, commit func() error) error {
		if by != q.By {
			mu.Lock()
			others = append(others, by)
			mu.Unlock()
			return commit()
		}
		if o.Side == "before" {
			die()
		}
		err := commit()
		if err == nil {
			die()
		}
		return err
	}
	err = q.Do(ctx, k.Open(s, o.Shared))
	panic(fmt.Sprintf("still alive after %s: %v; others have committed: %v", q.title(), err, others))
}

// Run kills a server before and behind the commit of each request, on both databases. Before it nothing has changed, behind
// it as many rows as the request that nobody kills leaves, and the same request, of who got no answer, comes to its end or is
// refused as it says.
func (k Kill[Rooms]) Run(t *testing.T) {
	databases := map[string]func(testing.TB) store.Options{"sqlite": SQLite, "postgres": Postgres}
	if k.Node {
		delete(databases, "sqlite")
	}
	whole := k.whole(t)
	for name, options := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := k.options(options(t))
			var shared string
			k.with(t, o, func(s *store.Store) { shared = k.Furnish(t, s) })
			for _, q := range k.Requests {
				t.Run(q.title(), func(t *testing.T) { k.kill(t, o, shared, q, whole[q.title()]) })
			}
		})
	}
}

func (k Kill[Rooms]) options(o store.Options) store.Options {
	o.CatchNesting = true
	if k.Node {
		o.Node = &store.NodeOptions{Address: "http://127.0.0.1:1", Version: "test"}
	}
	return o
}

// whole lets each request come to its end, and then be made again, on a database where nobody dies. It returns what each writes
// the first time.
func (k Kill[Rooms]) whole(t *testing.T) map[string]string {
	o := SQLite(t)
	if k.Node {
		o = Postgres(t)
	}
	o = k.options(o)
	effects := map[string]string{}
	k.with(t, o, func(s *store.Store) {
		shared := k.Furnish(t, s)
		for _, q := range k.Requests {
			k.prepare(t, s, shared, q)
			if q.Anew { // as for the server that dies before its commit
				k.prepare(t, s, shared, q)
			}
			was := Snapshot(t, o)
			if err := q.Do(t.Context(), k.Open(s, shared)); err != nil {
				t.Fatalf("%s: %v", q.title(), err)
			}
			effects[q.title()] = k.effect(was, Snapshot(t, o))
			if err := k.again(t, s, shared, q); paceline.CodeOf(err) != q.Again || err != nil && q.Again == "" {
				t.Errorf("%s again: %v, want %q", q.title(), err, q.Again)
			}
		}
	})
	return effects
}

func (k Kill[Rooms]) prepare(t *testing.T, s *store.Store, shared string, q Request[Rooms]) {
	t.Helper()
	if q.Prepare == nil {
		return
	}
	if err := q.Prepare(t.Context(), k.Open(s, shared)); err != nil {
		t.Fatalf("what %s needs could not be made: %v", q.title(), err)
	}
}

// again makes a request that was made before.
func (k Kill[Rooms]) again(t *testing.T, s *store.Store, shared string, q Request[Rooms]) error {
	t.Helper()
	if q.Anew {
		k.prepare(t, s, shared, q)
	}
	return q.Do(t.Context(), k.Open(s, shared))
}

func (k Kill[Rooms]) kill(t *testing.T, o store.Options, shared string, q Request[Rooms], whole string) {
	prepare := func() map[string]Rows {
		if q.Prepare != nil {
			k.with(t, o, func(s *store.Store) { k.prepare(t, s, shared, q) })
		}
		return Snapshot(t, o)
	}
	was := prepare()
	first := was
	for _, side := range []string{"before", "behind"} {
		if side == "behind" && q.Anew {
			was = prepare()
		}
		k.die(t, killOrder{o.Path, o.URL, shared, q.title(), side})
		left := k.effect(was, Snapshot(t, o))
		switch {
		case side == "before" && left != "" && !q.Behind:
			t.Errorf("killed before the commit, the server leaves %s", left)
		case side == "behind" && left == "":
			t.Error("killed behind the commit, the server leaves nothing")
		case side == "behind" && left != whole && q.alone():
			t.Errorf("killed behind the commit, the server leaves %s; alive it leaves %s", left, whole)
		}
	}
	var err error
	k.with(t, o, func(s *store.Store) { err = k.again(t, s, shared, q) })
	switch done := q.Ahead && err == nil; { // what was still to be committed is
	case !done && (paceline.CodeOf(err) != q.Again || err != nil && q.Again == ""):
		t.Errorf("the same request again: %v, want %q", err, q.Again)
	case q.Same:
		if left := counts(k.effect(first, Snapshot(t, o))); left != counts(whole) {
			t.Errorf("killed and made again, the request leaves %s; alive it leaves %s", left, counts(whole))
		}
	case done && !q.Behind && !q.Anew:
		if left := k.effect(first, Snapshot(t, o)); left != whole {
			t.Errorf("killed and made again, the request leaves %s; alive it leaves %s", left, whole)
		}
	}
}

// die lets a process carry out the order.
func (k Kill[Rooms]) die(t *testing.T, order killOrder) {
	t.Helper()
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killEnv+"="+string(text))
	out, _ := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the server did not die %s the commit: %s\n%s", order.Side, cmd.ProcessState, out)
	}
}

// with opens the store for a while.
func (k Kill[Rooms]) with(t *testing.T, o store.Options, do func(*store.Store)) {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error("close the store:", err)
		}
	}()
	do(s)
}

// effect tells how many rows of each table came or went, and in which some are others now; "" when nothing has changed.
func (k Kill[Rooms]) effect(was, is map[string]Rows) string {
	var list []string
	for _, table := range slices.Sorted(maps.Keys(is)) {
		switch more := is[table].Count - was[table].Count; {
		case k.Node && (table == "counter" || table == "meta"): // each start of a node writes there
		case more != 0 && (table == "usage_day" || table == "counter"): // whether there is one already says what came before
			list = append(list, table)
		case more != 0:
			list = append(list, fmt.Sprintf("%s%+d", table, more))
		case was[table] != is[table]:
			list = append(list, table)
		}
	}
	return strings.Join(list, " ")
}

// counts are the tables of an effect with more rows or fewer.
func counts(effect string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(effect), func(table string) bool { return !strings.ContainsAny(table, "+-") }), " ")
}

// Notes are what the processes of a kill test tell each other: a folder of files.
type Notes string

// Put replaces a note; it panics where it cannot.
func (n Notes) Put(name, text string) {
	if err := os.WriteFile(filepath.Join(string(n), name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// Get returns a note, "" without one.
func (n Notes) Get(name string) string {
	text, err := os.ReadFile(filepath.Join(string(n), name))
	if err != nil && !os.IsNotExist(err) {
		panic(err)
	}
	return string(text)
}

// Commits reads the sources of a package, whose folder is given: which of its functions ask a store for a transaction, or for what
// the store commits by itself, named as store.OnCommit has them.
func Commits(t testing.TB, folder string) (list []string) {
	t.Helper()
	own := map[string]bool{}
	for name, f := range functions(t, rootOf(t, folder)+"/store") {
		if f.Name.IsExported() && !strings.HasPrefix(name, "store.Tx.") && calls(f, isInTx) {
			own[f.Name.Name] = true
		}
	}
	for name, f := range functions(t, folder) {
		if f.Name.Name != "inTx" && calls(f, func(s *ast.SelectorExpr) bool { return isInTx(s) || own[s.Sel.Name] && ofStore(s.X) }) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// rootOf is the folder of the module that a folder belongs to.
func rootOf(t testing.TB, folder string) string {
	t.Helper()
	at, err := filepath.Abs(folder)
	for ; err == nil && at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(at + "/go.mod"); err == nil {
			return at
		}
	}
	t.Fatalf("%s is in no module: %v", folder, err)
	return ""
}

// functions are those of a package with their bodies, but for its tests.
func functions(t testing.TB, folder string) map[string]*ast.FuncDecl {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no sources in %s: %v", folder, err)
	}
	all := map[string]*ast.FuncDecl{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				name := file.Name.Name + "."
				if f.Recv != nil {
					name += strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*") + "."
				}
				all[name+f.Name.Name] = f
			}
		}
	}
	return all
}

// calls reports whether a function calls what is wanted.
func calls(f *ast.FuncDecl, wanted func(*ast.SelectorExpr) bool) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && wanted(s) {
				found = true
			}
		}
		return true
	})
	return found
}

// isInTx names what gives a transaction that may write, and what passes it on.
func isInTx(s *ast.SelectorExpr) bool { return strings.EqualFold(s.Sel.Name, "InTx") }

// ofStore reports whether something is called store: the package, or a field or a variable that holds one.
func ofStore(x ast.Expr) bool {
	text := types.ExprString(x)
	return strings.EqualFold(text[strings.LastIndexByte(text, '.')+1:], "store")
}

// By lists the functions at whose commits somebody is killed.
func (k Kill[Rooms]) By() (list []string) {
	for _, q := range k.Requests {
		list = append(list, q.By)
	}
	return list
}

// Covered fails for functions of a package, whose folder is given, that commit and that are on none of the lists, but for those
// that others cover.
func Covered(t *testing.T, folder string, others map[string]string, lists ...[]string) {
	t.Helper()
	commits, killed := Commits(t, folder), slices.Concat(lists...)
	for _, by := range commits {
		if !slices.Contains(killed, by) && others[by] == "" {
			t.Errorf("no server is killed at the commit of %s", by)
		}
	}
	for by, where := range others {
		if slices.Contains(killed, by) || !slices.Contains(commits, by) {
			t.Errorf("%s needs no exception (%s)", by, where)
		}
	}
}
