package connector

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/internal/egress"
)

// answer is what came back, read to its end.
type answer struct {
	status     int
	statusLine string
	header     http.Header
	body       []byte
	retryAfter string
	variables  map[string]any
	failed     error // the body could not be read
	stream     *stream
	file       *received
	format     *ResponseDef
	limit      int64
	doc        []byte // of document, once checked
	notDoc     error
	checked    bool
	rule       *rule  // of judged
	means      string // of judged, once known
	message    string // of a format that has messages of its own
}

const maxRedirects = 5

// send sends the request until there is an answer that counts, within the bounds of one try.
func (c *running) send(ctx context.Context, o *outgoing) (*answer, *Error) {
	begun := c.runtime.clock.Now()
	var before *answer
	var lost *Error
	for n := 1; ; n++ {
		if silent := c.reachable(o); silent != nil {
			if n > 1 {
				return before, lost
			}
			return nil, silent
		}
		permit, wait := c.acquire(ctx)
		if wait != nil {
			c.reached(ctx, o, c.runtime.clock.Now(), wait)
			if n > 1 {
				return before, lost // what the send before brought
			}
			return nil, wait
		}
		if n > 1 && lost == nil {
			c.result.TasksIncident++ // the answer before, which is sent for again
		}
		at := c.runtime.clock.Now()
		a, failed := c.follow(ctx, o)
		c.reached(ctx, o, at, failed)
		c.release(ctx, permit, a)
		before, lost = a, failed
		again := n < c.Method.connector.retry.sendsOf(o.method, c.runtime.sends) && ctx.Err() == nil
		switch {
		case failed != nil && (failed.Class != ClassRetry || !again || !c.repeatable()):
			return nil, failed
		case failed == nil && !(again && c.repeatable() && c.Method.connector.retry.covers(a.status) && a.judged(c.Method) == asRetry):
			return a, nil
		}
		if !c.pause(ctx, n, begun) {
			return a, failed
		}
	}
}

func (c *running) repeatable() bool {
	return c.Method.Repeat == paceline.RepeatSafe || c.Method.Repeat == paceline.RepeatKeyed
}

// pause waits before the next send and reports whether there is time for one.
func (c *running) pause(ctx context.Context, n int, begun time.Time) bool {
	r := c.runtime
	d := c.Method.connector.retry.pauseBefore(n, r.pauses, c.IdempotencyKey)
	if r.clock.Now().Add(d).Sub(begun) > r.window {
		return false
	}
	timer, stop := r.clock.NewTimer(d)
	defer stop()
	select {
	case <-timer:
		return true
	case <-ctx.Done():
		return false
	}
}

// follow sends once, and again to where a GET or HEAD is redirected.
func (c *running) follow(ctx context.Context, o *outgoing) (*answer, *Error) {
	challenged := false
	for hop := 0; ; hop++ {
		a, failed := c.once(ctx, o)
		if failed != nil {
			return nil, failed
		}
		if signer, ok := c.prepared.signer.(challenger); ok && a.status == 401 && o.signed && !challenged && signer.challenged(c.prepared, a.header) {
			challenged = true
			c.result.TasksOK++
			continue
		}
		next := o.redirected(a)
		if next == nil || hop == maxRedirects {
			return a, nil
		}
		c.result.TasksOK++
		o = next
	}
}

// redirected returns the request that the answer leads to, or nil. Only the same scheme, host and port
// gets the credential and the headers again.
func (o *outgoing) redirected(a *answer) *outgoing {
	switch a.status {
	case 301, 302, 303, 307, 308:
	default:
		return nil
	}
	if o.method != "GET" && o.method != "HEAD" {
		return nil
	}
	to, err := o.url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" || to.Host == "" || to.User != nil || to.Scheme != "https" && (to.Scheme != "http" || o.url.Scheme == "https") {
		return nil
	}
	to.Fragment = ""
	next := &outgoing{method: o.method, url: to, address: to.String(), scripted: o.scripted}
	if sameOrigin(o.url, to) {
		next.headers, next.hidden, next.credential, next.signed = o.headers, o.hidden, o.credential, o.signed
		return next
	}
	for _, h := range o.headers {
		if h.name == "Accept" || h.name == "User-Agent" {
			next.headers = append(next.headers, h)
		}
	}
	return next
}

func sameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		return firstOf(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return a.Scheme == b.Scheme && a.Hostname() == b.Hostname() && port(a) == port(b)
}

// once sends the request one time, records the exchange and reads the answer.
func (c *running) once(ctx context.Context, o *outgoing) (*answer, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.Method.connector.timeout)
	defer cancel()
	transport := c.runtime.transport
	var wire *WireCall
	if o.wire {
		ctx, transport, wire = c.overWire(ctx)
	}
	if o.credential && wire == nil {
		ctx = egress.WithHosts(ctx, c.prepared.hosts)
		if c.prepared.cert != nil {
			ctx = egress.WithCertificate(ctx, c.prepared.cert)
		}
	}
	var left atomic.Bool
	if !c.repeatable() {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteHeaderField: func(string, []string) { left.Store(true) },
			WroteHeaders:     func() { left.Store(true) },
		})
	}
	if o.signed {
		if err := c.prepared.signer.sign(c.prepared, o, c.runtime.clock.Now()); err != nil {
			return nil, authError(err)
		}
		o.logged = nil
	}
	req := (&http.Request{
		Method: o.method, URL: o.url, Host: o.url.Host, Header: o.header(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if o.body != nil {
		body := o.body
		req.ContentLength = int64(len(body))
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		if len(body) == 0 {
			req.Body = http.NoBody
		}
	}
	if o.pieces != nil {
		req.ContentLength = o.size
		req.Body = io.NopCloser(c.reader(ctx, o.pieces))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(c.reader(ctx, o.pieces)), nil }
	}
	at := c.runtime.clock.Now()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		c.record(o, nil, at)
		c.result.TasksIncident++
		if wire != nil {
			return nil, c.lostOnWire(o, err, wire)
		}
		return nil, c.lost(o, err, left.Load())
	}
	a := c.read(resp)
	c.record(o, a, at)
	if a.failed != nil && !errors.Is(a.failed, errTooLarge) && !errors.Is(a.failed, errEncoding) && !garbled(a.failed) && (a.stream == nil || a.stream.sink == nil) {
		c.result.TasksIncident++
		return nil, c.lost(o, a.failed, true)
	}
	return a, nil
}

// lost makes the error of a call without an answer.
func (c *running) lost(o *outgoing, err error, left bool) *Error {
	e := &Error{Class: ClassRetry, Code: paceline.CodeCallFailed, Err: err, Detail: c.detail(o, egress.Message(err), nil)}
	if ended, ok := errors.AsType[*WireError](err); ok {
		if e.Detail = c.detail(o, ended.Message, nil); !ended.Again {
			e.Class = ClassPermanent
		}
		return e
	}
	if errors.Is(err, egress.ErrForbidden) {
		e.Class = ClassPermanent
	} else if c.Method.Repeat == paceline.RepeatUnsafe && left && !errors.Is(err, egress.ErrRefused) {
		e.Class, e.Code = ClassUnknown, paceline.CodeUnknownOutcome
	}
	return e
}
