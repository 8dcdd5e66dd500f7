package engine

import (
	"context"
	"crypto/sha256"
	"errors"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/store"
)

// keyHash is the hash of the value that a delivery and a transaction have in common. A number and a text that
// look alike are the same: senders write ids as they like.
func keyHash(v mapping.Value) (key paceline.KeyHash, ok bool) {
	if mapping.Empty(v) {
		return key, false
	}
	sum := sha256.Sum256([]byte(mapping.Text(v)))
	return paceline.KeyHash(sum[:16]), true
}

// await finds the value by which deliveries will find the transaction, as long as its data is kept.
func (x *execution) await() {
	s := x.live.plan.step(x.token.Step)
	failed := func(detail string) {
		x.out.TasksIncident = 1
		x.out.Permanent = true
		x.fail(paceline.CodeWebhookSourceKey, detail)
	}
	inputs, err := mapping.Inputs{}, s.err
	if err == nil {
		inputs, _, err = s.program.Inputs(mapping.Env{Data: x, System: x.system})
	}
	switch {
	case x.readFailed != nil && !errors.Is(x.readFailed, errGone):
		x.away(x.readFailed)
		return
	case x.readFailed != nil:
		failed(x.readFailed.Error())
		return
	case err != nil:
		failed(messageOf(err))
		return
	}
	key, ok := keyHash(inputs.Param("webhook", "source"))
	if !ok {
		failed("The transaction's data has no value for the key.")
		return
	}
	x.out.Key, x.out.Until = &key, x.out.StartedAt.Add(x.run.Plan.LongestWait())
}

// arrivalPart is the part of a waiting row that a delivery is sealed as until it has a row of its own; those of
// exchanges end before it.
const arrivalPart byte = 255

func arrivalPlace(account, run int64, seq int32) seal.AD {
	return seal.AD{Account: account, Run: run, Seq: seq, Part: arrivalPart}
}

// receive makes the row of a delivery that has come: its payload is the row's output.
func (x *execution) receive() {
	scope := paceline.Scope{Partner: x.run.Partner, Account: x.run.Account}
	var a store.Arrival
	var found bool
	var run paceline.Run
	err := x.engine.store.Read(x.context(), func(tx *store.Tx) (err error) {
		if run, _, err = tx.Run(scope, x.run.Num); err == nil {
			a, found, err = tx.Arrival(scope, x.run.Num, x.token.From, x.token.K)
		}
		return err
	})
	switch {
	case err != nil:
		x.away(err)
		return
	case !found && run.State != paceline.RunLive:
		x.out.Verdict = core.Again // a stop came first, and what had come went with the transaction
		return
	}
	if found && x.step.Enriches {
		doc, err := x.engine.readArrival(x.context(), x.live.key, run, a)
		switch {
		case err != nil && !errors.Is(err, errGone):
			x.away(err)
		case err != nil:
			x.undelivered()
		default:
			if x.enrich(doc); x.out.Verdict == core.OK && !x.out.More {
				x.out.TasksOK++ // that of the delivery itself
			}
		}
		return
	}
	out := a.Output
	if found && out.Blob == "" {
		var doc []byte
		if doc, err = x.live.key.Open(nil, out.Data, arrivalPlace(x.run.Account, x.run.Num, x.token.From)); err == nil {
			x.live.keep(x.token.Seq, doc)
			out.Data = x.live.key.Seal(nil, doc, outputPlace(x.run.Account, x.run.Num, x.token.Seq))
		}
	}
	if err != nil || !found {
		x.undelivered()
		return
	}
	x.out.Output, x.out.RowsOut, x.out.TasksOK = out, a.RowsOut, 1
}

// undelivered is the failure of a delivery that is gone.
func (x *execution) undelivered() {
	x.out.TasksIncident = 1
	x.out.Permanent = true
	x.fail(paceline.CodeWebhookTriggerData, "The delivery cannot be read any more.")
}

// keyOf finds the key in a delivery to a webhook step in the middle of a flow.
func keyOf(step *paceline.PlanStep, payload []byte) (paceline.KeyHash, bool) {
	location, err := mapping.ParseLocation(step.Key)
	if err != nil {
		return paceline.KeyHash{}, false
	}
	v, _ := location.Get(payload)
	return keyHash(v)
}

// lastTries bounds how often a delivery looks for a transaction that ends while it does.
const lastTries = 3

