package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/connector/sftpconn"
	"paceline/connector/sqlconn"
	"paceline/engine"
	"paceline/internal/startstop"
	"paceline/script"
	"paceline/script/worker"
	"paceline/server"
	"paceline/server/api"
	"paceline/server/embed"
	"paceline/server/hook"
	"paceline/server/oauth"
	"paceline/server/session"
	"paceline/utility"
	"paceline/web"
)

// readDelivery is how long a sender may take over a webhook's body.
const readDelivery = 30 * time.Second

// build makes the engine over the rooms of the base, and the doors over both.
func (a *App) build() error {
	b := a.base
	program, err := script.Program()
	if err != nil {
		return err
	}
	a.scripts = script.NewPool(script.Config{
		Command: []string{program, worker.Argument}, Max: a.config.ScriptWorkers, Limits: scriptLimits(a.config),
		Logger: a.log, Clock: a.clock,
	})
	sql, sftp := sqlconn.New(a.guard.DialContext, a.clock), sftpconn.New(a.guard.DialContext, a.clock)
	runtime := connector.New(connector.Config{
		Wires:     map[string]http.RoundTripper{connector.TransportSQL: countOutbound(sql, a.metrics), connector.TransportSFTP: countOutbound(sftp, a.metrics)},
		Transport: countOutbound(a.guard.Transport(), a.metrics), Clock: a.clock, Logger: a.log, Renewer: b.Catalog,
		Quota: catalog.NewSharedLimits(b.store, a.clock), Holds: engine.Holds{Store: b.store}, Scripts: a.scripts,
		Limits: connector.Limits{Request: int64(size(a.config.MaxRequest, 25)), Response: int64(size(a.config.MaxResponse, 50))},
	})
	a.wires = []io.Closer{sql, sftp, runtime}
	utility.Provide(runtime, utility.Config{
		Store: b.store, Keys: b.Tenant.KeyOf, Clock: a.clock, Post: utility.Post{Dial: a.guard.DialContext}, Limits: utilityLimits(a.config),
	})
	a.makeNodes()
	b.Catalog.Attach(runtime)
	callers, err := a.config.DemandNetworks()
	if err != nil {
		return err
	}
	b.Catalog.AdmitCallers(callers)
	b.Catalog.AttachScripts(a.scripts)
	b.Cycles.AttachScripts(a.scripts)
	b.Catalog.AttachVendors(runtime)
	b.Catalog.ServeAt(a.serviceURL)
	b.Storefront.ServeAt(a.serviceURL)
	b.Cycles.AttachSubscriber(b.Catalog)
	a.engine = engine.New(engine.Config{
		Store:     b.store,
		Plans:     b.Cycles,
		Instances: b.Catalog,
		Runtime:   runtime,
		Keys:      b.Tenant.KeyOf,
		Broker:    b.Tenant.Broker(),
		IDs:       b.Tenant.IDs(),
		Service:   func(ctx context.Context, partner int64) string { return b.Tenant.ServiceURL(ctx, partner, "") },
		Clock:     a.clock,
		Limits:    engine.Limits{Running: a.config.Workers, Payload: size(a.config.MaxWebhook, 25), StepData: size(a.config.MaxStepData, 50), Drain: a.config.Drain, Answer: a.config.AnswerTime, Callers: a.config.Callers},
		Logger:    a.log,
		Metrics:   a.metrics,
		Notices:   b.Tenant,
		Outbound:  countOutbound(a.guard.Transport(), a.metrics),
		Peers:     a.peers(),
	})
	b.Cycles.Attach(a.engine)
	b.Storefront.Attach(a.engine)
	b.Cycles.AttachFollower(b.Storefront)
	b.Tenant.OnChange(func(account paceline.Account) {
		a.engine.ErrorWebhookChanged(account.Num)
		a.engine.AccountChanged(context.Background(), account)
	})
	b.Tenant.OnSettings(a.engine.PartnerChanged)
	if a.demo != nil {
		b.demoEnded = a.demo.stop
	}

	proxies, err := a.config.Proxies()
	if err != nil {
		return err
	}
	a.server = server.New(server.Config{
		Log: a.log,
		API: api.New(api.Services{
			Log: a.log, ServiceURL: a.serviceURL, ConsoleURL: a.publicURL, EgressAddresses: a.config.EgressAddresses, Tenant: b.Tenant, Catalog: b.Catalog, Cycle: b.Cycles, Storefront: b.Storefront, Engine: a.engine,
			Nodes: a.apiNodes(), Cookie: session.CookieAt(a.publicURL),
		}),
		Token:   &oauth.Handler{Tenant: b.Tenant, Log: a.log},
		Session: &session.Handler{Tenant: b.Tenant, Log: a.log, PublicURL: a.publicURL, ServiceURL: a.serviceURL},
		Hook: &hook.Handler{Intake: a.engine, Log: a.log, Clock: a.clock, MaxBody: int64(size(a.config.MaxWebhook, 25)), ReadTimeout: readDelivery, Origin: a.serviceURL, Nodes: a.hookNodes(), RootOf: a.engine.RootOf,
			Client: func(q *http.Request) string { return server.ClientIP(q, proxies).String() }},
		Files:          &server.Pages{Files: web.Dist(), Sections: web.Sections, Brand: a.consoleBrand, Frames: a.accountFrames},
		Embed:          a.changing(&embed.Handler{Tenant: b.Tenant, Catalog: b.Catalog, Storefront: b.Storefront, Files: web.Dist(), Log: a.log, ServiceURL: a.serviceURL, BeginFrame: session.CookieAt(a.publicURL).BeginFrame, Pass: a.pass()}),
		Setup:          a.changing(&server.Setup{Tenant: b.Tenant, Log: a.log, PublicURL: a.publicURL, ServiceURL: a.serviceURL}),
		Invitation:     a.changing(&server.Invitation{Tenant: b.Tenant, Log: a.log}),
		Security:       &server.SecurityText{Contacts: a.config.SecurityContact, URL: a.publicURL, Clock: a.clock},
		Observe:        a.observe,
		Clock:          a.clock,
		TrustedProxies: proxies,
		ServiceHost:    a.serviceHost(),
		PartnerHost:    a.partnerHost,
		Secure:         strings.HasPrefix(a.publicURL, "https://") && strings.HasPrefix(a.serviceURL, "https://"),
	})
	if a.nodes != nil {
		a.nodes.Attach(a.engine, a.server)
	}
	return nil
}

