package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"paceline"

	"github.com/google/go-cmp/cmp"
)

// outputs are the outputs of steps by ordinal.
type outputs map[int]string

func (o outputs) Output(stepRef int) ([]byte, bool) {
	doc, ok := o[stepRef]
	return []byte(doc), ok
}

// setNames answers the names it holds.
func setNames(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func text(s string) *string { return &s }

func static(value string) paceline.Mapping {
	return paceline.Mapping{Type: paceline.MapStatic, Value: &value}
}

func stepField(step paceline.ID, location string) paceline.Mapping {
	return paceline.Mapping{Type: paceline.MapStepField, SourceStep: step, SourceLocation: location}
}

func variable(name string) paceline.Mapping {
	return paceline.Mapping{Type: paceline.MapVariable, Value: &name}
}

const (
	hookID  paceline.ID = "00000000-0000-7000-8000-000000000001"
	otherID paceline.ID = "00000000-0000-7000-8000-000000000002"
)

// planOf makes a plan of three steps; the inputs are those of step 2.
func planOf(inputs ...paceline.PlanInput) *paceline.Plan {
	return &paceline.Plan{
		Steps: []paceline.PlanStep{
			{ID: hookID, Name: "New issue"},
			{ID: otherID, Name: "New issue.x"},
			{ID: "00000000-0000-7000-8000-000000000003", Name: "Create ticket", Inputs: inputs},
		},
		Variables: map[string]string{
			"Region": "eu", "Nothing": "", "Greeting": "Hello {{New issue.user}} in {{Region}}",
			"Loop": "{{Loop2}}", "Loop2": "{{Loop}}", "Script": "=1", "Count": "5", "Both": "{{Region}}-{{Count}}",
		},
	}
}

const hookDoc = `{"id":9007199254740993,"price":10.50,"user":"Zoë \"Z\"","blank":"","null":null,"flag":true,"at":"2024-03-07T05:06:09+01:00",
	"lines":[{"sku":"a","qty":"2","sub":[{"n":1},{"n":2}]},{"sku":"b","sub":[]},{"sku":"c","qty":3}],"none":[],"tags":["p","q"],"object":{"k":[1, 2]}}`

func TestFieldValues(t *testing.T) {
	integer, truth, words := paceline.TypeInteger, paceline.TypeBoolean, paceline.TypeText
	for name, c := range map[string]struct {
		mapping  paceline.Mapping
		location string // "f" when empty
		dataType paceline.DataType
		format   string
		required bool
		fallback *string
		body     string
		warnings []Warning
	}{
		"unset":                    {body: `{}`},
		"unset required":           {required: true, body: `{}`, warnings: []Warning{{paceline.CodeSourceEmpty, "F", "the field is required, but its source has no value"}}},
		"unset with default":       {fallback: text("open"), required: true, body: `{"f":"open"}`},
		"default of a type":        {fallback: text("7"), dataType: integer, body: `{"f":7}`},
		"date in a format":         {mapping: stepField(hookID, "at"), dataType: paceline.TypeDateTime, format: "dd.MM.yyyy", body: `{"f":"07.03.2024"}`},
		"typed date in a format":   {mapping: static("2024-03-07T05:06:09Z"), dataType: paceline.TypeDateTime, format: "dd.MM.yyyy", body: `{"f":"07.03.2024"}`},
		"default date in a format": {fallback: text("2024-03-07"), dataType: paceline.TypeDateTime, format: "dd.MM.yyyy", body: `{"f":"07.03.2024"}`},
		"default of a template":    {fallback: text("/{{object.name}}/{{CycleId}}"), required: true, body: `{}`},
		"ignore beats default":     {mapping: paceline.Mapping{Type: paceline.MapIgnore}, fallback: text("open"), required: true, body: `{}`},
		"static":                   {mapping: static("5"), body: `{"f":"5"}`},
		"static integer":           {mapping: static("5"), dataType: integer, body: `{"f":5}`},
		"static wrong integer": {mapping: static("five"), dataType: integer, body: `{"f":"five"}`,
			warnings: []Warning{{paceline.CodeValueType, "F", "Integer was expected, but the value is text"}}},
		"static boolean":      {mapping: static("true"), dataType: truth, body: `{"f":true}`},
		"static empty":        {mapping: static(""), fallback: text("d"), body: `{"f":"d"}`},
		"static braces":       {mapping: static(`\{{x}} }}`), body: `{"f":"{{x}} }}"}`},
		"static quotes":       {mapping: static("a\"b\\\n\x01"), body: `{"f":"a\"b\\\n\u0001"}`},
		"value list":          {mapping: paceline.Mapping{Type: paceline.MapValueList, Value: text(">=")}, body: `{"f":">="}`},
		"value list equals":   {mapping: paceline.Mapping{Type: paceline.MapValueList, Value: text("=")}, body: `{"f":"="}`},
		"lookup":              {mapping: paceline.Mapping{Type: paceline.MapLookup, LookupValue: text("{{7}}")}, body: `{"f":"{{7}}"}`},
		"lookup integer":      {mapping: paceline.Mapping{Type: paceline.MapLookup, LookupValue: text("7")}, dataType: integer, body: `{"f":7}`},
		"variable":            {mapping: variable("Region"), body: `{"f":"eu"}`},
		"variable any case":   {mapping: variable("region"), body: `{"f":"eu"}`},
		"variable integer":    {mapping: variable("Count"), dataType: integer, body: `{"f":5}`},
		"variable of nothing": {mapping: variable("Nothing"), body: `{}`},
		"variable with merge": {mapping: variable("Greeting"), body: `{"f":"Hello Zoë \"Z\" in eu"}`},
		"variables in text":   {mapping: variable("Both"), body: `{"f":"eu-5"}`},

		"step number":        {mapping: stepField(hookID, "id"), body: `{"f":9007199254740993}`},
		"step decimal":       {mapping: stepField(hookID, "price"), dataType: paceline.TypeDecimal, body: `{"f":10.50}`},
		"step number text":   {mapping: stepField(hookID, "price"), dataType: words, body: `{"f":"10.50"}`},
		"step object":        {mapping: stepField(hookID, "object"), body: `{"f":{"k":[1, 2]}}`},
		"step null":          {mapping: stepField(hookID, "null"), fallback: text("d"), body: `{"f":null}`},
		"step null required": {mapping: stepField(hookID, "null"), required: true, body: `{"f":null}`, warnings: []Warning{{paceline.CodeSourceEmpty, "F", "the field is required, but its source has no value"}}},
		"step empty":         {mapping: stepField(hookID, "blank"), body: `{"f":""}`},
		"step missing":       {mapping: stepField(hookID, "nope.x"), body: `{}`},
		"step missing default": {
			mapping: stepField(hookID, "nope"), fallback: text("d"), required: true, body: `{"f":"d"}`},
		"step not passed": {mapping: stepField(otherID, "id"), body: `{}`},
		"step list to one": {mapping: stepField(hookID, "[lines].sku"), body: `{"f":"a"}`,
			warnings: []Warning{{paceline.CodeListToValue, "F", "the source has several values; the first was used"}}},
		"step list below a value":  {mapping: stepField(hookID, "[object].[k]"), body: `{"f":1}`, warnings: []Warning{{paceline.CodeListToValue, "F", "the source has several values; the first was used"}}},
		"step list typed":          {mapping: stepField(hookID, "[lines].qty"), location: "[l].q", dataType: integer, body: `{"l":[{"q":2},{},{"q":3}]}`},
		"step list wrong type":     {mapping: stepField(hookID, "[lines].sku"), location: "[l].q", dataType: integer, body: `{"l":[{"q":"a"},{"q":"b"},{"q":"c"}]}`, warnings: []Warning{{paceline.CodeValueType, "F", "Integer was expected, but the value is text"}}},
		"step whole list":          {mapping: stepField(hookID, "tags"), location: "[labels]", body: `{"labels":["p","q"]}`},
		"step list of plain":       {mapping: stepField(hookID, "[tags]"), location: "[labels].name", body: `{"labels":[{"name":"p"},{"name":"q"}]}`},
		"step nested lists":        {mapping: stepField(hookID, "[lines].[sub].n"), location: "[a].[b].m", body: `{"a":[{"b":[{"m":1},{"m":2}]},{"b":[]},{}]}`},
		"step nested list to flat": {mapping: stepField(hookID, "[lines].[sub].n"), location: "[a]", body: `{"a":[1,2]}`},
		"step empty list":          {mapping: stepField(hookID, "[none].x"), location: "[a].x", body: `{"a":[]}`},
		"step empty list required": {mapping: stepField(hookID, "[none].x"), location: "[a].x", required: true, body: `{"a":[]}`, warnings: []Warning{{paceline.CodeSourceEmpty, "F", "the field is required, but its source has no value"}}},
		"step no list":             {mapping: stepField(hookID, "[nope].x"), location: "[a].x", body: `{}`},

		"merge alone keeps number":  {mapping: static("{{New issue.id}}"), body: `{"f":9007199254740993}`},
		"merge alone keeps list":    {mapping: static("{{New issue.[lines].sku}}"), location: "[l].s", body: `{"l":[{"s":"a"},{"s":"b"},{"s":"c"}]}`},
		"merge by id":               {mapping: static("{{" + string(hookID) + ".flag}}"), body: `{"f":true}`},
		"merge by id, upper case":   {mapping: static("{{ " + strings.ToUpper(string(hookID)) + ".flag }}"), body: `{"f":true}`},
		"merge in any letter case":  {mapping: static("{{NEW ISSUE.flag}}"), body: `{"f":true}`},
		"merge in text":             {mapping: static("#{{New issue.id}} {{New issue.user}}{{New issue.null}}{{New issue.nope}}{{New issue.flag}}"), body: `{"f":"#9007199254740993 Zoë \"Z\"true"}`},
		"merge of lists in text":    {mapping: static("{{New issue.[lines].qty}}; {{New issue.tags}}; {{New issue.[none]}}"), body: `{"f":"2,3; [\"p\",\"q\"]; "}`},
		"merge of nothing in text":  {mapping: static("{{New issue.nope}}{{New issue.blank}}"), required: true, body: `{"f":""}`, warnings: []Warning{{paceline.CodeSourceEmpty, "F", "the field is required, but its source has no value"}}},
		"merge of longest name":     {mapping: static("{{New issue.x.id}}"), body: `{}`},
		"merge of the system":       {mapping: static("{{CYCLEID}} of {{AccountExternalId}}{{TransactionId}}"), body: `{"f":"C1 of "}`},
		"merge of the system alone": {mapping: static("{{CycleId}}"), body: `{"f":"C1"}`},
		"merge of a date":           {mapping: static("{{LastSuccessfulRunDate}}"), body: `{"f":"2024-03-07T05:06:09.5Z"}`},
		"merge of a formatted date": {mapping: static("{{LastSuccessfulRunDate format=yyyy-MM-ddTHH:mm:ssZ}}"), body: `{"f":"2024-03-07T05:06:09Z"}`},
		"merge of a step's date":    {mapping: static("on {{New issue.at format=dd MMM yyyy}}"), body: `{"f":"on 07 Mar 2024"}`},
		"merge unix integer":        {mapping: static("{{New issue.at format=unix}}"), dataType: integer, body: `{"f":1709784369}`},
		"format of no date":         {mapping: static("{{New issue.user format=yyyy}}"), body: `{"f":"Zoë \"Z\""}`},
		"merge of a variable":       {mapping: static("{{Count}}"), dataType: integer, body: `{"f":5}`},
	} {
		t.Run(name, func(t *testing.T) {
			location := c.location
			if location == "" {
				location = "f"
			}
			plan := planOf(paceline.PlanInput{Field: true, Key: location, Label: "F", Type: c.dataType, Format: c.format,
				Required: c.required, Default: c.fallback, Mapping: c.mapping})
			p, err := Compile(plan, 2)
			if err != nil {
				t.Fatal(err)
			}
			in, warnings, err := p.Inputs(Env{Data: outputs{0: hookDoc}, System: setNames(map[string]string{
				"CycleId": "C1", "LastSuccessfulRunDate": "2024-03-07T05:06:09.5Z"})})
			if err != nil {
				t.Fatal(err)
			}
			body, err := in.AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.body, string(body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParams(t *testing.T) {
	p, err := Compile(planOf(
		paceline.PlanInput{Key: "path:Id", Type: paceline.TypeText, Mapping: stepField(hookID, "id")},
		paceline.PlanInput{Key: "query:a:b", Mapping: static("x")},
		paceline.PlanInput{Key: "query:skus", Mapping: stepField(hookID, "[lines].[sub].n")},
		paceline.PlanInput{Key: "header:none", Mapping: stepField(hookID, "nope")},
		paceline.PlanInput{Key: "query:not", Default: text("x"), Mapping: paceline.Mapping{Type: paceline.MapIgnore}},
	), 2)
	if err != nil {
		t.Fatal(err)
	}
	in, warnings, err := p.Inputs(Env{Data: outputs{0: hookDoc}})
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	want := []Param{{"path", "Id", Value(`"9007199254740993"`), false}, {"query", "a:b", Value(`"x"`), false},
		{"query", "skus", Value(`[1,2]`), false}, {"header", "none", nil, false}, {"query", "not", nil, true}}
	if diff := cmp.Diff(want, in.Params); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if in.Param("query", "a:b") == nil || in.Param("path", "a:b") != nil {
		t.Error("Param found the wrong one")
	}
	if in.Ignored("header", "none") || !in.Ignored("query", "not") || in.Ignored("query", "unknown") {
		t.Error("Ignored is wrong")
	}
}

func TestCompileRefuses(t *testing.T) {
	same := planOf()
	same.Steps[1].Name = "New issue"
	for name, c := range map[string]struct {
		plan   *paceline.Plan
		key    string
		m      paceline.Mapping
		reason string
	}{
		"script":             {m: static("=/{{AccountId}}/.test(1)"), reason: "regular expression"},
		"script with a key":  {m: static("={{Cyclr_Auth_ApiKey}}"), reason: "a credential is not given"},
		"script in variable": {m: variable("Script"), reason: "inline script"},
		"open merge field":   {m: static("abc {{x"), reason: "opens at character 5 is never closed"},
		"empty merge field":  {m: static("{{ }}"), reason: "empty"},
		"unknown merge":      {m: static("{{Nope}}"), reason: "no step with a location, no system value and no variable"},
		"step without value": {m: static("{{New issue}}"), reason: "no step with a location"},
		"wrong location":     {m: static("{{New issue.a[0]}}"), reason: "must be quoted"},
		"unknown step id":    {m: static("{{00000000-0000-7000-8000-00000000000f.x}}"), reason: "not in this cycle"},
		"two steps":          {plan: same, m: static("{{New issue.id}}"), reason: "several steps"},
		"itself":             {m: static("{{Create ticket.id}}"), reason: "from itself"},
		"unknown source":     {m: stepField("00000000-0000-7000-8000-00000000000f", "x"), reason: "not in this cycle"},
		"source location":    {m: stepField(hookID, "a..b"), reason: "name is missing"},
		"own location":       {key: "a..b", m: static("x"), reason: "name is missing"},
		"unknown variable":   {m: variable("Nope"), reason: `there is no variable "Nope"`},
		"circle":             {m: variable("Loop"), reason: "refers to itself"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := c.plan
			if plan == nil {
				plan = planOf()
			}
			key := c.key
			if key == "" {
				key = "f"
			}
			plan.Steps[2].Inputs = []paceline.PlanInput{{Field: true, Key: key, Label: "Subject", Mapping: c.m}}
			_, err := Compile(plan, 2)
			if paceline.CodeOf(err) != paceline.CodeFieldInvalid || !strings.Contains(err.Error(), c.reason) || !strings.Contains(err.Error(), "Subject") {
				t.Errorf("got %v, want a reason with %q", err, c.reason)
			}
		})
	}
	_, err := Compile(planOf(paceline.PlanInput{Field: true, Key: "a"}, paceline.PlanInput{Field: true, Key: "a.b"}), 2)
	if paceline.CodeOf(err) != paceline.CodeFieldInvalid {
		t.Errorf("contradicting locations: %v", err)
	}
}

func TestTextIsBounded(t *testing.T) {
	p, err := Compile(planOf(paceline.PlanInput{Field: true, Key: "f", Mapping: static(strings.Repeat("{{New issue.big}}", 20))}), 2)
	if err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", MaxText/10)
	_, _, err = p.Inputs(Env{Data: outputs{0: `{"big":"` + big + `"}`}})
	if !errors.Is(err, paceline.Fail(paceline.CodeStepDataTooLarge)) {
		t.Errorf("20 times a tenth of the bound: %v", err)
	}
}

func TestListsAreBounded(t *testing.T) {
	p, err := Compile(planOf(paceline.PlanInput{Field: true, Key: "[f]", Mapping: stepField(hookID, "[n]")}), 2)
	if err != nil {
		t.Fatal(err)
	}
	for extra, want := range map[int]paceline.Code{0: "", 1: paceline.CodeStepDataTooLarge} {
		doc := `{"n":[1` + strings.Repeat(",1", MaxItems-1+extra) + `]}`
		if _, _, err := p.Inputs(Env{Data: outputs{0: doc}}); paceline.CodeOf(err) != want {
			t.Errorf("%d items more than the bound: %v", extra, err)
		}
	}
}

func TestManySources(t *testing.T) {
	var inputs []paceline.PlanInput
	var doc, want strings.Builder
	for i := range 50 {
		inputs = append(inputs, paceline.PlanInput{Field: true, Key: fmt.Sprintf("to.f%d", i), Mapping: stepField(hookID, fmt.Sprintf("from.f%d", i))})
		fmt.Fprintf(&doc, `,"f%d":%d`, i, i)
		fmt.Fprintf(&want, `,"f%d":%d`, i, i)
	}
	p, err := Compile(planOf(inputs...), 2)
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := p.Inputs(Env{Data: outputs{0: `{"from":{` + doc.String()[1:] + `}}`}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := in.AppendJSON([]byte("x"))
	if string(body) != `x{"to":{`+want.String()[1:]+`}}` || err != nil {
		t.Errorf("%s %v", body, err)
	}
}

func TestReferences(t *testing.T) {
	refs, err := References(`a {{B.c}} {{B.c format=yy}} \{{no}} {{ X }}`)
	if diff := cmp.Diff([]string{"B.c", "X"}, refs); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := References("{{"); err == nil {
		t.Error("an open merge field was accepted")
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"{{New issue.id}}", `\{{ {{Count}} }}`, "a{{b format=yyyy}}c", "{{New issue.[lines].sku}}é\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.HasPrefix(strings.TrimSpace(s), "=") {
			return // an inline script, see FuzzScript
		}
		p, err := Compile(planOf(paceline.PlanInput{Field: true, Key: "f", Mapping: static(s)}), 2)
		if err != nil {
			return
		}
		in, _, err := p.Inputs(Env{Data: outputs{0: hookDoc}})
		if err != nil {
			t.Fatal(err)
		}
		body, err := in.AppendJSON(nil)
		if err != nil || !validJSON(body) {
			t.Fatalf("%q gives %s, %v", s, body, err)
		}
	})
}

// TestStatementIsTyped: what stands in a statement of a query language was typed by somebody, all of it.
func TestStatementIsTyped(t *testing.T) {
	for name, c := range map[string]struct {
		m  paceline.Mapping
		ok bool
	}{
		"typed":       {static("SELECT * FROM orders WHERE id = :id"), true},
		"nothing":     {paceline.Mapping{}, true},
		"merge field": {static("SELECT * FROM orders WHERE id = {{New issue.id}}"), false},
		"script":      {static("='SELECT ' + 1"), false},
		"step":        {stepField(hookID, "query"), false},
		"variable":    {variable("Greeting"), false},
	} {
		plan := planOf()
		plan.Steps[2].Inputs = []paceline.PlanInput{{Key: "statement:Query", Label: "Query", Mapping: c.m}}
		if _, err := Compile(plan, 2); (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "a statement is typed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
