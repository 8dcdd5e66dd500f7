package storefront

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
	"paceline/tenant"
)

// Marketplace is a page on which a partner offers integrations, with all that is on it.
type Marketplace struct {
	ID        int32
	Name      string
	Version   int64
	CreatedAt paceline.Micros
	// NotifyURL is told what customers install, start, stop and uninstall; "" is nowhere.
	NotifyURL string
	Content
}

// CreateMarketplace makes a marketplace of the caller's partner. Errors: Unauthorized; Invalid, also for a name in use.
func (r *Room) CreateMarketplace(ctx context.Context, p paceline.Principal, want Marketplace) (m Marketplace, err error) {
	if err := may(p, paceline.EditRight); err != nil {
		return m, err
	}
	row, err := rowOf(&want)
	if err != nil {
		return m, err
	}
	row.CreatedAt = paceline.ToMicros(r.clock.Now())
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if err := numbered(want.Cards, nil, func(string) (int32, error) { return tx.NextPackage() }); err != nil {
			return err
		}
		if row.Document, err = documentOf(want.Content); err != nil {
			return err
		}
		stored, err := tx.InsertMarketplace(p.PartnerScope(), &row)
		if err == nil && !stored {
			err = paceline.Fail(paceline.CodeMarketplaceName, "name", row.Name)
		}
		if err != nil {
			return err
		}
		return audit(tx, p, "marketplace.created", row)
	})
	if err != nil {
		return m, err
	}
	return marketplaceOf(row)
}

// Marketplaces returns those of the caller's partner by name, without what is on them.
func (r *Room) Marketplaces(ctx context.Context, p paceline.Principal) (list []Marketplace, err error) {
	if err := may(p, paceline.ViewRight); err != nil {
		return nil, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Marketplaces(p.PartnerScope())
		for _, row := range rows {
			list = append(list, Marketplace{ID: row.ID, Name: row.Name, Version: row.Version, CreatedAt: row.CreatedAt, NotifyURL: row.NotifyURL})
		}
		return err
	})
	return list, err
}

// Marketplace returns a marketplace of the caller's partner. Errors: NotFound.
func (r *Room) Marketplace(ctx context.Context, p paceline.Principal, id int) (m Marketplace, err error) {
	if p.Kind == paceline.NobodyPrincipal || p.Partner == 0 {
		return m, paceline.Fail(paceline.CodeDenied)
	}
	var row paceline.Marketplace
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		row, err = marketplace(tx, p, id)
		return err
	})
	if err != nil {
		return m, err
	}
	return marketplaceOf(row)
}

func marketplace(tx *store.Tx, p paceline.Principal, id int) (paceline.Marketplace, error) {
	if id < 1 || id > math.MaxInt32 {
		return paceline.Marketplace{}, notFound("Marketplace")
	}
	row, found, err := tx.Marketplace(p.PartnerScope(), int32(id))
	if err == nil && !found {
		err = notFound("Marketplace")
	}
	return row, err
}

// UpdateMarketplace replaces name and content, which customers see at once. read gives them once the marketplace is found. Errors:
// NotFound; Stale when it has another version than those that the caller names (nil names none); those of read; Invalid.
func (r *Room) UpdateMarketplace(ctx context.Context, p paceline.Principal, id int, versions []int64, read func(Marketplace) (Marketplace, error)) (m Marketplace, err error) {
	if err := may(p, paceline.EditRight); err != nil {
		return m, err
	}
	var row paceline.Marketplace
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		have, err := marketplace(tx, p, id)
		if err != nil {
			return err
		}
		if versions != nil && !slices.Contains(versions, have.Version) {
			return paceline.Fail(paceline.CodeVersionChanged, "version", have.Version)
		}
		now, err := marketplaceOf(have)
		if err != nil {
			return err
		}
		had := numbersOf(now.Cards, map[string]int32{}) // what is wanted may be a part of what there is
		want, err := read(now)
		if err != nil {
			return err
		}
		if row, err = rowOf(&want); err != nil {
			return err
		}
		if err := numbered(want.Cards, had, func(card string) (int32, error) { return tx.PackageNumber(p.PartnerScope(), have.ID, card) }); err != nil {
			return err
		}
		if row.Document, err = documentOf(want.Content); err != nil {
			return err
		}
		row.ID, row.Version, row.CreatedAt = have.ID, have.Version, have.CreatedAt
		if row.NotifyURL != have.NotifyURL {
			if err := tenant.AliveAgain(tx, p.Partner, row.ID); err != nil {
				return err
			}
		}
		stored, err := tx.UpdateMarketplace(p.PartnerScope(), &row)
		if err == nil && !stored {
			err = paceline.Fail(paceline.CodeMarketplaceName, "name", row.Name)
		}
		if err != nil {
			return err
		}
		return audit(tx, p, "marketplace.updated", row)
	})
	if err != nil {
		return m, err
	}
	return marketplaceOf(row)
}

