package engine

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/engine/core"
	"paceline/store"
)

// Transaction is a transaction as callers see it.
type Transaction struct {
	paceline.Run
	ID        paceline.ID
	CycleID   paceline.ID
	CycleName string
	Status    TransactionStatus
	Split     SplitKind
	ParentID  paceline.ID // "" without a parent
	// Retries counts the tries after the first one, of all steps; WaitReason is that of StatusWaiting, with the time at
	// which the step that waits goes on, 0 when nobody knows.
	Retries    int
	WaitReason WaitReason
	NextTryAt  paceline.Micros
}

// TransactionStatus is the state of a transaction in the words of the API.
type TransactionStatus string

// The statuses. Whether a live transaction is queued or in progress is known in memory only.
const (
	StatusQueued     TransactionStatus = "Queued"
	StatusInProgress TransactionStatus = "InProgress"
	StatusWaiting    TransactionStatus = "Waiting"
	StatusCompleted  TransactionStatus = "Completed"
	StatusErrored    TransactionStatus = "Errored"
	StatusStopped    TransactionStatus = "Stopped"
	StatusCancelled  TransactionStatus = "Cancelled" // its cycle was stopped before it had begun
)

// SplitKind says how a transaction came about by a collection split.
type SplitKind string

// The kinds of splits.
const (
	Unsplit SplitKind = "Unsplit"
	Parent  SplitKind = "Parent"
	Child   SplitKind = "Child"
)

// TransactionFilter chooses transactions; zero values choose all. Words that are no status or split
// match nothing.
type TransactionFilter struct {
	Cycle         paceline.ID
	Status        string
	Retrying      bool // a step waits to be tried again
	Split         string
	Code          paceline.Code // of an error that it recorded
	Signature     string        // of an error that it recorded
	Trouble       string        // errors, warnings or none
	Parent        paceline.ID   // whose rows they carry
	Text          string        // their id, or what an incident of theirs says, or part of the name of the step that it is about
	Before, After paceline.Micros
}

// may checks that the caller may read in the account.
func may(p paceline.Principal, a paceline.Account) error {
	if p.Partner != a.Partner || !p.MayAccount(a.Num) {
		return paceline.Fail(paceline.CodeAccountHeader)
	}
	return nil
}

// Transactions lists transactions of the account by the column that page names, and by their creation, the newest or greatest first
// if page.Descending. Errors: NotFound for an unknown cycle; Invalid for another column, or a cursor of another order.
func (e *Engine) Transactions(ctx context.Context, p paceline.Principal, a paceline.Account, f TransactionFilter, page paceline.Page) (list paceline.List[Transaction], err error) {
	if err := may(p, a); err != nil {
		return list, err
	}
	scope := a.Scope()
	filter, possible := f.rows()
	if filter.ErrorFilter, err = errorFilter(f.Code, f.Signature); err != nil {
		return list, err
	}
	if f.Parent != "" {
		var genuine bool
		if filter.Parent, genuine = e.ids.Decode(f.Parent); !genuine {
			possible = false
		}
	}
	possible = e.slotted(a, f, &filter) && possible
	e.search(&filter, f.Text)
	order, known := store.RunOrderOf(page.OrderBy)
	if !known {
		return list, paceline.Fail(paceline.CodeFieldInvalid, "name", "sortBy", "reason", "it is none of the columns by which transactions are sorted")
	}
	if filter.From, err = runCursor(order, page.After); err != nil {
		return list, err
	}
	var rows paceline.List[paceline.Run]
	names := map[int64]store.CycleName{}
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		clear(names)
		if f.Cycle != "" {
			if filter.Cycle, err = cycleNum(tx, scope, f.Cycle); err != nil {
				return err
			}
		}
		if !possible {
			return nil
		}
		if rows, err = tx.Runs(scope, filter, page, !page.Descending); err != nil {
			return err
		}
		return namesOf(tx, scope, names, rows.Items)
	})
	if err != nil {
		return list, err
	}
	going := e.inProgress(rows.Items)
	list.Total = rows.Total
	for _, r := range rows.Items {
		t := e.transaction(r, names[r.Cycle], going[r.Num])
		if f.Status == "" || strings.EqualFold(f.Status, string(t.Status)) { // it may have moved on since
			list.Items = append(list.Items, t)
		}
	}
	if err := e.waiting(ctx, scope, list.Items); err != nil {
		return list, err
	}
	if n := len(rows.Items); n > 0 && n == page.Limit() && (order != store.RunsByEnd || rows.Total < 0) {
		list.Next = runPlace(order, rows.Items[n-1])
	}
	return list, nil
}

