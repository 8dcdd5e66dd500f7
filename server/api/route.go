package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/tenant"
)

// Level is who may call a route and whether it works in an account.
type Level int

// The levels of routes.
const (
	Partner  Level = iota // a token of the whole partner
	Account               // a token and the account header
	Optional              // a token; with the account header, what that account sees
)

// String names the level as the route table and the documentation do.
func (l Level) String() string { return [...]string{"partner", "account", "optional"}[l] }

// IDParam is a parameter of a route that names somebody's thing, and whose.
type IDParam struct {
	In, Name string // "path", "query" or "body"
	Owner    string // "partner", "account" or "public"
	// Makes: an unknown one is made, so that another partner's is of no meaning.
	Makes bool
}

// Route is one operation of the API with the columns that its tests are computed from.
type Route struct {
	ID      string // operation id
	Method  string
	Path    string // below /v1.0, with {parameters}
	Summary string
	Tag     string
	Level   Level
	Right   string // area that a console user needs, with its level; inside accounts OpenAccount by default
	RightAs paceline.RightLevel
	IDs     []IDParam
	Status  int      // of success; 0 means 200
	Aliases []string // further "METHOD /path" that do the same
	// Extension marks what the original API does not have.
	Extension bool
	MaxBody   int64 // 0 means 1 MiB
}

// Prefix is where the API lives.
const Prefix = "/v1.0"

type output[O any] struct {
	Body O
}

type empty struct{}

// add registers a route whose answer is a JSON value.
func add[I, O any](a *API, r Route, handle func(context.Context, *Call, *I) (O, error)) {
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*output[O], error) {
		out, err := handle(ctx, callOf(ctx), in)
		if err != nil {
			return nil, a.fault(ctx, err)
		}
		return &output[O]{Body: out}, nil
	})
	a.alias(r)
}

// addEmpty registers a route whose answer is a status alone.
func addEmpty[I any](a *API, r Route, handle func(context.Context, *Call, *I) error) {
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*empty, error) {
		if err := handle(ctx, callOf(ctx), in); err != nil {
			return nil, a.fault(ctx, err)
		}
		return &empty{}, nil
	})
	a.alias(r)
}

// addRaw registers a route whose answer is a JSON document that exists as text already.
func addRaw[I any](a *API, r Route, handle func(context.Context, *Call, *I) ([]byte, error)) {
	op := a.operation(r)
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: "object", AdditionalProperties: true}},
	}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*output[[]byte], error) {
		out, err := handle(ctx, callOf(ctx), in)
		if err != nil {
			return nil, a.fault(ctx, err)
		}
		callOf(ctx).Writer.Header().Set("Content-Type", "application/json")
		return &output[[]byte]{Body: out}, nil
	})
	a.alias(r)
}

func (a *API) operation(r Route) huma.Operation {
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	if r.MaxBody == 0 {
		r.MaxBody = 1 << 20
	}
	if r.Level == Account && r.Right == "" {
		r.Right, r.RightAs = tenant.AreaOpenAccount, insideRight(r.Method)
	}
	a.routes = append(a.routes, r)
	op := huma.Operation{
		OperationID: r.ID, Method: r.Method, Path: Prefix + r.Path, Summary: r.Summary, Tags: []string{r.Tag},
		DefaultStatus: r.Status, MaxBodyBytes: r.MaxBody, BodyReadTimeout: time.Minute,
		SkipValidateBody: true, SkipValidateParams: true,
		Security:    []map[string][]string{{"bearer": {}}},
		Middlewares: huma.Middlewares{a.admit(r)},
		Extensions:  map[string]any{"x-level": r.Level.String()},
	}
	if len(r.Aliases) > 0 {
		op.Extensions["x-aliases"] = r.Aliases
	}
	if r.Extension {
		op.Extensions["x-extension"] = true
	}
	if r.Level != Partner {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "X-Cyclr-Account", In: "header", Required: r.Level == Account,
			Description: "API id of the account. A token restricted to one account implies it.", Schema: &huma.Schema{Type: "string"}})
	}
	return op
}

// insideRight is how far the right to work inside an account must reach for a method.
func insideRight(method string) paceline.RightLevel {
	if method == http.MethodGet {
		return paceline.ViewRight
	}
	return paceline.EditRight
}

// alias makes further methods and paths answer like the route that was just registered.
func (a *API) alias(r Route) {
	for _, alias := range r.Aliases {
		method, path, _ := strings.Cut(alias, " ")
		a.router.MethodFunc(method, Prefix+path, func(w http.ResponseWriter, q *http.Request) {
			q.Method = r.Method
			if path != r.Path {
				q.URL.Path, q.URL.RawPath = substitute(q, Prefix+path, Prefix+r.Path), ""
			}
			a.router.ServeHTTP(w, again(q))
		})
	}
}

// Routes returns every registered route, for the route inventory and the authorisation tests.
func (a *API) Routes() []Route { return slices.Clone(a.routes) }

// Router returns the mounted routes, for the route inventory.
func (a *API) Router() chi.Routes { return a.router }
