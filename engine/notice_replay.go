package engine

import (
	"context"
	"strconv"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// NoticeDelivery is an error webhook on its way, taken or given up, as callers see it.
type NoticeDelivery struct {
	store.TrackedDelivery
	CycleID       paceline.ID
	CycleName     string
	TransactionID paceline.ID
}

// NoticeDeliveries lists the error webhooks of the account, newest first: those that wait, and those that ended within
// a week. state is -1 for all.
func (e *Engine) NoticeDeliveries(ctx context.Context, p paceline.Principal, a paceline.Account, state store.DeliveryState, page paceline.Page) (list paceline.List[NoticeDelivery], err error) {
	if err := may(p, a); err != nil {
		return list, err
	}
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.TrackedDeliveries(a.Scope(), state, page)
		if err != nil {
			return err
		}
		list = paceline.List[NoticeDelivery]{Total: rows.Total}
		for _, d := range rows.Items {
			seen, err := e.noticeDelivery(tx, a, d)
			if err != nil {
				return err
			}
			list.Items = append(list.Items, seen)
		}
		return nil
	})
	return list, err
}

func (e *Engine) noticeDelivery(tx *store.Tx, a paceline.Account, d store.TrackedDelivery) (NoticeDelivery, error) {
	name, err := tx.CycleName(a.Scope(), d.Cycle)
	out := NoticeDelivery{TrackedDelivery: d, CycleID: name.ID, CycleName: name.Name}
	if d.Run != 0 {
		out.TransactionID = e.ids.Encode(d.Run)
	}
	return out, err
}

// ReplayNotice posts an error webhook again, under the id that its receiver may know, with all its tries. Errors:
// NotFound; Conflict when the account has no error webhook that takes it.
func (e *Engine) ReplayNotice(ctx context.Context, p paceline.Principal, a paceline.Account, id int64) (out NoticeDelivery, err error) {
	if err := may(p, a); err != nil {
		return out, err
	}
	var target NoticeTarget
	if e.notices.source != nil {
		if target, err = e.notices.source.NoticeTarget(ctx, a.Num, 0); err != nil {
			return out, err
		}
	}
	scope := a.Scope()
	err = e.inTx(ctx, scope, killpoint.Request, func(tx *store.Tx) error {
		d, found, err := tx.TrackedDelivery(scope, id)
		if err != nil {
			return err
		}
		if !found {
			return paceline.Fail(paceline.CodeNotFound, "what", "Delivery")
		}
		if !target.takes(d.Warning) {
			return paceline.Fail(paceline.CodeNoErrorWebhook)
		}
		if err := tx.ReplayDelivery(scope, id); err != nil {
			return err
		}
		if d, _, err = tx.TrackedDelivery(scope, id); err == nil {
			out, err = e.noticeDelivery(tx, a, d)
		}
		if err != nil {
			return err
		}
		return tx.InsertAudit(scope, paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "errorwebhook.replayed", Subject: "delivery", SubjectID: strconv.FormatInt(id, 10),
		})
	})
	if err == nil {
		e.noticed(scope)
	}
	return out, err
}
