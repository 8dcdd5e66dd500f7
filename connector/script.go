package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/mapping"
	"paceline/script"
)

// ScriptDef is a script of the whole connector or of a method.
type ScriptDef struct {
	Language  string `json:"language"` // javascript, also without one
	Source    string `json:"source"`
	File      string `json:"file"`      // beside the connector's file, in place of source
	AuthValue bool   `json:"authValue"` // of the connector's: scripts see the credential as method_auth_value
}

// MethodScript is the kind of a method that makes no call: its scripts yield the output.
const MethodScript = "script"

// ScriptCall is what scripts of one call need beyond the definition.
type ScriptCall struct {
	// Step is the script of the step, "" for none.
	Step string
	// Globals are further names that scripts see, such as cycle_id; it may be nil.
	Globals map[string]any
	// Data is action_data, which scripts hand from event to event; nil at the first.
	Data json.RawMessage
}

// scripted is what a call with scripts remembers between its events.
type scripted struct {
	*running
	scripts script.Scripts
	data    json.RawMessage // action_data
	edit    *edits          // of before_action
	request map[string]json.RawMessage
	log     []string
}

// edits are what before_action has changed.
type edits struct {
	headers     map[string]json.RawMessage
	query       map[string]json.RawMessage
	body        json.RawMessage
	bodyChanged bool
}

// scripting returns what the call's scripts need, nil for a call without any.
func (c *running) scripting() *scripted {
	if c.Method.script == "" && c.Method.connector.script == "" && c.Script.Step == "" {
		return nil
	}
	data := c.Script.Data
	if c.Page != nil && c.Page.state.Data != nil {
		data = c.Page.state.Data
	}
	return &scripted{
		running: c, data: data,
		scripts: script.Scripts{Method: c.Method.script, Connector: c.Method.connector.script, Step: c.Script.Step},
	}
}

// has reports whether a script handles the event.
func (s *scripted) has(e script.Event) bool { return s != nil && s.scripts.Has(e) }

// fire runs the event's scripts over the globals and returns the names as they are afterwards.
func (s *scripted) fire(ctx context.Context, e script.Event, globals map[string]any) (map[string]json.RawMessage, script.Result, *Error) {
	if s.runtime.scripts == nil {
		return nil, script.Result{}, buildError(errors.New("this server runs no scripts"))
	}
	all := maps.Clone(nowhere)
	all["action_data"], all["script_parameters"], all["last_successful_run_date"] = s.data, s.scriptParameters(), nil
	if s.data == nil {
		all["action_data"] = json.RawMessage("{}")
	}
	if s.Merge != nil && s.scripts.Mention("last_successful_run_date") {
		if v, ok := s.Merge("LastSuccessfulRunDate"); ok {
			all["last_successful_run_date"] = v
		}
	}
	behalf := script.Account{Partner: s.Behalf.Partner, Account: s.Behalf.Account}
	if behalf.Account == 0 {
		behalf = script.Account{Partner: s.Instance.Partner, Account: s.Instance.Account}
	}
	// A sub account calls with its parent's credential, which the script of its step must not see.
	foreign := behalf.Account != s.Instance.Account && script.Mentions(s.Script.Step, string(e))
	if d := s.Method.connector.Definition.Script; d != nil && d.AuthValue && !foreign {
		all["method_auth_value"] = s.Instance.AuthValue
	}
	if s.scripts.Mention("method_response_fields") { // there may be many
		list := []string{}
		for i := range s.Method.Definition.Response.Fields {
			list = append(list, s.Method.Definition.Response.Fields[i].Loc)
		}
		all["method_response_fields"] = list
	}
	for name, v := range s.Script.Globals {
		all[name] = v
	}
	for name, v := range globals {
		all[name] = v
	}
	doc, err := json.Marshal(all)
	if err != nil {
		return nil, script.Result{}, buildError(err)
	}
	before := len(s.result.Exchanges)
	host := &scriptHost{running: s.running, event: e}
	r, err := s.runtime.scripts.Run(ctx, script.Run{
		Account: behalf, Event: e, Sources: s.scripts.For(e), Globals: doc, Host: host, Mask: s.mask,
	})
	if len(s.result.Exchanges) > before {
		s.result.OutputIsResponse = false
	}
	s.log = append(s.log, r.Log...)
	if host.held != nil { // whatever the script made of it
		return nil, r, s.waitsWith(e, host.held)
	}
	if err != nil {
		return nil, r, s.failed(ctx, e, err)
	}
	var after map[string]json.RawMessage
	if err := json.Unmarshal(r.Globals, &after); err != nil {
		return nil, r, buildError(err)
	}
	s.data = after["action_data"]
	return after, r, nil
}

