package telemetry

import (
	"net/http"
	"net/http/pprof"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"paceline"
)

// Metrics are the series that Paceline keeps. Their names begin with paceline_.
type Metrics struct {
	registry *prometheus.Registry
	clock    paceline.Clock

	Accepted     prometheus.Counter     // transactions accepted and committed
	Refused      *prometheus.CounterVec // webhooks refused, by reason: unknown, signature, busy, size
	Steps        *prometheus.CounterVec // step executions finished, by outcome: done, failed, parked, skipped
	Commits      prometheus.Counter     // write transactions of the store
	CommitTime   prometheus.Histogram   // seconds of one commit
	BatchSize    prometheus.Histogram   // operations in one commit
	Running      prometheus.Gauge       // steps in execution now
	HTTPRequests *prometheus.CounterVec // answered requests, by method and status class
	HTTPTime     prometheus.Histogram   // seconds from request to answer
	Outbound     *prometheus.CounterVec // calls to third parties, by outcome: ok, failed, refused
}

// NewMetrics returns fresh series with a registry of their own, Go's and the process's among them.
func NewMetrics(clock paceline.Clock) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		clock:    clock,
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
		Outbound: counterVec("outbound_calls_total", "Calls to third parties.", "outcome"),
	}
	m.registry.MustRegister(m.Accepted, m.Refused, m.Steps, m.Commits, m.CommitTime, m.BatchSize, m.Running,
		m.HTTPRequests, m.HTTPTime, m.Outbound,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
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

// Middleware counts and times requests, by method and status class alone.
func (m *Metrics) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := m.clock.Now()
		counted := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(counted, r)
		m.HTTPTime.Observe(m.clock.Now().Sub(began).Seconds())
		m.HTTPRequests.WithLabelValues(methodLabel(r.Method), counted.class()).Inc()
	})
}

// methodLabel keeps made-up methods out of the labels.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the first final status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) class() string {
	if w.status == 0 {
		return "2xx"
	}
	return strconv.Itoa(w.status/100) + "xx"
}
