package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Workload says what one run sends. The zero values of Connections, PayloadBytes and DrainIdle mean the
// fixed ones of W1.
type Workload struct {
	Label string
	// URL is the webhook. Only loopback addresses are accepted.
	URL string
	// Others are further webhooks, which take turns with URL.
	Others []string
	// Rate is webhooks per second (open loop); 0 sends the next one on each connection as soon as the
	// last is acknowledged (closed loop).
	Rate float64
	// Count webhooks are measured, after Warmup webhooks that were sent, awaited and left out.
	Count, Warmup int
	Connections   int
	// PayloadBytes is the size that each contact is padded to; RandomPadding fills it with text that
	// hardly compresses.
	PayloadBytes  int
	RandomPadding bool
	// Rows makes each webhook stand for so many rows, which the sink answers at POST /rows; each row then is
	// a line of the figures, done with its own final call. 0 means that a webhook stands for itself.
	Rows int
	// DrainIdle ends the run when no final call has come for so long.
	DrainIdle time.Duration
	// PIDs are the roots of the process trees whose CPU time and memory are measured.
	PIDs []int
}

// The fixed parts of W1.
const (
	Connections  = 32
	PayloadBytes = 1024
	drainIdle    = 10 * time.Second
)

func (w Workload) withDefaults() Workload {
	if w.Connections == 0 {
		w.Connections = Connections
	}
	if w.PayloadBytes == 0 {
		w.PayloadBytes = PayloadBytes
	}
	if w.Rows == 0 {
		w.Rows = 1
	}
	if w.DrainIdle == 0 {
		w.DrainIdle = drainIdle
	}
	return w
}

func (w Workload) validate() error {
	if w.Count <= 0 || w.Warmup < 0 || w.Connections < 0 || w.Rate < 0 || w.Rows < 0 {
		return errors.New("count must be positive, and warm-up, connections and rate not negative")
	}
	for _, hook := range append([]string{w.URL}, w.Others...) {
		target, err := url.Parse(hook)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(target.Hostname()); ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("the webhook %q is not on a loopback address", hook)
		}
	}
	return nil
}

// Run sends the workload and returns its figures once every accepted webhook is done or none has
// finished for DrainIdle. Runs of one sink must follow one another. A cancelled ctx ends the run early;
// its figures then carry a note.
func (s *Sink) Run(ctx context.Context, w Workload) (Result, error) {
	w = w.withDefaults()
	if err := w.validate(); err != nil {
		return Result{}, err
	}
	book := newLedger(w.Warmup, w.Count, w.Rows)
	out := newSender(w, book)
	defer out.close()
	s.follow(book)

	if w.Warmup > 0 {
		out.send(ctx, 0, w.Warmup, 0)
		book.drain(ctx, w.DrainIdle)
	}
	s.traffic.reset()
	out.sentBytes.Store(0)

	meter := startMeter(w.PIDs)
	book.begin()
	out.send(ctx, w.Warmup, w.Warmup+w.Count, w.Rate)
	book.drain(ctx, w.DrainIdle)
	machine, usage := meter.stop()

	r := book.result()
	r.Label, r.URL, r.Rate, r.Connections = w.Label, w.URL, w.Rate, w.Connections
	r.Machine, r.Usage = machine, usage
	r.Calls = s.traffic.calls()
	r.Bytes = s.traffic.bytes()
	r.Bytes.Webhooks = out.sentBytes.Load()
	r.Errors = out.errors()
	if ctx.Err() != nil {
		r.Note = "stopped early: " + context.Cause(ctx).Error()
	}
	return r, nil
}