func rawOf(v mapping.Value) json.RawMessage {
	if mapping.KindOf(v) == mapping.Missing {
		return json.RawMessage("null")
	}
	return json.RawMessage(v)
}

// failed says what a script's end means for the step.
func (s *scripted) failed(ctx context.Context, e script.Event, err error) *Error {
	var failed *script.Error
	var wait *script.WaitError
	var busy *script.BusyError
	switch {
	case errors.As(err, &failed):
		out := &Error{Class: ClassScript, Code: paceline.CodeScriptFailed, Err: err, Detail: string(e) + ", " + failed.Error()}
		if failed.Limit != "" {
			out.Code = paceline.CodeScriptLimit
		}
		out.Detail += s.said()
		return out
	case errors.As(err, &wait):
		return s.waitsWith(e, &Error{Class: ClassThrottled, Code: paceline.CodeScriptsHeld, Waiting: true, RetryAfter: wait.After, Detail: err.Error(), Err: err})
	case errors.As(err, &busy):
		return s.waitsWith(e, &Error{Class: ClassThrottled, Code: paceline.CodeScriptsHeld, Waiting: true, RetryAfter: time.Second, Limit: "scripts", Detail: err.Error(), Err: err})
	}
	return &Error{Class: ClassRetry, Code: paceline.CodeScriptFailed, Err: err, Detail: err.Error()}
}

// said is the log of the scripts, for the detail of an incident.
func (s *scripted) said() string {
	if len(s.log) == 0 {
		return ""
	}
	text := strings.Join(s.log, "\n")
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "..."
	}
	return "\nLog:\n" + string(s.mask([]byte(text)))
}

// thrown is the class of the error that a script threw, such as AuthRefreshException.
func (e *Error) thrown() string {
	if e == nil {
		return ""
	}
	if failed, ok := errors.AsType[*script.Error](e.Err); ok && e.Class == ClassScript {
		return failed.Name
	}
	return ""
}

// place is where in a script the error arose, "" where that is not known. It tells nothing of what the script saw.
func (e *Error) place() string {
	if failed, ok := errors.AsType[*script.Error](e.Err); ok && failed.Line > 0 {
		return fmt.Sprintf("line %d, column %d", failed.Line, failed.Column)
	}
	return ""
}

// Exceptions that scripts throw to have the credential renewed.
const (
	authRefresh = "AuthRefreshException"
	authSession = "AuthSessionException"
)

// beforeAction runs the scripts before a call, once, and keeps what they changed.
func (s *scripted) beforeAction(ctx context.Context, fields []mapping.Field) *Error {
	if s.edit != nil {
		return nil
	}
	body, err := mapping.BuildJSON(nil, fields)
	if err != nil {
		return buildError(err)
	}
	s.request = map[string]json.RawMessage{
		"method_request": json.RawMessage(body), "method_request_headers": s.paramsIn("header"),
		"method_request_parameters": s.paramsIn("query"), "method_request_mergefields": s.paramsIn("path"),
	}
	if len(body) == 0 {
		s.request["method_request"] = json.RawMessage("null")
	}
	if s.Method.text != nil {
		text, missing, err := s.Method.text.append(nil, s.running)
		if err == nil && !missing {
			s.request["method_request"] = mapping.Quote(string(text))
		}
	}
	if s.Method.Definition.Kind == MethodScript {
		s.request["method_response"] = json.RawMessage("null")
	}
	s.edit = &edits{}
	if !s.has(script.BeforeAction) {
		return nil
	}
	globals := map[string]any{}
	for name, v := range s.request {
		globals[name] = v
	}
	after, result, failed := s.fire(ctx, script.BeforeAction, globals)
	if failed != nil {
		return failed
	}
	if result.False() {
		return &Error{Class: ClassScript, Code: paceline.CodeScriptStopped, Detail: "before_action returned false." + s.said()}
	}
	return s.keep(after)
}

