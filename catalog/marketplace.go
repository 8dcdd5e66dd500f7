package catalog

import (
	"context"
	"math"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// CreateMarketplace makes a marketplace of the caller's partner. Errors: Unauthorized; Invalid, also for a name in use.
func (r *Room) CreateMarketplace(ctx context.Context, p paceline.Principal, name string) (m paceline.Marketplace, err error) {
	if err := mayPublish(p); err != nil {
		return m, err
	}
	m = paceline.Marketplace{Name: strings.TrimSpace(name), CreatedAt: paceline.ToMicros(r.clock.Now())}
	if m.Name == "" {
		return m, paceline.Fail(paceline.CodeNameRequired)
	}
	if err := cycle.CheckTexts(m.Name, nil, nil); err != nil {
		return m, err
	}
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		stored, err := tx.InsertMarketplace(p.PartnerScope(), &m)
		if err == nil && !stored {
			err = paceline.Fail(paceline.CodeMarketplaceName, "name", m.Name)
		}
		if err != nil {
			return err
		}
		return audit(tx, p, p.PartnerScope(), "marketplace.created", "marketplace", idText(m.ID), m.Name)
	})
	return m, err
}

// Marketplace returns a marketplace of the caller's partner. Errors: NotFound.
func (r *Room) Marketplace(ctx context.Context, p paceline.Principal, id int) (m paceline.Marketplace, err error) {
	if err := mayRead(p); err != nil {
		return m, err
	}
	if id < 1 || id > math.MaxInt32 {
		return m, notFound("Marketplace")
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		if m, found, err = tx.Marketplace(p.PartnerScope(), int32(id)); err != nil || !found {
			return orNotFound(err, "Marketplace")
		}
		return nil
	})
	return m, err
}
