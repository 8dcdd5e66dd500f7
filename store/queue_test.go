package store

import "testing"

// TestTakeTellsAnInterruptionFromTheEnd: a writer that has never had anything to do must outlive being woken for
// another reason.
func TestTakeTellsAnInterruptionFromTheEnd(t *testing.T) {
	t.Parallel()
	q := newQueue()
	other := make(chan struct{}, 1)
	other <- struct{}{}
	if batch := q.take(nil, other); batch == nil || len(batch) != 0 {
		t.Errorf("an interruption yields %v", batch)
	}
	q.put(entry{size: 1})
	if batch := q.take(nil, other); len(batch) != 1 {
		t.Errorf("an entry yields %v", batch)
	}
	q.close()
	if batch := q.take(nil, other); batch != nil {
		t.Errorf("the end yields %v", batch)
	}
}
