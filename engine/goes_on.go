package engine

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"

	"paceline"
	"paceline/engine/core"
	"paceline/internal/seal"
)

// A step of several calls that did not come to its end is gone on with by the transaction that repeats its own: the calls
// that were made stay made. It needs what the step was about to do, and what its calls brought.

// callMade is what a person says of the call that a step of several calls was about to go on with.
type callMade struct {
	Output json.RawMessage `json:"o,omitempty"`
}

// partly finds where the steps of several calls that did not come to their end had come to, by the number of the row.
// Steps whose method is safe are called anew. Errors: Conflict when calls were made and where to go on is not known.
func (e *Engine) partly(ctx context.Context, r *repetition) error {
	r.partly, r.splits = map[int32]*callsState{}, map[int32]bool{}
	for i := range r.rows {
		row := &r.rows[i]
		step := &r.was.Steps[row.StepRef]
		if row.Exit == paceline.ExitSplit && row.State != paceline.StepDone && row.State != paceline.StepSkipped {
			if err := r.unsplit(row, step); err != nil {
				return err
			}
			continue
		}
		if row.State == paceline.StepDone || row.State == paceline.StepSkipped || step.Kind != paceline.StepAction || step.Repeat == paceline.RepeatSafe {
			continue
		}
		at, err := e.callsOf(ctx, r.run, row)
		if err != nil {
			return err
		}
		if at == nil {
			made := row.TasksOK
			if r.outcome { // the lost call itself may be counted
				made--
			}
			if several(step) && row.RowsIn != 1 && made > 0 {
				return paceline.Fail(paceline.CodeCallsMade, "step", step.Name)
			}
			continue
		}
		if now := r.now.StepByID(step.ID); at.Gone || now < 0 || !sameCalls(r.was, step, r.now, &r.now.Steps[now]) {
			return paceline.Fail(paceline.CodeCallsMade, "step", step.Name)
		}
		r.partly[row.Seq] = at
	}
	return nil
}

// unsplit finds where a split goes on: items that have a transaction are repeated by that one, if at all, and their list is
// not asked for again. Errors: Conflict where it is not known.
func (r *repetition) unsplit(row *paceline.StepRow, step *paceline.PlanStep) error {
	now := r.now.StepByID(step.ID)
	_, known := splitPlaceOf(row.Progress)
	known = known && now >= 0 && r.now.Steps[now].SplitAt == step.SplitAt && r.now.Steps[now].MethodID == step.MethodID
	if !known && (r.run.Split&paceline.SplitParent != 0 || step.Repeat == paceline.RepeatUnsafe) {
		return paceline.Fail(paceline.CodeCallsMade, "step", step.Name)
	}
	r.splits[row.Seq] = known
	return nil
}

// several reports whether the plan alone tells that the step makes several calls.
func several(step *paceline.PlanStep) bool { return len(step.Each) > 0 || step.Batched }

// callsOf opens how far the calls of a row have come; nil when none of several was made.
func (e *Engine) callsOf(ctx context.Context, run paceline.Run, row *paceline.StepRow) (*callsState, error) {
	if row.Progress == nil {
		return nil, nil
	}
	key, err := e.keys(ctx, run.Account)
	if err != nil {
		return nil, unavailable(err)
	}
	var at callsState
	var names map[string]json.RawMessage
	doc, err := key.Open(nil, row.Progress, progressPlace(run.Account, run.Num, row.Seq))
	if err != nil || json.Unmarshal(doc, &names) != nil || json.Unmarshal(doc, &at) != nil {
		return &callsState{Gone: true}, nil
	}
	if _, calls := names["d"]; !calls { // what the scripts of a single call have done
		return nil, nil
	}
	if at.Page.Asks() && !at.Join.Begun {
		at.Page = nil // a job that did not come to its end is begun anew
	}
	at.Asked, at.Attempt = nil, 0
	if at.Item == 0 && at.Page == nil && !at.Join.Begun && at.Made == nil && at.Given == nil && !at.Gone {
		return nil, nil
	}
	return &at, nil
}

// sameCalls reports whether the step still makes the same calls, in the same order. What is sent for an item may have been
// mended.
func sameCalls(was *paceline.Plan, before *paceline.PlanStep, now *paceline.Plan, after *paceline.PlanStep) bool {
	if was.Version == now.Version {
		return true
	}
	if before.ConnectorID != after.ConnectorID || before.MethodID != after.MethodID || before.Method != after.Method ||
		before.Batched != after.Batched || after.Kind != before.Kind || len(before.Each) != len(after.Each) {
		return false
	}
	for i, list := range before.Each {
		if other := after.Each[i]; list.At != other.At || was.Steps[list.Step].ID != now.Steps[other.Step].ID {
			return false
		}
	}
	return !before.Batched || reflect.DeepEqual(before.Inputs, after.Inputs)
}

// goesOn seals where the calls of a row have come to for the row that goes on with them. What they brought is copied: it
// goes with the transaction that it belongs to.
func (e *Engine) goesOn(ctx context.Context, r repetition, at callsState, head core.Head, row *paceline.StepRow) error {
	key, err := e.keys(ctx, head.Account)
	if err != nil {
		return unavailable(err)
	}
	from := draft{engine: e, ctx: ctx, key: key, head: head}
	to := from
	err = from.restore(at.Draft)
	if err == nil {
		err = from.copy(&to)
	}
	if err == nil {
		at.Draft, err = to.save()
	}
	if errors.Is(err, errGone) {
		return paceline.Fail(paceline.CodeCallsMade, "step", r.now.Steps[row.StepRef].Name).Because(err)
	}
	if err != nil {
		return unavailable(err)
	}
	row.Progress = at.seal(key, head.Account, head.Num, row.Seq)
	return nil
}

// seal makes the state a row's progress.
func (s *callsState) seal(key *seal.Key, account, run int64, seq int32) []byte {
	doc, err := json.Marshal(s)
	if err != nil {
		panic("the state of calls is always JSON: " + err.Error())
	}
	return key.Seal(nil, doc, progressPlace(account, run, seq))
}

// takeMade goes on behind a call of which a person says that it was made. It is a part of its own, so that the next call
// cannot be taken for that one.
func (c *calls) takeMade() {
	output := c.at.Made.Output
	c.at.Made, c.at.Asked = nil, nil
	if len(output) > 0 {
		c.at.Rows++
	}
	ok := true
	if c.items != nil {
		ok = len(output) == 0 || c.add(output, false)
		c.at.Item++
	} else {
		first := c.at.Page == nil
		c.at.Page = c.base.Method.Behind(c.at.Page)
		switch {
		case first: // whether it was the only one is known once the next one is cut
			c.at.Given = output
		case len(output) > 0:
			ok = c.takeGiven(false) && c.add(output, true)
		}
	}
	if ok {
		c.pause()
	}
}

// takeGiven writes what a person gave as the answer to the first chunk; whole says that there is no other.
func (c *calls) takeGiven(whole bool) bool {
	given := c.at.Given
	c.at.Given = nil
	return given == nil || c.add(given, !whole)
}