// keep takes over what before_action has changed.
func (s *scripted) keep(after map[string]json.RawMessage) *Error {
	changed := func(name string) (map[string]json.RawMessage, bool) {
		if string(after[name]) == string(s.request[name]) {
			return nil, false
		}
		var object map[string]json.RawMessage
		json.Unmarshal(after[name], &object)
		return object, true
	}
	if names, ok := changed("method_request_mergefields"); ok {
		for i := range s.Method.params {
			if p := &s.Method.params[i]; p.def.In == "path" {
				s.values[i] = mapping.Value(names[p.def.Name])
			}
		}
	}
	s.edit.headers, _ = changed("method_request_headers")
	s.edit.query, _ = changed("method_request_parameters")
	if string(after["method_request"]) != string(s.request["method_request"]) {
		s.edit.body, s.edit.bodyChanged = after["method_request"], true
	}
	for name := range s.request {
		s.request[name] = after[name]
	}
	return nil
}

// paramsIn returns the parameters of one place as an object: path parameters by their name, others as on the wire.
func (c *running) paramsIn(in string) json.RawMessage {
	out := map[string]json.RawMessage{}
	for i := range c.Method.params {
		p := &c.Method.params[i]
		if p.def.In == in && mapping.KindOf(c.values[i]) != mapping.Missing {
			name := p.def.Wire()
			if in == "path" {
				name = p.def.Name
			}
			out[name] = rawOf(c.values[i])
		}
	}
	text, _ := json.Marshal(out)
	return text
}

// editQuery gives the parameters of the query their edited values; what no parameter takes is returned.
func (c *running) editQuery() map[string]json.RawMessage {
	if c.scripted == nil || c.scripted.edit == nil || c.scripted.edit.query == nil {
		return nil
	}
	rest := map[string]json.RawMessage{}
	for name, v := range c.scripted.edit.query {
		rest[name] = v
	}
	for i := range c.Method.params {
		if p := &c.Method.params[i]; p.def.In == "query" {
			c.values[i] = mapping.Value(rest[p.def.Wire()])
			delete(rest, p.def.Wire())
		}
	}
	return rest
}

// editHeaders gives the request the edited headers.
func (c *running) editHeaders(o *outgoing) error {
	if c.scripted == nil || c.scripted.edit == nil || c.scripted.edit.headers == nil {
		return nil
	}
	var before map[string]json.RawMessage
	json.Unmarshal(c.paramsIn("header"), &before)
	for name := range before {
		if _, ok := c.scripted.edit.headers[name]; !ok {
			name = http.CanonicalHeaderKey(name)
			o.headers = slices.DeleteFunc(o.headers, func(h pair) bool { return h.name == name })
		}
	}
	return o.setScripted(c.scripted.edit.headers)
}

// scriptHeader refuses a header that a script must not set.
func scriptHeader(name, value string) error {
	if !isToken(name) || !isHeaderText(value) {
		return errors.New("a script set a header whose name or value is not allowed")
	}
	if slices.Contains(reservedHeaders, http.CanonicalHeaderKey(name)) {
		return errors.New("a script may not set the header " + name)
	}
	return nil
}