// arrive hands a delivery to the newest transaction that waits for its key. taken is false when the cycle does not
// run any more. Errors: NotFound when none waits; Unavailable.
func (e *Engine) arrive(ctx context.Context, h *hook, j judged) (receipt Receipt, taken bool, err error) {
	step := h.plan.StepByID(h.Step)
	key, ok := keyOf(&h.plan.Steps[step], j.payload)
	if !ok {
		return Receipt{}, true, e.missed(h, step, paceline.CodeWebhookSourceKey)
	}
	var w *caller
	if h.plan.answers[step] && !j.shared {
		if w, err = e.newCaller(h); err != nil {
			return Receipt{}, false, err
		}
		defer e.callers.free(h.Account)
	}
	wait, cancel := context.WithTimeout(ctx, e.limits.AcceptWait)
	defer cancel()
	var result store.Result
	for try := 0; ; try++ {
		var to store.Head
		var seq int32
		var found bool
		err := e.store.Read(wait, func(tx *store.Tx) (err error) {
			to, seq, found, err = tx.Awaiting(h.scope(), h.Cycle, int32(step), key)
			return err
		})
		if err != nil {
			return Receipt{}, false, unavailable(err)
		}
		if !found || try == lastTries {
			return Receipt{}, true, e.missed(h, step, paceline.CodeWebhookTriggerStep)
		}
		if result, err = e.submitArrival(wait, h, to, seq, j); err != nil {
			return Receipt{}, false, err
		}
		if !result.Refused {
			receipt.Transaction = e.ids.Encode(result.Run)
			receipt.Duplicate, receipt.Ack = result.Duplicate, j.ack
			break
		}
	}
	if receipt.Ack.Status == 0 {
		receipt.Ack.Status = 200
	}
	if w != nil {
		err = e.answer(ctx, h.scope(), w, result, &receipt)
	}
	return receipt, true, err
}

// submitArrival makes the delivery durable for a transaction and tells the core.
func (e *Engine) submitArrival(ctx context.Context, h *hook, to store.Head, seq int32, j judged) (store.Result, error) {
	if err := e.enter(to.Root); err != nil {
		return store.Result{}, err
	}
	submitted := false
	defer func() {
		if !submitted {
			e.leave(to.Root)
		}
	}()
	key, err := e.keys(ctx, to.Account)
	if err != nil {
		return store.Result{}, unavailable(err)
	}
	op := &store.Arrive{
		Partner: to.Partner, Account: to.Account, Cycle: to.Cycle, Run: to.Run, Dedupe: j.dedupe,
		Arrival: store.Arrival{Seq: seq, At: j.at, RowsOut: j.rows},
	}
	head := heads([]store.Head{to})[0]
	if len(j.payload) <= blobAbove {
		op.Output.Data = key.Seal(nil, j.payload, arrivalPlace(to.Account, to.Run, seq))
	} else if op.Output, err = e.sealOutput(ctx, key, head, seq, j.payload); err != nil {
		return store.Result{}, unavailable(err)
	}
	done := make(chan store.Result, 1)
	told := func(result store.Result) {
		if result.Err == nil && !result.Refused && !result.Duplicate {
			killpoint.Pass(killpoint.ArriveAfterCommit)
			e.metrics.Accepted.Inc()
			e.tell(func(c *core.Core, at paceline.Micros) []core.Effect {
				return c.Arrived(at, head, core.Arrival{Seq: seq, K: result.N})
			})
		}
		e.leave(to.Root)
		done <- result
	}
	submitted = true
	killpoint.Pass(killpoint.ArriveBeforeCommit)
	e.store.Submit(&store.Op{Root: to.Root, Arrive: op, Done: told})
	select {
	case result := <-done:
		if result.Err != nil {
			return result, unavailable(result.Err)
		}
		return result, nil
	case <-ctx.Done():
		return store.Result{}, paceline.Fail(paceline.CodeBusy).In(retryAfter)
	}
}

// missed refuses a delivery that finds no transaction. The cycle's owner is told.
func (e *Engine) missed(h *hook, step int, code paceline.Code) error {
	e.refused("unmatched")
	e.tellRefusal(h, &h.plan.Steps[step], code, "")
	return paceline.Fail(paceline.CodeWebhookNoMatch)
}

// judged is a delivery that was found genuine and wanted.
type judged struct {
	payload []byte
	rows    int32
	dedupe  *store.Dedupe
	ack     connector.Answer
	at      paceline.Micros
	shared  bool // by an address for many: its sender waits for none of them
	landing bool // for another node to take up
}
