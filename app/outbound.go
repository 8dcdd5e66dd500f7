package app

import (
	"errors"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"paceline/internal/egress"
	"paceline/internal/telemetry"
)

// outbound counts the calls to third parties by how they came out.
type outbound struct {
	next                http.RoundTripper
	ok, failed, refused prometheus.Counter
}

func countOutbound(next http.RoundTripper, m *telemetry.Metrics) http.RoundTripper {
	return &outbound{
		next: next, ok: m.Outbound.WithLabelValues("ok"), failed: m.Outbound.WithLabelValues("failed"),
		refused: m.Outbound.WithLabelValues("refused"),
	}
}

// RoundTrip counts an answer of 400 and above as failed; refused is what was never connected.
func (o *outbound) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(r)
	switch {
	case errors.Is(err, egress.ErrRefused):
		o.refused.Inc()
	case err != nil || response.StatusCode >= 400:
		o.failed.Inc()
	default:
		o.ok.Inc()
	}
	return response, err
}
