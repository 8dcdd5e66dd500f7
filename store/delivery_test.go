package store

import (
	"testing"

	"paceline"
)

// TestDeliveriesAreQueuedWithTheirIncident: an incident that is to be told is in the outbox by the commit
// that records it, whichever way it is written, with its own id.
func TestDeliveriesAreQueuedWithTheirIncident(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		f := newFixture(t, s, 2)
		c := f.cycles[0]
		scope := paceline.Scope{Partner: 1, Account: 1}
		for _, stop := range []bool{false, true} { // on PostgreSQL one is a pipelined commit, the other is not
			run := f.start(t, c)
			op := f.advance(c, run, 1, paceline.RunFailed, nil)
			op.Advance.StopCycle = stop
			op.Advance.Incidents = []paceline.Incident{
				{StepID: "a", StepName: "Call", StepKind: paceline.StepAction, Code: paceline.CodeCallFailed, Detail: []byte{1}, At: 50, Notify: true},
				{Code: paceline.CodeSourceEmpty, Warning: true, At: 51},
			}
			f.mustSubmit(t, op)
		}
		err := s.InTx(t.Context(), scope, func(tx *Tx) error {
			return tx.InsertIncident(scope, paceline.Incident{Cycle: c.Num, Code: paceline.CodeTriggerSkipped, Warning: true, At: 40, Notify: true})
		})
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := s.DeliveryQueues(t.Context())
		if err != nil || len(accounts) != 1 || accounts[0].Scope != scope {
			t.Fatalf("accounts with deliveries: %v, %v", accounts, err)
		}
		err = s.InTx(t.Context(), scope, func(tx *Tx) error {
			list, err := tx.Deliveries(DeliveryQueue{Scope: scope}, 10)
			if err != nil || len(list) != 3 {
				t.Fatalf("deliveries: %+v, %v", list, err)
			}
			first, second := list[0], list[1]
			if first.Code != paceline.CodeTriggerSkipped || first.DueAt != 40 {
				t.Errorf("the oldest delivery: %+v", first)
			}
			if second.Code != paceline.CodeCallFailed || second.StepName != "Call" || len(second.Detail) != 1 || second.At != 50 || second.Attempt != 0 {
				t.Errorf("a delivery: %+v", second)
			}
			incidents, err := tx.Incidents(scope, IncidentFilter{Run: second.Run, Level: 1}, paceline.Page{}, true)
			if err != nil || len(incidents.Items) != 1 || incidents.Items[0].ID != second.ID {
				t.Errorf("the incident of delivery %d: %+v, %v", second.ID, incidents.Items, err)
			}
			if err := tx.DelayDelivery(scope, second.ID, 90, 500); err != nil {
				return err
			}
			if err := tx.DeleteDelivery(scope, first.ID); err != nil {
				return err
			}
			list, err = tx.Deliveries(DeliveryQueue{Scope: scope}, 10)
			if err != nil || len(list) != 2 || list[1].ID != second.ID || list[1].Attempt != 1 || list[1].DueAt != 90 {
				t.Errorf("after a failed try: %+v, %v", list, err)
			}
			third := list[0].ID
			if err := tx.EndDelivery(scope, third, DeliveryFailed, 0); err != nil {
				return err
			}
			if err := tx.EndDelivery(scope, second.ID, DeliveryDelivered, 200); err != nil {
				return err
			}
			for _, c := range []struct {
				scope paceline.Scope
				state DeliveryState
				want  int
			}{{scope, -1, 2}, {scope, DeliveryWaiting, 0}, {scope, DeliveryFailed, 1}, {scope, DeliveryDelivered, 1}, {paceline.Scope{Partner: 1, Account: 2}, -1, 0}} {
				tracked, err := tx.TrackedDeliveries(c.scope, c.state, paceline.Page{})
				if err != nil || len(tracked.Items) != c.want || tracked.Total != c.want {
					t.Errorf("state %d of %v: %+v, %v", c.state, c.scope, tracked, err)
				}
			}
			if d, found, err := tx.TrackedDelivery(scope, second.ID); err != nil || !found || d.Status != 200 || d.Attempt != 1 || d.State != DeliveryDelivered {
				t.Errorf("one that was taken: %+v, %v", d, err)
			}
			for _, replayed := range []int64{second.ID, second.ID, third} {
				if err := tx.ReplayDelivery(scope, replayed); err != nil {
					return err
				}
			}
			list, err = tx.Deliveries(DeliveryQueue{Scope: scope}, 10)
			if err != nil || len(list) != 2 || list[0].Attempt != 0 || list[0].ReplayedAt != tx.Now() || len(list[0].Detail) != 1 {
				t.Errorf("sent anew: %+v, %v", list, err)
			}
			n, err := tx.DeleteDeliveries(DeliveryQueue{Scope: scope}, 51, 1)
			if err != nil || n != 1 {
				t.Errorf("deleted %d, %v", n, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDeliverySigner(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		for _, scope := range []DeliveryQueue{{Scope: paceline.Scope{Partner: 1}}, {Scope: paceline.Scope{Partner: 1, Account: 1}}, {Scope: paceline.Scope{Partner: 1}, Marketplace: 1}} {
			err := s.InTx(t.Context(), paceline.Scope{}, func(tx *Tx) error {
				for _, want := range []DeliverySigner{{Secret: []byte{1}}, {Secret: []byte{2}, Previous: []byte{1}, PreviousUntil: 7, GoneURL: "https://gone.example"}} {
					if err := tx.SetDeliverySigner(scope, want); err != nil {
						return err
					}
					got, err := tx.DeliverySigner(scope)
					if err != nil || string(got.Secret) != string(want.Secret) || string(got.Previous) != string(want.Previous) ||
						got.PreviousUntil != want.PreviousUntil || got.GoneURL != want.GoneURL {
						t.Errorf("%+v: %+v, %v; want %+v", scope, got, err, want)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
