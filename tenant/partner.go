package tenant

import (
	"context"
	"strings"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// partnerDraft is a partner that is ready to be stored.
type partnerDraft struct {
	partner   paceline.Partner
	sealer    *seal.Sealer
	keySealed []byte
}

func (t *Tenant) draftPartner(name string, sealer *seal.Sealer) partnerDraft {
	now := t.clock.Now()
	sealed, _ := sealer.NewPartnerKey()
	return partnerDraft{
		sealer:    sealer,
		partner:   paceline.Partner{ID: paceline.NewID(now), Name: name, CreatedAt: paceline.ToMicros(now)},
		keySealed: sealed,
	}
}

func (d partnerDraft) insert(tx *store.Tx) (paceline.Partner, error) {
	if err := checkKey(tx, d.sealer); err != nil {
		return paceline.Partner{}, err
	}
	num, err := tx.InsertPartner(d.partner, d.keySealed)
	if err != nil {
		return paceline.Partner{}, err
	}
	d.partner.Num = num
	return d.partner, audit(tx, paceline.SystemPrincipalOf(num), 0, "partner.created", "partner", string(d.partner.ID), d.partner.Name)
}

// CreatePartner makes a partner with a data key of its own. It is for the server and its command line:
// no caller's request reaches it. Errors: Invalid.
func (t *Tenant) CreatePartner(ctx context.Context, name string) (partner paceline.Partner, err error) {
	if strings.TrimSpace(name) == "" {
		return partner, paceline.Fail(paceline.CodeNameRequired)
	}
	if err := checkText("Name", name, maxName); err != nil {
		return partner, err
	}
	err = t.wrapping(ctx, func(sealer *seal.Sealer) error {
		draft := t.draftPartner(name, sealer)
		return t.store.InTx(ctx, everywhere, func(tx *store.Tx) error {
			partner, err = draft.insert(tx)
			return err
		})
	})
	return partner, err
}

// Partners returns all partners, the first one first, for the server and its command line.
func (t *Tenant) Partners(ctx context.Context) (all []paceline.Partner, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		all, err = tx.Partners()
		return err
	})
	return all, err
}

// PartnerOf returns a partner with its settings by number, for the server's own work; it is kept in
// memory for a few seconds.
func (t *Tenant) PartnerOf(ctx context.Context, num int64) (paceline.Partner, error) {
	partner, epoch, ok := t.partners.get(num)
	if ok {
		return partner, nil
	}
	err := t.store.Read(ctx, func(tx *store.Tx) (err error) {
		partner, ok, err = tx.Partner(paceline.Scope{Partner: num})
		return err
	})
	if err != nil {
		return paceline.Partner{}, err
	}
	if !ok {
		return paceline.Partner{}, notFound("Partner")
	}
	t.partners.put(num, partner, epoch)
	return partner, nil
}

// PartnerByID returns a partner by its id. Errors: NotFound.
func (t *Tenant) PartnerByID(ctx context.Context, id paceline.ID) (partner paceline.Partner, err error) {
	found := false
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		partner, found, err = tx.PartnerByID(id)
		return err
	})
	if err == nil && !found {
		err = notFound("Partner")
	}
	return partner, err
}
