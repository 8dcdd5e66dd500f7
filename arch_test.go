package paceline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"paceline/store/storetest"
)

// The tests of this file hold the architecture (docs/architecture.md): which room may import which, who may touch the
// outside world, and the form of packages. Rules and exceptions are the tables at the top; each exception says why.

// room is a package, or with all that lies below it when the path ends in "/...".
type room struct {
	path   string
	storey int
	order  int // within storey 3: a room may import those with a smaller order
}

const apart = -1 // may import its own kin and the vocabulary, and is imported by nobody but cmd and app

var rooms = []room{
	{"paceline/cmd/...", 6, 0},
	{"paceline/app/...", 5, 0},
	{"paceline/server/...", 4, 0},
	{"paceline/storefront", 3, 5},
	{"paceline/tenant/...", 3, 4},
	{"paceline/catalog/...", 3, 3},
	{"paceline/cycle/...", 3, 2},
	{"paceline/engine/...", 3, 1},
	{"paceline/utility", 3, 1},
	{"paceline/connector/...", 2, 0},
	{"paceline/mapping/...", 2, 0},
	{"paceline/script/...", 2, 0},
	{"paceline/store/...", 2, 0},
	{"paceline/internal/...", 1, 0},
	{"paceline/web", 1, 0},
	{"paceline/connectors", 1, 0},
	{"paceline/templates", 1, 0},
	{"paceline", 0, 0},

	{"paceline/bench/...", apart, 0},
	{"paceline/demo/...", apart, 0},
	{"paceline/e2e/...", apart, 0},
	{"paceline/scripts/...", apart, 0},
}

// sameStorey lists the imports between different rooms of one storey that are meant.
var sameStorey = []struct{ from, to, why string }{
	{"paceline/connector/...", "paceline/mapping", "the runtime reads and writes values by location"},
	{"paceline/connector/...", "paceline/script", "connectors have script events"},
	{"paceline/script/worker", "paceline/connector", "scripts read and write XML and tokens as connectors do"},
	{"paceline/internal/telemetry", "paceline/internal/seal", "logs are masked"},
	{"paceline/server", "paceline/server/...", "server mounts its children"},
	{"paceline/server/...", "paceline/server/fault", "every door answers errors in one way"},
	{"paceline/server/...", "paceline/server/origin", "every door knows our own pages in one way"},
	{"paceline/server/api", "paceline/server/session", "the web application's session stands for a bearer token"},
	{"paceline/bench/house", "paceline/...", "it runs the rooms in its own process, as app does, to measure them without a network"},
	{"paceline/scripts/facts", "paceline/connector", "it keeps of a vendor's document what the methods of a connector use"},
}

// imports lists who may import what touches the outside world or should stay fenced in.
var imports = []struct {
	path    string
	allowed []string
	rule    string
}{
	{"database/sql", nil, "the store talks to the drivers themselves"},
	{"github.com/jackc/pgx/v5/...", []string{"paceline/store/...", "paceline/connector/sqlconn"}, "our database is reached through store, those of customers through sqlconn"},
	{"zombiezen.com/go/sqlite/...", []string{"paceline/store/..."}, "databases are reached through store"},
	{"modernc.org/quickjs", []string{"paceline/script/worker"}, "scripts run in their own process"},
	{"modernc.org/sqlite/...", []string{"paceline/store/..."}, "databases are reached through store"},
	{"github.com/go-sql-driver/mysql", []string{"paceline/connector/sqlconn"}, "databases of customers are reached through sqlconn"},
	{"golang.org/x/crypto/ssh", []string{"paceline/connector/sshconn/...", "paceline/connector/sftpconn"}, "SSH servers are reached through sshconn, which looks at their keys"},
	{"github.com/pkg/sftp", []string{"paceline/connector/sftpconn", "paceline/connector/sshconn/sshtest"}, "files of others are reached through sftpconn"},
	{"code.dny.dev/ssrf", []string{"paceline/internal/egress"}, "the guard of outbound addresses is egress"},
	{"github.com/danielgtaylor/huma/v2/...", []string{"paceline/server/api/..."}, "huma stays behind the public API"},
	{"github.com/google/uuid", nil, "ids come from paceline.NewID"},
	{"math/rand/...", []string{"paceline/bench/...", "paceline/demo/..."}, "randomness comes from paceline.NewID and NewSecret"},
	{"crypto/rand", []string{"paceline", "paceline/internal/seal", "paceline/bench/..."}, "randomness comes from paceline.NewID and NewSecret, nonces from seal"},
	{"testing/...", []string{"paceline/store/storetest/...", "paceline/connector/connectortest"}, "shipped programs do not carry test code"},
	{"github.com/google/go-cmp/...", []string{"paceline/store/storetest/...", "paceline/connector/connectortest"}, "shipped programs do not carry test code"},
	{"pgregory.net/rapid", nil, "shipped programs do not carry test code"},
	{"net/http/httptest", []string{"paceline/connector/connectortest"}, "shipped programs do not carry test code"},
	{"paceline/internal/seal", []string{
		"paceline/tenant", "paceline/catalog", "paceline/storefront", "paceline/engine", "paceline/utility", "paceline/connector",
		"paceline/internal/telemetry", "paceline/app", "paceline/cmd/paceline", "paceline/bench/house",
	}, "doors neither seal nor open anything (S-011)"},
}

