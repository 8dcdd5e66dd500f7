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
		accounts, err := s.DeliveryAccounts(t.Context())
		if err != nil || len(accounts) != 1 || accounts[0] != scope {
			t.Fatalf("accounts with deliveries: %v, %v", accounts, err)
		}
		err = s.InTx(t.Context(), scope, func(tx *Tx) error {
			list, err := tx.Deliveries(scope, 10)
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
			if err := tx.DelayDelivery(scope, second.ID, 90); err != nil {
				return err
			}
			if err := tx.DeleteDelivery(scope, first.ID); err != nil {
				return err
			}
			list, err = tx.Deliveries(scope, 10)
			if err != nil || len(list) != 2 || list[1].ID != second.ID || list[1].Attempt != 1 || list[1].DueAt != 90 {
				t.Errorf("after a failed try: %+v, %v", list, err)
			}
			n, err := tx.DeleteDeliveries(scope, 51, 1)
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
		for _, scope := range []paceline.Scope{{Partner: 1}, {Partner: 1, Account: 1}} {
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
