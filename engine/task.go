package engine

import "sync"

// tasks is a queue of reads and rare writes that the loop must not wait for.
type tasks struct {
	mu     sync.Mutex
	ready  *sync.Cond
	items  []func()
	closed bool
}

func (t *tasks) init() { t.ready = sync.NewCond(&t.mu) }

func (t *tasks) add(f func()) {
	t.mu.Lock()
	t.items = append(t.items, f)
	t.mu.Unlock()
	t.ready.Signal()
}

// work runs tasks until the queue is closed.
func (t *tasks) work() {
	for {
		t.mu.Lock()
		for len(t.items) == 0 && !t.closed {
			t.ready.Wait()
		}
		if t.closed {
			t.mu.Unlock()
			return
		}
		f := t.items[0]
		t.items[0] = nil
		t.items = t.items[1:]
		t.mu.Unlock()
		f()
	}
}

func (t *tasks) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.ready.Broadcast()
}
