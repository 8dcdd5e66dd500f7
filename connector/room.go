package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"paceline/mapping"
)

// room bounds what is built while it is written: a document of a few hundred KB may stand for gigabytes of a body, where
// a long name repeats with each of many values.
type room struct {
	ctx  context.Context
	most int
	n    int
	read int // of values within values, again for each level
}

// maxRead bounds the work of a writer: each level of a document is read with all that is in it.
const maxRead = 512 << 20

var errDeepBody = errors.New("it is nested too deeply for its size")

// enters reports what keeps a value of so many bytes that holds others from being read.
func (r *room) enters(size int) error {
	if r.read += size; r.read > maxRead {
		return errDeepBody
	}
	return r.ctx.Err()
}

// FullError says that what is written becomes larger than is allowed.
type FullError struct{ Most int }

// Error tells the bound.
func (e *FullError) Error() string { return fmt.Sprintf("it becomes larger than %d bytes", e.Most) }

// fits reports what keeps size bytes from being written. It is asked before each piece.
func (r *room) fits(size int) error {
	if size > r.most {
		return &FullError{r.most}
	}
	if r.n++; r.n%1024 == 0 && r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	return nil
}

// The bounds of what stands before a body, all headers together. Servers take far less.
const (
	maxAddress     = 64 << 10
	maxHeaders     = 200
	maxHeaderBytes = 64 << 10
)

var (
	errLongAddress = fmt.Errorf("the address becomes longer than %d KiB", maxAddress>>10)
	errManyHeaders = fmt.Errorf("the request has more than %d headers, or more than %d KiB of them", maxHeaders, maxHeaderBytes>>10)
)

// addressOf makes the error of a template that was filled for an address one about it.
func addressOf(err error) error {
	if _, full := errors.AsType[*FullError](err); full {
		return errLongAddress
	}
	return err
}

// fits refuses a request whose address or headers no server would take.
func (o *outgoing) fits() error {
	size := 0
	for _, h := range o.headers {
		size += len(h.name) + len(h.value)
	}
	switch {
	case len(o.address) > maxAddress:
		return errLongAddress
	case len(o.headers) > maxHeaders || size > maxHeaderBytes:
		return errManyHeaders
	}
	return nil
}

// fewHeaders refuses more headers of a script than a request has room for.
func fewHeaders[V ~string | ~[]byte](headers map[string]V) error {
	size := 0
	for name, v := range headers {
		size += len(name) + len(v)
	}
	if len(headers) > maxHeaders || size > maxHeaderBytes {
		return errManyHeaders
	}
	return nil
}

// setScripted sets the headers that a script made. They are counted first: setting compares each with all.
func (o *outgoing) setScripted(headers map[string]json.RawMessage) error {
	if err := fewHeaders(headers); err != nil {
		return err
	}
	for name, v := range headers {
		text := mapping.Text(mapping.Value(v))
		if err := scriptHeader(name, text); err != nil {
			return err
		}
		o.set(http.CanonicalHeaderKey(name), text)
	}
	return nil
}
