package utility_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/mapping"
	"paceline/utility"
)

// TestTools plays every file of testdata/tools.
func TestTools(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/tools/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			play(t, bareHouse(t, nil), readScript(t, file))
		})
	}
}

func TestFixturesOfToolsTellTheTruth(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../connectors/data-tools/fixtures/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	files = append(files, "../connectors/generic-file/fixtures/create-delimited-text-file.json")
	h := bareHouse(t, nil)
	for _, file := range files {
		var f connectortest.Fixture
		doc, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(doc, &f)
		}
		if err != nil {
			t.Fatal(file, err)
		}
		method := strings.TrimSuffix(filepath.Base(file), ".json")
		params, fields := map[string]string{}, map[string]any{}
		for k, v := range f.Params {
			params[strings.TrimPrefix(k, "template:")] = mapping.Text(mapping.Value(v))
		}
		for _, v := range f.Fields {
			fields[v.Loc] = v.Value
		}
		h.properties = f.Properties
		got, err := h.call(t.Context(), filepath.Base(filepath.Dir(filepath.Dir(file)))+"/"+method, params, fields, 0, 0, "")
		if err != nil {
			t.Errorf("%s: %v", method, err)
		} else if a, b := same(t, got), same(t, f.Response.Body); a != b {
			t.Errorf("%s answers %s, and its fixture says %s", method, a, b)
		}
	}
}

// TestSearchesEnd: a search that would take the square of a long text's length ends all the same.
func TestSearchesEnd(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, nil)
	utility.Provide(h.runtime, utility.Config{Clock: h.clock, Limits: utility.Limits{Search: time.Microsecond}})
	_, err := h.call(t.Context(), "data-tools/regex-extract", map[string]string{"Pattern": "(?s)a.*b|a"},
		map[string]any{"Text": strings.Repeat("a", 50_000)}, 0, 0, "")
	if failed, ok := errors.AsType[*connector.Error](err); !ok || !strings.Contains(failed.Detail, "took longer") {
		t.Error(err)
	}
}

// TestLargeResultsAreNotMade: what would be larger than an answer may be is refused before it is written.
func TestLargeResultsAreNotMade(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, nil)
	long := strings.Repeat("k", 1_000_000)
	deep := json.RawMessage(strings.Repeat("[", 500) + strings.Repeat("1,", 1_000_000) + "1" + strings.Repeat("]", 500))
	columns := map[string]int{}
	for i := range 1000 {
		columns[fmt.Sprint("c", i)] = 1
	}
	rows := []any{columns}
	for range 100_000 {
		rows = append(rows, struct{}{})
	}
	for method, c := range map[string]struct {
		params map[string]string
		fields map[string]any
	}{
		"write-json":    {map[string]string{"Indent": "true"}, map[string]any{"Document": deep}},
		"json-to-xml":   {nil, map[string]any{"Document": map[string]any{"a": map[string]any{long: make([]int, 100_000)}}}},
		"json-to-csv":   {nil, map[string]any{"Rows": rows}},
		"regex-replace": {map[string]string{"Pattern": ".+", "Replacement": strings.Repeat("$0", 100_000)}, map[string]any{"Text": long}},
		"fill-template": {nil, map[string]any{"Template": strings.Repeat("{{a}}", 1000), "Values": map[string]any{"a": long}}},
	} {
		_, err := h.call(t.Context(), "data-tools/"+method, c.params, c.fields, 0, 0, "")
		if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Code != paceline.CodeUtilityInput || !strings.Contains(failed.Detail, "more") && !strings.Contains(failed.Detail, "larger") {
			t.Errorf("%s: %.300v", method, err)
		}
	}
}

// FuzzIndented: the size that is told is the one that it gets.
func FuzzIndented(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"a":[1,{"b":"x\\\"]}"},[],{}]}`, ` [ 1 , { } ] `, `"{[,:"`, "7"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var b bytes.Buffer
		if !json.Valid([]byte(doc)) || json.Indent(&b, []byte(doc), "", "  ") != nil {
			return
		}
		want := bytes.TrimRight(b.Bytes(), " \t\r\n")
		if got := utility.Indented([]byte(doc)); got != len(want) {
			t.Errorf("%q has %d bytes, and %d are told", want, len(want), got)
		}
	})
}
