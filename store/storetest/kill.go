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
	// Behind says that other commits of the request come before this one, and Anew that it is prepared before each time.
	Behind, Anew bool
	// Again is what the same request is refused with once it was carried out; "" if it is not.
	Again paceline.Code
}

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
	s, err := store.Open(ctx, store.Options{Path: o.Path, URL: o.URL, BallastBytes: -1})
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
// it something has, and the same request, of who got no answer, comes to its end or is refused as it says.
func (k Kill[Rooms]) Run(t *testing.T) {
	for name, options := range map[string]func(testing.TB) store.Options{"sqlite": SQLite, "postgres": Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.CatchNesting = true
			var shared string
			k.with(t, o, func(s *store.Store) { shared = k.Furnish(t, s) })
			for _, q := range k.Requests {
				t.Run(q.title(), func(t *testing.T) { k.kill(t, o, shared, q) })
			}
		})
	}
}

func (k Kill[Rooms]) kill(t *testing.T, o store.Options, shared string, q Request[Rooms]) {
	prepare := func() map[string]string {
		if q.Prepare != nil {
			k.with(t, o, func(s *store.Store) {
				if err := q.Prepare(t.Context(), k.Open(s, shared)); err != nil {
					t.Fatal("what the request needs could not be made:", err)
				}
			})
		}
		return Snapshot(t, o)
	}
	was := prepare()
	for _, side := range []string{"before", "behind"} {
		if side == "behind" && q.Anew {
			was = prepare()
		}
		k.die(t, killOrder{o.Path, o.URL, shared, q.title(), side})
		changed := differing(was, Snapshot(t, o))
		switch {
		case side == "before" && len(changed) > 0 && !q.Behind:
			t.Errorf("killed before the commit, the server leaves changes in %v", changed)
		case side == "behind" && len(changed) == 0:
			t.Error("killed behind the commit, the server leaves nothing")
		}
	}
	if q.Anew {
		prepare()
	}
	k.with(t, o, func(s *store.Store) {
		if err := q.Do(t.Context(), k.Open(s, shared)); paceline.CodeOf(err) != q.Again || err != nil && q.Again == "" {
			t.Errorf("the same request again: %v, want %q", err, q.Again)
		}
	})
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

func differing(was, is map[string]string) (tables []string) {
	for _, table := range slices.Sorted(maps.Keys(is)) {
		if was[table] != is[table] {
			tables = append(tables, table)
		}
	}
	return tables
}

// Commits reads the sources of a package, whose folder is given: which of its functions ask a store for a transaction, named
// as store.OnCommit has them.
func Commits(t testing.TB, folder string) (list []string) {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no sources in %s: %v", folder, err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name == "inTx" || !asks(f) {
				continue
			}
			name := file.Name.Name + "."
			if f.Recv != nil {
				name += strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*") + "."
			}
			list = append(list, name+f.Name.Name)
		}
	}
	return list
}

// asks reports whether a function calls InTx, or what passes it on.
func asks(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && strings.EqualFold(s.Sel.Name, "InTx") {
				found = true
			}
		}
		return true
	})
	return found
}

// Covered fails for functions of the package that commit and that no request is killed at, but for those that others cover.
func (k Kill[Rooms]) Covered(t *testing.T, folder string, others map[string]string) {
	t.Helper()
	commits := Commits(t, folder)
	killed := func(by string) bool {
		return slices.ContainsFunc(k.Requests, func(q Request[Rooms]) bool { return q.By == by })
	}
	for _, by := range commits {
		if !killed(by) && others[by] == "" {
			t.Errorf("no server is killed at the commit of %s", by)
		}
	}
	for by, where := range others {
		if killed(by) || !slices.Contains(commits, by) {
			t.Errorf("%s needs no exception (%s)", by, where)
		}
	}
}
