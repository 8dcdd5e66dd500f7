package cycle

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"paceline"
)

var testStart = time.Date(2026, 1, 31, 10, 30, 0, 0, time.UTC)

// Each row changes the ready flow in one way; want lists reason code, object and id, of the cycle and
// then of the step.
func TestPrerequisites(t *testing.T) {
	t.Parallel()
	rel, _ := shop(t)
	param := rel.ID("param", "update-order/path:Id")
	status := rel.ID("reqfield", "update-order/request/status")
	note := rel.ID("reqfield", "update-order/request/note")
	for _, c := range []struct {
		name   string
		change func(f *paceline.Flow, set connectorSet)
		want   []string
		step   paceline.ID
		within []string
	}{
		{"ready", func(*paceline.Flow, connectorSet) {}, nil, updateID, nil},
		{"empty", func(f *paceline.Flow, _ connectorSet) { f.Steps, f.Edges = nil, nil }, []string{"10 Cycle c", "11 Cycle c"}, "", nil},
		{"one step and a note", func(f *paceline.Flow, _ connectorSet) { f.Steps, f.Edges = f.Steps[:2], nil }, []string{"10 Cycle c"}, "", nil},
		{"not connected", func(f *paceline.Flow, _ connectorSet) { f.Edges = f.Edges[1:] },
			[]string{"11 Cycle c", "31 Decision " + string(decisionID), "30 Action " + string(updateID)},
			decisionID, []string{"50 Decision " + string(decisionID)}},
		{"a loop", func(f *paceline.Flow, _ connectorSet) {
			f.Edges = append(f.Edges, paceline.Edge{Tail: updateID, Head: delayID, Type: paceline.EdgeForward})
		}, []string{"11 Cycle c"}, "", nil},
		{"an edge to a step that is gone", func(f *paceline.Flow, _ connectorSet) {
			f.Edges = append(f.Edges, paceline.Edge{Tail: updateID, Head: "gone", Type: paceline.EdgeForward})
		}, []string{"11 Cycle c"}, "", nil},
		{"a decision as trigger", func(f *paceline.Flow, _ connectorSet) {
			f.Steps, f.Edges = f.Steps[2:4], f.Edges[1:2]
			f.Steps[0].Decision = nil
		}, []string{"11 Cycle c", "31 Decision " + string(decisionID)}, decisionID,
			[]string{"50 Decision " + string(decisionID), "51 Decision " + string(decisionID)}},
		{"not authenticated", func(_ *paceline.Flow, set connectorSet) {
			set[7] = paceline.AccountConnector{ID: 7, Release: rel.Key}
		}, []string{"20 AccountConnector 7"}, updateID, nil},
		{"a connector that was deleted", func(_ *paceline.Flow, set connectorSet) { delete(set, 7) },
			[]string{"20 AccountConnector 7"}, updateID, nil},
		{"a connector of another kind", func(_ *paceline.Flow, set connectorSet) {
			set[7] = paceline.AccountConnector{ID: 7, Authenticated: true, Release: paceline.ReleaseKey{UID: "other"}}
		}, []string{"20 AccountConnector 7"}, updateID, nil},
		{"a release that is not published", func(f *paceline.Flow, _ connectorSet) {
			pin := *f.Steps[4].Connector
			pin.Version = "9.9.9"
			f.Steps[4].Connector = &pin
		}, []string{"30 Action " + string(updateID)}, updateID, nil},
		{"a method that is not there", func(f *paceline.Flow, _ connectorSet) { f.Steps[4].Method = "nope" },
			[]string{"30 Action " + string(updateID)}, updateID, nil},
		{"no parameter", func(f *paceline.Flow, _ connectorSet) { f.Steps[4].Params = nil },
			[]string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("40 Parameter ", param)}},
		{"a required field is ignored", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[4].Fields[0].Mapping = paceline.Mapping{Type: paceline.MapIgnore}
		},
			[]string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("41 ConnectorFieldMapping ", status)}},
		{"a required field with a default is ignored", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[4].Fields = append(f.Steps[4].Fields, paceline.FieldMapping{Location: "source", Mapping: paceline.Mapping{Type: paceline.MapIgnore}})
		}, nil, updateID, nil},
		{"blank and user configurable", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[4].Fields[0].UserConfigurable = true
			*f = Blank(*f)
		}, []string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("41 ConnectorFieldMapping ", status)}},
		{"an optional field from a step that comes later", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[4].Fields = append(f.Steps[4].Fields, paceline.FieldMapping{Location: "note",
				Mapping: paceline.Mapping{Type: paceline.MapStepField, SourceStep: updateID, SourceLocation: "id"}})
		}, []string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("41 ConnectorFieldMapping ", note)}},
		{"a merge field of nothing", func(f *paceline.Flow, _ connectorSet) { f.Steps[4].Fields[0].Value = ptr("{{Nobody.id}}") },
			[]string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("41 ConnectorFieldMapping ", status)}},
		{"an unknown variable", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[4].Fields[0].Mapping = paceline.Mapping{Type: paceline.MapVariable, Value: ptr("Size")}
		}, []string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("41 ConnectorFieldMapping ", status)}},
		{"a variable that the customer has to set", func(f *paceline.Flow, _ connectorSet) {
			f.Variables[0].UserConfigurable = true
			*f = Blank(*f)
		}, []string{"40 Variable Colour"}, updateID, nil},
		{"no right operand", func(f *paceline.Flow, _ connectorSet) { f.Steps[2].Decision.Right = paceline.Mapping{} },
			[]string{"31 Decision " + string(decisionID)}, decisionID, []string{"51 Decision " + string(decisionID)}},
		{"a condition without right operand", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[2].Decision.Condition, f.Steps[2].Decision.Right = paceline.CondExists, paceline.Mapping{}
		}, nil, decisionID, nil},
		{"an unknown condition", func(f *paceline.Flow, _ connectorSet) { f.Steps[2].Decision.Condition = "Resembles" },
			[]string{"31 Decision " + string(decisionID)}, decisionID, []string{"51 Decision " + string(decisionID)}},
		{"no left operand", func(f *paceline.Flow, _ connectorSet) { f.Steps[2].Decision.LeftLocation = "" },
			[]string{"31 Decision " + string(decisionID)}, decisionID, []string{"50 Decision " + string(decisionID)}},
		{"no delay", func(f *paceline.Flow, _ connectorSet) { f.Steps[3].Delay = nil },
			[]string{"32 Delay " + string(delayID)}, delayID, []string{"60 Delay " + string(delayID), "61 Delay " + string(delayID)}},
		{"a delay of nothing", func(f *paceline.Flow, _ connectorSet) { f.Steps[3].Delay.Amount = 0 },
			[]string{"32 Delay " + string(delayID)}, delayID, []string{"61 Delay " + string(delayID)}},
		{"a delay of a thousand years", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[3].Delay.Unit, f.Steps[3].Delay.Amount = "weeks", 52_000
		}, []string{"32 Delay " + string(delayID)}, delayID, []string{"61 Delay " + string(delayID)}},
		{"a delay without a unit", func(f *paceline.Flow, _ connectorSet) { f.Steps[3].Delay.Unit = "moons" },
			[]string{"32 Delay " + string(delayID)}, delayID, []string{"60 Delay " + string(delayID)}},
		{"wait until a date", func(f *paceline.Flow, _ connectorSet) { waits(f, paceline.MapStatic, "2030-01-31T08:00:00Z") }, nil, delayID, nil},
		{"wait until a date of a step", func(f *paceline.Flow, _ connectorSet) {
			waits(f, paceline.MapStepField, "")
			f.Steps[3].WaitUntil.SourceStep, f.Steps[3].WaitUntil.SourceLocation = f.Steps[2].Decision.LeftStep, "created"
		}, nil, delayID, nil},
		{"wait until a text", func(f *paceline.Flow, _ connectorSet) { waits(f, paceline.MapStatic, "the cows come home") },
			[]string{"33 WaitUntil " + string(delayID)}, delayID, []string{"70 WaitUntil " + string(delayID)}},
		{"wait until a date of a later step", func(f *paceline.Flow, _ connectorSet) {
			waits(f, paceline.MapStepField, "")
			f.Steps[3].WaitUntil.SourceStep, f.Steps[3].WaitUntil.SourceLocation = updateID, "created"
		}, []string{"33 WaitUntil " + string(delayID)}, delayID, []string{"70 WaitUntil " + string(delayID)}},
		{"wait until nothing", func(f *paceline.Flow, _ connectorSet) { f.Steps[3].Kind = paceline.StepWaitUntil },
			[]string{"33 WaitUntil " + string(delayID)}, delayID, []string{"70 WaitUntil " + string(delayID)}},
		{"a wait for all, behind which the data of the steps before is gone", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[3].Kind = paceline.StepWaitAll
		}, []string{"30 Action " + string(updateID)}, updateID, []string{fmt.Sprint("40 Parameter ", param)}},
		{"a webhook in the middle", func(f *paceline.Flow, _ connectorSet) {
			f.Steps[3] = f.Steps[1]
			f.Steps[3].ID = delayID
		}, []string{"30 Webhook " + string(delayID)}, delayID, []string{"43 Webhook " + string(delayID)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			flow := shopFlow(rel).Clone()
			set := connectorSet{7: {ID: 7, Authenticated: true, Release: rel.Key}}
			c.change(&flow, set)
			releases := pinned(rel, flow)
			cyc := paceline.Cycle{ID: "c", Flow: flow}
			if got := texts(check(Source{Cycle: cyc, Flow: flow}, releases, set)); !slices.Equal(got, c.want) {
				t.Errorf("the cycle lacks %q, want %q", got, c.want)
			}
			if len(c.want) == 0 {
				if _, err := Compile(Source{Cycle: cyc, Flow: flow}, releases); err != nil {
					t.Errorf("a ready flow does not compile: %v", err)
				}
			}
			if c.step == "" {
				return
			}
			g := graphOf(&flow)
			plan, _ := assemble(Source{Flow: flow}, g, releases)
			if got := texts(checkStep(g, plan, g.at[c.step], releases)); !slices.Equal(got, c.within) {
				t.Errorf("the step lacks %q, want %q", got, c.within)
			}
		})
	}
}

