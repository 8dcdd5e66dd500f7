package store

import (
	"context"

	"paceline"
)

// MailRule says who of a partner is sent emails of what happens.
type MailRule struct {
	ID        paceline.ID
	Partner   int64
	Person    paceline.ID // whose own wish it is; "" of the partner's rules
	Name      string
	Kinds     paceline.MailKinds // 0 while it is off
	Document  string
	CreatedAt paceline.Micros
}

const mailRuleColumns = `r.id, r.partner_id, r.person_id, r.name, r.kinds, r.document, r.created_at`

func scanMailRule(r *Row) MailRule {
	return MailRule{ID: r.ID(0), Partner: r.Int(1), Person: r.ID(2), Name: r.Text(3), Kinds: paceline.MailKinds(r.Int(4)), Document: r.Text(5), CreatedAt: r.Micros(6)}
}

// MailRules returns all rules of the partner, the wishes of persons among them, the oldest first.
func (tx *Tx) MailRules(scope paceline.Scope) (list []MailRule, err error) {
	err = tx.query(`SELECT `+mailRuleColumns+` FROM mail_rule r WHERE r.partner_id = $1 ORDER BY r.created_at, r.id`, []any{scope.Partner}, func(r *Row) error {
		list = append(list, scanMailRule(r))
		return nil
	})
	return list, err
}

// MailRule returns one of them.
func (tx *Tx) MailRule(scope paceline.Scope, id paceline.ID) (rule MailRule, found bool, err error) {
	found, err = tx.one(`SELECT `+mailRuleColumns+` FROM mail_rule r WHERE r.partner_id = $1 AND r.id = $2`, []any{scope.Partner, id}, func(r *Row) { rule = scanMailRule(r) })
	return rule, found, err
}

// PutMailRule stores a rule in place of the one with its id.
func (tx *Tx) PutMailRule(scope paceline.Scope, r MailRule) error {
	_, err := tx.exec(`INSERT INTO mail_rule (id, partner_id, person_id, name, kinds, document, created_at) VALUES ($2, $1, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, kinds = excluded.kinds, document = excluded.document WHERE mail_rule.partner_id = $1`,
		scope.Partner, r.ID, r.Person, r.Name, int64(r.Kinds), r.Document, r.CreatedAt)
	return err
}

// DeleteMailRule forgets one.
func (tx *Tx) DeleteMailRule(scope paceline.Scope, id paceline.ID) error {
	_, err := tx.exec(`DELETE FROM mail_rule WHERE partner_id = $1 AND id = $2`, scope.Partner, id)
	return err
}

// deleteMailOf forgets what a person wanted to hear, and what waits for him.
func (tx *Tx) deleteMailOf(scope paceline.Scope, person paceline.ID) error {
	_, err := tx.exec(`DELETE FROM mail_rule WHERE partner_id = $1 AND person_id = $2`, scope.Partner, person)
	if err == nil {
		err = tx.DropMail(scope, person)
	}
	if err == nil {
		_, err = tx.exec(`DELETE FROM mail_due WHERE partner_id = $1 AND person_id = $2`, scope.Partner, person)
	}
	return err
}

// sqlInsertMailEvent writes down what is to be told, where somebody wants to hear of it.
const sqlInsertMailEvent = `INSERT INTO mail_event (id, kind, partner_id, account_id, cycle_num, code, at)
	SELECT CAST($1 AS BIGINT), CAST($2 AS INTEGER), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS TEXT), CAST($7 AS BIGINT)
	WHERE EXISTS (SELECT 1 FROM mail_rule r WHERE r.partner_id = $3 AND (r.kinds & $2) <> 0)`

// MailEvent is something that is to be told.
type MailEvent struct {
	ID      int64
	Account int64
	Cycle   int64
	Kind    paceline.MailKinds // one
	Code    paceline.Code
	At      paceline.Micros
}

// sqlMailPartners serves the sender of emails; no caller's request reaches it.
const sqlMailPartners = `SELECT e.partner_id FROM mail_event e WHERE e.partner_id > $1 ORDER BY e.partner_id LIMIT 1`

// MailPartners returns the partners of whose accounts there is something to tell.
func (s *Store) MailPartners(ctx context.Context) (list []int64, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		for last := int64(0); ; {
			found, err := tx.one(sqlMailPartners, []any{last}, func(r *Row) { last = r.Int(0) })
			if err != nil || !found {
				return err
			}
			list = append(list, last)
		}
	})
	return list, err
}

// MailEvents returns up to n events of the partner.
func (tx *Tx) MailEvents(scope paceline.Scope, n int) (list []MailEvent, err error) {
	err = tx.query(`SELECT e.id, e.account_id, e.cycle_num, e.kind, e.code, e.at FROM mail_event e WHERE e.partner_id = $1 ORDER BY e.partner_id, e.id, e.kind LIMIT $2`,
		[]any{scope.Partner, n}, func(r *Row) error {
			list = append(list, MailEvent{ID: r.Int(0), Account: r.Int(1), Cycle: r.Int(2), Kind: paceline.MailKinds(r.Int(3)), Code: paceline.Code(r.Text(4)), At: r.Micros(5)})
			return nil
		})
	return list, err
}

// DeleteMailEvent forgets one that is counted.
func (tx *Tx) DeleteMailEvent(scope paceline.Scope, e MailEvent) error {
	_, err := tx.exec(`DELETE FROM mail_event WHERE partner_id = $1 AND id = $2 AND kind = $3`, scope.Partner, e.ID, int64(e.Kind))
	return err
}

