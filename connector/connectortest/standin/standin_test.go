package standin_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/connector/connectortest/standin"
)

const folders = "../../../connectors"

var systems = []string{"stripe", "github", "hubspot", "salesforce", "microsoft-graph", "microsoft-dataverse", "netsuite"}

// TestEveryCallIsTaken makes the calls of all fixtures of each system at its stand-in.
func TestEveryCallIsTaken(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			report := connectortest.Replay(folders+"/"+system, start(t, system), nil)
			if !report.Passed() || len(report.Cases) < 15 {
				t.Error(report)
			}
		})
	}
}

func start(t *testing.T, system string) *standin.StandIn {
	t.Helper()
	s, err := standin.New(system, os.DirFS(folders))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBadMoments asks each stand-in for a limit, a token that has ended and a failure, and sees what the connector
// makes of the vendor's words for them.
func TestBadMoments(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		for kind, class := range map[string]string{"limit": "throttled", "unauthorized": "auth", "failure": "retry"} {
			t.Run(system+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := start(t, system)
				taken := false
				report := connectortest.Replay(folders+"/"+system, s, func(*connector.Method, *connectortest.Fixture) bool {
					once := !taken
					if taken = true; once {
						s.Next(kind)
					}
					return once
				})
				if len(report.Cases) != 1 || report.Cases[0].Class != class {
					t.Errorf("%+v", report)
				}
			})
		}
	}
}

// TestStrict sends what vendors refuse.
func TestStrict(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, system, do, kind, body string
		headers                      map[string]string
		status                       int
		says                         string
	}{
		{"taken", "stripe", "POST https://api.stripe.com/v1/customers", form, "email=a%40b.example", nil, 200, "cus_"},
		{"an unknown parameter", "stripe", "POST https://api.stripe.com/v1/customers", form, "mail=a", nil, 400, "mail"},
		{"a wrong type", "stripe", "POST https://api.stripe.com/v1/customers", form, "balance=much", nil, 400, "balance"},
		{"a missing parameter", "stripe", "POST https://api.stripe.com/v1/payment_intents", form, "amount=1", nil, 400, "currency"},
		{"a list without brackets", "stripe", "POST https://api.stripe.com/v1/customers", form, "preferred_locales=a&preferred_locales=b", nil, 200, ""},
		{"JSON for a form", "stripe", "POST https://api.stripe.com/v1/customers", "application/json", `{"email":"a"}`, nil, 400, "body"},
		{"no version", "stripe", "GET https://api.stripe.com/v1/customers", "", "", map[string]string{"Stripe-Version": ""}, 400, "Stripe-Version"},
		{"no key", "stripe", "GET https://api.stripe.com/v1/customers", "", "", map[string]string{"Authorization": ""}, 401, "API key"},
		{"no such address", "stripe", "GET https://api.stripe.com/v1/customer", "", "", nil, 404, "/v1/customer"},
		{"an unknown field", "github", "POST https://api.github.com/repos/o/r/issues", "application/json", `{"title":"a","texts":"b"}`, nil, 422, "texts"},
		{"a text for a list", "github", "POST https://api.github.com/repos/o/r/issues/1/comments", "application/json", `{"body":1}`, nil, 422, "body"},
		{"lines that a repeated call would add again", "netsuite", "PATCH https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/1", "application/json", `{"item":{"items":[{"quantity":1}]}}`, nil, 400, "replace"},
		{"lines that take the place of others", "netsuite", "PATCH https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/1?replace=item", "application/json", `{"item":{"items":[{"quantity":1}]}}`, nil, 204, ""},
		{"a schema as JSON", "netsuite", "GET https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/metadata-catalog/customer", "", "", nil, 400, "Accept"},
		{"rows without an offset", "microsoft-graph", "GET https://graph.microsoft.com/v1.0/drives/d/items/i/workbook/tables/t/rows?$top=500", "", "", nil, 400, "$skip"},
		{"columns at the item itself", "microsoft-graph", "PATCH https://graph.microsoft.com/v1.0/sites/s/lists/l/items/3", "application/json", `{"fields":{"Title":"a"}}`, nil, 404, "segment"},
		{"nothing", "github", "POST https://api.github.com/repos/o/r/issues", "application/json", `{}`, nil, 422, "title"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			verb, url, _ := strings.Cut(c.do, " ")
			req, err := http.NewRequest(verb, url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{"Content-Type": {c.kind}, "Authorization": {"Bearer rk_test_example"}, "Stripe-Version": {"2026-08-26.dahlia"},
				"X-Github-Api-Version": {"2022-11-28"}, "User-Agent": {"Paceline"}, "Accept": {"application/vnd.github+json"}}
			for name, value := range c.headers {
				req.Header.Set(name, value)
			}
			resp, err := start(t, c.system).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || !strings.Contains(string(text), c.says) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		})
	}
}
