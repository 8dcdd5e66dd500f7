package egress

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"sync"
)

type certificateKey struct{}

// WithCertificate makes the calls of ctx present a client certificate. Connections are shared by calls with
// the same certificate only.
func WithCertificate(ctx context.Context, certificate *tls.Certificate) context.Context {
	return context.WithValue(ctx, certificateKey{}, certificate)
}

// CertificateOf returns the certificate that WithCertificate put into ctx, nil for none.
func CertificateOf(ctx context.Context) *tls.Certificate {
	certificate, _ := ctx.Value(certificateKey{}).(*tls.Certificate)
	return certificate
}

// maxCertificates bounds how many certificates keep connections open.
const maxCertificates = 256

// certificates are the transports by certificate.
type certificates struct {
	mu   sync.Mutex
	list map[[sha256.Size]byte]*http.Transport
}

// transportFor returns the transport of the call's certificate, the common one without a certificate.
func (g *Guard) transportFor(ctx context.Context) *http.Transport {
	certificate := CertificateOf(ctx)
	if certificate == nil {
		return g.transport
	}
	h := sha256.New()
	for _, part := range certificate.Certificate {
		h.Write(part)
	}
	key := [sha256.Size]byte(h.Sum(nil))
	c := &g.certificates
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.list[key]; t != nil {
		return t
	}
	if len(c.list) >= maxCertificates {
		for old, t := range c.list {
			t.CloseIdleConnections()
			delete(c.list, old)
			break
		}
	}
	t := newTransport(g.dial)
	t.TLSClientConfig.Certificates = []tls.Certificate{*certificate}
	if c.list == nil {
		c.list = map[[sha256.Size]byte]*http.Transport{}
	}
	c.list[key] = t
	return t
}

func (c *certificates) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.list {
		t.CloseIdleConnections()
	}
}
