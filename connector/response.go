package connector

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"paceline"
	"paceline/internal/limiter"
	"paceline/mapping"
)

var (
	errTooLarge = errors.New("the answer is larger than is allowed")
	errEncoding = errors.New("the answer is compressed in a way that was not asked for")
)

// garbled reports bytes that are not compressed as the answer says. They have arrived, so that sending again brings
// the same; a stream that merely ends too early was cut.
func garbled(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// read reads the answer's body, counting bytes after decompression.
func (c *running) read(resp *http.Response) *answer {
	defer resp.Body.Close()
	a := &answer{
		status: resp.StatusCode, statusLine: resp.Proto + " " + resp.Status, header: resp.Header,
		retryAfter: resp.Header.Get("Retry-After"), format: &c.Method.Definition.Response, limit: c.maxResponse(),
	}
	// The transport asked for gzip and took it apart; whatever is still encoded was never asked for.
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		a.failed = errEncoding
		return a
	}
	if t := c.Instance.Compiled.throttle; t != nil && t.retryAfter != "" {
		a.retryAfter = firstOf(resp.Header.Get(t.retryAfter), a.retryAfter)
	}
	if c.becomesFile(resp) {
		a.file, a.failed = c.receive(resp, a.limit)
		return a
	}
	if a.body, a.stream, a.failed = c.readBody(resp, a.limit); a.stream != nil && a.failed == nil {
		a.failed = a.stream.sink
	}
	return a
}

// finish decides what the answer means and makes the result of it.
func (c *running) finish(o *outgoing, a *answer) *Error {
	as, r := a.judged(c.Method), a.rule
	said := a.body
	if a.message != "" {
		said = []byte(a.message)
	}
	if r != nil && r.message != nil {
		if text, _, err := r.message.text(a); err == nil && text != "" {
			said = []byte(text)
		}
	}
	switch as {
	case asSuccess, asEmpty, asWarning:
	default:
		c.result.TasksIncident++
		class, code := classOf(as)
		e := &Error{Class: class, Code: code, Detail: c.detail(o, a.statusLine, said)}
		if class == ClassThrottled {
			if e.RetryAfter = c.held; c.held >= limiter.MaxHold {
				said = append([]byte("The wait that was asked for is longer than calls are held, which is 366 days.\n"), said...)
				e.Detail = c.detail(o, a.statusLine, said)
			}
		}
		return e
	}
	if a.failed != nil {
		return c.unreadable(o, a, a.failed)
	}
	if as == asWarning {
		c.result.TasksIncident++
		c.warn(paceline.CodeCallFailed, c.detail(o, a.statusLine, said))
	} else {
		c.result.TasksOK++
	}
	if as == asEmpty {
		return nil
	}
	if err := c.decode(a); err != nil {
		if as == asWarning {
			return nil // what the rule forgives need not be readable
		}
		c.result.TasksOK--
		return c.unreadable(o, a, err)
	}
	c.readRowErrors()
	if failed := c.nextPage(o, a, as); failed != nil {
		return failed
	}
	if err := c.advanceCursor(o.url); err != nil {
		return c.misled(o, a, as, err)
	}
	c.filterRows()
	return nil
}

func (c *running) unreadable(o *outgoing, a *answer, err error) *Error {
	c.result.TasksIncident++
	code := paceline.CodeResponseFormat
	if errors.Is(err, errTooLarge) {
		code = paceline.CodeResponseTooLarge
	}
	return &Error{
		Class: ClassDecode, Code: code, Err: err,
		Detail: c.detail(o, a.statusLine, fmt.Appendf(nil, "%v\n%s", err, a.body)),
	}
}

// decode turns the body into the output and counts the rows.
func (c *running) decode(a *answer) error {
	m := c.Method
	if a.stream != nil {
		if a.stream.notDoc != nil {
			return fmt.Errorf("the answer can not be read as %s: %w", m.read, a.stream.notDoc)
		}
		c.result.Streamed, c.result.Rows = a.stream.size, 1
		if m.hasRows {
			c.result.Rows = a.stream.rows
		}
		for _, l := range a.stream.missing {
			if c.result.Rows > 0 {
				c.miss(l)
			}
		}
		return nil
	}
	if a.file != nil {
		c.countRows(a.keptFile())
		return nil
	}
	if m.read == "none" || len(bytes.TrimSpace(a.body)) == 0 && !answerFormats[m.read].empty {
		return nil
	}
	var doc []byte
	var err error
	if m.read == "text" {
		if doc, err = toUTF8(a.body, a.header.Get("Content-Type")); err != nil {
			return err
		}
		doc = append(mapping.AppendQuoted([]byte(`{"body":`), string(doc)), '}')
	} else if doc, err = a.document(); err != nil {
		return fmt.Errorf("the answer can not be read as %s: %w", m.read, err)
	}
	c.countRows(doc)
	if n := len(c.result.Exchanges); n > 0 {
		c.result.OutputIsResponse = sameSlice(c.result.Exchanges[n-1].Response, doc)
	}
	return nil
}

// countRows makes the document the output, counts its rows, and warns about required fields that it lacks.
func (c *running) countRows(doc []byte) {
	if len(doc) == 0 {
		return
	}
	c.result.Output = json.RawMessage(doc)
	c.result.Rows = 1
	if string(bytes.TrimSpace(doc)) == "null" {
		c.result.Rows = 0
	}
	if c.Method.hasRows {
		c.result.Rows = 0
		for range c.Method.rows.GetAll(doc) {
			c.result.Rows++
		}
	}
	for _, l := range c.Method.required {
		if _, ok := l.Get(doc); !ok && c.result.Rows > 0 {
			c.miss(l)
		}
	}
}

// miss warns about a required value that the answer does not have.
func (c *running) miss(l mapping.Location) {
	c.warn(paceline.CodeResponseFields, "the answer has no value at "+l.String())
}

// maxResponse is how large an answer may be: what the installation says, or the definition, if that is less.
func (c *running) maxResponse() int64 {
	if own := c.Method.connector.maxBytes; own > 0 {
		return min(own, c.runtime.maxResponse)
	}
	return c.runtime.maxResponse
}

// sameSlice reports whether both are the same bytes in memory; masking copies whatever it changes.
func sameSlice(a, b []byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

var bom = []byte("\xef\xbb\xbf")

// toUTF8 converts a text from the charset that the content type names, and drops a byte order mark.
func toUTF8(text []byte, contentType string) ([]byte, error) {
	_, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		charset = "utf-16le"
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		charset = "utf-16be"
	}
	if err != nil && charset == "" || charset == "" || strings.EqualFold(charset, "utf-8") {
		if text = bytes.TrimPrefix(text, bom); utf8.Valid(text) {
			return text, nil
		}
		return nil, fmt.Errorf("the answer is not UTF-8 text")
	}
	encoding, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("the answer has an unknown charset")
	}
	out, err := encoding.NewDecoder().Bytes(text)
	if err != nil {
		return nil, fmt.Errorf("the answer is not text of its charset %s", charset)
	}
	return bytes.TrimPrefix(out, bom), nil
}
