package storefront

import (
	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/store"
)

// Config is what the room needs.
type Config struct {
	Store    *store.Store
	Catalog  *catalog.Room
	Cycles   *cycle.Room
	Releases *cycle.Releases
	Clock    paceline.Clock
}

// Room holds the operations of embedded pages. It is safe for concurrent use.
type Room struct {
	store      *store.Store
	catalog    *catalog.Room
	cycles     *cycle.Room
	releases   *cycle.Releases
	clock      paceline.Clock
	serviceURL string
}

// New makes the room.
func New(c Config) *Room {
	return &Room{store: c.Store, catalog: c.Catalog, cycles: c.Cycles, releases: c.Releases, clock: c.Clock}
}

// ServeAt sets the address at which webhooks are received, without a slash at its end.
func (r *Room) ServeAt(serviceURL string) { r.serviceURL = serviceURL }

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
