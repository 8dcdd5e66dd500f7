package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// killRooms is an engine that is asked for something, with a cycle that fails as often as it is told to.
type killRooms struct {
	*house
	cycle   paceline.Cycle
	address string
	answers *played
}

func openKillRooms(s *store.Store, _ string) killRooms {
	ctx := context.Background()
	remote := &played{answers: map[string][]answer{}}
	r := killRooms{house: furnish(ctx, s, remote, "https://remote.example"), answers: remote}
	r.notices = victimNotices{&atomic.Bool{}, engine.NoticeTarget{Account: r.account, Owner: store.DeliveryQueue{Scope: r.account.Scope()},
		URL: "https://remote.example/notice", Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}}
	r.outbound = remote
	r.cycle, r.address = victimCycle(ctx, r.house, stopRunPlan())
	r.build()
	return r
}

// lives lets the engine carry what there is to its end, and stops it.
func lives(ctx context.Context, r killRooms) error {
	r.start(ctx)
	awaitIdle(ctx, r.house, false)
	(&victim{house: r.house}).awaitTold(ctx)
	r.engine.Stop(ctx)
	return nil
}

// fails begins n transactions whose last call fails.
func (r killRooms) fails(ctx context.Context, n int) error {
	r.start(ctx)
	for range n {
		r.answers.answers["notify"] = append(r.answers.answers["notify"], answer{Status: 400})
	}
	for i := range n {
		if err := r.deliver(ctx, fmt.Sprint(i)); err != nil {
			return err
		}
	}
	awaitIdle(ctx, r.house, false)
	(&victim{house: r.house}).awaitTold(ctx)
	r.engine.Stop(ctx)
	return nil
}

func (r killRooms) deliver(ctx context.Context, name string) error {
	_, err := r.engine.Deliver(ctx, r.address, connector.Delivery{Method: "POST", Header: http.Header{}, At: time.Now(),
		RawBody: fmt.Appendf(nil, `{"name":%q,"country":"DE"}`, name)})
	return err
}

// newest is the last transaction that failed.
func (r killRooms) newest(ctx context.Context) (paceline.ID, error) {
	list, err := r.engine.Transactions(ctx, r.principal(), r.account, engine.TransactionFilter{Status: string(engine.StatusErrored)}, paceline.Page{Size: 1, Descending: true})
	if err != nil || len(list.Items) == 0 {
		return "", fmt.Errorf("%d failed, %w", len(list.Items), err)
	}
	return list.Items[0].ID, nil
}

// suspects leaves a transaction to a server of which three died in a row, the last of them while it was carried.
func suspects(ctx context.Context, r killRooms) error {
	if err := r.deliver(ctx, "suspect"); err != nil {
		return err
	}
	return r.store.InTx(ctx, paceline.Scope{}, func(tx *store.Tx) error {
		list, err := tx.Runs(r.account.Scope(), store.RunFilter{States: []paceline.RunState{paceline.RunLive}}, paceline.Page{Size: 10}, false)
		for _, run := range list.Items {
			if err == nil {
				err = tx.Note(r.account.Scope(), run.Num)
			}
		}
		if err == nil {
			err = tx.SetDeaths(3)
		}
		return err
	})
}

type killRequest = storetest.Request[killRooms]

