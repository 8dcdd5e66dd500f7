package node

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/internal/egress"
	"paceline/server/fault"
	"paceline/store"
)

// ownerWait is how long a request waits for a node that works for its account.
const ownerWait = 5 * time.Second

// patience is that, or less when the database has been silent for so long that shards lapse: no node can take them before it speaks.
func patience(silence time.Duration) time.Duration {
	if silence > store.NodeRenewal {
		return comeAgain
	}
	return ownerWait
}

// comeAgain is when a client may come again for whose account nobody works at the moment.
const comeAgain = 2 * time.Second

// way leads to another node.
type way struct {
	id        int64
	address   string
	transport http.RoundTripper
	gone      chan struct{} // closed when that node is no more
	poked     atomic.Bool   // it is being told to look
}

// ways are those to the live nodes.
type ways struct {
	mu   sync.Mutex
	byID map[int64]*way
}

// keep makes ways to the nodes of a view, and ends those to others.
func (w *ways) keep(v *store.NodeView) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID == nil {
		w.byID = map[int64]*way{}
	}
	for id, y := range w.byID {
		if !known(v, id) {
			close(y.gone)
			if idle, ok := y.transport.(interface{ CloseIdleConnections() }); ok {
				idle.CloseIdleConnections()
			}
			delete(w.byID, id)
		}
	}
	for _, n := range v.Nodes {
		if n.ID == v.This || w.byID[n.ID] != nil {
			continue
		}
		operator, err := egress.NewOperator(n.Address)
		if err != nil {
			continue // no node writes such an address
		}
		w.byID[n.ID] = &way{id: n.ID, address: n.Address, transport: operator.Peer(), gone: make(chan struct{})}
	}
}

func (w *ways) to(id int64) *way {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.byID[id]
}

// owner returns the way to the node that works for a root account, nil when that is this one or nobody.
func (n *Nodes) owner(root int64) *way {
	v := n.view.Load()
	if v == nil {
		return nil
	}
	return n.ways.to(v.Owner[paceline.ShardOf(root)])
}

type hopKey struct{}

// Pass passes a request on to the node that works for a root account, and reports whether it has answered it: it has
// not when that is this node. It waits a while for one that does, and passes nothing on twice.
func (n *Nodes) Pass(w http.ResponseWriter, q *http.Request, root int64, client string) (answered bool) {
	answered, _ = n.passOn(w, q, root, client, true)
	return answered
}

// PassNow is Pass without waiting: nobody says that nothing was sent, because nobody works for the account, or who does cannot
// be reached. While nodes of another version are there, which may not look for what lands, it waits like Pass.
func (n *Nodes) PassNow(w http.ResponseWriter, q *http.Request, root int64, client string) (answered, nobody bool) {
	v := n.view.Load()
	return n.passOn(w, q, root, client, v != nil && !alike(v))
}

func alike(v *store.NodeView) bool {
	return !slices.ContainsFunc(v.Nodes, func(n store.Node) bool { return n.Version != v.Nodes[0].Version })
}

// Poke makes the node that works for a root account look at once for what has landed for it.
func (n *Nodes) Poke(root int64) {
	y := n.owner(root)
	if y == nil {
		n.Look() // it may be this one by now; whoever it becomes looks every second
		return
	}
	if y.poked.Swap(true) {
		return // it has not begun to look
	}
	n.news.Go(func() {
		defer y.poked.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), tellFor)
		defer cancel()
		n.send(ctx, y, look, struct{}{})
	})
}

func (n *Nodes) passOn(w http.ResponseWriter, q *http.Request, root int64, client string, wait bool) (answered, nobody bool) {
	if n.store.Owns(root) {
		return false, false
	}
	timer, stop := n.clock.NewTimer(patience(n.store.Silence()))
	defer stop()
	hopped := q.Context().Value(hopKey{}) != nil
	for looked := false; ; looked = true {
		n.mu.Lock()
		moved := n.moved
		n.mu.Unlock()
		if n.store.Owns(root) {
			return false, false
		}
		if y := n.owner(root); y != nil && !hopped {
			err := n.pass(w, q, y, client)
			if err == nil {
				return true, false
			}
			if q.Context().Err() != nil {
				return true, false // nobody waits any more
			}
			if _, unsent := errors.AsType[*net.OpError](err); !unsent || !dialing(err) {
				n.log.Warn("a request could not be passed on", "node", y.id, "error", err)
				n.later(w, q)
				return true, false
			}
		} else if !looked { // then the others' and the loop's own looks do
			n.Look()
		}
		if !wait {
			return false, true
		}
		select {
		case <-moved:
		case <-timer:
			n.later(w, q)
			return true, false
		case <-q.Context().Done():
			return true, false
		}
	}
}

// dialing reports that nothing was sent: there was no connection.
func dialing(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func (n *Nodes) later(w http.ResponseWriter, q *http.Request) {
	fault.Of(q.Context(), n.log, paceline.Fail(paceline.CodeBusy).In(comeAgain)).Write(w)
}

type unclosed struct{ io.Reader }

// Close does nothing.
func (unclosed) Close() error { return nil }

// pass sends the request over and the answer back. An error says that nothing was answered.
func (n *Nodes) pass(w http.ResponseWriter, q *http.Request, y *way, client string) (failed error) {
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	go func() {
		select {
		case <-y.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	v := n.view.Load()
	proxy := &httputil.ReverseProxy{
		Transport: y.transport,
		ErrorLog:  slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", y.address, p.In.Host
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values := p.In.Header[name]; values != nil { // scripts of webhooks may read them
					p.Out.Header[name] = values
				}
			}
			n.sign.sign(p.Out, passed, v.This, y.id, client)
		},
		ModifyResponse: func(r *http.Response) error {
			for name := range r.Header { // in the place of what this node has set already
				w.Header().Del(name)
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
	}
	out := q.WithContext(ctx)
	if q.Body != nil {
		out.Body = unclosed{q.Body} // it is the server's to close, and wanted again when nothing was sent
	}
	proxy.ServeHTTP(w, out)
	return failed
}