// TestDelayWithinRetention is F-246: a transaction that waits cannot outlive the data that it goes on with. What the cycle says
// counts over its account's, that over its partner's, and the longer of the two times counts.
func TestDelayWithinRetention(t *testing.T) {
	t.Parallel()
	rel, _ := shop(t)
	hours := func(success, failed int) paceline.Retention {
		return paceline.Retention{SuccessHours: &success, ErrorHours: &failed}
	}
	for _, c := range []struct {
		name                    string
		amount                  int
		unit                    string
		cycle, account, partner paceline.Retention
		tooLong                 bool
	}{
		{"a month by default", 31, "days", paceline.Retention{}, paceline.Retention{}, paceline.Retention{}, false},
		{"a moment more", 2_678_401, "seconds", paceline.Retention{}, paceline.Retention{}, paceline.Retention{}, true},
		{"two days of a partner", 49, "hours", paceline.Retention{}, paceline.Retention{}, hours(48, 24), true},
		{"more days of an account", 49, "hours", paceline.Retention{}, hours(72, 72), hours(48, 24), false},
		{"fewer of the cycle", 49, "hours", hours(1, 48), hours(72, 72), hours(72, 72), true},
		{"what failed is kept longer", 49, "hours", hours(1, 50), paceline.Retention{}, paceline.Retention{}, false},
		{"nothing is kept behind the end", 4, "weeks", hours(0, 0), paceline.Retention{}, paceline.Retention{}, false},
		{"more than a time holds", 1 << 40, "weeks", paceline.Retention{}, paceline.Retention{}, paceline.Retention{}, true},
	} {
		flow := shopFlow(rel).Clone()
		flow.Steps[3].Delay = &paceline.Delay{Amount: c.amount, Unit: c.unit}
		flow.Settings.Retention = c.cycle
		src := Source{Cycle: paceline.Cycle{ID: "c", Flow: flow}, Flow: flow}
		src.Account.Retention, src.Partner.Settings.Retention = c.account, c.partner
		releases, g := pinned(rel, flow), graphOf(&flow)
		plan, _ := assemble(src, g, releases)
		var want, within []paceline.Prerequisite
		if c.tooLong {
			want = []paceline.Prerequisite{{ReasonCode: 32, Code: paceline.CodePreDelayTooLong, ObjectType: "Delay", ObjectID: delayID}}
			within = []paceline.Prerequisite{{ReasonCode: 61, Code: paceline.CodePreDelayTooLong, ObjectType: "Delay", ObjectID: delayID}}
		}
		if got := check(src, releases, connectorSet{7: {ID: 7, Authenticated: true, Release: rel.Key}}); !slices.Equal(got, want) {
			t.Errorf("%s: the cycle lacks %+v, want %+v", c.name, got, want)
		}
		if got := checkStep(g, plan, g.at[delayID], releases); !slices.Equal(got, within) {
			t.Errorf("%s: the step lacks %+v, want %+v", c.name, got, within)
		}
	}
}

func texts(list []paceline.Prerequisite) (out []string) {
	for _, p := range list {
		if !p.Code.Known() {
			out = append(out, "unknown code "+string(p.Code))
		}
		out = append(out, fmt.Sprint(p.ReasonCode, " ", p.ObjectType, " ", p.ObjectID))
	}
	return out
}

func waits(f *paceline.Flow, from paceline.MappingType, text string) {
	f.Steps[3].Kind, f.Steps[3].Delay = paceline.StepWaitUntil, nil
	f.Steps[3].WaitUntil = &paceline.Mapping{Type: from, Value: &text}
}
