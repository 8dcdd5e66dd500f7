package server

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"paceline"
	"paceline/server/fault"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	_, inside, err := net.ParseCIDR("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, socket string
		trusted      []*net.IPNet
		forwarded    []string
		want         string
	}{
		{"the socket", "192.0.2.1:5", nil, nil, "192.0.2.1"},
		{"nobody is trusted", "10.0.0.1:5", nil, []string{"203.0.113.9"}, "10.0.0.1"},
		{"a stranger is not believed", "192.0.2.1:5", []*net.IPNet{inside}, []string{"203.0.113.9"}, "192.0.2.1"},
		{"a proxy is", "10.0.0.1:5", []*net.IPNet{inside}, []string{"203.0.113.9"}, "203.0.113.9"},
		{"from the right through proxies", "10.0.0.1:5", []*net.IPNet{inside}, []string{"198.51.100.7, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"over several headers", "10.0.0.1:5", []*net.IPNet{inside}, []string{"198.51.100.7", "203.0.113.9"}, "203.0.113.9"},
		{"nonsense ends the chain", "10.0.0.1:5", []*net.IPNet{inside}, []string{"203.0.113.9, what"}, "10.0.0.1"},
		{"IPv4 inside IPv6", "[::ffff:192.0.2.1]:5", nil, nil, "192.0.2.1"},
	} {
		q := httptest.NewRequest(http.MethodGet, "/", nil)
		q.RemoteAddr = c.socket
		q.Header["X-Forwarded-For"] = c.forwarded
		if got := ClientIP(q, c.trusted).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLogNamesTheClient: what --trusted-proxies says is what the log of a failed request shows.
func TestLogNamesTheClient(t *testing.T) {
	t.Parallel()
	_, inside, err := net.ParseCIDR("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	s := New(Config{Log: logger, Clock: paceline.SystemClock{}, TrustedProxies: []*net.IPNet{inside},
		Token: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			fault.Of(q.Context(), logger, http.ErrBodyNotAllowed).Write(w)
		})})
	q := httptest.NewRequest(http.MethodPost, "/oauth/token", nil)
	q.RemoteAddr = "10.0.0.1:5"
	q.Header.Set("X-Forwarded-For", "203.0.113.9")
	s.ServeHTTP(httptest.NewRecorder(), q)
	if !strings.Contains(log.String(), "client=203.0.113.9") {
		t.Errorf("the log does not name the client: %s", log.String())
	}
}
