package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"paceline"
	"paceline/connector"
)

// waiting are the senders of a scenario that wait for an answer while the play goes on.
type waiting struct {
	mu      sync.Mutex
	callers []*waitingCaller
}

type waitingCaller struct {
	name, got string
	cancel    context.CancelFunc
}

// send delivers without waiting for the answer, which list shows once it is there.
func (w *waiting) send(st *stage, d delivery, in connector.Delivery) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &waitingCaller{name: d.Caller, got: "waits", cancel: cancel}
	w.callers = append(w.callers, c)
	engine, address := st.engine, st.addressOf(d.At)
	go func() {
		defer cancel()
		receipt, err := engine.Deliver(ctx, address, in)
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil {
			c.got = "refused " + string(paceline.CodeOf(err))
			return
		}
		c.got = fmt.Sprint(receipt.Ack.Status)
		for _, name := range slices.Sorted(maps.Keys(receipt.Header)) {
			c.got += " " + name + "=" + receipt.Header[name]
		}
		c.got = strings.TrimSpace(c.got + " " + receipt.Ack.ContentType)
		if len(receipt.Ack.Body) > 0 {
			c.got += " | " + string(receipt.Ack.Body)
		}
	}()
}

// leave lets a caller give up.
func (w *waiting) leave(name string) {
	for _, c := range w.callers {
		if c.name == name {
			c.cancel()
		}
	}
}

func (w *waiting) list() (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.callers {
		out = append(out, c.name+" "+c.got)
	}
	return out
}
