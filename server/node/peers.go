package node

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/server/fault"
	"paceline/store"
)

// tellFor is how long a node waits until another one has heard something; then it goes on trying beside.
const tellFor = time.Second

// ServeHTTP answers the other nodes, and nobody else.
func (n *Nodes) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	v := n.view.Load()
	if v == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	k, client, ok := n.sign.check(q, v.This)
	if !ok {
		fault.Of(q.Context(), n.log, paceline.Fail(paceline.CodeDenied)).Write(w)
		return
	}
	q.Header.Del(header)
	switch k {
	case passed:
		q.RemoteAddr = net.JoinHostPort(client, "0")
		n.serve.ServeHTTP(w, q.WithContext(context.WithValue(q.Context(), hopKey{}, true)))
	case look:
		n.Look()
	case news:
		answer(n, w, q, n.engine.Heard)
	case order:
		n.command(w, q)
	case part:
		answer(n, w, q, func(ctx context.Context, p partOf) error { return n.engine.DeliverPart(ctx, p.Step, p.Delivery) })
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

type partOf struct {
	Step     string
	Delivery connector.Delivery
}

// answer reads what another node says, and answers what came of it.
func answer[T any](n *Nodes, w http.ResponseWriter, q *http.Request, f func(context.Context, T) error) {
	var in T
	err := json.NewDecoder(q.Body).Decode(&in)
	if err == nil {
		err = f(q.Context(), in)
	}
	if err != nil {
		fault.Of(q.Context(), n.log, err).Write(w)
	}
}

// send says something to another node, and returns the status of its answer.
func (n *Nodes) send(ctx context.Context, y *way, k kind, what any) (status int, err error) {
	body, err := json.Marshal(what)
	if err != nil {
		return 0, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+y.address+"/", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	n.sign.sign(q, k, n.view.Load().This, y.id, "")
	r, err := y.transport.RoundTrip(q)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	io.Copy(io.Discard, io.LimitReader(r.Body, 64<<10)) // so that the connection serves again
	return r.StatusCode, nil
}

// tellAll makes the other nodes look at once. Who does not hear it looks within a second by itself.
func (n *Nodes) tellAll(ctx context.Context, v *store.NodeView) {
	for _, o := range v.Nodes {
		if y := n.ways.to(o.ID); y != nil {
			n.news.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, tellFor)
				defer cancel()
				n.send(ctx, y, look, struct{}{})
			})
		}
	}
}

// Changed tells the other nodes that something was changed that is of no account of this node's: they forget what they
// have kept in memory.
func (n *Nodes) Changed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellFor)
	defer cancel()
	if err := n.store.TellChange(ctx); err != nil {
		n.log.Warn("other nodes could not be told of a change; they see it when what they have kept is old", "error", err)
		return
	}
	if v := n.view.Load(); v != nil {
		n.tellAll(context.WithoutCancel(ctx), v)
	}
}

// Tell tells the node that works for a root account what was changed. It implements engine.Peers.
func (n *Nodes) Tell(root int64, what engine.News) {
	told := make(chan struct{})
	n.news.Go(func() {
		defer close(told)
		for n.tellOnce(root, what) {
			timer, stop := n.clock.NewTimer(tellFor)
			select {
			case <-timer:
			case <-n.done:
				stop()
				return
			}
		}
	})
	timer, stop := n.clock.NewTimer(tellFor)
	defer stop()
	select {
	case <-told:
	case <-timer:
	}
}

// tellOnce reports whether it has to be tried again.
func (n *Nodes) tellOnce(root int64, what engine.News) (again bool) {
	ctx, cancel := context.WithTimeout(context.Background(), ownerWait)
	defer cancel()
	if n.store.Owns(root) {
		return n.engine.Heard(ctx, what) != nil
	}
	y := n.owner(root)
	if y == nil {
		n.Look()
		return true // whoever gets it reads it from the database, but this node may be the one
	}
	status, err := n.send(ctx, y, news, what)
	return err != nil || status >= http.StatusInternalServerError
}

// DeliverPart gives a part of a delivery to the node that works for the account. It implements engine.Peers.
func (n *Nodes) DeliverPart(ctx context.Context, root int64, step string, d connector.Delivery) error {
	y := n.owner(root)
	nobody := paceline.Fail(paceline.CodeBusy).In(comeAgain)
	if alike(n.view.Load()) {
		nobody = nobody.Because(engine.ErrNobody)
	}
	if y == nil {
		n.Look()
		return nobody
	}
	status, err := n.send(ctx, y, part, partOf{step, d})
	switch {
	case dialing(err):
		return nobody
	case err != nil:
		return paceline.Fail(paceline.CodeBusy).In(comeAgain).Because(err)
	case status >= http.StatusInternalServerError:
		return paceline.Fail(paceline.CodeBusy).In(comeAgain)
	case status >= http.StatusBadRequest: // that of one cycle, which was stopped meanwhile or cannot read the event
		return paceline.Fail(paceline.CodeWebhookUnknown)
	}
	return nil
}

var _ engine.Peers = (*Nodes)(nil)
