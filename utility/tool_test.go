package utility_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