// killRequests are those requests, and steps of the life of an engine, that commit by themselves and that no row of siteCases kills at.
var killRequests = storetest.Kill[killRooms]{
	Furnish: func(t *testing.T, s *store.Store) string {
		if err := openKillRooms(s, "").fails(t.Context(), 6); err != nil {
			t.Fatal(err)
		}
		return ""
	},
	Open: openKillRooms,
	Requests: []killRequest{
		{By: "engine.Engine.countDeath", Ahead: true, Do: lives},
		{By: "engine.Engine.forgetDeaths", Behind: true, Do: lives,
			Prepare: func(ctx context.Context, r killRooms) error {
				return r.store.InTx(ctx, paceline.Scope{}, func(tx *store.Tx) error { return tx.SetDeaths(2) })
			}},
		{By: "engine.Engine.accuse", Behind: true, Ahead: true, Anew: true, Prepare: suspects, Do: lives},
		{By: "engine.Engine.tellUnread", Behind: true, Do: func(ctx context.Context, r killRooms) error {
			r.setPlans("broken")
			r.start(ctx)
			r.engine.CycleChanged(ctx, r.cycle)
			for told := false; !told; time.Sleep(5 * time.Millisecond) { // it is told in the background
				err := r.store.Read(ctx, func(tx *store.Tx) error {
					list, err := tx.Incidents(r.account.Scope(), store.IncidentFilter{Code: paceline.CodePlanUnreadable}, paceline.Page{Size: 1}, false)
					told = len(list.Items) == 1
					return err
				})
				if err != nil {
					return err
				}
			}
			r.engine.Stop(ctx)
			return nil
		}},
		{By: "engine.Engine.settleOutcome", Again: paceline.CodeOutcomeKnown,
			Prepare: func(ctx context.Context, r killRooms) error {
				if err := r.fails(ctx, 1); err != nil {
					return err
				}
				return r.store.InTx(ctx, r.account.Scope(), func(tx *store.Tx) error {
					list, err := tx.Runs(r.account.Scope(), store.RunFilter{States: []paceline.RunState{paceline.RunFailed}}, paceline.Page{Size: 1}, false)
					if err != nil {
						return err
					}
					return tx.InsertIncident(r.account.Scope(), paceline.Incident{Cycle: 1, Run: list.Items[0].Num, Code: paceline.CodeUnknownOutcome, At: tx.Now()})
				})
			},
			Do: func(ctx context.Context, r killRooms) error {
				id, err := r.newest(ctx)
				if err == nil {
					_, err = r.engine.ResolveOutcome(ctx, r.principal(), r.account, r.cycle.ID, id, engine.OutcomeFailed, nil)
				}
				return err
			}},
		{By: "engine.Engine.writeMarks", Behind: true, Ahead: true,
			Prepare: func(ctx context.Context, r killRooms) error { // a transaction of which it is not known whether its server died of it
				if err := r.deliver(ctx, "unknown"); err != nil {
					return err
				}
				return r.store.InTx(ctx, paceline.Scope{}, func(tx *store.Tx) error { return tx.SetDeaths(1) })
			},
			Do: lives},
		{By: "engine.Engine.forgetNotice", Behind: true, Ahead: true, Anew: true,
			Prepare: func(ctx context.Context, r killRooms) error { // a warning, which nobody wants to be told
				return r.store.InTx(ctx, r.account.Scope(), func(tx *store.Tx) error {
					return tx.InsertIncident(r.account.Scope(), paceline.Incident{Cycle: 1, Code: paceline.CodeQuotaNear, Warning: true, Notify: true, At: tx.Now()})
				})
			},
			Do: lives},
		{By: "engine.Engine.ReplayNotice", Do: func(ctx context.Context, r killRooms) error {
			list, err := r.engine.NoticeDeliveries(ctx, r.principal(), r.account, store.DeliveryDelivered, paceline.Page{Size: 1})
			if err == nil && len(list.Items) == 0 {
				err = fmt.Errorf("nothing was told")
			}
			if err == nil {
				_, err = r.engine.ReplayNotice(ctx, r.principal(), r.account, list.Items[0].ID)
			}
			return err
		}},
		{By: "engine.Engine.ReplayNotification",
			Prepare: func(ctx context.Context, r killRooms) error {
				body, err := engine.Notification{Status: "installed"}.Sealed(r.key, r.account.Num, false)
				if err != nil {
					return err
				}
				return r.store.InTx(ctx, r.account.Scope(), func(tx *store.Tx) error {
					_, err := tx.InsertNotification(store.DeliveryQueue{Scope: r.account.Scope(), Marketplace: 7}, body, tx.Now())
					return err
				})
			},
			Do: func(ctx context.Context, r killRooms) error {
				var id int64
				err := r.store.Read(ctx, func(tx *store.Tx) error {
					list, err := tx.ToldDeliveries(r.partner, 7, -1, paceline.Page{Size: 1})
					for _, d := range list.Items {
						id = d.ID
					}
					return err
				})
				if err == nil {
					_, err = r.engine.ReplayNotification(ctx, r.principal(), r.account, 7, id)
				}
				return err
			}},
		{By: "engine.Engine.ClearIncidents",
			Prepare: func(ctx context.Context, r killRooms) error { // as many as there are where nobody died
				if err := r.engine.ClearIncidents(ctx, r.principal(), r.account, r.cycle.ID); err != nil {
					return err
				}
				return r.fails(ctx, 2)
			},
			Do: func(ctx context.Context, r killRooms) error {
				return r.engine.ClearIncidents(ctx, r.principal(), r.account, r.cycle.ID)
			}},
		{By: "engine.Engine.RemoveTransaction", Prepare: func(ctx context.Context, r killRooms) error { return r.fails(ctx, 3) },
			Do: func(ctx context.Context, r killRooms) error {
				id, err := r.newest(ctx)
				if err == nil {
					err = r.engine.RemoveTransaction(ctx, r.principal(), r.account, r.cycle.ID, id)
				}
				return err
			}},
		{By: "engine.Engine.RemoveTransactions", Ahead: true, Anew: true, Prepare: func(ctx context.Context, r killRooms) error { return r.fails(ctx, 1) }, Do: func(ctx context.Context, r killRooms) error {
			_, err := r.engine.RemoveTransactions(ctx, r.principal(), r.account, engine.TransactionFilter{Cycle: r.cycle.ID})
			return err
		}},
	},
}

