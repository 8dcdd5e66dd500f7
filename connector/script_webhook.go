package connector

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"paceline/mapping"
	"paceline/script"
)

// WebhookScripts are the scripts that see deliveries to one address, and what they see of their surroundings. They
// have no requests and no storage: whoever knows the address can make them run.
type WebhookScripts struct {
	Trigger  *Trigger  // nil for an address that belongs to no connector
	Instance *Instance // nil with it
	Step     string    // the script of the step
	Behalf   Behalf
	Globals  map[string]any // such as cycle_id
}

// Has reports whether a script handles the event.
func (w *WebhookScripts) Has(e script.Event) bool { return w.scripts().Has(e) }

func (w *WebhookScripts) scripts() script.Scripts {
	s := script.Scripts{Step: w.Step}
	if w.Trigger != nil {
		s.Method, s.Connector = w.Trigger.script, w.Trigger.connector.script
	}
	return s
}

// Arrived is a delivery as scripts leave it. Its signature is that of the delivery as it came.
type Arrived struct {
	Delivery
	// Document is what scripts made of the body; nil: they left it as it came.
	Document json.RawMessage
}

// Payload is the document of the delivery: as Trigger.Payload reads it, or PlainPayload without a trigger.
func (a *Arrived) Payload(t *Trigger) (json.RawMessage, error) {
	switch {
	case a.Document != nil:
		return a.Document, nil
	case t == nil:
		return PlainPayload(a.Delivery)
	}
	return t.Payload(a.Delivery)
}

// ScriptReply is what scripts answer a delivery with, unchecked.
type ScriptReply struct {
	Status, Body mapping.Value
	Headers      map[string]mapping.Value
}

// BeforeWebhook runs the scripts that see a delivery before anything else looks at it. With a reply it is not taken.
// The error is a *Error.
func (r *Runtime) BeforeWebhook(ctx context.Context, w *WebhookScripts, d Delivery) (Arrived, *ScriptReply, error) {
	in := Arrived{Delivery: d}
	given := map[string]json.RawMessage{"method_request": json.RawMessage("null")}
	if payload, err := in.Payload(w.Trigger); err == nil {
		given["method_request"] = payload
	} else if len(d.RawBody) > 0 {
		given["method_request"] = json.RawMessage(mapping.Quote(string(d.RawBody)))
	}
	given["method_request_headers"], _ = json.Marshal(headerObject(d.Header))
	given["method_request_parameters"] = formJSON(d.Query)
	globals := map[string]any{
		"method_endpoint": d.Origin + d.URI, "method_response": nil, "method_response_headers": map[string]string{}, "statusCode": http.StatusOK,
	}
	for name, v := range given {
		globals[name] = v
	}
	after, result, failed := r.webhookEvent(ctx, w, script.BeforeWebhook, globals)
	if failed != nil {
		return in, nil, failed
	}
	if result.False() {
		reply := &ScriptReply{Status: mapping.Value(after["statusCode"]), Body: mapping.Value(after["method_response"])}
		json.Unmarshal(after["method_response_headers"], &reply.Headers)
		return in, reply, nil
	}
	changed := func(name string) bool { return string(after[name]) != string(given[name]) }
	if changed("method_request_headers") {
		in.Header = http.Header{}
		for name, v := range textMembers(after["method_request_headers"]) {
			in.Header.Set(name, v)
		}
	}
	if changed("method_request_parameters") {
		in.Query = url.Values{}
		for name, v := range textMembers(after["method_request_parameters"]) {
			in.Query.Set(name, v)
		}
	}
	if changed("method_request") {
		in.Document = after["method_request"]
		if len(in.Document) == 0 {
			in.Document = json.RawMessage("null")
		}
		// Filters and event ids read the body.
		in.RawBody, in.Header = in.Document, in.Header.Clone()
		if in.Header == nil {
			in.Header = http.Header{}
		}
		in.Header.Set("Content-Type", "application/json")
	}
	return in, nil, nil
}

// textMembers reads an object of texts; other values are given as text.
func textMembers(doc json.RawMessage) map[string]string {
	var values map[string]mapping.Value
	out := map[string]string{}
	if json.Unmarshal(doc, &values) != nil {
		return out
	}
	for name, v := range values {
		if mapping.KindOf(v) > mapping.Null {
			out[name] = mapping.Text(v)
		}
	}
	return out
}

// AfterWebhook runs the scripts that see the payload of a delivery that was found genuine, which they may change; drop
// says that they do not want it. The error is a *Error.
func (r *Runtime) AfterWebhook(ctx context.Context, w *WebhookScripts, payload json.RawMessage) (changed json.RawMessage, drop bool, err error) {
	after, result, failed := r.webhookEvent(ctx, w, script.AfterWebhook, map[string]any{"method_response": payload})
	switch {
	case failed != nil:
		return nil, false, failed
	case result.False():
		return nil, true, nil
	case len(after["method_response"]) == 0:
		return payload, false, nil
	}
	return after["method_response"], false, nil
}

func (r *Runtime) webhookEvent(ctx context.Context, w *WebhookScripts, e script.Event, globals map[string]any) (map[string]json.RawMessage, script.Result, *Error) {
	p := &prepared{}
	if w.Instance != nil {
		p = w.Instance.prepare()
	}
	all := map[string]any{"script_parameters": map[string]any{}, "action_data": map[string]any{}}
	if w.Instance != nil {
		all["script_parameters"] = w.Instance.scriptParameters()
	}
	for name, v := range w.Globals {
		all[name] = v
	}
	for name, v := range globals {
		all[name] = v
	}
	return r.event(ctx, p, script.Run{
		Account: script.Account{Partner: w.Behalf.Partner, Account: w.Behalf.Account}, Event: e, Sources: w.scripts().For(e),
	}, all)
}

// event runs scripts that have no call of their own: without requests and storage.
func (r *Runtime) event(ctx context.Context, p *prepared, run script.Run, globals map[string]any) (map[string]json.RawMessage, script.Result, *Error) {
	if r.scripts == nil {
		return nil, script.Result{}, buildError(errors.New("this server runs no scripts"))
	}
	doc, err := json.Marshal(globals)
	if err != nil {
		return nil, script.Result{}, buildError(err)
	}
	if run.Globals = doc; run.Mask == nil {
		run.Mask = p.masker.Mask
	}
	result, err := r.scripts.Run(ctx, run)
	if err != nil {
		s := &scripted{running: &running{runtime: r, prepared: p}, log: result.Log}
		return nil, result, s.failed(ctx, run.Event, err)
	}
	var after map[string]json.RawMessage
	if err := json.Unmarshal(result.Globals, &after); err != nil {
		return nil, result, buildError(err)
	}
	return after, result, nil
}
