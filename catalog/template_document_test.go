package catalog_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/store"
	"paceline/store/storetest"
)

var update = flag.Bool("update", false, "write golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = "testdata/" + file
	if *update {
		must(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update and look at the diff):\n%s", file, got)
	}
}

// document is the export of the only template, to be changed by a test.
func (h *house) document(t *testing.T) catalog.Document {
	t.Helper()
	raw, err := h.ExportTemplate(t.Context(), h.p, h.template(t))
	must(t, err)
	var doc catalog.Document
	must(t, json.Unmarshal(raw, &doc))
	return doc
}

func encode(t *testing.T, doc catalog.Document) []byte {
	t.Helper()
	raw, err := json.Marshal(doc)
	must(t, err)
	return raw
}

// What was exported here is imported on an empty installation, with its connectors, and exports to the
// same bytes there; here it makes a second template of the same design.
func TestExportImportRoundTrip(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		here, there := furnished(t, open(t)), empty(t, open(t))
		exported, err := here.ExportTemplate(t.Context(), here.p, here.template(t))
		must(t, err)
		golden(t, "export.json", exported)

		imported, err := there.ImportTemplate(t.Context(), there.p, catalog.TemplateImport{Document: exported})
		must(t, err)
		again, err := there.ExportTemplate(t.Context(), there.p, imported.ID)
		must(t, err)
		if !bytes.Equal(again, exported) {
			t.Errorf("the export of the import differs:\n%s", again)
		}
		if _, err := there.InstallTemplate(t.Context(), there.p, there.sub, imported.ID, catalog.TemplateInstall{}); err != nil {
			t.Errorf("install what was imported: %v", err)
		}
		copied, err := here.ImportTemplate(t.Context(), here.p, catalog.TemplateImport{Document: exported})
		must(t, err)
		if copied.ID == here.template2(t, copied.ID) {
			t.Error("the import replaced the template")
		}
	})
}

// The files of a partner with a name of its own name no other, and are read as others are.
func TestExportNamesThePartnerAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		must(t, h.store.InTx(t.Context(), h.p.PartnerScope(), func(tx *store.Tx) error {
			return tx.SetBranding(h.p.PartnerScope(), `{"Name":"Harbour"}`, 1)
		}))
		exported, err := h.ExportTemplate(t.Context(), h.p, h.template(t))
		must(t, err)
		if bytes.Contains(bytes.ToLower(exported), []byte("paceline")) || !bytes.Contains(exported, []byte(`"FormatVersion": "1"`)) {
			t.Errorf("the file begins %.200s", exported)
		}
		_, err = h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: exported})
		must(t, err)
		_, err = h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: bytes.Replace(exported, []byte(`"FormatVersion": "1"`), []byte(`"FormatVersion": "0"`), 1)})
		if paceline.CodeOf(err) != paceline.CodeTemplateImport {
			t.Errorf("a version that is none: %v", err)
		}
	})
}

// template2 returns the id of the template that is not the given one.
func (h *house) template2(t *testing.T, not paceline.ID) paceline.ID {
	t.Helper()
	list, err := h.Templates(t.Context(), h.p, store.TemplateFilter{}, catalog.TemplateOptions{}, paceline.Page{})
	must(t, err)
	for _, item := range list.Items {
		if item.ID != not {
			return item.ID
		}
	}
	t.Fatal("there is no other template")
	return ""
}

func TestImportRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		good := string(encode(t, h.document(t)))
		swap := func(old, new string) string {
			if !strings.Contains(good, old) {
				t.Fatalf("the document has no %s", old)
			}
			return strings.ReplaceAll(good, old, new)
		}
		doc := h.document(t)
		method := `"Method":"` + string(doc.Flow.Steps[2].Method) + `"`
		for _, c := range []struct {
			name, body, folder string
			want               paceline.Code
			says               []string
		}{
			{"a folder that is no id", "", "nope", paceline.CodeFolderIDInvalid, nil},
			{"an unknown folder", "", string(paceline.ZeroID), paceline.CodeFolderNotFound, nil},
			{"an empty body", "", "", paceline.CodeTemplateImport, nil},
			{"no JSON", "{", "", paceline.CodeTemplateImport, nil},
			{"another JSON", `{"Name":"x"}`, "", paceline.CodeTemplateImport, nil},
			{"a list", "[]", "", paceline.CodeTemplateImport, nil},
			{"no name", swap(`"Name":"Event to ticket"`, `"Name":" "`), "", paceline.CodeTemplateMissing, []string{"no name"}},
			{"a newer format", swap(`"PacelineVersion":"1"`, `"PacelineVersion":"2"`), "", paceline.CodeTemplateMissing, []string{"newer version"}},
			{"missing methods", strings.ReplaceAll(swap(method, `"Method":"5b3f4a0e-0000-4000-8000-000000000000"`), `"Version":"1.0.0"`, `"Version":"1.0.0"`),
				"", paceline.CodeTemplateMissing, []string{`"Ticket"`, "Desk 2.1.0 has no method 5b3f4a0e-0000-4000-8000-000000000000"}},
			{"a method of another kind", swap(`"Kind":"Webhook"`, `"Kind":"Action"`), "", paceline.CodeTemplateMissing, []string{`"Event"`, "Hub 1.0.0"}},
			{"a missing connector", swap("22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"),
				"", paceline.CodeTemplateMissing, nil},
			{"an edge to nowhere", swap(`"Head":"aaaaaaaa-0000-4000-8000-000000000005"`, `"Head":"aaaaaaaa-0000-4000-8000-00000000000f"`),
				"", paceline.CodeTemplateMissing, []string{"edge"}},
			{"two steps with one id", swap("aaaaaaaa-0000-4000-8000-000000000004", "aaaaaaaa-0000-4000-8000-000000000003"),
				"", paceline.CodeTemplateMissing, []string{"Wait"}},
			{"an id in capitals", swap("aaaaaaaa-0000-4000-8000-000000000004", "AAAAAAAA-0000-4000-8000-000000000004"),
				"", paceline.CodeTemplateMissing, []string{"lower case"}},
			{"a name that is no text", swap(`"Name":"Wait"`, `"Name":"W\u0000"`), "", paceline.CodeTemplateMissing, []string{"step 4"}},
			{"an unknown error action", swap(`"ErrorAction":"Retry"`, `"ErrorAction":"Explode"`), "", paceline.CodeTemplateMissing, []string{"Comment"}},
			{"an unknown type of edge", swap(`"Type":"True"`, `"Type":"Maybe"`), "", paceline.CodeTemplateMissing, []string{"Maybe"}},
			{"edges in a circle", swap(`"Edges":[`, `"Edges":[{"ID":"","Tail":"aaaaaaaa-0000-4000-8000-000000000005","Head":"aaaaaaaa-0000-4000-8000-000000000003","Type":"Forward"},`),
				"", paceline.CodeTemplateMissing, []string{"circle"}},
			{"an edge from a step to itself", swap(`"Edges":[`, `"Edges":[{"ID":"","Tail":"aaaaaaaa-0000-4000-8000-000000000005","Head":"aaaaaaaa-0000-4000-8000-000000000005","Type":"Forward"},`),
				"", paceline.CodeTemplateMissing, []string{"circle", "Comment"}},
			{"an edge twice", swap(`"Edges":[`, `"Edges":[{"ID":"","Tail":"aaaaaaaa-0000-4000-8000-000000000001","Head":"aaaaaaaa-0000-4000-8000-000000000002","Type":"Forward"},`),
				"", paceline.CodeTemplateMissing, []string{"Two edges"}},
			{"an exit that the step does not have", swap(`"Edges":[`, `"Edges":[{"ID":"","Tail":"aaaaaaaa-0000-4000-8000-000000000001","Head":"aaaaaaaa-0000-4000-8000-000000000003","Type":"Default"},`),
				"", paceline.CodeTemplateMissing, []string{"Event", "Default"}},
			{"an unknown source", swap(`"Type":"StepField"`, `"Type":"Telepathy"`), "", paceline.CodeTemplateMissing, []string{"Telepathy"}},
			{"an unknown condition", swap(`"Condition":"Equals"`, `"Condition":"Resembles"`), "", paceline.CodeTemplateMissing, []string{"Opened?", "Resembles"}},
			{"an unknown unit", swap(`"Unit":"minutes"`, `"Unit":"fortnights"`), "", paceline.CodeTemplateMissing, []string{"Wait", "weeks"}},
			{"an interval of its own", swap(`"Interval":0`, `"Interval":7`), "", paceline.CodeTemplateMissing, []string{"Interval"}},
			{"a wrong expression of cron", swap(`"Interval":0`, `"Interval":0,"Cron":"every day"`), "", paceline.CodeTemplateMissing, []string{"Cron"}},
			{"too deep", `{"PacelineVersion":"1","Name":` + strings.Repeat("[", 5_000_000), "", paceline.CodeTemplateMissing, []string{"100 levels"}},
			{"too many steps", swap(`"Steps":[`, `"Steps":[`+strings.Repeat(`{"Kind":"Delay"},`, 301)), "", paceline.CodeTemplateMissing, []string{"more than 300 steps"}},
			{"too many connectors", swap(`"Connectors":[`, `"Connectors":[`+strings.Repeat(`{"Definition":{}},`, 100_000)), "", paceline.CodeTemplateMissing, []string{"more than 300 steps"}},
			{"many faults", swap(`"Variables":[`, `"Variables":[`+strings.Repeat(`{"DisplayName":"x","Type":"No"},`, 200)), "", paceline.CodeTemplateMissing, []string{"more."}},
			{"an unknown kind of step", swap(`"Kind":"Delay"`, `"Kind":"Teleport"`), "", paceline.CodeTemplateImport, nil},
		} {
			_, err := h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: []byte(c.body), Folder: c.folder})
			fails(t, c.name, err, c.want)
			for _, part := range c.says {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v does not say %q", c.name, err, part)
				}
			}
		}
		h.template(t) // nothing was left behind
	})
}

