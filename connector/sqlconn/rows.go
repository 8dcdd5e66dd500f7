package sqlconn

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"paceline/connector"
	"paceline/internal/pool"
	"paceline/mapping"
)

// rows is the body of an answer: {"rows": [...], "affected": n}. It reads from the database as it is read itself.
type rows struct {
	ctx    context.Context
	lease  *pool.Lease[database]
	result result
	names  []string
	most   int
	handed func()

	buf   bytes.Buffer
	count int
	ended bool  // the text is complete and the transaction over
	err   error // what ended it
}

// begin reads the head of the answer. What changes something is read whole and committed first.
func (a *rows) begin(reads bool) (*http.Response, error) {
	if a.names != nil {
		a.buf.WriteString(`{"rows":[`)
	} else {
		a.buf.WriteByte('{')
	}
	limit := head
	if !reads {
		limit = maxReturned
	}
	for !a.ended && a.buf.Len() < limit {
		if err := a.more(); err != nil {
			return nil, err
		}
	}
	if !a.ended && !reads {
		a.stop()
		return nil, &failure{status: 400, message: fmt.Sprintf("The statement returns more than %d MiB of what it changes. Nothing was changed.", maxReturned>>20)}
	}
	resp := answer(200, a)
	if a.ended {
		resp.ContentLength = int64(a.buf.Len())
	}
	return resp, nil
}

// more adds a row, or the end.
func (a *rows) more() error {
	if a.names != nil {
		begun := a.buf.Len()
		if a.count > 0 {
			a.buf.WriteByte(',')
		}
		first := true
		ok, err := a.result.row(func(i int, text []byte) {
			separator := byte(',')
			if first {
				separator, first = '{', false
			}
			a.buf.WriteByte(separator)
			a.buf.Write(mapping.AppendQuoted(a.buf.AvailableBuffer(), a.names[i]))
			a.buf.WriteByte(':')
			a.buf.Write(text)
		})
		switch {
		case err != nil:
			a.stop()
			return err
		case ok && a.count == a.most:
			a.stop()
			return &failure{status: 400, code: "rows", message: fmt.Sprintf("The answer has more than %d rows. Ask for fewer at a time.", a.most)}
		case ok:
			if first {
				a.buf.WriteByte('{')
			}
			a.buf.WriteByte('}')
			a.count++
			return nil
		}
		a.buf.Truncate(begun)
		a.buf.WriteString(`],`)
	}
	out, err := a.result.close()
	if err == nil {
		err = a.lease.Conn.commit(a.ctx, a.handed)
	}
	a.ended = true
	if err != nil {
		giveUp(a.ctx, a.lease)
		return err
	}
	a.lease.Done(true)
	fmt.Fprintf(&a.buf, `"affected":%d`, out.affected)
	if out.inserted != 0 {
		fmt.Fprintf(&a.buf, `,"inserted":%d`, out.inserted)
	}
	a.buf.WriteByte('}')
	return nil
}

// stop ends the transaction without a result.
func (a *rows) stop() {
	if a.ended {
		return
	}
	a.ended = true
	// The rest of the rows would have to be read before the connection can be used again.
	a.lease.Done(false)
}

// Read gives what there is, and asks the database for more.
func (a *rows) Read(p []byte) (int, error) {
	for a.buf.Len() == 0 && !a.ended && a.err == nil {
		if a.err = a.more(); a.err != nil {
			f, refused := failureOf(dialects["postgresql"], a.err)
			if !refused {
				f, refused = failureOf(dialects["mysql"], a.err)
			}
			if refused {
				a.err = &connector.WireError{Message: f.message, Again: f.status >= 500 || f.status == 408}
			}
		}
	}
	if a.err != nil {
		return 0, a.err
	}
	return a.buf.Read(p)
}

// Close ends what was not read to its end.
func (a *rows) Close() error {
	a.stop()
	return nil
}

// distinct gives columns of the same name numbers.
func distinct(names []string) []string {
	if names == nil {
		return nil
	}
	seen := map[string]int{}
	out := make([]string, len(names))
	for i, name := range names {
		if name == "" || name == "?column?" {
			name = "column"
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s_%d", name, seen[name])
		}
		out[i] = name
	}
	return out
}

// jsonNumber returns a number's text, or as a text what JSON has no number for.
func jsonNumber(text []byte) []byte {
	if json.Valid(text) {
		return text
	}
	return mapping.Quote(string(text))
}
