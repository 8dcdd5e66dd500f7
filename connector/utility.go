package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"paceline"
	"paceline/mapping"
)

// TransportUtility is the transport of a definition whose methods run in this process instead of calling an API.
const TransportUtility = "utility"

// Utility does what the methods of one utility connector promise. To add one:
//
//  1. Write connectors/<key>/connector.yaml with transport: utility. Its methods have params (in: template) and
//     request.fields, and no address, authentication, format, pager or limit; a fixture plays each of them, where
//     response.body stands for what the utility answers and request.body for the document it is given.
//  2. Implement Utility in the room that has what it needs (engine, catalog), and hand it to Runtime.Provide under
//     the connector's key, in app or where the room is made.
//
// Everything else is as for any connector: steps are installed, mapped, retried, logged, split and metered alike, a
// call on demand reaches it, too, and each call costs a task. Do must return soon, since a step's worker waits for it,
// and may run many times at once.
//
// Do may be called again with the same IdempotencyKey: by a retry, and after a crash that came between what it did
// and the commit of the step. A utility that changes something therefore stores the key in the commit of the change
// and answers the second call as the first; a method that cannot is declared repeat: unsafe.
type Utility interface {
	Do(ctx context.Context, c UtilityCall) (UtilityResult, error)
}

// UtilityCall is one call of a utility's method.
type UtilityCall struct {
	Method string // its id in the definition
	Behalf Behalf
	// Instance is the account connector: its properties, and its ID, under which a utility keeps its data apart
	// from that of other instances. It may belong to the parent of the account in Behalf.
	Instance *Instance
	// Body is the JSON document of the request fields, an object even when it is empty.
	Body json.RawMessage
	// IdempotencyKey is the same for every repeat of the call; "" never.
	IdempotencyKey string
	// Log tells whether the account wants texts of its calls to be kept.
	Log bool

	values map[string]mapping.Value
	open   func(ctx context.Context, ref string) (int64, io.Reader, error) // a file of the account
}

// Param returns the text of a parameter, "" without a value.
func (c UtilityCall) Param(name string) string {
	if v := c.values[name]; mapping.KindOf(v) > mapping.Null {
		return mapping.Text(v)
	}
	return ""
}

// Behalf says for whom a call is made: the account whose cycle runs, which pays for it and which owns what a utility
// stores.
type Behalf struct {
	Partner, Account, Root int64
	Cycle, Run             int64 // 0 for a call on demand
	Step                   paceline.ID
}

// Scope is the account for which the call is made.
func (b Behalf) Scope() paceline.Scope {
	return paceline.Scope{Partner: b.Partner, Account: b.Account}
}

// UtilityResult is what a utility answers. An error of Do that is no *Error may pass by itself: the step fails as one
// whose remote was out of reach, and its error action decides whether it is tried again.
type UtilityResult struct {
	Output   json.RawMessage // JSON for later steps; nil without content
	Warnings []Warning
}

// Provide makes a utility do the methods of the connector with the key. Only before the runtime makes calls.
func (r *Runtime) Provide(key string, u Utility) {
	if r.utilities == nil {
		r.utilities = map[string]Utility{}
	}
	r.utilities[key] = u
}

// utility makes the call of a utility's method.
func (c *running) utility(ctx context.Context) *Error {
	do := c.runtime.utilities[c.Method.connector.Definition.Metadata.Key]
	if do == nil {
		return buildError(fmt.Errorf("this server has no utility %s", c.Method.connector.Definition.Metadata.Key))
	}
	call, failed := c.utilityCall()
	if failed != nil {
		return failed
	}
	at := c.runtime.clock.Now()
	result, err := do.Do(ctx, call)
	failed = c.utilityFailed(err)
	if failed != nil && failed.Waiting {
		return failed
	}
	c.result.Warnings = append(c.result.Warnings, result.Warnings...)
	c.recordUtility(call, result, at, failed == nil)
	if failed != nil {
		c.result.TasksIncident = 1
		return failed
	}
	c.result.TasksOK = 1
	c.countRows(result.Output)
	return nil
}

