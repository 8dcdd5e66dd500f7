package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// relay starts a server whose account "relay" runs the relay template against the remote.
func relay(t *testing.T, s start, r *remote) (*server, installation) {
	t.Helper()
	s.flags = append(s.flags, "--connectors", repository+"/e2e/testdata/connectors", "--egress-allow", r.addr())
	v := serve(t, s)
	c := v.client()
	return v, c.install("relay", c.importTemplate("e2e/testdata/relay.json"), r)
}

// on is the same installation at the next start of its server.
func (in installation) on(v *server) installation {
	in.hook = strings.Replace(in.hook, in.c.base, v.Address, 1)
	in.c = v.client().as(in.c.account)
	return in
}

// sign returns the headers of a delivery.
func (in installation) sign(event, body string) http.Header {
	mac := hmac.New(sha256.New, []byte(in.secret))
	mac.Write([]byte(body))
	return http.Header{"Content-Type": {"application/json"}, "X-Event-Id": {event}, "X-Signature": {hex.EncodeToString(mac.Sum(nil))}}
}

// deliver sends an event, as its sender does: without a token.
func (in installation) deliver(event string) (answer, error) {
	sender := in.sender
	sender.t = in.c.t
	body := fmt.Sprintf(`{"event":%q}`, event)
	return sender.try(http.MethodPost, in.hook, strings.NewReader(body), in.sign(event, body))
}

// sent is one delivery and what became of it.
type sent struct {
	event string
	answer
	err  error
	took time.Duration
}

// flood sends events from several senders until it is stopped.
type flood struct {
	in    installation
	at    []installation // where it is reached; a sender that gets no 200 goes on to the next
	pause time.Duration  // that a sender makes between two deliveries
	stop  chan struct{}
	done  sync.WaitGroup
	acked atomic.Int64
	mu    sync.Mutex
	log   []sent
}

func newFlood(in installation, pause time.Duration) *flood {
	return &flood{in: in, pause: pause, stop: make(chan struct{})}
}

// startFlood begins to send events that are named after the prefix.
func startFlood(in installation, prefix string, senders int) *flood {
	f := newFlood(in, 2*time.Millisecond)
	f.at = []installation{in}
	f.begin(prefix, senders)
	return f
}

func (f *flood) begin(prefix string, senders int) {
	for sender := range senders {
		f.done.Go(func() {
			pace := time.NewTicker(f.pause)
			defer pace.Stop()
			at := 0
			for n := 0; ; n++ {
				select {
				case <-f.stop:
					return
				case <-pace.C:
				}
				s := sent{event: fmt.Sprintf("%s-%d-%d", prefix, sender, n)}
				begin := time.Now()
				s.answer, s.err = f.at[at].deliver(s.event)
				s.took = time.Since(begin)
				if s.err == nil && s.status == http.StatusOK {
					f.acked.Add(1)
				} else {
					at = (at + 1) % len(f.at)
				}
				f.mu.Lock()
				f.log = append(f.log, s)
				f.mu.Unlock()
			}
		})
	}
}

// end stops the senders and returns all that they sent.
func (f *flood) end() []sent {
	close(f.stop)
	f.done.Wait()
	return f.log
}

// seen is what was sent so far.
func (f *flood) seen() []sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log[:len(f.log):len(f.log)]
}

// awaitAcks waits for n more acknowledged deliveries than there are now.
func (f *flood) awaitAcks(n int64) {
	f.in.c.t.Helper()
	want := f.acked.Load() + n
	await(f.in.c.t, fmt.Sprintf("%d more deliveries to be taken", n), func() (bool, any) { return f.acked.Load() >= want, f })
}

// String counts the answers.
func (f *flood) String() string {
	counts := map[string]int{}
	for _, s := range f.seen() {
		counts[fmt.Sprint(s.status, " ", s.message(), " ", s.err)]++
	}
	return fmt.Sprint(counts)
}

// acknowledged returns events and transactions of the deliveries that got their 200.
func acknowledged(log []sent) (events, transactions []string) {
	for _, s := range log {
		if s.err == nil && s.status == http.StatusOK {
			events = append(events, s.event)
			transactions = append(transactions, s.header.Get("X-Transaction-Id"))
		}
	}
	return events, transactions
}
