package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/internal/egress"
	"paceline/internal/startstop"
	"paceline/internal/telemetry"
	"paceline/script"
	"paceline/server"
	"paceline/server/node"
	"paceline/store"
	"paceline/tenant"
)

// Process is what the command gives an App besides its configuration.
type Process struct {
	Keys    KeySource
	Logger  *slog.Logger   // nil: the default logger
	Clock   paceline.Clock // nil: the machine's clock
	Leases  paceline.Clock // by which the leases of nodes go; nil: Clock
	Version string         // of the program, for health details
	Program string         // how the program was called, for what to type next; "" means "paceline"
}

// App is one server: everything built by New, running between Start and Stop.
type App struct {
	config  Config
	version string
	program string
	base    *Base
	clock   paceline.Clock
	log     *slog.Logger
	metrics *telemetry.Metrics
	figures figures
	guard   *egress.Guard
	scripts *script.Pool
	wires   []io.Closer // connections to databases and files of customers
	engine  *engine.Engine
	demo    *demo // nil without one

	public, private net.Listener // private is nil without metrics
	between         net.Listener // of the other nodes; nil for a server that is alone
	nodes           *node.Nodes
	leases          paceline.Clock // by which those of nodes go
	firstView       store.NodeView
	together        *node.Clock // by which all nodes go; nil for a server that is alone
	nodeServer      *http.Server
	publicURL       string // of links, without a slash at the end
	serviceURL      string
	server          *server.Server

	group        startstop.Group
	started      time.Time
	stopping     atomic.Bool
	dead         atomic.Bool // the store commits nothing any more
	failed       chan error
	firstRun     tenant.Credentials
	firstRunLink string
	published    []string // what publishing definitions had to say
}

// New opens the data and the addresses and builds every room; nothing runs yet. On an error nothing stays
// open. Errors are for the operator.
func New(ctx context.Context, config Config, process Process) (_ *App, err error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	a := &App{config: config, version: process.Version, program: process.Program, clock: process.Clock, log: process.Logger, failed: make(chan error, 1)}
	if a.program == "" {
		a.program = "paceline"
	}
	if a.clock == nil {
		a.clock = paceline.SystemClock{}
	}
	if a.log == nil {
		a.log = slog.Default()
	}
	defer func() {
		if err != nil {
			if a.base != nil {
				err = because(ctx, a.base.store, err)
			}
			a.close()
		}
	}()
	a.metrics = telemetry.NewMetrics()
	options := Options{Storage: config.Storage, Keys: process.Keys, Logger: a.log, Clock: a.clock, Serve: true, Committed: a.metrics.Commit}
	if options.Node, err = a.listenNodes(); err != nil {
		return nil, err
	}
	if options.Node != nil {
		if a.leases = process.Leases; a.leases == nil {
			a.leases = a.clock
		}
		a.together = node.NewClock(a.clock, a.log)
		options.Steady, options.Clock = a.leases, a.together
	}
	a.base, err = Open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err = a.setClock(ctx); err != nil {
		return nil, err
	}
	if err = a.listen(); err != nil {
		return nil, err
	}
	if config.Demo {
		if a.demo, err = a.openDemo(ctx); err != nil {
			return nil, err
		}
	}
	if a.guard, err = egress.New(egress.Config{Allow: a.config.EgressAllow, Logger: a.log}); err != nil {
		return nil, err
	}
	if err = a.makeRelay(); err != nil {
		return nil, err
	}
	if err = a.build(); err != nil {
		return nil, err
	}
	a.assemble()
	return a, nil
}

