package store

import (
	"errors"
	"strings"

	"paceline"
)

const (
	accountColumns = `a.num, a.partner_id, a.root_id, a.parent_id, a.id, a.api_id, p.api_id, a.name, a.state,
	a.created_at, a.description, a.audit_info, a.task_audit_info, a.timezone, a.next_bill_date,
	a.success_hours, a.error_hours, a.webhook_enabled, a.webhook_url, a.webhook_warnings, a.concurrent_limit, a.quota_bytes, a.quota_tasks`
	accountFrom = ` FROM account a
	LEFT JOIN account p ON p.partner_id = a.partner_id AND p.num = a.parent_id`
)

func scanAccount(r *Row) (a paceline.Account) {
	a.Num, a.Partner, a.Root, a.Parent = r.Int(0), r.Int(1), r.Int(2), r.Int(3)
	a.ID, a.APIID, a.ParentID = r.ID(4), r.Text(5), r.Text(6)
	a.Name, a.State, a.CreatedAt = r.Text(7), paceline.AccountState(r.Int(8)), r.Micros(9)
	a.Description, a.AuditInfo, a.TaskAuditInfo = r.TextPtr(10), r.TextPtr(11), r.TextPtr(12)
	a.Timezone, a.NextBillDate = r.Text(13), r.Micros(14)
	a.Retention.SuccessHours, a.Retention.ErrorHours = r.IntPtr(15), r.IntPtr(16)
	a.ErrorWebhook = paceline.AccountErrorWebhook{
		Enabled: r.Bool(17), URL: r.TextPtr(18), IncludeWarnings: r.Bool(19),
	}
	a.ConcurrentTransactions = int(r.Int(20))
	a.Quota = paceline.AccountQuota{Bytes: r.IntPtr(21), Tasks: r.IntPtr(22)}
	return a
}

// NextAccount takes the number of an account that is to be: with it, values are sealed for the account before the
// transaction that stores it with them.
func (tx *Tx) NextAccount() (int64, error) { return tx.nextNum("account") }

// InsertAccount stores a with its wrapped data key. It sets and returns Num, unless a has one of NextAccount, and Root
// of a root account.
func (tx *Tx) InsertAccount(scope paceline.Scope, a paceline.Account, keySealed []byte) (paceline.Account, error) {
	var err error
	if a.Num == 0 {
		if a.Num, err = tx.NextAccount(); err != nil {
			return a, err
		}
	}
	a.Partner = scope.Partner
	if a.Parent == 0 {
		a.Root = a.Num
	}
	_, err = tx.exec(`INSERT INTO account (num, partner_id, root_id, parent_id, id, api_id, name, name_fold, state,
		created_at, description, audit_info, task_audit_info, timezone, next_bill_date, success_hours, error_hours,
		webhook_enabled, webhook_url, webhook_warnings, concurrent_limit, key_sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		a.Num, a.Partner, a.Root, a.Parent, a.ID, a.APIID, a.Name, Fold(a.Name), int(a.State),
		a.CreatedAt, a.Description, a.AuditInfo, a.TaskAuditInfo, a.Timezone, a.NextBillDate,
		a.Retention.SuccessHours, a.Retention.ErrorHours,
		a.ErrorWebhook.Enabled, a.ErrorWebhook.URL, a.ErrorWebhook.IncludeWarnings, a.ConcurrentTransactions, keySealed)
	if err != nil {
		return a, err
	}
	return a, tx.addParts(scope, a.Num, a.Name, a.APIID)
}

// UpdateAccount stores everything of a that may change: names, state and settings.
func (tx *Tx) UpdateAccount(scope paceline.Scope, a paceline.Account) error {
	if err := tx.dropParts(scope, a.Num); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE account SET api_id = $3, name = $4, name_fold = $5, state = $6, description = $7,
		audit_info = $8, task_audit_info = $9, timezone = $10, next_bill_date = $11, success_hours = $12,
		error_hours = $13, webhook_enabled = $14, webhook_url = $15, webhook_warnings = $16, concurrent_limit = $17,
		quota_bytes = $18, quota_tasks = $19
		WHERE partner_id = $1 AND num = $2`,
		scope.Partner, a.Num, a.APIID, a.Name, Fold(a.Name), int(a.State), a.Description,
		a.AuditInfo, a.TaskAuditInfo, a.Timezone, a.NextBillDate, a.Retention.SuccessHours,
		a.Retention.ErrorHours, a.ErrorWebhook.Enabled, a.ErrorWebhook.URL, a.ErrorWebhook.IncludeWarnings,
		a.ConcurrentTransactions, a.Quota.Bytes, a.Quota.Tasks)
	if err != nil {
		return err
	}
	return tx.addParts(scope, a.Num, a.Name, a.APIID)
}

