package paceline_test

import (
	"maps"
	"regexp"
	"slices"
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
