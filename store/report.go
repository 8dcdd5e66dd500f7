package store

import (
	"strings"

	"paceline"
)

// Reports are read over all accounts of a partner. Those in the recycle bin and of deleted accounts are left out.

// CycleReportRow is a cycle as a report shows it.
type CycleReportRow struct {
	ID                         paceline.ID
	Name                       string
	State                      paceline.CycleState
	AccountID, AccountName     string
	Template                   paceline.ID
	Counters                   paceline.CycleCounters
	ActivatedAt, LastSuccessAt paceline.Micros
}

// CycleReportFilter chooses cycles of a report; zero values choose all.
type CycleReportFilter struct {
	Text    string // part of the cycle's or the account's name
	Running bool
	Halted  bool // stopped by an error
}

// cycleReportOrders are what the report of cycles can be sorted by, the most first; else by name.
var cycleReportOrders = map[string]string{
	"tasks": `COALESCE(k.tasks, 0) DESC`, "errors": `COALESCE(k.errors, 0) DESC`, "warnings": `COALESCE(k.warnings, 0) DESC`,
	"inprogress": `COALESCE(k.in_progress, 0) DESC`, "lastsuccessfulrundate": `COALESCE(k.last_success_at, 0) DESC`,
}

const cycleReport = ` FROM cycle c JOIN account a ON a.partner_id = c.partner_id AND a.num = c.account_id
	LEFT JOIN cycle_counter k ON k.cycle_num = c.num AND k.partner_id = c.partner_id AND k.account_id = c.account_id
	WHERE c.partner_id = $1 AND c.state <> 6 AND c.account_id > 0 AND a.state <> 2`

// CycleReport returns a page of the partner's cycles, by name or by one of cycleReportOrders.
func (tx *Tx) CycleReport(scope paceline.Scope, f CycleReportFilter, page paceline.Page) (list paceline.List[CycleReportRow], err error) {
	from, args := cycleReport, []any{scope.Partner}
	if text := strings.TrimSpace(f.Text); text != "" {
		args = append(args, likePattern(text))
		from += ` AND (c.name_fold LIKE $2 ESCAPE '\' OR a.name_fold LIKE $2 ESCAPE '\')`
	}
	switch {
	case f.Running:
		from += ` AND c.state IN (1, 2, 3)`
	case f.Halted:
		from += ` AND c.state IN (4, 5)`
	}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1`+from+` LIMIT `+placeholder(len(args)+1)+`) counted`, args); err != nil {
		return list, err
	}
	order := cycleReportOrders[strings.ToLower(page.OrderBy)]
	if order == "" {
		order = `c.name_fold` + direction(page)
	}
	args = append(args, page.Limit(), page.Offset())
	err = tx.query(`SELECT c.id, c.name, c.state, a.api_id, a.name, c.template_id, c.activated_at, COALESCE(k.last_success_at, 0), COALESCE(k.tasks, 0),
		COALESCE(k.errors, 0), COALESCE(k.warnings, 0), COALESCE(k.in_progress, 0)`+from+` ORDER BY `+order+`, c.id LIMIT `+
		placeholder(len(args)-1)+` OFFSET `+placeholder(len(args)), args, func(r *Row) error {
		list.Items = append(list.Items, CycleReportRow{
			ID: r.ID(0), Name: r.Text(1), State: paceline.CycleState(r.Int(2)), AccountID: r.Text(3), AccountName: r.Text(4), Template: r.ID(5),
			ActivatedAt: r.Micros(6), LastSuccessAt: r.Micros(7),
			Counters: paceline.CycleCounters{Tasks: r.Int(8), Errors: r.Int(9), Warnings: r.Int(10), InProgress: r.Int(11)},
		})
		return nil
	})
	return list, err
}

// AccountsByActiveCycles returns a page of the partner's accounts, sub accounts among them, those with the most running
// cycles first.
func (tx *Tx) AccountsByActiveCycles(scope paceline.Scope, page paceline.Page) (list paceline.List[int64], err error) {
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM account a WHERE a.partner_id = $1 AND a.state <> 2 LIMIT $2) counted`, []any{scope.Partner})
	if err != nil {
		return list, err
	}
	err = tx.query(`SELECT a.num FROM account a LEFT JOIN (SELECT c.account_id AS num, COUNT(*) AS active FROM cycle c
			WHERE c.partner_id = $1 AND c.state IN (1, 2, 3) GROUP BY c.account_id) k ON k.num = a.num
		WHERE a.partner_id = $1 AND a.state <> 2 ORDER BY COALESCE(k.active, 0) DESC, a.num LIMIT $2 OFFSET $3`,
		[]any{scope.Partner, page.Limit(), page.Offset()}, func(r *Row) error {
			list.Items = append(list.Items, r.Int(0))
			return nil
		})
	return list, err
}

// AccountContents are how many of each an account has, and what its cycles have recorded.
type AccountContents struct {
	Cycles, Running, Connectors, Custom int
	Errors, Warnings                    int64
}

