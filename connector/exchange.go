package connector

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDetail bounds the vendor's body in the detail of an incident.
const maxDetail = 32 << 10

// record adds the exchange of one send; a is nil when no answer came.
func (c *running) record(o *outgoing, a *answer, at time.Time) {
	e := Exchange{At: at, Duration: c.runtime.clock.Now().Sub(at)}
	if a != nil {
		e.Status = a.status
	}
	if c.LogRequest {
		e.Request = c.requestText(o)
		if a != nil && a.failed == nil {
			e.Response = c.mask(a.body)
			if a.file != nil {
				e.Response = appendFile(nil, a.file.size, a.file.ref)
			}
		}
		if o.scripted {
			e.Response = short(e.Response)
		}
	}
	c.result.Exchanges = append(c.result.Exchanges, e)
}

// maxLogged is a little more than the log takes of a text, so that the log still says that it was cut.
const maxLogged = 257 << 10

// short is a text's beginning, without the rest of it in memory.
func short(text []byte) []byte {
	if len(text) <= maxLogged {
		return text
	}
	return bytes.Clone(text[:maxLogged])
}

// appendFile writes what stands in the log in place of a file's content: the reference by which it can be had.
func appendFile(b []byte, size int64, ref string) []byte {
	return fmt.Appendf(b, "(a file of %d bytes, ref %s)", size, ref)
}

// requestText writes the request as it was sent, secrets masked. It is the same for every send.
func (c *running) requestText(o *outgoing) []byte {
	if o.logged == nil {
		b := append(o.appendHead(make([]byte, 0, 512+len(o.body))), "\r\n"...)
		b = append(b, o.body...)
		for _, p := range o.pieces {
			if b = append(b, p.bytes...); p.ref != "" {
				b = appendFile(b, p.size, p.ref)
			}
		}
		if o.logged = c.mask(b); o.scripted {
			o.logged = short(o.logged)
		}
	}
	return o.logged
}

// appendHead writes the request line and the headers, each ended by a line break.
func (o *outgoing) appendHead(b []byte) []byte {
	b = append(append(append(b, o.method...), ' '), o.address...)
	if o.wire {
		return append(b, "\r\n"...)
	}
	b = append(b, " HTTP/1.1\r\n"...)
	b = append(append(append(b, "Host: "...), o.url.Host...), "\r\n"...)
	for _, h := range o.headers {
		value := h.value
		if len(o.hidden) > 0 && slices.Contains(o.hidden, h.name) {
			value = "REDACTED"
		}
		b = append(append(append(append(b, h.name...), ": "...), value...), "\r\n"...)
	}
	return b
}

// detail writes the full message of an incident as callers of the API split it: the status line, what the
// vendor said, three line breaks, and the request's head.
func (c *running) detail(o *outgoing, statusLine string, said []byte) string {
	var b bytes.Buffer
	b.WriteString(statusLine)
	b.WriteString("\r\n")
	if said = c.mask(said); len(said) > maxDetail { // masked first: the cut may go through a secret
		said = said[:maxDetail]
		for len(said) > 0 && !utf8.RuneStart(said[len(said)-1]) {
			said = said[:len(said)-1]
		}
		said = append(bytes.Clone(said[:max(0, len(said)-1)]), "..."...)
	}
	// Empty lines within the vendor's text would be taken for the end of it.
	text := strings.ReplaceAll(strings.ToValidUTF8(string(said), "\ufffd"), "\r\n", "\n")
	b.WriteString(text)
	b.WriteString("\r\n\r\n\r\nHTTP Request:\r\n")
	b.Write(bytes.TrimSuffix(o.appendHead(nil), []byte("\r\n")))
	return string(c.mask(b.Bytes()))
}
