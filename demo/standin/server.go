package standin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"paceline"
)

// Server is a remote system that listens on this machine.
type Server struct {
	URL string // base URL, without a slash at the end

	http     *http.Server
	recorder *recorder
	faults   *faults
	clock    paceline.Clock
	api      http.Handler
}

// The limits that every stand-in keeps.
const (
	maxBody     = 1 << 20
	maxRequests = 500
	maxFaults   = 100
)

// Start serves api on addr, which must be a loopback address; port 0 takes a free one. Paths that begin
// with /_ are the stand-in's own.
func Start(addr string, clock paceline.Clock, api http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		listener.Close()
		return nil, errors.New("a stand-in listens on a loopback address only, not on " + addr)
	}
	s := New(clock, api)
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(listener)
	return s, nil
}

// New returns the handler of a stand-in without a listener.
func New(clock paceline.Clock, api http.Handler) *Server {
	return &Server{clock: clock, api: api, recorder: newRecorder(maxRequests), faults: &faults{}}
}

// Addr is the host and port of URL.
func (s *Server) Addr() string { return strings.TrimPrefix(s.URL, "http://") }

// Close stops listening and waits up to a second for requests in progress.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// ServeHTTP answers the stand-in's own paths, and records whatever else comes with the answer it got.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		WriteJSON(w, http.StatusRequestEntityTooLarge, map[string]string{"message": "The body is larger than 1 MiB or was cut off."})
		return
	}
	if strings.HasPrefix(r.URL.Path, "/_") {
		if !fromHere(r) {
			WriteJSON(w, http.StatusForbidden, map[string]string{"message": "The stand-in's own paths are not for web pages."})
			return
		}
		s.own(w, r, body)
		return
	}
	seen := s.recorder.begin(s.clock.Now(), r, body)
	answer := &answer{ResponseWriter: w, status: http.StatusOK}
	if fault, ok := s.faults.take(r); ok {
		fault.write(answer)
	} else {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		s.api.ServeHTTP(answer, r)
	}
	s.recorder.end(seen, answer.status, answer.body)
}

var crossOrigin = http.NewCrossOriginProtection()

// fromHere keeps web pages away from the stand-in's own paths: those that post to it across origins, and
// those whose name was made to lead to this machine.
func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(host)
	return crossOrigin.Check(r) == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// own answers GET and DELETE /_requests and POST /_faults.
func (s *Server) own(w http.ResponseWriter, r *http.Request, body []byte) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_requests":
		WriteJSON(w, http.StatusOK, s.recorder.newestFirst())
	case "DELETE /_requests":
		s.recorder.clear()
		w.WriteHeader(http.StatusNoContent)
	case "POST /_faults":
		var f Fault
		if err := json.Unmarshal(body, &f); err != nil || !s.faults.add(f) {
			WriteJSON(w, http.StatusBadRequest, map[string]string{"message": `Want {"Status": 400 to 599, "Times": 1 to 100, "RetryAfter": seconds, "Method": "", "PathPrefix": ""}.`})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		WriteJSON(w, http.StatusNotFound, map[string]string{"message": "The stand-in has /_requests and /_faults."})
	}
}

// answer remembers what was written.
type answer struct {
	http.ResponseWriter
	status int
	body   []byte
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.body = append(a.body, b...)
	return a.ResponseWriter.Write(b)
}

// WriteJSON answers with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.Encode(v)
}
