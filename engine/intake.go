package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/engine/killpoint"
	"paceline/internal/seal"
	"paceline/store"
)

// Receipt is the answer to a delivery that was taken.
type Receipt struct {
	// Transaction is the public id of the transaction that the delivery started, or for a second copy of
	// the first one's; "" when it started none (a challenge, or an event that the filter leaves out).
	Transaction paceline.ID
	// Duplicate says that the event had been delivered before; nothing was stored.
	Duplicate bool
	// Ack is what to send back, and Header what goes with it.
	Ack    connector.Answer
	Header map[string]string
	// Answered says that the transaction gave the answer, or should have.
	Answered bool
}

// WebhookSecret is the account connector property that holds the signing secret of its webhooks.
const WebhookSecret = "WebhookSecret"

// dedupeFor is how long a second copy of an event is recognised.
const dedupeFor = 7 * 24 * time.Hour

// Deliver takes one delivery to a webhook address. It returns once the transaction is on the disk.
// Errors: NotFound for an unknown address or a cycle that does not run, Unauthorized for a signature,
// TooLarge, Invalid for a body that is not what the trigger declares, Unavailable with RetryAfter when
// the server is busy, stopping, or cannot write: then nothing may be assumed to be stored.
func (e *Engine) Deliver(ctx context.Context, identifier string, d connector.Delivery) (Receipt, error) {
	if e.draining.Load() {
		return Receipt{}, paceline.Fail(paceline.CodeShuttingDown).In(time.Second)
	}
	if len(d.RawBody) > e.limits.Payload {
		return Receipt{}, e.TooLarge(ctx, identifier)
	}
	return e.deliver(ctx, identifier, d, arrival{})
}

// TooLarge refuses a delivery to an address of a step that is larger than the limit. Where the cycle would have taken it, its
// owner is told, once a minute for each address: nobody has looked whether it is genuine. Errors: TooLarge, always.
func (e *Engine) TooLarge(ctx context.Context, identifier string) error {
	e.refused("size")
	refusal := paceline.Fail(paceline.CodeBodyTooLarge, "limit", e.limits.Payload)
	h, _, err := e.hookOf(ctx, identifier, arrival{})
	if err != nil || !h.takes() {
		return refusal
	}
	if at := h.plan.StepByID(h.Step); at >= 0 {
		e.tellRefusal(h, &h.plan.Steps[at], paceline.CodeWebhookTooLarge, refusal.Message())
	}
	return refusal
}

// arrival is how a delivery came here. shared: to an address of all accounts, and was found genuine there. landing: to a node
// that does not work for the account (see Land).
type arrival struct{ shared, landing bool }

// deliver takes a delivery for one step.
func (e *Engine) deliver(ctx context.Context, identifier string, d connector.Delivery, way arrival) (Receipt, error) {
	shared := way.shared
	h, fresh, err := e.hookOf(ctx, identifier, way)
	if err != nil {
		return Receipt{}, unavailable(err)
	}
	trigger, instance, err := e.triggerOf(ctx, h, way)
	if err != nil {
		return Receipt{}, err
	}
	if !shared && trigger != nil && trigger.Shared() { // its events come to the shared address, which knows whose they are
		e.refused("unknown")
		return Receipt{}, paceline.Fail(paceline.CodeWebhookUnknown)
	}
	if way.landing && !e.mayLand(h, trigger, instance) {
		return Receipt{}, ErrOwner
	}
	if !shared && h.plan != nil {
		d.Origin = e.originOf(ctx, h, d)
	}
	in := connector.Arrived{Delivery: d}
	if !shared {
		var answer *Receipt
		if in, answer, err = e.beforeWebhook(ctx, h, trigger, instance, d); err != nil || answer != nil {
			return orNone(answer), err
		}
	}
	if !shared && trigger != nil {
		keys, err := e.checks(ctx, h, instance)
		if err != nil {
			return Receipt{}, err
		}
		answer, asked, err := trigger.Challenge(keys, d)
		if err != nil {
			e.refused("signature")
			return Receipt{}, err
		}
		if asked {
			return Receipt{Ack: answer}, nil
		}
	}
	if d.Method == http.MethodHead { // asks whether the address is there, and starts nothing
		return Receipt{}, nil
	}
	for {
		if !h.takes() {
			e.refused("unknown")
			return Receipt{}, paceline.Fail(paceline.CodeWebhookUnknown)
		}
		receipt, taken, err := e.take(ctx, h, trigger, instance, d, &in, way)
		if err != nil || taken {
			return receipt, err
		}
		// The cycle was changed since the address was read. What the store says now counts.
		if fresh {
			e.refused("unknown")
			return Receipt{}, paceline.Fail(paceline.CodeWebhookUnknown)
		}
		e.hooks.forget(h.Cycle)
		if h, err = e.readHook(ctx, identifier); err != nil {
			return Receipt{}, unavailable(err)
		}
		fresh = true
	}
}