// No secret travels, nor what belongs to an account: neither in the file, nor where a file that somebody wrote says it.
func TestFilesHoldNothingOfAnAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		raw, err := os.ReadFile("testdata/connectors/hub/connector.yaml")
		must(t, err)
		dir := t.TempDir()
		must(t, os.MkdirAll(dir+"/hub", 0o755))
		changed := strings.NewReplacer("version: 1.0.0", "version: 1.1.0", "properties:\n", "properties:\n  - {name: Passphrase, scope: step, secret: true}\n").Replace(string(raw))
		must(t, os.WriteFile(dir+"/hub/connector.yaml", []byte(changed), 0o644))
		kept, err := h.PublishAll(ctx, os.DirFS(dir))
		must(t, err)
		if len(kept) > 0 {
			t.Fatal(kept)
		}
		doc := h.document(t)
		doc.Kind, doc.Connectors = catalog.KindCycle, nil
		for i := range doc.Flow.Steps {
			if step := &doc.Flow.Steps[i]; step.Connector != nil && step.Connector.Key == "hub" {
				step.Connector.Version = "1.1.0"
				step.Params = append(step.Params, paceline.ParamMapping{Key: "template:Passphrase", Mapping: paceline.Mapping{Type: paceline.MapStatic, Value: ptr("open sesame")}})
			}
		}
		last := &doc.Flow.Steps[4]
		last.AccountConnector, last.Origin = 7, "somebody else's"
		last.WebhookKey = &paceline.WebhookKey{Location: "a", SourceStep: doc.Flow.Steps[0].ID, SourceLocation: "b"}
		doc.Flow.Settings.RunOnce, doc.Flow.Settings.StartTime = true, 5
		c, err := h.ImportCycle(ctx, h.p, h.root, encode(t, doc))
		must(t, err)
		step := c.Flow.Steps[4]
		if step.WebhookKey != nil || step.AccountConnector == 7 || step.Origin != doc.Flow.Steps[4].ID || c.Flow.Settings.RunOnce || c.Flow.Settings.StartTime != 0 {
			t.Errorf("the import kept what a file does not carry: %+v", step)
		}
		if len(step.Params) != 2 || step.Params[1].Value == nil {
			t.Fatalf("the cycle lost the step's own value: %+v", step.Params)
		}
		file, err := h.ExportCycle(ctx, h.p, h.root, c.ID)
		must(t, err)
		for _, secret := range []string{"open sesame", "AccountConnector", "WebhookKey", string(c.ID), string(h.root.ID)} {
			if bytes.Contains(file, []byte(secret)) {
				t.Errorf("the file holds %q", secret)
			}
		}
		var back catalog.Document
		must(t, json.Unmarshal(file, &back))
		if len(back.Notes) != 3 {
			t.Errorf("the file says %q of what it does not carry", back.Notes)
		}
	})
}

