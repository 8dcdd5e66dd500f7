package connector_test

import (
	"strings"
	"testing"

	"paceline/connector/connectortest"
)

// TestSecretInputs: what a step gives for a secret parameter or field is sent, and is masked in exchanges and messages,
// also where the vendor repeats it and where it is one of a list. The next call's values are its own.
func TestSecretInputs(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`methods:
  - id: set
    name: Set
    repeat: safe
    params: [{name: Pin, in: query, secret: true}, {name: Name, in: query}]
    request: {method: POST, path: /set, fields: [{loc: "[users].password", secret: true}, {loc: "[users].name"}]}
`)
	b.remote.On("/set", connectortest.JSON(200, `{"echo":"hunter-22"}`), connectortest.JSON(422, `{"refused":"hunter-22","pin":"47114711"}`), connectortest.JSON(200, `{"echo":"hunter-22"}`))
	fields := []string{`[users].password=["hunter-22","tr0ub4dor"]`, `[users].name=["ann","bob"]`}
	params := []string{`query:Pin="47114711"`, `query:Name="shown-name"`}
	result, failed := b.callFields("set", fields, params...)
	if failed != nil {
		t.Fatal(failed)
	}
	if got := b.remote.Received()[0]; !strings.Contains(string(got.Body), "tr0ub4dor") || !strings.Contains(got.Path, "47114711") {
		t.Errorf("sent: %s %s", got.Path, got.Body)
	}
	if got := string(result.Output); !strings.Contains(got, "hunter-22") {
		t.Errorf("later steps get %s, want what the vendor gave", got)
	}
	second, failed := b.callFields("set", fields, params...)
	if failed == nil {
		t.Fatal("no error")
	}
	for what, text := range map[string]string{
		"request": string(result.Exchanges[0].Request), "response": string(result.Exchanges[0].Response),
		"refused request": string(second.Exchanges[0].Request), "message": failed.Detail,
	} {
		for _, secret := range []string{"hunter-22", "tr0ub4dor", "47114711"} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s shows %s: %s", what, secret, text)
			}
		}
		if strings.HasSuffix(what, "request") && (!strings.Contains(text, "ann") || !strings.Contains(text, "shown-name")) {
			t.Errorf("the %s hides what is no secret: %s", what, text)
		}
	}
	if result, failed = b.callFields("set", []string{`[users].password=["other-pass"]`}); failed != nil || !strings.Contains(string(result.Exchanges[0].Response), "hunter-22") {
		t.Errorf("another call hides the values of the one before: %s, %v", result.Exchanges[0].Response, failed)
	}
}
