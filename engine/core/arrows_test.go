package core

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"paceline"
)

// headings are where docs/state_machine.md draws what.
var headings = map[string]string{"RunState": "## A transaction", "StepState": "## An execution of a step", "CycleState": "## A cycle"}

// diagram reads one of docs/state_machine.md, as "From --> To : function".
func diagram(t *testing.T, heading string) (arrows []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/state_machine.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n"+heading+"\n")
	if !found {
		t.Fatalf("no section %q", heading)
	}
	_, section, _ = strings.Cut(section, "stateDiagram-v2\n")
	section, _, _ = strings.Cut(section, "```")
	prose := regexp.MustCompile(`\([^)]*\)`)
	for line := range strings.Lines(section) {
		arrow, label, _ := strings.Cut(strings.TrimSpace(line), " : ")
		if strings.HasSuffix(arrow, "--> [*]") && label == "" {
			continue
		}
		for name := range strings.SplitSeq(prose.ReplaceAllString(label, ""), ",") {
			arrows = append(arrows, arrow+" : "+strings.TrimSpace(name))
		}
	}
	return arrows
}

// declared are the arrows that arrow.go of the root package declares: by name, who makes them and their legs as a diagram
// has them, and which states they are of.
type declared struct {
	by, kind string
	legs     []string
}

func arrowTable(t *testing.T) map[string]declared {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../arrow.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]declared{}
	state := func(e ast.Expr) string {
		name := e.(*ast.Ident).Name
		if strings.HasPrefix(name, "No") {
			return "[*]"
		}
		return regexp.MustCompile(`^(Cycle|Run|Step)`).ReplaceAllString(name, "")
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Arrow") {
			return true
		}
		lit := spec.Values[0].(*ast.UnaryExpr).X.(*ast.CompositeLit)
		d := declared{kind: lit.Type.(*ast.IndexExpr).Index.(*ast.Ident).Name, by: strings.Trim(lit.Elts[0].(*ast.BasicLit).Value, `"`)}
		from := []string{"Live"} // the list that most arrows of runs share
		if list, ok := lit.Elts[1].(*ast.CompositeLit); ok {
			from = nil
			for _, e := range list.Elts {
				from = append(from, state(e))
			}
		}
		for _, f := range from {
			d.legs = append(d.legs, f+" --> "+state(lit.Elts[2])+" : "+d.by)
		}
		all[spec.Names[0].Name] = d
		return true
	})
	if len(all) < 50 {
		t.Fatalf("only %d arrows were found", len(all))
	}
	return all
}

// TestDrawnArrows: the diagrams draw the arrows that are declared, each with the function that makes it, and no other.
func TestDrawnArrows(t *testing.T) {
	t.Parallel()
	for kind, heading := range headings {
		drawn, legs := map[string]bool{}, map[string]bool{}
		for _, d := range arrowTable(t) {
			if d.kind == kind {
				for _, leg := range d.legs {
					legs[leg] = true
				}
			}
		}
		for _, arrow := range diagram(t, heading) {
			if strings.Contains(arrow, "--> [*]") { // what is removed has no state
				continue
			}
			if drawn[arrow] = true; !legs[arrow] {
				t.Errorf("%q draws %s, which is no arrow", heading, arrow)
			}
		}
		for _, leg := range slices.Sorted(maps.Keys(legs)) {
			if !drawn[leg] {
				t.Errorf("%q does not draw %s", heading, leg)
			}
		}
	}
}

// sources are the files of the program: no tests, and nothing of the benches.
func sources(t *testing.T, each func(path string, file *ast.File)) {
	t.Helper()
	for _, folder := range []string{".", "..", "../../store", "../../cycle", "../../catalog", "../../tenant", "../../server/api", "../../storefront"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("nothing is in %s: %v", folder, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			each(f, parsed)
		}
	}
}

// TestOneFunctionMakesEachArrow: an arrow is taken in the function that it names, and nowhere else, not even in one of the same
// name in another package or of another type.
func TestOneFunctionMakesEachArrow(t *testing.T) {
	t.Parallel()
	in := map[string][]string{}
	sources(t, func(path string, file *ast.File) {
		for _, d := range file.Decls {
			name := "a variable of " + path
			if f, ok := d.(*ast.FuncDecl); ok {
				name = fullName(path, f)
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Arrow") {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "paceline" && s.Sel.Name != "Arrow" && !slices.Contains(in[s.Sel.Name], name) {
						in[s.Sel.Name] = append(in[s.Sel.Name], name)
					}
				}
				return true
			})
		}
	})
	for name, d := range arrowTable(t) {
		if got := in[name]; len(got) != 1 || !strings.HasSuffix(got[0], "."+d.by) {
			t.Errorf("%s is taken in %v, and says %s", name, got, d.by)
		}
	}
}

