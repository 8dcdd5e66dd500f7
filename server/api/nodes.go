package api

import (
	"context"
	"net/http"
	"time"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type nodeOut struct {
	Id            int64
	Address       string `doc:"At which the other nodes reach it."`
	Version       string
	Epoch         int64
	State         string  `doc:"Live, Leaving (it stops) or Away (its lease is over)."`
	LeaseSeconds  float64 `doc:"That are left of its lease; below 0: since when it is over."`
	StartedAt     wire.Time
	Shards        int      `doc:"Of 256, that it works for."`
	Queued        int64    `doc:"Transactions that wait for nothing but their turn, or are in progress, at most 100000."`
	OldestSeconds *float64 `doc:"Since when the oldest of them is there; null without any."`
	LagSeconds    *float64 `doc:"How late it is with waiting transactions and schedules; null when nothing is late."`
}

type nodesOut struct {
	Nodes []nodeOut `doc:"Empty for a server that is alone on its database."`
}

func (a *API) nodeList() {
	add(a, Route{ID: "Nodes_GET", Method: http.MethodGet, Path: "/nodes", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaSettings, RightAs: paceline.ViewRight, Summary: "The servers that share the database, with their shards and queues."}, a.nodesGet)
}

func (a *API) nodesGet(ctx context.Context, c *Call, _ *struct{}) (nodesOut, error) {
	list, err := a.tenant.Nodes(ctx, c.Principal)
	out := nodesOut{Nodes: []nodeOut{}}
	seconds := func(since, at paceline.Micros) *float64 {
		if since == 0 || since > at {
			return nil
		}
		s := at.Time().Sub(since.Time()).Round(time.Millisecond).Seconds()
		return &s
	}
	for _, n := range list {
		o := nodeOut{
			Id: n.ID, Address: n.Address, Version: n.Version, Epoch: n.Epoch, State: "Live", LeaseSeconds: n.Lease.Round(time.Millisecond).Seconds(),
			StartedAt: wire.FromMicros(n.Started), Shards: n.Shards, Queued: n.Queued, OldestSeconds: seconds(n.Oldest, n.At), LagSeconds: seconds(n.Late(), n.At),
		}
		switch {
		case n.Lease <= 0:
			o.State = "Away"
		case n.Leaving:
			o.State = "Leaving"
		}
		out.Nodes = append(out.Nodes, o)
	}
	return out, err
}
