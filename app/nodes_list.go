package app

import (
	"context"
	"time"

	"paceline"
)

// NodeEntry is one node of a shared database.
type NodeEntry struct {
	ID      int64
	Address string
	Version string
	Epoch   int64
	State   string // "live", "leaving" or "away", when its lease is over
	Lease   string // that is left, or since when it is over with a minus
	Since   string
	Shards  int
	Queued  int64  // transactions that wait for nothing but their turn, or are in progress
	Oldest  string // since when the oldest of them is there; "" without any
	Lag     string // how late the node is with what had its time; "" with nothing
}

// NodeList is the answer of ListNodes. It is empty for a server that is alone.
type NodeList struct {
	Nodes []NodeEntry
	Free  int // shards that no node has at the moment
}

func (b *Base) listNodes(ctx context.Context, _ struct{}) (NodeList, error) {
	list, err := b.store.Nodes(ctx)
	out := NodeList{Nodes: []NodeEntry{}}
	if err != nil || len(list) == 0 {
		return out, err
	}
	ago := func(at, now paceline.Micros) string {
		if at == 0 || at > now {
			return ""
		}
		return now.Time().Sub(at.Time()).Round(100 * time.Millisecond).String()
	}
	out.Free = paceline.Shards
	for _, n := range list {
		e := NodeEntry{
			ID: n.ID, Address: n.Address, Version: n.Version, Epoch: n.Epoch, State: "live", Lease: n.Lease.Round(100 * time.Millisecond).String(),
			Since: n.Started.Time().UTC().Format(time.RFC3339), Shards: n.Shards, Queued: n.Queued, Oldest: ago(n.Oldest, n.At),
		}
		e.Lag = ago(n.Late(), n.At)
		switch {
		case n.Lease <= 0:
			e.State = "away"
		case n.Leaving:
			e.State = "leaving"
		}
		out.Free -= n.Shards
		out.Nodes = append(out.Nodes, e)
	}
	return out, nil
}
