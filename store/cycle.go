package store

import (
	"strings"

	"paceline"
)

const cycleColumns = `c.num, c.id, c.partner_id, c.account_id, c.root_id, c.name, c.description, c.tags, c.state,
	c.template_id, c.template_release_id, c.flow, c.version, c.run_version, c.created_at, c.activated_at,
	COALESCE(k.last_success_at, 0), COALESCE(k.tasks, 0), COALESCE(k.errors, 0), COALESCE(k.warnings, 0), COALESCE(k.in_progress, 0),
	c.deleted_at, c.folder_id, c.stopped_at`

// cycleFrom joins the counters, which the engine's commits keep in a row of their own.
const cycleFrom = ` FROM cycle c LEFT JOIN cycle_counter k
	ON k.cycle_num = c.num AND k.partner_id = c.partner_id AND k.account_id = c.account_id`

func scanCycle(r *Row) (c paceline.Cycle, err error) {
	c = scanCycleBare(r)
	c.Flow, err = readFlow(r.Bytes(11))
	return c, err
}

// scanBriefCycle is scanCycle with a brief flow.
func scanBriefCycle(r *Row) (c paceline.Cycle, err error) {
	c = scanCycleBare(r)
	c.Flow, err = readBriefFlow(r.Bytes(11))
	return c, err
}

// scanCycleBare reads a cycle without its flow.
func scanCycleBare(r *Row) paceline.Cycle {
	return paceline.Cycle{
		Num: r.Int(0), ID: r.ID(1), Partner: r.Int(2), Account: r.Int(3), Root: r.Int(4),
		Name: r.Text(5), Description: r.TextPtr(6), Tags: readTags(r.Text(7)), State: paceline.CycleState(r.Int(8)),
		Template: r.ID(9), TemplateRelease: r.ID(10), Version: r.Int(12), RunVersion: r.Int(13),
		CreatedAt: r.Micros(14), ActivatedAt: r.Micros(15), LastSuccessAt: r.Micros(16),
		Counters:  paceline.CycleCounters{Tasks: r.Int(17), Errors: r.Int(18), Warnings: r.Int(19), InProgress: r.Int(20)},
		DeletedAt: r.Micros(21), Folder: r.ID(22), StoppedAt: r.Micros(23),
	}
}

// CycleFilter chooses cycles of an account; zero values choose all.
type CycleFilter struct {
	Text             string // part of the name, in any letter case
	Tag              string
	ConnectorName    string
	ConnectorVersion string // the vendor's API version
	Kept             bool   // without the recycle bin
	Folder           paceline.ID
	Top              bool // those that lie in no folder
}

// Names by which lists of cycles can be sorted; others sort by name.
const (
	CyclesByName    = "Name"
	CyclesByID      = "Id"
	CyclesByCreated = "CreatedOnUtc"
)

// namedConnectors is how many connectors a statement names one by one; of more, the database finds them itself.
const namedConnectors = 50

// releases is the query for the connectors of which the filter means a release.
func (f CycleFilter) releases(args []any) (string, []any) {
	sql := `SELECT d.connector_uid FROM connector_release d WHERE d.partner_id IN (0, $1)`
	if f.ConnectorName != "" {
		args = append(args, Fold(f.ConnectorName))
		sql += ` AND d.name_fold = ` + placeholder(len(args))
	}
	if f.ConnectorVersion != "" {
		args = append(args, f.ConnectorVersion)
		sql += ` AND d.api_version = ` + placeholder(len(args))
	}
	return sql, args
}

