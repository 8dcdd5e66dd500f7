package github

import (
	"net/http"
	"time"

	"paceline"
	"paceline/demo/standin"
)

// Options say how the stand-in starts. Token is required.
type Options struct {
	Addr  string // loopback address; "" takes a free port
	Token string // the only one that is accepted
	// StateFile keeps issues and comments over restarts; "" keeps them in memory.
	StateFile string
	Clock     paceline.Clock // nil: the system's
	// RequestsPerHour is the rate limit; 0 means GitHub's 5,000.
	RequestsPerHour int
}

// The demo's world: one private repository of an organisation, a person who reports issues, and the
// account whose token the integration has.
const (
	Owner      = "northwind-labs"
	Repo       = "ferry-timetable"
	Reporter   = "mara-okafor"
	Integrator = "northwind-desk"
)

const defaultPerHour = 5000

// api is the state behind the routes.
type api struct {
	token string
	clock paceline.Clock
	limit *standin.Limit
	state *standin.State[world]
}

// Start starts the stand-in on a loopback port.
func Start(o Options) (*standin.Server, error) {
	if o.Clock == nil {
		o.Clock = paceline.SystemClock{}
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.RequestsPerHour == 0 {
		o.RequestsPerHour = defaultPerHour
	}
	state, err := standin.OpenState(o.StateFile, newWorld(o.Clock.Now()))
	if err != nil {
		return nil, err
	}
	a := &api{
		token: o.Token,
		clock: o.Clock,
		limit: &standin.Limit{Requests: o.RequestsPerHour, Per: time.Hour, Clock: o.Clock},
		state: state,
	}
	return standin.Start(o.Addr, o.Clock, a.routes())
}

func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /repos/{owner}/{repo}", a.getRepository)
	mux.HandleFunc("GET /repos/{owner}/{repo}/issues", a.listIssues)
	mux.HandleFunc("POST /repos/{owner}/{repo}/issues", a.createIssue)
	mux.HandleFunc("GET /repos/{owner}/{repo}/issues/{number}", a.getIssue)
	mux.HandleFunc("GET /repos/{owner}/{repo}/issues/{number}/comments", a.listComments)
	mux.HandleFunc("POST /repos/{owner}/{repo}/issues/{number}/comments", a.createComment)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w, docRest) })
	return a.guard(mux)
}
