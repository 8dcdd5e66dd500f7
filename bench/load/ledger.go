package load

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// ledger has one line per webhook, or per row that a webhook stands for. Moments are nanoseconds since the ledger was made, so 0 means "not".
type ledger struct {
	prefix   string
	epoch    time.Time
	lines    []line
	rows     int   // lines of each webhook
	measured int   // lines before this one are the warm-up
	began    int64 // when the measured part began

	accepted, settled atomic.Int64
	progress          chan struct{} // told at each final call and acknowledgement
}

// line is what is known of one webhook.
type line struct {
	due, acknowledged, finished atomic.Int64
	started                     atomic.Int64  // its first call
	seen                        atomic.Uint32 // acked, ended
	crmCalls, finalCalls        atomic.Uint32
}

const (
	acked = 1 << iota
	ended
)

func newLedger(warmup, count, rows int) *ledger {
	now := time.Now()
	return &ledger{
		prefix:   "w" + strconv.FormatInt(now.UnixNano(), 36) + "-",
		epoch:    now.Add(-time.Millisecond),
		lines:    make([]line, (warmup+count)*rows),
		rows:     rows,
		measured: warmup * rows,
		progress: make(chan struct{}, 1),
	}
}

// id is the correlation id of webhook n, which is that of its first row.
func (b *ledger) id(n int) string { return b.row(n * b.rows) }

// row is the correlation id of a line.
func (b *ledger) row(line int) string { return b.prefix + strconv.Itoa(line) }

// find returns the line that a correlation id names, nil for an id of another run.
func (b *ledger) find(id string) *line {
	if n := b.number(id); n >= 0 {
		return &b.lines[n]
	}
	return nil
}

// number is the place of the line, -1 for an id of another run.
func (b *ledger) number(id string) int {
	rest, ok := strings.CutPrefix(id, b.prefix)
	if !ok {
		return -1
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 || n >= len(b.lines) {
		return -1
	}
	return n
}

func (b *ledger) now() int64 { return int64(time.Since(b.epoch)) }

func (b *ledger) begin() { b.began = b.now() }

// of are the lines of webhook n.
func (b *ledger) of(n int) []line { return b.lines[n*b.rows : (n+1)*b.rows] }

func (b *ledger) sent(n int, due time.Time) {
	for i := range b.of(n) {
		b.of(n)[i].due.Store(int64(due.Sub(b.epoch)))
	}
}

func (b *ledger) acknowledge(n int) {
	now := b.now()
	for i := range b.of(n) {
		l := &b.of(n)[i]
		l.acknowledged.Store(now)
		b.accepted.Add(1)
		if l.seen.Or(acked)&ended != 0 {
			b.settled.Add(1)
		}
	}
	b.tell()
}

// finish records a final call; only the first one of a webhook ends it.
func (b *ledger) finish(l *line) {
	if l.finalCalls.Add(1) > 1 {
		return
	}
	l.finished.Store(b.now())
	if l.seen.Or(ended)&acked != 0 {
		b.settled.Add(1)
	}
	b.tell()
}

func (b *ledger) tell() {
	select {
	case b.progress <- struct{}{}:
	default:
	}
}

// drain waits until all accepted webhooks are done, nothing has moved for idle, or ctx ends. No webhook
// may be on its way while it is called.
func (b *ledger) drain(ctx context.Context, idle time.Duration) {
	patience := time.NewTimer(idle)
	defer patience.Stop()
	for b.settled.Load() < b.accepted.Load() {
		select {
		case <-b.progress:
			patience.Reset(idle)
		case <-patience.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
