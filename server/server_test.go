package server_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"paceline"
	"paceline/server"
)

// TestStrictTransport: browsers are told to come by TLS alone where all of our addresses are https, also with a refusal.
func TestStrictTransport(t *testing.T) {
	t.Parallel()
	for secure, want := range map[bool]string{true: "max-age=31536000", false: ""} {
		s := server.New(server.Config{Log: slog.New(slog.DiscardHandler), Clock: paceline.SystemClock{}, Secure: secure})
		for _, method := range []string{"TRACE", "GET"} {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(method, "/health", nil))
			if got := w.Header().Get("Strict-Transport-Security"); got != want {
				t.Errorf("%s with %t: %q", method, secure, got)
			}
		}
	}
}