// TestKillRequests kills a server on both sides of these commits.
func TestKillRequests(t *testing.T) {
	t.Parallel()
	killRequests.Run(t)
}

// TestEveryCommitIsKilledAt reads the sources: each function of the engine that commits by itself is one that a server is killed
// at, here or by a row of siteCases for the site that it alone commits at.
func TestEveryCommitIsKilledAt(t *testing.T) {
	storetest.Covered(t, ".", map[string]string{
		"engine.Engine.finishCycle": "Finish", "engine.draft.put": "Blob", "engine.Engine.DropQueued": "Drop", "engine.execution.lastRunDate": "LastRun",
		"engine.execution.cursorOf": "Cursor", "engine.Engine.skipSlot": "SkipSlot", "engine.Engine.tellShare": "Quota", "engine.Engine.tellRefusal": "Note",
		"engine.Engine.forgetNotices": "NoticeForget", "engine.Engine.endNotice": "NoticeEnd", "engine.Engine.postNotice": "NoticeDelay",
		"engine.Engine.pruneLoop": "Prune", "engine.Engine.removeRound": "Prune", "engine.Engine.pruneCopies": "Sweep", "engine.Engine.sweepBlobs": "Sweep",
		"engine.Engine.purgeCycles": "Sweep", "engine.Holds.SaveHold": "Hold",

		"engine.Engine.TakeLanded":  "what lies there is taken up by a start as well, which looks for all that is to be done",
		"engine.execution.children": "sets numbers aside; those that a server dies with are never used",

		// Told or noted by one statement behind what was durable before, or before anybody is answered: either it is there or it is not.
		"engine.Engine.stopped":      "of a node, in the place of forgetDeaths: marks that it leaves count as one more death of what it carried, and go at the end of that",
		"engine.Engine.refreshQuota": "the site of tellShare; a share that went down",
		"engine.Engine.heed":         "the vendor sends the delivery again until it is answered",
		"engine.Engine.tellLeft":     "an incident behind a repetition",
		"engine.Engine.tellUnended":  "an incident behind ends that the database refused",
	}, killRequests.By())
}
