package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"paceline"
	"paceline/engine/killpoint"
	"paceline/internal/limiter"
	"paceline/store"
)

// postDue posts what is due of a queue, and says when the next delivery is.
func (e *Engine) postDue(ctx context.Context, target NoticeTarget, turn *noticeTurn) error {
	scope := turn.of.Scope
	if target.URL == "" {
		return e.forgetNotices(ctx, turn.of, e.now().Add(time.Hour))
	}
	list, err := e.deliveries(ctx, turn.of)
	if err != nil {
		return err
	}
	for i, d := range list {
		switch {
		case d.DueAt > e.now() || i == noticeBatch || turn.failed:
			if turn.next == 0 || d.DueAt < turn.next {
				turn.next = max(d.DueAt, 1)
			}
			return nil
		case e.now() > noticeEnd(d).Add(noticeRest): // for which its receiver may have rested
			e.log.Warn("an error webhook is given up after three days", "account", target.Account.APIID, "marketplace", d.Marketplace)
			err = e.endNotice(ctx, scope, d.ID, store.DeliveryFailed, 0)
		case !target.takes(d.Warning):
			err = e.forgetNotice(ctx, scope, d.ID)
		default:
			err = e.postNotice(ctx, target, d, turn)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deliveries reads a turn's worth, and one more to know when the next turn is.
func (e *Engine) deliveries(ctx context.Context, of store.DeliveryQueue) (list []store.Delivery, err error) {
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Deliveries(of, noticeBatch+1)
		return err
	})
	return list, err
}

// forgetNotices forgets the deliveries of a queue whose incidents are from before the time.
func (e *Engine) forgetNotices(ctx context.Context, of store.DeliveryQueue, before paceline.Micros) error {
	for {
		var n int64
		err := e.inTx(ctx, of.Scope, killpoint.NoticeForget, func(tx *store.Tx) (err error) {
			n, err = tx.DeleteDeliveries(of, before, 200)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (e *Engine) forgetNotice(ctx context.Context, scope paceline.Scope, id int64) error {
	return e.inTx(ctx, scope, killpoint.NoticeForget, func(tx *store.Tx) error { return tx.DeleteDelivery(scope, id) })
}

// endNotice records that a delivery was taken or given up; status 0 is none.
func (e *Engine) endNotice(ctx context.Context, scope paceline.Scope, id int64, state store.DeliveryState, status int) error {
	return e.inTx(ctx, scope, killpoint.NoticeEnd, func(tx *store.Tx) error { return tx.EndDelivery(scope, id, state, status) })
}

// postNotice posts one delivery and records what came of it. Its error is the store's alone.
func (e *Engine) postNotice(ctx context.Context, target NoticeTarget, d store.Delivery, turn *noticeTurn) error {
	body, err := e.noticeBody(ctx, target, d)
	if err != nil {
		return err
	}
	status, wait, err := e.post(ctx, target, d, body)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // nobody knows; it is posted again with the same id
	}
	ctx = context.WithoutCancel(ctx) // what was answered is recorded, also when the engine stops
	switch {
	case err == nil && status >= 200 && status < 300:
		killpoint.Pass(killpoint.NoticeAfterPost)
		turn.posted++
		return e.endNotice(ctx, turn.of.Scope, d.ID, store.DeliveryDelivered, status)
	case status == http.StatusGone:
		turn.failed = true
		e.log.Warn("an error webhook is gone for good; nothing is sent there until it is set anew", "account", target.Account.APIID, "marketplace", d.Marketplace)
		if err := e.notices.source.NoticeGone(ctx, target); err != nil {
			return err
		}
		e.notices.forget(0)
		turn.next = 1 // the next turn finds no target and forgets the rest
		return e.endNotice(ctx, turn.of.Scope, d.ID, store.DeliveryFailed, status)
	}
	turn.failed, turn.wait = true, wait
	if d.Attempt >= len(noticeWait) {
		e.log.Warn("an error webhook is given up", "account", target.Account.APIID, "marketplace", d.Marketplace, "status", status, "error", err)
		return e.endNotice(ctx, turn.of.Scope, d.ID, store.DeliveryFailed, status)
	}
	if d.TriedAt == 0 {
		d.TriedAt = e.now()
	}
	// The last try comes at the end of the three days, unless the receiver wants it later.
	end := noticeEnd(d)
	due := max(min(e.now().Add(jitter(noticeWait[d.Attempt], d.ID)), end), e.now().Add(wait))
	if due > end || end <= e.now() {
		e.log.Warn("an error webhook is given up after three days", "account", target.Account.APIID, "marketplace", d.Marketplace, "status", status, "error", err)
		return e.endNotice(ctx, turn.of.Scope, d.ID, store.DeliveryFailed, status)
	}
	if turn.next == 0 || due < turn.next {
		turn.next = due
	}
	e.log.Info("an error webhook was not taken; trying again", "account", target.Account.APIID, "marketplace", d.Marketplace, "status", status, "error", err, "at", due.Time())
	return e.inTx(ctx, turn.of.Scope, killpoint.NoticeDelay, func(tx *store.Tx) error { return tx.DelayDelivery(turn.of.Scope, d.ID, due, status) })
}

// jitter spreads a wait by a tenth to either side, so that what failed together does not come together.
func jitter(d time.Duration, id int64) time.Duration {
	n := uint64(id) * 0x9E3779B97F4A7C15 // spreads neighbouring numbers
	return d - d/10 + time.Duration(n>>11)%(d/5)
}

// noticeEnd is when a delivery is given up: three days after it was first tried. One that did not come to that for as long
// again, behind others of a receiver that takes nothing, is given up, too.
func noticeEnd(d store.Delivery) paceline.Micros {
	if d.TriedAt == 0 {
		return max(d.At, d.ReplayedAt).Add(2 * noticeAge)
	}
	return d.TriedAt.Add(noticeAge)
}

// post sends one signed message. A redirect is an answer like any other that is no success.
func (e *Engine) post(ctx context.Context, target NoticeTarget, d store.Delivery, body []byte) (status int, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.URL, bytes.NewReader(body))
	if err != nil {
		return 0, 0, fmt.Errorf("the address of the error webhook: %w", err)
	}
	name, agent := "inc_"+strconv.FormatInt(d.ID, 10), target.UserAgent
	switch {
	case d.Marketplace == store.PauseQueue:
		name = "cyc_" + strconv.FormatInt(d.ID, 10)
	case d.Marketplace != 0:
		name = "mkt_" + strconv.FormatInt(d.ID, 10)
	}
	if agent == "" {
		agent = "Paceline"
	}
	timestamp, signature := signNotice(target.Secrets, name, e.clock.Now(), body)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Webhook-Id", name)
	req.Header.Set("Webhook-Timestamp", timestamp)
	req.Header.Set("Webhook-Signature", signature)
	resp, err := e.outbound.RoundTrip(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can serve again; what it says does not matter
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		wait = limiter.RetryAfter(resp.Header.Get("Retry-After"), e.clock.Now())
	}
	return resp.StatusCode, wait, nil
}
