package engine

import (
	"context"
	"io"

	"paceline"
	"paceline/connector"
	"paceline/internal/seal"
	"paceline/store"
)

// files keeps the files of a run in blobs: sealed, in chunks, counted among the stored bytes of its cycle, and gone with
// the data of the run that received them.
type files struct{ x *execution }

func (x *execution) files() connector.Files { return files{x} }

// fileDraft is a file that is being received.
type fileDraft struct{ draft }

// Create begins a file of the run.
func (f files) Create() connector.FileWriter {
	d := &fileDraft{}
	d.begin(f.x)
	d.file = true
	return d
}

// Write takes the next bytes.
func (d *fileDraft) Write(p []byte) (int, error) {
	if err := d.write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close makes the file durable.
func (d *fileDraft) Close() (string, error) {
	err := d.put(true)
	return string(d.blob), err
}

// Open finds a file of the account, whichever of its runs received it.
func (f files) Open(ctx context.Context, ref string) (int64, io.Reader, bool, error) {
	scope := paceline.Scope{Partner: f.x.run.Partner, Account: f.x.run.Account}
	var head store.Blob
	var found bool
	err := f.x.engine.store.Read(ctx, func(tx *store.Tx) (err error) {
		head, found, err = tx.Blob(scope, paceline.ID(ref))
		return err
	})
	if err != nil || !found || !head.File {
		return 0, nil, false, err
	}
	return head.Size, &fileReader{ctx: ctx, engine: f.x.engine, scope: scope, key: f.x.live.key, head: head}, true, nil
}

// fileReader reads a file chunk by chunk.
type fileReader struct {
	ctx    context.Context
	engine *Engine
	scope  paceline.Scope
	key    *seal.Key
	head   store.Blob
	next   int
	rest   []byte
}

// Read reads on.
func (r *fileReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if int64(r.next)*store.BlobChunk >= r.head.Size {
			return 0, io.EOF
		}
		var sealed []byte
		var found bool
		err := r.engine.store.Read(r.ctx, func(tx *store.Tx) (err error) {
			sealed, found, err = tx.BlobChunk(r.scope, r.head.ID, r.next)
			return err
		})
		if err == nil && !found {
			err = errGone
		}
		if err != nil {
			return 0, err
		}
		place := seal.ChunkAD{Account: r.scope.Account, Blob: r.head.ID, Chunk: int32(r.next), Last: int64(r.next+1)*store.BlobChunk >= r.head.Size}
		if r.rest, err = r.key.OpenChunk(nil, sealed, place); err != nil {
			return 0, err
		}
		r.next++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