// matching is the query for the cycles that have what the filter names, "" for a filter that names nothing. Few connectors are
// found first, so that no planner thinks of looking for them in each of the account's cycles.
func (tx *Tx) matching(scope paceline.Scope, f CycleFilter) (string, []any, error) {
	var parts []string
	args := []any{scope.Partner, scope.Account}
	if text := strings.TrimSpace(f.Text); text != "" {
		args = append(args, likePattern(text))
		// Names are read in the index alone: the rows are large.
		parts = append(parts, `SELECT n.num AS cycle_num FROM cycle n WHERE n.account_id = $2 AND n.name_fold LIKE `+placeholder(len(args))+` ESCAPE '\'
			AND EXISTS (SELECT 1 FROM account a WHERE a.partner_id = $1 AND a.num = $2)`)
	}
	if f.Tag != "" {
		args = append(args, f.Tag)
		parts = append(parts, `SELECT g.cycle_num FROM cycle_tag g WHERE g.partner_id = $1 AND g.account_id = $2 AND g.tag = `+placeholder(len(args)))
	}
	if f.ConnectorName != "" || f.ConnectorVersion != "" {
		var uids []any
		find, which := f.releases([]any{scope.Partner})
		err := tx.query(find+` GROUP BY d.connector_uid LIMIT `+placeholder(len(which)+1), append(which, namedConnectors+1), func(r *Row) error {
			uids = append(uids, r.Text(0))
			return nil
		})
		if err != nil {
			return "", nil, err
		}
		meant := `''`
		switch {
		case len(uids) > namedConnectors:
			meant, args = f.releases(args)
		case len(uids) > 0:
			names := make([]string, len(uids))
			for i := range uids {
				names[i] = placeholder(len(args) + i + 1)
			}
			meant, args = strings.Join(names, ", "), append(args, uids...)
		}
		parts = append(parts, `SELECT u.cycle_num FROM cycle_connector u WHERE u.partner_id = $1 AND u.account_id = $2 AND u.connector_uid IN (`+meant+`)`)
	}
	switch {
	case f.Folder != "":
		args = append(args, f.Folder)
		parts = append(parts, `SELECT l.num AS cycle_num FROM cycle l WHERE l.partner_id = $1 AND l.account_id = $2 AND l.folder_id <> '' AND l.folder_id = `+placeholder(len(args)))
	case f.Top:
		parts = append(parts, `SELECT l.num AS cycle_num FROM cycle l WHERE l.partner_id = $1 AND l.account_id = $2 AND l.folder_id = ''`)
	}
	return strings.Join(parts, ` INTERSECT `), args, nil
}

