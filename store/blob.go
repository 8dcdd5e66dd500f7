package store

import "paceline"

// BlobChunk is how much plain text one chunk of a blob holds.
const BlobChunk = 1 << 20

// Blob is a payload that is too large for a row. Its chunks are sealed one by one.
type Blob struct {
	ID        paceline.ID
	Run       int64
	Cycle     int64 // whose bytes it counts among
	Size      int64 // of the plain text
	CreatedAt paceline.Micros
	File      bool // a file that values name; no row does
}

// InsertBlob stores the head of a blob of the scope's account. Head and chunks are written before the
// op that names the blob; what no step names is pruned with its run.
func (tx *Tx) InsertBlob(scope paceline.Scope, b Blob) error {
	_, err := tx.exec(`INSERT INTO blob (id, partner_id, account_id, run, size, created_at, cycle_num) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		b.ID, scope.Partner, scope.Account, b.Run, b.Size, b.CreatedAt, b.Cycle)
	return err
}

// PutBlobChunk stores chunk n of a blob, counted from 0, in place of what it held: the last chunk of a blob that
// grows is written again. One transaction should hold few chunks.
func (tx *Tx) PutBlobChunk(scope paceline.Scope, blob paceline.ID, n int, bytes []byte) error {
	var cycle, was int64
	_, err := tx.one(`SELECT b.cycle_num, COALESCE(LENGTH(c.bytes), 0) FROM blob b
		LEFT JOIN blob_chunk c ON c.partner_id = $1 AND c.account_id = $2 AND c.blob = b.id AND c.n = $4
		WHERE b.partner_id = $1 AND b.account_id = $2 AND b.id = $3`,
		[]any{scope.Partner, scope.Account, blob, n}, func(r *Row) { cycle, was = r.Int(0), r.Int(1) })
	if err == nil {
		err = tx.addBytes(scope, cycle, int64(len(bytes))-was)
	}
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO blob_chunk (partner_id, account_id, blob, n, bytes) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (blob, n) DO UPDATE SET bytes = excluded.bytes
		WHERE blob_chunk.partner_id = excluded.partner_id AND blob_chunk.account_id = excluded.account_id`,
		scope.Partner, scope.Account, blob, n, bytes)
	return err
}

// SetBlobSize tells how long a blob is that was written bit by bit.
func (tx *Tx) SetBlobSize(scope paceline.Scope, blob paceline.ID, size int64) error {
	_, err := tx.exec(`UPDATE blob SET size = $4 WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		scope.Partner, scope.Account, blob, size)
	return err
}

// KeepFile says that a blob is a file, which stays as long as the data of its run.
func (tx *Tx) KeepFile(scope paceline.Scope, blob paceline.ID) error {
	_, err := tx.exec(`UPDATE blob SET file = 1 WHERE partner_id = $1 AND account_id = $2 AND id = $3`, scope.Partner, scope.Account, blob)
	return err
}

// Blob returns the head of a blob of the scope's account.
func (tx *Tx) Blob(scope paceline.Scope, id paceline.ID) (b Blob, found bool, err error) {
	found, err = tx.one(`SELECT id, run, size, created_at, file FROM blob WHERE partner_id = $1 AND account_id = $2 AND id = $3`,
		[]any{scope.Partner, scope.Account, id}, func(r *Row) {
			b = Blob{ID: r.ID(0), Run: r.Int(1), Size: r.Int(2), CreatedAt: r.Micros(3), File: r.Bool(4)}
		})
	return b, found, err
}

// BlobChunk returns chunk n of a blob of the scope's account.
func (tx *Tx) BlobChunk(scope paceline.Scope, blob paceline.ID, n int) (bytes []byte, found bool, err error) {
	found, err = tx.one(`SELECT bytes FROM blob_chunk WHERE partner_id = $1 AND account_id = $2 AND blob = $3 AND n = $4`,
		[]any{scope.Partner, scope.Account, blob, n}, func(r *Row) { bytes = r.Bytes(0) })
	return bytes, found, err
}
