package cycle

import (
	"os"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// TestReplyMethodAnswers: a step that has a method of kind reply is, in the plan, what answers the sender who waits, with the
// method's inputs.
func TestReplyMethodAnswers(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), "methods:\n", "methods:\n  - {id: thank, name: Thank, kind: reply, reply: {status: 201}, request: {fields: [{loc: text, required: true}]}}\n", 1)
	def, problems := connector.Parse("shop.yaml", []byte(text))
	if def == nil {
		t.Fatal(problems)
	}
	rel, err := NewRelease(store.ConnectorRelease{Key: def.Key(), ConnectorKey: "shop", Document: def.JSON()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := paceline.PlanStep{Kind: paceline.StepAction}
	step := paceline.Step{Kind: paceline.StepAction, Method: rel.Compiled.MethodUID("thank"), Fields: []paceline.FieldMapping{
		{Location: "text", Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: ptr("hello")}}}}
	if err := compileMethod(&out, &step, rel); err != nil {
		t.Fatal(err)
	}
	if out.Kind != paceline.StepSyncResponse || out.Method != "thank" || len(out.Inputs) != 1 || !out.Inputs[0].Required || out.Inputs[0].Mapping.Value == nil || out.SplitAt != "" {
		t.Errorf("the plan has %+v", out)
	}
}
