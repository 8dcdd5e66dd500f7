package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/server/embed"
	"paceline/server/fault"
	"paceline/server/hook"
	"paceline/server/session"
	"paceline/store"
	"paceline/tenant"
)

// Config is what the server mounts and how it listens.
type Config struct {
	Log *slog.Logger
	// API answers /v1.0, /openapi.json and /docs; Token answers /oauth/token; Hook answers /api/webhook/.
	API, Token, Hook http.Handler
	// Session answers /session, where people sign in to the web application.
	Session http.Handler
	// Embed answers the pages of package embed.
	Embed http.Handler
	// Setup answers /setup, the first-run page; Invitation that of invited console users.
	Setup, Invitation http.Handler
	// Security answers where flaws are reported; nil: nowhere.
	Security *SecurityText
	// Files is the web application; it answers what nothing else does under / for browsers.
	Files http.Handler
	// Observe is told of every finished request but webhooks; nil is fine.
	Observe func(q *http.Request, status int, took time.Duration)
	Clock   paceline.Clock
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []*net.IPNet
	// ServiceHost is the host of the partner's pages where the API has another: the documentation of the API, which names us, is not
	// there. "" is one host for both.
	ServiceHost string
	// PartnerHost reports whether a host is the service domain of one partner; nil: none has one.
	PartnerHost func(ctx context.Context, host string) bool
	// Secure says that all of our addresses are https: browsers are told to come by nothing else.
	Secure bool
}

// Server is the http.Server with its middleware.
type Server struct {
	cfg   Config
	log   *slog.Logger
	http  *http.Server
	ready atomic.Bool
	inner http.Handler
}

// New builds the server; Serve starts it.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, log: cfg.Log}
	s.inner = s.route()
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return s
}