// EraseAccount marks an account deleted and destroys its data key; what was sealed with it is lost for good.
func (tx *Tx) EraseAccount(scope paceline.Scope, num int64) error {
	if err := tx.dropParts(scope, num); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE account SET state = 2, key_sealed = NULL WHERE partner_id = $1 AND num = $2`,
		scope.Partner, num)
	return err
}

// ErrAccountDeleted is why a transaction of a deleted account was refused.
var ErrAccountDeleted = errors.New("the account is deleted")

// checkLive refuses the transaction of a deleted account: nobody would ever find what it writes.
func (tx *Tx) checkLive(scope paceline.Scope) error {
	return tx.query(`SELECT num, state FROM account WHERE partner_id = $1 AND num = $2`,
		[]any{scope.Partner, scope.Account}, refuseDeleted)
}

// refuseDeleted reads a row of number and state.
func refuseDeleted(r *Row) error {
	if paceline.AccountState(r.Int(1)) == paceline.AccountDeleted {
		return paceline.Fail(paceline.CodeAccountHeader).Because(ErrAccountDeleted)
	}
	return nil
}

// AccountByAPIID finds an account of the partner that is not deleted by its API id, letter case included.
func (tx *Tx) AccountByAPIID(scope paceline.Scope, apiID string) (a paceline.Account, found bool, err error) {
	found, err = tx.one(`SELECT `+accountColumns+accountFrom+`
		WHERE a.partner_id = $1 AND a.api_id = $2 AND a.state <> 2`,
		[]any{scope.Partner, apiID}, func(r *Row) { a = scanAccount(r) })
	return a, found, err
}

// AccountByID finds an account of the partner by its internal GUID, deleted ones included.
func (tx *Tx) AccountByID(scope paceline.Scope, id paceline.ID) (a paceline.Account, found bool, err error) {
	found, err = tx.one(`SELECT `+accountColumns+accountFrom+`
		WHERE a.partner_id = $1 AND a.id = $2`,
		[]any{scope.Partner, id}, func(r *Row) { a = scanAccount(r) })
	return a, found, err
}

// AccountByNum finds the account of the scope by its number, deleted ones included.
func (tx *Tx) AccountByNum(scope paceline.Scope) (a paceline.Account, found bool, err error) {
	found, err = tx.one(`SELECT `+accountColumns+accountFrom+`
		WHERE a.partner_id = $1 AND a.num = $2`,
		[]any{scope.Partner, scope.Account}, func(r *Row) { a = scanAccount(r) })
	return a, found, err
}

// AccountOf finds an account by its number alone, for the server's own work on rows that it claimed: no
// caller's request reaches it with a number of its own choosing.
func (tx *Tx) AccountOf(num int64) (a paceline.Account, found bool, err error) {
	found, err = tx.one(`SELECT `+accountColumns+accountFrom+` WHERE a.num = $1`,
		[]any{num}, func(r *Row) { a = scanAccount(r) })
	return a, found, err
}

// AccountKey returns the wrapped data key of an account; found is false once the key is destroyed.
func (tx *Tx) AccountKey(num int64) (sealed []byte, found bool, err error) {
	found, err = tx.one(`SELECT key_sealed FROM account WHERE num = $1 AND key_sealed IS NOT NULL`,
		[]any{num}, func(r *Row) { sealed = r.Bytes(0) })
	return sealed, found, err
}

// SubAccounts returns all sub accounts of an account that are not deleted.
func (tx *Tx) SubAccounts(scope paceline.Scope, parent int64) (subs []paceline.Account, err error) {
	err = tx.query(`SELECT `+accountColumns+accountFrom+`
		WHERE a.partner_id = $1 AND a.parent_id = $2 AND a.state <> 2 ORDER BY a.name_fold, a.id`,
		[]any{scope.Partner, parent}, func(r *Row) error {
			subs = append(subs, scanAccount(r))
			return nil
		})
	return subs, err
}

// AccountFilter chooses accounts of a partner.
type AccountFilter struct {
	Parent     int64  // number of the account whose sub accounts are meant; 0: root accounts
	IncludeSub bool   // root and sub accounts alike; Parent must be 0
	Search     string // part of the name or the API id, in any letter case
}

// Names by which account lists can be sorted.
const (
	AccountsByName    = "Name"
	AccountsByID      = "Id"
	AccountsByCreated = "CreatedDate"
)

const (
	accountWhere = ` WHERE a.partner_id = $1 AND a.state <> 2`
	// fewAccounts are taken by their numbers, and not in the order of the list.
	fewAccounts = ` WHERE +a.partner_id = $1 AND a.state <> 2 AND a.num IN (SELECT s.account_id FROM account_part s
		WHERE s.partner_id = $1 AND s.part >= $2 AND s.part < $3)`
)

// where returns the further conditions of a filter. Each is there only when it is asked for: a planner takes an index by what a
// statement says, whatever its parameters are. With few they stand behind fewAccounts.
func (f AccountFilter) where(scope paceline.Scope, few bool) (string, []any) {
	sql, parent := ``, ` AND a.parent_id = `
	args := []any{scope.Partner}
	if few {
		from, to := partRange(f.Search)
		parent, args = ` AND +a.parent_id = `, append(args, from, to)
	}
	if !f.IncludeSub {
		args = append(args, f.Parent)
		sql += parent + placeholder(len(args))
	}
	if f.Search != "" {
		args = append(args, likePattern(f.Search))
		like := ` LIKE ` + placeholder(len(args)) + ` ESCAPE '\'`
		sql += ` AND (a.name_fold` + like + ` OR lower(a.api_id)` + like + `)`
	}
	return sql, args
}

