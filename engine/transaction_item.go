package engine

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/engine/core"
	"paceline/internal/seal"
	"paceline/store"
)

// TransactionItem is one entry of a transaction's log: one call of a step, or a step that made none.
type TransactionItem struct {
	ID          string // unique within the transaction, stable
	Transaction paceline.ID
	StepID      paceline.ID
	StepName    string
	StepKind    paceline.StepKind
	Level       ItemLevel
	At          paceline.Micros
	// Message is the text of the incident that the step led to, "" without one.
	Message string
	// Signature is that of the error with which the step failed, "" without one.
	Signature string
	// Request is the text of the HTTP request with secrets masked; Response the body of the answer, of a
	// webhook step the payload. Both are "" when they are not kept.
	Request, Response string
	State             paceline.StepState
	Arrived           bool              // a webhook that has come for the step and was not carried on: State is that of the step
	Exit              paceline.EdgeType // of decisions
	HTTPStatus        int               // 0 without a call or an answer
	Millis            int
	Attempt           int // counts from 1
	DueAt             paceline.Micros
}

// ItemLevel says how bad an entry is.
type ItemLevel string

// The levels.
const (
	LevelInformation ItemLevel = "Information"
	LevelWarning     ItemLevel = "Warning"
	LevelError       ItemLevel = "Error"
)

// entry is an item whose texts are still sealed.
type entry struct {
	row      paceline.StepRow
	exchange *paceline.Exchange
	last     bool // the last entry of its row
	split    bool // tells of a split alone
	arrival  *store.Arrival
}

// TransactionItems lists the log of one transaction in the order of its steps. query, when set, keeps
// the entries whose texts contain it. Errors: NotFound.
func (e *Engine) TransactionItems(ctx context.Context, p paceline.Principal, a paceline.Account, cycle, id paceline.ID, query string, page paceline.Page) (list paceline.List[TransactionItem], err error) {
	if err := may(p, a); err != nil {
		return list, err
	}
	run, _, err := e.find(ctx, a.Scope(), cycle, id)
	if err != nil {
		return list, err
	}
	log, err := e.readLog(ctx, a.Scope(), run)
	if err != nil {
		return list, err
	}
	entries := log.entries
	if query == "" {
		list.Total = len(entries)
		entries = cutPage(entries, page)
	}
	for _, en := range entries {
		item := log.item(ctx, en)
		if query == "" || en.holds(item, query) {
			list.Items = append(list.Items, item)
		}
	}
	if query != "" {
		list.Total = len(list.Items)
		list.Items = cutPage(list.Items, page)
	}
	return list, nil
}

// holds reports whether one of an entry's texts contains query. Before a call stand the words that stand before it in
// an incident: clients of the original look for calls by them.
func (en entry) holds(item TransactionItem, query string) bool {
	request := item.Request
	if en.exchange != nil {
		request = "HTTP Request:\r\n" + request
	}
	return strings.Contains(request, query) || strings.Contains(item.Response, query) || strings.Contains(item.Message, query)
}

func cutPage[T any](items []T, page paceline.Page) []T {
	from := min(page.Offset(), len(items))
	return items[from:min(from+page.Limit(), len(items))]
}

// runLog is the log of one run, sealed as it was read.
type runLog struct {
	engine    *Engine
	run       paceline.Run
	id        paceline.ID
	plan      *paceline.Plan // nil when it is gone
	key       *seal.Key      // nil when it is gone
	entries   []entry
	incidents map[paceline.ID]paceline.Incident // the last of each step
}