// uses lists who may use functions and types that reach for the clock, the environment or the network. Programs that
// stand apart may.
var uses = []struct {
	pkg     string
	names   []string
	allowed []string
	rule    string
}{
	{"time", []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}, []string{"paceline"}, "time comes from paceline.Clock"},
	{"os", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, []string{"paceline/cmd/...", "paceline/store/storetest/..."}, "only cmd reads the environment"},
	{"net/http", []string{"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client", "Transport"}, []string{"paceline/internal/egress"}, "outbound calls are made by internal/egress"},
	{"net", []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"}, []string{"paceline/internal/egress"}, "outbound connections are made by internal/egress"},
	{"paceline/internal/seal", []string{"NewBroker"}, []string{"paceline/tenant"}, "secrets are opened by the one broker that the operator can lock (S-011)"},
	{"paceline/internal/seal", []string{"Broker"}, []string{"paceline/tenant", "paceline/catalog", "paceline/engine"}, "secrets are opened for calls alone (S-011)"},
	{"paceline/internal/seal", []string{"ToCheck"}, []string{"paceline/engine"}, "deliveries alone are checked while credentials are locked (S-011)"},
	{"crypto/tls", []string{"Dial", "DialWithDialer", "Dialer"}, []string{"paceline/internal/egress"}, "outbound connections are made by internal/egress"},
}

// exceptions are uses and imports that a rule above would refuse. Each has its reason; one that is no longer needed fails.
var exceptions = []struct{ pkg, what, why string }{
	{"paceline/cmd/...", "net/http.Client", "the command line is a client of the server that it talks to"},
}

// maxLines bounds a source file, so that a folder's list of files reads like a table of contents; tables of test
// cases may be longer.
const maxLines, maxTestLines = 600, 900

// pkg is what go list tells of one package.
type pkg struct {
	ImportPath                                string
	Dir                                       string
	Doc                                       string
	Imports                                   []string
	GoFiles                                   []string
	IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
}

// packages lists the packages of this module once.
var packages = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", "./...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func listed(t *testing.T) []pkg {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}

// covers reports whether the pattern, an import path that may end in "/...", covers the path.
func covers(pattern, p string) bool {
	prefix, tree := strings.CutSuffix(pattern, "/...")
	return p == prefix || tree && strings.HasPrefix(p, prefix+"/")
}

func anyCovers(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return covers(pattern, p) })
}

func roomOf(p string) (room, bool) {
	for _, r := range rooms {
		if covers(r.path, p) {
			return r, true
		}
	}
	return room{}, false
}

// short drops the module from a path: "engine" for "paceline/engine".
func short(p string) string {
	if p == "paceline" {
		return "paceline"
	}
	return strings.TrimPrefix(p, "paceline/")
}

// testHelp reports whether the package is there for tests: storetest, connectortest and what lies below them.
func testHelp(p string) bool { return strings.HasSuffix(p, "test") || strings.Contains(p, "test/") }

// shipsTestHelp names the one program that may carry test help, because running tests is what it offers.
var shipsTestHelp = map[string]string{
	"paceline/cmd/paceline": "paceline/connector/connectortest", // paceline connector test plays a connector's fixtures
}

