package egress

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Operator dials the addresses that the operator configured (a database, a mail relay, an object store),
// private ones too, and nothing else. Nothing that a tenant can set may ever reach it.
type Operator struct {
	pairs     map[string]bool
	dialer    *net.Dialer
	transport *http.Transport
}

// NewOperator returns an Operator for exact "host:port" pairs, or an error that names a malformed one.
func NewOperator(pairs ...string) (*Operator, error) {
	o := &Operator{
		pairs:  make(map[string]bool, len(pairs)),
		dialer: &net.Dialer{Timeout: ConnectTimeout, Resolver: &net.Resolver{PreferGo: true}},
	}
	for _, entry := range pairs {
		pair, err := normalisePair(entry)
		if err != nil {
			return nil, fmt.Errorf("configured address %q: %w", entry, err)
		}
		o.pairs[pair] = true
	}
	o.transport = newTransport(o.DialContext)
	return o, nil
}

// DialContext connects to a configured pair. Errors say what happened, for they go to the operator.
func (o *Operator) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	pair, err := normalisePair(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	if !o.pairs[pair] {
		return nil, fmt.Errorf("address %s is not configured: %w", pair, ErrRefused)
	}
	return o.dialer.DialContext(ctx, network, address)
}

// Peer returns a transport between the configured pairs for requests that are passed on whole: an answer may take as long
// as it likes, for the caller knows when to give up.
func (o *Operator) Peer() http.RoundTripper {
	t := newTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, peerConnect)
		defer cancel()
		return o.DialContext(ctx, network, address)
	})
	t.ResponseHeaderTimeout, t.ForceAttemptHTTP2 = 0, false
	return t
}

// peerConnect is how long a connection to one of our own may take.
const peerConnect = 2 * time.Second

// Client returns an HTTP client for the configured pairs that follows no redirects.
func (o *Operator) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: o.transport,
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}
