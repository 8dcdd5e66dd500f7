package connector

import (
	"encoding/json"
	"sync"
	"time"

	"paceline/internal/seal"
)

// Memory is what the calls of an account connector remember for the next ones: a session, a token that the program has
// signed, a challenge. Whoever keeps account connectors and opens them anew for calls gives each of these the same Memory.
// What lets somebody in is sealed in it, under a key of this process. It is safe for concurrent use.
type Memory struct {
	mu        sync.Mutex
	byRelease map[*Compiled]*remembered
}

// NewMemory returns an empty one.
func NewMemory() *Memory { return &Memory{} }

// of is the part of a release; that of an Instance without a Memory is its own.
func (m *Memory) of(c *Compiled) *remembered {
	if m == nil {
		return newRemembered()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.byRelease[c]
	if r == nil {
		if m.byRelease == nil {
			m.byRelease = make(map[*Compiled]*remembered, 1)
		}
		r = newRemembered()
		m.byRelease[c] = r
	}
	return r
}

type remembered struct {
	login chan struct{} // of type session: one logs in at a time

	mu      sync.Mutex
	session session
	jwt     jwtToken
	digest  digestState
}

func newRemembered() *remembered { return &remembered{login: make(chan struct{}, 1)} }

// session is what a login gave; number counts the logins.
type session struct {
	number int
	values kept // map[string]string
	until  time.Time
}

// jwtToken is a token that serves all calls for most of its life.
type jwtToken struct {
	text  kept // string
	until time.Time
}

// kept is a value of a session or a token, sealed.
type kept []byte

var memoryKey = seal.NewMemoryKey()

func keep(value any) kept {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts alone
	}
	return memoryKey.Seal(nil, text, seal.AD{})
}

func (k kept) open(into any) {
	if k == nil {
		return
	}
	text, err := memoryKey.Open(nil, k, seal.AD{})
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		panic(err) // what keep made
	}
}
