package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Marshal writes v as compact JSON without HTML escapes and without a line end.
func Marshal(w io.Writer, v any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= 1<<20 {
			b.Reset()
			buffers.Put(b)
		}
	}()
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return err
}

// List returns items, or an empty list instead of nil, which would be written as null.
func List[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
