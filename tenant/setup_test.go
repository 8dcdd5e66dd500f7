package tenant_test

import (
	"testing"
	"time"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// clock is a clock that moves only when it is told to.
type clock struct {
	paceline.SystemClock
	now chan time.Time
}

func newClock(at time.Time) *clock {
	c := &clock{now: make(chan time.Time, 1)}
	c.now <- at
	return c
}

func (c *clock) Now() time.Time {
	at := <-c.now
	c.now <- at
	return at
}

func (c *clock) add(d time.Duration) { c.now <- (<-c.now).Add(d) }

var start = time.Date(2026, 1, 31, 10, 30, 0, 0, time.UTC)

// house is an empty installation with one partner and a client of its own.
type house struct {
	*tenant.Tenant
	store *store.Store
	clock *clock
	first tenant.Credentials
	p     paceline.Principal // the partner's client
}

func open(t *testing.T, o store.Options) *house {
	t.Helper()
	h := &house{clock: newClock(start)}
	o.Clock = h.clock
	h.store = storetest.Open(t, o)
	in, err := tenant.OpenInstallation(t.Context(), h.store, seal.New(seal.NewKey()))
	if err != nil {
		t.Fatal(err)
	}
	h.Tenant = tenant.New(tenant.Config{Store: h.store, Installation: in, Clock: h.clock})
	var created bool
	if h.first, created, err = h.FirstRun(t.Context(), tenant.FirstRunOptions{Credentials: true}); err != nil || !created {
		t.Fatalf("first run: created %v, %v", created, err)
	}
	h.p = paceline.Principal{Kind: paceline.ClientPrincipal, Partner: h.first.Partner, Name: h.first.ClientID}
	return h
}

// onBoth runs f on SQLite and on PostgreSQL.
func onBoth(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, open(t, storetest.SQLite(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, open(t, storetest.Postgres(t)))
	})
}

// account creates an account, or a sub account if parent is not empty.
func (h *house) account(t *testing.T, id, parent string) paceline.Account {
	t.Helper()
	a, err := h.CreateAccount(t.Context(), h.p, tenant.AccountPatch{
		ID: tenant.Value(id), Name: tenant.Value("Name of " + id), ParentAccountID: tenant.Value(parent),
	})
	if err != nil {
		t.Fatalf("create account %s: %v", id, err)
	}
	return a
}

// stranger returns the principal of another partner.
func (h *house) stranger(t *testing.T) paceline.Principal {
	t.Helper()
	other, err := h.CreatePartner(t.Context(), "Stranger")
	if err != nil {
		t.Fatal(err)
	}
	return paceline.Principal{Kind: paceline.ClientPrincipal, Partner: other.Num, Name: "stranger"}
}

// token returns a new bearer token with the first client's credentials.
func (h *house) token(t *testing.T, scope string) tenant.Token {
	t.Helper()
	token, err := h.IssueToken(t.Context(), tenant.TokenRequest{
		GrantType: "client_credentials", ClientID: h.first.ClientID, ClientSecret: h.first.ClientSecret, Scope: scope,
	})
	if err != nil {
		t.Fatalf("issue a token with scope %q: %v", scope, err)
	}
	return token
}

// wantCode fails unless err has the code, "" for no error.
func wantCode(t *testing.T, what string, err error, want paceline.Code) {
	t.Helper()
	if got := paceline.CodeOf(err); got != want || (err != nil) != (want != "") {
		t.Errorf("%s: error %v, want code %q", what, err, want)
	}
}
