package script_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"modernc.org/quickjs"

	"paceline/script"
)

// TestNamesAreDeclared: docs/scripts.d.ts declares what a machine has beyond the language, neither more nor less, and
// docs/scripts.md tells of each.
func TestNamesAreDeclared(t *testing.T) {
	t.Parallel()
	const all = "JSON.stringify(Object.getOwnPropertyNames(globalThis))"
	vm, err := quickjs.NewVM()
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	text, err := vm.Eval(all, quickjs.EvalGlobal)
	if err != nil {
		t.Fatal(err)
	}
	var bare, has, found []string
	if err := json.Unmarshal([]byte(text.(string)), &bare); err != nil {
		t.Fatal(err)
	}
	r, err := newPool(t, script.Limits{}).Run(context.Background(), script.Run{
		Account: account, Event: script.BeforeAction,
		Sources: []script.Source{{Code: "/* moment.tz, CryptoJS */ function before_action() { return Object.getOwnPropertyNames(globalThis) }"}},
	})
	if err == nil {
		err = json.Unmarshal(r.Value, &has)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range has {
		if !slices.Contains(bare, name) && name != "before_action" {
			found = append(found, name)
		}
	}
	declarations, err := os.ReadFile("../docs/scripts.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/scripts.md")
	if err != nil {
		t.Fatal(err)
	}
	// Values that events bring are declared as variables; see TestGlobalsAreDeclared of the connector room.
	var declared []string
	for _, m := range regexp.MustCompile(`(?m)^declare (function (\w+)|const (paceline|console|crypto|moment|CryptoJS|Auth\w+)\b)`).FindAllStringSubmatch(string(declarations), -1) {
		if name := m[2] + m[3]; !slices.Contains(declared, name) {
			declared = append(declared, name)
		}
	}
	slices.Sort(found)
	slices.Sort(declared)
	if got, want := strings.Join(declared, "\n"), strings.Join(found, "\n"); got != want {
		t.Errorf("docs/scripts.d.ts declares\n%s\n\na machine has\n%s", got, want)
	}
	for _, name := range found {
		word := strings.Replace(name, "cycle_storage_", "cyclr_storage_", 1)
		if !strings.Contains(string(page), word) {
			t.Errorf("docs/scripts.md does not tell of %s", name)
		}
	}
}