// listen takes the addresses, so that links can name a port that the system chose.
func (a *App) listen() (err error) {
	if a.config.TLSCert != "" {
		// Read here once, so that a wrong file ends the start and not the first request.
		if _, err := tls.LoadX509KeyPair(a.config.TLSCert, a.config.TLSKey); err != nil {
			return fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
	}
	if a.public, err = net.Listen("tcp", a.config.Addr); err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if a.config.MetricsAddr != MetricsOff && a.config.MetricsAddr != "" {
		if a.private, err = net.Listen("tcp", a.config.MetricsAddr); err != nil {
			return fmt.Errorf("--metrics-addr: %w", err)
		}
	}
	a.publicURL = strings.TrimSuffix(a.config.PublicURL, "/")
	if a.publicURL == "" {
		a.publicURL = localURL(a.public.Addr(), a.config.TLSCert != "")
	}
	a.serviceURL = strings.TrimSuffix(a.config.ServiceURL, "/")
	if a.serviceURL == "" {
		a.serviceURL = a.publicURL
	}
	a.base.serviceURL = a.serviceURL
	return nil
}

// assemble puts the services in the order in which they start.
func (a *App) assemble() {
	a.group.Add(
		startstop.Func("start", a.prepare, nil),
		a.engineService(),
		a.vendorService(),
		a.pagesService(),
		&startstop.Service{Name: "emails", Failed: a.fail, Run: a.base.Tenant.MailLoop},
		startstop.Func("demo", a.seed, nil),
		a.metricsService(),
		a.nodeService(),
		a.publicService(),
		a.watchStore(),
		a.commandService(),
	)
}

// Start runs everything and returns once requests are accepted. After an error nothing runs.
func (a *App) Start(ctx context.Context) error {
	a.started = a.clock.Now()
	if err := a.group.Start(ctx); err != nil {
		return because(ctx, a.base.store, err)
	}
	return nil
}

// Failed receives the error after which the server can't go on; the process must end.
func (a *App) Failed() <-chan error { return a.failed }

func (a *App) fail(name string, err error) {
	if err == nil {
		err = errors.New("ended by itself")
	}
	select {
	case a.failed <- fmt.Errorf("%s: %w", name, err):
	default:
	}
}

// Stop ends readiness, lets requests and calls in flight finish within the configured drain, and closes
// the data. It may be called twice.
func (a *App) Stop() {
	if !a.stopping.Swap(true) {
		a.drain()
	}
	a.group.Stop()
	a.close()
}

// drain gives requests and steps the same time, side by side, so that a stop does not take twice as long.
func (a *App) drain() {
	a.server.SetReady(false)
	limit := a.config.Drain
	if a.dead.Load() { // nothing that is waited for could be stored
		limit = 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	a.leaveNodes(ctx)
	var both sync.WaitGroup
	both.Go(func() { a.engine.Stop(ctx) })
	both.Go(func() {
		if err := a.server.Stop(ctx); err != nil {
			a.log.Warn("requests were cut off", "error", err)
		}
	})
	both.Wait()
}

// close closes what New opened.
func (a *App) close() {
	for _, l := range []net.Listener{a.public, a.private, a.between} {
		if l != nil {
			l.Close() // closed already when it served
		}
	}
	if a.demo != nil {
		a.demo.stop()
	}
	if a.scripts != nil {
		a.scripts.Close()
	}
	if a.guard != nil {
		a.guard.CloseIdle()
	}
	for _, wire := range a.wires {
		wire.Close()
	}
	if a.base != nil {
		if err := a.base.Close(); err != nil {
			a.log.Error("closing the database", "error", err)
		}
	}
}

// Ready is what the ready file says.
func (a *App) Ready() Ready {
	r := Ready{
		Address:      localURL(a.public.Addr(), a.config.TLSCert != ""),
		ClientId:     a.firstRun.ClientID,
		ClientSecret: a.firstRun.ClientSecret,
		AdminUser:    a.firstRun.AdminUser, AdminPassword: a.firstRun.AdminPassword,
		Pid: os.Getpid(),
	}
	r.ServiceAddress = r.Address
	if a.private != nil {
		r.MetricsAddress = localURL(a.private.Addr(), false)
	}
	return r
}

// publicService serves the API, webhooks and pages.
func (a *App) publicService() startstop.Starter {
	serve := &startstop.Service{Name: "server", Failed: a.fail, Run: func(context.Context) error {
		return a.server.Serve(a.public, a.config.TLSCert, a.config.TLSKey)
	}}
	return startstop.Func("server", func(ctx context.Context) error {
		if err := serve.Start(ctx); err != nil {
			return err
		}
		a.server.SetReady(true)
		return nil
	}, func() {
		a.drain() // at once after the first time
		serve.Stop()
	})
}

// metricsService serves metrics, profiles and health details on their own address.
func (a *App) metricsService() startstop.Starter {
	if a.private == nil {
		return startstop.Func("metrics", nil, nil)
	}
	a.metrics.Queue("commit", func() float64 { return float64(a.base.store.Backlog()) })
	a.metrics.Room(a.freeBytes)
	a.metrics.Silence(a.base.store.Silence)
	a.metrics.WatchNodes(a.nodeFigures)
	private := &http.Server{
		Handler:           a.metrics.Handler(http.HandlerFunc(a.serveHealth)),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	serve := &startstop.Service{Name: "metrics", Failed: a.fail, Run: func(context.Context) error {
		if err := private.Serve(a.private); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}}
	return startstop.Func("metrics", serve.Start, func() {
		private.Close()
		serve.Stop()
	})
}

// commandService takes the operator's commands while the server runs.
func (a *App) commandService() startstop.Starter {
	var c *controlServer
	return startstop.Func("commands", func(context.Context) (err error) {
		c, err = startControl(a.base)
		return err
	}, func() {
		if c != nil {
			c.stop()
		}
	})
}

// watchStore ends the server when the store can't commit any more.
func (a *App) watchStore() startstop.Starter {
	return &startstop.Service{Name: "store", Run: func(ctx context.Context) error {
		select {
		case err := <-a.base.store.Fatal():
			a.dead.Store(true)
			a.fail("store", err)
		case <-ctx.Done():
		}
		return nil
	}}
}
