package cycle

import (
	"os"
	"testing"

	"paceline"
	"paceline/connector"
	"paceline/store"
)

// shop is the release of testdata, with ids in the order of its elements: the connector is 1.
func shop(t *testing.T) (*Release, store.ConnectorRelease) {
	t.Helper()
	raw, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, problems := connector.Parse("shop.yaml", raw)
	if def == nil || connector.Failed(problems) {
		t.Fatal(problems)
	}
	elements := make(map[store.Element]int32)
	for i, e := range def.Elements() {
		elements[store.Element{Kind: string(e.Kind), Key: e.Key}] = int32(i + 1)
	}
	row := store.ConnectorRelease{
		Key: def.Key(), Status: paceline.ReleaseLive, ConnectorKey: "shop", ConnectorID: 1, Name: "Shop", Document: def.JSON(),
	}
	rel, err := NewRelease(row, elements)
	if err != nil {
		t.Fatal(err)
	}
	return rel, row
}

// flows are made of these steps; ids are short on purpose.
const (
	webhookID  paceline.ID = "aaaaaaaa-0000-4000-8000-000000000001"
	decisionID paceline.ID = "aaaaaaaa-0000-4000-8000-000000000002"
	delayID    paceline.ID = "aaaaaaaa-0000-4000-8000-000000000003"
	updateID   paceline.ID = "aaaaaaaa-0000-4000-8000-000000000004"
	notedID    paceline.ID = "aaaaaaaa-0000-4000-8000-000000000005"
)

// shopFlow is webhook -> decision -(true)-> delay -> update, with a note beside it.
func shopFlow(rel *Release) paceline.Flow {
	pin := &paceline.StepConnector{UID: rel.Key.UID, Key: "shop", Name: "Shop", Version: rel.Key.Version}
	return paceline.Flow{
		Schema: paceline.FlowSchema,
		Steps: []paceline.Step{
			{ID: notedID, Name: "Note", Kind: paceline.StepAnnotation},
			{ID: webhookID, Name: "Changed", Kind: paceline.StepWebhook, Connector: pin,
				Method: rel.Compiled.MethodUID("order-changed"), AccountConnector: 7},
			{ID: decisionID, Name: "Paid?", Kind: paceline.StepDecision, Decision: &paceline.Decision{
				LeftStep: webhookID, LeftLocation: "status", Condition: paceline.CondEquals,
				Right: paceline.Mapping{Type: paceline.MapStatic, Value: ptr("paid")}}},
			{ID: delayID, Name: "Wait", Kind: paceline.StepDelay, Delay: &paceline.Delay{Amount: 2, Unit: "hours"}},
			{ID: updateID, Name: "Update", Kind: paceline.StepAction, Connector: pin, ErrorAction: paceline.ErrorRetry,
				Method: rel.Compiled.MethodUID("update-order"), AccountConnector: 7,
				Params: []paceline.ParamMapping{{Key: "path:Id", Mapping: paceline.Mapping{
					Type: paceline.MapStepField, SourceStep: webhookID, SourceLocation: "id"}}},
				Fields: []paceline.FieldMapping{
					{Location: "status", Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: ptr("ready")}},
					{Location: "custom.colour", Mapping: paceline.Mapping{Type: paceline.MapVariable, Value: ptr("Colour")}},
				}},
		},
		Edges: []paceline.Edge{
			{ID: "e1", Tail: webhookID, Head: decisionID, Type: paceline.EdgeForward},
			{ID: "e2", Tail: decisionID, Head: delayID, Type: paceline.EdgeTrue},
			{ID: "e3", Tail: delayID, Head: updateID, Type: paceline.EdgeForward},
		},
		Variables: []paceline.Variable{{DisplayName: "Colour", SystemName: "Colour",
			Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: ptr("red")}}},
		Settings: paceline.DefaultFlowSettings(),
	}
}

// pinned are the releases of a flow of the shop.
func pinned(rel *Release, flow paceline.Flow) Pinned {
	var p Pinned
	for _, step := range flow.Steps {
		if step.Connector != nil && step.Connector.Version == rel.Key.Version {
			p.Add(*step.Connector, rel)
		}
	}
	return p
}

func ptr[T any](v T) *T { return &v }
