package connector

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"paceline/mapping"
)

// Sink takes a large answer while it arrives, so that it is never in memory as a whole.
type Sink interface {
	// Reset forgets what was written: the answer, or another one, begins anew.
	Reset()
	// Write takes the next bytes. Its error ends the call, which fails with ClassDecode; the caller knows why.
	Write(p []byte) error
}

// streamAbove is the size up to which an answer is read as a whole.
const streamAbove = 1 << 20

// loggedHead is how much of a streamed answer is kept for the log.
const loggedHead = 512 << 10

// stream is an answer that went to the sink.
type stream struct {
	size    int64
	rows    int
	missing []mapping.Location // required values that no row has
	sink    error              // what the sink said
	notDoc  error              // the answer is no JSON document
}

// MainList returns the list in the answers of a method: the one that it declares its rows to be, else the only list
// at the least depth of its fields. ambiguous says that several lie there. The data of an answer never decides.
func (m *MethodDef) MainList() (list string, ambiguous bool) {
	if l, ok := outerList(m.Response.Rows); ok {
		return l.String(), false
	}
	least := -1
	for _, f := range m.Response.Fields {
		l, ok := outerList(f.Loc)
		if !ok {
			continue
		}
		switch depth := l.Depth(); {
		case least < 0 || depth < least:
			least, list, ambiguous = depth, l.String(), false
		case depth == least && l.String() != list:
			ambiguous = true
		}
	}
	if ambiguous {
		return "", true
	}
	return list, false
}

func outerList(location string) (mapping.Location, bool) {
	l, err := mapping.ParseLocation(location)
	if err != nil {
		return l, false
	}
	return l.OuterList()
}

// streamed returns the list that an answer is read through row by row; ok is false where something must see the
// whole answer: a pager, a cursor, a job, a script, a rule about the body, refused rows, another format.
func (c *running) streamed(resp *http.Response) (list mapping.ItemList, ok bool) {
	m := c.Method
	if c.Sink == nil || m.read != "json" || m.pager != nil || m.rowErrors != nil || m.filter != nil || m.exits != nil || m.Cursor() || m.Job() || c.scripted != nil || m.Definition.Request.Format == "graphql" ||
		usual(resp.StatusCode, false) != asSuccess {
		return list, false
	}
	if t := m.connector.throttle; t != nil && len(t.def.Statuses) > 0 {
		return list, false
	}
	if slices.ContainsFunc(m.rules, func(r rule) bool { return r.covers(resp.StatusCode) }) {
		return list, false
	}
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return list, false
	}
	at, _ := m.Definition.MainList()
	list, err := mapping.ParseItemList(at)
	return list, err == nil && (!m.hasRows || m.rows.String() == at)
}

// readBody reads an answer of at most limit bytes: a large one into the sink, if there is one and it can be.
func (c *running) readBody(resp *http.Response, limit int64) (body []byte, s *stream, err error) {
	if resp.ContentLength > limit {
		return nil, nil, errTooLarge
	}
	in := &intake{from: resp.Body, limit: limit}
	if n := resp.ContentLength; n > 0 {
		in.text = make([]byte, 0, min(n+1, streamAbove)) // one more byte finds the end without growing
	}
	for !in.ended && len(in.text) < streamAbove {
		if err := in.more(); err != nil {
			return nil, nil, err
		}
	}
	if list, ok := c.streamed(resp); ok && !in.ended && !bytes.HasPrefix(in.text, bom) {
		if at, ok, err := in.start(list); ok || err != nil {
			if err != nil {
				return nil, nil, err
			}
			body = bytes.Clone(in.text[:min(len(in.text), loggedHead)])
			s, err = c.readRows(in, list, at)
			return body, s, err
		}
	}
	for !in.ended {
		if err := in.more(); err != nil {
			return nil, nil, err
		}
	}
	return in.text, nil, nil
}