func (e *Engine) readLog(ctx context.Context, scope paceline.Scope, run paceline.Run) (*runLog, error) {
	log := &runLog{engine: e, run: run, id: e.ids.Encode(run.Num), incidents: map[paceline.ID]paceline.Incident{}}
	var rows []paceline.StepRow
	var exchanges []paceline.Exchange
	var incidents paceline.List[paceline.Incident]
	var arrivals []store.Arrival
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if rows, err = tx.Steps(scope, run.Num, false); err != nil {
			return err
		}
		if exchanges, err = tx.Exchanges(scope, run.Num); err != nil {
			return err
		}
		if arrivals, err = tx.Arrivals(scope, run.Num); err != nil {
			return err
		}
		incidents, err = tx.Incidents(scope, store.IncidentFilter{Run: run.Num}, paceline.Page{Size: paceline.MaxPageSize}, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	if log.plan, err = e.plans.Plan(ctx, run.Cycle, run.Version); err != nil && paceline.KindOf(err) != paceline.NotFound {
		return nil, err
	}
	if log.key, err = e.keys(ctx, run.Account); err != nil {
		e.log.Warn("the data key of an account cannot be had", "error", err)
		log.key = nil
	}
	for _, in := range incidents.Items {
		log.incidents[in.StepID] = in
	}
	log.arrange(rows, exchanges)
	for i := range arrivals {
		if at := slices.IndexFunc(rows, func(row paceline.StepRow) bool { return row.Seq == arrivals[i].Seq }); at >= 0 {
			log.entries = append(log.entries, entry{row: rows[at], arrival: &arrivals[i]})
		}
	}
	return log, nil
}

// arrange makes the entries: of each row one per call, or one without. The row of a schedule's slot is
// no step of its own.
func (l *runLog) arrange(rows []paceline.StepRow, exchanges []paceline.Exchange) {
	for _, row := range rows {
		if row.Seq == 0 && l.plan != nil && core.Polled(l.plan) && int(row.StepRef) == l.plan.Trigger {
			continue
		}
		n := 0
		for n < len(exchanges) && exchanges[n].Seq <= row.Seq {
			n++
		}
		own := exchanges[:n]
		exchanges = exchanges[n:]
		for i := range own {
			l.entries = append(l.entries, entry{row: row, exchange: &own[i], last: i == len(own)-1})
		}
		if len(own) == 0 {
			l.entries = append(l.entries, entry{row: row, last: true})
		}
		if row.Exit == paceline.ExitSplit && row.RowsOut > 0 {
			l.entries = append(l.entries, entry{row: row, split: true})
		}
	}
}

// item opens an entry. What cannot be opened any more is left out.
func (l *runLog) item(ctx context.Context, en entry) TransactionItem {
	row := en.row
	item := TransactionItem{
		ID: strconv.Itoa(int(row.Seq)), Transaction: l.id, Level: LevelInformation, At: row.StartedAt, State: row.State,
		Exit: row.Exit, Millis: int((row.EndedAt - row.StartedAt) / 1000), Attempt: int(row.Attempt) + 1, DueAt: row.DueAt,
	}
	if row.EndedAt == 0 {
		item.Millis = 0
	}
	if l.plan != nil && int(row.StepRef) < len(l.plan.Steps) {
		step := &l.plan.Steps[row.StepRef]
		item.StepID, item.StepName, item.StepKind = step.ID, step.Name, step.Kind
	}
	if en.arrival != nil {
		l.arrived(ctx, &item, en.arrival)
		return item
	}
	if en.split {
		item.ID += ".split"
		item.Request = "Split From " + item.StepName
		item.Response = strconv.Itoa(int(row.RowsOut)) + " transactions"
	}
	if _, child := paceline.SplitFrom(row.From); child && l.run.Split&paceline.SplitChild != 0 {
		item.Request = "Split From " + string(l.engine.ids.Encode(l.run.Parent))
	}
	if x := en.exchange; x != nil {
		item.ID += "." + strconv.Itoa(int(x.N))
		item.At, item.HTTPStatus, item.Millis = x.At, int(x.Status), int(x.Millis)
		item.Request = l.open(x.Request, requestPlace(l.run.Account, l.run.Num, x.Seq, x.N))
		item.Response = l.open(x.Response, responsePlace(l.run.Account, l.run.Num, x.Seq, x.N))
	}
	if en.last {
		l.judge(&item, row)
		if item.Response == "" && row.State == paceline.StepDone && l.key != nil {
			doc, err := l.engine.readOutput(ctx, l.key, l.run.Partner, l.run.Account, l.run.Num, row.Seq)
			if err != nil && !errors.Is(err, errGone) {
				l.engine.log.Warn("an output could not be read", "transaction", l.id, "error", err)
			}
			item.Response = string(doc)
		}
	}
	return item
}

// arrived completes the entry of a delivery that has no row. One that came for a transaction which has ended since
// tells why it was not carried on.
func (l *runLog) arrived(ctx context.Context, item *TransactionItem, a *store.Arrival) {
	item.ID = "arrived." + item.ID + "." + strconv.Itoa(int(a.N))
	item.Arrived, item.At, item.Millis, item.Attempt, item.DueAt, item.Exit = true, a.At, 0, 1, 0, ""
	if l.run.State != paceline.RunLive {
		item.Level, item.Message = LevelWarning, paceline.CodeWebhookUnused.Text()
	}
	if l.key == nil {
		return
	}
	doc, err := l.engine.readArrival(ctx, l.key, l.run, *a)
	if err != nil && !errors.Is(err, errGone) {
		l.engine.log.Warn("a delivery could not be read", "transaction", l.id, "error", err)
	}
	item.Response = string(doc)
}

// judge gives the last entry of a row its level and message.
func (l *runLog) judge(item *TransactionItem, row paceline.StepRow) {
	in, known := l.incidents[item.StepID]
	switch {
	case row.State == paceline.StepFailed, row.State == paceline.StepSkipped && row.TasksIncident > 0:
		item.Level = LevelError
	case known && in.Warning && row.State != paceline.StepStarted:
		item.Level = LevelWarning
	default:
		return
	}
	if known {
		item.Message = in.Code.Text()
	}
	if known && row.State == paceline.StepFailed && !in.Warning {
		item.Signature = in.Signature().String()
	}
}

func (l *runLog) open(sealed []byte, at seal.AD) string {
	if len(sealed) == 0 || l.key == nil {
		return ""
	}
	text, err := l.key.Open(nil, sealed, at)
	if err != nil {
		l.engine.log.Warn("a logged text cannot be opened", "transaction", l.id, "error", err)
		return ""
	}
	return string(text)
}
