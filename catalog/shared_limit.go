package catalog

import (
	"context"
	"sync"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/internal/limiter"
	"paceline/store"
)

// SharedLimits shares the limits of scope app and partner between nodes, and over a restart, through the database. A
// node takes some calls of a window at a time, so that a call does not wait for a commit of its own.
type SharedLimits struct {
	store *store.Store
	clock paceline.Clock

	mu     sync.Mutex
	leases map[limiter.Key]*lease
}

// lease are calls of one window that this node may make.
type lease struct {
	mu    sync.Mutex
	start time.Time
	left  int
}

// leaseShare is the part of a window that is taken at a time.
const leaseShare = 20

// NewSharedLimits makes it.
func NewSharedLimits(s *store.Store, clock paceline.Clock) *SharedLimits {
	return &SharedLimits{store: s, clock: clock, leases: map[limiter.Key]*lease{}}
}

// Take counts one call. It implements connector.Quota.
func (q *SharedLimits) Take(ctx context.Context, limit limiter.Limit) (notBefore time.Time, err error) {
	if limit.Requests <= 0 || limit.Per <= 0 {
		return time.Time{}, nil
	}
	q.mu.Lock()
	l := q.leases[limit.Key]
	if l == nil {
		l = &lease{}
		q.leases[limit.Key] = l
	}
	q.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := q.clock.Now()
	start := now.Truncate(limit.Per)
	if !l.start.Equal(start) {
		l.start, l.left = start, 0
	}
	if l.left > 0 {
		l.left--
		return time.Time{}, nil
	}
	scope := paceline.Scope{Partner: limit.Key.Owner}
	// At the end of a window there may be room for one call, but not for a whole share.
	for _, n := range []int{max(1, limit.Requests/leaseShare), 1} {
		taken := false
		err := q.store.InTx(ctx, scope, func(tx *store.Tx) (err error) {
			taken, err = tx.TakeShared(scope, limit.Key.Name, paceline.ToMicros(start), n, limit.Requests)
			return err
		})
		if err != nil {
			return time.Time{}, err
		}
		if taken {
			l.left = n - 1
			return time.Time{}, nil
		}
	}
	return start.Add(limit.Per), nil
}

var _ connector.Quota = (*SharedLimits)(nil)
