package engine

import (
	"context"
	"strings"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/store"
)

// Incident is an incident as callers see it.
type Incident struct {
	paceline.Incident
	CycleID       paceline.ID
	CycleName     string
	TransactionID paceline.ID // "" when there was none
	// Short is the text of the code; Full the status line, the vendor's answer and the request, secrets
	// masked, or Short when no more is known.
	Short, Full string
}

// IncidentFilter chooses incidents; zero values choose all. A level that is neither "error" nor
// "warning", in any letter case, matches nothing.
type IncidentFilter struct {
	Cycle         paceline.ID
	Level         string
	Before, After paceline.Micros
}

// Incidents lists incidents of the account by their time, the newest first if page.Descending.
// Errors: NotFound for an unknown cycle.
func (e *Engine) Incidents(ctx context.Context, p paceline.Principal, a paceline.Account, f IncidentFilter, page paceline.Page) (list paceline.List[Incident], err error) {
	if err := may(p, a); err != nil {
		return list, err
	}
	at, num, err := place(page.After)
	if err != nil {
		return list, err
	}
	scope := a.Scope()
	filter := store.IncidentFilter{Before: f.Before, After: f.After, From: store.IncidentCursor{At: paceline.Micros(at), ID: num}}
	possible := f.Before == 0 || f.After == 0 || f.Before >= f.After
	switch {
	case f.Level == "":
	case strings.EqualFold(f.Level, "error"):
		filter.Level = 1
	case strings.EqualFold(f.Level, "warning"):
		filter.Level = 2
	default:
		possible = false
	}
	var rows paceline.List[paceline.Incident]
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
		if rows, err = tx.Incidents(scope, filter, page, !page.Descending); err != nil {
			return err
		}
		for _, in := range rows.Items {
			if _, known := names[in.Cycle]; !known {
				if names[in.Cycle], err = tx.CycleName(scope, in.Cycle); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return list, err
	}
	list.Total = rows.Total
	for _, in := range rows.Items {
		list.Items = append(list.Items, e.incident(ctx, in, names[in.Cycle]))
	}
	if n := len(rows.Items); n > 0 && n == page.Limit() {
		list.Next = cursor(int64(rows.Items[n-1].At), rows.Items[n-1].ID)
	}
	return list, nil
}

func (e *Engine) incident(ctx context.Context, in paceline.Incident, name store.CycleName) Incident {
	out := Incident{Incident: in, CycleID: name.ID, CycleName: name.Name, Short: in.Code.Text()}
	out.Full = out.Short
	if in.Run != 0 {
		out.TransactionID = e.ids.Encode(in.Run)
	}
	if len(in.Detail) == 0 {
		return out
	}
	key, err := e.keys(ctx, in.Account)
	if err == nil {
		var text []byte
		if text, err = key.Open(nil, in.Detail, incidentPlace(in.Account, in.Run)); err == nil {
			out.Full = string(text)
		}
	}
	if err != nil {
		e.log.Warn("the detail of an incident cannot be opened", "incident", in.ID, "error", err)
	}
	return out
}

// ClearIncidents removes the incidents of a cycle and resets its counts of errors and warnings.
// Errors: NotFound.
func (e *Engine) ClearIncidents(ctx context.Context, p paceline.Principal, a paceline.Account, cycle paceline.ID) error {
	if err := may(p, a); err != nil {
		return err
	}
	scope := a.Scope()
	return e.inTx(ctx, scope, killpoint.Request, func(tx *store.Tx) error {
		num, err := cycleNum(tx, scope, cycle)
		if err != nil {
			return err
		}
		if _, err := tx.ClearIncidents(scope, num); err != nil {
			return err
		}
		return tx.InsertAudit(scope, paceline.AuditEvent{
			Partner: a.Partner, Account: a.Num, At: tx.Now(), Actor: p.Name,
			Action: "cycle.incidents_cleared", Subject: "cycle", SubjectID: string(cycle),
		})
	})
}
