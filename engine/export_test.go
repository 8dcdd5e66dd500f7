package engine

import (
	"context"

	"paceline"
	"paceline/engine/core"
	"paceline/internal/seal"
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
