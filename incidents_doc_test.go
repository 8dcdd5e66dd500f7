package paceline_test

import (
	"cmp"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paceline"
)

// incidentRow matches a row of the table of incidents: code, level and message.
var incidentRow = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (error|warning) \\| (.+?) \\| .+ \\|$")

// TestIncidentsAreDocumented compares docs/incidents.md with the catalogue, both ways.
func TestIncidentsAreDocumented(t *testing.T) {
	told := map[string]string{}
	for _, m := range incidentRow.FindAllStringSubmatch(readFile(t, "docs/incidents.md"), -1) {
		told[m[1]] = m[3]
	}
	paceline.Codes(func(code paceline.Code, kind paceline.Kind, text string) bool {
		if kind == paceline.Internal && told[string(code)] != text {
			t.Errorf("docs/incidents.md has no row `%s` with the message %q", code, text)
		}
		if kind == paceline.Internal {
			delete(told, string(code))
		}
		return true
	})
	for _, code := range slices.Sorted(maps.Keys(told)) {
		t.Errorf("docs/incidents.md tells of %s, which is no incident", code)
	}
}

// TestIncidentsAreRaised reads the sources: each code of an incident is raised somewhere.
func TestIncidentsAreRaised(t *testing.T) {
	named := map[string]string{} // the constants of message.go
	for _, m := range regexp.MustCompile(`(?m)^\s+(Code\w+)\s+Code = "(\w+)"`).FindAllStringSubmatch(readFile(t, "message.go"), -1) {
		named[m[1]] = m[2]
	}
	used := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "web" || d.Name() == "node_modules" || d.Name() == ".git") {
			return cmp.Or(err, fs.SkipDir)
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && path != "message.go" {
			for _, name := range codeName.FindAllString(readFile(t, path), -1) {
				used[named[name]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	paceline.Codes(func(code paceline.Code, kind paceline.Kind, _ string) bool {
		if kind == paceline.Internal && !used[string(code)] {
			t.Errorf("nothing raises %s", code)
		}
		return true
	})
}

var codeName = regexp.MustCompile(`\bCode[A-Z]\w+`)

// TestMessagesOfErrorWebhooks: the messages that clients of error webhooks know by their texts, each has a code.
func TestMessagesOfErrorWebhooks(t *testing.T) {
	have := map[string]bool{}
	paceline.Codes(func(_ paceline.Code, kind paceline.Kind, text string) bool {
		have[text] = have[text] || kind == paceline.Internal
		return true
	})
	for _, text := range []string{
		"Trigger Skipped", "Transaction Stopped", "Out of retries", "Failed to authenticate the connector", "Required source is empty",
		"Webhook failed", "Failed to build the request", "Response data not in expected format", "Failed to call the method",
		"Response data fields missing", "Step data cannot be split", "Failed to split transaction step data",
		"Failed to save the webhook response", "Failed to return the webhook response", "Failed to build the webhook response",
		"Failed to find the webhook source key", "Failed to get webhook trigger step data", "Failed to find webhook trigger step",
		"Wait Until Failed To Run", "Wait Until is over retention period", "Field is not a valid DateTime", "WaitUntil step is missing wait criteria",
	} {
		if !have[text] {
			t.Errorf("no incident has the message %q", text)
		}
	}
}