// An import that is not published is a draft that nobody sees, also as a new release of a template.
func TestImportOfDraft(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		doc := h.document(t)
		doc.Published, doc.Name = false, "Draft"
		draft, err := h.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: encode(t, doc)})
		must(t, err)
		_, err = h.Template(ctx, h.p, draft.ID, catalog.TemplateOptions{})
		fails(t, "get a draft", err, paceline.CodeNotFound)
		_, err = h.InstallTemplate(ctx, h.p, h.root, draft.ID, catalog.TemplateInstall{})
		fails(t, "install a draft", err, paceline.CodeNotFound)
		_, err = h.ExportTemplate(ctx, h.p, draft.ID)
		fails(t, "export a draft", err, paceline.CodeNotFound)

		live := h.template(t)
		doc.Flow.Steps[0].Name = "Renamed"
		next, err := h.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: encode(t, doc), Template: live})
		must(t, err)
		if next.ID != live || next.Release.Number != 2 || next.Release.Status != paceline.ReleaseDraft {
			t.Errorf("release %d of %s is %s, want a draft as number 2 of %s", next.Release.Number, next.ID, next.Release.Status, live)
		}
		if got := h.document(t); got.Flow.Steps[0].Name != "Event" {
			t.Errorf("the live release changed: its first step is %q", got.Flow.Steps[0].Name)
		}
	})
}

// A shipped template that is published again is nothing new; a changed one is the next live release with
// the same lineage.
func TestShippedTemplates(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		before, err := h.Template(ctx, h.p, h.template(t), catalog.TemplateOptions{})
		must(t, err)
		h.publish(t)
		raw, err := os.ReadFile("testdata/templates/event-to-ticket/template.json")
		must(t, err)
		dir := t.TempDir()
		must(t, os.Mkdir(dir+"/event-to-ticket", 0o755))
		must(t, os.WriteFile(dir+"/event-to-ticket/template.json", bytes.Replace(raw, []byte("Thanks"), []byte("Thank you"), 1), 0o644))
		kept, err := h.PublishTemplates(ctx, h.p, os.DirFS(dir))
		must(t, err)
		if len(kept) > 0 {
			t.Fatal(kept)
		}
		after, err := h.Template(ctx, h.p, h.template(t), catalog.TemplateOptions{})
		must(t, err)
		if after.ID != before.ID || after.Release.Number != 2 || before.Release.Number != 1 {
			t.Errorf("release %d of %s, then %d of %s", before.Release.Number, before.ID, after.Release.Number, after.ID)
		}
		for i, step := range after.Release.Flow.Steps {
			if old := before.Release.Flow.Steps[i]; step.Origin != old.Origin || step.ID == old.ID {
				t.Errorf("step %q: ids %s and %s, origins %s and %s", step.Name, old.ID, step.ID, old.Origin, step.Origin)
			}
		}
	})
}

// TestTemplateFromTemplate: a template that begins as a copy shares no step and no edge with its source, and knows whence its steps come.
func TestTemplateFromTemplate(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		source := h.template(t)
		made, err := h.CreateTemplate(t.Context(), h.p, catalog.NewTemplate{Name: "Copied", Template: source})
		must(t, err)
		flow := func(id paceline.ID) (f paceline.Flow) {
			must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
				all, err := tx.TemplateReleases(h.p.PartnerScope(), id)
				if err == nil {
					f = all[0].Flow
				}
				return err
			}))
			return f
		}
		from, to := flow(source), flow(made.ID)
		if len(from.Steps) == 0 || len(to.Steps) != len(from.Steps) || len(to.Edges) != len(from.Edges) {
			t.Fatalf("%d steps and %d edges of %d and %d", len(to.Steps), len(to.Edges), len(from.Steps), len(from.Edges))
		}
		ids := map[paceline.ID]bool{}
		for _, s := range from.Steps {
			ids[s.ID] = true
		}
		for _, e := range from.Edges {
			ids[e.ID] = true
		}
		for i, s := range to.Steps {
			if ids[s.ID] || cycle.Lineage(s) != cycle.Lineage(from.Steps[i]) {
				t.Errorf("step %d has the id %s and the lineage %s, of %s", i, s.ID, cycle.Lineage(s), cycle.Lineage(from.Steps[i]))
			}
		}
		for _, e := range to.Edges {
			if ids[e.ID] {
				t.Errorf("both have the edge %s", e.ID)
			}
		}
	})
}
