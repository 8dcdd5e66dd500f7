package engine_test

import (
	"sync/atomic"

	"paceline"
	"paceline/store"
	"paceline/store/storetest"
)

// link puts ids where the scenario's links have words: of the other cycle, of this one, of a cycle of another account.
func (st *stage) link() {
	plans := []*paceline.Plan{st.plan}
	if st.other != nil {
		plans = append(plans, st.other.plan)
	}
	for _, plan := range plans {
		for i := range plan.Steps {
			for j := range plan.Steps[i].Inputs {
				in := &plan.Steps[i].Inputs[j]
				if in.Key != paceline.LinkCycle {
					continue
				}
				id := paceline.NewID(st.begun)
				switch *in.Mapping.Value {
				case "self":
					id = plan.CycleID
				case "other":
					id = st.other.cycle.ID
				case "foreign":
					id = st.foreign()
				}
				text := string(id)
				in.Mapping.Value = &text
			}
		}
	}
}

// foreign makes a running cycle of another account of the partner.
func (st *stage) foreign() paceline.ID {
	c := paceline.Cycle{ID: paceline.NewID(st.begun), Partner: st.partner, Name: "Of another account", Flow: st.cycle.Flow.Clone()}
	for i := range c.Flow.Steps {
		c.Flow.Steps[i].ID = paceline.NewID(st.begun)
	}
	err := st.store.InTx(st.t.Context(), paceline.Scope{Partner: st.partner}, func(tx *store.Tx) error {
		wrapped, _ := installation.NewAccountKey()
		a, err := tx.InsertAccount(paceline.Scope{Partner: st.partner}, paceline.Account{ID: paceline.NewID(st.begun), APIID: "other", Name: "Other"}, wrapped)
		if err != nil {
			return err
		}
		c.Account, c.Root = a.Num, a.Root
		if err := tx.InsertCycle(&c); err != nil {
			return err
		}
		c.State, c.RunVersion, c.ActivatedAt = paceline.CycleActive, c.Version, tx.Now()
		return storetest.SetState(tx, c)
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return c.ID
}

// renew starts a cycle anew as soon as its plan has been read.
func (st *stage) renew(of *stage) {
	var renewed atomic.Bool
	st.mu.Lock()
	defer st.mu.Unlock()
	st.planned = func(cycle int64) {
		if cycle != of.cycle.Num || renewed.Swap(true) {
			return
		}
		plan := *of.plan
		of.cycle.RunVersion++
		of.adopt(&plan, of.cycle)
		st.setState(st.t.Context(), &of.cycle, paceline.CycleActive)
	}
}
