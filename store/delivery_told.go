package store

import "paceline"

// ToldDelivery is what a marketplace tells or has told its partner, with the account that it is about.
type ToldDelivery struct {
	TrackedDelivery
	Body                      []byte // sealed
	AccountID                 paceline.ID
	AccountAPIID, AccountName string
}

const (
	toldColumns = `id, partner_id, account_id, marketplace_id, at, attempt`
	sqlTold     = ` FROM (SELECT ` + toldColumns + `, due_at, 0 AS state, status, 0 AS ended_at
			FROM delivery WHERE partner_id = $1 AND marketplace_id = $2
		UNION ALL SELECT ` + toldColumns + `, 0, state, status, ended_at
			FROM delivery_done WHERE partner_id = $1 AND marketplace_id = $2 AND ended_at > $4) d
		JOIN account a ON a.num = d.account_id AND a.partner_id = $1 WHERE ($3 < 0 OR d.state = $3)`
	sqlToldShown = `SELECT d.id, d.account_id, d.at, d.attempt, d.due_at, d.state, d.status, d.ended_at, a.id, a.api_id, a.name` + sqlTold
)

// ToldDeliveries lists what a marketplace of the partner tells, of all accounts, the newest first; state -1 means all.
func (tx *Tx) ToldDeliveries(partner int64, marketplace int32, state DeliveryState, page paceline.Page) (list paceline.List[ToldDelivery], err error) {
	args := []any{partner, int64(marketplace), int(state), tx.Now().Add(-deliveryKept)}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+sqlTold+` LIMIT $5) counted`, args); err != nil {
		return list, err
	}
	err = tx.query(sqlToldShown+` ORDER BY d.at DESC, d.id DESC LIMIT $5 OFFSET $6`, append(args, page.Limit(), page.Offset()), func(r *Row) error {
		list.Items = append(list.Items, scanTold(partner, marketplace, r))
		return nil
	})
	for i := range list.Items {
		if err == nil {
			err = tx.toldBody(&list.Items[i])
		}
	}
	return list, err
}

// ToldDelivery returns one of them, of the scope's account.
func (tx *Tx) ToldDelivery(scope paceline.Scope, marketplace int32, id int64) (d ToldDelivery, found bool, err error) {
	found, err = tx.one(sqlToldShown+` AND d.account_id = $5 AND d.id = $6`,
		[]any{scope.Partner, int64(marketplace), -1, tx.Now().Add(-deliveryKept), scope.Account, id}, func(r *Row) { d = scanTold(scope.Partner, marketplace, r) })
	if err == nil && found {
		err = tx.toldBody(&d)
	}
	return d, found, err
}

func scanTold(partner int64, marketplace int32, r *Row) ToldDelivery {
	return ToldDelivery{
		TrackedDelivery: TrackedDelivery{
			Delivery: Delivery{Incident: paceline.Incident{ID: r.Int(0), Partner: partner, Account: r.Int(1), At: r.Micros(2)},
				Marketplace: marketplace, Attempt: int(r.Int(3)), DueAt: r.Micros(4)},
			State: DeliveryState(r.Int(5)), Status: int(r.Int(6)), EndedAt: r.Micros(7),
		},
		AccountID: r.ID(8), AccountAPIID: r.Text(9), AccountName: r.Text(10),
	}
}

func (tx *Tx) toldBody(d *ToldDelivery) error {
	_, err := tx.one(`SELECT COALESCE((SELECT w.detail FROM delivery w WHERE w.partner_id = $1 AND w.account_id = $2 AND w.id = $3),
		(SELECT e.body FROM delivery_done e WHERE e.partner_id = $1 AND e.account_id = $2 AND e.id = $3))`,
		[]any{d.Partner, d.Account, d.ID}, func(r *Row) { d.Body = r.Bytes(0) })
	return err
}
