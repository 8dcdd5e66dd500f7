package engine

import (
	"context"
	"encoding/binary"
	"errors"

	"paceline"
	"paceline/engine/core"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/store"
)

// The bounds of what one commit adds of a split: one item more would exceed them.
const (
	splitItems = 500
	splitBytes = 1 << 20
)

// split lets the items of the step's output go on as transactions of their own: as many as one commit takes, the
// rest in further parts of the same execution. A list without items gives none, and the step an empty object.
func (x *execution) split(doc []byte) {
	at, single, found := x.live.plan.step(x.token.Step).items.Start(doc)
	switch {
	case !found:
		x.splitNothing()
	case single:
		x.cutItems(&window{text: append(doc[:len(doc):len(doc)], ']')}, splitPlace{at: at})
	default:
		x.cutItems(&window{text: doc}, splitPlace{at: at})
	}
}

// splitBlob is split for an output that lies in a blob and is no row's yet.
func (x *execution) splitBlob(blob store.Blob) { x.splitWindow(x.blobWindow(blob, 0)) }

// splitWindow is split for an output of which no more is in memory than is wanted.
func (x *execution) splitWindow(w *window) {
	for {
		at, single, found := x.live.plan.step(x.token.Step).items.Start(w.text)
		if found && !single {
			x.cutItems(w, splitPlace{at: at})
			return
		}
		// Not found in what is read, or cut off within a single value.
		switch err := w.grow(); {
		case err == nil:
			continue
		case !errors.Is(err, errGone):
			x.away(err)
		case !w.ended():
			x.splitFailed(err.Error())
		case found:
			x.cutItems(w, splitPlace{at: at})
		default:
			x.splitNothing()
		}
		return
	}
}

func (x *execution) splitNothing() {
	out, err := x.engine.sealOutput(x.context(), x.live.key, x.run.Head, x.token.Seq, []byte("{}"))
	if err != nil {
		x.away(err)
		return
	}
	x.out.Output, x.out.Exit, x.out.RowsOut = out, paceline.ExitSplit, 0
}

// splitOn does the next part of a split, from the place at which the one before has ended.
func (x *execution) splitOn() {
	place, ok := splitPlaceOf(x.token.Progress)
	if !ok {
		x.splitFailed("Where the split goes on is not known.")
		return
	}
	w, err := x.window(place.at)
	switch {
	case errors.Is(err, errGone):
		x.splitFailed(err.Error())
	case err != nil:
		x.away(err)
	case place == splitPlace{}: // as core.SplitFromStart says
		x.splitWindow(w)
	default:
		x.cutItems(w, place)
	}
}

func (x *execution) splitFailed(detail string) {
	x.out.TasksIncident = 1
	x.out.Permanent = true
	x.fail(paceline.CodeSplitFailed, detail)
}

// cutItems makes transactions of the items from a place on, within the bounds of one commit.
func (x *execution) cutItems(w *window, from splitPlace) {
	list := x.live.plan.step(x.token.Step).items
	var docs [][]byte
	bytes, at, ended := 0, from.at-w.base, false
	for !ended {
		item, next, err := mapping.NextItem(w.text, at)
		if errors.Is(err, mapping.ErrCutOff) {
			if err = w.grow(); err == nil {
				continue
			}
			if !errors.Is(err, errGone) {
				x.away(err)
				return
			}
			x.splitFailed(err.Error())
			return
		}
		if ended = err != nil; ended || len(docs) > 0 && (len(docs) == splitItems || bytes+len(item) > splitBytes) {
			break
		}
		docs = append(docs, list.Document(make([]byte, 0, len(item)+32), item))
		bytes += len(item)
		at = next
	}
	to := splitPlace{item: from.item + len(docs), at: at + w.base}
	switch {
	case to.item == 0 && ended:
		x.splitNothing()
		return
	case !x.children(to.item, docs):
		if x.token.Splitting {
			return
		}
		// The call is made, and only its items are to be tried again.
		x.out.Verdict, x.out.RetryAfter = core.OK, 0
		to, ended = from, false
		x.out.Exit = paceline.ExitSplit
	}
	if !ended {
		x.out.More, x.out.Progress = true, to.encode()
	}
}

