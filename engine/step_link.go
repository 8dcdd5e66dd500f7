package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// links is the utility that starts transactions of other cycles of the same account.
type links struct{ *Engine }

// The bounds of links.
const (
	maxLinks = 10 // that lead from one transaction to the next
	// linkKept is how long a repeat of a link finds the transaction that it started: longer than any retry.
	linkKept = 31 * 24 * time.Hour
)

// Do starts the transaction, or finds the one that the same call has started before: the key of the call is stored
// in the op that accepts it.
func (e links) Do(ctx context.Context, c connector.UtilityCall) (out connector.UtilityResult, err error) {
	target, depth, err := e.linked(ctx, c)
	if err != nil {
		return out, err
	}
	payload := linkPayload(c.Body)
	if len(payload) > e.limits.Payload {
		return out, linkFailed(connector.ClassBuild, paceline.CodeStepDataTooLarge, fmt.Sprintf("The data is larger than %d bytes.", e.limits.Payload))
	}
	if e.store.Backlog() > e.limits.Backlog {
		return out, linkLater(nil)
	}
	result, err := e.startLinked(ctx, c, target, depth, payload)
	for err == nil && result.Refused {
		// The cycle was changed since it was read. What the store says now counts, and if that is the same, it does not run.
		version := target.RunVersion
		if target, depth, err = e.linked(ctx, c); err != nil {
			return out, err
		}
		if target.RunVersion == version || !target.State.Running() {
			return out, linkFailed(connector.ClassRetry, paceline.CodeLinkNotRunning, "")
		}
		result, err = e.startLinked(ctx, c, target, depth, payload)
	}
	if err != nil {
		return out, err
	}
	out.Output, err = json.Marshal(struct{ TransactionId, CycleId paceline.ID }{e.ids.Encode(result.Run), target.ID})
	return out, err
}

// startLinked starts a transaction of the cycle by the release that it was read with.
func (e links) startLinked(ctx context.Context, c connector.UtilityCall, target paceline.Cycle, depth int, payload []byte) (store.Result, error) {
	plan, err := e.plans.Plan(ctx, target.Num, target.RunVersion)
	switch {
	case err != nil && lasting(err):
		return store.Result{}, linkFailed(connector.ClassRetry, paceline.CodeLinkNotRunning, "")
	case err != nil:
		return store.Result{}, linkLater(err)
	case plan.Steps[plan.Trigger].Kind != paceline.StepWebhook:
		return store.Result{}, linkFailed(connector.ClassBuild, paceline.CodeLinkTrigger, "")
	}
	now := e.clock.Now()
	result, err := e.accept(ctx, start{
		plan: e.prepared.of(plan), root: target.Root, payload: payload, rows: 1, once: plan.RunOnce, at: paceline.ToMicros(now),
		dedupe: linkKey(c, now), link: &store.Link{FromRun: c.Behalf.Run, Depth: depth + 1},
	})
	if err != nil {
		return result, linkLater(err)
	}
	return result, nil
}

// linked finds the cycle that a link leads to, within the account that runs, and how many links led here.
func (e links) linked(ctx context.Context, c connector.UtilityCall) (target paceline.Cycle, depth int, err error) {
	id, _ := paceline.ParseID(c.Param("Cycle"))
	found, known := false, false
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if target, found, err = tx.Cycle(c.Behalf.Scope(), id); err != nil || !found {
			return err
		}
		if known = c.Behalf.Run == 0; !known {
			depth, known, err = tx.LinkDepth(c.Behalf.Scope(), c.Behalf.Run)
		}
		return err
	})
	switch {
	case err != nil:
		return target, 0, linkLater(err)
	case !found || target.State == paceline.CycleDeleted:
		return target, 0, linkFailed(connector.ClassBuild, paceline.CodeLinkNotFound, "")
	case !known || depth >= maxLinks:
		return target, 0, linkFailed(connector.ClassBuild, paceline.CodeLinkDepth, fmt.Sprintf("More than %d links follow each other.", maxLinks))
	}
	return target, depth, nil
}

// linkPayload is what the other cycle begins with: the field Data, or without it the whole document.
func linkPayload(body []byte) []byte {
	if v, found := mapping.MustLocation("Data").Get(body); found {
		return v
	}
	return body
}

// linkKey is under which the store knows the call. No delivery has the id of a step that calls.
func linkKey(c connector.UtilityCall, now time.Time) *store.Dedupe {
	step := c.Behalf.Step
	if step == "" {
		step = paceline.ZeroID
	}
	sum := sha256.Sum256([]byte(c.IdempotencyKey))
	return &store.Dedupe{Step: step, Key: [16]byte(sum[:16]), Expires: paceline.ToMicros(now.Add(linkKept))}
}

func linkFailed(class connector.Class, code paceline.Code, detail string) error {
	return &connector.Error{Class: class, Code: code, Detail: detail}
}

// linkLater asks to come again: nothing is wrong with the link.
func linkLater(err error) error {
	return &connector.Error{Class: connector.ClassThrottled, Code: paceline.CodeBusy, Waiting: true, RetryAfter: retryAfter, Err: err}
}