// DeleteMarketplace removes a marketplace; what customers have installed from it stays. Errors: NotFound.
func (r *Room) DeleteMarketplace(ctx context.Context, p paceline.Principal, id int) error {
	if err := may(p, paceline.EditRight); err != nil {
		return err
	}
	return r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		row, err := marketplace(tx, p, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteMarketplace(p.PartnerScope(), row.ID); err != nil {
			return err
		}
		if err := tx.DeleteDeliverySigner(store.DeliveryQueue{Scope: p.PartnerScope(), Marketplace: row.ID}); err != nil {
			return err
		}
		return audit(tx, p, "marketplace.deleted", row)
	})
}

// rowOf checks a marketplace and writes it down, without its document.
func rowOf(m *Marketplace) (row paceline.Marketplace, err error) {
	row.Name, row.NotifyURL = strings.TrimSpace(m.Name), strings.TrimSpace(m.NotifyURL)
	if row.Name == "" {
		return row, paceline.Fail(paceline.CodeNameRequired)
	}
	if err := cycle.CheckTexts(row.Name, nil, nil); err != nil {
		return row, err
	}
	if row.NotifyURL != "" && !webAddress(row.NotifyURL, "https", "http") {
		return row, invalid("NotificationUrl", "it begins with none of https:// and http://")
	}
	return row, m.Content.check()
}

func documentOf(content Content) (string, error) {
	raw, err := json.Marshal(content)
	if err == nil && len(raw) > maxContent {
		err = invalid("Cards", "together they are over 4 MiB")
	}
	return string(raw), err
}

// numbersOf gathers the numbers of packages by the ids of their cards.
func numbersOf(cards []Card, numbers map[string]int32) map[string]int32 {
	for i := range cards {
		numbers[cards[i].ID] = cards[i].Number
		numbersOf(cards[i].Cards, numbers)
	}
	return numbers
}

// numbered gives packages their numbers: those that they had, else those that next has for their cards.
func numbered(cards []Card, had map[string]int32, next func(card string) (int32, error)) (err error) {
	for i := range cards {
		c := &cards[i]
		c.Number = 0
		if c.Kind == PackageCard {
			if c.Number = had[c.ID]; c.Number == 0 {
				if c.Number, err = next(c.ID); err != nil {
					return err
				}
			}
		}
		if err := numbered(c.Cards, had, next); err != nil {
			return err
		}
	}
	return nil
}

func marketplaceOf(row paceline.Marketplace) (m Marketplace, err error) {
	m = Marketplace{ID: row.ID, Name: row.Name, Version: row.Version, CreatedAt: row.CreatedAt, NotifyURL: row.NotifyURL}
	if row.Document != "" {
		err = json.Unmarshal([]byte(row.Document), &m.Content)
	}
	return m, err
}

// may checks that the caller may see, or with EditRight change, what all customers of the partner see.
func may(p paceline.Principal, level paceline.RightLevel) error {
	if !p.MayPartner() || p.Partner == 0 {
		return paceline.Fail(paceline.CodeDenied)
	}
	if p.Kind == paceline.UserPrincipal && !p.Rights.Full && p.Rights.Areas[tenant.AreaMarketplaces] < level {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return nil
}

func audit(tx *store.Tx, p paceline.Principal, action string, m paceline.Marketplace) error {
	return tx.InsertAudit(p.PartnerScope(), paceline.AuditEvent{
		Partner: p.Partner, At: tx.Now(), Actor: p.Name, Action: action, Subject: "marketplace", SubjectID: idText(m.ID), Comment: m.Name,
	})
}
