package cycle

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"paceline"
)

var update = flag.Bool("update", false, "write golden files")

func TestCompile(t *testing.T) {
	t.Parallel()
	rel, _ := shop(t)
	flow := shopFlow(rel)
	src := Source{
		Account: paceline.Account{Num: 5, Partner: 2, Root: 4, ID: "account", APIID: "berlin",
			AccountSettings: paceline.AccountSettings{Timezone: "Europe/Berlin", Retention: paceline.Retention{ErrorHours: ptr(48)}}},
		Partner: paceline.Partner{Settings: paceline.PartnerSettings{Retention: paceline.Retention{SuccessHours: ptr(24), ErrorHours: ptr(72)}}},
		Cycle:   paceline.Cycle{Num: 9, ID: "cycle", Name: "Orders"},
		Flow:    flow, Version: 3,
	}
	plan, err := Compile(src, pinned(rel, flow))
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Steps {
		if plan.Steps[i].Release.Hash != "" {
			plan.Steps[i].Release.Hash = "hash" // changes with the format of definitions
		}
	}
	got, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const file = "testdata/plan.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the plan differs from %s (run with -update and look at the diff):\n%s", file, got)
	}
}

// A copy has new ids everywhere and the lineage of what it was copied from, also a copy of a copy.
func TestCopyAndPortable(t *testing.T) {
	t.Parallel()
	rel, _ := shop(t)
	flow := shopFlow(rel)
	flow.Steps[4].Fields[0].Value = ptr("{{" + string(webhookID) + ".status}} and {{Changed.id}}")
	flow.Steps[4].Keys = []paceline.CollectionKey{{Step: webhookID, Location: "[lines].id"}}
	once, ids := Copy(flow, testStart)
	twice, _ := Copy(once, testStart)
	text, err := json.Marshal(twice)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range twice.Steps {
		if step.Origin != flow.Steps[i].ID || step.ID == flow.Steps[i].ID || once.Steps[i].ID != ids[flow.Steps[i].ID] {
			t.Errorf("step %q: id %s, origin %s", step.Name, step.ID, step.Origin)
		}
		if n := bytes.Count(text, []byte(flow.Steps[i].ID)); n != 1 {
			t.Errorf("the old id of %q stands %d times in the copy, want once, as origin", step.Name, n)
		}
	}
	if want := "{{" + string(twice.Steps[1].ID) + ".status}} and {{Changed.id}}"; *twice.Steps[4].Fields[0].Value != want {
		t.Errorf("the merge field became %s, want %s", *twice.Steps[4].Fields[0].Value, want)
	}
	flow.Steps[2].Connector = &paceline.StepConnector{Key: paceline.LinkConnector}
	flow.Steps[2].Params = []paceline.ParamMapping{{Key: paceline.LinkCycle, Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: ptr("of-this-account")}}}
	twice.Steps[2].Connector, twice.Steps[2].Params = flow.Steps[2].Connector, flow.Steps[2].Params
	a, _ := json.Marshal(Portable(flow))
	if bytes.Contains(a, []byte("of-this-account")) {
		t.Errorf("the file holds a link: %s", a)
	}
	b, _ := json.Marshal(Portable(twice))
	if !bytes.Equal(a, b) {
		t.Errorf("the copy's file differs:\n%s\n%s", a, b)
	}
}
