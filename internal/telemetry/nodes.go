package telemetry

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Nodes are what a server knows of the servers on its database, itself among them.
type Nodes struct {
	Live, Leaving, Away int
	Shards              int // that this server works for
	Free                int // that no server has
	// Read says that what follows could be read. It is of the shards of this server.
	Read   bool
	Queued int64         // transactions that wait for nothing but their turn, or are in progress
	Oldest time.Duration // since when the oldest of them is there
	Lag    time.Duration // how late the server is with transactions and schedules whose time has come
}

// nodes are the series of them, which are read when somebody asks.
type nodes struct {
	read                                      func() Nodes
	count, shards, free, queued, oldest, late *prometheus.Desc
}

// WatchNodes registers the series of nodes.
func (m *Metrics) WatchNodes(read func() Nodes) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	m.registry.MustRegister(&nodes{
		read:   read,
		count:  desc("nodes", "Servers on the database, by state: live, leaving, away.", "state"),
		shards: desc("shards", "Shards, of 256, that this server works for."),
		free:   desc("shards_free", "Shards that no server works for."),
		queued: desc("queued_transactions", "Transactions of this server that wait for nothing but their turn, or are in progress."),
		oldest: desc("oldest_wait_seconds", "Since when the oldest of them is there."),
		late:   desc("lag_seconds", "How late this server is with transactions and schedules whose time has come."),
	})
}

// Describe implements prometheus.Collector.
func (n *nodes) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(n, c) }

// Collect implements prometheus.Collector. What could not be read is no number.
func (n *nodes) Collect(c chan<- prometheus.Metric) {
	v := n.read()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	known := func(value float64) float64 {
		if !v.Read {
			return math.NaN()
		}
		return value
	}
	gauge(n.count, float64(v.Live), "live")
	gauge(n.count, float64(v.Leaving), "leaving")
	gauge(n.count, float64(v.Away), "away")
	gauge(n.shards, float64(v.Shards))
	gauge(n.free, float64(v.Free))
	gauge(n.queued, known(float64(v.Queued)))
	gauge(n.oldest, known(v.Oldest.Seconds()))
	gauge(n.late, known(v.Lag.Seconds()))
}
