package store

import (
	"reflect"
	"testing"

	"paceline"
)

// A brief flow is the flow without what its steps map and its variables, and nobody can write it by mistake.
func TestBriefFlow(t *testing.T) {
	t.Parallel()
	text := "x"
	full := paceline.Flow{
		Schema: 1, Settings: paceline.DefaultFlowSettings(), Variables: []paceline.Variable{{SystemName: "V"}},
		Steps: []paceline.Step{{ID: "a", Origin: "o", Name: "A", Kind: paceline.StepAction, Method: "m", AccountConnector: 7,
			Connector: &paceline.StepConnector{UID: "u", Key: "k", Name: "K", Version: "1.0.0"}, Fields: []paceline.FieldMapping{{Location: "l", Mapping: paceline.Mapping{Value: &text}}}}, {ID: "b", Kind: paceline.StepDelay}},
		Edges: []paceline.Edge{{ID: "e", Tail: "a", Head: "b", Type: paceline.EdgeForward}},
	}
	brief, err := readBriefFlow(writeFlow(full))
	if err != nil {
		t.Fatal(err)
	}
	want := full
	want.Brief, want.Variables, want.Steps = true, nil, []paceline.Step{full.Steps[0], full.Steps[1]}
	want.Steps[0].Fields = nil
	if !reflect.DeepEqual(brief, want) {
		t.Errorf("%+v\nis not\n%+v", brief, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a brief flow was written")
		}
	}()
	writeFlow(brief)
}