func (c *running) utilityCall() (UtilityCall, *Error) {
	if err := c.bind(); err != nil {
		return UtilityCall{}, buildError(err)
	}
	call := UtilityCall{Method: c.Method.ID, Behalf: c.Behalf, Instance: c.Instance, IdempotencyKey: c.IdempotencyKey, Log: c.LogRequest,
		values: make(map[string]mapping.Value, len(c.values)), open: c.openFile}
	for i := range c.Method.params {
		call.values[c.Method.params[i].def.Name] = c.values[i]
	}
	body, err := mapping.BuildJSON(nil, c.fields())
	if err != nil {
		return call, buildError(err)
	}
	if call.Body = body; len(bytes.TrimSpace(body)) == 0 {
		call.Body = json.RawMessage("{}")
	}
	return call, nil
}

// utilityFailed says what a utility's error means for the step.
func (c *running) utilityFailed(err error) *Error {
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed
	}
	if c.Method.Repeat == paceline.RepeatUnsafe {
		return &Error{Class: ClassUnknown, Code: paceline.CodeUnknownOutcome, Detail: "The utility failed after it had begun.", Err: err}
	}
	return &Error{Class: ClassRetry, Code: paceline.CodeCallFailed, Detail: "The utility could not do it now.", Err: err}
}

// recordUtility logs a call as an exchange: the name of the method, its parameters and its document, and the answer.
func (c *running) recordUtility(call UtilityCall, result UtilityResult, at time.Time, ok bool) {
	e := Exchange{At: at, Duration: c.runtime.clock.Now().Sub(at)}
	if ok {
		e.Status = 200
	}
	if c.LogRequest {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s\r\n", c.Method.connector.Definition.Metadata.Name, c.Method.Definition.Name)
		for i := range c.Method.params {
			if v := c.values[i]; mapping.KindOf(v) > mapping.Null {
				fmt.Fprintf(&b, "%s: %s\r\n", c.Method.params[i].def.Title(), mapping.Text(v))
			}
		}
		b.WriteString("\r\n")
		b.Write(call.Body)
		e.Request = c.mask(b.Bytes())
		e.Response = c.mask(result.Output)
	}
	c.result.Exchanges = append(c.result.Exchanges, e)
}

// utility checks that a definition of a utility has nothing that only calls over HTTP have.
func (b *builder) utility() {
	if !b.c.utility {
		return
	}
	d := b.def
	for _, k := range []struct {
		key string
		has bool
	}{
		{"server", d.Server.BaseURL != "" || len(d.Server.Headers)+len(d.Server.Query) > 0 || d.Server.Timeout != "" || d.Server.MaxResponse != ""},
		{"allowedHosts", len(d.AllowedHosts) > 0}, {"auth", len(d.Auth) > 0}, {"limits", len(d.Limits) > 0},
		{"throttle", d.Throttle != nil}, {"errors", len(d.Errors) > 0},
	} {
		if k.has {
			b.add("/"+k.key, "a utility has no "+k.key, "Remove it: a utility calls no API.")
		}
	}
}

// utilityMethod compiles a method that runs in this process.
func (b *builder) utilityMethod(m *Method, at string, known *scopeNames) {
	d := m.Definition
	if m.Repeat = d.Repeat; m.Repeat == "" {
		m.Repeat = paceline.RepeatKeyed
	}
	r := d.Request
	if r.Method != "" || r.Path != "" || r.URL != "" || r.Format != "" || r.Template != "" || r.Batch != nil || r.Idempotency != nil ||
		len(r.Query)+len(r.Headers) > 0 {
		b.add(pointer(at, "request"), "the request of a utility has fields only", "Remove the other keys.")
	}
	if d.Response.Format != "" || d.Response.RowErrors != nil {
		b.add(pointer(at, "response"), "the response of a utility has rows and fields only", "Remove the other keys.")
	}
	if d.Paging != nil || len(d.Errors) > 0 {
		b.add(at, "a method of a utility has no paging and no errors", "Remove them.")
	}
	for i, p := range d.Params {
		if p.In != "template" && p.In != ObjectPlace {
			b.add(pointer(at, "params", i, "in"), fmt.Sprintf("the parameter %s of a utility is sent nowhere", p.Name), "Write in: template.")
		}
	}
	b.params(m, at, known)
	b.requestFields(m, pointer(at, "request"), known)
	b.response(m, at)
	b.exits(m, at)
}