// intake is a body in arrival: what has come and was not passed on.
type intake struct {
	from  io.Reader
	text  []byte
	taken int64 // bytes that have come
	limit int64
	ended bool
}

// more reads some bytes. It fails with errTooLarge beyond the limit.
func (in *intake) more() error {
	if len(in.text) == cap(in.text) {
		in.text = slices.Grow(in.text, max(512, len(in.text)/4))
	}
	n, err := in.from.Read(in.text[len(in.text):cap(in.text)])
	in.text = in.text[:len(in.text)+n]
	if in.taken += int64(n); in.taken > in.limit {
		return errTooLarge
	}
	if err == io.EOF {
		in.ended = true
		return nil
	}
	return err
}

// grow reads at least n bytes more, or to the end.
func (in *intake) grow(n int) error {
	in.text = slices.Grow(in.text, n)
	for want := len(in.text) + n; !in.ended && len(in.text) < want; {
		if err := in.more(); err != nil {
			return err
		}
	}
	return nil
}

// start finds where the list's rows begin; ok is false when the document has no such list.
func (in *intake) start(list mapping.ItemList) (at int, ok bool, err error) {
	for {
		at, single, found := list.Start(in.text)
		if found || in.ended {
			return at, found && !single, nil
		}
		if err := in.grow(max(streamAbove, len(in.text))); err != nil {
			return 0, false, err
		}
	}
}

// readRows passes the rest of an answer on, row by row, and checks that it is one JSON document: each row is, and so
// is what stands around them.
func (c *running) readRows(in *intake, list mapping.ItemList, at int) (*stream, error) {
	s := &stream{missing: c.Method.required}
	c.Sink.Reset()
	around := append(bytes.Clone(in.text[:at]), ']')
	for {
		row, next, err := mapping.NextItem(in.text, at)
		if err == mapping.ErrListEnds {
			if len(bytes.TrimSpace(in.text[at:next])) > 0 {
				s.notDoc = errNotJSON // a comma too much
				return s, nil
			}
			at = next
			break
		}
		if err != nil { // cut off
			if in.ended {
				s.notDoc = errNotJSON
				return s, nil
			}
			if s.sink = c.Sink.Write(in.text[:at]); s.sink != nil {
				return s, nil
			}
			in.text, at = append(in.text[:0], in.text[at:]...), 0
			if err := in.grow(max(streamAbove/4, len(in.text))); err != nil {
				return s, err
			}
			continue
		}
		between := bytes.TrimSpace(in.text[at : next-len(row)])
		if s.rows == 0 && len(between) > 0 || s.rows > 0 && string(between) != "," {
			s.notDoc = errNotJSON
			return s, nil
		}
		if s.notDoc = checkJSON(row); s.notDoc == errEmpty {
			s.notDoc = errNotJSON
		}
		if s.notDoc != nil {
			return s, nil
		}
		s.see(list, row)
		at = next
	}
	return s, c.readTail(in, s, around, at)
}

// see counts a row, and strikes out the required values that it has.
func (s *stream) see(list mapping.ItemList, row mapping.Value) {
	s.rows++
	if len(s.missing) == 0 {
		return
	}
	doc := list.Document(nil, row)
	s.missing = slices.DeleteFunc(slices.Clone(s.missing), func(l mapping.Location) bool {
		_, has := l.Get(doc)
		return has
	})
}

// readTail reads what stands behind the rows.
func (c *running) readTail(in *intake, s *stream, around []byte, end int) error {
	for !in.ended {
		if err := in.more(); err != nil {
			return err
		}
	}
	if in.text[end] != ']' {
		s.notDoc = errNotJSON
		return nil
	}
	around = append(around, in.text[end+1:]...)
	if s.notDoc = checkJSON(around); s.notDoc != nil {
		return nil
	}
	s.missing = slices.DeleteFunc(slices.Clone(s.missing), func(l mapping.Location) bool {
		_, has := l.Get(around)
		return has
	})
	s.sink = c.Sink.Write(in.text)
	s.size = in.taken
	return nil
}
