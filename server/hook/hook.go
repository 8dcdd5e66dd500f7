// Package hook is the door of inbound webhooks. It is on the hot path: it reads the body under a cap,
// hands it to the engine, and answers only once the delivery is on the disk.
package hook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/server/fault"
)

// Intake takes deliveries; it is the engine.
type Intake interface {
	Deliver(ctx context.Context, identifier string, d connector.Delivery) (engine.Receipt, error)
	// DeliverShared is Deliver for an address of all accounts of a partner.
	DeliverShared(ctx context.Context, identifier string, d connector.Delivery) (engine.Receipt, error)
	// TooLarge refuses a delivery for one step that is larger than the limit, of which whoever it is for is told.
	TooLarge(ctx context.Context, identifier string) error
	// Land is Deliver for an account for which nobody works that can be reached. Errors: also engine.ErrOwner.
	Land(ctx context.Context, identifier string, d connector.Delivery) (engine.Receipt, error)
}

// Nodes are the other nodes, for one of several.
type Nodes interface {
	// Pass passes a request on to the node that works for a root account, waits for one if need be, and reports whether it
	// has answered it: it has not when that is this node.
	Pass(w http.ResponseWriter, q *http.Request, root int64, client string) (answered bool)
	// PassNow is Pass without waiting: nobody says that nothing was sent, for nobody works for the account that can be reached.
	PassNow(w http.ResponseWriter, q *http.Request, root int64, client string) (answered, nobody bool)
	// Poke tells the node that works for a root account to look for what has landed for it. It does not wait.
	Poke(root int64)
}

// The addresses, of a step and of a partner; any letter case is answered.
const (
	stepPath    = "/api/webhook/"
	partnerPath = "/api/partnerwebhook/"
)

// Handles reports whether a path is an address of webhooks.
func Handles(path string) bool { return behind(path, stepPath) || behind(path, partnerPath) }

// behind reports whether something stands behind the prefix in the path.
func behind(path, prefix string) bool {
	return len(path) > len(prefix) && (path[:len(prefix)] == prefix || strings.EqualFold(path[:len(prefix)], prefix))
}

// Handler answers /api/webhook/{identifier} and /api/partnerwebhook/{identifier}.
type Handler struct {
	Intake Intake
	Log    *slog.Logger
	Clock  paceline.Clock
	// MaxBody caps a delivery, in bytes.
	MaxBody int64
	// ReadTimeout is how long a sender may take over its body; 0: without end.
	ReadTimeout time.Duration
	// Client tells the sender's address for the log of refusals; nil leaves it out.
	Client func(*http.Request) string
	// Nodes are nil for a server that is alone.
	Nodes Nodes
	// RootOf returns the root account of an address, for Nodes. Errors: NotFound; Unavailable.
	RootOf func(ctx context.Context, identifier string) (int64, error)
	// Origin is the address of our pages as senders know it, without a slash at its end.
	Origin string
}

// presized is the largest body that is read into a buffer of its announced length.
const presized = 1 << 20

