package egress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// setup returns a guard with the allowed pairs and what it logged.
func setup(t *testing.T, allow ...string) (*Guard, *logBuffer) {
	t.Helper()
	logs := &logBuffer{}
	g, err := New(Config{Allow: allow, Logger: slog.New(slog.NewTextHandler(logs, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.CloseIdle)
	return g, logs
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// canary is a server that must not be reached; hits counts the requests that did.
func canary(t *testing.T) (addr string, hits *atomic.Int32) {
	t.Helper()
	hits = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), hits
}

func get(t *testing.T, g *Guard, ctx context.Context, target string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		t.Fatalf("request %s: %v", target, err)
	}
	resp, err := g.Transport().RoundTrip(req)
	if err == nil {
		t.Cleanup(func() { resp.Body.Close() })
	}
	return resp, err
}

func TestHostileAddressesAreRefused(t *testing.T) {
	t.Parallel()
	refused := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
		"127.0.0.1", "127.1.2.3", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.0.192", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1",
		"192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
		"239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"::", "::1", "::127.0.0.1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1",
		"100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
		"2620:4f:8000::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1",
		"::ffff:168.63.129.16",
	}
	g, _ := setup(t)
	for _, ip := range refused {
		if err := g.control("tcp"+family(ip), net.JoinHostPort(ip, "443"), nil); !errors.Is(err, errPolicy) {
			t.Errorf("%s: got %v, want it refused", ip, err)
		}
	}
	for _, ip := range []string{"1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1",
		"192.0.1.1", "198.17.0.1", "198.20.0.1", "168.63.129.17", "2606:4700::1111", "2a00:1450::1"} {
		if err := g.control("tcp"+family(ip), net.JoinHostPort(ip, "443"), nil); err != nil {
			t.Errorf("%s: got %v, want it dialled", ip, err)
		}
	}
	for _, c := range []struct{ network, address string }{
		{"udp4", "1.1.1.1:443"}, {"unix", "/run/x.sock"}, {"tcp6", "[fe80::1%eth0]:443"},
		{"tcp4", "1.1.1.1:25"}, {"tcp4", "1.1.1.1:6379"}, {"tcp4", "1.1.1.1"},
	} {
		if err := g.control(c.network, c.address, nil); err == nil {
			t.Errorf("%s %s: want it refused", c.network, c.address)
		}
	}
}

func family(ip string) string {
	if strings.Contains(ip, ":") {
		return "6"
	}
	return "4"
}

// Each spelling below is a way that some resolver or library takes to loopback.
func TestSpellingsOfLoopbackReachNothing(t *testing.T) {
	t.Parallel()
	addr, hits := canary(t)
	_, port, _ := net.SplitHostPort(addr)
	g, _ := setup(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, host := range []string{
		"127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0X7F.1",
		"0177.0.0.1", "017700000001", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[::127.0.0.1]", "[0:0:0:0:0:0:0:1]", "user@127.0.0.1", "127.0.0.1.", "①②⑦.⓪.⓪.①", "ⓛocalhost",
	} {
		_, err := get(t, g, ctx, "http://"+host+":"+port+"/")
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: got %v, want ErrRefused", host, err)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the canary was reached %d times", n)
	}
}

func TestRefusedClosedAndUnknownLookAlike(t *testing.T) {
	t.Parallel()
	addr, _ := canary(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closedAddr := closed.Addr().String()
	closed.Close()
	g, logs := setup(t, closedAddr)
	for name, target := range map[string]string{
		"refused": "http://" + addr, "closed": "http://" + closedAddr, "scheme": "ftp://" + addr, "file": "file:///etc/passwd",
	} {
		_, err := get(t, g, t.Context(), target)
		if !errors.Is(err, ErrRefused) || err.Error() != ErrRefused.Error() || Message(err) != ErrRefused.Error() {
			t.Errorf("%s: got %v, want the one text", name, err)
		}
	}
	_, err = g.Client(time.Second).Get("http://" + addr + "/?api_key=s3cret")
	if !errors.Is(err, ErrRefused) || Message(err) != ErrRefused.Error() {
		t.Errorf("client: got %v, want the one text", err)
	}
	for _, want := range []string{"special range", "connection refused", "not http or https"} {
		if !strings.Contains(logs.String(), want) {
			t.Errorf("the log has no cause %q:\n%s", want, logs)
		}
	}
}

func TestAllowedPairs(t *testing.T) {
	t.Parallel()
	addr, hits := canary(t)
	_, port, _ := net.SplitHostPort(addr)
	other, otherHits := canary(t)

	t.Run("the address by any name", func(t *testing.T) {
		g, logs := setup(t, addr)
		for _, target := range []string{"http://" + addr, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port} {
			if _, err := get(t, g, t.Context(), target); err != nil {
				t.Errorf("%s: %v", target, err)
			}
		}
		if hits.Load() != 3 {
			t.Errorf("got %d requests, want 3", hits.Load())
		}
		if !strings.Contains(logs.String(), addr) {
			t.Errorf("the log does not show the open door:\n%s", logs)
		}
		if got := g.Allowed(); len(got) != 1 || got[0] != addr {
			t.Errorf("Allowed is %v, want %s", got, addr)
		}
	})
	t.Run("a name as written only", func(t *testing.T) {
		g, _ := setup(t, "LocalHost.:"+port)
		if _, err := get(t, g, t.Context(), "http://localhost:"+port); err != nil {
			t.Errorf("localhost: %v", err)
		}
		if _, err := get(t, g, t.Context(), "http://127.0.0.1:"+port); !errors.Is(err, ErrRefused) {
			t.Errorf("the address: got %v, want ErrRefused", err)
		}
	})
	t.Run("no other port", func(t *testing.T) {
		g, _ := setup(t, addr)
		if _, err := get(t, g, t.Context(), "http://"+other); !errors.Is(err, ErrRefused) || otherHits.Load() != 0 {
			t.Errorf("got %v, want ErrRefused", err)
		}
	})
	for _, bad := range []string{"", "127.0.0.1", ":80", "host:0", "host:65536", "host:http", "::1:80", "http://host:80"} {
		if _, err := New(Config{Allow: []string{bad}}); err == nil {
			t.Errorf("allow %q: want an error", bad)
		}
	}
}

func TestNoProxyFromEnvironment(t *testing.T) {
	addr, hits := canary(t)
	t.Setenv("HTTP_PROXY", "http://"+addr)
	t.Setenv("HTTPS_PROXY", "http://"+addr)
	g, _ := setup(t, addr)
	_, err := get(t, g, t.Context(), "http://203.0.113.7/")
	if !errors.Is(err, ErrRefused) || hits.Load() != 0 {
		t.Errorf("got %v and %d requests at the proxy, want ErrRefused and none", err, hits.Load())
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	target, hits := canary(t)
	s := httptest.NewServer(http.RedirectHandler("http://"+target+"/", http.StatusFound))
	t.Cleanup(s.Close)
	g, _ := setup(t, s.Listener.Addr().String(), target)
	resp, err := g.Client(time.Minute).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusFound || hits.Load() != 0 {
		t.Errorf("got %d and %d requests at the target, want 302 and none", resp.StatusCode, hits.Load())
	}
}

func TestCredentialsGoToTheirHostsOnly(t *testing.T) {
	t.Parallel()
	addr, hits := canary(t)
	host, port, _ := net.SplitHostPort(addr)
	g, _ := setup(t, addr)
	for _, c := range []struct {
		name     string
		patterns []string
		reached  bool
	}{
		{"this host", []string{host}, true},
		{"this pair", []string{"api.acme.example", addr}, true},
		{"another port", []string{host + ":1"}, false},
		{"another host", []string{"api.acme.example"}, false},
		{"none", []string{}, false},
	} {
		before := hits.Load()
		_, err := get(t, g, WithHosts(t.Context(), c.patterns), "http://localhost:"+port+"/")
		if err == nil {
			t.Errorf("%s: localhost is not a host of the credential", c.name)
		}
		_, err = get(t, g, WithHosts(t.Context(), c.patterns), "http://"+addr+"/")
		if reached := err == nil && hits.Load() == before+1; reached != c.reached {
			t.Errorf("%s: reached %v (%v), want %v", c.name, reached, err, c.reached)
		}
	}
}

func TestPlainHTTPNeedsADeclaration(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	check := func(target string, patterns ...string) error {
		req, err := http.NewRequestWithContext(WithHosts(t.Context(), patterns), http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g.checkRequest(req)
	}
	if err := check("https://api.acme.example/", "api.acme.example"); err != nil {
		t.Errorf("https: %v", err)
	}
	if err := check("http://api.acme.example/", "api.acme.example"); err == nil {
		t.Error("plain http went through undeclared")
	}
	if err := check("http://api.acme.example/", "http://api.acme.example"); err != nil {
		t.Errorf("declared: %v", err)
	}
}

func TestMatchHost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, url string
		want         bool
	}{
		{"api.acme.example", "https://api.acme.example/x", true},
		{"API.acme.example.", "https://api.Acme.example./x", true},
		{"api.acme.example", "https://api.acme.example:8443/", true},
		{"api.acme.example:8443", "https://api.acme.example/", false},
		{"api.acme.example:443", "https://api.acme.example/", true},
		{"api.acme.example", "https://api.acme.example.evil.example/", false},
		{"api.acme.example", "https://evil.example/api.acme.example", false},
		{"api.acme.example", "https://api.acme.example@evil.example/", false},
		{"api.acme.example", "https://evilapi.acme.example/", false},
		{"*.acme.example", "https://eu.acme.example/", true},
		{"*.acme.example", "https://a.b.acme.example/", true},
		{"*.acme.example", "https://acme.example/", false},
		{"*.acme.example", "https://evilacme.example/", false},
		{"*.acme.example:8443", "https://eu.acme.example:8443/", true},
		{"*", "https://acme.example/", false},
		{"*.example", "https://acme.example/", false},
		{"*acme.example", "https://evilacme.example/", false},
		{"", "https:///x", false},
		{"https://api.acme.example/", "https://api.acme.example/", true},
		{"https://api.acme.example:8443/v2/", "https://api.acme.example:8443/v3/", true},
		{"https://api.acme.example@evil.example/", "https://api.acme.example/", false},
		{"[2606:4700::1]:443", "https://[2606:4700:0::1]/", true},
		{"10.1.2.3", "https://[::ffff:10.1.2.3]/", true},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := MatchHost([]string{c.pattern}, u); got != c.want {
			t.Errorf("%s against %s: got %v, want %v", c.pattern, c.url, got, c.want)
		}
	}
}

func TestACallerWhoCancelsSeesThat(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) })
	g, _ := setup(t, s.Listener.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	_, err := get(t, g, ctx, s.URL)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestOperatorDialsConfiguredAddressesOnly(t *testing.T) {
	t.Parallel()
	addr, _ := canary(t)
	other, otherHits := canary(t)
	o, err := NewOperator(addr)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := o.Client(time.Minute).Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if _, err := o.Client(time.Minute).Get("http://" + other); !errors.Is(err, ErrRefused) || otherHits.Load() != 0 {
		t.Errorf("got %v, want ErrRefused", err)
	}
	if _, err := NewOperator("nonsense"); err == nil {
		t.Error("a malformed pair was taken")
	}
}

func BenchmarkRoundTripLoopback(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer s.Close()
	g, err := New(Config{Allow: []string{s.Listener.Addr().String()}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(WithHosts(context.Background(), []string{"127.0.0.1"}), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader("{}"))
		resp, err := g.Transport().RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
