package store

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"paceline"
)

// The bounds of one commit.
const (
	batchOps   = 128
	batchBytes = 1 << 20
)

// entry is what waits for a writer: an op of the engine or the closure of an InTx.
type entry struct {
	op     *Op
	job    *job
	size   int
	result Result // filled in by the attempt that commits
	told   bool   // delivered
}

// deliver tells the waiting side what became of the entry.
func (e *entry) deliver() {
	e.told = true
	if e.job != nil {
		e.job.err = e.result.Err
		close(e.job.done)
		return
	}
	if e.op.Done != nil {
		e.op.Done(e.result)
	}
}

// job is a closure of InTx on its way through the writer.
type job struct {
	ctx      context.Context
	scope    paceline.Scope
	urgent   bool
	f        func(*Tx) error
	begun    atomic.Bool // taken by the writer, or given up by the caller: the first one wins
	err      error
	panicked any
	done     chan struct{}
}

// queue holds entries in the order of their submission. It has no bound of its own (see Backlog).
type queue struct {
	mu      sync.Mutex
	entries []entry
	head    int
	wake    chan struct{}
	closed  bool
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put appends an entry and says whether the queue still takes any.
func (q *queue) put(e entry) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.entries = append(q.entries, e)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.entries) - q.head
}

// remove takes out the entries that match, wherever they stand.
func (q *queue) remove(match func(*entry) bool) (removed []entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := q.entries[:q.head]
	for _, e := range q.entries[q.head:] {
		if match(&e) {
			removed = append(removed, e)
		} else {
			kept = append(kept, e)
		}
	}
	clear(q.entries[len(kept):])
	q.entries = kept
	return removed
}

func (q *queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for one entry, lets other goroutines submit theirs, and then takes what is there, up to
// the bounds of a commit. There is no timer: while one commit is on its way to the disk the next
// batch forms by itself, and an idle system pays one fsync only. It returns an empty batch when
// other has something to receive, and nil once the queue is closed and empty.
func (q *queue) take(batch []entry, other <-chan struct{}) []entry {
	if batch == nil { // which would mean a closed queue
		batch = make([]entry, 0, batchOps)
	}
	batch = batch[:0]
	select {
	case <-other: // also while entries never cease to wait
		return batch
	default:
	}
	yielded := false
	for {
		q.mu.Lock()
		waiting := len(q.entries) - q.head
		if waiting > 0 && !yielded {
			q.mu.Unlock()
			yielded = true
			runtime.Gosched()
			continue
		}
		if waiting > 0 {
			bytes := 0
			for q.head < len(q.entries) && len(batch) < batchOps && (bytes == 0 || bytes+q.entries[q.head].size <= batchBytes) {
				e := &q.entries[q.head]
				bytes += e.size
				batch = append(batch, *e)
				*e = entry{}
				q.head++
			}
			if q.head == len(q.entries) {
				q.entries, q.head = q.entries[:0], 0
			} else if q.head > 4096 {
				n := copy(q.entries, q.entries[q.head:])
				clear(q.entries[n:])
				q.entries, q.head = q.entries[:n], 0
			}
			q.mu.Unlock()
			return batch
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return nil
		}
		select {
		case <-q.wake:
		case <-other:
			return batch
		}
	}
}
