package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// Limits of every call. The total is set by the caller's context, or by TotalTimeout without one.
const (
	ConnectTimeout        = 10 * time.Second
	TLSTimeout            = 10 * time.Second
	ResponseHeaderTimeout = 90 * time.Second
	TotalTimeout          = 100 * time.Second

	maxHeaderBytes  = 256 << 10
	maxIdlePerHost  = 256
	maxIdle         = 4096
	idleConnTimeout = 90 * time.Second
)

// Config says what a Guard lets through besides public addresses.
type Config struct {
	// Allow lists exact "host:port" pairs that may be dialled although they lie in a special range: the
	// host as a URL writes it, or an IP address. IPv6 addresses stand in brackets.
	Allow []string
	// Logger gets the causes that callers never see; nil means slog.Default.
	Logger *slog.Logger
}

// Guard makes outbound HTTP calls on behalf of tenants. It is safe for concurrent use.
type Guard struct {
	allow     map[string]bool // "host:port", normalised
	allowed   []string        // the same, sorted, for people
	log       *slog.Logger
	logLimit  *rate.Limiter
	resolver  *net.Resolver
	guarded   *net.Dialer // checks each address
	open      *net.Dialer // for allowed pairs
	transport *http.Transport

	certificates certificates
}

// New returns a Guard, or an error that names the pair which is not "host:port". The allowed pairs are
// logged once, so that an opened door is seen.
func New(config Config) (*Guard, error) {
	g := &Guard{
		allow:    make(map[string]bool, len(config.Allow)),
		log:      config.Logger,
		logLimit: rate.NewLimiter(rate.Every(100*time.Millisecond), 50),
		// The C resolver reads "127.1" and "0x7f000001" as addresses; Go's own does not.
		resolver: &net.Resolver{PreferGo: true},
	}
	if g.log == nil {
		g.log = slog.Default()
	}
	for _, entry := range config.Allow {
		pair, err := normalisePair(entry)
		if err != nil {
			return nil, fmt.Errorf("egress allow %q: %w", entry, err)
		}
		if !g.allow[pair] {
			g.allow[pair] = true
			g.allowed = append(g.allowed, pair)
		}
	}
	slices.Sort(g.allowed)
	if len(g.allowed) > 0 {
		g.log.Warn("outbound calls to these addresses are allowed although they may be private", "allow", g.allowed)
	}
	g.guarded = &net.Dialer{Timeout: ConnectTimeout, KeepAlive: 30 * time.Second, Resolver: g.resolver, Control: g.control}
	g.open = &net.Dialer{Timeout: ConnectTimeout, KeepAlive: 30 * time.Second, Resolver: g.resolver}
	g.transport = newTransport(g.dial)
	return g, nil
}

// newTransport returns a transport without proxy and with this package's limits.
func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // never from the environment
		DialContext:            dial,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    TLSTimeout,
		ResponseHeaderTimeout:  ResponseHeaderTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// Allowed lists the pairs that the operator allowed, sorted, for health and start-up messages.
func (g *Guard) Allowed() []string { return slices.Clone(g.allowed) }

// Transport returns the guarded transport. It follows no redirect, and its errors of connecting are
// ErrRefused. A call without a deadline gets TotalTimeout.
func (g *Guard) Transport() http.RoundTripper { return roundTripper{g} }

// Client returns an HTTP client over the guarded transport that follows no redirects. Its errors are
// *url.Error and name the URL: show callers Message(err), not the error. timeout 0 means TotalTimeout.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	if timeout <= 0 {
		timeout = TotalTimeout
	}
	return &http.Client{
		Transport: roundTripper{g},
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// CloseIdle closes the connections that no call uses.
func (g *Guard) CloseIdle() {
	g.transport.CloseIdleConnections()
	g.certificates.closeIdle()
}

type roundTripper struct{ guard *Guard }

// RoundTrip checks scheme and hosts, then sends. The address is checked when it is dialled.
func (r roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	g := r.guard
	if err := g.checkRequest(req); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, g.refuse(req.Context(), req.URL.Host, err, true)
	}
	ctx := req.Context()
	transport := g.transportFor(ctx)
	if _, ok := ctx.Deadline(); ok {
		return transport.RoundTrip(req)
	}
	ctx, cancel := context.WithTimeout(ctx, TotalTimeout)
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &cancelBody{resp.Body, cancel}
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections work.
func (r roundTripper) CloseIdleConnections() { r.guard.CloseIdle() }

func (g *Guard) checkRequest(req *http.Request) error {
	u := req.URL
	if u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("scheme %q, not http or https: %w", u.Scheme, errPolicy)
	}
	patterns, ok := hostsOf(req.Context())
	if !ok {
		return nil
	}
	if !MatchHost(patterns, u) {
		return fmt.Errorf("a host that the connector's credential may not go to: %w", errPolicy)
	}
	if u.Scheme == "http" && !plainDeclared(patterns, u) && !g.allow[pairOf(u)] {
		return fmt.Errorf("a credential over plain http to a host that is not declared with http://: %w", errPolicy)
	}
	return nil
}

// DialContext opens a connection to address, a "host:port", for protocols other than HTTP.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return g.dial(ctx, network, address)
}

// dial opens a connection to address, a "host:port" as the URL has it.
func (g *Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	pair, err := normalisePair(address)
	if err != nil {
		return nil, g.refuse(ctx, address, err, true)
	}
	dialer := g.guarded
	if g.allow[pair] {
		dialer = g.open
	} else if err := checkName(pair); err != nil {
		return nil, g.refuse(ctx, address, err, true)
	}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		_, noLiteral := netip.ParseAddrPort(pair)
		return nil, g.refuse(ctx, address, err, noLiteral == nil && errors.Is(err, errPolicy))
	}
	return conn, nil
}

// control runs between socket and connect, with the very address that will be dialled.
func (g *Guard) control(network, address string, _ syscall.RawConn) error {
	err := checkAddress(network, address)
	if err == nil {
		return nil
	}
	if pair, perr := normalisePair(address); perr == nil && g.allow[pair] {
		return nil
	}
	return err
}

// refuse logs the cause and returns the error that callers see. A flood of causes is thinned out.
func (g *Guard) refuse(ctx context.Context, address string, cause error, forbidden bool) error {
	if g.logLimit.Allow() {
		level := slog.LevelInfo
		if errors.Is(cause, errPolicy) {
			level = slog.LevelWarn
		}
		g.log.Log(ctx, level, "outbound call not connected", "address", address, "cause", cause.Error())
	}
	return &RefusedError{cause, forbidden}
}

// cancelBody ends the call's deadline timer when the body is closed.
type cancelBody struct {
	body interface {
		Read([]byte) (int, error)
		Close() error
	}
	cancel context.CancelFunc
}

func (b *cancelBody) Read(p []byte) (int, error) { return b.body.Read(p) }

func (b *cancelBody) Close() error {
	defer b.cancel()
	return b.body.Close()
}

// normalisePair lower-cases "host:port", drops a final dot and writes IP addresses in one way.
func normalisePair(entry string) (string, error) {
	host, port, err := net.SplitHostPort(strings.TrimSpace(entry))
	if err != nil {
		return "", errors.New("want host:port")
	}
	if host == "" || !validPort(port) {
		return "", errors.New("want host:port with a port of 1 to 65535")
	}
	return net.JoinHostPort(normaliseHost(host), port), nil
}

func validPort(port string) bool {
	n := 0
	for _, c := range []byte(port) {
		if c < '0' || c > '9' || n > 65535 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n > 0 && n <= 65535
}
