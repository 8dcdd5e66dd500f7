package engine

import (
	"context"
	"io"

	"paceline"
	"paceline/store"
)

// File is a file that a transaction received. Its content is read bit by bit, while it lasts: a file goes with the data
// of the transaction that received it.
type File struct {
	Size    int64
	Content io.Reader
}

// File finds a file of the account by the reference that values of transactions hold. Errors: NotFound.
func (e *Engine) File(ctx context.Context, p paceline.Principal, a paceline.Account, ref paceline.ID) (File, error) {
	if err := may(p, a); err != nil {
		return File{}, err
	}
	var head store.Blob
	found := false
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		head, found, err = tx.Blob(a.Scope(), ref)
		return err
	})
	if err == nil && !(found && head.File) {
		err = paceline.Fail(paceline.CodeNotFound, "what", "File")
	}
	if err != nil {
		return File{}, err
	}
	key, err := e.keys(ctx, a.Num)
	return File{Size: head.Size, Content: &fileReader{ctx: ctx, engine: e, scope: a.Scope(), key: key, head: head}}, err
}