func ours(p string) bool { return p == "paceline" || strings.HasPrefix(p, "paceline/") }

// mayImport returns "" or the sentence that says why from may not import to.
func mayImport(from, to string) string {
	a, oka := roomOf(from)
	b, okb := roomOf(to)
	switch {
	case !oka:
		return fmt.Sprintf("%s has no storey: add it to the table of arch_test.go", short(from))
	case !okb:
		return fmt.Sprintf("%s has no storey: add it to the table of arch_test.go", short(to))
	case to == "paceline":
		return ""
	}
	for _, e := range sameStorey {
		if covers(e.from, from) && covers(e.to, to) {
			return ""
		}
	}
	sameRoom := a.path == b.path && a.path != "paceline/internal/..." && a.path != "paceline/server/..."
	// Below one room, a package may import those beside and below it, as server/api imports server/api/wire.
	nested := strings.HasPrefix(to, from+"/") || strings.HasPrefix(from, to+"/") && a.path != "paceline/server/..."
	switch {
	case sameRoom || nested && a.path == b.path:
		return ""
	case a.storey == apart:
		return fmt.Sprintf("%s stands apart and may not import %s", short(from), name(b, to))
	case b.storey == apart:
		if a.storey >= 5 {
			return ""
		}
		return fmt.Sprintf("%s may not import %s, which stands apart", name(a, from), short(to))
	case b.storey < a.storey, b.storey == a.storey && b.order < a.order:
		return ""
	}
	return fmt.Sprintf("%s may not import %s", name(a, from), name(b, to))
}

func name(r room, p string) string {
	if r.order > 0 {
		return fmt.Sprintf("%s (%d.%d)", short(p), r.storey, r.order)
	}
	return fmt.Sprintf("%s (%d)", short(p), r.storey)
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range listed(t) {
		for _, to := range p.Imports {
			if !ours(to) {
				continue
			}
			if reason := mayImport(p.ImportPath, to); reason != "" {
				t.Error(reason)
			}
			if testHelp(to) && !testHelp(p.ImportPath) && shipsTestHelp[p.ImportPath] != to {
				t.Errorf("%s may not import %s: shipped programs do not carry test code", short(p.ImportPath), short(to))
			}
		}
		if _, ok := roomOf(p.ImportPath); !ok {
			t.Error(mayImport(p.ImportPath, p.ImportPath))
		}
	}
}

