package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/bench/w1"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/tenant"
)

// house is an open installation with an engine, as a server has it, without doors.
type house struct {
	store   *store.Store
	tenant  *tenant.Tenant
	catalog *catalog.Room
	cycles  *cycle.Room
	engine  *engine.Engine
	partner paceline.Principal
}

// open opens the database, makes its partner when it is new, and starts the engine over remote.
func open(ctx context.Context, o options, remote http.RoundTripper, running int) (_ *house, err error) {
	key, err := seal.ParseKey(o.key)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	where := store.Options{URL: o.databaseURL, Logger: slog.Default()}
	if o.databaseURL == "" {
		if err := os.MkdirAll(o.data, 0o700); err != nil {
			return nil, err
		}
		where.Path = filepath.Join(o.data, "paceline.db")
	}
	h := &house{}
	if h.store, err = store.Open(ctx, where); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.store.Close()
		}
	}()
	installation, err := tenant.OpenInstallation(ctx, h.store, seal.New(key))
	if err != nil {
		return nil, err
	}
	h.tenant = tenant.New(tenant.Config{Store: h.store, Installation: installation})
	releases := cycle.NewReleases(h.store)
	h.cycles = cycle.New(cycle.Config{Store: h.store, Releases: releases, Clock: paceline.SystemClock{}})
	h.catalog = catalog.New(catalog.Config{Store: h.store, Releases: releases, Cycles: h.cycles, Keys: h.tenant, Broker: h.tenant.Broker(), Clock: paceline.SystemClock{}})
	h.engine = engine.New(engine.Config{
		Store: h.store, Plans: h.cycles, Instances: h.catalog, Keys: h.tenant.KeyOf, Broker: h.tenant.Broker(), IDs: h.tenant.IDs(), Clock: paceline.SystemClock{},
		Runtime: connector.New(connector.Config{Transport: remote, Clock: paceline.SystemClock{}, Logger: slog.Default(), Scripts: o.scripts}),
		Limits:  engine.Limits{Running: running}, Notices: h.tenant, Outbound: remote,
	})
	h.cycles.Attach(h.engine)
	if err := h.furnish(ctx); err != nil {
		return nil, err
	}
	return h, h.engine.Start(ctx)
}

func (h *house) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	h.engine.Stop(ctx)
	return h.store.Close()
}

// furnish makes the partner and publishes the bench's connector, unless an earlier process did.
func (h *house) furnish(ctx context.Context) error {
	_, created, err := h.tenant.FirstRun(ctx, tenant.FirstRunOptions{PartnerName: "Bench"})
	if err != nil {
		return err
	}
	partners, err := h.tenant.Partners(ctx)
	if err != nil {
		return err
	}
	h.partner = paceline.SystemPrincipalOf(partners[0].Num)
	if !created {
		return nil
	}
	return h.publish(ctx, w1.WriteConnector)
}

// publish publishes the connector that write puts into a folder.
func (h *house) publish(ctx context.Context, write func(folder string) error) error {
	folder, err := os.MkdirTemp("", "bench-connectors-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := write(folder); err != nil {
		return err
	}
	kept, err := h.catalog.PublishAll(ctx, os.DirFS(folder))
	if err == nil && len(kept) > 0 {
		err = fmt.Errorf("%s was not published: %w", kept[0].File, kept[0].Err)
	}
	return err
}

// customer is an account with a running cycle.
type customer struct {
	Name string // API id of the account
	Hook string // identifier of the cycle's webhook
	// Cycle and the rest are how the store knows it.
	cycle   paceline.Cycle
	account paceline.Account
}

// template imports a template.
func (h *house) template(ctx context.Context, document []byte) (paceline.ID, error) {
	t, err := h.catalog.ImportTemplate(ctx, h.partner, catalog.TemplateImport{Document: document})
	return t.ID, err
}

// account makes an account whose connector calls the sink.
func (h *house) account(ctx context.Context, name, sink string) (paceline.Account, error) {
	a, err := h.tenant.CreateAccount(ctx, h.partner, tenant.AccountPatch{ID: tenant.Value(name), Name: tenant.Value(name)})
	if err != nil {
		return a, err
	}
	_, err = h.catalog.InstallConnector(ctx, h.partner, a, catalog.ConnectorRef{Name: w1.ConnectorName},
		catalog.ConnectorInstall{Properties: []catalog.PropertyInput{{Name: "SinkUrl", Value: &sink}}})
	return a, err
}

// install makes a running cycle of the template.
func (h *house) install(ctx context.Context, a paceline.Account, template paceline.ID) (customer, error) {
	c := customer{Name: a.APIID, account: a}
	made, err := h.catalog.InstallTemplate(ctx, h.partner, a, template, catalog.TemplateInstall{})
	if err != nil {
		return c, err
	}
	active, err := h.cycles.Activate(ctx, h.partner, a, made.ID, cycle.Activation{})
	if err != nil {
		return c, err
	}
	c.cycle = active.Cycle
	c.Hook, err = h.hook(ctx, active.Cycle)
	return c, err
}

// hook is the identifier of the cycle's webhook.
func (h *house) hook(ctx context.Context, c paceline.Cycle) (identifier string, err error) {
	err = h.store.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.WebhookIdentifiers(paceline.Scope{Partner: c.Partner, Account: c.Account}, c.Num)
		for _, identifier = range all {
		}
		return err
	})
	if err == nil && identifier == "" {
		err = fmt.Errorf("the cycle %s has no webhook", c.Name)
	}
	return identifier, err
}

// customers makes n accounts with a cycle each, or finds those of an earlier process.
func (h *house) customers(ctx context.Context, prefix string, n int, sink string, document []byte) ([]customer, error) {
	list := make([]customer, n)
	template := sync.OnceValues(func() (paceline.ID, error) { return h.template(ctx, document) })
	err := parallel(32, n, func(i int) (err error) {
		list[i], err = h.customer(ctx, fmt.Sprintf("%s%d", prefix, i), sink, template)
		return err
	})
	return list, err
}

func (h *house) customer(ctx context.Context, name, sink string, template func() (paceline.ID, error)) (customer, error) {
	if a, err := h.tenant.GetAccount(ctx, h.partner, name); err == nil {
		return h.found(ctx, a)
	}
	id, err := template()
	if err != nil {
		return customer{}, err
	}
	a, err := h.account(ctx, name, sink)
	if err != nil {
		return customer{}, err
	}
	return h.install(ctx, a, id)
}

// found reads the first cycle of an account.
func (h *house) found(ctx context.Context, a paceline.Account) (customer, error) {
	c := customer{Name: a.APIID, account: a}
	err := h.store.Read(ctx, func(tx *store.Tx) error {
		running, err := tx.RunningCycles(a.Scope())
		if err == nil && len(running) == 0 {
			err = fmt.Errorf("the account %s has no running cycle", a.APIID)
		}
		if err == nil {
			c.cycle = running[0]
		}
		return err
	})
	if err == nil {
		c.Hook, err = h.hook(ctx, c.cycle)
	}
	return c, err
}

// parallel calls f for 0 to n-1 from several goroutines and returns the first error.
func parallel(workers, n int, f func(int) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range min(workers, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