// SetReady says whether /health reports readiness; load balancers stop sending while it does not.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Serve answers requests until Stop; TLS when both files are named.
func (s *Server) Serve(l net.Listener, certFile, keyFile string) error {
	var err error
	if certFile != "" {
		err = s.http.ServeTLS(l, certFile, keyFile)
	} else {
		err = s.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Stop lets requests in progress finish until ctx ends, then cuts them off.
func (s *Server) Stop(ctx context.Context) error {
	s.ready.Store(false)
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// ServeHTTP sends webhooks straight to their door and everything else through the middleware.
func (s *Server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header()["X-Content-Type-Options"] = nosniff
	if s.cfg.Secure {
		w.Header()["Strict-Transport-Security"] = strict
	}
	if q.Method == http.MethodTrace {
		fault.New(http.StatusMethodNotAllowed, paceline.CodeMethodNotAllowed.Text("method", "TRACE")).Write(w)
		return
	}
	if hookPath(q.URL.Path) {
		s.guard(s.cfg.Hook).ServeHTTP(w, q)
		return
	}
	if q.ContentLength != 0 { // also for a body that nobody reads: the connection must not wait for it for ever
		http.NewResponseController(w).SetReadDeadline(paceline.SystemClock{}.Now().Add(readBody))
	}
	s.inner.ServeHTTP(w, q)
}

// readBody is how long a client may take over the body of a request that is no webhook.
const readBody = time.Minute

var (
	nosniff = []string{"nosniff"}
	strict  = []string{"max-age=31536000"} // of this host alone: what else a partner has under its domain is not ours
)

// documented reports whether a path, in lower case, is that of a page about the API, or of our mark.
func documented(path string) bool {
	switch strings.TrimSuffix(path, "/") {
	case "/openapi.json", "/docs", "/docs/index", "/docs/page.js", "/docs/icon.svg":
		return true
	}
	return false
}

// partnersPages reports whether the host is one of partners' pages, and not that of the API.
func (s *Server) partnersPages(q *http.Request) bool {
	return s.cfg.ServiceHost != "" && strings.EqualFold(q.Host, s.cfg.ServiceHost) || s.cfg.PartnerHost != nil && s.cfg.PartnerHost(q.Context(), q.Host)
}

func hookPath(path string) bool { return hook.Handles(path) }

func (s *Server) route() http.Handler {
	doors := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		path := strings.ToLower(q.URL.Path)
		switch {
		case path == "/health":
			s.health(w)
		case documented(path) && s.partnersPages(q):
			fault.Of(q.Context(), s.log, paceline.Fail(paceline.CodeNoRoute)).Write(w)
		case path == securityPath: // ours, so not at partners' addresses
			if s.partnersPages(q) || !s.cfg.Security.serves(q) {
				fault.Of(q.Context(), s.log, paceline.Fail(paceline.CodeNoRoute)).Write(w)
				return
			}
			s.cfg.Security.ServeHTTP(w, q)
		case strings.TrimSuffix(path, "/") == "/oauth/token":
			s.cfg.Token.ServeHTTP(w, q)
		case (path == session.Path || path == session.FactorPath) && s.cfg.Session != nil:
			s.cfg.Session.ServeHTTP(w, q)
		case q.Method == http.MethodHead && (path == "/openapi.json" || strings.HasPrefix(path, "/docs")):
			page := *q // the connection still knows that it was HEAD, and sends no body
			page.Method = http.MethodGet
			s.cfg.API.ServeHTTP(w, &page)
		case strings.HasPrefix(path, "/v1.0/"), path == "/v1.0", path == "/openapi.json", strings.HasPrefix(path, "/docs"),
			path == "/api/connectorstore", strings.HasPrefix(path, "/api/connectorstore/"):
			s.cfg.API.ServeHTTP(w, q)
		case strings.HasPrefix(path, "/api/"), path == "/api": // doors of programs, which read JSON, not pages
			fault.Of(q.Context(), s.log, paceline.Fail(paceline.CodeNoRoute)).Write(w)
		case s.cfg.Embed != nil && embed.Handles(path):
			s.cfg.Embed.ServeHTTP(w, q)
		case strings.HasPrefix(path, "/setup") && s.cfg.Setup != nil:
			s.cfg.Setup.ServeHTTP(w, q)
		case path == tenant.InvitationPath && s.cfg.Invitation != nil:
			s.cfg.Invitation.ServeHTTP(w, q)
		case s.cfg.Files != nil && (q.Method == http.MethodGet || q.Method == http.MethodHead):
			s.cfg.Files.ServeHTTP(w, q)
		default:
			fault.Of(q.Context(), s.log, paceline.Fail(paceline.CodeNoRoute)).Write(w)
		}
	})
	return s.observe(s.guard(doors))
}

// guard keeps a panic inside its request.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				fault.Of(q.Context(), s.log, panicError{v}).Write(w)
			}
		}()
		next.ServeHTTP(w, q)
	})
}

type panicError struct{ value any }

func (p panicError) Error() string { return "panic: " + slog.AnyValue(p.value).String() }

// observe gives each request an id, completes the content type and reports how it ended.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		start := s.cfg.Clock.Now()
		id := string(paceline.NewID(start))
		w.Header().Set("X-Request-Id", id)
		rec := &recorder{ResponseWriter: w}
		next.ServeHTTP(rec, q.WithContext(fault.WithCaller(store.OfRequest(q.Context()), id, ClientIP(q, s.cfg.TrustedProxies).String())))
		if s.cfg.Observe != nil {
			s.cfg.Observe(q, rec.status(), s.cfg.Clock.Now().Sub(start))
		}
	})
}

func (s *Server) health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !s.ready.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(`{"Status":"starting or stopping"}`))
		return
	}
	w.Write([]byte(`{"Status":"ok"}`))
}

// recorder remembers the status and completes the content type of JSON answers.
type recorder struct {
	http.ResponseWriter
	code int
}

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}

// WriteHeader completes the header and remembers the status.
func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
		if h := r.Header(); h.Get("Content-Type") == "application/json" {
			h.Set("Content-Type", "application/json; charset=utf-8")
		}
	}
	r.ResponseWriter.WriteHeader(code)
}

// Write sends part of the body.
func (r *recorder) Write(b []byte) (int, error) {
	if r.code == 0 {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the connection's own writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