// fullName tells a function from those of the same name elsewhere.
func fullName(path string, f *ast.FuncDecl) string {
	receiver := ""
	if f.Recv != nil {
		receiver = "." + types.ExprString(f.Recv.List[0].Type)
	}
	return filepath.Dir(path) + receiver + "." + f.Name.Name
}

// TestDrawnPhases: the diagram of runs in memory draws from which phase to which they go, and which function takes them there.
// Simulations go along each of these, and along no other.
func TestDrawnPhases(t *testing.T) {
	enters := map[string][]string{}
	sources(t, func(path string, file *ast.File) {
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || filepath.Dir(path) != "." {
					return true
				}
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "enter" {
					to := strings.Replace(call.Args[1].(*ast.Ident).Name, "outside", "[*]", 1)
					enters[to] = append(enters[to], d.(*ast.FuncDecl).Name.Name)
				}
				return true
			})
		}
	})
	drawn, by := map[string]bool{}, map[string]bool{}
	for _, arrow := range diagram(t, "### Where a live transaction stands in memory") {
		leg, function, _ := strings.Cut(arrow, " : ")
		_, to, _ := strings.Cut(leg, " --> ")
		drawn[leg], by[to+" "+function] = true, true
		if !slices.Contains(enters[to], function) {
			t.Errorf("%s is drawn, but it is %v that take a run there", arrow, enters[to])
		}
	}
	for to, functions := range enters {
		for _, f := range functions {
			if !by[to+" "+f] {
				t.Errorf("%s takes runs to %s, which is not drawn", f, to)
			}
		}
	}
	missing := func() (list []string) {
		for leg := range drawn {
			if arrows.phases[leg] == 0 {
				list = append(list, leg)
			}
		}
		return list
	}
	for range 10 {
		for _, world := range []sabotage{{}, {limited: true}, {moves: true, limited: true}} {
			rapid.Check(t, simulate(func() sabotage { return world }))
		}
		if len(missing()) == 0 {
			break
		}
	}
	for _, leg := range missing() {
		t.Errorf("no simulation goes %s", leg)
	}
	for leg := range arrows.phases {
		if !drawn[leg] {
			t.Errorf("a simulation goes %s, which is not drawn", leg)
		}
	}
}

// TestStatesAreWrittenByArrowsOnly: no statement of the store names a state that it writes; the states that it is given are
// those of arrows. In the core, rows and commits get their states where an arrow is named.
func TestStatesAreWrittenByArrowsOnly(t *testing.T) {
	t.Parallel()
	moves := regexp.MustCompile(`(?s)UPDATE (run|cycle)\b[^;]*?\bSET\b[^;]*?\bstate = `)
	inserts := regexp.MustCompile(`(?s)INSERT INTO (run|cycle) \(`)
	var writers, setters []string
	sources(t, func(path string, file *ast.File) {
		for _, d := range file.Decls {
			owner, inside := "", false
			if f, ok := d.(*ast.FuncDecl); ok {
				owner, inside = f.Name.Name, true
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					if !inside {
						owner = n.Names[0].Name
					}
				case *ast.BasicLit:
					if n.Kind == token.STRING && strings.HasPrefix(path, "../../store/") {
						set, _, _ := strings.Cut(n.Value, "WHERE")
						if moves.MatchString(set) || inserts.MatchString(n.Value) {
							writers = append(writers, owner)
						}
					}
				case *ast.AssignStmt:
					for _, l := range n.Lhs {
						if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "State" && filepath.Dir(path) == "." {
							setters = append(setters, owner)
						}
					}
				case *ast.CompositeLit:
					if s, ok := n.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "StepRow" && filepath.Dir(path) == "." && len(n.Elts) > 0 {
						setters = append(setters, owner)
					}
				}
				return true
			})
		}
	})
	// Copies for the benches are made as what they copy.
	compare(t, "statements that write a state", writers, []string{"DropQueued", "InsertCycle", "MultiplyCycle", "MultiplyRun", "RetireCycles", "SetCycleState",
		"moveCycle", "pgNewRuns", "pgInsertChildren", "pgMove", "sqlCancelRun", "sqlGatherEnd", "sqlGatherFail", "sqlInsertRun", "sqlMoveRun"})
	// durable notes that the store has stopped the cycle; Accepted goes on from the row 0 that the store has made.
	compare(t, "functions that give a state", setters, []string{"Accepted", "delay", "durable", "expire", "row", "write"})
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestSimulationGoesAlongTheArrows: simulations take every arrow of the core from every state from which it leads. That they
// take no other is seen by each of them.
func TestSimulationGoesAlongTheArrows(t *testing.T) {
	rareArrows(t)
	var missing []string
	for range 20 {
		rapid.Check(t, simulate(func() sabotage { return sabotage{} }))
		if missing = untaken(); len(missing) == 0 {
			return
		}
	}
	t.Errorf("never taken: %v", missing)
}