// AccountContents counts what the scope's account has.
func (tx *Tx) AccountContents(scope paceline.Scope) (c AccountContents, err error) {
	_, err = tx.one(`SELECT
		(SELECT COUNT(*) FROM cycle c WHERE +c.partner_id = $1 AND c.account_id = $2 AND c.state <> 6),
		(SELECT COUNT(*) FROM cycle c WHERE c.partner_id = $1 AND c.account_id = $2 AND c.state IN (1, 2, 3)),
		(SELECT COUNT(*) FROM account_connector o WHERE +o.partner_id = $1 AND o.account_id = $2),
		(SELECT COUNT(*) FROM custom_connector u WHERE u.partner_id = $1 AND u.account_id = $2)`,
		[]any{scope.Partner, scope.Account},
		func(r *Row) {
			c = AccountContents{Cycles: int(r.Int(0)), Running: int(r.Int(1)), Connectors: int(r.Int(2)), Custom: int(r.Int(3))}
		})
	if err != nil || c.Cycles == 0 {
		return c, err
	}
	_, err = tx.one(`SELECT CAST(COALESCE(SUM(k.errors), 0) AS BIGINT), CAST(COALESCE(SUM(k.warnings), 0) AS BIGINT) FROM cycle c JOIN cycle_counter k
		ON k.cycle_num = c.num AND k.partner_id = c.partner_id AND k.account_id = c.account_id
		WHERE +c.partner_id = $1 AND c.account_id = $2 AND c.state <> 6`,
		[]any{scope.Partner, scope.Account}, func(r *Row) { c.Errors, c.Warnings = r.Int(0), r.Int(1) })
	return c, err
}

// ConnectorUse is how much a connector is used.
type ConnectorUse struct {
	Connector                          paceline.ID
	Installed, Accounts, Authenticated int
	Cycles, Running                    int
}

// ConnectorUses counts, for each connector that accounts of the partner have, who uses it, in the order of its uid.
func (tx *Tx) ConnectorUses(scope paceline.Scope) (list []ConnectorUse, err error) {
	at := map[paceline.ID]int{}
	err = tx.query(`SELECT o.connector_uid, COUNT(*), COUNT(DISTINCT o.account_id), CAST(SUM(o.authenticated) AS BIGINT) FROM account_connector o
		WHERE o.partner_id = $1 AND o.account_id > 0 GROUP BY o.connector_uid ORDER BY o.connector_uid`, []any{scope.Partner}, func(r *Row) error {
		at[r.ID(0)] = len(list)
		list = append(list, ConnectorUse{Connector: r.ID(0), Installed: int(r.Int(1)), Accounts: int(r.Int(2)), Authenticated: int(r.Int(3))})
		return nil
	})
	if err != nil {
		return list, err
	}
	err = tx.query(`SELECT u.connector_uid, COUNT(DISTINCT u.cycle_num), COUNT(DISTINCT CASE WHEN c.state IN (1, 2, 3) THEN u.cycle_num END)
		FROM cycle c CROSS JOIN cycle_connector u
		WHERE c.partner_id = $1 AND c.state <> 6 AND u.cycle_num = c.num AND u.partner_id = c.partner_id AND u.account_id = c.account_id
		GROUP BY u.connector_uid ORDER BY u.connector_uid`, []any{scope.Partner}, func(r *Row) error {
		if i, known := at[r.ID(0)]; known {
			list[i].Cycles, list[i].Running = int(r.Int(1)), int(r.Int(2))
		}
		return nil
	})
	return list, err
}

// ConnectorHolder is an account's installation of a connector.
type ConnectorHolder struct {
	ID                           int32
	Name, AccountID, AccountName string
	Release                      string
	Authenticated                bool
	Cycles                       int
}