// editBody builds the body from the document that a script made of it; ok is false without one.
func (c *running) editBody(ctx context.Context) (content, bool, error) {
	if c.scripted == nil || c.scripted.edit == nil || !c.scripted.edit.bodyChanged {
		return content{}, false, nil
	}
	doc := mapping.Value(c.scripted.edit.body)
	if c.Method.body.build == nil || mapping.KindOf(doc) == mapping.String && c.Method.text == nil {
		return content{body: []byte(mapping.Text(doc))}, true, nil
	}
	in := mapping.Inputs{Params: c.Inputs.Params, Fields: []mapping.Field{{Value: doc}}}
	out, err := c.Method.body.build(c.Method, &in, c.room(ctx))
	return out, true, err
}

// afterAction runs the scripts after an answer that is a success, which may put another document in its place.
func (s *scripted) afterAction(ctx context.Context, o *outgoing, a *answer) *Error {
	if !s.has(script.AfterAction) && !s.has(script.AfterActionPaging) {
		return nil
	}
	globals := s.requestGlobals()
	globals["method_endpoint"] = string(s.mask([]byte(o.address))) // may hold the credential in its query
	globals["method_response_headers"] = headerObject(a.header)
	globals["statusCode"] = a.status
	globals["reasonPhrase"] = a.reason()
	s.result.seen = maps.Clone(globals)
	if !s.has(script.AfterAction) {
		return nil
	}
	globals["method_response"] = s.response()
	after, _, failed := s.fire(ctx, script.AfterAction, globals)
	if failed != nil {
		s.blamed(failed)
		return failed
	}
	s.replace(after["method_response"])
	return nil
}

// blamed counts a call whose scripts have failed as an incident. One that waits for them has succeeded, and so has one that
// was counted before the wait.
func (s *scripted) blamed(failed *Error) {
	if !failed.Waiting && !s.replayed {
		s.result.TasksOK--
		s.result.TasksIncident++
	}
}

func (s *scripted) requestGlobals() map[string]any {
	globals := map[string]any{}
	for name, v := range s.request {
		globals[name] = v
	}
	return globals
}

// response is the output so far, null without one.
func (c *running) response() json.RawMessage {
	if len(c.result.Output) == 0 {
		return json.RawMessage("null")
	}
	return c.result.Output
}

// replace makes the document the output when it differs.
func (c *running) replace(doc json.RawMessage) {
	if string(doc) == string(c.response()) {
		return
	}
	c.result.Output, c.result.Rows, c.result.OutputIsResponse = nil, 0, false
	if len(doc) > 0 && string(doc) != "null" {
		c.countRows(doc)
	}
}

func headerObject(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		out[name] = strings.Join(values, ", ")
	}
	return out
}

// AfterPaging runs the event that comes once all pages are there: over the whole output, which it may change. Date is
// what the script set next_last_successful_run_date to, "" for nothing.
func (r *Runtime) AfterPaging(ctx context.Context, c Call, result *Result) (date string, err error) {
	call, s := r.later(c, result)
	if !s.has(script.AfterActionPaging) {
		return "", nil
	}
	defer func() { *result = call.result }()
	globals := map[string]any{}
	for name, v := range result.seen {
		globals[name] = v
	}
	globals["method_response"] = call.response()
	globals["next_last_successful_run_date"] = nil
	after, _, failed := s.fire(ctx, script.AfterActionPaging, globals)
	if failed != nil {
		return "", failed
	}
	call.replace(after["method_response"])
	call.result.Data, call.result.Asked = s.data, call.asked
	if v := mapping.Value(after["next_last_successful_run_date"]); mapping.KindOf(v) > mapping.Null {
		date = mapping.Text(v)
	}
	return date, nil
}

// Handles reports whether scripts of the call handle one of the events.
func (r *Runtime) Handles(c Call, events ...script.Event) bool {
	return slices.ContainsFunc(events, (&running{runtime: r, Call: c}).scripting().has)
}

// Condition runs the event that chooses the exit of a step; ok is false when no script handles it.
func (r *Runtime) Condition(ctx context.Context, c Call, result *Result) (yes, ok bool, err error) {
	call, s := r.later(c, result)
	if !s.has(script.ActionCondition) {
		return false, false, nil
	}
	defer func() { *result = call.result }()
	_, got, failed := s.fire(ctx, script.ActionCondition, map[string]any{"method_response": call.response()})
	if failed != nil {
		return false, true, failed
	}
	return string(got.Value) == "true", got.Handled, nil
}