// orNone is the receipt, or an empty one without one.
func orNone(r *Receipt) Receipt {
	if r == nil {
		return Receipt{}
	}
	return *r
}

// originOf is what the address of a delivery begins with as the sender knows it, and has signed it: the partner's service domain as it is
// now, what it was when the cycle was started, or that of the installation. A vendor goes on sending to where a hook was registered.
func (e *Engine) originOf(ctx context.Context, h *hook, d connector.Delivery) string {
	started := h.plan.Plan.ServiceURL
	now := started
	if e.service != nil {
		now = e.service(ctx, h.Partner)
	}
	for _, address := range []string{now, started, d.Origin} {
		if address != "" && at(address, d.Host) {
			return address
		}
	}
	return cmp.Or(now, d.Origin)
}

// at reports whether an address is at a host.
func at(address, host string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.EqualFold(u.Host, host)
}

// hookOf finds the address in memory or in the store; fresh says the latter. Changes are told only to the node that works for
// the account: another one reads anew.
func (e *Engine) hookOf(ctx context.Context, identifier string, way arrival) (h *hook, fresh bool, err error) {
	if h = e.hooks.get(identifier); h != nil && !way.landing {
		return h, false, nil
	}
	if h, err = e.readHook(ctx, identifier); err != nil {
		if paceline.KindOf(err) == paceline.NotFound {
			e.refused("unknown")
		}
		return nil, true, err
	}
	return h, true, nil
}

// take judges a delivery to a running cycle and starts its transaction, or lets one go on. taken is false when
// the store says that the cycle does not run, or not with this version. The signature is that of d; all else is read
// in what scripts made of it.
func (e *Engine) take(ctx context.Context, h *hook, trigger *connector.Trigger, instance *connector.Instance, d connector.Delivery, in *connector.Arrived, way arrival) (receipt Receipt, taken bool, err error) {
	if way.landing && !e.mayLand(h, trigger, instance) { // it was changed meanwhile
		return Receipt{}, false, ErrOwner
	}
	shared := way.shared
	j := judged{rows: 1, shared: shared, landing: way.landing, at: paceline.ToMicros(d.At)}
	if trigger != nil {
		if !shared {
			keys, err := e.checks(ctx, h, instance)
			if err != nil {
				return Receipt{}, false, err
			}
			if err := trigger.Check(keys, d); err != nil {
				e.refused("signature")
				return Receipt{}, false, err
			}
		}
		if err := e.heed(h, trigger, in.Delivery); err != nil {
			return Receipt{}, false, unavailable(err)
		}
		j.ack, _ = trigger.Ack()
		if !trigger.Wants(in.Delivery) {
			return Receipt{Ack: j.ack}, true, nil
		}
		j.dedupe = dedupeOf(h.Step, trigger.EventID(in.Delivery), d.At)
	}
	if j.payload, err = in.Payload(trigger); err != nil {
		return Receipt{}, false, err
	}
	if trigger != nil && trigger.Sealed() {
		if j.payload, err = e.runtime.Unseal(ctx, trigger, instance, j.payload); err != nil {
			e.refused("signature")
			return Receipt{}, false, err
		}
	}
	if e.store.Backlog() > e.limits.Backlog {
		e.refused("busy")
		return Receipt{}, false, paceline.Fail(paceline.CodeBusy).In(time.Second)
	}
	var drop bool
	if j.payload, drop, err = e.afterWebhook(ctx, h, trigger, instance, j.payload); err != nil || drop {
		return Receipt{Ack: j.ack}, err == nil, err
	}
	if trigger != nil {
		j.rows = int32(trigger.Rows(j.payload))
	}
	if !h.trigger() {
		return e.arrive(ctx, h, j)
	}
	if err := e.mayBegin(ctx, h.plan.Account); err != nil {
		e.refused("quota")
		return Receipt{}, false, unavailable(err)
	}
	return e.begin(ctx, h, j)
}

