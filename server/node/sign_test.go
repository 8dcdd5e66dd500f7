package node

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paceline"
)

// TestSignatures: a request is known once, by the node that it is for, as it was signed, and not for long.
func TestSignatures(t *testing.T) {
	t.Parallel()
	now := paceline.Micros(1_000_000_000_000)
	newSigner := func(key string) *signer {
		return &signer{key: []byte(key), now: func() paceline.Micros { return now }, seen: map[string]struct{}{}}
	}
	sender := newSigner("the key of the installation")
	signed := func() *http.Request {
		q := httptest.NewRequest(http.MethodPost, "http://api.example.com/v1.0/cycles?page=1", nil)
		sender.sign(q, passed, 2, 3, "192.0.2.1")
		return q
	}
	for name, c := range map[string]struct {
		change func(q *http.Request)
		this   int64
		key    string
		later  time.Duration
	}{
		"as it is":       {this: 3},
		"another node":   {this: 4},
		"another key":    {this: 3, key: "another"},
		"another path":   {this: 3, change: func(q *http.Request) { q.URL.Path = "/v1.0/accounts" }},
		"another query":  {this: 3, change: func(q *http.Request) { q.URL.RawQuery = "" }},
		"another method": {this: 3, change: func(q *http.Request) { q.Method = http.MethodDelete }},
		"another host":   {this: 3, change: func(q *http.Request) { q.Host = "example.com" }},
		"another client": {this: 3, change: func(q *http.Request) {
			q.Header.Set(header, strings.Replace(q.Header.Get(header), "192.0.2.1", "192.0.2.2", 1))
		}},
		"another kind":     {this: 3, change: func(q *http.Request) { q.Header.Set(header, strings.Replace(q.Header.Get(header), "pass", "news", 1)) }},
		"none":             {this: 3, change: func(q *http.Request) { q.Header.Del(header) }},
		"two":              {this: 3, change: func(q *http.Request) { q.Header.Add(header, q.Header.Get(header)) }},
		"too late":         {this: 3, later: fresh + time.Second},
		"before its time":  {this: 3, later: -fresh - time.Second},
		"just not too old": {this: 3, later: fresh - time.Second},
	} {
		now = 1_000_000_000_000
		q := signed()
		if c.change != nil {
			c.change(q)
		}
		receiver := newSigner("the key of the installation")
		if c.key != "" {
			receiver.key = []byte(c.key)
		}
		now = now.Add(c.later)
		k, client, ok := receiver.check(q, c.this)
		want := name == "as it is" || name == "just not too old"
		if ok != want || ok && (k != passed || client != "192.0.2.1") {
			t.Errorf("%s: got %v %q %q", name, ok, k, client)
		}
		if _, _, again := receiver.check(q, c.this); again {
			t.Errorf("%s: it is taken a second time", name)
		}
	}
}
