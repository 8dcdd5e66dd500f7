package egress

import (
	"context"
	"crypto/tls"
	"fmt"
	"testing"
)

// TestCertificatesHaveConnectionsOfTheirOwn holds that no two certificates share a transport, and that the
// number of them is bounded.
func TestCertificatesHaveConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	g, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	with := func(der string) context.Context {
		return WithCertificate(context.Background(), &tls.Certificate{Certificate: [][]byte{[]byte(der)}})
	}
	if g.transportFor(context.Background()) != g.transport {
		t.Error("a call without a certificate has a transport of its own")
	}
	a, b := g.transportFor(with("a")), g.transportFor(with("b"))
	if a == b || a == g.transport || a != g.transportFor(with("a")) || string(a.TLSClientConfig.Certificates[0].Certificate[0]) != "a" {
		t.Error("certificates are mixed up")
	}
	for i := range 2 * maxCertificates {
		g.transportFor(with(fmt.Sprint(i)))
	}
	if len(g.certificates.list) != maxCertificates {
		t.Errorf("%d transports are kept", len(g.certificates.list))
	}
	g.CloseIdle()
}
