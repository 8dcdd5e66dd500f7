package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/store"
)

// Answer is what the sender of a delivery gets back from a Synchronous Response step, and what that step's
// row keeps of it.
type Answer struct {
	Status      int               `json:"status"`
	Headers     map[string]string `json:"headers,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	Body        string            `json:"body,omitempty"`
}

// request is a delivery that a transaction may answer: the one that began it, or one that let it go on at a
// webhook step in its flow.
type request struct {
	run int64
	// from is the row of the webhook step that the delivery continued, -1 for the one that began the
	// transaction; k is the how manyeth one it was there, from 0.
	from, k int32
}

// caller is a sender that waits for an answer, without a worker's slot.
type caller struct {
	request
	cycle  int64
	root   int64       // of the account
	answer chan Answer // one place
}

// callers are the senders that wait. Their connections are in this process; nothing of them is written, and
// a transaction that nobody waits for any more goes on all the same.
type callers struct {
	mu        sync.Mutex
	byRun     map[int64][]*caller
	byAccount map[int64]int // places that are taken
	waiting   atomic.Int64  // the sum of them
	most      int
	share     int  // places that one account may have: a quarter is reserved from it
	released  bool // the engine stops: nobody may wait any more
}

func newCallers(most int) *callers {
	return &callers{byRun: map[int64][]*caller{}, byAccount: map[int64]int{}, most: most, share: max(1, most-most/4)}
}

// reserve takes a place for one of the account that may wait; false means that there is none.
func (c *callers) reserve(account int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int(c.waiting.Load()) >= c.most || c.byAccount[account] >= c.share {
		return false
	}
	c.byAccount[account]++
	c.waiting.Add(1)
	return true
}

// free gives the place back.
func (c *callers) free(account int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byAccount[account]--; c.byAccount[account] == 0 {
		delete(c.byAccount, account)
	}
	c.waiting.Add(-1)
}

// join lets a caller wait. One that comes when the engine stops is released at once.
func (c *callers) join(w *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		w.answer <- failedAnswer(http.StatusServiceUnavailable, paceline.CodeShuttingDown)
		return
	}
	c.byRun[w.run] = append(c.byRun[w.run], w)
}

// leave takes a caller out.
func (c *callers) leave(w *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(w.run, func(o *caller) bool { return o == w })
}

// remove takes the callers of a run out that match.
func (c *callers) remove(run int64, match func(*caller) bool) (removed []*caller) {
	var kept []*caller
	for _, w := range c.byRun[run] {
		if match(w) {
			removed = append(removed, w)
		} else {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		delete(c.byRun, run)
	} else {
		c.byRun[run] = kept
	}
	return removed
}

// give answers the callers of a run that match.
func (c *callers) give(run int64, a Answer, match func(*caller) bool) {
	if c.waiting.Load() == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.remove(run, match) {
		w.answer <- a
	}
}

// requests lists what is waited for of a run.
func (c *callers) requests(run int64) (list []request) {
	if c.waiting.Load() == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.byRun[run] {
		list = append(list, w.request)
	}
	return list
}

// wait reports whether somebody waits for an answer to the request.
func (c *callers) wait(q request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.byRun[q.run] {
		if w.request == q {
			return true
		}
	}
	return false
}

// runsOf lists the runs of a cycle that somebody waits for.
func (c *callers) runsOf(cycle int64) (runs []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for run, list := range c.byRun {
		if list[0].cycle == cycle {
			runs = append(runs, run)
		}
	}
	return runs
}

// release lets everybody go, because the engine stops.
func (c *callers) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
	for run, list := range c.byRun {
		for _, w := range list {
			w.answer <- failedAnswer(http.StatusServiceUnavailable, paceline.CodeShuttingDown)
		}
		delete(c.byRun, run)
	}
}

// dismiss lets the callers that match come again: another node answers them.
func (c *callers) dismiss(match func(*caller) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for run := range c.byRun {
		for _, w := range c.remove(run, match) {
			w.answer <- failedAnswer(http.StatusServiceUnavailable, paceline.CodeBusy)
		}
	}
}

// everyone matches each caller.
func everyone(*caller) bool { return true }

// failedAnswer is an answer that no step has built, in the form of the API's errors.
func failedAnswer(status int, code paceline.Code) Answer {
	body, err := json.Marshal(struct{ Message string }{code.Text()})
	if err != nil {
		panic("a message is always JSON: " + err.Error())
	}
	return Answer{Status: status, ContentType: "application/json; charset=utf-8", Body: string(body)}
}

// endAnswer is what a caller gets whose transaction ended without an answer: what a cycle without a
// Synchronous Response step answers when all went well, else an error.
func endAnswer(state paceline.RunState) Answer {
	switch state {
	case paceline.RunCompleted:
		return Answer{Status: http.StatusOK}
	case paceline.RunFailed:
		return failedAnswer(http.StatusBadGateway, paceline.CodeAnswerFailed)
	}
	return failedAnswer(http.StatusBadGateway, paceline.CodeAnswerStopped)
}

// answered tells those who wait for a run what its commit, which is durable, means to them.
func (e *Engine) answered(r *core.Run, l *live) {
	if l.reply != nil {
		reply := *l.reply
		l.reply = nil
		e.callers.give(r.Num, reply.Answer, func(w *caller) bool { return w.request == reply.to })
	}
	if state := r.Commit.State; state != paceline.RunLive {
		e.callers.give(r.Num, endAnswer(state), everyone)
	}
	for _, q := range l.unanswered {
		e.callers.give(r.Num, endAnswer(paceline.RunCompleted), func(w *caller) bool { return w.request == q })
	}
	l.unanswered = l.unanswered[:0]
}

// unanswered finds those who wait for a run of which no path is left that could answer them: it rests at webhook
// steps in its flow, and only further deliveries let it go on.
func (e *Engine) unanswered(r *core.Run, l *live) {
	for _, q := range e.callers.requests(r.Num) {
		if !r.Leads(q.from, q.k) {
			l.unanswered = append(l.unanswered, q)
		}
	}
}

// releaseStopped answers those who wait for transactions that a stop of their cycle has ended. One that is
// held may still go on, and answer.
func (e *Engine) releaseStopped(cycle int64, scope paceline.Scope) {
	for _, num := range e.callers.runsOf(cycle) {
		e.tasks.add(func() { e.giveEnd(scope, num) })
	}
}

// giveEnd answers those who wait for a transaction that has ended.
func (e *Engine) giveEnd(scope paceline.Scope, num int64) {
	run, found, err := e.readRunOnly(scope, num)
	if err == nil && found && run.State != paceline.RunLive {
		e.callers.give(num, endAnswer(run.State), everyone)
	}
}

func (e *Engine) readRunOnly(scope paceline.Scope, num int64) (run paceline.Run, found bool, err error) {
	err = e.store.Read(e.life, func(tx *store.Tx) (err error) {
		run, found, err = tx.Run(scope, num)
		return err
	})
	return run, found, err
}

// newCaller takes a place for a sender that will wait. Errors: Unavailable when there is none.
func (e *Engine) newCaller(h *hook) (*caller, error) {
	if !e.callers.reserve(h.Account) {
		e.refused("busy")
		return nil, paceline.Fail(paceline.CodeBusy).In(retryAfter)
	}
	return &caller{cycle: h.Cycle, root: h.Root, answer: make(chan Answer, 1)}, nil
}

// answer waits for the answer to a delivery that was taken, and puts it into the receipt. A second copy gets
// that of the first one. Errors: Unavailable when the store is away.
func (e *Engine) answer(ctx context.Context, scope paceline.Scope, w *caller, result store.Result, receipt *Receipt) error {
	var a Answer
	found := false
	if result.Duplicate || w.run == 0 { // another transaction's than was announced, or one that was going already
		e.callers.leave(w)
		w.request = request{result.Run, result.Seq, result.N}
		e.callers.join(w) // first, so that nothing is missed between the look and the wait
		var err error
		if a, found, err = e.answerOf(ctx, scope, w.request); err != nil {
			e.callers.leave(w)
			return unavailable(err)
		}
	}
	if found {
		e.callers.leave(w)
	} else {
		a = e.await(ctx, w)
	}
	receipt.Answered, receipt.Header = true, a.Headers
	receipt.Ack = connector.Answer{Status: a.Status, ContentType: a.ContentType, Body: []byte(a.Body)}
	return nil
}

// await waits until the transaction answers, for as long as the setting says or the sender stays. The
// transaction goes on in any case.
func (e *Engine) await(ctx context.Context, w *caller) Answer {
	defer e.callers.leave(w)
	timer, stop := e.clock.NewTimer(e.limits.Answer)
	defer stop()
	select {
	case a := <-w.answer:
		return a
	case <-timer:
		return failedAnswer(http.StatusGatewayTimeout, paceline.CodeAnswerLate)
	case <-ctx.Done():
		return Answer{Status: statusGone}
	}
}

// statusGone is what nobody reads any more.
const statusGone = 499

// answerOf finds the answer that a transaction gave to a request before: out of its rows, as long as they
// are kept, or by its end. found is false while it is still to come.
func (e *Engine) answerOf(ctx context.Context, scope paceline.Scope, q request) (a Answer, found bool, err error) {
	var run paceline.Run
	var rows []paceline.StepRow
	var known bool
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if run, known, err = tx.Run(scope, q.run); err != nil || !known {
			return err
		}
		rows, err = tx.Steps(scope, q.run, false)
		return err
	})
	if err != nil || !known {
		return Answer{Status: http.StatusOK}, true, err
	}
	plan, err := e.plans.Plan(ctx, run.Cycle, run.Version)
	if err != nil && paceline.KindOf(err) != paceline.NotFound {
		return a, false, err
	}
	if err == nil {
		a, found, err = e.answerIn(ctx, run, plan, rows, q)
	}
	if err == nil && !found && run.State != paceline.RunLive {
		return endAnswer(run.State), true, nil
	}
	return a, found, err
}

// answerIn looks for the row of the step that answered the request.
func (e *Engine) answerIn(ctx context.Context, run paceline.Run, plan *paceline.Plan, rows []paceline.StepRow, q request) (a Answer, found bool, err error) {
	chain := make([]core.Link, len(rows))
	for i, row := range rows {
		chain[i] = core.Link{Step: row.StepRef, From: row.From}
	}
	for _, row := range rows {
		if int(row.StepRef) >= len(plan.Steps) || plan.Steps[row.StepRef].Kind != paceline.StepSyncResponse || row.From < 0 {
			continue
		}
		if from, k := core.Delivered(plan, chain, row.From); (request{run.Num, from, k}) != q {
			continue
		}
		if row.State != paceline.StepDone {
			return failedAnswer(http.StatusBadGateway, paceline.CodeResponseBuild), row.State == paceline.StepFailed || row.State == paceline.StepSkipped, nil
		}
		key, err := e.keys(ctx, run.Account)
		if err != nil {
			return a, false, err
		}
		doc, err := e.readOutput(ctx, key, run.Partner, run.Account, run.Num, row.Seq)
		if err != nil || len(doc) == 0 || json.Unmarshal(doc, &a) != nil {
			return Answer{Status: http.StatusOK}, true, nil // its data is no longer kept
		}
		return a, true, nil
	}
	return a, false, nil
}

// answerLimit is how long a caller waits by default.
const answerLimit = 120 * time.Second
