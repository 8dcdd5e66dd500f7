package app

import (
	"context"
	"encoding/json"
	"math"
	"net/http"

	"golang.org/x/sys/unix"

	"paceline"
)

// Health is what the metrics address tells an operator. The public address says ok or not, no more.
type Health struct {
	Status   string // "ok" or "stopping"
	Version  string
	Database string      // "SQLite" or "PostgreSQL"
	Since    string      // RFC 3339
	Backlog  int         // changes that wait for the disk
	Node     *NodeHealth `json:",omitempty"` // of one among several
	// EgressAllow lists the private addresses that connectors may call.
	EgressAllow []string
	// Warnings are sentences about what an operator should change.
	Warnings []string
}

// NodeHealth is what a node tells of itself.
type NodeHealth struct {
	ID     int64
	Shards int // that it works for, of 256
}

// health reads the state of the server now.
func (a *App) health() Health {
	h := Health{
		Status: "ok", Version: a.version, Database: "SQLite", Backlog: a.base.store.Backlog(),
		EgressAllow: a.guard.Allowed(), Warnings: a.warnings(),
	}
	if !a.config.SQLite() {
		h.Database = "PostgreSQL"
	}
	if a.nodes != nil {
		h.Node = &NodeHealth{}
		h.Node.ID, h.Node.Shards = a.nodes.Held()
	}
	if !a.started.IsZero() {
		h.Since = a.started.Format("2006-01-02T15:04:05Z07:00")
	}
	if a.stopping.Load() {
		h.Status = "stopping"
	}
	return h
}

// warnings are told at start, in health details and by the console.
func (a *App) warnings() []string {
	out := []string{}
	if key := a.base.keys.found.Load(); key.inData {
		out = append(out, "The installation key lies in the data folder ("+key.origin+
			"): move it elsewhere and give it with --key-file, for whoever copies the folder has both.")
	}
	if err := a.base.Tenant.Broker().Check(context.Background()); paceline.CodeOf(err) == paceline.CodeCredentialsLocked {
		out = append(out, "Credentials are locked: transactions that call with one wait until `paceline credentials unlock`.")
	}
	out = append(out, a.published...)
	return out
}

// freeBytes is the room on the disk of the data folder.
func (a *App) freeBytes() float64 {
	var fs unix.Statfs_t
	if err := unix.Statfs(a.config.Data, &fs); err != nil {
		return math.NaN()
	}
	return float64(fs.Bavail) * float64(fs.Bsize)
}

func (a *App) serveHealth(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(a.health())
}