// Cycles returns a page of an account's cycles, with brief flows.
func (tx *Tx) Cycles(scope paceline.Scope, f CycleFilter, page paceline.Page) (list paceline.List[paceline.Cycle], err error) {
	matching, args, err := tx.matching(scope, f)
	if err != nil {
		return list, err
	}
	if matching == "" {
		// Counted in the index alone: the rows are large.
		list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT 1 FROM cycle c WHERE c.account_id = $2 LIMIT $3) counted
			WHERE EXISTS (SELECT 1 FROM account a WHERE a.partner_id = $1 AND a.num = $2)`, args)
	} else {
		kept := ``
		if f.Kept {
			kept = ` WHERE m.cycle_num` + notBinned
		}
		list.Total, err = tx.cappedCount(`SELECT COUNT(*) FROM (SELECT DISTINCT m.cycle_num FROM (`+matching+`) m`+kept+` LIMIT `+placeholder(len(args)+1)+`) counted`, args)
	}
	if err == nil && f.Kept && matching == "" && list.Total > 0 {
		_, err = tx.one(`SELECT COUNT(*) FROM cycle d WHERE d.partner_id = $1 AND d.account_id = $2 AND d.state = 6`, args, func(r *Row) { list.Total -= int(r.Int(0)) })
	}
	if err != nil || list.Total == 0 {
		return list, err
	}
	chosen := chosenCycles(matching, list.Total)
	if f.Kept {
		chosen += ` AND c.num` + notBinned
	}
	list.Items, list.Next, err = tx.pageOfCycles(chosen, cycleOrder(page.OrderBy), args, page)
	return list, err
}

// notBinned leaves out what lies in the account's recycle bin.
const notBinned = ` NOT IN (SELECT d.num FROM cycle d WHERE d.account_id = $2 AND d.state = 6)`

// chosenCycles is the numbers of the account's cycles that match, of which there are total, or very many.
func chosenCycles(matching string, total int) string {
	switch {
	case matching == "":
		return `SELECT c.num FROM cycle c WHERE c.account_id = $2`
	case total < 0: // so many that the order soon comes upon a page of them
		return `SELECT c.num FROM cycle c WHERE c.account_id = $2 AND c.num IN (` + matching + `)`
	}
	return `SELECT c.num FROM cycle c WHERE +c.account_id = $2 AND c.num IN (` + matching + `)`
}

// cycleOrder is the column that a list of cycles is sorted by.
func cycleOrder(name string) string {
	switch {
	case strings.EqualFold(name, CyclesByID):
		return "c.id"
	case strings.EqualFold(name, CyclesByCreated):
		return "c.created_at"
	}
	return "c.name_fold"
}

// pageOfCycles reads a page of the chosen cycles. The page is found by numbers and the order's column, without the rows'
// large designs; then its rows are read, with brief flows. The first two args are partner and account.
func (tx *Tx) pageOfCycles(chosen, column string, args []any, page paceline.Page) (items []paceline.Cycle, next string, err error) {
	offset := page.Offset()
	if value, id, ok := decodeCursor(page.After, column == "c.created_at"); ok {
		offset = 0
		chosen += beyond(column, "c.id", page, len(args))
		args = append(args, value, id)
	}
	order := ` ORDER BY ` + column + direction(page) + `, c.id` + direction(page)
	args = append(args, page.Limit()+1, offset)
	err = tx.query(`SELECT `+cycleColumns+cycleFrom+` WHERE +c.partner_id = $1 AND +c.account_id = $2 AND c.num IN (`+chosen+order+
		` LIMIT `+placeholder(len(args)-1)+` OFFSET `+placeholder(len(args))+`)`+order, args, func(r *Row) error {
		c, err := scanBriefCycle(r)
		items = append(items, c)
		return err
	})
	if err != nil || len(items) <= page.Limit() {
		return items, "", err
	}
	items = items[:page.Limit()]
	last := items[len(items)-1]
	switch column {
	case "c.id":
		return items, encodeCursor(string(last.ID), last.ID), nil
	case "c.created_at":
		return items, encodeCursor(micros(last.CreatedAt), last.ID), nil
	}
	return items, encodeCursor(Fold(last.Name), last.ID), nil
}

// Cycle returns one cycle of an account.
func (tx *Tx) Cycle(scope paceline.Scope, id paceline.ID) (paceline.Cycle, bool, error) {
	return tx.oneCycle(`SELECT `+cycleColumns+cycleFrom+` WHERE c.partner_id = $1 AND c.account_id = $2 AND c.id = $3`,
		scope.Partner, scope.Account, id)
}

// CycleByNum returns a cycle by its number, for the engine alone, which takes numbers from the store only.
func (tx *Tx) CycleByNum(num int64) (paceline.Cycle, bool, error) {
	return tx.oneCycle(`SELECT `+cycleColumns+cycleFrom+` WHERE c.num = $1`, num)
}

// CycleOfStep returns the account's cycle that has the step.
func (tx *Tx) CycleOfStep(scope paceline.Scope, step paceline.ID) (paceline.Cycle, bool, error) {
	return tx.oneCycle(`SELECT `+cycleColumns+cycleFrom+` JOIN cycle_step s ON s.cycle_num = c.num
		WHERE s.partner_id = $1 AND s.account_id = $2 AND s.step_id = $3 AND c.partner_id = $1 AND c.account_id = $2`,
		scope.Partner, scope.Account, step)
}

// StepTaken reports whether any step has the id, whoever's it is.
func (tx *Tx) StepTaken(id paceline.ID) (bool, error) {
	return tx.one(`SELECT 1 FROM cycle_step WHERE step_id = $1`, []any{id}, func(*Row) {})
}

func (tx *Tx) oneCycle(sql string, args ...any) (c paceline.Cycle, found bool, err error) {
	var bad error
	found, err = tx.one(sql, args, func(r *Row) { c, bad = scanCycle(r) })
	if err == nil {
		err = bad
	}
	return c, found, err
}

// RunningCyclesUsing returns the cycles of a root account and its sub accounts that run with an
// account connector.
func (tx *Tx) RunningCyclesUsing(partner, root int64, accountConnector int32) (list []paceline.Cycle, err error) {
	return tx.cyclesUsing(partner, root, accountConnector, ` AND c.state IN (1, 2, 3)`)
}

// CyclesUsing is RunningCyclesUsing with those that do not run.
func (tx *Tx) CyclesUsing(partner, root int64, accountConnector int32) ([]paceline.Cycle, error) {
	return tx.cyclesUsing(partner, root, accountConnector, "")
}

func (tx *Tx) cyclesUsing(partner, root int64, accountConnector int32, which string) (list []paceline.Cycle, err error) {
	err = tx.query(`SELECT `+cycleColumns+cycleFrom+` JOIN cycle_connector u ON u.cycle_num = c.num
		WHERE u.partner_id = $1 AND u.account_id = c.account_id AND u.account_connector_id = $2
		AND c.partner_id = $1 AND c.root_id = $3`+which+` ORDER BY c.num`,
		[]any{partner, accountConnector, root}, func(r *Row) error {
			c, err := scanCycle(r)
			list = append(list, c)
			return err
		})
	return list, err
}

// InsertCycle stores a new cycle and sets its number and version.
func (tx *Tx) InsertCycle(c *paceline.Cycle) error {
	num, err := tx.nextNum("cycle")
	if err != nil {
		return err
	}
	c.Num, c.Version, c.State = num, 1, paceline.ArrowInsert.To
	_, err = tx.exec(`INSERT INTO cycle (num, id, partner_id, account_id, root_id, name, name_fold, description, tags, state,
			template_id, template_release_id, flow, version, run_version, created_at, activated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15, 0)`,
		c.Num, c.ID, c.Partner, c.Account, c.Root, c.Name, Fold(c.Name), c.Description, writeTags(c.Tags), int(c.State),
		c.Template, c.TemplateRelease, writeFlow(c.Flow), c.Version, c.CreatedAt)
	if err != nil {
		return err
	}
	return tx.indexCycle(*c)
}

// UpdateCycle stores name, description, tags, flow and base release, and sets the next version.
func (tx *Tx) UpdateCycle(c *paceline.Cycle) error {
	c.Version++
	_, err := tx.exec(`UPDATE cycle SET name = $1, name_fold = $2, description = $3, tags = $4, flow = $5, version = $6,
		template_release_id = $7 WHERE partner_id = $8 AND account_id = $9 AND num = $10`,
		c.Name, Fold(c.Name), c.Description, writeTags(c.Tags), writeFlow(c.Flow), c.Version, c.TemplateRelease, c.Partner, c.Account, c.Num)
	if err != nil {
		return err
	}
	return tx.indexCycle(*c)
}

// RunningCycles returns the account's cycles that run.
func (tx *Tx) RunningCycles(scope paceline.Scope) (list []paceline.Cycle, err error) {
	err = tx.query(`SELECT `+cycleColumns+cycleFrom+` WHERE c.partner_id = $1 AND c.account_id = $2 AND c.state IN (1, 2, 3) ORDER BY c.num`,
		[]any{scope.Partner, scope.Account}, func(r *Row) error {
			c, err := scanCycle(r)
			list = append(list, c)
			return err
		})
	return list, err
}

// RetireCycles marks all cycles of an account that is being deleted as deleted and takes their addresses
// and schedules away.
func (tx *Tx) RetireCycles(scope paceline.Scope) error {
	to := int(paceline.ArrowRetire.To)
	if _, err := tx.exec(`UPDATE cycle SET state = $3 WHERE partner_id = $1 AND account_id = $2`+startsFrom(paceline.ArrowRetire), scope.Partner, scope.Account, to); err != nil {
		return err
	}
	for _, sql := range []string{
		`DELETE FROM webhook WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM schedule WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM last_run WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM step_cursor WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM delivery_done WHERE partner_id = $1 AND account_id = $2`,
		`DELETE FROM suspect WHERE partner_id = $1 AND account_id = $2`,
	} {
		if _, err := tx.exec(sql, scope.Partner, scope.Account); err != nil {
			return err
		}
	}
	return nil
}
