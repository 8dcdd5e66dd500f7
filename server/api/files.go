package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"paceline"

	"paceline/engine"
)

type fileInput struct {
	File string `path:"file" format:"uuid" doc:"The ref of a file in the data of a transaction."`
}

func (a *API) files() {
	addFile(a, Route{ID: "Account_File_GET", Method: http.MethodGet, Path: "/account/files/{file}", Tag: transactionsTag, Level: Account, Extension: true,
		IDs:     []IDParam{{In: "path", Name: "file", Owner: "account"}},
		Summary: "Download a file that a transaction received, as long as the data of that transaction is kept."},
		func(ctx context.Context, c *Call, in *fileInput) (engine.File, error) {
			ref, err := guid(in.File)
			if err != nil {
				return engine.File{}, err
			}
			return a.Engine.File(ctx, c.Principal, c.Account, ref)
		})
}

// fileWrite bounds how long a caller may take for a part of a file.
const (
	fileWrite = 30 * time.Second
	filePart  = 256 << 10
)

// addFile registers a route whose answer is a file. It is bytes and nothing else: a browser saves it, and shows nothing.
func addFile[I any](a *API, r Route, open func(context.Context, *Call, *I) (engine.File, error)) {
	op := a.operation(r)
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		c := callOf(ctx)
		file, err := open(ctx, c, in)
		if err != nil {
			return nil, a.fault(ctx, err)
		}
		return &huma.StreamResponse{Body: func(huma.Context) { a.sendFile(ctx, c, file) }}, nil
	})
	a.alias(r)
}

// sendFile writes a file part by part. One that cannot be read to its end is cut off, which its length tells.
func (a *API) sendFile(ctx context.Context, c *Call, file engine.File) {
	w := c.Writer
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	out := http.NewResponseController(w)
	defer out.SetWriteDeadline(time.Time{}) // the connection may serve again
	for left := file.Size; left > 0; left -= filePart {
		out.SetWriteDeadline(paceline.SystemClock{}.Now().Add(fileWrite))
		if _, err := io.CopyN(w, file.Content, min(left, filePart)); err != nil {
			a.Log.WarnContext(ctx, "a file was not sent whole", "error", err)
			panic(http.ErrAbortHandler)
		}
	}
}
