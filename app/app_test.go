package app

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paceline/internal/seal"
)

func testConfig(t *testing.T) (Config, Process) {
	key := seal.NewKey()
	return Config{
		Storage: Storage{Data: t.TempDir()}, Addr: "127.0.0.1:0", MetricsAddr: "127.0.0.1:0", Drain: 10 * time.Second, Workers: 4,
	}, Process{Keys: &heldKey{&key}, Logger: slog.New(slog.DiscardHandler), Version: "test"}
}

func start(t *testing.T, config Config, process Process) *App {
	t.Helper()
	a, err := New(t.Context(), config, process)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	config, process := testConfig(t)
	a := start(t, config, process)
	ready := a.Ready()
	if status, body := fetch(t, ready.Address+"/health"); status != 200 || body != `{"Status":"ok"}` {
		t.Errorf("health: got %d %s", status, body)
	}
	_, body := fetch(t, ready.MetricsAddress+"/health")
	var h Health
	if err := json.Unmarshal([]byte(body), &h); err != nil || h.Status != "ok" || h.Version != "test" || h.Database != "SQLite" ||
		h.Since == "" || len(h.EgressAllow) != 0 || len(h.Warnings) != 0 {
		t.Errorf("health details: got %s, %v", body, err)
	}
	if ready.ClientId != "" || !strings.Contains(a.Welcome(), "/setup?token=") {
		t.Errorf("a plain first start: got %+v\n%s", ready, a.Welcome())
	}
	a.Stop()
	a.Stop()

	// Its addresses and its folder are free again, and nothing is handed out twice.
	config.Addr = strings.TrimPrefix(ready.Address, "http://")
	config.ReadyFile = filepath.Join(config.Data, "ready.json")
	b := start(t, config, process)
	if b.Ready().ClientId != "" || strings.Contains(b.Welcome(), "token=") {
		t.Errorf("a second start: got %+v\n%s", b.Ready(), b.Welcome())
	}
}

// A start that fails, wherever it does, leaves nothing behind that keeps the next one away.
func TestStartsThatFail(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	other := seal.NewKey()
	config, process := testConfig(t)
	start(t, config, process).Stop()
	for _, c := range []struct {
		name string
		set  func(*Config, *Process)
		want string
	}{
		{"address", func(c *Config, _ *Process) { c.Addr = taken.Addr().String() }, "--addr"},
		{"metrics address", func(c *Config, _ *Process) { c.MetricsAddr = taken.Addr().String() }, "--metrics-addr"},
		{"certificate", func(c *Config, _ *Process) { c.TLSCert, c.TLSKey = "missing.pem", "missing.pem" }, "--tls-cert"},
		{"another key", func(_ *Config, p *Process) { p.Keys = &heldKey{&other} }, "not the one"},
		{"no key", func(_ *Config, p *Process) { p.Keys = &heldKey{} }, "none was given"},
		{"a flag", func(c *Config, _ *Process) { c.EgressAllow = []string{"x"} }, "--egress-allow"},
	} {
		bad, with := config, process
		c.set(&bad, &with)
		a, err := New(t.Context(), bad, with)
		if err == nil {
			a.Stop()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	bad := config
	bad.ConnectorDir = filepath.Join(config.Data, "missing")
	a, err := New(t.Context(), bad, process)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a folder that is not there: got %v", err)
	}
	a.Stop()
	start(t, config, process)
}

// What is for operators is on the metrics address alone.
func TestPublicAddressShowsHealthOnly(t *testing.T) {
	t.Parallel()
	config, process := testConfig(t)
	ready := start(t, config, process).Ready()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, c := range []struct {
		method, path    string
		public, private int
	}{
		{"GET", "/health", 200, 200},
		{"GET", "/metrics", 404, 200},
		{"GET", "/debug/pprof/", 404, 200},
		{"GET", "/debug/pprof/cmdline", 404, 200},
		{"GET", "/assets/", 404, 404},
		{"GET", "/api/webhook/", 404, 404},
		{"HEAD", "/docs/index", 200, 404},
		{"HEAD", "/openapi.json", 200, 404},
		{"TRACE", "/health", 405, 405},
		{"TRACE", "/api/webhook/x", 405, 405},
		{"TRACE", "/v1.0/accounts", 405, 405},
	} {
		for address, want := range map[string]int{ready.Address: c.public, ready.MetricsAddress: c.private} {
			request, err := http.NewRequestWithContext(t.Context(), c.method, address+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Secret", "hunter2")
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			private := address == ready.MetricsAddress && want == 405 && response.StatusCode == 404
			if response.StatusCode != want && !private || strings.Contains(string(body), "hunter2") {
				t.Errorf("%s %s%s: answered %d %s, want %d", c.method, address, c.path, response.StatusCode, body, want)
			}
			if address == ready.Address && response.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: no nosniff", c.method, c.path)
			}
		}
	}
}
