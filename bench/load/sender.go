package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// sender posts the webhooks of one run, all of them built before the clock starts.
type sender struct {
	urls      []string
	conns     int
	book      *ledger
	client    *http.Client
	bodies    [][]byte
	sentBytes atomic.Int64

	mu     sync.Mutex
	failed map[string]int
}

func newSender(w Workload, book *ledger) *sender {
	s := &sender{
		urls:  append([]string{w.URL}, w.Others...),
		conns: w.Connections,
		book:  book,
		client: &http.Client{
			Timeout: time.Minute,
			Transport: &http.Transport{
				MaxConnsPerHost:     w.Connections,
				MaxIdleConnsPerHost: w.Connections,
				DisableCompression:  true,
			},
		},
		bodies: make([][]byte, w.Warmup+w.Count),
		failed: map[string]int{},
	}
	for n := range s.bodies {
		s.bodies[n] = contact(book.id(n), n, w.PayloadBytes, w.RandomPadding)
	}
	return s
}

func (s *sender) close() { s.client.CloseIdleConnections() }

// send posts webhooks from up to to over the connections. Without a rate each connection gets its next one
// when the last is answered (closed loop). With one they are sent at a steady pace, whether or not earlier
// ones were answered (open loop), and a webhook's time counts from when it was due, so that a platform
// that stalls the sender cannot hide it.
//
// One goroutine deals the webhooks out: a connection that took its next one by itself would come before
// the sink's handlers in this process again and again, and drive up the backlog.
func (s *sender) send(ctx context.Context, from, to int, rate float64) {
	next := make(chan int)
	var connections sync.WaitGroup
	for range min(s.conns, to-from) {
		connections.Go(func() {
			for n := range next {
				if rate == 0 {
					s.book.sent(n, time.Now())
				}
				s.post(ctx, n)
			}
		})
	}
	begin := time.Now()
	for n := from; n < to && ctx.Err() == nil; n++ {
		if rate > 0 {
			due := begin.Add(time.Duration(float64(n-from) / rate * float64(time.Second)))
			if !waitUntil(ctx, due) {
				break
			}
			s.book.sent(n, due)
		}
		next <- n
	}
	close(next)
	connections.Wait()
}

// waitUntil returns false when ctx ended first.
func waitUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *sender) post(ctx context.Context, n int) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[n%len(s.urls)], bytes.NewReader(s.bodies[n]))
	if err != nil {
		s.fail(err.Error())
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		s.fail(reason(err))
		return
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	switch {
	case err != nil:
		s.fail(reason(err))
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		s.fail("status " + strconv.Itoa(resp.StatusCode))
	default:
		s.sentBytes.Add(int64(len(s.bodies[n])))
		s.book.acknowledge(n)
	}
}

func (s *sender) fail(why string) {
	s.mu.Lock()
	s.failed[why]++
	s.mu.Unlock()
}

func (s *sender) errors() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.failed)
}

// reason names a network error without its addresses, so that equal errors count together.
func reason(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + ": " + op.Err.Error()
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}
