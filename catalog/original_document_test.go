package catalog_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// A file of the original product becomes a template and a cycle whose steps call what is published here, and what was
// not understood is told. The same design exports as one of our own files.
func TestImportOriginal(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		raw, err := os.ReadFile("testdata/original.json")
		must(t, err)
		imported, err := h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: raw})
		must(t, err)
		c, err := h.ImportCycle(t.Context(), h.p, h.root, raw)
		must(t, err)
		exported, err := h.ExportTemplate(t.Context(), h.p, imported.ID)
		must(t, err)
		var doc, ofCycle catalog.Document
		must(t, json.Unmarshal(exported, &doc))
		file, err := h.ExportCycle(t.Context(), h.p, h.root, c.ID)
		must(t, err)
		must(t, json.Unmarshal(file, &ofCycle))
		if a, b := encode(t, catalog.Document{Flow: doc.Flow}), encode(t, catalog.Document{Flow: ofCycle.Flow}); string(a) != string(b) {
			t.Errorf("the cycle has another design than the template:\n%s\n%s", a, b)
		}
		doc.Connectors = nil
		got, err := json.MarshalIndent(map[string]any{"Document": doc, "ImportNotes": imported.Notes}, "", "  ")
		must(t, err)
		golden(t, "original.golden.json", append(got, '\n'))
		if strings.Join(imported.Notes, "\n") != strings.Join(c.Notes, "\n") {
			t.Errorf("the notes differ: %q and %q", imported.Notes, c.Notes)
		}
	})
}

// What such a file needs and this installation does not have is listed, all at once, and nothing is imported.
func TestImportOriginalRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		raw, err := os.ReadFile("testdata/original.json")
		must(t, err)
		bad := strings.NewReplacer(`"Name": "HUB"`, `"Name": "Telex"`, `"Name": "add comment"`, `"Name": "add telegram"`,
			`"Name": "Say so"`, `"Name": "Send"`, `"ActionType": 3`, `"ActionType": 77`).Replace(string(raw))
		_, err = h.ImportCycle(t.Context(), h.p, h.root, []byte(bad))
		fails(t, "import", err, paceline.CodeCycleMissing)
		for _, part := range []string{"Telex V3 is not here", `"Send"`, "Hub v3 has no method add telegram", "unknown kind"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%v does not say %q", err, part)
			}
		}
		for _, nonsense := range []string{`{"Steps":[]}`, `{"Steps":[1,null,"x"],"Name":"x"}`, `{"Steps":{},"Name":"x"}`, `{"Steps":[{}],"Edges":[[]],"Name":"x","Variables":[7]}`} {
			if _, err := h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: []byte(nonsense)}); paceline.KindOf(err) != paceline.Invalid {
				t.Errorf("%s: %v", nonsense, err)
			}
		}
		h.template(t) // nothing was left behind
		list, err := h.cycles.List(t.Context(), h.p, h.root, store.CycleFilter{}, paceline.Page{})
		must(t, err)
		if len(list.Items) > 0 {
			t.Errorf("%d cycles were left behind", len(list.Items))
		}
	})
}
