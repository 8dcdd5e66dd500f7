package store

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"paceline"
)

const runColumns = `r.num, r.partner_id, r.account_id, r.root_id, r.cycle_num, r.version, r.state, r.due_at, r.parent,
	r.errors, r.warnings, r.created_at, r.ended_at, r.split`

func scanRun(r *Row) paceline.Run {
	return paceline.Run{
		Num: r.Int(0), Partner: r.Int(1), Account: r.Int(2), Root: r.Int(3), Cycle: r.Int(4), Version: r.Int(5),
		State: paceline.RunState(r.Int(6)), DueAt: r.Micros(7), Parent: r.Int(8),
		Errors: int(r.Int(9)), Warnings: int(r.Int(10)), CreatedAt: r.Micros(11), EndedAt: r.Micros(12),
		Split: paceline.SplitMark(r.Int(13)),
	}
}

const headColumns = `r.num, r.partner_id, r.account_id, r.root_id, r.cycle_num, r.version, r.due_at, r.created_at, r.parent, r.split`

const headWidth = 10

func scanHead(r *Row) Head {
	return Head{
		Run: r.Int(0), Partner: r.Int(1), Account: r.Int(2), Root: r.Int(3), Cycle: r.Int(4), Version: r.Int(5),
		DueAt: r.Micros(6), CreatedAt: r.Micros(7), Parent: r.Int(8), Split: paceline.SplitMark(r.Int(9)),
	}
}

// The statements below that name no account serve the scheduler of the owner node alone: it takes
// its work from the whole table, and no caller's request reaches them.
const (
	sqlReady = `SELECT ` + headColumns + ` FROM run r JOIN cycle c ON c.num = r.cycle_num
		WHERE r.account_id = $1 AND r.state = 0 AND r.due_at = $4 AND r.num > $2 AND c.state IN (2, 3)
		ORDER BY r.num LIMIT $3`
	sqlNextLane = `SELECT ` + headColumns + ` FROM run r WHERE r.account_id = $1 AND r.state = 0 AND r.due_at < 0 AND r.due_at > $2
		ORDER BY r.due_at, r.num LIMIT 1`

	sqlDue = `SELECT ` + headColumns + ` FROM run r JOIN cycle c ON c.num = r.cycle_num
		WHERE r.state = 0 AND r.due_at <> 0 AND r.due_at < 4611686018427387904 AND (r.due_at > $1 OR (r.due_at = $1 AND r.num > $2)) AND c.state IN (2, 3)
		ORDER BY r.due_at, r.num LIMIT $3`
	// sqlDueOwned is sqlDue of the shards that a text of 256 digits chooses.
	sqlDueOwned = `SELECT ` + headColumns + ` FROM run r JOIN cycle c ON c.num = r.cycle_num
		WHERE r.state = 0 AND r.due_at <> 0 AND r.due_at < 4611686018427387904 AND (r.due_at > $1 OR (r.due_at = $1 AND r.num > $2)) AND c.state IN (2, 3)
		AND substr($4, CAST(r.root_id & 255 AS INTEGER) + 1, 1) = '1' ORDER BY r.due_at, r.num LIMIT $3`
	sqlNextAccount = `SELECT r.account_id, r.partner_id, r.root_id FROM run r WHERE r.state = 0 AND r.account_id > $1
		ORDER BY r.account_id LIMIT 1`
	sqlAnyLive = `SELECT 1 FROM run WHERE run.cycle_num = $3 AND run.state = 0 AND run.partner_id = $1 AND run.account_id + 0 = $2`
	sqlLoadRun = `SELECT ` + runColumns + ` FROM run r WHERE r.num = $1`
)

// Ready returns up to n live runs of the account that wait for nothing (due 0) or in the lane of a cycle
// (paceline.LineDue), by number, from after on. Runs of cycles that do not run are left out: they are held.
func (s *Store) Ready(ctx context.Context, account int64, due paceline.Micros, after int64, n int) ([]Head, error) {
	return s.heads(ctx, sqlReady, account, after, n, due)
}

// Lanes returns the first run of each lane of the account's cycles that holds any.
func (s *Store) Lanes(ctx context.Context, account int64) (list []Head, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		last := int64(math.MinInt64)
		for {
			found, err := tx.one(sqlNextLane, []any{account, last}, func(r *Row) {
				h := scanHead(r)
				last = int64(h.DueAt)
				list = append(list, h)
			})
			if err != nil || !found {
				return err
			}
		}
	})
	return list, err
}

