package app

import (
	"context"
	"sync"
	"time"

	"paceline"
	"paceline/internal/telemetry"
	"paceline/store"
)

// figures are what metrics tell of nodes and queues. Counting a long queue costs the database something, so that it is not
// done each time that somebody asks.
type figures struct {
	mu    sync.Mutex
	asked time.Time
	waits store.Waits
	read  bool
}

const (
	figuresFor  = 10 * time.Second
	figuresWait = 2 * time.Second // a scrape does not wait for a database that is away
)

func (a *App) nodeFigures() telemetry.Nodes {
	out := telemetry.Nodes{Live: 1, Shards: paceline.Shards}
	if a.nodes != nil {
		out = a.fleet()
	}
	f := &a.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	now := a.clock.Now()
	if f.asked.IsZero() || now.Sub(f.asked) >= figuresFor {
		ctx, cancel := context.WithTimeout(context.Background(), figuresWait)
		defer cancel()
		waits, err := a.base.store.Waits(ctx)
		f.asked, f.waits, f.read = now, waits, err == nil
	}
	since := func(at paceline.Micros) time.Duration {
		if at == 0 {
			return 0
		}
		return max(0, now.Sub(at.Time()))
	}
	out.Read, out.Queued, out.Oldest, out.Lag = f.read, f.waits.Queued, since(f.waits.Oldest), since(f.waits.Late())
	return out
}

// fleet is what this node saw when it looked last.
func (a *App) fleet() (out telemetry.Nodes) {
	v := a.nodes.Seen()
	there := map[int64]bool{}
	for _, n := range v.Nodes {
		there[n.ID] = true
		switch {
		case n.Lease <= 0:
			out.Away++
		case n.Leaving:
			out.Leaving++
		default:
			out.Live++
		}
	}
	for _, owner := range v.Owner {
		if !there[owner] {
			out.Free++
		}
	}
	_, out.Shards = a.nodes.Held()
	return out
}