// later prepares events that come after the call itself.
func (r *Runtime) later(c Call, result *Result) (*running, *scripted) {
	c.Instance = c.Instance.newest()
	call := &running{runtime: r, Call: c, own: c.Instance, prepared: c.Instance.prepare(), result: *result, got: result.got, asked: result.Asked}
	call.scripted = call.scripting()
	if call.scripted != nil && result.Data != nil {
		call.scripted.data = result.Data
	}
	return call, call.scripted
}

// produce makes the output of a method without a call: that which its scripts leave in method_response. It costs no task.
func (s *scripted) produce(ctx context.Context) *Error {
	c := s.running
	if err := c.bind(); err != nil {
		return buildError(err)
	}
	if failed := s.beforeAction(ctx, c.fields()); failed != nil {
		return failed
	}
	made := s.request["method_response"]
	if s.has(script.AfterAction) {
		after, _, failed := s.fire(ctx, script.AfterAction, s.requestGlobals())
		if failed != nil {
			return failed
		}
		made = after["method_response"]
	}
	c.replace(made)
	return nil
}

// remember keeps what scripts hand on with the result and the next page, and what they have done.
func (c *running) remember(failed *Error) {
	c.keepAsked(failed)
	if failed == nil && c.result.Next == nil {
		c.result.Asked, c.result.got = c.asked, c.got
	}
	c.result.Data = c.scripted.data
	if c.result.Next != nil {
		c.result.Next.state.Data = c.scripted.data
	}
}

// renewed returns how to make the call once more after a script asked for a fresh credential, nil when it did not or
// there is none to be had.
func (c *running) renewed(_ context.Context, failed *Error, sessions *sessionSigner) func(context.Context) *Error {
	name := failed.thrown()
	switch {
	case c.again:
		return nil
	case name == authRefresh && c.renewable():
	case name == authSession && sessions != nil:
	default:
		return nil
	}
	return func(ctx context.Context) *Error {
		c.again = true
		c.forgetCall()
		used := c.session
		if name == authRefresh {
			if failed := c.renew(ctx); failed != nil {
				return failed
			}
		} else if failed := c.open(ctx, sessions, used); failed != nil {
			return failed
		}
		c.result.Output, c.result.Rows, c.result.Next = nil, 0, nil
		return c.run(ctx)
	}
}

// Scripted reports whether the definition has a script that may handle events of the method.
func (m *Method) Scripted() bool { return m.script != "" || m.connector.script != "" }

// Inline runs the inline scripts of a step's mappings over the names in globals. They have no connector: no request and
// no storage is theirs. The error is a *Error.
func (r *Runtime) Inline(ctx context.Context, behalf Behalf, expressions []mapping.Expression, globals json.RawMessage) ([]mapping.Value, error) {
	if r.scripts == nil {
		return nil, buildError(errors.New("this server runs no scripts"))
	}
	codes := make([]string, len(expressions))
	for i := range expressions {
		codes[i] = expressions[i].Code
	}
	values, err := r.scripts.Values(ctx, script.Account{Partner: behalf.Partner, Account: behalf.Account}, codes, globals, nil, nil)
	if err != nil {
		s := &scripted{running: &running{prepared: &prepared{}}}
		return nil, s.failed(ctx, script.Event(typedPlace(err, expressions)), err)
	}
	out := make([]mapping.Value, len(values))
	for i, v := range values {
		out[i] = mapping.Value(v)
	}
	return out, nil
}

// typedPlace makes the line and column of an inline script's error those of what was typed, and names its input.
func typedPlace(err error, expressions []mapping.Expression) string {
	failed, ok := errors.AsType[*script.Error](err)
	if !ok || failed.Source < 0 || failed.Source >= len(expressions) {
		return "inline"
	}
	e := &expressions[failed.Source]
	failed.Line, failed.Column = e.Place(failed.Line, failed.Column)
	return e.Input
}
