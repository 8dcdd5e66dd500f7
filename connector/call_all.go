package connector

import (
	"bytes"
	"context"
	"strconv"

	"paceline"
	"paceline/mapping"
)

// CallAll makes the call with all its pages or chunks, for callers that keep no state between them. The parts
// after the first have the idempotency key with their number behind it. Output is the first page with the rows of all pages in its list. maxBytes bounds the
// rows that are kept; beyond it the error is a *Error with ErrTooManyRows. A failure comes with what the
// parts before it brought.
func (r *Runtime) CallAll(ctx context.Context, c Call, maxBytes int) (Result, error) {
	var all Result
	var lists [][]byte
	size, key := 0, c.IdempotencyKey
	for {
		if n := c.Page.Parts(); n > 0 && key != "" {
			c.IdempotencyKey = key + "-" + strconv.Itoa(n)
		}
		part, err := r.Call(ctx, c)
		all.add(part)
		if part.Output != nil {
			size += len(part.Output)
			lists = append(lists, part.Output)
		}
		if err == nil && size > maxBytes {
			err = &Error{Class: ClassPermanent, Code: paceline.CodeCallFailed, Err: ErrTooManyRows, Detail: ErrTooManyRows.Error()}
		}
		if err != nil || part.Next == nil {
			all.Output = c.Method.join(lists)
			all.OutputIsResponse = part.OutputIsResponse && len(lists) == 1
			return all, err
		}
		c.Page = part.Next
	}
}

// add counts a part into the whole.
func (r *Result) add(part Result) {
	r.Rows += part.Rows
	r.Exchanges = append(r.Exchanges, part.Exchanges...)
	r.Warnings = append(r.Warnings, part.Warnings...)
	r.RowErrors = append(r.RowErrors, part.RowErrors...)
	r.TasksOK += part.TasksOK
	r.TasksIncident += part.TasksIncident
}

// join puts the rows of all documents into the first one. Without a list of rows it is a list of the documents.
func (m *Method) join(docs [][]byte) []byte {
	switch len(docs) {
	case 0:
		return nil
	case 1:
		return docs[0]
	}
	names, ok := m.rows.Outer()
	if !m.hasRows || !ok {
		return append(append([]byte{'['}, bytes.Join(docs, []byte{','})...), ']')
	}
	rows := []byte{'['}
	for _, doc := range docs {
		for row := range elementsAt(doc, names) {
			if len(rows) > 1 {
				rows = append(rows, ',')
			}
			rows = append(rows, row...)
		}
	}
	return replaceAt(docs[0], names, append(rows, ']'))
}

// elementsAt yields the elements of the list under the names.
func elementsAt(doc []byte, names []string) func(func(mapping.Value) bool) {
	for _, name := range names {
		var inner []byte
		for member, v := range mapping.Members(doc) {
			if member == name {
				inner = v
				break
			}
		}
		doc = inner
	}
	return wholeList.GetAll(doc)
}

// replaceAt returns the document with another value under the names.
func replaceAt(doc []byte, names []string, value []byte) []byte {
	if len(names) == 0 {
		return value
	}
	out := []byte{'{'}
	found := false
	for member, v := range mapping.Members(doc) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(mapping.AppendQuoted(out, member), ':')
		if member == names[0] && !found {
			v, found = replaceAt(v, names[1:], value), true
		}
		out = append(out, v...)
	}
	if !found {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(mapping.AppendQuoted(out, names[0]), ':'), replaceAt(nil, names[1:], value)...)
	}
	return append(out, '}')
}
