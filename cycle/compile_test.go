package cycle

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
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

// TestRetentionLayers: the cycle's value counts over the account's, that over the partner's, and that over 31 days; of
// successes and errors each for itself. 0 is a value.
func TestRetentionLayers(t *testing.T) {
	t.Parallel()
	set := func(success, failed int) (r paceline.Retention) { // negative: not set
		if success >= 0 {
			r.SuccessHours = &success
		}
		if failed >= 0 {
			r.ErrorHours = &failed
		}
		return r
	}
	for _, c := range []struct {
		cycle, account, partner paceline.Retention
		success, failed         int
	}{
		{set(-1, -1), set(-1, -1), set(-1, -1), 744, 744},
		{set(-1, -1), set(-1, -1), set(24, 48), 24, 48},
		{set(-1, -1), set(12, -1), set(24, 48), 12, 48},
		{set(-1, 6), set(12, 24), set(24, 48), 12, 6},
		{set(0, -1), set(12, 0), set(24, 48), 0, 0},
		{set(744, 744), set(0, 0), set(0, 0), 744, 744},
		{set(-1, -1), set(-1, -1), set(0, -1), 0, 744},
	} {
		rel, _ := shop(t)
		flow := shopFlow(rel)
		flow.Settings.Retention = c.cycle
		plan, err := Compile(Source{
			Account: paceline.Account{AccountSettings: paceline.AccountSettings{Timezone: "Etc/UTC", Retention: c.account}},
			Partner: paceline.Partner{Settings: paceline.PartnerSettings{Retention: c.partner}},
			Flow:    flow, Version: 1,
		}, pinned(rel, flow))
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Retention; *got.SuccessHours != c.success || *got.ErrorHours != c.failed {
			t.Errorf("%v: successes stay %d hours, errors %d, want %d and %d", c, *got.SuccessHours, *got.ErrorHours, c.success, c.failed)
		}
	}
}

// A field without a value gives way to those below it; one with a value, or that must have one, stays.
func TestEmptyParentsGiveWay(t *testing.T) {
	t.Parallel()
	value := paceline.Mapping{Type: paceline.MapStatic, Value: ptr("x")}
	got := withoutEmptyParents([]paceline.PlanInput{
		{Key: "Data"}, {Key: "Data", Field: true}, {Key: "Data.Name", Field: true, Mapping: value}, {Key: "Database", Field: true},
		{Key: "set", Field: true, Mapping: value}, {Key: "set.a", Field: true, Mapping: value},
		{Key: "must", Field: true, Required: true}, {Key: "must.a", Field: true, Mapping: value},
		{Key: "off", Field: true, Mapping: paceline.Mapping{Type: paceline.MapIgnore}}, {Key: "off.a", Field: true, Mapping: value},
	})
	var keys []string
	for _, in := range got {
		keys = append(keys, in.Key)
	}
	if text := strings.Join(keys, " "); text != "Data Data.Name Database set set.a must must.a off.a" {
		t.Error(text)
	}
}
