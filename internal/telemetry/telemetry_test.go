package telemetry

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paceline/internal/seal"
)

func TestLoggerKeepsSecretsOut(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := NewLogger(&out, LogConfig{Format: format, Level: "debug"})
		if err != nil {
			t.Fatal(err)
		}
		key := seal.NewKey()
		log.WithGroup("request").Debug("call", "Authorization", "Bearer canary", "client_secret", "canary",
			"WebhookSecret", "canary", "key", key, "host", "api.acme.example")
		if got := out.String(); strings.Contains(got, "canary") || strings.Contains(got, key.Encode()) {
			t.Errorf("%s shows a secret: %s", format, got)
		} else if !strings.Contains(got, "api.acme.example") {
			t.Errorf("%s hides too much: %s", format, got)
		}
	}
	for _, bad := range []LogConfig{{Format: "xml"}, {Level: "loud"}} {
		if _, err := NewLogger(io.Discard, bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestMetricsAndProfiles(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Accepted.Inc()
	m.Queue("ready", func() float64 { return 7 })
	m.Queue("parked", func() float64 { return 3 })
	m.Commit(40, 3*time.Millisecond)
	m.Request(http.MethodGet, 200, time.Millisecond)
	m.Request(http.MethodGet, 204, time.Millisecond)
	m.Request("BREW", 418, time.Millisecond)
	m.Takeovers.Inc()
	m.Silence(func() time.Duration { return 1500 * time.Millisecond })
	m.WatchNodes(func() Nodes {
		return Nodes{Live: 2, Away: 1, Shards: 85, Free: 3, Read: true, Queued: 9, Oldest: 90 * time.Second, Lag: 2 * time.Second}
	})
	server := httptest.NewServer(m.Handler(http.NotFoundHandler()))
	t.Cleanup(server.Close)
	for path, want := range map[string][]string{
		"/metrics": {
			"paceline_accepted_total 1", "paceline_commits_total 1", "paceline_batch_operations_sum 40", "paceline_commit_seconds_sum 0.003", `paceline_queue_depth{queue="ready"} 7`, `paceline_queue_depth{queue="parked"} 3`,
			`paceline_http_requests_total{method="GET",status="2xx"} 2`,
			`paceline_http_requests_total{method="other",status="4xx"} 1`, "go_goroutines",
			`paceline_nodes{state="live"} 2`, `paceline_nodes{state="leaving"} 0`, `paceline_nodes{state="away"} 1`, "paceline_shards 85", "paceline_shards_free 3",
			"paceline_queued_transactions 9", "paceline_oldest_wait_seconds 90", "paceline_lag_seconds 2", "paceline_takeovers_total 1",
			"paceline_database_silence_seconds 1.5",
		},
		"/debug/pprof/":             {"goroutine"},
		"/debug/pprof/heap?debug=1": {"heap profile"},
		"/debug/pprof/cmdline":      {"telemetry"},
	} {
		resp, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		for _, w := range want {
			if !bytes.Contains(body, []byte(w)) {
				t.Errorf("%s has no %q", path, w)
			}
		}
	}
}