// ServeHTTP takes one delivery.
func (h *Handler) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch q.Method {
	case http.MethodPost, http.MethodPut, http.MethodGet, http.MethodHead:
	default:
		h.refuse(w, q, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method))
		return
	}
	control := http.NewResponseController(w)
	limited := h.ReadTimeout > 0 && q.ContentLength != 0
	if limited { // by the machine's clock, which the connection goes by; also for what is refused unread
		control.SetReadDeadline(paceline.SystemClock{}.Now().Add(h.ReadTimeout))
	}
	deliver, prefix := h.Intake.Deliver, stepPath
	if behind(q.URL.Path, partnerPath) {
		deliver, prefix = h.Intake.DeliverShared, partnerPath
	}
	identifier := strings.TrimSuffix(q.URL.Path[len(prefix):], "/")
	var root int64
	lands := false // nobody works for the account
	if h.Nodes != nil && prefix == stepPath {
		var err error
		root, err = h.RootOf(q.Context(), identifier)
		if err != nil && paceline.KindOf(err) != paceline.NotFound {
			h.refuse(w, q, err)
			return
		}
		if err == nil { // an unknown address is refused here as ever
			var answered bool
			if answered, lands = h.Nodes.PassNow(w, q, root, h.Client(q)); answered {
				return
			}
		}
	}
	body, err := h.read(w, q)
	if paceline.CodeOf(err) == paceline.CodeBodyTooLarge && prefix == stepPath {
		err = h.Intake.TooLarge(q.Context(), identifier)
	}
	if err != nil {
		h.refuse(w, q, err)
		return
	}
	if limited {
		control.SetReadDeadline(time.Time{}) // or it would end the wait for the disk
	}
	d := connector.Delivery{
		Method: q.Method, Header: q.Header, Query: query(q), RawBody: body, At: h.Clock.Now(), Origin: h.Origin, URI: q.RequestURI, Host: q.Host,
	}
	var receipt engine.Receipt
	if lands {
		receipt, err = h.Intake.Land(q.Context(), identifier, d)
		if err == nil && receipt.Transaction != "" {
			h.Nodes.Poke(root)
		}
	}
	if errors.Is(err, engine.ErrOwner) { // it has to wait for a node that works for the account
		lands = false
		q.Body, q.ContentLength, q.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		if h.Nodes.Pass(w, q, root, h.Client(q)) {
			return
		}
	}
	if !lands {
		receipt, err = deliver(q.Context(), identifier, d)
	}
	if err != nil {
		h.refuse(w, q, err)
		return
	}
	answer(w, receipt)
}

// refuse answers an error. Only here is the sender's address worked out: deliveries that are taken don't pay for it.
func (h *Handler) refuse(w http.ResponseWriter, q *http.Request, err error) {
	ctx := q.Context()
	if h.Client != nil {
		ctx = fault.WithCaller(ctx, "", h.Client(q))
	}
	fault.Of(ctx, h.Log, err).Write(w)
}

// query parses the query string only when there is one.
func query(q *http.Request) url.Values {
	if q.URL.RawQuery == "" {
		return nil
	}
	return q.URL.Query()
}

func answer(w http.ResponseWriter, r engine.Receipt) {
	head := w.Header()
	if r.Transaction != "" {
		head["X-Transaction-Id"] = []string{string(r.Transaction)}
	}
	if r.Answered { // a customer's flow made it, under the host of our own pages: no browser may run it there
		head["X-Content-Type-Options"] = []string{"nosniff"}
		head["Content-Security-Policy"] = []string{"sandbox; default-src 'none'"}
		for name, value := range r.Header {
			head[name] = []string{value}
		}
	}
	if r.Ack.ContentType != "" {
		head["Content-Type"] = []string{r.Ack.ContentType}
	}
	status := r.Ack.Status
	if status == 0 {
		status = http.StatusOK
	}
	for name, value := range r.Ack.Header {
		head.Set(name, value)
	}
	if len(r.Ack.Body) == 0 {
		head["Content-Length"] = []string{"0"}
	}
	w.WriteHeader(status)
	w.Write(r.Ack.Body)
}

func (h *Handler) read(w http.ResponseWriter, q *http.Request) ([]byte, error) {
	// A signature is of the bytes as they are, and nobody says before which encoding.
	if encoding := q.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, paceline.Fail(paceline.CodeContentEncoding, "encoding", encoding)
	}
	if q.ContentLength > h.MaxBody {
		return nil, paceline.Fail(paceline.CodeBodyTooLarge, "limit", h.MaxBody)
	}
	if q.ContentLength == 0 {
		return nil, nil
	}
	if q.ContentLength > 0 && q.ContentLength <= presized {
		body := make([]byte, q.ContentLength)
		if _, err := io.ReadFull(q.Body, body); err != nil {
			return nil, paceline.Fail(paceline.CodeBodyInvalid, "reason", "it ended early.").Because(err)
		}
		return body, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, h.MaxBody)) // grows with what really arrives
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, paceline.Fail(paceline.CodeBodyTooLarge, "limit", h.MaxBody)
	}
	if err != nil {
		return nil, paceline.Fail(paceline.CodeBodyInvalid, "reason", "it ended early.").Because(err)
	}
	return body, nil
}