// Accounts returns one page of accounts. Unknown values of page.OrderBy sort by name.
func (tx *Tx) Accounts(scope paceline.Scope, f AccountFilter, page paceline.Page) (list paceline.List[paceline.Account], err error) {
	few := false
	if f.Search != "" {
		if few, err = tx.rarely(scope, f.Search); err != nil {
			return list, err
		}
	}
	return tx.accounts(scope, f, few, page)
}

func (tx *Tx) accounts(scope paceline.Scope, f AccountFilter, few bool, page paceline.Page) (list paceline.List[paceline.Account], err error) {
	where, args := f.where(scope, few)
	count, read := `SELECT COUNT(*) FROM (SELECT 1 FROM account a`+accountWhere, `SELECT `+accountColumns+accountFrom+accountWhere
	if few {
		count, read = `SELECT COUNT(*) FROM (SELECT 1 FROM account a`+fewAccounts, `SELECT `+accountColumns+accountFrom+fewAccounts
	}
	if list.Total, err = tx.cappedCount(count+where+` LIMIT `+placeholder(len(args)+1)+`) counted`, args); err != nil {
		return list, err
	}
	column, offset := accountOrder(page.OrderBy), page.Offset()
	if value, id, ok := decodeCursor(page.After, column == "a.created_at"); ok {
		offset = 0
		where += beyond(column, "a.id", page, len(args))
		args = append(args, value, id)
	}
	args = append(args, page.Limit()+1, offset)
	err = tx.query(read+where+` ORDER BY `+column+direction(page)+`, a.id`+direction(page)+
		` LIMIT `+placeholder(len(args)-1)+` OFFSET `+placeholder(len(args)), args, func(r *Row) error {
		list.Items = append(list.Items, scanAccount(r))
		return nil
	})
	if err != nil {
		return list, err
	}
	if len(list.Items) > page.Limit() {
		list.Items = list.Items[:page.Limit()]
		list.Next = accountCursor(column, list.Items[len(list.Items)-1])
	}
	return list, nil
}

func accountOrder(name string) (column string) {
	switch {
	case strings.EqualFold(name, AccountsByID):
		return "a.api_id"
	case strings.EqualFold(name, AccountsByCreated):
		return "a.created_at"
	}
	return "a.name_fold"
}

func accountCursor(column string, a paceline.Account) string {
	switch column {
	case "a.api_id":
		return encodeCursor(a.APIID, a.ID)
	case "a.created_at":
		return encodeCursor(micros(a.CreatedAt), a.ID)
	}
	return encodeCursor(Fold(a.Name), a.ID)
}
