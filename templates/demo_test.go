package templates

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/demo/crm"
	"paceline/demo/event"
	"paceline/demo/github"
	"paceline/mapping"
	"paceline/store"
)

// outputs are the outputs of earlier steps by ordinal.
type outputs map[int][]byte

func (o outputs) Output(step int) ([]byte, bool) {
	doc, ok := o[step]
	return doc, ok
}

// TestTheDemoTemplateWorksWithTheStandIns takes a signed delivery and makes the template's calls one
// after another, over the network, with the real runtime and mappings but without an engine.
func TestTheDemoTemplateWorksWithTheStandIns(t *testing.T) {
	t.Parallel()
	hub, err := github.Start(github.Options{Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	desk, err := crm.Start(crm.Options{Key: "k3y"})
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	plan, releases := compileDemo(t)
	instances := map[string]*connector.Instance{
		"github":      {AuthValue: "t0ken", Properties: map[string]string{"BaseUrl": hub.URL}},
		"harbour-crm": {AuthValue: "k3y", Properties: map[string]string{"BaseUrl": desk.URL}},
	}
	for rel := range releases.All() {
		instances[rel.ConnectorKey].Compiled = rel.Compiled
	}

	remote := event.Remote{URL: hub.URL, Token: "t0ken"}
	repo, issue, err := remote.Open(t.Context(), `Gate "B" shows no departures`, "Dark since noon.\n\nA and C are fine.", "bug")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := event.New("delivery-1", event.Opened(repo, issue))
	if err != nil {
		t.Fatal(err)
	}
	data := outputs{}
	trigger := instances["github"].Compiled.Trigger("issues")
	received := connector.Delivery{Method: http.MethodPost, RawBody: sent.Body, Header: http.Header{
		"Content-Type": {"application/json"}, "X-Github-Event": {"issues"}, "X-Github-Delivery": {sent.ID},
		"X-Hub-Signature-256": {event.Signature("s3cret", sent.Body)},
	}}
	if err := trigger.Verify("s3cret", received); err != nil || !trigger.Wants(received) {
		t.Fatalf("the delivery is refused or not wanted: %v", err)
	}
	if data[plan.Trigger], err = trigger.Payload(received); err != nil {
		t.Fatal(err)
	}
	walk(t, plan, releases, instances, data)

	var ticket crm.Ticket
	if err := json.Unmarshal(get(t, desk.URL+"/api/tickets/4001"), &ticket); err != nil {
		t.Fatal(err)
	}
	want := crm.Ticket{ID: 4001, ExternalID: strconv.FormatInt(issue.ID, 10), Subject: issue.Title, Description: *issue.Body, Status: "open",
		Priority: "normal", Requester: github.Reporter, SourceURL: issue.HTMLURL, Revision: 1}
	ticket.Tags, ticket.CreatedAt, ticket.UpdatedAt = nil, want.CreatedAt, want.UpdatedAt
	if !reflect.DeepEqual(ticket, want) {
		t.Errorf("got  %+v\nwant %+v", ticket, want)
	}
	comments, err := remote.Comments(t.Context(), issue.Number)
	if err != nil || len(comments) != 1 || comments[0].Body != "Thank you, mara-okafor. We follow this up as ticket 4001." {
		t.Errorf("comments: %+v, %v", comments, err)
	}
}

func compileDemo(t *testing.T) (*paceline.Plan, cycle.Pinned) {
	t.Helper()
	raw, err := Files.ReadFile("github-issue-to-crm-ticket/template.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc catalog.Document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	releases := cycle.Pinned{}
	for i := range doc.Flow.Steps {
		step := &doc.Flow.Steps[i]
		if step.Connector == nil {
			continue
		}
		if releases.Of(step) == nil {
			text, err := os.ReadFile("../connectors/" + step.Connector.Key + "/connector.yaml")
			if err != nil {
				t.Fatal(err)
			}
			rel, err := cycle.NewRelease(store.ConnectorRelease{ConnectorKey: step.Connector.Key, Document: text}, nil)
			if err != nil {
				t.Fatal(err)
			}
			releases.Add(*step.Connector, rel)
		}
		step.Method = releases.Of(step).Compiled.MethodUID(string(step.Method))
	}
	plan, err := cycle.Compile(cycle.Source{Flow: doc.Flow}, releases)
	if err != nil {
		t.Fatal(err)
	}
	return plan, releases
}

// walk makes the steps behind the trigger, taking the exit that each decision chooses.
func walk(t *testing.T, plan *paceline.Plan, releases cycle.Pinned, instances map[string]*connector.Instance, data outputs) {
	t.Helper()
	runtime := connector.New(connector.Config{Transport: http.DefaultTransport})
	env := mapping.Env{Data: data}
	for at, exit := plan.Trigger, paceline.EdgeForward; ; {
		next := -1
		for _, e := range plan.Steps[at].Out {
			if e.Type == exit {
				next = e.To
			}
		}
		if next < 0 {
			return
		}
		at, exit = next, paceline.EdgeForward
		step := &plan.Steps[at]
		if step.Kind == paceline.StepDecision {
			decision, err := mapping.CompileDecision(plan, at)
			if err != nil {
				t.Fatal(err)
			}
			yes, err := decision.Eval(env)
			if err != nil {
				t.Fatal(err)
			}
			exit = map[bool]paceline.EdgeType{true: paceline.EdgeTrue, false: paceline.EdgeFalse}[yes]
			continue
		}
		program, err := mapping.Compile(plan, at)
		if err != nil {
			t.Fatalf("%s: %v", step.Name, err)
		}
		in, warnings, err := program.Inputs(env)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v, %v", step.Name, warnings, err)
		}
		for rel := range releases.All() {
			if rel.Compiled.Method(step.Method) == nil {
				continue
			}
			instance := instances[rel.ConnectorKey]
			result, err := runtime.Call(t.Context(), connector.Call{Instance: instance, Method: rel.Compiled.Method(step.Method), Inputs: in})
			if err != nil {
				t.Fatalf("%s: %v", step.Name, err)
			}
			data[at] = result.Output
		}
	}
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(crm.KeyHeader, "k3y")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