// engineService runs the engine; it drains by itself.
func (a *App) engineService() startstop.Starter {
	return startstop.Func("engine", a.engine.Start, func() { a.engine.Stop(context.Background()) })
}

// vendorService looks after what vendors were told about webhooks, and tells them what is still to be told.
func (a *App) vendorService() startstop.Starter {
	return &startstop.Service{Name: "vendors", Failed: a.fail, Run: a.base.Catalog.Sweep}
}

// pagesService takes back what was begun on embedded pages and left.
func (a *App) pagesService() startstop.Starter {
	return &startstop.Service{Name: "embedded pages", Failed: a.fail, Run: a.base.Storefront.Sweep}
}

// observe counts finished requests.
func (a *App) observe(r *http.Request, status int, took time.Duration) {
	a.metrics.Request(r.Method, status, took)
}

// utilityLimits are what utilities may keep; 0 leaves the default.
func utilityLimits(c Config) utility.Limits {
	return utility.Limits{Key: c.StorageKey, Value: c.StorageValue, Object: c.StorageObject << 10, Entries: c.StorageEntries, Bytes: int64(c.StorageBytes) << 20}
}

// scriptLimits are the limits of scripts that are set; zero leaves the default.
func scriptLimits(c Config) script.Limits {
	return script.Limits{
		Wall: c.ScriptTime, Heap: int64(c.ScriptMemory) << 20, Input: c.ScriptOutput << 20, Output: c.ScriptOutput << 20,
		Calls: c.ScriptCalls, Storage: c.ScriptStorage,
	}
}
