package sqlconn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/sshconn"
	"paceline/internal/egress"
	"paceline/internal/pool"
)

// Wire makes calls. It is an http.RoundTripper, as connector.WireCall describes; use New.
type Wire struct {
	dial  sshconn.Dialer
	clock paceline.Clock
	pool  *pool.Pool[database]
}

// New returns a Wire whose connections dial opens. Close it in the end.
func New(dial sshconn.Dialer, clock paceline.Clock) *Wire {
	if clock == nil {
		clock = paceline.SystemClock{}
	}
	return &Wire{dial: dial, clock: clock, pool: pool.New[database](clock)}
}

// Close closes the connections that are kept.
func (w *Wire) Close() error { return w.pool.Close() }

// Idle counts the connections that are kept.
func (w *Wire) Idle() int { return w.pool.Idle() }

// database is one connection.
type database interface {
	// usable reports whether a connection that was kept is still open.
	usable(ctx context.Context) bool
	begin(ctx context.Context, readOnly bool, timeout time.Duration) error
	// run sends a statement; handed is called before what it does can be lasting.
	run(ctx context.Context, q query, handed func()) (result, error)
	// commit ends the transaction; handed as in run.
	commit(ctx context.Context, handed func()) error
	rollback(ctx context.Context) error
	Close() error
}

// query is a statement with its values.
type query struct {
	parsed *connector.Statement
	values []value
}

// result is what a statement brought.
type result interface {
	columns() []string // nil for one that has no rows
	// row appends the next row's values as JSON, each by cell; false after the last.
	row(cell func(i int, text []byte)) (bool, error)
	close() (outcome, error)
}

type outcome struct {
	affected int64
	inserted int64 // id of the row, where the database tells
}

// failure is what a database or we refuse, in the words of an answer.
type failure struct {
	status  int
	code    string // SQLSTATE, or the database's own number
	message string
	about   map[string]string // further words of the database
}

func (f *failure) Error() string { return f.message }

// head is how much of an answer is read before it is begun: what is shorter is complete, its transaction committed.
const head = 1 << 20

// maxReturned bounds what a statement that changes something may bring back, since it is kept until the commit.
const maxReturned = 16 << 20

// RoundTrip makes a call.
func (w *Wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	call := connector.WireOf(ctx)
	if call == nil {
		return nil, errors.New("sqlconn: a request without a call")
	}
	d, ok := dialects[req.URL.Scheme]
	if !ok {
		return nil, fmt.Errorf("sqlconn: %s is no database", req.URL.Scheme)
	}
	var body connector.SQLRequest
	if err := readBody(req, &body); err != nil {
		return nil, err
	}
	q, err := d.query(strings.ToLower(req.Method), body)
	if err != nil {
		return answerOf(&failure{status: 400, message: err.Error()}), nil
	}
	resp, err := w.send(ctx, call, d, req.URL, q, false)
	if f, refused := failureOf(d, err); refused {
		return answerOf(f), nil
	}
	return resp, err
}

func readBody(req *http.Request, into *connector.SQLRequest) error {
	if req.Body == nil {
		return nil
	}
	defer req.Body.Close()
	return json.NewDecoder(req.Body).Decode(into)
}

// send runs the query on a connection of the account connector's. One that was closed while it was kept is noticed before
// anything could last, and another is opened.
func (w *Wire) send(ctx context.Context, call *connector.WireCall, d dialect, at *url.URL, q query, fresh bool) (*http.Response, error) {
	lease, err := w.pool.Get(ctx, fmt.Sprint(call.Account, "/", call.Connector), version(call, at), call.Connections, fresh, func(ctx context.Context) (database, error) {
		return w.open(ctx, call, d, at)
	})
	if err != nil {
		return nil, err
	}
	if lease.Reused && !lease.Conn.usable(ctx) {
		lease.Done(false)
		return w.send(ctx, call, d, at, q, true)
	}
	timeout := time.Duration(0)
	if deadline, ok := ctx.Deadline(); ok {
		timeout = max(deadline.Sub(w.clock.Now()), time.Millisecond)
	}
	if err := lease.Conn.begin(ctx, call.ReadOnly, timeout); err != nil {
		lease.Done(false)
		if _, refused := failureOf(d, err); lease.Reused && !refused && ctx.Err() == nil {
			return w.send(ctx, call, d, at, q, true)
		}
		return nil, err
	}
	r, err := lease.Conn.run(ctx, q, call.Handed)
	if err != nil {
		giveUp(ctx, lease)
		return nil, err
	}
	a := &rows{ctx: ctx, lease: lease, result: r, most: call.MaxRows, handed: call.Handed, names: distinct(r.columns())}
	return a.begin(!q.parsed.Writes() || call.ReadOnly)
}

