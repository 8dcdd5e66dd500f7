package telemetry

import (
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the series that Paceline keeps. Their names begin with paceline_.
type Metrics struct {
	registry *prometheus.Registry

	Accepted     prometheus.Counter     // transactions accepted and committed
	Refused      *prometheus.CounterVec // webhooks refused, by reason: unknown, signature, busy, size, quota
	Steps        *prometheus.CounterVec // step executions finished, by outcome: done, failed, parked, skipped
	Commits      prometheus.Counter     // write transactions of the store
	CommitTime   prometheus.Histogram   // seconds of one commit
	BatchSize    prometheus.Histogram   // operations in one commit
	Running      prometheus.Gauge       // steps in execution now
	HTTPRequests *prometheus.CounterVec // answered requests, by method and status class
	HTTPTime     prometheus.Histogram   // seconds from request to answer
	Outbound     *prometheus.CounterVec // calls to third parties, by outcome: ok, failed, refused
	Takeovers    prometheus.Counter     // nodes whose place this one took, because their lease was over
}

// NewMetrics returns fresh series with a registry of their own, Go's and the process's among them.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		Accepted: counter("accepted_total", "Transactions accepted and committed."),
		Refused:  counterVec("refused_total", "Webhooks refused.", "reason"),
		Steps:    counterVec("steps_total", "Step executions finished.", "outcome"),
		Commits:  counter("commits_total", "Write transactions of the store."),
		CommitTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "commit_seconds", Help: "Time of one commit.",
			Buckets: prometheus.ExponentialBuckets(0.0002, 2, 14),
		}),
		BatchSize: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "batch_operations", Help: "Operations in one commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		Running:      prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "running_steps", Help: "Steps in execution now."}),
		HTTPRequests: counterVec("http_requests_total", "Requests answered.", "method", "status"),
		HTTPTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_seconds", Help: "Time from request to answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}),
		Outbound:  counterVec("outbound_calls_total", "Calls to third parties.", "outcome"),
		Takeovers: counter("takeovers_total", "Nodes whose place this one took, because their lease was over."),
	}
	m.begin()
	m.registry.MustRegister(m.Accepted, m.Refused, m.Steps, m.Commits, m.CommitTime, m.BatchSize, m.Running,
		m.HTTPRequests, m.HTTPTime, m.Outbound, m.Takeovers,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// begin shows the series of vectors at 0, so that a rate knows of the first thing that is counted.
func (m *Metrics) begin() {
	for _, reason := range []string{"unknown", "signature", "busy", "size", "quota"} {
		m.Refused.WithLabelValues(reason)
	}
	for _, outcome := range []string{"done", "failed", "parked", "skipped"} {
		m.Steps.WithLabelValues(outcome)
	}
	for _, outcome := range []string{"ok", "failed", "refused"} {
		m.Outbound.WithLabelValues(outcome)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, status := range []string{"2xx", "4xx", "5xx"} {
			m.HTTPRequests.WithLabelValues(method, status)
		}
	}
}

const namespace = "paceline"

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
}

func counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// Queue registers a gauge that is read when somebody asks: the depth of a queue, by its name.
func (m *Metrics) Queue(name string, depth func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "queue_depth", Help: "Things that wait, by queue.",
		ConstLabels: prometheus.Labels{"queue": name},
	}, depth))
}

// Room registers a gauge of the bytes that are free where the data lies; NaN where nobody can tell.
func (m *Metrics) Room(free func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "data_free_bytes", Help: "Bytes that are free on the disk of the data folder.",
	}, free))
}

// Silence registers a gauge of the time since the database answered last, which the server asks every few seconds by itself.
func (m *Metrics) Silence(since func() time.Duration) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "database_silence_seconds", Help: "Time since the database answered last; it is asked every 3 seconds at least.",
	}, func() float64 { return since().Seconds() }))
}

// Handler serves /metrics, /debug/pprof and, at /health, what details writes. It belongs on the metrics
// address, never on the public one.
func (m *Metrics) Handler(details http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.Handle("GET /health", details)
	return mux
}

// Commit counts and times one write transaction of the store.
func (m *Metrics) Commit(changes int, took time.Duration) {
	m.Commits.Inc()
	m.BatchSize.Observe(float64(changes))
	m.CommitTime.Observe(took.Seconds())
}

// Request counts and times one answered request, by method and status class alone.
func (m *Metrics) Request(method string, status int, took time.Duration) {
	m.HTTPTime.Observe(took.Seconds())
	m.HTTPRequests.WithLabelValues(methodLabel(method), strconv.Itoa(status/100)+"xx").Inc()
}

// methodLabel keeps made-up methods out of the labels.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