func TestRulesOfStoreys(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"paceline/engine", "paceline/server/api", "engine (3.1) may not import server/api (4)"},
		{"paceline/engine", "paceline/cycle", "engine (3.1) may not import cycle (3.2)"},
		{"paceline/tenant", "paceline/engine", ""},
		{"paceline/engine", "paceline/engine/core", ""},
		{"paceline/engine/core", "paceline/store", ""},
		{"paceline/mapping", "paceline/connector", "mapping (2) may not import connector (2)"},
		{"paceline/connector", "paceline/mapping", ""},
		{"paceline/store", "paceline/mapping", "store (2) may not import mapping (2)"},
		{"paceline/internal/seal", "paceline/internal/egress", "internal/seal (1) may not import internal/egress (1)"},
		{"paceline/internal/seal", "paceline/store", "internal/seal (1) may not import store (2)"},
		{"paceline/server/api", "paceline/server/hook", "server/api (4) may not import server/hook (4)"},
		{"paceline/server/api", "paceline/server/api/wire", ""},
		{"paceline/server/api", "paceline/server", "server/api (4) may not import server (4)"},
		{"paceline/server", "paceline/server/api", ""},
		{"paceline/app", "paceline/cmd/paceline", "app (5) may not import cmd/paceline (6)"},
		{"paceline/app", "paceline/demo/crm", ""},
		{"paceline/server", "paceline/demo/crm", "server (4) may not import demo/crm, which stands apart"},
		{"paceline/bench/run", "paceline/engine", "bench/run stands apart and may not import engine (3.1)"},
		{"paceline/bench/run", "paceline/bench/load", ""},
		{"paceline", "paceline/store", "paceline (0) may not import store (2)"},
		{"paceline/helpers", "paceline", "helpers has no storey: add it to the table of arch_test.go"},
	} {
		if got := mayImport(c.from, c.to); got != c.want {
			t.Errorf("%s -> %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

// finding is a use of something that a rule keeps to others.
type finding struct{ pkg, what, at, rule string }

func TestOutsideWorldIsFencedIn(t *testing.T) {
	var found []finding
	for _, p := range listed(t) {
		for _, file := range slices.Concat(p.GoFiles, p.IgnoredGoFiles) {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := findings(p.ImportPath, filepath.Join(p.Dir, file), nil)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, f...)
		}
	}
	used := make([]bool, len(exceptions))
next:
	for _, f := range found {
		for i, e := range exceptions {
			if covers(e.pkg, f.pkg) && e.what == f.what {
				used[i] = true
				continue next
			}
		}
		t.Errorf("%s: %s may not use %s: %s", f.at, short(f.pkg), f.what, f.rule)
	}
	for i, e := range exceptions {
		if !used[i] {
			t.Errorf("the exception of %s for %s is no longer needed: remove it", short(e.pkg), e.what)
		}
	}
}

func TestFindings(t *testing.T) {
	const source = `package x
import (
	clock "time"
	"os"
	"net/http"
	"math/rand/v2"
)
var now = clock.Now
var client = &http.Client{}
func f(time struct{ Now int }) { _ = time.Now; _ = os.Getenv("A"); _ = rand.Int(); _ = http.StatusOK }
`
	got, err := findings("paceline/engine", "x.go", source)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, f := range got {
		what = append(what, f.what)
	}
	slices.Sort(what)
	if want := []string{"math/rand/v2", "net/http.Client", "os.Getenv", "time.Now"}; !slices.Equal(what, want) {
		t.Errorf("found %v, want %v", what, want)
	}
	if got, err := findings("paceline/bench/run", "x.go", source); err != nil || len(got) > 0 {
		t.Errorf("a program that stands apart: %v %v", got, err)
	}
}

// findings reads one file and returns what its package may not import or use.
func findings(importPath, file string, source any) ([]finding, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	where, _ := roomOf(importPath)
	var found []finding
	add := func(pos token.Pos, what, rule string) {
		at := fset.Position(pos)
		found = append(found, finding{importPath, what, path.Join(short(importPath), filepath.Base(at.Filename)) + ":" + strconv.Itoa(at.Line), rule})
	}
	local := map[string]string{} // name in this file -> import path
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if spec.Name != nil {
			local[spec.Name.Name] = imported
		} else {
			local[packageName(imported)] = imported
		}
		for _, rule := range imports {
			if covers(rule.path, imported) && !anyCovers(rule.allowed, importPath) && !(rule.path == "testing/..." && where.storey == apart) {
				add(spec.Pos(), imported, rule.rule)
			}
		}
	}
	if where.storey == apart {
		return found, nil
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		base, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		for _, rule := range uses {
			if local[base.Name] == rule.pkg && slices.Contains(rule.names, selector.Sel.Name) && !anyCovers(rule.allowed, importPath) {
				add(selector.Pos(), rule.pkg+"."+selector.Sel.Name, rule.rule)
			}
		}
		return true
	})
	return found, nil
}

// packageName guesses the name of an imported package as everybody does: the last part that is no version.
func packageName(imported string) string {
	base := path.Base(imported)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(imported))
	}
	return base
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range listed(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment: say its job in doc.go", short(p.ImportPath))
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, p := range listed(t) {
		for _, file := range slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles) {
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			bound := maxLines
			if strings.HasSuffix(file, "_test.go") {
				bound = maxTestLines
			}
			if lines := fset.Position(parsed.FileEnd).Line; lines > bound && !ast.IsGenerated(parsed) {
				t.Errorf("%s has %d lines; %d is the bound", path.Join(short(p.ImportPath), file), lines, bound)
			}
		}
	}
}

// commitsApart are packages with functions that commit and that TestEveryCommitIsKilledAt does not read.
var commitsApart = []struct{ path, why string }{
	{"app", "asks the store for what the engine asks it for, too, and for a backup and a move, which it does in commits of its own"},
	{"server/node", "tells other nodes to forget; each of them looks again by itself"},
	{"bench/house", "fills a database before measurements"},
	{"store", "its own functions, which the tests of those who call them kill"},
}

