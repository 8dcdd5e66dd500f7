package store

// nextNum returns the next number of a counter: 1, 2, 3, ... without gaps in what is committed.
// On PostgreSQL the counter's row stays locked until the transaction ends.
func (tx *Tx) nextNum(counter string) (int64, error) { return tx.nextNums(counter, 1) }

// nextNums takes n numbers at once and returns the first.
func (tx *Tx) nextNums(counter string, n int64) (int64, error) {
	var last int64
	_, err := tx.one(`INSERT INTO counter (name, last) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET last = counter.last + $2 RETURNING last`,
		[]any{counter, n}, func(r *Row) { last = r.Int(0) })
	return last - n + 1, err
}
