package engine

import (
	"context"
	"encoding/json"
	"strconv"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// ToldNotification is what a marketplace tells or has told, as its partner sees it.
type ToldNotification struct {
	store.ToldDelivery
	Told Notification
}

// Notifications lists what a marketplace of the caller's partner tells, of all accounts, the newest first: what waits, and what
// ended within a week. state is -1 for all. Errors: Unauthorized.
func (e *Engine) Notifications(ctx context.Context, p paceline.Principal, marketplace int32, state store.DeliveryState, page paceline.Page) (list paceline.List[ToldNotification], err error) {
	if !p.MayPartner() {
		return list, paceline.Fail(paceline.CodeDenied)
	}
	var rows paceline.List[store.ToldDelivery]
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		rows, err = tx.ToldDeliveries(p.Partner, marketplace, state, page)
		return err
	})
	list.Total = rows.Total
	for _, d := range rows.Items {
		if err != nil {
			return list, err
		}
		var seen ToldNotification
		seen, err = e.toldNotification(ctx, d)
		list.Items = append(list.Items, seen)
	}
	return list, err
}

func (e *Engine) toldNotification(ctx context.Context, d store.ToldDelivery) (n ToldNotification, err error) {
	n.ToldDelivery = d
	key, err := e.keys(ctx, d.Account)
	if err != nil {
		return n, err
	}
	body, _, err := openNotification(key, d.Account, d.Body)
	if err == nil {
		err = json.Unmarshal(body, &n.Told)
	}
	return n, err
}

// ReplayNotification posts a notification of an account again, under the id that its receiver may know, with all its tries. Errors:
// Unauthorized; NotFound; Conflict when the marketplace has no address that is told.
func (e *Engine) ReplayNotification(ctx context.Context, p paceline.Principal, a paceline.Account, marketplace int32, id int64) (n ToldNotification, err error) {
	if !p.MayPartner() || p.Partner != a.Partner {
		return n, paceline.Fail(paceline.CodeDenied)
	}
	var target NoticeTarget
	if e.notices.source != nil {
		if target, err = e.notices.source.NoticeTarget(ctx, a.Num, marketplace); err != nil {
			return n, err
		}
	}
	scope := a.Scope()
	var d store.ToldDelivery
	err = e.inTx(ctx, scope, killpoint.Request, func(tx *store.Tx) error {
		var found bool
		if d, found, err = tx.ToldDelivery(scope, marketplace, id); err != nil {
			return err
		}
		if !found {
			return paceline.Fail(paceline.CodeNotFound, "what", "Notification")
		}
		if target.URL == "" {
			return paceline.Fail(paceline.CodeNoNotification)
		}
		if err := tx.ReplayDelivery(scope, id); err != nil {
			return err
		}
		if d, _, err = tx.ToldDelivery(scope, marketplace, id); err != nil {
			return err
		}
		return tx.InsertAudit(scope, paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name, Action: "marketplace.replayed", Subject: "notification", SubjectID: strconv.FormatInt(id, 10),
		})
	})
	if err != nil {
		return n, err
	}
	e.Noticed(store.DeliveryQueue{Scope: scope, Marketplace: marketplace})
	return e.toldNotification(ctx, d)
}
