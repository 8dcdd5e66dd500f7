package mapping_test

import (
	"testing"

	"paceline"
	"paceline/mapping"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	odd := func(i int) bool { return i%2 == 1 }
	for _, c := range []struct{ list, doc, want string }{
		{"[items]", `{"a":1,"items":[ {"x":[1]} , {"x":"]"},{"x":3}, 4 ],"b":2}`, `{"a":1,"items":[ {"x":"]"},4 ],"b":2}`},
		{"data.[rows]", `{"data":{"rows":[1,2,3],"n":3},"rows":[1,2]}`, `{"data":{"rows":[2],"n":3},"rows":[1,2]}`},
		{"[]", ` [1,"two",3] `, ` ["two"] `},
		{"[items]", `{"items":[]}`, `{"items":[]}`},
		{"[items]", `{"items":null}`, `{"items":null}`},
		{"[items]", `{"other":1}`, `{"other":1}`},
		{"[items]", `{"items":{"x":1},"b":2}`, `{"items":[],"b":2}`},
	} {
		list, err := mapping.ParseItemList(c.list)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(list.Keep([]byte(c.doc), odd)); got != `` && compactSpace(got) != compactSpace(c.want) {
			t.Errorf("%s of %s: %s, want %s", c.list, c.doc, got, c.want)
		}
		if got := string(list.Keep([]byte(c.doc), func(int) bool { return true })); compactSpace(got) != compactSpace(c.doc) {
			t.Errorf("all of %s: %s", c.doc, got)
		}
	}
}

func compactSpace(s string) (out string) {
	for _, r := range s {
		if r != ' ' {
			out += string(r)
		}
	}
	return out
}

// FuzzKeep: whatever the document, cutting its list down ends without harm.
func FuzzKeep(f *testing.F) {
	f.Add([]byte(`{"items":[1,{"a":[]},"]"]}`))
	f.Add([]byte(`{"items":[1`))
	f.Add([]byte(`[`))
	list, _ := mapping.ParseItemList("[items]")
	f.Fuzz(func(_ *testing.T, doc []byte) { list.Keep(doc, func(i int) bool { return i%2 == 0 }) })
}

func TestCompileChoiceRefuses(t *testing.T) {
	t.Parallel()
	open := "("
	one, two, sw := paceline.ID("00000000-0000-7000-8000-000000000001"), paceline.ID("00000000-0000-7000-8000-000000000002"), paceline.ID("00000000-0000-7000-8000-000000000003")
	on := func(step paceline.ID, location string) paceline.Decision {
		return paceline.Decision{LeftStep: step, LeftLocation: location, Condition: paceline.CondExists}
	}
	for name, c := range map[string]struct {
		cases []paceline.Decision
		fine  bool
	}{
		"nothing":             {nil, true}, // only the default
		"one list":            {[]paceline.Decision{on(one, "[a].x"), on(one, "name"), on(one, "[a].y.[z]")}, true},
		"two lists":           {[]paceline.Decision{on(one, "[a].x"), on(one, "[b].x")}, false},
		"lists of two steps":  {[]paceline.Decision{on(one, "[a].x"), on(two, "[a].x")}, false},
		"an unknown step":     {[]paceline.Decision{on(paceline.ZeroID, "a")}, false},
		"a wrong location":    {[]paceline.Decision{on(one, "[")}, false},
		"its own data":        {[]paceline.Decision{on(sw, "a")}, false},
		"without a condition": {[]paceline.Decision{{LeftStep: one, LeftLocation: "a"}}, false},
		"a wrong pattern":     {[]paceline.Decision{{LeftStep: one, LeftLocation: "a", Condition: paceline.CondMatches, Right: paceline.Mapping{Type: paceline.MapStatic, Value: &open}}}, false},
	} {
		plan := &paceline.Plan{Steps: []paceline.PlanStep{{ID: one}, {ID: two}, {ID: sw, Kind: paceline.StepSwitch, Switch: &paceline.Switch{}}}}
		for i, d := range c.cases {
			plan.Steps[2].Switch.Cases = append(plan.Steps[2].Switch.Cases, paceline.Case{Number: i + 1, Decision: d})
		}
		_, err := mapping.CompileChoice(plan, 2)
		if (err == nil) != c.fine || err != nil && paceline.CodeOf(err) != paceline.CodeFieldInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
