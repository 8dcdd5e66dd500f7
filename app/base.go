package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/store"
	"paceline/storefront"
	"paceline/tenant"
)

// Options say which installation to open, and how.
type Options struct {
	Storage Storage
	Keys    KeySource
	Logger  *slog.Logger   // nil: the default logger
	Clock   paceline.Clock // nil: the machine's clock
	Steady  paceline.Clock // of the leases of nodes; nil: Clock
	// Node makes the server one of several on its PostgreSQL; nil: it is alone.
	Node  *store.NodeOptions
	Serve bool // the engine will run; without it a server on the same PostgreSQL goes on
	// Make lets the data folder get a database and a key that it does not have, as Serve does: every other command names one
	// that is there, or is mistyped.
	Make bool
	// Committed is told of every commit of the store's writers; nil is fine.
	Committed func(changes int, took time.Duration)
}

// store are the options of the database.
func (o Options) store() store.Options {
	s := store.Options{URL: o.Storage.DatabaseURL, Clock: o.Clock, Steady: o.Steady, Logger: o.Logger}
	if o.Storage.SQLite() {
		s.Path = o.Storage.DatabaseFile()
	}
	return s
}

func (o Options) makes() bool { return o.Serve || o.Make }

// place makes the data folder, or sees that its database is there.
func (o Options) place() error {
	if !o.makes() {
		return o.mustExist()
	}
	if err := os.MkdirAll(o.Storage.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// mustExist refuses a data folder without a database. Nothing is made there.
func (o Options) mustExist() error {
	if !o.Storage.SQLite() {
		return nil
	}
	_, err := os.Stat(o.Storage.DatabaseFile())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database at %s: is --data right? The first start of a server makes it", o.Storage.DatabaseFile())
	}
	return err
}

// Base is an open installation: database, keys, and the operations on what they hold. It runs nothing.
type Base struct {
	storage Storage
	store   *store.Store
	keys    keys
	clock   paceline.Clock
	log     *slog.Logger
	// serviceURL is the address of the running server's pages, "" when none runs.
	serviceURL string
	// changed tells the nodes of the installation of a change that is not of one account.
	changed func(ctx context.Context)
	// demoEnded stops the demo's remote systems in a running server.
	demoEnded func()

	Tenant  *tenant.Tenant
	Cycles  *cycle.Room
	Catalog *catalog.Room
	// Storefront is what customers see on embedded pages.
	Storefront *storefront.Room
}

// Open opens the database, brings it up to date and opens its keys. The errors are for the operator.
func Open(ctx context.Context, o Options) (*Base, error) {
	if o.Clock == nil {
		o.Clock = paceline.SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := o.place(); err != nil {
		return nil, err
	}
	options := o.store()
	options.Aside, options.Committed, options.Node = !o.Serve, o.Committed, o.Node
	s, err := store.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := s.MayServe(ctx); err != nil {
		err = because(ctx, s, err)
		s.Close()
		return nil, err
	}
	b := &Base{storage: o.Storage, store: s, clock: o.Clock, log: o.Logger}
	b.changed = func(ctx context.Context) {
		if err := b.store.TellChange(ctx); err != nil {
			o.Logger.Warn("servers on this database could not be told of the change", "error", err)
		}
	}
	if b.keys, err = openKeys(ctx, s, o.Keys, o.Storage.SQLite() && o.makes(), o.Logger); err != nil {
		err = because(ctx, s, err)
		s.Close()
		return nil, err
	}
	b.Tenant = tenant.New(tenant.Config{Store: s, Installation: b.keys.Installation, Clock: o.Clock, Logger: o.Logger})
	releases := cycle.NewReleases(s)
	b.Cycles = cycle.New(cycle.Config{Store: s, Releases: releases, Clock: o.Clock, Logger: o.Logger})
	b.Catalog = catalog.New(catalog.Config{
		Store: s, Releases: releases, Cycles: b.Cycles, Keys: b.Tenant, Broker: b.Tenant.Broker(), Clock: o.Clock, Logger: o.Logger,
	})
	b.Storefront = storefront.New(storefront.Config{Store: s, Catalog: b.Catalog, Cycles: b.Cycles, Releases: releases, Clock: o.Clock, Logger: o.Logger, Keys: b.Tenant.KeyOf})
	b.Tenant.Attach(b.Catalog)
	b.Tenant.OnDelete(tenant.DeleteHook{Before: b.Catalog.StopAccount, Within: b.Catalog.EraseAccount})
	b.Tenant.OnChange(b.Catalog.AccountChanged)
	b.Tenant.OnSettings(func(paceline.Partner) { b.Cycles.ForgetAllPlans() })
	return b, nil
}

// because tells, in place of what its connections died of, that another server has taken the database over.
func because(ctx context.Context, s *store.Store, err error) error {
	switch paceline.CodeOf(err) {
	case paceline.CodeBusy, paceline.CodeShuttingDown:
		return cmp.Or(s.Replaced(ctx), err)
	}
	return err
}

// Forget drops what the rooms keep in memory: another node may have changed it.
func (b *Base) Forget() {
	b.Tenant.Forget()
	b.Catalog.Forget()
	b.Cycles.ForgetAllPlans()
}

// Close closes the database and frees the data folder.
func (b *Base) Close() error { return b.store.Close() }