// Due returns up to n parked runs of this process's shards by due time and number, from just after the pair (due, run) on.
func (s *Store) Due(ctx context.Context, due paceline.Micros, run int64, n int) ([]Head, error) {
	if s.owned.shared {
		return s.heads(ctx, sqlDueOwned, due, run, n, s.ownMask())
	}
	return s.heads(ctx, sqlDue, due, run, n)
}

func (s *Store) heads(ctx context.Context, sql string, args ...any) (list []Head, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		return tx.query(sql, args, func(r *Row) error {
			list = append(list, scanHead(r))
			return nil
		})
	})
	return list, err
}

// LiveAccount is an account that has live runs, held ones included.
type LiveAccount struct{ Account, Partner, Root int64 }

// LiveAccounts returns the accounts that this process works for and that have live runs, for recovery.
func (s *Store) LiveAccounts(ctx context.Context) (list []LiveAccount, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		list = nil
		last := int64(0)
		for {
			found, err := tx.one(sqlNextAccount, []any{last}, func(r *Row) {
				last = r.Int(0)
				if s.Owns(r.Int(2)) {
					list = append(list, LiveAccount{last, r.Int(1), r.Int(2)})
				}
			})
			if err != nil || !found {
				return err
			}
		}
	})
	return list, err
}

// LoadedRun is a run with what its continuation depends on.
type LoadedRun struct {
	paceline.Run
	Rows []paceline.StepRow // by seq, without the data of their outputs (see StepOutput)
	// Exchanges is the number of calls logged so far for each row that goes on, by seq; missing means none.
	Exchanges map[int32]int32
	Arrivals  []Arrival // without payloads, when a row waits for deliveries
}

// Load reads a run for the engine, which knows the run's number from the store only.
func (s *Store) Load(ctx context.Context, run int64) (l LoadedRun, found bool, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		l = LoadedRun{}
		found, err = tx.one(sqlLoadRun, []any{run}, func(row *Row) { l.Run = scanRun(row) })
		if err != nil || !found {
			return err
		}
		scope := paceline.Scope{Partner: l.Partner, Account: l.Account}
		if l.Rows, err = tx.Steps(scope, run, false); err != nil {
			return err
		}
		if slices.ContainsFunc(l.Rows, func(row paceline.StepRow) bool {
			return row.State == paceline.StepParked || row.State == paceline.StepOngoing
		}) {
			if l.Exchanges, err = tx.exchangeCounts(scope, run); err == nil {
				l.Arrivals, err = tx.Arrivals(scope, run)
			}
		}
		return err
	})
	return l, found, err
}

// RunFilter chooses transactions of an account; zero values choose all.
type RunFilter struct {
	Cycle int64
	// States, when not empty, are the states to list. Waiting (parked) and ready runs are both RunLive.
	States []paceline.RunState
	// Parked narrows RunLive: 1 to runs with a due time, -1 to those without.
	Parked int
	// Among narrows to these runs, Except to others; empty does not.
	Among, Except []int64
	// Retrying narrows parked runs to those with a step that waits to be tried again.
	Retrying      bool
	Before, After paceline.Micros // created before, or after and at
	// Split chooses runs with one of these marks, or with Unsplit those without any.
	Split   paceline.SplitMark
	Unsplit bool
	ErrorFilter
	// Trouble narrows: 1 to runs with errors, 2 to those with warnings, 3 to those with neither.
	Trouble int
	// Parent chooses the children of a run; 0 all.
	Parent int64
	// Num chooses one run; 0 all.
	Num int64
	// Text chooses runs with an incident that has one of Codes or whose step's name contains it; "" all.
	Text  string
	Codes []paceline.Code
	// From is the keyset cursor: list what comes after this run in the order. Zero: from the beginning.
	From RunCursor

	counted runCount // that of a stretch of a sorted list, in the form in which its index is recognised
}

// runCount is a condition on the number of errors or warnings.
type runCount string

