package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/engine"
	"paceline/server/api/wire"
	"paceline/server/fault"
	"paceline/server/session"
	"paceline/storefront"
	"paceline/tenant"
)

// Services are the rooms that the operations call.
type Services struct {
	Log *slog.Logger
	// ServiceURL is the base of webhook addresses and of pages, without a slash at the end, but for partners who have a service domain of
	// their own.
	ServiceURL string
	// ConsoleURL is the base of the console's address, without a slash at the end.
	ConsoleURL string
	// EgressAddresses are the public addresses that calls of connectors come from, as the operator tells them.
	EgressAddresses []string
	Tenant          *tenant.Tenant
	Catalog         *catalog.Room
	Cycle           *cycle.Room
	Storefront      *storefront.Room
	Engine          *engine.Engine
	Live            LiveLimits
	// Cookie is that of the web application, whose session stands for a bearer token.
	Cookie session.Cookie
	// Nodes are those of a shared database; nil for a server that is alone.
	Nodes Nodes
}

// Nodes are the servers of one database, each of which works for some accounts.
type Nodes interface {
	// Pass passes a request on to the node that works for a root account, and reports whether it has answered it.
	Pass(w http.ResponseWriter, q *http.Request, root int64, client string) (answered bool)
	// Changed tells all nodes of a change that is not of one account.
	Changed(ctx context.Context)
}

// API serves /v1.0, /openapi.json and /docs/index.
type API struct {
	Services
	log    *slog.Logger
	tenant *tenant.Tenant
	router *chi.Mux
	huma   huma.API
	folder *folder

	limits    LiveLimits
	listeners *listeners

	routes  []Route
	handler http.Handler
}

// Version is the version of the public API.
const Version = "1.0"

// New registers every operation.
func New(s Services) *API {
	a := &API{Services: s, log: s.Log, tenant: s.Tenant, router: chi.NewMux(), folder: newFolder()}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.router.NotFound(a.refuse(paceline.CodeNoRoute))
	a.router.MethodNotAllowed(a.refuse(paceline.CodeMethodNotAllowed))
	a.huma = humachi.New(a.router, a.config())
	a.accounts()
	a.users()
	a.signInTokens()
	a.embedding()
	a.marketplaces()
	a.branding()
	a.connectors()
	a.accountConnectors()
	a.customConnectors()
	a.ownConnectors()
	a.setupTokens()
	a.setupForms()
	a.methodCalls()
	a.scripts()
	a.lookups()
	a.customFields()
	a.templates()
	a.templateReleases()
	a.templateDesign()
	a.templateFlow()
	a.cycles()
	a.cycleFiles()
	a.cycleUpgrades()
	a.steps()
	a.stepEdits()
	a.layout()
	a.stepLastRun()
	a.stepParameters()
	a.stepFields()
	a.stepTrials()
	a.edges()
	a.variables()
	a.transactions()
	a.repeats()
	a.cycleFolders()
	a.recycleBin()
	a.templateLibrary()
	a.outcomes()
	a.errorDeliveries()
	a.errorWebhook()
	a.quotas()
	a.nodeList()
	a.usage()
	a.reports()
	a.settings()
	a.consoleUsers()
	a.notifications()
	a.folders()
	a.clients()
	a.auditLog()
	a.addresses()
	a.live()
	a.files()
	a.documentation()
	a.connectorStore()
	a.loosen()
	a.learn()
	a.handler = a.folder.wrap(a.router, a.refuse(paceline.CodeMethodNotAllowed))
	return a
}

// ServeHTTP answers a request of the API.
func (a *API) ServeHTTP(w http.ResponseWriter, q *http.Request) { a.handler.ServeHTTP(w, q) }

func (a *API) config() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Paceline", Version: Version,
				Description: "The public API. Property and query names are read in any letter case; errors are {\"Message\"}; lists are bare arrays."},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "A token of POST /oauth/token."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": wire.Format(), "json": wire.Format()},
		DefaultFormat: "application/json",
	}
}

func (a *API) refuse(code paceline.Code) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		fault.Of(q.Context(), a.log, paceline.Fail(code, "method", q.Method)).Write(w)
	}
}

// loosen documents what bodies are: unknown properties are ignored, answers may gain some, and none of a
// request's must be there for all routes that share it.
func (a *API) loosen() {
	for name, schema := range a.huma.OpenAPI().Components.Schemas.Map() {
		schema.AdditionalProperties = nil
		if strings.HasSuffix(name, "Input") {
			schema.Required = nil
		}
	}
}

// learn teaches the folder every path and query name.
func (a *API) learn() {
	for path, item := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			a.folder.learn(path, op.Method)
			for _, p := range op.Parameters {
				if p.In == "query" {
					a.folder.queries[strings.ToLower(p.Name)] = p.Name
				}
			}
		}
	}
	for _, r := range a.routes {
		for _, alias := range r.Aliases {
			method, path, _ := strings.Cut(alias, " ")
			a.folder.learn(Prefix+path, method)
		}
	}
	for _, path := range []string{"/openapi.json", "/docs/index"} {
		a.folder.learn(path)
	}
}
