package engine

import (
	"context"
	"errors"
	"net/http"

	"paceline"
	"paceline/connector"
	"paceline/engine/killpoint"
	"paceline/mapping"
	"paceline/script"
	"paceline/store"
)

// webhookScripts are the scripts that see deliveries to the address, of the version that runs.
func (e *Engine) webhookScripts(h *hook, trigger *connector.Trigger, instance *connector.Instance) *connector.WebhookScripts {
	w := &connector.WebhookScripts{
		Trigger: trigger, Instance: instance,
		Behalf: connector.Behalf{Partner: h.Partner, Account: h.Account, Root: h.Root, Cycle: h.Cycle, Step: h.Step},
	}
	if at := h.plan.StepByID(h.Step); at >= 0 {
		w.Step = h.plan.Steps[at].Script
	}
	return w
}

// mayCall refuses scripts, which may call with the account connector, while credentials are locked: the sender comes again.
func (e *Engine) mayCall(ctx context.Context, instance *connector.Instance) error {
	if instance == nil {
		return nil
	}
	if err := e.broker.Check(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

func webhookGlobals(h *hook) map[string]any {
	plan := h.plan
	return map[string]any{
		"script_execution_context": connector.RunningTransaction, "cycle_id": plan.CycleID, "cycle_step_id": h.Step, "transaction_id": nil,
		"cyclr_account_id": plan.AccountID, "external_account_id": plan.AccountAPIID, "cycle_variables": plan.Variables,
	}
}

// beforeWebhook runs the scripts that see a delivery before anything else looks at it. A receipt is their answer in
// place of ours.
func (e *Engine) beforeWebhook(ctx context.Context, h *hook, trigger *connector.Trigger, instance *connector.Instance, d connector.Delivery) (connector.Arrived, *Receipt, error) {
	in := connector.Arrived{Delivery: d}
	if d.Method == http.MethodHead || !h.takes() {
		return in, nil, nil
	}
	w := e.webhookScripts(h, trigger, instance)
	if !w.Has(script.BeforeWebhook) {
		return in, nil, nil
	}
	if err := e.mayCall(ctx, instance); err != nil {
		return in, nil, err
	}
	w.Globals = webhookGlobals(h)
	in, reply, err := e.runtime.BeforeWebhook(ctx, w, d)
	if err != nil {
		return in, nil, e.webhookScriptFailed(h, err)
	}
	if reply == nil {
		return in, nil, nil
	}
	receipt, problem := scriptAnswer(reply)
	if problem != "" {
		return in, nil, e.webhookScriptFailed(h, &connector.Error{Class: connector.ClassScript, Code: paceline.CodeScriptFailed, Detail: "before_webhook: " + problem})
	}
	return in, receipt, nil
}

// scriptAnswer makes an answer of what a script replies, with the rules of a Synchronous Response.
func scriptAnswer(reply *connector.ScriptReply) (_ *Receipt, problem string) {
	in := mapping.Inputs{Params: []mapping.Param{{In: "reply", Name: "status", Value: reply.Status}, {In: "reply", Name: "body", Value: reply.Body}}}
	for name, v := range reply.Headers {
		if http.CanonicalHeaderKey(name) == "Content-Type" {
			in.Params = append(in.Params, mapping.Param{In: "reply", Name: "contentType", Value: v})
			continue
		}
		in.Params = append(in.Params, mapping.Param{In: paceline.ReplyHeader, Name: name, Value: v})
	}
	a, problem := buildAnswer(in)
	if problem != "" {
		return nil, problem
	}
	return &Receipt{Answered: true, Header: a.Headers, Ack: connector.Answer{Status: a.Status, ContentType: a.ContentType, Body: []byte(a.Body)}}, ""
}

// afterWebhook runs the scripts that see the payload of a genuine delivery; drop says that they do not want it.
func (e *Engine) afterWebhook(ctx context.Context, h *hook, trigger *connector.Trigger, instance *connector.Instance, payload []byte) (_ []byte, drop bool, err error) {
	w := e.webhookScripts(h, trigger, instance)
	if !w.Has(script.AfterWebhook) {
		return payload, false, nil
	}
	if err := e.mayCall(ctx, instance); err != nil {
		return nil, false, err
	}
	w.Globals = webhookGlobals(h)
	changed, drop, err := e.runtime.AfterWebhook(ctx, w, payload)
	if err != nil {
		return nil, false, e.webhookScriptFailed(h, err)
	}
	return changed, drop, nil
}

// webhookScriptFailed refuses a delivery whose scripts failed; nothing was stored. The cycle's owner is told. The
// sender is to come again, unless the script threw: then it would again.
func (e *Engine) webhookScriptFailed(h *hook, err error) error {
	failed, ok := errors.AsType[*connector.Error](err)
	if !ok || failed.Waiting || failed.Class == connector.ClassRetry {
		busy := paceline.Fail(paceline.CodeBusy).Because(err).In(retryAfter)
		if ok && failed.RetryAfter > retryAfter {
			busy = busy.In(failed.RetryAfter)
		}
		return busy
	}
	e.refused("script")
	if at := h.plan.StepByID(h.Step); at >= 0 {
		e.tellRefusal(h, &h.plan.Steps[at], failed.Code, failed.Detail)
	}
	if failed.Code == paceline.CodeScriptFailed {
		return paceline.Fail(paceline.CodeWebhookScript).Because(err)
	}
	return paceline.Fail(paceline.CodeBusy).Because(err).In(retryAfter)
}

// tellRefusal records an incident of a delivery that was refused, once a minute for each address: one that somebody
// calls all the time must not fill the log.
func (e *Engine) tellRefusal(h *hook, s *paceline.PlanStep, code paceline.Code, detail string) {
	now := e.now()
	if !e.hooks.mayTell(h.Identifier, now) {
		return
	}
	in := paceline.Incident{
		Partner: h.Partner, Account: h.Account, Cycle: h.Cycle, StepID: s.ID, StepName: s.Name, StepKind: s.Kind, Code: code, At: now,
	}
	if detail != "" {
		if key, err := e.keys(e.life, h.Account); err == nil {
			in.Detail = key.Seal(nil, []byte(detail), incidentPlace(h.Account, 0))
		}
	}
	list := []paceline.Incident{in}
	notify := e.notices.mark(h.Account, list)
	err := e.inTx(e.life, h.scope(), killpoint.Note, func(tx *store.Tx) error { return tx.InsertIncident(h.scope(), list[0]) })
	switch {
	case err != nil && e.life.Err() == nil:
		e.log.Error("the incident of a refused delivery could not be recorded", "error", err)
	case err == nil && notify:
		e.noticed(h.scope())
	}
}
