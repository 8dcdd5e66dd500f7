package store

import (
	"strings"

	"paceline"
)

const incidentColumns = `i.id, i.partner_id, i.account_id, i.cycle_num, i.run, i.step_id, i.step_name, i.step_kind,
	i.warning, i.code, i.detail, i.at, i.shape`

// IncidentFilter chooses incidents of an account; zero values choose all.
type IncidentFilter struct {
	Cycle, Run int64
	// Level is 1 for errors only, 2 for warnings only.
	Level         int
	Code          paceline.Code   // "" for all
	Before, After paceline.Micros // recorded before, or after and at
	From          IncidentCursor  // list what comes after this incident in the order
}

// IncidentCursor is the place of an incident in lists.
type IncidentCursor struct {
	At paceline.Micros
	ID int64
}

func (f IncidentFilter) where(scope paceline.Scope) (string, []any) {
	sql := ` FROM incident i WHERE i.partner_id = $1 AND i.account_id = $2`
	args := []any{scope.Partner, scope.Account}
	add := func(condition string, value any) {
		args = append(args, value)
		sql += ` AND ` + condition + placeholder(len(args))
	}
	if f.Cycle != 0 {
		// The plus hides the account from the planner, which could else walk all that the account has.
		sql = strings.Replace(sql, `i.account_id`, `+i.account_id`, 1)
		add(`i.cycle_num = `, f.Cycle)
	}
	if f.Run != 0 {
		add(`i.run = `, f.Run)
	}
	switch f.Level {
	case 1:
		sql += ` AND i.warning = 0`
	case 2:
		sql += ` AND i.warning = 1`
	}
	if f.Code != "" {
		add(`i.code = `, string(f.Code))
	}
	if f.After != 0 {
		add(`i.at >= `, f.After)
	}
	if f.Before != 0 {
		add(`i.at < `, f.Before)
	}
	return sql, args
}

// Incidents lists incidents of the scope's account, the newest first unless ascending, at most
// page.Limit() from page.Offset() or f.From on. Total is -1 above paceline.MaxCount, and with f.From.
func (tx *Tx) Incidents(scope paceline.Scope, f IncidentFilter, page paceline.Page, ascending bool) (list paceline.List[paceline.Incident], err error) {
	where, args := f.where(scope)
	if list.Total = -1; f.From == (IncidentCursor{}) {
		list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+where+` LIMIT `+placeholder(len(args)+1)+`) counted`, args)
		if err != nil {
			return list, err
		}
	}
	order, beyond := ` DESC`, ` < `
	if ascending {
		order, beyond = ``, ` > `
	}
	offset := page.Offset()
	if f.From != (IncidentCursor{}) {
		args = append(args, f.From.At, f.From.ID)
		where += ` AND (i.at, i.id)` + beyond + `(` + placeholder(len(args)-1) + `, ` + placeholder(len(args)) + `)`
		offset = 0
	}
	args = append(args, page.Limit(), offset)
	err = tx.query(`SELECT `+incidentColumns+where+` ORDER BY i.at`+order+`, i.id`+order+
		` LIMIT `+placeholder(len(args)-1)+` OFFSET `+placeholder(len(args)), args, func(r *Row) error {
		list.Items = append(list.Items, paceline.Incident{
			ID: r.Int(0), Partner: r.Int(1), Account: r.Int(2), Cycle: r.Int(3), Run: r.Int(4), StepID: r.ID(5), StepName: r.Text(6),
			StepKind: paceline.StepKind(r.Int(7)), Warning: r.Bool(8), Code: paceline.Code(r.Text(9)), Detail: r.Bytes(10), At: r.Micros(11), Shape: r.Text(12),
		})
		return nil
	})
	return list, err
}

// InsertIncident records a problem that belongs to no step's commit, such as a skipped trigger, with
// the counters of its cycle. The id is set by the store. The incident's partner and account are those of the scope.
func (tx *Tx) InsertIncident(scope paceline.Scope, in paceline.Incident) error {
	id, err := tx.nextNum("incident")
	if err != nil {
		return err
	}
	_, err = tx.exec(sqlInsertIncident, id, scope.Partner, scope.Account, in.Cycle, in.Run, in.StepID, in.StepName, int(in.StepKind),
		in.Warning, string(in.Code), in.Detail, in.At, in.Shape)
	if err == nil && in.Notify {
		_, err = tx.exec(sqlInsertDelivery, id, scope.Partner, scope.Account, in.Cycle, in.Run, in.StepID, in.StepName, int(in.StepKind),
			in.Warning, string(in.Code), in.Detail, in.At)
	}
	if kind := in.Mail(); err == nil && kind != 0 {
		_, err = tx.exec(sqlInsertMailEvent, id, int64(kind), scope.Partner, scope.Account, in.Cycle, string(in.Code), in.At)
	}
	if err != nil {
		return err
	}
	errors, warnings := countIncidents([]paceline.Incident{in})
	_, err = tx.exec(sqlAddCycle, in.Cycle, scope.Partner, scope.Account, 0, errors, warnings, 0, 0, len(in.Detail))
	return err
}

// ClearIncidents deletes the incidents of a cycle of the scope's account, resets its counts of errors
// and warnings, and returns how many there were.
func (tx *Tx) ClearIncidents(scope paceline.Scope, cycle int64) (int64, error) {
	bytes := int64(0)
	_, err := tx.one(`SELECT CAST(COALESCE(SUM(LENGTH(detail)), 0) AS BIGINT) FROM incident WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
		[]any{scope.Partner, scope.Account, cycle}, func(r *Row) { bytes = r.Int(0) })
	if err == nil {
		err = tx.addBytes(scope, cycle, -bytes)
	}
	if err != nil {
		return 0, err
	}
	n, err := tx.exec(`DELETE FROM incident WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
		scope.Partner, scope.Account, cycle)
	if err != nil {
		return 0, err
	}
	_, err = tx.exec(`UPDATE cycle_counter SET errors = 0, warnings = 0 WHERE partner_id = $1 AND account_id = $2 AND cycle_num = $3`,
		scope.Partner, scope.Account, cycle)
	return n, err
}