// MailItem is a line of a person's next email.
type MailItem struct {
	Account, Cycle int64
	Kind           paceline.MailKinds // one
	Code           paceline.Code
	Times          int64
	Since, Until   paceline.Micros
}

// AddMail adds to what a person is told.
func (tx *Tx) AddMail(scope paceline.Scope, person paceline.ID, m MailItem) error {
	_, err := tx.exec(`INSERT INTO mail_item (partner_id, person_id, account_id, cycle_num, kind, code, times, taken, since, until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)
		ON CONFLICT (person_id, account_id, cycle_num, kind, code) DO UPDATE SET times = mail_item.times + excluded.times,
		since = CASE WHEN mail_item.since < excluded.since THEN mail_item.since ELSE excluded.since END,
		until = CASE WHEN mail_item.until > excluded.until THEN mail_item.until ELSE excluded.until END`,
		scope.Partner, person, m.Account, m.Cycle, int64(m.Kind), string(m.Code), m.Times, m.Since, m.Until)
	return err
}

// MailDue says when a person's email is due, and what came of the one before.
type MailDue struct {
	Partner   int64
	Person    paceline.ID
	DueAt     paceline.Micros // 0: there is nothing to tell
	HeldUntil paceline.Micros // another may not send it
	SentAt    paceline.Micros // the last one
	FailingAt paceline.Micros // first try of this one that failed
	Attempt   int             // tries that failed
}

const mailDueColumns = `d.partner_id, d.person_id, d.due_at, d.held_until, d.sent_at, d.failing_at, d.attempt`

func scanMailDue(r *Row) MailDue {
	return MailDue{Partner: r.Int(0), Person: r.ID(1), DueAt: r.Micros(2), HeldUntil: r.Micros(3), SentAt: r.Micros(4), FailingAt: r.Micros(5), Attempt: int(r.Int(6))}
}

// MailDue returns it; a zero value is not due.
func (tx *Tx) MailDue(scope paceline.Scope, person paceline.ID) (d MailDue, err error) {
	_, err = tx.one(`SELECT `+mailDueColumns+` FROM mail_due d WHERE d.partner_id = $1 AND d.person_id = $2`, []any{scope.Partner, person}, func(r *Row) { d = scanMailDue(r) })
	return d, err
}

// SetMailDue stores a person's.
func (tx *Tx) SetMailDue(scope paceline.Scope, person paceline.ID, d MailDue) error {
	_, err := tx.exec(`INSERT INTO mail_due (partner_id, person_id, due_at, held_until, sent_at, failing_at, attempt) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person_id) DO UPDATE SET due_at = excluded.due_at, held_until = excluded.held_until, sent_at = excluded.sent_at,
		failing_at = excluded.failing_at, attempt = excluded.attempt WHERE mail_due.partner_id = $1`,
		scope.Partner, person, d.DueAt, d.HeldUntil, d.SentAt, d.FailingAt, d.Attempt)
	return err
}

// sqlDueMail serves the sender of emails; no caller's request reaches it.
const sqlDueMail = `SELECT ` + mailDueColumns + ` FROM mail_due d WHERE d.due_at > 0 AND d.due_at <= $1 AND d.held_until <= $1 ORDER BY d.due_at, d.person_id LIMIT $2`

// DueMail returns whose emails are due.
func (s *Store) DueMail(ctx context.Context, at paceline.Micros, n int) (list []MailDue, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		return tx.query(sqlDueMail, []any{at, n}, func(r *Row) error {
			list = append(list, scanMailDue(r))
			return nil
		})
	})
	return list, err
}

// TakeMail returns what a person's email says: the n lines that matter most, and how many there are. All of it counts as
// taken, until EndMail.
func (tx *Tx) TakeMail(scope paceline.Scope, person paceline.ID, n int) (list []MailItem, total int64, err error) {
	if total, err = tx.exec(`UPDATE mail_item SET taken = times WHERE partner_id = $1 AND person_id = $2`, scope.Partner, person); err != nil {
		return nil, 0, err
	}
	err = tx.query(`SELECT i.account_id, i.cycle_num, i.kind, i.code, i.times, i.since, i.until FROM mail_item i WHERE i.partner_id = $1 AND i.person_id = $2
		ORDER BY i.kind DESC, i.times DESC, i.account_id, i.cycle_num, i.code LIMIT $3`, []any{scope.Partner, person, n}, func(r *Row) error {
		list = append(list, MailItem{Account: r.Int(0), Cycle: r.Int(1), Kind: paceline.MailKinds(r.Int(2)), Code: paceline.Code(r.Text(3)), Times: r.Int(4), Since: r.Micros(5), Until: r.Micros(6)})
		return nil
	})
	return list, total, err
}

// EndMail forgets what was taken, and reports whether more has come since.
func (tx *Tx) EndMail(scope paceline.Scope, person paceline.ID) (more bool, err error) {
	if _, err = tx.exec(`DELETE FROM mail_item WHERE partner_id = $1 AND person_id = $2 AND times <= taken`, scope.Partner, person); err != nil {
		return false, err
	}
	n, err := tx.exec(`UPDATE mail_item SET times = times - taken, taken = 0 WHERE partner_id = $1 AND person_id = $2`, scope.Partner, person)
	return n > 0, err
}

// DropMail forgets all that a person was to be told.
func (tx *Tx) DropMail(scope paceline.Scope, person paceline.ID) error {
	_, err := tx.exec(`DELETE FROM mail_item WHERE partner_id = $1 AND person_id = $2`, scope.Partner, person)
	return err
}
