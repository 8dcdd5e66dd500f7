package engine

import (
	"context"

	"paceline"
	"paceline/engine/core"
	"paceline/internal/seal"
	"paceline/store"
)

// OutputOf reads the output of a row, for tests.
func (e *Engine) OutputOf(ctx context.Context, key *seal.Key, a paceline.Account, run int64, seq int32) ([]byte, error) {
	return e.readOutput(ctx, key, a.Partner, a.Num, run, seq)
}

// SignNotice is open to tests, which compare it with the scheme's own example.
var SignNotice = signNotice

// MarkNotices marks the incidents of an account of which nothing is known, for tests.
func MarkNotices(list []paceline.Incident) []paceline.Incident {
	n := &notices{source: anySource{}}
	n.mark(1, list)
	return list
}

type anySource struct{ Notices }

// Known is the number of transactions in memory, for tests.
func (e *Engine) Known() int {
	known := make(chan int, 1)
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		known <- c.Known()
		return nil
	})
	return <-known
}

// Within is the filter with other bounds of one call, for tests.
func (f RepeatFilter) Within(most, looked int) RepeatFilter {
	f.most, f.looked = most, looked
	return f
}

// Acceptance makes what the store is given for a delivery, or for a repetition of a transaction that has one, and does not give it.
// known is what the store asks with, and found hands the transaction to the core as if that had read it from the database.
func (e *Engine) Acceptance(ctx context.Context, plan *paceline.Plan, root, of int64) (known func() bool, found func(), err error) {
	var a *acceptance
	if of == 0 {
		a, err = e.newAcceptance(ctx, start{plan: e.prepared.of(plan), root: root, payload: []byte(`{"name":"Ben"}`), rows: 1, at: e.now()})
	} else {
		var r repetition
		var was store.LoadedRun
		if was, _, err = e.store.Load(ctx, of); err == nil {
			r, err = e.readRepetition(ctx, was.Run)
		}
		if err == nil {
			a, err = e.repeated(ctx, r, FromStart)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return a.accept.Known, func() { e.mail.post(message{kind: accepted, head: a.head, live: a.live}) }, nil
}