// heed does what a delivery that is genuine says about the webhook itself, before it is answered: if that can't be
// stored, the vendor sends it again.
func (e *Engine) heed(h *hook, trigger *connector.Trigger, d connector.Delivery) error {
	renew, missed := trigger.Subscription().Says(d)
	if !renew && !missed {
		return nil
	}
	in := paceline.Incident{
		Partner: h.Partner, Account: h.Account, Cycle: h.Cycle, StepID: h.Step, StepKind: paceline.StepWebhook, Warning: true, Code: paceline.CodeWebhookMissed, At: e.now(),
	}
	if at := h.plan.StepByID(h.Step); at >= 0 {
		in.StepName = h.plan.Steps[at].Name
	}
	return e.inTx(e.life, h.scope(), killpoint.Note, func(tx *store.Tx) error {
		if missed {
			if err := tx.InsertIncident(h.scope(), in); err != nil {
				return err
			}
		}
		if !renew {
			return nil
		}
		return tx.RenewSubscriptions(h.scope(), h.Cycle, h.Step, in.At)
	})
}

// begin starts a transaction with a delivery.
func (e *Engine) begin(ctx context.Context, h *hook, j judged) (receipt Receipt, taken bool, err error) {
	receipt.Ack = j.ack
	s := start{plan: h.plan, root: h.Root, payload: j.payload, rows: j.rows, dedupe: j.dedupe, once: h.plan.RunOnce, at: j.at, landing: j.landing}
	if h.plan.answers[h.plan.Trigger] && !j.shared {
		if s.caller, err = e.newCaller(h); err != nil {
			return Receipt{}, false, err
		}
		defer e.callers.free(h.Account)
	}
	result, err := e.accept(ctx, s)
	if err != nil || result.Refused {
		if s.caller != nil {
			e.callers.leave(s.caller)
		}
		return Receipt{}, false, err
	}
	receipt.Transaction, receipt.Duplicate = e.ids.Encode(result.Run), result.Duplicate
	if receipt.Ack.Status == 0 {
		receipt.Ack.Status = 200
	}
	if s.caller != nil {
		err = e.answer(ctx, h.scope(), s.caller, result, &receipt)
	}
	return receipt, true, err
}

func dedupeOf(step paceline.ID, event string, at time.Time) *store.Dedupe {
	if event == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(event))
	return &store.Dedupe{Step: step, Key: [16]byte(sum[:16]), Expires: paceline.ToMicros(at.Add(dedupeFor))}
}

// start is a transaction that is to begin.
type start struct {
	plan    *prepared
	root    int64
	payload []byte // of row 0; nil for a schedule's slot
	rows    int32
	dedupe  *store.Dedupe
	link    *store.Link // of a transaction that another cycle's starts
	once    bool
	slot    paceline.Micros
	next    paceline.Micros
	at      paceline.Micros
	landing bool // another node is to take it up
	// caller waits for the transaction's answer; nil: nobody does.
	caller *caller
}

// acceptance is a transaction on its way to the disk.
type acceptance struct {
	engine *Engine
	plan   *prepared
	op     store.Op
	accept store.Accept
	live   *live
	head   core.Head
	done   chan store.Result
	left   *paceline.StepRow // of a repetition: the first of the deliveries that it does not take over
}

// accept makes a transaction durable and hands it to the core. The caller may give up waiting; the
// transaction goes on if it became durable. Errors: Unavailable.
func (e *Engine) accept(ctx context.Context, s start) (store.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, e.limits.AcceptWait)
	defer cancel()
	if s.landing {
		e.entrances.inside[paceline.ShardOf(s.root)].Add(1) // this node may come to work for the account meanwhile
	} else if err := e.enter(s.root); err != nil { // before the number is taken
		return store.Result{}, err
	}
	a, err := e.newAcceptance(ctx, s)
	if err != nil {
		e.leave(s.root)
		return store.Result{}, unavailable(err)
	}
	return e.submit(ctx, a)
}

// submit waits until the transaction is on the disk, or as long as ctx lasts. The root account was entered, and is left
// when it is. Errors: Unavailable.
func (e *Engine) submit(ctx context.Context, a *acceptance) (store.Result, error) {
	killpoint.Pass(killpoint.AcceptBeforeCommit)
	e.store.Submit(&a.op)
	select {
	case result := <-a.done:
		if result.Err != nil {
			return result, unavailable(result.Err)
		}
		return result, nil
	case <-ctx.Done():
		return store.Result{}, paceline.Fail(paceline.CodeBusy).In(retryAfter)
	}
}

