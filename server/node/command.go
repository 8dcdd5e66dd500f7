package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"

	"paceline"
	"paceline/internal/egress"
	"paceline/store"
)

// maxCommand bounds what a command is given.
const maxCommand = 64 << 20

// Command has one of the nodes of a database run an operator's command, for a process beside them that has the installation's
// key: only a node can tell vendors, and those who have to know. sent is false when there is none, or none can be reached.
func Command(ctx context.Context, s *store.Store, key []byte, clock paceline.Clock, name string, input []byte) (answer []byte, sent bool, err error) {
	v, err := s.View(ctx)
	if err != nil {
		return nil, false, err
	}
	read := clock.Now()
	sign := &signer{key: key, now: func() paceline.Micros { return v.Now.Add(clock.Now().Sub(read)) }}
	for _, n := range live(&v) {
		operator, err := egress.NewOperator(n.Address)
		if err != nil {
			continue // no node writes such an address
		}
		asking, done := watch(ctx, s, clock, n.ID)
		defer done()
		q, err := http.NewRequestWithContext(asking, http.MethodPost, "http://"+n.Address+"/"+name+"?sum="+sum(input), bytes.NewReader(input))
		if err != nil {
			return nil, false, err
		}
		sign.sign(q, order, 0, n.ID, "")
		r, err := operator.Peer().RoundTrip(q)
		if dialing(err) {
			continue
		}
		if err != nil {
			return nil, true, fmt.Errorf("node %d was asked, and did not answer: what it did is not known: %w", n.ID, err)
		}
		defer r.Body.Close()
		if answer, err = io.ReadAll(io.LimitReader(r.Body, maxCommand)); err == nil && r.StatusCode != http.StatusOK {
			err = fmt.Errorf("node %d refused the command: %s", n.ID, r.Status)
		}
		return answer, true, err
	}
	return nil, false, nil
}

// watch ends a context when a node is no more: a process that stands still would be waited for for ever.
func watch(ctx context.Context, s *store.Store, clock paceline.Clock, id int64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			timer, stop := clock.NewTimer(store.NodeLease)
			select {
			case <-timer:
			case <-ctx.Done():
				stop()
				return
			}
			look, enough := context.WithTimeout(ctx, store.NodeLease)
			v, err := s.View(look)
			enough()
			if err == nil && !slices.ContainsFunc(v.Nodes, func(n store.Node) bool { return n.ID == id && n.Lease > 0 }) {
				cancel()
				return
			}
		}
	}()
	return ctx, cancel
}

// sum stands in the address of a command, which is signed.
func sum(input []byte) string {
	s := sha256.Sum256(input)
	return base64.RawURLEncoding.EncodeToString(s[:])
}

// command runs one that a process beside the nodes was given.
func (n *Nodes) command(w http.ResponseWriter, q *http.Request) {
	input, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxCommand))
	if err != nil || q.URL.Query().Get("sum") != sum(input) || n.config.Command == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(n.config.Command(q.Context(), q.URL.Path[1:], input))
}
