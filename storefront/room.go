package storefront

import (
	"context"
	"log/slog"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/internal/seal"
	"paceline/store"
)

// Config is what the room needs.
type Config struct {
	Store    *store.Store
	Catalog  *catalog.Room
	Cycles   *cycle.Room
	Releases *cycle.Releases
	Clock    paceline.Clock
	Logger   *slog.Logger
	// Keys returns the key of an account, under which what is told of it is sealed; nil tells nothing.
	Keys func(context.Context, int64) (*seal.Key, error)
}

// Sender posts what is queued for marketplaces; it is the engine.
type Sender interface {
	// Noticed tells it that there is something in a queue.
	Noticed(store.DeliveryQueue)
}

// Room holds the operations of embedded pages. It is safe for concurrent use.
type Room struct {
	store      *store.Store
	catalog    *catalog.Room
	cycles     *cycle.Room
	releases   *cycle.Releases
	clock      paceline.Clock
	log        *slog.Logger
	serviceURL string
	keys       func(context.Context, int64) (*seal.Key, error)
	sender     Sender // nil in programs that do not serve
}

// New makes the room.
func New(c Config) *Room {
	return &Room{store: c.Store, catalog: c.Catalog, cycles: c.Cycles, releases: c.Releases, clock: c.Clock, log: c.Logger, keys: c.Keys}
}

// ServeAt sets the address at which webhooks are received, without a slash at its end.
func (r *Room) ServeAt(serviceURL string) { r.serviceURL = serviceURL }

// Attach names who posts what marketplaces are told.
func (r *Room) Attach(s Sender) { r.sender = s }

func notFound(what string) error { return paceline.Fail(paceline.CodeNotFound, "what", what) }

func invalid(name, reason string) error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", reason)
}

// text is what an optional text says.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