// rareArrows goes along those that no simulation comes to: a run whose rows cannot be read, and one that goes round in circles
// without a call, which is written in pieces and ended in the end.
func rareArrows(t *testing.T) {
	c := New(Config{Steps: maxRows + 100})
	c.SetCycle(1, CycleInfo{Num: 1, Account: 1, State: paceline.CycleActive, Version: 1})
	written := func(effects []Effect) *Run {
		for _, e := range effects {
			if e.Kind == Write {
				arrows.runs[e.Run.Commit.arrow]++
				return e.Run
			}
		}
		t.Fatalf("nothing is written: %v", effects)
		return nil
	}
	c.Heads(1, 1, 0, nil, false)
	for _, e := range c.Accepted(2, Head{Num: 1, Account: 1, Cycle: 1, Version: 1}, nil, nil) {
		if e.Kind == Load {
			written(c.NotLoaded(3, e.Run, LoadBroken, nil))
		}
	}
	circle := &paceline.Plan{Cycle: 1, Account: 1, Version: 1, Steps: []paceline.PlanStep{
		{Kind: paceline.StepWebhook, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
		{Kind: paceline.StepAnnotation, Out: []paceline.PlanEdge{{To: 1, Type: paceline.EdgeForward}}},
	}}
	r := written(c.Accepted(4, Head{Num: 2, Account: 1, Cycle: 1, Version: 1}, circle, nil))
	written(c.Committed(5, r, Durable))
}

// untaken are the arrows of the core that no simulation has gone along.
func untaken() (list []string) {
	for _, a := range stepArrows {
		for _, from := range a.From {
			if arrows.steps[leg{a, from}] == 0 {
				list = append(list, fmt.Sprintf("%s from %d to %d", a.By, from, a.To))
			}
		}
	}
	for _, a := range runArrows {
		if arrows.runs[a] == 0 {
			list = append(list, fmt.Sprintf("%s to %d", a.By, a.To))
		}
	}
	return list
}

// TestSimulatedArrowsAreAll: the lists below have every arrow that functions of the core take.
func TestSimulatedArrowsAreAll(t *testing.T) {
	t.Parallel()
	taken := map[string]int{}
	sources(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && filepath.Dir(path) == "." && strings.HasPrefix(s.Sel.Name, "Arrow") && s.Sel.Name != "Arrow" {
				taken[s.Sel.Name]++
			}
			return true
		})
	})
	if len(taken) != len(stepArrows)+len(runArrows) {
		t.Errorf("functions of the core take %d arrows, simulations look for %d: %v", len(taken), len(stepArrows)+len(runArrows), slices.Sorted(maps.Keys(taken)))
	}
}

var stepArrows = []*paceline.Arrow[paceline.StepState]{
	paceline.ArrowStepCall, paceline.ArrowStepDone, paceline.ArrowStepAtAll, paceline.ArrowStepWaited, paceline.ArrowStepDelayed, paceline.ArrowStepDelay,
	paceline.ArrowStepRetry, paceline.ArrowStepThrottle, paceline.ArrowStepWait, paceline.ArrowStepAwait, paceline.ArrowStepArrival, paceline.ArrowStepEnd,
	paceline.ArrowStepNone, paceline.ArrowStepIgnore, paceline.ArrowStepPass, paceline.ArrowStepFail, paceline.ArrowStepReduce, paceline.ArrowStepPart,
}

var runArrows = []*paceline.Arrow[paceline.RunState]{
	paceline.ArrowNoRows, paceline.ArrowPiece, paceline.ArrowMark, paceline.ArrowGoOn, paceline.ArrowRest, paceline.ArrowComplete, paceline.ArrowWaitForAll,
	paceline.ArrowExpired, paceline.ArrowFailed, paceline.ArrowOverrun, paceline.ArrowStopped, paceline.ArrowHalted, paceline.ArrowReduced, paceline.ArrowUnstorable,
}
