package connectortest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
)

// Drip sends a JSON text that never ends, one byte after each pause, until the caller leaves.
func Drip(pause time.Duration) Behaviour {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for text := `{"data":"`; ; text = "x" {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			next, stop := paceline.SystemClock{}.NewTimer(pause)
			select {
			case <-next:
			case <-r.Context().Done():
				stop()
				return
			}
		}
	}
}

// EndlessPages answers each request with one row and the token of one more page: {"data":[{"id":1}],"next":"t1"}.
func EndlessPages() Behaviour {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		i := n.Add(1)
		JSON(http.StatusOK, fmt.Sprintf(`{"data":[{"id":%d}],"next":"t%d"}`, i, i))(w, r)
	}
}

// RepeatedCursor answers each request with another row and the same token.
func RepeatedCursor(token string) Behaviour {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		JSON(http.StatusOK, fmt.Sprintf(`{"data":[{"id":%d}],"next":%q}`, n.Add(1), token))(w, r)
	}
}

// Coded answers with JSON that is said to be in a content coding in which it is not.
func Coded(coding, body string) Behaviour {
	return Raw(http.StatusOK, "application/json", body, "Content-Encoding: "+coding)
}

// Headers answers with n headers of a kilobyte each.
func Headers(n int) Behaviour {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := range n {
			w.Header().Set(fmt.Sprint("X-Much-", i), strings.Repeat("x", 1<<10))
		}
		JSON(http.StatusOK, "{}")(w, r)
	}
}

// Tokens is an authorization server that rotates: each refresh token is good once, and its second use ends the grant.
type Tokens struct {
	mu     sync.Mutex
	issued int // of the pair in use
	ended  bool
}

// NewTokens begins with the pair a0 and r0.
func NewTokens() *Tokens { return &Tokens{} }

// Refresh answers requests of refresh tokens: with the next pair, or invalid_grant.
func (t *Tokens) Refresh() Behaviour {
	return func(w http.ResponseWriter, r *http.Request) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.ended = t.ended || r.FormValue("refresh_token") != fmt.Sprint("r", t.issued); t.ended {
			JSON(http.StatusBadRequest, `{"error":"invalid_grant"}`)(w, r)
			return
		}
		t.issued++
		JSON(http.StatusOK, fmt.Sprintf(`{"access_token":"a%d","refresh_token":"r%d"}`, t.issued, t.issued))(w, r)
	}
}

// Guard answers as b where the request has the access token in use, else 401. After every that many requests the
// access token in use is no longer accepted.
func (t *Tokens) Guard(every int, b Behaviour) Behaviour {
	used, left := 0, every
	return func(w http.ResponseWriter, r *http.Request) {
		t.mu.Lock()
		if t.issued != used {
			used, left = t.issued, every
		}
		good := !t.ended && left > 0 && r.Header.Get("Authorization") == fmt.Sprint("Bearer a", t.issued)
		if good {
			left--
		}
		t.mu.Unlock()
		if !good {
			JSON(http.StatusUnauthorized, `{"error":"invalid_token"}`)(w, r)
			return
		}
		b(w, r)
	}
}
