package store

import (
	"fmt"
	"slices"
	"strings"

	"paceline"
)

// RunOrder is what lists of transactions are sorted by; those that are equal in it, by creation.
type RunOrder int

// The orders.
const (
	RunsByCreation RunOrder = iota
	RunsByStatus
	RunsByErrors
	RunsByWarnings
	// RunsByEnd is for up to paceline.MaxCount of them: an index by which more could be sorted would be written with the end
	// of each transaction. It has no cursors.
	RunsByEnd
)

var runOrders = map[string]RunOrder{
	"": RunsByCreation, "createdonutc": RunsByCreation, "status": RunsByStatus, "errorcount": RunsByErrors, "warningcount": RunsByWarnings, "completedonutc": RunsByEnd,
}

// RunOrderOf reads the name of a column, in any letter case.
func RunOrderOf(column string) (RunOrder, bool) {
	o, known := runOrders[strings.ToLower(column)]
	return o, known
}

// RunCursor is the place of a run in lists.
type RunCursor struct {
	By        int64 // what it has in the order's column; 0 by creation
	CreatedAt paceline.Micros
	Num       int64
}

// CursorOf is the place of a run in a list of the order.
func (o RunOrder) CursorOf(r paceline.Run) RunCursor {
	c := RunCursor{CreatedAt: r.CreatedAt, Num: r.Num}
	switch o {
	case RunsByStatus:
		c.By = int64(r.State)
	case RunsByErrors:
		c.By = int64(r.Errors)
	case RunsByWarnings:
		c.By = int64(r.Warnings)
	}
	return c
}

// runPart is a stretch of a sorted list that one index has in order.
type runPart struct {
	column   string // that its rows are sorted by first; "" for creation alone
	narrow   func(*RunFilter)
	from, to int64 // the values in it of the order's column
}

// parts are the stretches of a list, one behind the other.
func (o RunOrder) parts(ascending bool) (list []runPart) {
	count := func(c runCount) []runPart {
		return []runPart{
			{narrow: func(f *RunFilter) { f.counted = c + ` = 0` }},
			{column: string(c), narrow: func(f *RunFilter) { f.counted = c + ` > 0` }, from: 1, to: 1 << 62},
		}
	}
	switch o {
	case RunsByStatus:
		for state := paceline.RunLive; state <= paceline.RunCancelled; state++ {
			list = append(list, runPart{narrow: func(f *RunFilter) { f.States = []paceline.RunState{state} }, from: int64(state), to: int64(state)})
		}
	case RunsByErrors:
		list = count(`r.errors`)
	case RunsByWarnings:
		list = count(`r.warnings`)
	case RunsByEnd:
		return []runPart{{column: `r.ended_at`, narrow: func(*RunFilter) {}}}
	default:
		return []runPart{{narrow: func(*RunFilter) {}}}
	}
	if !ascending {
		slices.Reverse(list)
	}
	return list
}

// Runs lists transactions of the scope's account in the order that page names, the newest or greatest first unless ascending, at
// most page.Limit() of them from page.Offset() or f.From on. Total is -1 above paceline.MaxCount, and with f.From.
func (tx *Tx) Runs(scope paceline.Scope, f RunFilter, page paceline.Page, ascending bool) (list paceline.List[paceline.Run], err error) {
	order, _ := RunOrderOf(page.OrderBy)
	from, offset := f.From, page.Offset()
	if list.Total = -1; from == (RunCursor{}) {
		if list.Total, err = tx.countRuns(scope, f, paceline.MaxCount+1); err != nil {
			return list, err
		}
		if list.Total > paceline.MaxCount {
			list.Total = -1
		}
	} else {
		offset = 0
	}
	if order == RunsByEnd && list.Total < 0 {
		order = RunsByCreation
	}
	parts := order.parts(ascending)
	if from != (RunCursor{}) {
		parts = parts[max(0, slices.IndexFunc(parts, func(p runPart) bool { return p.from <= from.By && from.By <= p.to })):]
	}
	for i, part := range parts {
		if len(list.Items) == page.Limit() {
			break
		}
		of := f
		if part.narrow(&of); order == RunsByStatus && len(f.States) > 0 && !slices.Contains(f.States, of.States[0]) {
			continue
		}
		if offset > 0 && i < len(parts)-1 {
			n, err := tx.countRuns(scope, of, offset)
			if err != nil {
				return list, err
			}
			if n < offset {
				offset -= n
				continue
			}
		}
		if of.From = from; i > 0 {
			of.From = RunCursor{}
		}
		if list.Items, err = tx.runsOf(scope, of, part.column, ascending, page.Limit()-len(list.Items), offset, list.Items); err != nil {
			return list, err
		}
		offset = 0
	}
	return list, nil
}

// countRuns counts up to most.
func (tx *Tx) countRuns(scope paceline.Scope, f RunFilter, most int) (n int, err error) {
	where, args := f.where(scope)
	_, err = tx.one(`SELECT COUNT(*) FROM (SELECT 1`+where+` LIMIT `+placeholder(len(args)+1)+`) counted`, append(args, most), func(r *Row) { n = int(r.Int(0)) })
	return n, err
}

// runsOf appends what a stretch of a list has.
func (tx *Tx) runsOf(scope paceline.Scope, f RunFilter, column string, ascending bool, limit, offset int, list []paceline.Run) ([]paceline.Run, error) {
	where, args := f.where(scope)
	direction, beyond := ` DESC`, `<`
	if ascending {
		direction, beyond = ``, `>`
	}
	by, last := []string{`r.created_at`, `r.num`}, []any{f.From.CreatedAt, f.From.Num}
	if column != "" {
		by, last = slices.Insert(by, 0, column), slices.Insert(last, 0, any(f.From.By))
	}
	if f.From != (RunCursor{}) {
		marks := make([]string, len(last))
		for i := range last {
			args = append(args, last[i])
			marks[i] = placeholder(len(args))
		}
		where += fmt.Sprintf(` AND (%s) %s (%s)`, strings.Join(by, `, `), beyond, strings.Join(marks, `, `))
	}
	args = append(args, limit, offset)
	err := tx.query(`SELECT `+runColumns+where+` ORDER BY `+strings.Join(by, direction+`, `)+direction+
		` LIMIT `+placeholder(len(args)-1)+` OFFSET `+placeholder(len(args)), args, func(r *Row) error {
		list = append(list, scanRun(r))
		return nil
	})
	return list, err
}
