package engine

import (
	"context"
	"errors"
	"fmt"

	"paceline"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/internal/seal"
	"paceline/store"
)

// draft is an output that is written bit by bit. No more than its last chunk is in memory; what comes before lies
// in a blob, which is there before a row names it.
type draft struct {
	engine *Engine
	ctx    context.Context
	key    *seal.Key
	head   core.Head

	file bool // it is a file, which no row names

	blob paceline.ID // "" while the tail is all
	full int         // chunks before the tail
	tail []byte      // at most one chunk
}

// draftState is a draft between two parts of a step. A short tail is in it, a longer one in the blob.
type draftState struct {
	Blob paceline.ID `json:"b,omitempty"`
	Size int64       `json:"s,omitempty"`
	Tail []byte      `json:"t,omitempty"`
}

// shortTail is the size up to which a draft needs no blob between two parts.
const shortTail = 16 << 10

func (d *draft) size() int64 { return int64(d.full)*store.BlobChunk + int64(len(d.tail)) }

// write appends to the draft.
func (d *draft) write(text []byte) error {
	for {
		n := min(len(text), store.BlobChunk-len(d.tail))
		d.tail = append(d.tail, text[:n]...)
		if text = text[n:]; len(text) == 0 {
			return nil
		}
		if err := d.put(false); err != nil {
			return err
		}
		d.full++
		d.tail = d.tail[:0]
	}
}

// put writes the tail to the blob.
func (d *draft) put(last bool) error {
	scope := paceline.Scope{Partner: d.head.Partner, Account: d.head.Account}
	id, fresh := d.blob, d.blob == ""
	if fresh {
		id = paceline.NewID(d.engine.clock.Now())
	}
	chunk := d.key.SealChunk(nil, d.tail, seal.ChunkAD{Account: d.head.Account, Blob: id, Chunk: int32(d.full), Last: last})
	err := d.engine.inTx(d.ctx, scope, killpoint.Blob, func(tx *store.Tx) error {
		if fresh {
			if err := tx.InsertBlob(scope, store.Blob{ID: id, Run: d.head.Num, Cycle: d.head.Cycle, CreatedAt: tx.Now()}); err != nil {
				return err
			}
		}
		if last {
			if err := tx.SetBlobSize(scope, id, d.size()); err != nil {
				return err
			}
			if d.file {
				if err := tx.KeepFile(scope, id); err != nil {
					return err
				}
			}
		}
		return tx.PutBlobChunk(scope, id, d.full, chunk)
	})
	if err != nil {
		return fmt.Errorf("store a large output: %w", err)
	}
	d.blob = id
	return nil
}

// save makes what was written durable and returns where it lies.
func (d *draft) save() (draftState, error) {
	if d.blob == "" && len(d.tail) <= shortTail {
		return draftState{Size: d.size(), Tail: d.tail}, nil
	}
	err := d.put(false)
	return draftState{Blob: d.blob, Size: d.size()}, err
}

// restore goes on where save ended. What a crash left behind that place is forgotten.
func (d *draft) restore(s draftState) error {
	d.blob, d.full, d.tail = s.Blob, 0, append([]byte(nil), s.Tail...)
	if s.Blob == "" {
		return nil
	}
	scope := paceline.Scope{Partner: d.head.Partner, Account: d.head.Account}
	d.full = int((s.Size - 1) / store.BlobChunk)
	kept := int(s.Size - int64(d.full)*store.BlobChunk)
	var sealed []byte
	err := d.engine.store.Read(d.ctx, func(tx *store.Tx) (err error) {
		var found bool
		if sealed, found, err = tx.BlobChunk(scope, s.Blob, d.full); err == nil && !found {
			return errGone
		}
		return err
	})
	if err != nil {
		return err
	}
	place := seal.ChunkAD{Account: d.head.Account, Blob: s.Blob, Chunk: int32(d.full)}
	text, err := d.key.OpenChunk(nil, sealed, place)
	if err != nil {
		place.Last = true // a crash came between the last chunk and the row that names it
		text, err = d.key.OpenChunk(nil, sealed, place)
	}
	if err != nil || len(text) < kept {
		return errors.Join(errGone, err)
	}
	d.tail = text[:kept:kept]
	return nil
}

// all reads what was written so far.
func (d *draft) all() ([]byte, error) {
	if d.blob == "" {
		return d.tail, nil
	}
	doc := make([]byte, 0, d.size())
	err := d.chunks(func(text []byte) error {
		doc = append(doc, text...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return append(doc, d.tail...), nil
}

// copy appends what was written so far to another draft, a chunk at a time.
func (d *draft) copy(to *draft) error {
	if err := d.chunks(to.write); err != nil {
		return err
	}
	return to.write(d.tail)
}

// chunks reads the chunks before the tail.
func (d *draft) chunks(yield func(text []byte) error) error {
	scope := paceline.Scope{Partner: d.head.Partner, Account: d.head.Account}
	for n := range d.full {
		var sealed []byte
		err := d.engine.store.Read(d.ctx, func(tx *store.Tx) (err error) {
			var found bool
			if sealed, found, err = tx.BlobChunk(scope, d.blob, n); err == nil && !found {
				return errGone
			}
			return err
		})
		if err != nil {
			return err
		}
		text, err := d.key.OpenChunk(nil, sealed, seal.ChunkAD{Account: d.head.Account, Blob: d.blob, Chunk: int32(n)})
		if err != nil {
			return errors.Join(errGone, err)
		}
		if err := yield(text); err != nil {
			return err
		}
	}
	return nil
}

// close returns the whole as the output of a row: in the row itself when it is small.
func (d *draft) close(seq int32) (paceline.Output, error) {
	if d.blob == "" && len(d.tail) <= blobAbove {
		place := outputPlace(d.head.Account, d.head.Num, seq)
		return paceline.Output{Data: d.key.Seal(make([]byte, 0, min(len(d.tail), 1024)+seal.Overhead), d.tail, place)}, nil
	}
	if err := d.put(true); err != nil {
		return paceline.Output{}, err
	}
	return paceline.Output{Blob: string(d.blob)}, nil
}

// read returns all of a draft that lies in no blob.
func (d *draft) read() (doc []byte, ok bool) { return d.tail, d.blob == "" }
