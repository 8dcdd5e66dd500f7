package connector_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline/connector"
)

// A definition in the original's form becomes one of ours that the linter has nothing against, and what was not understood is told.
func TestReadOriginal(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/original.json")
	if err != nil {
		t.Fatal(err)
	}
	o, err := connector.ReadOriginal(text)
	if err != nil || o.Name != "Harbour" || o.ReleaseStatus != "Live" || o.Icon == "" {
		t.Fatalf("%+v, %v", o, err)
	}
	document, left, err := o.Definition("custom-harbour", "5b0c1e1e-0000-4000-8000-0000000000ff", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := connector.Parse("original.json", document); connector.Failed(problems) {
		for _, p := range problems {
			t.Errorf("%s", p)
		}
	}
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]any{"Definition": json.RawMessage(document), "NotUnderstood": left}); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/original.golden.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the translation (-want +got):\n%s", diff)
	}
}

// Nonsense of every shape is an error or a report, never a panic.
func FuzzReadOriginal(f *testing.F) {
	text, err := os.ReadFile("testdata/original.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"Name":"x","Methods":[{"Name":"a","Endpoint":"b"},7,null,{"Name":"w","MethodType":"Webhook","CreateWebhookMethod":[]}],"Parameters":{},"RateLimits":[{}],"Authentication":[null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := connector.ReadOriginal(text)
		if err != nil {
			return
		}
		document, _, err := o.Definition("custom-x", "5b0c1e1e-0000-4000-8000-0000000000ff", "1.0.0")
		if err == nil {
			connector.Parse("x.json", document)
		}
	})
}
