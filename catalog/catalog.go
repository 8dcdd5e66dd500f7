package catalog

import (
	"log/slog"
	"net"

	"paceline"
	"paceline/cycle"
	"paceline/internal/memo"
	"paceline/internal/seal"
	"paceline/script"
	"paceline/store"
)

// Config is what the room needs. Logger may be nil.
type Config struct {
	Store    *store.Store
	Releases *cycle.Releases
	Cycles   *cycle.Room
	Keys     seal.Keys    // with which secrets are sealed
	Broker   *seal.Broker // which alone opens them, for calls
	Clock    paceline.Clock
	Logger   *slog.Logger
}

// Room holds the operations on connectors and templates. It is safe for concurrent use.
type Room struct {
	store     *store.Store
	releases  *cycle.Releases
	cycles    *cycle.Room
	keys      seal.Keys
	broker    *seal.Broker
	clock     paceline.Clock
	log       *slog.Logger
	instances *instanceCache
	flights   flights
	vendors   Vendors // nil until attached
	caller    Caller
	callers   []*net.IPNet // who may call methods for themselves; none: all
	scripts   *script.Pool // nil until attached: scripts are not checked
	lookups   *memo.Cache[lookupKey, []Choice]

	serviceURL  string
	subscribing turns
	parting     turns         // by account connector
	swept       chan struct{} // wakes the sweep
}

// New makes the room.
func New(c Config) *Room {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return &Room{
		store: c.Store, releases: c.Releases, cycles: c.Cycles, keys: c.Keys, broker: c.Broker, clock: c.Clock, log: c.Logger,
		instances: newInstanceCache(), flights: flights{byNum: make(map[int32]*flight)},
		lookups: memo.New[lookupKey, []Choice](maxLookups),
		swept:   make(chan struct{}, 1),
	}
}

// mayRead checks that the caller belongs to a partner, whose catalogue it may then read.
func mayRead(p paceline.Principal) error {
	if p.Kind == paceline.NobodyPrincipal || p.Partner == 0 {
		return paceline.Fail(paceline.CodeDenied)
	}
	return nil
}

// mayPublish checks that the caller may change what all accounts of the partner use.
func mayPublish(p paceline.Principal) error {
	if !p.MayPartner() || p.Partner == 0 {
		return paceline.Fail(paceline.CodeDenied)
	}
	return nil
}

// may checks that the caller may act in the account.
func may(p paceline.Principal, a paceline.Account) error {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return paceline.Fail(paceline.CodeAccountHeader)
	}
	return nil
}

func notFound(what string) error { return paceline.Fail(paceline.CodeNotFound, "what", what) }

func orNotFound(err error, what string) error {
	if err != nil {
		return err
	}
	return notFound(what)
}

func invalid(name, reason string) error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", reason)
}

func audit(tx *store.Tx, p paceline.Principal, scope paceline.Scope, action, subject, id, comment string) error {
	return tx.InsertAudit(scope, paceline.AuditEvent{
		Partner: scope.Partner, Account: scope.Account, At: tx.Now(), Actor: p.Name,
		Action: action, Subject: subject, SubjectID: id, Comment: comment,
	})
}
