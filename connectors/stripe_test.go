package connectors

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"paceline/connector"
	"paceline/connector/connectortest"
	"paceline/connector/openapi"
)

// TestStripeTakesEveryCall makes the calls of all fixtures at the mock server that Stripe publishes, which knows
// every parameter of the version of the API that the connector pins.
func TestStripeTakesEveryCall(t *testing.T) {
	t.Parallel()
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	stub, err := server.NewStubServer(fixtures, spec, true, false)
	if err != nil {
		t.Fatal(err)
	}
	report := connectortest.Replay("stripe", handled{http.HandlerFunc(stub.HandleRequest)}, nil)
	if !report.Passed() || len(report.Cases) < 37 {
		t.Error(report)
	}
}

// handled is a way to a remote within the process.
type handled struct{ http.Handler }

// RoundTrip has the handler answer.
func (h handled) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	resp := w.Result()
	resp.Request = req
	return resp, nil
}

// TestStripeFitsItsDescription compares every method with the API description that comes with the mock server, also
// fields that no fixture gives.
func TestStripeFitsItsDescription(t *testing.T) {
	t.Parallel()
	report, err := openapi.Verify(definition(t, "stripe"), embedded.OpenAPISpec)
	if err != nil || !report.OK() {
		t.Error(report, err)
	}
}

func definition(t *testing.T, key string) *connector.Definition {
	t.Helper()
	text, err := Files.ReadFile(key + "/connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, problems := connector.Parse(key, text)
	if def == nil {
		t.Fatal(problems)
	}
	return def
}
