package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawn are the arrows of one diagram of docs/state_machine.md: "From --> To", and the functions beside it.
type drawn map[string][]string

func diagram(t *testing.T, heading string) drawn {
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
	arrows := drawn{}
	for line := range strings.Lines(section) {
		arrow, label, _ := strings.Cut(strings.TrimSpace(line), " : ")
		if strings.HasSuffix(arrow, "--> [*]") {
			continue
		}
		if arrows[arrow] = nil; label == "" {
			t.Errorf("%s names no function", arrow)
		}
		for name := range strings.SplitSeq(prose.ReplaceAllString(label, ""), ",") {
			arrows[arrow] = append(arrows[arrow], strings.TrimSpace(name))
		}
	}
	if len(arrows) < 5 {
		t.Fatalf("only %d arrows in %q", len(arrows), heading)
	}
	return arrows
}

// functions are those of the packages, by name.
func functions(t *testing.T, folders ...string) map[string]*ast.FuncDecl {
	t.Helper()
	all := map[string]*ast.FuncDecl{}
	for _, folder := range folders {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range parsed.Decls {
				if f, ok := d.(*ast.FuncDecl); ok {
					all[f.Name.Name] = f
				}
			}
		}
	}
	return all
}

// TestArrowsAreFunctions: each name beside an arrow is a function.
func TestArrowsAreFunctions(t *testing.T) {
	t.Parallel()
	core := functions(t, ".")
	rooms := functions(t, "../../cycle", "../../store")
	for heading, known := range map[string]map[string]*ast.FuncDecl{
		"## A transaction": core, "## An execution of a step": core, "## A cycle": rooms,
	} {
		for arrow, names := range diagram(t, heading) {
			for _, name := range names {
				if known[name] == nil {
					t.Errorf("%s: %s is no function", arrow, name)
				}
			}
		}
	}
}

// TestStatesAreMadeByTheirFunctions: whichever function gives a step a state, by naming it or by a helper that
// no arrow names, stands beside an arrow to that state; and what stands there does give it.
func TestStatesAreMadeByTheirFunctions(t *testing.T) {
	t.Parallel()
	arrows := diagram(t, "## An execution of a step")
	named := map[string]bool{}
	beside := map[string]map[string]bool{} // by function: the states that its arrows lead to
	for arrow, names := range arrows {
		_, to, _ := strings.Cut(arrow, " --> ")
		for _, name := range names {
			named[name] = true
			if beside[name] == nil {
				beside[name] = map[string]bool{}
			}
			beside[name][to] = true
		}
	}
	all := functions(t, ".")
	gives := map[string]map[string]bool{} // by function: the states that it gives to rows
	for name, f := range all {
		gives[name] = map[string]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, arg := range call.Args {
				if s, ok := arg.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Step") {
					if state := strings.TrimPrefix(s.Sel.Name, "Step"); slices.Contains(slices.Collect(maps.Values(stepStates)), state) {
						gives[name][state] = true
					}
				}
			}
			return true
		})
	}
	for range 3 { // helpers of helpers
		for name, f := range all {
			ast.Inspect(f, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if s, ok := call.Fun.(*ast.SelectorExpr); ok && !named[s.Sel.Name] && named[name] {
						maps.Copy(gives[name], gives[s.Sel.Name])
					}
				}
				return true
			})
		}
	}
	for name := range named {
		for state := range gives[name] {
			if !beside[name][state] {
				t.Errorf("%s makes a step %s, and stands beside no such arrow", name, state)
			}
		}
	}
	for name, states := range gives {
		if len(states) > 0 && !named[name] && !helper(all, named, name) {
			t.Errorf("%s gives states %v, and no arrow names it", name, slices.Collect(maps.Keys(states)))
		}
	}
}

// helper reports whether a function is called by one that an arrow names.
func helper(all map[string]*ast.FuncDecl, named map[string]bool, name string) (is bool) {
	for caller := range named {
		if f := all[caller]; f != nil {
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
					is = true
				}
				return true
			})
		}
	}
	return is
}

// TestSimulationGoesAlongTheArrows: the arrows that simulations take are drawn, and the drawn ones are taken.
func TestSimulationGoesAlongTheArrows(t *testing.T) {
	rapid.Check(t, simulate(func() sabotage { return sabotage{} }))
	compare := func(heading string, taken map[string]int) {
		arrows := diagram(t, heading)
		for arrow := range taken {
			if arrows[arrow] == nil {
				t.Errorf("%s: %s is taken, and not drawn", heading, arrow)
			}
		}
		for arrow := range arrows {
			if taken[arrow] == 0 {
				t.Errorf("%s: %s is drawn, and never taken", heading, arrow)
			}
		}
	}
	compare("## An execution of a step", arrows.steps)
	compare("## A transaction", arrows.runs)
}