// giveUp ends a transaction that failed. A connection that cannot say so is not used again.
func giveUp(ctx context.Context, lease *pool.Lease[database]) {
	lease.Done(ctx.Err() == nil && lease.Conn.rollback(ctx) == nil)
}

// version tells connections apart that were opened with something else.
func version(call *connector.WireCall, at *url.URL) string {
	text, err := json.Marshal([]any{at.String(), call.Credential, call.TLS, call.CA, call.TunnelHost, call.TunnelPort, call.TunnelKey})
	if err != nil {
		panic("texts are always JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return string(sum[:])
}

// open connects and signs in.
func (w *Wire) open(ctx context.Context, call *connector.WireCall, d dialect, at *url.URL) (database, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*egress.ConnectTimeout)
	defer cancel()
	t := target{
		host: at.Hostname(), port: at.Port(), name: strings.TrimPrefix(at.Path, "/"),
		user: call.Credential["Username"], password: call.Credential["Password"], dial: w.dial,
	}
	if t.port == "" {
		t.port = d.port
	}
	var err error
	if t.tls, err = secured(call, t.host); err != nil {
		return nil, err
	}
	if call.TunnelHost == "" {
		return d.open(ctx, t)
	}
	client, err := sshconn.Dial(ctx, w.dial, sshconn.Server{
		Host: call.TunnelHost, Port: call.TunnelPort, HostKey: call.TunnelKey,
		Username: call.Credential["SshUsername"], Password: call.Credential["SshPassword"],
		PrivateKey: call.Credential["SshPrivateKey"], Passphrase: call.Credential["SshPassphrase"],
	})
	if err != nil {
		return nil, err
	}
	t.dial = sshconn.Through(client)
	db, err := d.open(ctx, t)
	if err != nil {
		client.Close()
		return nil, err
	}
	return &tunnelled{db, client}, nil
}

// tunnelled is a connection with the SSH client that it needs.
type tunnelled struct {
	database
	client io.Closer
}

func (t *tunnelled) Close() error { return errors.Join(t.database.Close(), t.client.Close()) }

// target is a database server.
type target struct {
	host, port, name, user, password string
	tls                              *tls.Config // nil: in clear
	dial                             sshconn.Dialer
}

// secured is how a connection is secured.
func secured(call *connector.WireCall, host string) (*tls.Config, error) {
	switch call.TLS {
	case "off":
		return nil, nil
	case "encrypt":
		return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, InsecureSkipVerify: true}, nil // chosen by name, and told in the docs
	case "verify":
	default:
		return nil, &failure{status: 400, message: fmt.Sprintf("The way to secure the connection is %q; it can be verify, encrypt or off.", call.TLS)}
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if call.CA != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(call.CA)) {
			return nil, &failure{status: 400, message: "The certificate of the authority is not a PEM text."}
		}
	}
	return c, nil
}

// failureOf says what an error means to whoever called; ok is false where no answer came.
func failureOf(d dialect, err error) (f *failure, ok bool) {
	if err == nil {
		return nil, false
	}
	if f, ok = errors.AsType[*failure](err); ok {
		return f, true
	}
	if refused, is := errors.AsType[*sshconn.RefusedError](err); is {
		return &failure{status: 401, code: "ssh", message: refused.Reason}, true
	}
	if errors.Is(err, pool.ErrBusy) {
		return &failure{status: 503, code: "busy", message: "All connections of this connector are in use."}, true
	}
	if errors.Is(err, egress.ErrRefused) {
		return nil, false
	}
	if certificate, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return &failure{status: 401, code: "tls", message: "The database's certificate can not be trusted: " + certificate.Err.Error()}, true
	}
	return d.failure(err)
}

// answerOf is the answer that a failure becomes.
func answerOf(f *failure) *http.Response {
	doc := map[string]any{"message": f.message}
	if f.code != "" {
		doc["code"] = f.code
	}
	for name, text := range f.about {
		if text != "" {
			doc[name] = text
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		panic("texts are always JSON: " + err.Error())
	}
	resp := answer(f.status, io.NopCloser(bytes.NewReader(text)))
	resp.Status = strings.TrimSpace(fmt.Sprint(f.status, " ", f.code))
	if f.code == "busy" {
		resp.Header.Set("Retry-After", "2")
	}
	return resp
}

func answer(status int, body io.ReadCloser) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Proto: "SQL", ContentLength: -1, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}},
	}
}
