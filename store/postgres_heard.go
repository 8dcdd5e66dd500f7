package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// requestPatience is how long a request waits for a database that says nothing to anybody.
const requestPatience = 2 * time.Second

var errSilent = errors.New("the database does not answer")

// hearing is when the database answered last, to whatever this server asks: each writer and each lease ask every 3 seconds.
type hearing struct {
	clock paceline.Clock
	start time.Time
	last  atomic.Int64 // nanoseconds after start
}

func (h *hearing) from(clock paceline.Clock) { h.clock, h.start = clock, clock.Now() }

func (h *hearing) now() { h.last.Store(int64(h.clock.Now().Sub(h.start))) }

func (h *hearing) silence() time.Duration {
	return h.clock.Now().Sub(h.start) - time.Duration(h.last.Load())
}

// patientPool begins transactions. One of a request fails when the database was silent for as long as it may wait: one that
// is slow, or whose connections are all in use, is waited for. Nothing but the beginning is given up, so that no commit is left in doubt.
type patientPool struct{ *postgresStore }

func (p patientPool) BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error) {
	if limitOf(ctx) == 0 {
		return p.pool.BeginTx(ctx, o)
	}
	within, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	begun := make(chan struct{})
	defer close(begun)
	go func() {
		for {
			timer, stop := p.heard.clock.NewTimer(requestPatience)
			select {
			case <-begun:
				stop()
				return
			case <-timer:
				if p.heard.silence() >= requestPatience {
					giveUp(errSilent)
					return
				}
			}
		}
	}()
	t, err := p.pool.BeginTx(within, o)
	if err != nil && ctx.Err() == nil && context.Cause(within) == errSilent {
		return nil, paceline.Fail(paceline.CodeBusy).Because(errSilent).In(requestPatience)
	}
	return t, err
}

// Silence is since when the database has not answered; 0 of a file.
func (s *Store) Silence() time.Duration {
	if b, ok := s.backend.(*postgresStore); ok {
		return b.heard.silence()
	}
	return 0
}
