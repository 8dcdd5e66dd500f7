package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/store"
)

// pausesByError sends what pauses the cycle, of which both the notification webhook and emails are to tell. In the second
// life it waits until all is posted.
func (v *victim) pausesByError(ctx context.Context) {
	if !v.second {
		scope := paceline.Scope{Partner: v.partner}
		rule := store.MailRule{ID: paceline.NewID(time.Now()), Name: "Rule", Kinds: paceline.MailAll, Document: "{}"}
		if err := v.store.InTx(ctx, scope, func(tx *store.Tx) error { return tx.PutMailRule(scope, rule) }); err != nil {
			panic(err)
		}
		v.send(ctx, worstName, 10)
	}
	v.await(ctx, paceline.CycleError)
	v.drop(ctx)
	v.awaitTold(ctx)
}

// checkPauseTold: the pause is told once to the notification webhook and once for emails, and each error as often as it
// happened.
func checkPauseTold(t *testing.T, h *house, w *witness) {
	checkStopped(paceline.CycleError)(t, h, w)
	posts := map[string]int{}
	for at, list := range w.calls {
		if id, ok := strings.CutPrefix(at, "notice "); ok {
			posts[id[:4]] += len(list)
		}
	}
	errors := 0
	for _, run := range h.runs(t) {
		errors += int(run.Errors)
	}
	mails := map[paceline.MailKinds]int{}
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.MailEvents(paceline.Scope{Partner: h.partner}, 1000)
		for _, e := range list {
			mails[e.Kind]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if posts["cyc_"] != 1 || mails[paceline.MailPaused] != 1 {
		t.Errorf("the pause was posted %d times, and written down for emails %d times", posts["cyc_"], mails[paceline.MailPaused])
	}
	if errors == 0 || posts["inc_"] < errors || posts["inc_"] > errors+1 || mails[paceline.MailErrors] != errors {
		t.Errorf("%d errors were posted %d times, and written down for emails %d times", errors, posts["inc_"], mails[paceline.MailErrors])
	}
}