// where appends the filter's conditions. States and the other numbers are ours, not a caller's, so
// they may stand in the text; the index on failed runs is only found that way.
func (f RunFilter) where(scope paceline.Scope) (string, []any) {
	sql := ` FROM run r WHERE r.partner_id = $1 AND r.account_id = $2 AND r.pruned < 2`
	args := []any{scope.Partner, scope.Account}
	add := func(condition string, value any) {
		args = append(args, value)
		sql += ` AND ` + condition + placeholder(len(args))
	}
	// The plus hides a column from the planner: the cycle's own index is the best for its transactions, but where few of
	// the account are meant at all.
	few := f.Split != 0 || f.counted != "" || len(f.States) > 0 && slices.Min(f.States) > paceline.RunFailed
	state := `r.state`
	switch {
	case f.Cycle == 0:
	case few:
		add(`+r.cycle_num = `, f.Cycle)
	default:
		sql, state = strings.Replace(sql, `r.account_id`, `+r.account_id`, 1), `+r.state`
		add(`r.cycle_num = `, f.Cycle)
	}
	switch len(f.States) {
	case 0:
	case 1: // the form in which a partial index is recognised
		sql += ` AND ` + state + ` = ` + joinInts(f.States)
	default:
		sql += ` AND ` + state + ` IN (` + joinInts(f.States) + `)`
	}
	if len(f.States) > 0 && slices.Min(f.States) > paceline.RunFailed {
		sql += ` AND r.state > 2`
	}
	switch f.Parked {
	case 1:
		sql += ` AND r.state = 0 AND r.due_at <> 0 AND r.due_at > 0`
	case -1:
		sql += ` AND r.due_at <= 0`
	}
	if len(f.Among) > 0 {
		sql += ` AND r.num IN (` + oneOf(&args, f.Among) + `)`
	}
	if len(f.Except) > 0 {
		sql += ` AND r.num NOT IN (` + oneOf(&args, f.Except) + `)`
	}
	if f.Retrying {
		sql += sqlRetrying
	}
	switch {
	case f.Unsplit:
		sql += ` AND r.split = 0`
	case f.Split != 0:
		sql += ` AND r.split <> 0 AND r.split & ` + strconv.Itoa(int(f.Split)) + ` <> 0`
	}
	switch f.Trouble { // the indexes of these columns have another order than most lists
	case 1:
		sql += ` AND +r.errors > 0`
	case 2:
		sql += ` AND +r.warnings > 0`
	case 3:
		sql += ` AND r.errors = 0 AND r.warnings = 0`
	}
	if f.counted != "" {
		sql += ` AND ` + string(f.counted)
	}
	if f.Parent != 0 {
		sql += ` AND r.parent <> 0`
		add(`r.parent = `, f.Parent)
	}
	if f.Code != "" {
		args = append(args, string(f.Code))
		sql += ` AND EXISTS (SELECT 1 FROM incident i WHERE i.partner_id = $1 AND i.account_id = $2 AND i.run = r.num
			AND i.warning = 0 AND i.code = ` + placeholder(len(args))
		if f.Exact {
			args = append(args, f.Step, f.Shape)
			sql += ` AND i.step_id = ` + placeholder(len(args)-1) + ` AND i.shape = ` + placeholder(len(args))
		}
		sql += `)`
	}
	if f.Num != 0 {
		add(`r.num = `, f.Num)
	}
	if f.Text != "" {
		sql += f.saying(&args)
	}
	if f.After != 0 {
		add(`r.created_at >= `, f.After)
	}
	if f.Before != 0 {
		add(`r.created_at < `, f.Before)
	}
	return sql, args
}

// saying chooses by what incidents say. An account has far fewer of them than transactions.
func (f RunFilter) saying(args *[]any) string {
	mark := func(value any) string {
		*args = append(*args, value)
		return placeholder(len(*args))
	}
	sql := ` AND r.num IN (SELECT i.run FROM incident i WHERE i.partner_id = $1 AND i.account_id = $2`
	if f.Cycle != 0 {
		sql += ` AND i.cycle_num = ` + mark(f.Cycle)
	}
	sql += ` AND (LOWER(i.step_name) LIKE ` + mark("%"+likeEscape.Replace(strings.ToLower(f.Text))+"%") + ` ESCAPE '!'`
	for _, code := range f.Codes {
		sql += ` OR i.code = ` + mark(string(code))
	}
	return sql + `))`
}

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// Run returns one transaction of the scope's account, but none that was removed.
func (tx *Tx) Run(scope paceline.Scope, num int64) (run paceline.Run, found bool, err error) {
	found, err = tx.one(`SELECT `+runColumns+` FROM run r WHERE r.partner_id = $1 AND r.account_id = $2 AND r.num = $3 AND r.pruned < 2`,
		[]any{scope.Partner, scope.Account, num}, func(r *Row) { run = scanRun(r) })
	return run, found, err
}

// FinishCycle pauses a finishing cycle of the scope's account once none of its runs is live, and says
// whether it did.
func (tx *Tx) FinishCycle(scope paceline.Scope, cycle int64) (bool, error) {
	return moveCycle(tx, paceline.ArrowFinished, scope.Partner, scope.Account, cycle, ` AND NOT EXISTS (`+sqlAnyLive+`)`)
}
