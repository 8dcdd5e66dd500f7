package store

// Meta reads a fact about the installation as a whole, such as the check value of its key.
func (tx *Tx) Meta(name string) (value []byte, found bool, err error) {
	found, err = tx.one(`SELECT value FROM meta WHERE name = $1`, []any{name}, func(r *Row) { value = r.Bytes(0) })
	return value, found, err
}

// SetMeta writes a fact about the installation.
func (tx *Tx) SetMeta(name string, value []byte) error {
	_, err := tx.exec(`INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
