package crm

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"time"

	"paceline"
	"paceline/demo/standin"
)

// Options say how the CRM starts. Key is required.
type Options struct {
	Addr      string // loopback address; "" takes a free port
	Key       string // the only API key that is accepted, in the header X-Harbour-Key
	StateFile string // keeps tickets over restarts; "" keeps them in memory
	Clock     paceline.Clock
	// RequestsPerMinute is the rate limit; 0 means 120.
	RequestsPerMinute int
}

// KeyHeader carries the API key.
const KeyHeader = "X-Harbour-Key"

const defaultPerMinute = 120

type api struct {
	key   string
	clock paceline.Clock
	limit *standin.Limit
	state *standin.State[book]
}

// Start starts the CRM on a loopback port.
func Start(o Options) (*standin.Server, error) {
	if o.Clock == nil {
		o.Clock = paceline.SystemClock{}
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = defaultPerMinute
	}
	state, err := standin.OpenState(o.StateFile, book{LastID: firstID})
	if err != nil {
		return nil, err
	}
	a := &api{key: o.Key, clock: o.Clock, state: state,
		limit: &standin.Limit{Requests: o.RequestsPerMinute, Per: time.Minute, Clock: o.Clock}}
	return standin.Start(o.Addr, o.Clock, a.routes())
}

func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/me", a.me)
	mux.HandleFunc("GET /api/tickets", a.list)
	mux.HandleFunc("POST /api/tickets", a.create)
	mux.HandleFunc("GET /api/tickets/{id}", a.get)
	mux.HandleFunc("PUT /api/tickets/{id}", a.update)
	mux.HandleFunc("PUT /api/tickets/external/{external_id}", a.upsert)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "There is nothing here.")
	})
	return a.guard(mux)
}

// guard checks the key and counts the request.
func (a *api) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get(KeyHeader)), []byte(a.key)) != 1 {
			refuse(w, http.StatusUnauthorized, "unauthorized", "The header "+KeyHeader+" is missing or its key is wrong.")
			return
		}
		left := a.limit.Take()
		w.Header().Set("X-Rate-Limit", strconv.Itoa(left.Limit))
		w.Header().Set("X-Rate-Remaining", strconv.Itoa(left.Remaining))
		if !left.OK {
			w.Header().Set("Retry-After", strconv.Itoa(left.Seconds()))
			refuse(w, http.StatusTooManyRequests, "rate_limited", "More than "+strconv.Itoa(left.Limit)+" requests in a minute.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *api) me(w http.ResponseWriter, _ *http.Request) {
	standin.WriteJSON(w, http.StatusOK, map[string]string{"workspace": "Northwind Service Desk", "plan": "demo"})
}

// refusal is the body of every error; Fields names what is wrong with each field of a 422.
type refusal struct {
	Error   string            `json:"error"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"`
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	standin.WriteJSON(w, status, refusal{Error: code, Message: message})
}