// errorFilter reads a code or a signature, of which only one can be given.
func errorFilter(code paceline.Code, signature string) (f store.ErrorFilter, err error) {
	f.Code = code
	if signature == "" {
		return f, nil
	}
	s, ok := paceline.ParseSignature(signature)
	if f = (store.ErrorFilter{Code: s.Code, Exact: true, Step: s.Step, Shape: s.Shape}); !ok || code != "" && code != s.Code {
		return f, paceline.Fail(paceline.CodeFieldInvalid, "name", "Signature", "reason", "it is not that of an incident")
	}
	return f, nil
}

// search makes a text part of the filter: an id chooses one transaction, another text those with incidents that say it.
func (e *Engine) search(filter *store.RunFilter, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if num, genuine := e.ids.Decode(paceline.ID(strings.ToLower(text))); genuine {
		filter.Num = num
		return
	}
	filter.Text = text
	paceline.Codes(func(code paceline.Code, _ paceline.Kind, says string) bool {
		if strings.Contains(strings.ToLower(says), strings.ToLower(text)) {
			filter.Codes = append(filter.Codes, code)
		}
		return true
	})
	slices.Sort(filter.Codes)
}

// Transaction returns one transaction of the account. Errors: NotFound.
func (e *Engine) Transaction(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID) (t Transaction, err error) {
	if err := may(p, a); err != nil {
		return t, err
	}
	run, name, err := e.find(ctx, a.Scope(), cycle, id)
	if err != nil {
		return t, err
	}
	one := []Transaction{e.transaction(run, name, e.inProgress([]paceline.Run{run})[run.Num])}
	err = e.waiting(ctx, a.Scope(), one)
	return one[0], err
}

// slotted narrows the filter to runs with a slot or to those without one, which the core alone knows; false says that there
// are none.
func (e *Engine) slotted(a paceline.Account, f TransactionFilter, filter *store.RunFilter) bool {
	switch {
	case strings.EqualFold(f.Status, string(StatusInProgress)):
		filter.Among, _ = e.goingIn(a.Num)
		return len(filter.Among) > 0
	case strings.EqualFold(f.Status, string(StatusQueued)), strings.EqualFold(f.Status, string(StatusWaiting)):
		filter.Except, _ = e.goingIn(a.Num)
	}
	return true
}

// find reads the run behind a public id. An empty cycle means any.
func (e *Engine) find(ctx context.Context, scope paceline.Scope, cycle, id paceline.ID) (run paceline.Run, name store.CycleName, err error) {
	num, genuine := e.ids.Decode(id)
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		wanted := int64(0)
		if cycle != "" {
			if wanted, err = cycleNum(tx, scope, cycle); err != nil {
				return err
			}
		}
		found := false
		if genuine {
			if run, found, err = tx.Run(scope, num); err != nil {
				return err
			}
		}
		if !found || wanted != 0 && run.Cycle != wanted {
			return paceline.Fail(paceline.CodeNotFound, "what", "Transaction")
		}
		name, err = tx.CycleName(scope, run.Cycle)
		return err
	})
	return run, name, err
}

func cycleNum(tx *store.Tx, scope paceline.Scope, id paceline.ID) (int64, error) {
	num, found, err := tx.CycleNum(scope, id)
	if err == nil && !found {
		err = paceline.Fail(paceline.CodeNotFound, "what", "Cycle")
	}
	return num, err
}

