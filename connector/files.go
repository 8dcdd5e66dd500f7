package connector

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"

	"paceline"
	"paceline/mapping"
)

// Files keeps the content of files apart from the values of a transaction, which hold a reference:
// {"name": "a.pdf", "type": "application/pdf", "size": 1234, "ref": "..."}.
type Files interface {
	// Create begins a file of the transaction.
	Create() FileWriter
	// Open returns the size and the content of a file of the account; found is false for any other.
	Open(ctx context.Context, ref string) (size int64, content io.Reader, found bool, err error)
}

// FileWriter takes the content of a file. One that is not closed comes to nothing.
type FileWriter interface {
	io.Writer
	// Close keeps the file and returns the reference to it.
	Close() (ref string, err error)
}

// received is an answer that became a file.
type received struct {
	ref  string
	size int64
	head []byte // as much as tells the type of it
}

// fileError is a failure of our own to keep or read a file. It is no fault of the vendor's.
type fileError struct{ err error }

func (e fileError) Error() string { return "a file can not be kept now: " + e.err.Error() }
func (e fileError) Unwrap() error { return e.err }

// becomesFile reports whether an answer goes to Files: it is a success whatever is in it, and no script wants to see it.
func (c *running) becomesFile(resp *http.Response) bool {
	return c.Files != nil && c.Method.read == "binary" && c.scripted == nil && usual(resp.StatusCode, false) == asSuccess &&
		!slices.ContainsFunc(c.Method.rules, func(r rule) bool { return r.covers(resp.StatusCode) })
}

// receive takes an answer of at most limit bytes as a file, bit by bit. An answer without content is none.
func (c *running) receive(resp *http.Response, limit int64) (*received, error) {
	if resp.ContentLength > limit {
		return nil, errTooLarge
	}
	in := &io.LimitedReader{R: resp.Body, N: limit + 1}
	f := &received{}
	w := c.Files.Create()
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if in.N <= 0 {
			return nil, errTooLarge
		}
		if room := 512 - len(f.head); room > 0 {
			f.head = append(f.head, buf[:min(n, room)]...)
		}
		f.size += int64(n)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return nil, fileError{err}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if f.size == 0 {
		return nil, nil
	}
	var err error
	if f.ref, err = w.Close(); err != nil {
		return nil, fileError{err}
	}
	return f, nil
}

// keptFile is the output of an answer that became a file.
func (a *answer) keptFile() []byte {
	kind := a.header.Get("Content-Type")
	if kind == "" {
		kind = http.DetectContentType(a.file.head)
	}
	return a.fileDocument(kind, a.file.size, mapping.AppendQuoted([]byte(`"ref":`), a.file.ref))
}

// piece is a part of a body: bytes, or a file that lies elsewhere.
type piece struct {
	bytes []byte
	ref   string
	size  int64 // of the file, once it is known
}

// pieces is a body on its way.
type pieces struct {
	now  bytes.Buffer
	list []piece
}

// Write appends to the body.
func (p *pieces) Write(b []byte) (int, error) { return p.now.Write(b) }

// file appends the content of a file; w leads here.
func (p *pieces) file(w io.Writer, f file) error {
	if f.ref == "" {
		_, err := w.Write(f.content)
		return err
	}
	p.list = append(p.list, piece{bytes: bytes.Clone(p.now.Bytes())}, piece{ref: f.ref})
	p.now.Reset()
	return nil
}

// content returns the body: in pieces where there are files that lie elsewhere.
func (p *pieces) content(contentType string) content {
	if p.list == nil {
		return content{body: p.now.Bytes(), contentType: contentType}
	}
	return content{pieces: append(p.list, piece{bytes: p.now.Bytes()}), contentType: contentType}
}

var errNoFile = errors.New("a file of the request is not there any more")

// size finds the files of a body and returns how many bytes it has.
func (c *running) size(ctx context.Context, list []piece) (total int64, err error) {
	for i := range list {
		if list[i].ref == "" {
			total += int64(len(list[i].bytes))
			continue
		}
		if list[i].size, _, err = c.openFile(ctx, list[i].ref); err != nil {
			return 0, err
		}
		total += list[i].size
	}
	return total, nil
}

func (c *running) openFile(ctx context.Context, ref string) (int64, io.Reader, error) {
	if c.Files == nil {
		return 0, nil, errNoFile
	}
	size, content, found, err := c.Files.Open(ctx, ref)
	if err != nil {
		return 0, nil, fileError{err}
	}
	if !found {
		return 0, nil, errNoFile
	}
	return size, content, nil
}

// whole reads a body in pieces into memory, for signatures over its bytes.
func (c *running) whole(ctx context.Context, list []piece, size int64) ([]byte, error) {
	if size > c.runtime.maxRequest {
		return nil, paceline.Fail(paceline.CodeStepDataTooLarge)
	}
	return io.ReadAll(c.reader(ctx, list))
}

// reader yields the bytes of a body in pieces; a file is opened when its turn comes.
func (c *running) reader(ctx context.Context, list []piece) io.Reader {
	readers := make([]io.Reader, len(list))
	for i, p := range list {
		if p.ref == "" {
			readers[i] = bytes.NewReader(p.bytes)
		} else {
			readers[i] = &lateFile{running: c, ctx: ctx, ref: p.ref}
		}
	}
	return io.MultiReader(readers...)
}

// lateFile is a file that is opened with the first read.
type lateFile struct {
	*running
	ctx  context.Context
	ref  string
	from io.Reader
}

// Read reads the content.
func (f *lateFile) Read(p []byte) (int, error) {
	if f.from == nil {
		var err error
		if _, f.from, err = f.openFile(f.ctx, f.ref); err != nil {
			return 0, err
		}
	}
	return f.from.Read(p)
}

// inlined writes the files of declared fields as base64 text, for bodies of formats that have no files of their own.
func (c *running) inlined(ctx context.Context, fields []mapping.Field) ([]mapping.Field, error) {
	if len(c.Method.files) == 0 {
		return fields, nil
	}
	out := slices.Clone(fields)
	for i := range out {
		if !slices.ContainsFunc(c.Method.files, out[i].Location.Equal) {
			continue
		}
		var err error
		if out[i].Value, err = c.inlineValue(ctx, out[i].Value); err != nil {
			return nil, err
		}
		if out[i].Tree != nil {
			tree, err := c.inlineTree(ctx, *out[i].Tree)
			if err != nil {
				return nil, err
			}
			out[i].Tree = &tree
		}
	}
	return out, nil
}

func (c *running) inlineTree(ctx context.Context, t mapping.Tree) (mapping.Tree, error) {
	var err error
	if t.Value, err = c.inlineValue(ctx, t.Value); err != nil || t.Items == nil {
		return t, err
	}
	t.Items = slices.Clone(t.Items)
	for i := range t.Items {
		if t.Items[i], err = c.inlineTree(ctx, t.Items[i]); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (c *running) inlineValue(ctx context.Context, v mapping.Value) (mapping.Value, error) {
	if mapping.KindOf(v) != mapping.Object {
		return v, nil
	}
	f, err := fileOf(v)
	if err != nil {
		return nil, err
	}
	if f.ref != "" {
		size, content, err := c.openFile(ctx, f.ref)
		if err != nil {
			return nil, err
		}
		if size > c.runtime.maxRequest {
			return nil, paceline.Fail(paceline.CodeStepDataTooLarge)
		}
		if f.content, err = io.ReadAll(content); err != nil {
			return nil, fileError{err}
		}
	}
	return mapping.Quote(base64.StdEncoding.EncodeToString(f.content)), nil
}