// TestWhoCommits: a server is killed at the commits of every package that has some.
func TestWhoCommits(t *testing.T) {
	read, apart := map[string]bool{}, map[string]bool{}
	var commit []string
	for _, p := range listed(t) {
		at := short(p.ImportPath)
		for _, file := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range covered.FindAllStringSubmatch(string(text), -1) {
				read[path.Join(at, found[1])] = true
			}
		}
		if len(p.GoFiles) > 0 && !testHelp(p.ImportPath) && len(storetest.Commits(t, p.Dir)) > 0 {
			commit = append(commit, at)
		}
	}
	for _, c := range commitsApart {
		apart[c.path] = true
		if read[c.path] || !slices.Contains(commit, c.path) {
			t.Errorf("%s needs no exception", c.path)
		}
	}
	for _, at := range commit {
		if !read[at] && !apart[at] {
			t.Errorf("%s has functions that commit, and no TestEveryCommitIsKilledAt reads it", at)
		}
	}
	if len(read) < 6 {
		t.Errorf("only %d packages are read", len(read))
	}
}

var covered = regexp.MustCompile(`storetest\.Covered\(t, "([^"]+)"`)

// opensSecrets are the functions that open secrets, and for what. Everything else hands on what is sealed (S-011).
var opensSecrets = []struct{ function, opened, why string }{
	{"catalog.openApp", "broker.Open", "a partner's app at a vendor, into an instance for calls"},
	{"catalog.give", "broker.Open", "a partner's property, into an instance for calls"},
	{"catalog.sayOne", "broker.Open", "what it takes to tell a vendor that a credential is gone"},
	{"catalog.openFor", "broker.Open", "a webhook's id at its vendor, and its secret, for the calls of the subscription"},
	{"catalog.openValues", "broker.Open", "what a step gives, for the calls of the subscription"},
	{"catalog.open", "broker.Open", "see those who call it"},
	{"engine.checks", "broker.Open", "what a delivery is checked with"},
	{"tenant.openSignature", "broker.Open", "what an outgoing webhook is signed with"},

	{"catalog.openAuth", "r.open", "see those who call it"},
	{"catalog.plainProperty", "r.open", "see those who call it"},
	{"catalog.FinishConsent", "r.open", "a sign-in that is on its way"},
	{"catalog.opened", "r.openAuth", "into an instance for calls"},
	{"catalog.opened", "r.plainProperty", "into an instance for calls"},
	{"catalog.authenticationEnds", "r.openAuth", "whether another release takes the credential"},
	{"catalog.echo", "r.openAuth", "the compatibility setting EchoAuthValue, off by default"},
	{"catalog.valueOf", "r.plainProperty", "whether a property that decides on hosts changes"},
	{"catalog.writeProperty", "r.plainProperty", "to seal it under another name"},
}

// TestWhoOpensSecrets compares the table with the code, both ways.
func TestWhoOpensSecrets(t *testing.T) {
	known := map[string]bool{}
	for _, o := range opensSecrets {
		known[o.function+" "+o.opened] = false
	}
	opens := []string{"broker.Open", "r.open", "r.openAuth", "r.plainProperty"}
	for _, p := range listed(t) {
		if where := short(p.ImportPath); where != "catalog" && where != "engine" && where != "tenant" {
			continue // others cannot name a broker
		}
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range parsed.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok {
					continue
				}
				ast.Inspect(f, func(n ast.Node) bool {
					selector, ok := n.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					of := ""
					switch x := selector.X.(type) {
					case *ast.Ident:
						of = x.Name
					case *ast.SelectorExpr:
						of = x.Sel.Name
					case *ast.CallExpr:
						if called, ok := x.Fun.(*ast.SelectorExpr); ok {
							of = strings.ToLower(called.Sel.Name) // Broker()
						}
					}
					opened := of + "." + selector.Sel.Name
					if !slices.Contains(opens, opened) || opened != "broker.Open" && short(p.ImportPath) != "catalog" {
						return true
					}
					who := short(p.ImportPath) + "." + f.Name.Name + " " + opened
					if _, is := known[who]; !is {
						t.Errorf("%s: secrets are opened for calls alone; say for what in opensSecrets", who)
					}
					known[who] = true
					return true
				})
			}
		}
	}
	for who, found := range known {
		if !found {
			t.Errorf("opensSecrets tells of %s, which opens nothing", who)
		}
	}
}