func namesOf(tx *store.Tx, scope paceline.Scope, names map[int64]store.CycleName, runs []paceline.Run) (err error) {
	for _, r := range runs {
		if _, known := names[r.Cycle]; !known {
			if names[r.Cycle], err = tx.CycleName(scope, r.Cycle); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows translates the filter; possible is false when nothing can match.
func (f TransactionFilter) rows() (out store.RunFilter, possible bool) {
	out = store.RunFilter{Before: f.Before, After: f.After, Retrying: f.Retrying}
	if f.Retrying {
		out.Parked = 1
	}
	if f.Before != 0 && f.After != 0 && f.Before < f.After {
		return out, false
	}
	switch {
	case f.Split == "":
	case strings.EqualFold(f.Split, string(Unsplit)):
		out.Unsplit = true
	case strings.EqualFold(f.Split, string(Parent)):
		out.Split = paceline.SplitParent
	case strings.EqualFold(f.Split, string(Child)):
		out.Split = paceline.SplitChild
	default:
		return out, false
	}
	troubles := map[string]int{"": 0, "errors": 1, "warnings": 2, "none": 3}
	if out.Trouble, possible = troubles[strings.ToLower(f.Trouble)]; !possible {
		return out, false
	}
	live := []paceline.RunState{paceline.RunLive}
	switch {
	case f.Status == "":
	case f.Retrying && !strings.EqualFold(f.Status, string(StatusWaiting)):
		return out, false
	case strings.EqualFold(f.Status, string(StatusQueued)):
		out.States, out.Parked = live, -1
	case strings.EqualFold(f.Status, string(StatusInProgress)):
		out.States = live
	case strings.EqualFold(f.Status, string(StatusWaiting)):
		out.States, out.Parked = live, 1
	case strings.EqualFold(f.Status, string(StatusCompleted)):
		out.States = []paceline.RunState{paceline.RunCompleted}
	case strings.EqualFold(f.Status, string(StatusErrored)):
		out.States = []paceline.RunState{paceline.RunFailed}
	case strings.EqualFold(f.Status, string(StatusStopped)):
		out.States = []paceline.RunState{paceline.RunStopped}
	case strings.EqualFold(f.Status, string(StatusCancelled)):
		out.States = []paceline.RunState{paceline.RunCancelled}
	default:
		return out, false
	}
	return out, true
}

func (e *Engine) transaction(r paceline.Run, name store.CycleName, going bool) Transaction {
	t := Transaction{Run: r, ID: e.ids.Encode(r.Num), CycleID: name.ID, CycleName: name.Name, Split: Unsplit}
	if r.Parent != 0 {
		t.ParentID = e.ids.Encode(r.Parent)
	}
	switch {
	case r.Split&paceline.SplitChild != 0:
		t.Split = Child
	case r.Split&paceline.SplitParent != 0:
		t.Split = Parent
	}
	switch r.State {
	case paceline.RunLive:
		switch {
		case r.DueAt > 0 && !going:
			t.Status = StatusWaiting
		case going:
			t.Status = StatusInProgress
		default:
			t.Status = StatusQueued
		}
	default:
		t.Status = endStatus(r.State)
	}
	return t
}

// inProgress asks the core which of the live runs have a slot now.
func (e *Engine) inProgress(runs []paceline.Run) map[int64]bool {
	var live []int64
	for _, r := range runs {
		if r.State == paceline.RunLive {
			live = append(live, r.Num)
		}
	}
	if len(live) == 0 || e.life.Err() != nil {
		return nil
	}
	answer := make(chan map[int64]bool, 1)
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		going := map[int64]bool{}
		for _, num := range live {
			if c.Going(num) {
				going[num] = true
			}
		}
		answer <- going
		return nil
	})
	select {
	case going := <-answer:
		return going
	case <-e.life.Done():
		return nil
	}
}

// runPlace writes the cursor of a list after r. In one that is sorted by a column, the column and its value are before the rest.
func runPlace(order store.RunOrder, r paceline.Run) string {
	c := order.CursorOf(r)
	if !hasPlaces(order) {
		return cursor(int64(c.CreatedAt), c.Num)
	}
	return strconv.Itoa(int(order)) + "." + strconv.FormatInt(c.By, 10) + "." + cursor(int64(c.CreatedAt), c.Num)
}

func runCursor(order store.RunOrder, text string) (c store.RunCursor, err error) {
	if text != "" && hasPlaces(order) {
		of, rest, _ := strings.Cut(text, ".")
		by, rest, found := strings.Cut(rest, ".")
		if c.By, err = strconv.ParseInt(by, 10, 64); err != nil || !found || of != strconv.Itoa(int(order)) {
			return c, errNoCursor()
		}
		text = rest
	}
	at, num, err := place(text)
	c.CreatedAt, c.Num = paceline.Micros(at), num
	return c, err
}

// hasPlaces reports whether a long list is sorted by the order's column, and not by creation.
func hasPlaces(order store.RunOrder) bool {
	return order != store.RunsByCreation && order != store.RunsByEnd
}

func errNoCursor() error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", "after", "reason", "it is not a cursor")
}

// cursor packs a place in a list by time and number. It holds no secret: a number leads nowhere without
// its account.
func cursor(at, num int64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at))
	binary.BigEndian.PutUint64(b[8:], uint64(num))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func place(text string) (at, num int64, err error) {
	if text == "" {
		return 0, 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 16 {
		return 0, 0, errNoCursor()
	}
	return int64(binary.BigEndian.Uint64(b[:8])), int64(binary.BigEndian.Uint64(b[8:])), nil
}
