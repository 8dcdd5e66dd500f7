package catalog_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// start is the fake clock's only time.
var start = time.Date(2026, 1, 31, 10, 30, 0, 0, time.UTC)

type clock struct{ paceline.SystemClock }

func (clock) Now() time.Time { return start }

// keys are one data key per account.
type keys struct {
	sealer  *seal.Sealer
	mu      sync.Mutex
	byNum   map[int64]*seal.Key
	wrapped map[int64][]byte // for another process; nil: none
}

func (k *keys) KeyOf(_ context.Context, account int64) (*seal.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byNum[account] == nil {
		var wrapped []byte
		if wrapped, k.byNum[account] = k.sealer.NewAccountKey(); k.wrapped != nil {
			k.wrapped[account] = wrapped
		}
	}
	return k.byNum[account], nil
}

func (k *keys) PartnerKeyOf(ctx context.Context, partner int64) (*seal.Key, error) {
	return k.KeyOf(ctx, -partner)
}

// engine notes what it is told.
type engine struct {
	mu      sync.Mutex
	changed []paceline.Cycle
}

func (e *engine) CycleChanged(_ context.Context, c paceline.Cycle) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changed = append(e.changed, c)
}

// house is an installation with one partner, an account and its sub account, and the connectors and the
// template of testdata.
type house struct {
	*catalog.Room
	cycles *cycle.Room
	store  *store.Store
	engine *engine
	locked *atomic.Bool       // credentials are
	p      paceline.Principal // the partner's client
	root   paceline.Account
	sub    paceline.Account
}

// empty is an installation with accounts and nothing published.
func empty(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := room(&house{}, s)
	var partner int64
	must(t, s.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) (err error) {
		partner, err = tx.InsertPartner(paceline.Partner{ID: paceline.NewID(start), Name: "Partner"}, []byte("key"))
		return err
	}))
	h.p = paceline.Principal{Kind: paceline.ClientPrincipal, Partner: partner, Name: "client"}
	h.root = h.account(t, "northwind", paceline.Account{})
	h.sub = h.account(t, "northwind-berlin", h.root)
	return h
}

// room is a house like h with rooms of its own over a store.
func room(like *house, s *store.Store) *house {
	h := *like
	h.store, h.engine, h.locked = s, &engine{}, &atomic.Bool{}
	releases := cycle.NewReleases(s)
	h.cycles = cycle.New(cycle.Config{Store: s, Releases: releases, Clock: clock{}})
	h.cycles.Attach(h.engine)
	keys := &keys{sealer: seal.New(seal.NewKey()), byNum: make(map[int64]*seal.Key)}
	h.Room = catalog.New(catalog.Config{
		Store: s, Releases: releases, Cycles: h.cycles, Clock: clock{}, Keys: keys, Broker: seal.NewBroker(keys, func(context.Context) error {
			if h.locked.Load() {
				return paceline.Fail(paceline.CodeCredentialsLocked)
			}
			return nil
		}),
	})
	return &h
}

// cycleActivation starts a webhook cycle.
var cycleActivation = cycle.Activation{}

func (h *house) account(t *testing.T, id string, parent paceline.Account) paceline.Account {
	t.Helper()
	a := paceline.Account{ID: paceline.NewID(start), APIID: id, Name: id, Root: parent.Root, Parent: parent.Num, CreatedAt: 1}
	a.Timezone = paceline.DefaultTimezone
	scope := h.p.PartnerScope()
	must(t, h.store.InTx(t.Context(), scope, func(tx *store.Tx) error {
		stored, err := tx.InsertAccount(scope, a, []byte("key"))
		if err != nil {
			return err
		}
		a, _, err = tx.AccountByNum(paceline.Scope{Partner: scope.Partner, Account: stored.Num})
		return err
	}))
	return a
}

// furnished is empty plus what testdata publishes.
func furnished(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := empty(t, s)
	h.publish(t)
	return h
}

func (h *house) publish(t *testing.T) {
	t.Helper()
	kept, err := h.PublishAll(t.Context(), os.DirFS("testdata/connectors"))
	must(t, err)
	if len(kept) > 0 {
		t.Fatalf("connectors were not published: %v", kept)
	}
	kept, err = h.PublishTemplates(t.Context(), h.p, os.DirFS("testdata/templates"))
	must(t, err)
	if len(kept) > 0 {
		t.Fatalf("templates were not published: %v", kept)
	}
}

// template returns the id of the only template.
func (h *house) template(t *testing.T) paceline.ID {
	t.Helper()
	list, err := h.Templates(t.Context(), h.p, store.TemplateFilter{}, catalog.TemplateOptions{}, paceline.Page{})
	must(t, err)
	if len(list.Items) != 1 {
		t.Fatalf("%d templates, want 1", len(list.Items))
	}
	return list.Items[0].ID
}

// onBoth runs f on SQLite and on PostgreSQL with a furnished house.
func onBoth(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) { f(t, furnished(t, open(t))) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails checks the code of an error.
func fails(t *testing.T, what string, err error, want paceline.Code) {
	t.Helper()
	if got := paceline.CodeOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}

func ptr[T any](v T) *T { return &v }
