package store

import (
	"context"

	"paceline"
)

// numberBlock is how many numbers one write takes.
const numberBlock = 1000

// numbers hands out the numbers of one counter from blocks, so that most cost no write. Numbers rise;
// a restart leaves a gap of at most a block.
type numbers struct {
	next, last int64
}

// take returns n numbers in a row, the first of them. refill takes a block of at least that size.
func (b *numbers) take(n int64, refill func(size int64) (first int64, err error)) (int64, error) {
	if b.next == 0 || b.next+n-1 > b.last {
		size := max(n, numberBlock)
		first, err := refill(size)
		if err != nil {
			return 0, err
		}
		b.next, b.last = first, first+size-1
	}
	first := b.next
	b.next += n
	return first, nil
}

// runNumbers are the numbers of transactions.
type runNumbers struct {
	turn chan struct{} // holds one token while a number is taken
	numbers
}

// dropRunNums gives up the numbers in stock: the next ones are greater than any that another node took.
func (s *Store) dropRunNums(ctx context.Context) error {
	select {
	case s.runs.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.runs.turn }()
	s.runs.numbers = numbers{}
	return nil
}

// RunNum returns the number of a new transaction. One call in a thousand writes; the others only
// count. It must not be called inside InTx or Read. While a block cannot be written, callers wait as
// long as their contexts last.
func (s *Store) RunNum(ctx context.Context) (int64, error) { return s.RunNums(ctx, 1) }

// RunNums takes n numbers in a row, as RunNum, and returns the first.
func (s *Store) RunNums(ctx context.Context, n int64) (int64, error) {
	select {
	case s.runs.turn <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-s.runs.turn }()
	return s.runs.take(n, func(size int64) (first int64, err error) {
		err = s.InTx(ctx, paceline.Scope{}, func(tx *Tx) (err error) {
			first, err = tx.nextNums("run", size)
			return err
		})
		return first, err
	})
}
