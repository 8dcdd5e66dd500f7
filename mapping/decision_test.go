package mapping

import (
	"strings"
	"testing"

	"paceline"
)

func TestConditions(t *testing.T) {
	const doc = `{"n":10,"big":9007199254740993,"dec":"10.0","zero":0,"s":"Hello World","digits":"007","empty":"","null":null,"t":true,"f":"no",
		"list":["a",2,"c"],"none":[],"object":{"a": 1},"at":"2024-03-07T05:00:00Z","day":"2024-03-07","ms":1709784000000,"lines":[{"x":1},{"x":2}],"exp":1e2}`
	type cond = paceline.Condition
	for _, c := range []struct {
		left      string
		condition cond
		right     string // typed text; one that begins with $ names a location of the same document
		want      bool
	}{
		{"n", paceline.CondEquals, "10", true},
		{"n", paceline.CondEquals, "10.00", true},
		{"n", paceline.CondEquals, "ten", false},
		{"n", paceline.CondEquals, "$dec", true},
		{"exp", paceline.CondEquals, "100", true},
		{"big", paceline.CondEquals, "9007199254740992", false},
		{"digits", paceline.CondEquals, "7", false},
		{"digits", paceline.CondEquals, "007", true},
		{"s", paceline.CondEquals, "hello world", false},
		{"s", paceline.CondNotEquals, "hello world", true},
		{"t", paceline.CondEquals, "True", true},
		{"t", paceline.CondEquals, "1", false},
		{"empty", paceline.CondEquals, "$null", true},
		{"nope", paceline.CondEquals, "$null", true},
		{"nope", paceline.CondEquals, "x", false},
		{"nope", paceline.CondNotEquals, "x", true},
		{"zero", paceline.CondEquals, "$null", false},
		{"at", paceline.CondEquals, "2024-03-07T06:00:00+01:00", true},
		{"at", paceline.CondEquals, "2024-03-07T05:00:01Z", false},
		{"object", paceline.CondEquals, `{"a":1}`, true},
		{"object", paceline.CondEquals, "$list", false},
		{"list", paceline.CondEquals, `["a", 2, "c"]`, true},

		{"null", paceline.CondExists, "", false},
		{"empty", paceline.CondExists, "", true},
		{"nope", paceline.CondNotExists, "", true},
		{"empty", paceline.CondIsEmpty, "", true},
		{"none", paceline.CondIsEmpty, "", true},
		{"nope", paceline.CondIsEmpty, "", true},
		{"zero", paceline.CondIsNotEmpty, "", true},

		{"s", paceline.CondContains, "lo Wo", true},
		{"s", paceline.CondContains, "LO", false},
		{"s", paceline.CondNotContains, "LO", true},
		{"list", paceline.CondContains, "2", true},
		{"list", paceline.CondContains, "b", false},
		{"nope", paceline.CondContains, "x", false},
		{"s", paceline.CondContains, "$null", false},
		{"s", paceline.CondStartsWith, "Hello", true},
		{"s", paceline.CondEndsWith, "Hello", false},
		{"n", paceline.CondStartsWith, "1", true},

		{"n", paceline.CondGreater, "9", true},
		{"dec", paceline.CondGreater, "9", true},
		{"n", paceline.CondGreater, "10.0", false},
		{"n", paceline.CondGreaterOrEqual, "10.0", true},
		{"big", paceline.CondGreater, "9007199254740992", true},
		{"zero", paceline.CondLess, "-1", false},
		{"zero", paceline.CondLessOrEqual, "0", true},
		{"s", paceline.CondGreater, "Goodbye", true},
		{"day", paceline.CondLess, "2024-03-07T00:00:01Z", true},
		{"at", paceline.CondGreater, "2024-03-07 05:30:00 +01:00", true},
		{"ms", paceline.CondLess, "2024-03-08", true},
		{"null", paceline.CondLess, "5", false},
		{"nope", paceline.CondGreaterOrEqual, "5", false},

		{"s", paceline.CondInList, "a, Hello World ,b", true},
		{"n", paceline.CondInList, "1,10", true},
		{"n", paceline.CondInList, `["x", 10]`, true},
		{"n", paceline.CondInList, "$list", false},
		{"n", paceline.CondInList, "[x, 10", true},
		{"s", paceline.CondInList, "Hello", false},

		{"s", paceline.CondMatches, `^Hello\s\w+$`, true},
		{"s", paceline.CondMatches, `(?i)WORLD`, true},
		{"n", paceline.CondMatches, `^\d+$`, true},
		{"nope", paceline.CondMatches, `.*`, false},
		{"s", paceline.CondMatches, "$s", true},

		{"t", paceline.CondIsTrue, "", true},
		{"f", paceline.CondIsTrue, "", false},
		{"f", paceline.CondIsFalse, "", true},
		{"zero", paceline.CondIsFalse, "", true},
		{"s", paceline.CondIsFalse, "", false},
		{"nope", paceline.CondIsFalse, "", false},

		{"[lines].x", paceline.CondEquals, "1", true},
		{"[lines].x", paceline.CondEquals, "2", false},
	} {
		d, err := CompileDecision(decisionPlan(c.left, c.condition, c.right), 1)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		got, err := d.Eval(Env{Data: outputs{0: doc}})
		if err != nil || got != c.want {
			t.Errorf("%s %s %q = %v, %v", c.left, c.condition, c.right, got, err)
		}
	}
}

