package server_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"paceline"
	"paceline/server"
)

type standing struct{ paceline.SystemClock }

func (standing) Now() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

// TestSecurityText is S-062: who finds a flaw finds whom to tell, where the operator names somebody, and not at partners' addresses.
func TestSecurityText(t *testing.T) {
	t.Parallel()
	ask := func(contacts []string, method, host string) *httptest.ResponseRecorder {
		s := server.New(server.Config{Log: slog.New(slog.DiscardHandler), Clock: standing{},
			Security:    &server.SecurityText{Contacts: contacts, URL: "https://api.example.com", Clock: standing{}},
			PartnerHost: func(_ context.Context, host string) bool { return host == "go.partner.example" }})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "https://"+host+"/.well-known/security.txt", nil))
		return w
	}
	w := ask([]string{"mailto:security@example.com", "https://example.com/report"}, "GET", "api.example.com")
	want := "Contact: mailto:security@example.com\nContact: https://example.com/report\nExpires: 2026-08-31T00:00:00Z\nCanonical: https://api.example.com/.well-known/security.txt\n"
	if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %s:\n%s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	for _, w := range []*httptest.ResponseRecorder{
		ask(nil, "GET", "api.example.com"), ask([]string{"mailto:security@example.com"}, "GET", "go.partner.example"), ask([]string{"mailto:security@example.com"}, "POST", "api.example.com"),
	} {
		if w.Code != 404 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
}
