package connectortest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
)

// Remote is an HTTP server on a loopback port that answers as it was told and remembers what it was asked.
// It is safe for concurrent use.
type Remote struct {
	URL string // "http://127.0.0.1:port"

	server   *http.Server
	mu       sync.Mutex
	scripts  map[string][]Behaviour
	received []Received
}

// Received is one request as it arrived.
type Received struct {
	Method string
	Path   string // with the query
	Header http.Header
	Body   []byte
}

// Behaviour answers one request.
type Behaviour func(w http.ResponseWriter, r *http.Request)

// NewRemote starts a server that answers 404 to everything until On is called. Close stops it.
func NewRemote() *Remote {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("a loopback port can be had: " + err.Error())
	}
	r := &Remote{URL: "http://" + listener.Addr().String(), scripts: map[string][]Behaviour{}}
	r.server = &http.Server{Handler: http.HandlerFunc(r.serve), ErrorLog: log.New(io.Discard, "", 0)}
	go r.server.Serve(listener)
	return r
}

// Close stops the server and every connection.
func (r *Remote) Close() { r.server.Close() }

// On sets what the path answers: one behaviour after the other, the last one again and again.
func (r *Remote) On(path string, behaviours ...Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scripts[path] = behaviours
}

// Received returns the requests that came so far, in order.
func (r *Remote) Received() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Received(nil), r.received...)
}

func (r *Remote) serve(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.received = append(r.received, Received{req.Method, req.URL.RequestURI(), req.Header.Clone(), body})
	script := r.scripts[req.URL.Path]
	if len(script) > 1 {
		r.scripts[req.URL.Path] = script[1:]
	}
	r.mu.Unlock()
	if len(script) == 0 {
		http.NotFound(w, req)
		return
	}
	script[0](w, req)
}

// JSON answers with a status and a JSON body.
func JSON(status int, body string) Behaviour { return Raw(status, "application/json", body) }

// Raw answers with a status, a content type and a body, and with headers as "Name: value".
func Raw(status int, contentType, body string, headers ...string) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Throttle answers 429 with the Retry-After header, in seconds or as a date; "" sends none.
func Throttle(retryAfter string) Behaviour {
	if retryAfter == "" {
		return JSON(http.StatusTooManyRequests, `{"message":"slow down"}`)
	}
	return Raw(http.StatusTooManyRequests, "application/json", `{"message":"slow down"}`, "Retry-After: "+retryAfter)
}

// Redirect answers with a redirect to the address.
func Redirect(status int, to string) Behaviour { return Raw(status, "text/plain", "", "Location: "+to) }

// Hang sends the headers and one byte, then nothing until release is closed or the caller leaves.
func Hang(release <-chan struct{}) Behaviour {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
}

// Huge answers with a JSON text of n bytes whose length is not announced.
func Huge(n int) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, `"`)
		writeMany(w, n)
		io.WriteString(w, `"`)
	}
}

// Bomb answers with a gzip stream that grows to n bytes.
func Bomb(n int) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		writeMany(z, n)
		z.Close()
	}
}

func writeMany(w io.Writer, n int) {
	chunk := strings.Repeat("x", 32<<10)
	for n > 0 {
		k, err := io.WriteString(w, chunk[:min(n, len(chunk))])
		if err != nil {
			return
		}
		n -= k
	}
}

// Truncate announces more bytes than it sends, then closes the connection.
func Truncate(body string) Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, body)
	}
}

// Reset closes the connection without an answer, after the request was read.
func Reset() Behaviour {
	return func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
}

// Deep answers with n lists within each other.
func Deep(n int) Behaviour { return JSON(http.StatusOK, strings.Repeat("[", n)+strings.Repeat("]", n)) }