// ConnectorHolders returns a page of the installations of a connector, by the account's name.
func (tx *Tx) ConnectorHolders(scope paceline.Scope, connector paceline.ID, page paceline.Page) (list paceline.List[ConnectorHolder], err error) {
	args := []any{scope.Partner, connector}
	list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM account_connector o WHERE o.partner_id = $1 AND o.connector_uid = $2 AND o.account_id > 0 LIMIT $3) counted`, args)
	if err != nil {
		return list, err
	}
	err = tx.query(`SELECT o.id, o.name, a.api_id, a.name, o.release_version, o.authenticated,
			(SELECT COUNT(DISTINCT u.cycle_num) FROM cycle_connector u WHERE u.account_connector_id = o.id AND u.partner_id = o.partner_id AND u.account_id > 0)
		FROM account_connector o JOIN account a ON a.partner_id = o.partner_id AND a.num = o.account_id
		WHERE o.partner_id = $1 AND o.connector_uid = $2 AND o.account_id > 0 ORDER BY a.name_fold, o.id LIMIT $3 OFFSET $4`,
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			list.Items = append(list.Items, ConnectorHolder{ID: r.Int32(0), Name: r.Text(1), AccountID: r.Text(2), AccountName: r.Text(3), Release: r.Text(4),
				Authenticated: r.Bool(5), Cycles: int(r.Int(6))})
			return nil
		})
	return list, err
}

// ReleaseUse is how much a release of a template is used.
type ReleaseUse struct {
	Template, Release         paceline.ID
	Name                      string
	Number                    int
	Status                    paceline.ReleaseStatus
	Cycles, Running, Accounts int
	Tasks, Errors             int64
}

// ReleaseUses counts who uses the releases of the partner's templates: the live ones, and all others that cycles follow.
func (tx *Tx) ReleaseUses(scope paceline.Scope) (list []ReleaseUse, err error) {
	uses := map[paceline.ID]ReleaseUse{}
	err = tx.query(`SELECT c.template_release_id, COUNT(*), CAST(SUM(CASE WHEN c.state IN (1, 2, 3) THEN 1 ELSE 0 END) AS BIGINT), COUNT(DISTINCT c.account_id),
			CAST(COALESCE(SUM(k.tasks), 0) AS BIGINT), CAST(COALESCE(SUM(k.errors), 0) AS BIGINT)
		FROM cycle c LEFT JOIN cycle_counter k ON k.cycle_num = c.num AND k.partner_id = c.partner_id AND k.account_id = c.account_id
		WHERE c.partner_id = $1 AND c.state <> 6 AND c.account_id > 0 AND c.template_release_id <> ''
		GROUP BY c.template_release_id ORDER BY c.template_release_id`, []any{scope.Partner}, func(r *Row) error {
		uses[r.ID(0)] = ReleaseUse{Cycles: int(r.Int(1)), Running: int(r.Int(2)), Accounts: int(r.Int(3)), Tasks: r.Int(4), Errors: r.Int(5)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = tx.query(`SELECT t.id, t.name, r.id, r.number, r.status FROM template t JOIN template_release r ON r.partner_id = t.partner_id AND r.template_id = t.id
		WHERE t.partner_id = $1 AND t.deleted_at = 0 ORDER BY t.name_fold, t.id, r.number DESC`, []any{scope.Partner}, func(r *Row) error {
		u := uses[r.ID(2)]
		u.Template, u.Name, u.Release, u.Number, u.Status = r.ID(0), r.Text(1), r.ID(2), int(r.Int(3)), paceline.ReleaseStatus(r.Text(4))
		if u.Cycles > 0 || u.Status == paceline.ReleaseLive {
			list = append(list, u)
		}
		return nil
	})
	return list, err
}

// RunReportRow is a transaction as a report shows it.
type RunReportRow struct {
	Num                    int64
	State                  paceline.RunState
	AccountID, AccountName string
	CycleID                paceline.ID
	CycleName              string
	Errors, Warnings       int
	CreatedAt, EndedAt     paceline.Micros
}

const (
	runReportColumns = `SELECT r.num, r.state, a.api_id, a.name, COALESCE(c.id, ''), COALESCE(c.name, ''), r.errors, r.warnings, r.created_at, r.ended_at
		FROM run r JOIN account a ON a.partner_id = r.partner_id AND a.num = r.account_id
		LEFT JOIN cycle c ON c.num = r.cycle_num AND c.partner_id = r.partner_id AND c.account_id = r.account_id `
	haltedRuns = `WHERE r.partner_id = $1 AND r.state > 1 AND r.account_id > 0 AND r.pruned < 2 AND r.created_at >= $2 AND r.created_at < $3`
)

func scanRunReport(r *Row) RunReportRow {
	return RunReportRow{Num: r.Int(0), State: paceline.RunState(r.Int(1)), AccountID: r.Text(2), AccountName: r.Text(3), CycleID: r.ID(4), CycleName: r.Text(5),
		Errors: int(r.Int(6)), Warnings: int(r.Int(7)), CreatedAt: r.Micros(8), EndedAt: r.Micros(9)}
}

// HaltedRuns returns a page of the partner's transactions that failed, were stopped or cancelled, the newest first.
func (tx *Tx) HaltedRuns(scope paceline.Scope, from, to paceline.Micros, page paceline.Page) (list paceline.List[RunReportRow], err error) {
	if to == 0 {
		to = endOfTime
	}
	args := []any{scope.Partner, from, to}
	if list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM run r `+haltedRuns+` LIMIT $4) counted`, args); err != nil {
		return list, err
	}
	err = tx.query(runReportColumns+haltedRuns+` ORDER BY r.created_at DESC, r.num DESC LIMIT $4 OFFSET $5`,
		append(args, page.Limit(), page.Offset()), func(r *Row) error {
			list.Items = append(list.Items, scanRunReport(r))
			return nil
		})
	return list, err
}

// RunOfPartner finds a transaction of any account of the partner by its number.
func (tx *Tx) RunOfPartner(scope paceline.Scope, num int64) (row RunReportRow, found bool, err error) {
	found, err = tx.one(runReportColumns+`WHERE r.partner_id = $1 AND r.num = $2 AND r.account_id > 0 AND r.pruned < 2`, []any{scope.Partner, num},
		func(r *Row) { row = scanRunReport(r) })
	return row, found, err
}
