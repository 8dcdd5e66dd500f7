package storefront

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"paceline"
	"paceline/cycle"
	"paceline/store"
	"paceline/tenant"
)

// Overview is what ORBIT shows: what is installed, and what it did last.
type Overview struct {
	Integrations []Installed
	Events       []Event // the newest first
}

// EventKind is what came to pass.
type EventKind string

// The kinds of events.
const (
	EventDone     EventKind = "Done"
	EventTrouble  EventKind = "Trouble" // it came to its end, and not all of it worked
	EventWaits    EventKind = "Waits"   // for its time, for another try, or for a free place
	EventFailed   EventKind = "Failed"
	EventHalted   EventKind = "Halted" // it was in progress when the integration was stopped
	EventStarted  EventKind = "Started"
	EventPaused   EventKind = "Paused"
	EventShutDown EventKind = "Stopped" // nobody did it: an application lets us in no more
)

// Event is one thing that an integration did, or that somebody did with it.
type Event struct {
	At   paceline.Micros
	Kind EventKind
	Name string          // of the integration
	By   string          `json:",omitempty"` // the account's user who did it; "" for others, whom no customer knows
	Why  string          `json:",omitempty"` // of trouble
	Next paceline.Micros `json:",omitempty"` // when what waits goes on

	run      int64
	troubled bool
}

const (
	daysShown   = 14
	eventsShown = 8
	eventsRead  = 40
	eventsAge   = 31 * 24 * time.Hour
)

// Overview returns what the account has installed with its figures, and the last events.
func (r *Room) Overview(ctx context.Context, p paceline.Principal, a paceline.Account) (out Overview, err error) {
	have, err := r.have(ctx, p, a)
	if err != nil {
		return out, err
	}
	if out.Integrations, err = r.integrations(ctx, a, have); err != nil {
		return out, err
	}
	now := r.clock.Now().UTC()
	today := paceline.ToMicros(now).Day()
	month := paceline.ToMicros(time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)).Day()
	var usage []store.UsageRow
	var runs paceline.List[paceline.Run]
	var turns []store.CycleTurn
	known := map[string]bool{} // actors whom the account's people know
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		if usage, err = tx.UsageReport(a.Scope(), []store.UsageBy{store.UsageByCycle, store.UsageByDay}, min(month, today-daysShown+1), today, store.UsageInOrder); err != nil {
			return err
		}
		// From a place behind all of them: nobody counts them.
		newest := store.RunCursor{CreatedAt: math.MaxInt64, Num: math.MaxInt64}
		if runs, err = tx.Runs(a.Scope(), store.RunFilter{From: newest}, paceline.Page{Size: eventsRead}, false); err != nil {
			return err
		}
		if turns, err = tx.CycleTurns(a.Scope(), paceline.ToMicros(now.Add(-eventsAge)), eventsRead); err != nil {
			return err
		}
		for _, t := range turns {
			if _, asked := known[t.Actor]; asked {
				continue
			}
			user, found, err := tx.UserByName(paceline.Scope{Partner: a.Partner}, t.Actor)
			if err != nil {
				return err
			}
			known[t.Actor] = found && !user.Console && user.UserName != tenant.APIUser
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	of := have.places(out.Integrations)
	for _, row := range usage {
		if i, there := of.byNum[row.Cycle]; there {
			out.Integrations[i].count(row, today, month)
		}
	}
	by := func(actor string) string {
		if known[actor] {
			return actor
		}
		return ""
	}
	for _, t := range turns {
		if i, there := of.byID[t.Cycle]; there {
			at := &out.Integrations[i]
			if at.Since != 0 && at.StoppedBy == "" && t.Action == "cycle.deactivated" && t.At >= at.Since {
				at.StoppedBy = by(t.Actor)
			}
			out.Events = append(out.Events, Event{At: t.At, Kind: turnKind(t.Action), Name: at.Name, By: by(t.Actor)})
		}
	}
	for _, run := range runs.Items {
		if i, there := of.byNum[run.Cycle]; there && run.Split&paceline.SplitChild == 0 && run.State != paceline.RunCancelled {
			e := eventOf(run)
			e.Name = out.Integrations[i].Name
			out.Events = append(out.Events, e)
		}
	}
	slices.SortStableFunc(out.Events, func(x, y Event) int { return cmp.Compare(y.At, x.At) })
	out.Events = out.Events[:min(len(out.Events), eventsShown)]
	return out, r.reasons(ctx, a, out.Events)
}

// reasons says of trouble what it was.
func (r *Room) reasons(ctx context.Context, a paceline.Account, events []Event) error {
	return r.store.Read(ctx, func(tx *store.Tx) error {
		for i := range events {
			if e := &events[i]; e.troubled {
				list, err := tx.Incidents(a.Scope(), store.IncidentFilter{Run: e.run}, paceline.Page{Size: 1}, false)
				if err != nil {
					return err
				}
				for _, in := range list.Items {
					e.Why = in.StepName + ": " + in.Code.Text()
				}
			}
		}
		return nil
	})
}

// placed says where cycles are in a list of what is installed.
type placed struct {
	byID  map[paceline.ID]int
	byNum map[int64]int
}

func (h possessions) places(list []Installed) placed {
	of := placed{map[paceline.ID]int{}, map[int64]int{}}
	put := func(id paceline.ID, i int) {
		if c, there := h.cycles[id]; there {
			of.byID[id], of.byNum[c.Num] = i, i
		}
	}
	at := map[paceline.ID]int{}
	for i, one := range list {
		at[one.ID] = i
		put(one.ID, i)
	}
	for _, in := range h.installs {
		if i, there := at[in.ID]; there {
			for _, id := range in.Cycles {
				put(id, i)
			}
		}
	}
	return of
}

// count adds the tasks of a cycle's day.
func (i *Installed) count(row store.UsageRow, today, month int32) {
	tasks := row.OK + row.Incident
	if row.Day >= month {
		i.Month += tasks
	}
	if before := int(today - row.Day); before >= 0 && before < daysShown {
		if i.Days == nil {
			i.Days = make([]int64, daysShown)
		}
		i.Days[daysShown-1-before] += tasks
	}
}

// rests says since when a cycle stands, and how much of it waits.
func (i *Installed) rests(c cycle.View) {
	if c.State == paceline.CyclePaused || c.State == paceline.CycleStopped || c.State == paceline.CycleError {
		i.Since = max(i.Since, c.StoppedAt)
		i.Waiting += c.Counters.InProgress
	}
}

func turnKind(action string) EventKind {
	switch action {
	case "cycle.activated":
		return EventStarted
	case "cycle.deactivated":
		return EventPaused
	}
	return EventShutDown
}

// eventOf is what a transaction is to customers.
func eventOf(run paceline.Run) Event {
	e := Event{At: cmp.Or(run.EndedAt, run.CreatedAt), Kind: EventDone, run: run.Num, troubled: run.Errors+run.Warnings > 0 || run.State == paceline.RunFailed}
	switch run.State {
	case paceline.RunLive:
		e.Kind = EventWaits
		if run.DueAt > 0 && !run.DueAt.WaitsForAll() {
			e.Next = run.DueAt
		}
	case paceline.RunFailed:
		e.Kind = EventFailed
	case paceline.RunStopped:
		e.Kind = EventHalted
	default:
		if run.Errors+run.Warnings > 0 {
			e.Kind = EventTrouble
		}
	}
	return e
}