func (e *Engine) newAcceptance(ctx context.Context, s start) (*acceptance, error) {
	num, err := e.store.RunNum(ctx)
	if err != nil {
		return nil, err
	}
	plan := s.plan
	a := &acceptance{engine: e, plan: plan, done: make(chan store.Result, 1)}
	a.head = core.Head{
		Num: num, Partner: plan.Partner, Account: plan.Account, Root: s.root, Cycle: plan.Cycle,
		Version: plan.Version, CreatedAt: s.at, DueAt: plan.LineDue(false),
	}
	key, err := e.keys(ctx, plan.Account)
	if err != nil {
		return nil, err
	}
	if s.caller != nil {
		s.caller.request = request{run: num, from: -1}
		e.callers.join(s.caller) // before anybody may answer
	}
	row := paceline.StepRow{
		Run: num, StepRef: int32(plan.Trigger), From: -1, State: paceline.StepDone, Exit: paceline.EdgeForward,
		RowsOut: s.rows, StartedAt: s.at, EndedAt: s.at,
	}
	if s.payload != nil {
		// Receiving an event is a task, unlike a slot, whose call is one.
		step := &plan.Steps[plan.Trigger]
		row.Connector, row.Method = step.ConnectorID, step.MethodID
		if s.link == nil { // there the linking step is the task
			row.TasksOK = 1
		}
		if row.Output, err = e.sealOutput(ctx, key, a.head, 0, s.payload); err != nil {
			return nil, err
		}
	}
	a.accept = store.Accept{
		Run: paceline.Run{
			Num: num, Partner: plan.Partner, Account: plan.Account, Root: s.root, Cycle: plan.Cycle,
			Version: plan.Version, CreatedAt: s.at, DueAt: plan.LineDue(false),
		},
		Trigger: row, Dedupe: s.dedupe, Slot: s.slot, NextDue: s.next, Once: s.once, Link: s.link,
		Landed: s.landing, Known: func() bool { return e.has(num) },
	}
	a.op = store.Op{Root: s.root, Accept: &a.accept, Done: a.told}
	if size := int64(len(s.payload)); e.inMemory.Load()+size <= e.limits.PayloadMemory {
		a.live = newLive(plan, key, s.payload)
		a.live.counted.Store(size)
		e.inMemory.Add(size)
	}
	return a, nil
}

// has reports whether the core has a transaction. Once the loop has ended nobody knows whether it had.
func (e *Engine) has(num int64) bool {
	answer := make(chan bool, 1)
	e.tell(func(c *core.Core, _ paceline.Micros) []core.Effect {
		answer <- c.Has(num)
		return nil
	})
	select {
	case had := <-answer:
		return had
	case <-e.looped:
		return true
	}
}

func newLive(plan *prepared, key *seal.Key, payload []byte) *live {
	l := &live{plan: plan, key: key}
	l.outputs = append(make([]output, 0, len(plan.Steps)+1), output{doc: payload, known: true})
	return l
}

// told is called by the store: the run, if there is one, goes to the core before its sender is answered.
func (a *acceptance) told(result store.Result) {
	e := a.engine
	defer e.leave(a.head.Root)
	if result.Err != nil || result.Refused || result.Duplicate {
		if a.live != nil {
			a.live.uncount(e)
		}
	} else {
		killpoint.Pass(killpoint.AcceptAfterCommit)
		e.metrics.Accepted.Inc()
		if q := e.quotas.of(a.head.Account); q != nil {
			t := &a.accept.Trigger
			e.used(q, a.head.Cycle, a.head.Num, int64(len(t.Output.Data)), int64(t.TasksOK)+int64(t.TasksIncident))
		}
		e.tellAccepted(a.head, a.plan)
		e.mail.post(message{kind: accepted, head: a.head, live: a.live})
		if a.accept.Once {
			e.hooks.forget(a.head.Cycle)
			info := core.CycleInfo{
				Num: a.head.Cycle, Partner: a.head.Partner, Account: a.head.Account, Root: a.head.Root,
				State: paceline.CycleFinishing, Version: a.head.Version,
			}
			e.tellCycle(paceline.Cycle{ID: a.plan.CycleID, Account: info.Account, State: info.State})
			e.tell(func(c *core.Core, at paceline.Micros) []core.Effect { return c.SetCycle(at, info) })
		}
	}
	a.done <- result
}

// unavailable is what a caller is told when the store cannot read or write: to come later. An error of
// the catalogue that says something else stays.
func unavailable(err error) error {
	switch code := paceline.CodeOf(err); {
	case code == "":
		return paceline.Fail(paceline.CodeBusy).In(retryAfter).Because(err)
	case paceline.KindOf(err) == paceline.Unavailable:
		after := retryAfter
		if e, ok := errors.AsType[*paceline.Error](err); ok {
			after = max(after, e.RetryAfter)
		}
		return paceline.Fail(code).In(after).Because(err)
	}
	return err
}

// retryAfter is when a sender may come again after a failure of the store.
const retryAfter = 2 * time.Second

func (e *Engine) refused(reason string) { e.metrics.Refused.WithLabelValues(reason).Inc() }
