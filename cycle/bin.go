package cycle

import (
	"context"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Deleted lists the account's recycle bin, what was deleted last first.
func (r *Room) Deleted(ctx context.Context, p paceline.Principal, a paceline.Account, page paceline.Page) (list paceline.List[store.DeletedCycle], err error) {
	if err := may(p, a); err != nil {
		return list, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.DeletedCycles(a.Scope(), page)
		return err
	})
	return list, err
}

// Restore takes a cycle out of the recycle bin, paused. Errors: NotFound for one that is not in it.
func (r *Room) Restore(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) (View, error) {
	inBin := false
	c, err := r.move(ctx, p, a, id, "cycle.restored", func(c *paceline.Cycle) *paceline.Arrow[paceline.CycleState] {
		if inBin = c.InBin(); !inBin {
			return nil
		}
		return paceline.ArrowRestore
	}, nil)
	if err == nil && !inBin {
		err = notFound("Cycle")
	}
	if err != nil {
		return View{}, err
	}
	return r.View(ctx, a, c)
}

// EmptyBin lets one deleted cycle go for good, or with the id "" all of them: with their transactions, in the background,
// as soon as nothing of them runs. Errors: NotFound for an id that is not in the bin.
func (r *Room) EmptyBin(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) error {
	if err := may(p, a); err != nil {
		return err
	}
	return r.inTx(ctx, a.Scope(), killpoint.Request, func(tx *store.Tx) error {
		n, err := tx.EmptyBin(a.Scope(), id)
		if err == nil && n == 0 && id != "" {
			err = notFound("Cycle")
		}
		if err != nil || n == 0 {
			return err
		}
		return tx.InsertAudit(a.Scope(), paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "cycle.purged", Subject: "cycle", SubjectID: string(id),
		})
	})
}