// children makes transactions that begin with the documents; all is how many the split has given with them. It
// reports false, with the token given back, when that is not possible now.
func (x *execution) children(all int, docs [][]byte) bool {
	e := x.engine
	x.made = false // what the call brought is kept, whatever becomes of its items
	first, err := e.store.RunNums(x.context(), int64(len(docs)))
	if err != nil {
		x.away(err)
		return false
	}
	now := e.now()
	list := make([]core.Child, len(docs))
	for i, doc := range docs {
		child := &list[i]
		child.Head = x.run.Head
		child.Num, child.Parent, child.Split = first+int64(i), x.run.Num, paceline.SplitChild
		child.CreatedAt, child.DueAt = now, x.run.Plan.LineDue(true)
		child.Row = paceline.StepRow{
			Run: child.Num, StepRef: x.token.Step, From: paceline.FromSplit(x.token.Seq), State: paceline.StepDone,
			Exit: paceline.EdgeForward, RowsOut: 1, StartedAt: now, EndedAt: now,
		}
		if child.Row.Output, err = e.sealOutput(x.context(), x.live.key, child.Head, 0, doc); err != nil {
			x.away(err)
			return false
		}
		if size := int64(len(doc)); e.inMemory.Load()+size <= e.limits.PayloadMemory {
			l := newLive(x.live.plan, x.live.key, doc)
			l.counted.Store(size)
			e.inMemory.Add(size)
			child.Local = l
		}
	}
	x.out.Children, x.out.Exit, x.out.RowsOut = list, paceline.ExitSplit, int32(all)
	return true
}

// splitPlace is how far a split has come: how many items have a transaction, and where in the output the next
// one is looked for.
type splitPlace struct{ item, at int }

func (p splitPlace) encode() []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(p.item)), uint64(p.at))
}

func splitPlaceOf(b []byte) (p splitPlace, ok bool) {
	item, n := binary.Uvarint(b)
	if n <= 0 {
		return p, false
	}
	at, m := binary.Uvarint(b[n:])
	return splitPlace{int(item), int(at)}, m > 0 && len(b) == n+m
}

// window is a piece of an output that grows as more of it is wanted: what lies in a blob is never in memory as
// a whole.
type window struct {
	text []byte
	base int // where in the output the text begins
	next int // chunk of the blob
	blob store.Blob
	read func(n int) ([]byte, error)
}

// ended reports whether there is no more to add.
func (w *window) ended() bool {
	return w.read == nil || int64(w.next)*store.BlobChunk >= w.blob.Size
}

// grow adds a chunk. It fails with errGone when there is none, or when it cannot be read any more.
func (w *window) grow() error {
	if w.ended() {
		return errGone
	}
	chunk, err := w.read(w.next)
	if err != nil {
		return err
	}
	w.text = append(w.text, chunk...)
	if w.next++; w.ended() {
		w.text = append(w.text, ']') // ends a list of one, where the document is its item
	}
	return nil
}

// window opens the output of the token's row from a position on.
func (x *execution) window(at int) (*window, error) {
	e, scope := x.engine, paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	var blob store.Blob
	err := e.store.Read(x.context(), func(tx *store.Tx) error {
		out, found, err := tx.StepOutput(scope, x.run.Num, x.token.Seq)
		if err == nil && !found {
			return errGone
		}
		blob = store.Blob{}
		if err == nil && out.Blob != "" {
			if blob, found, err = tx.Blob(scope, paceline.ID(out.Blob)); err == nil && !found {
				return errGone
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if blob.ID == "" {
		doc, err := x.output(x.token.Seq)
		return &window{text: append(doc[:len(doc):len(doc)], ']')}, err
	}
	w := x.blobWindow(blob, at)
	return w, w.grow()
}

// blobWindow is a window on a blob from the chunk with the position on. Nothing is read yet.
func (x *execution) blobWindow(blob store.Blob, at int) *window {
	scope := paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	first := at / store.BlobChunk
	w := &window{base: first * store.BlobChunk, next: first, blob: blob}
	w.read = func(n int) ([]byte, error) { return x.engine.readChunk(x.context(), x.live.key, scope, blob, n) }
	return w
}

// readChunk reads and opens one chunk of a blob. It fails with errGone when it is not there.
func (e *Engine) readChunk(ctx context.Context, key *seal.Key, scope paceline.Scope, blob store.Blob, n int) (text []byte, err error) {
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		sealed, found, err := tx.BlobChunk(scope, blob.ID, n)
		if err != nil {
			return err
		}
		if !found {
			return errGone
		}
		last := int64(n+1)*store.BlobChunk >= blob.Size
		if text, err = key.OpenChunk(nil, sealed, seal.ChunkAD{Account: scope.Account, Blob: blob.ID, Chunk: int32(n), Last: last}); err != nil {
			return errors.Join(errGone, err)
		}
		return nil
	})
	return text, err
}

// storedChild is a child in the words of the store.
func storedChild(c *core.Child) store.Child {
	return store.Child{Row: c.Row, Run: paceline.Run{
		Num: c.Num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Cycle, Version: c.Version,
		Parent: c.Parent, Split: c.Split, CreatedAt: c.CreatedAt, DueAt: c.DueAt,
	}}
}