func decisionPlan(left string, condition paceline.Condition, right string) *paceline.Plan {
	var m paceline.Mapping
	if location, ok := strings.CutPrefix(right, "$"); ok {
		m = stepField(hookID, location)
	} else if right != "" {
		m = static(right)
	}
	return &paceline.Plan{Steps: []paceline.PlanStep{
		{ID: hookID, Name: "Hook"},
		{ID: otherID, Name: "Is it new?", Decision: &paceline.Decision{LeftStep: hookID, LeftLocation: left, Condition: condition, Right: m}},
	}}
}

func TestDecisionErrors(t *testing.T) {
	for _, c := range []struct {
		left      string
		condition paceline.Condition
		right     string
		cause     string
	}{
		{"object", paceline.CondGreater, "5", "an object cannot be compared with text"},
		{"n", paceline.CondLess, "abc", "a number cannot be compared with text"},
		{"n", paceline.CondMatches, "$bad", "missing closing"},
	} {
		d, err := CompileDecision(decisionPlan(c.left, c.condition, c.right), 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Eval(Env{Data: outputs{0: `{"object":{},"n":1,"bad":"("}`}})
		if paceline.CodeOf(err) != paceline.CodeDecisionInvalid || !strings.Contains(err.Error(), c.cause) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	costly := strings.Repeat("(a|b|ab){9}", 80) + "$" // many instructions, all of which a text of these letters keeps busy
	for _, left := range []string{"s", "[list].s"} {
		plan := decisionPlan(left, paceline.CondMatches, costly)
		choice, err := CompileChoice(plan, 1)
		if err != nil {
			t.Fatal(err)
		}
		long := `"` + strings.Repeat("ab", 20_000) + `"`
		_, _, err = choice.Choose(Env{Data: outputs{0: `{"s":` + long + `,"list":[{"s":"a"},{"s":` + long + `}]}`}})
		if paceline.CodeOf(err) != paceline.CodeDecisionInvalid || !strings.Contains(err.Error(), "too complex") {
			t.Errorf("a costly search of %s: %v", left, err)
		}
	}
	for reason, plan := range map[string]*paceline.Plan{
		"missing closing":    decisionPlan("n", paceline.CondMatches, "("),
		"longer than":        decisionPlan("n", paceline.CondMatches, strings.Repeat("a", 1001)),
		"there is no condit": decisionPlan("n", "Sounds like", "x"),
		"name is missing":    decisionPlan("a..b", paceline.CondEquals, "x"),
		"an inline script":   decisionPlan("n", paceline.CondEquals, "=x"),
		"no criteria":        {Steps: []paceline.PlanStep{{}, {}}},
		"not in this cycle": {Steps: []paceline.PlanStep{{ID: hookID}, {ID: otherID,
			Decision: &paceline.Decision{LeftStep: "x", LeftLocation: "n", Condition: paceline.CondExists}}}},
	} {
		_, err := CompileDecision(plan, 1)
		if paceline.CodeOf(err) != paceline.CodeFieldInvalid || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v, want %q", err, reason)
		}
	}
}

// TestEveryConditionIsKnown fails when the root gains a condition that decisions do not know.
func TestEveryConditionIsKnown(t *testing.T) {
	for _, c := range []paceline.Condition{
		paceline.CondEquals, paceline.CondNotEquals, paceline.CondExists, paceline.CondNotExists, paceline.CondContains, paceline.CondNotContains,
		paceline.CondStartsWith, paceline.CondEndsWith, paceline.CondGreater, paceline.CondGreaterOrEqual, paceline.CondLess, paceline.CondLessOrEqual,
		paceline.CondInList, paceline.CondMatches, paceline.CondIsTrue, paceline.CondIsFalse, paceline.CondIsEmpty, paceline.CondIsNotEmpty,
	} {
		if _, ok := conditions[c]; !ok {
			t.Errorf("%s is unknown", c)
		}
	}
	if len(conditions) != 18 {
		t.Errorf("%d conditions", len(conditions))
	}
}
