package connector

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"paceline"
	"paceline/internal/egress"
	"paceline/internal/seal"
	"paceline/mapping"
	"paceline/script"
)

// The events of OAuth 2 see what a vendor is asked for tokens with, and what it answers. Only the script of the
// connector has them, which has neither requests nor storage there: no token leaves by it.

// AuthorizeURL is Instance.AuthorizeURL, as the connector's script leaves it. The error is an *Error.
func (r *Runtime) AuthorizeURL(ctx context.Context, i *Instance, state, verifier, redirect string) (string, error) {
	address, err := i.AuthorizeURL(state, verifier, redirect)
	if err != nil || !i.handles(script.BeforeOAuth2Authorise) {
		return address, err
	}
	after, failed := r.oauthEvent(ctx, i, script.BeforeOAuth2Authorise, nil, map[string]any{"method_endpoint": address})
	if failed != nil {
		return "", failed
	}
	was, err := url.Parse(address)
	if err != nil {
		return "", authError(err)
	}
	u, err := url.Parse(mapping.Text(mapping.Value(after["method_endpoint"])))
	if err != nil || u.Scheme != was.Scheme || u.User != nil || !egress.MatchHost(i.prepare().hosts, u) {
		return "", &Error{Class: ClassScript, Code: paceline.CodeScriptFailed, Detail: "before_oauth2_authorise left no address of an allowed host in method_endpoint."}
	}
	return u.String(), nil
}

// handles reports whether the script of the connector has the event.
func (i *Instance) handles(e script.Event) bool { return script.Mentions(i.Compiled.script, string(e)) }

// oauthEvent runs one event; values are what to mask besides what the instance knows. One that says false is an error.
func (r *Runtime) oauthEvent(ctx context.Context, i *Instance, e script.Event, values []string, globals map[string]any) (map[string]json.RawMessage, *Error) {
	p := i.prepare()
	mask := func([]byte) []byte { return []byte("REDACTED") } // of so many nobody can say what is secret, in any time
	if len(values) <= maxMasked {
		more := seal.NewMasker(values...)
		mask = func(text []byte) []byte { return more.Mask(p.masker.Mask(text)) }
	}
	globals["script_parameters"], globals["action_data"], globals["script_execution_context"] = i.scriptParameters(), map[string]any{}, RunningTransaction
	after, result, failed := r.event(ctx, p, script.Run{
		Account: script.Account{Partner: i.Partner, Account: i.Account}, Event: e,
		Sources: []script.Source{{Level: script.LevelConnector, Code: i.Compiled.script}},
		Mask:    mask,
	}, globals)
	if failed == nil && result.False() {
		failed = &Error{Class: ClassScript, Code: paceline.CodeScriptStopped, Detail: string(e) + " returned false."}
	}
	return after, failed
}

// maxMasked bounds the texts that are looked for in what a script tells of a vendor's answer.
const maxMasked = 200

// tokenEvents are the events around a request for a token.
func tokenEvents(form url.Values) (before, after script.Event) {
	if form.Get("grant_type") == "refresh_token" {
		return script.BeforeOAuth2Refresh, script.AfterOAuth2Refresh
	}
	return script.BeforeOAuth2Token, script.AfterOAuth2Token
}

// beforeToken gives the form to the script, without the client's own credential, and returns the headers that it set.
func (r *Runtime) beforeToken(ctx context.Context, i *Instance, e script.Event, form url.Values) (url.Values, http.Header, *Error) {
	if !i.handles(e) {
		return form, nil, nil
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	after, failed := r.oauthEvent(ctx, i, e, secretsOf(form), map[string]any{"method_request": fields, "method_request_headers": map[string]string{}})
	if failed != nil {
		return nil, nil, failed
	}
	next, header := url.Values{}, http.Header{}
	for name, text := range textMembers(after["method_request"]) {
		next.Set(name, text)
	}
	headers := textMembers(after["method_request_headers"])
	err := fewHeaders(headers)
	for name, text := range headers {
		if err == nil {
			err = scriptHeader(name, text)
		}
		if err != nil {
			return nil, nil, &Error{Class: ClassScript, Code: paceline.CodeScriptFailed, Detail: string(e) + ": " + err.Error(), Err: err}
		}
		header.Set(name, text)
	}
	return next, header, nil
}

// secretsOf are the values of a form that nobody may read.
func secretsOf(form url.Values) (list []string) {
	for _, name := range []string{"code", "code_verifier", "refresh_token", "assertion", "password", "client_secret", "client_assertion"} {
		list = append(list, form.Get(name))
	}
	return list
}

// afterToken gives a vendor's answer to the script, which may put another document in its place. The grant that comes
// of the answer is never lost by a script: where it fails, the answer counts as it came if it can be read.
func (r *Runtime) afterToken(ctx context.Context, i *Instance, e script.Event, p *prepared, o *oauth2, form url.Values, resp *http.Response, body []byte) (Grant, *Error) {
	if resp.StatusCode >= 300 || !i.handles(e) {
		return r.given(p, o, resp, body)
	}
	doc := json.RawMessage(mapping.Quote(string(body)))
	if checkJSON(body) == nil {
		doc = body
	}
	after, failed := r.oauthEvent(ctx, i, e, append(secretsOf(form), longTexts(doc, nil)...), map[string]any{
		"method_response": doc, "method_response_headers": headerObject(resp.Header), "statusCode": resp.StatusCode,
	})
	changed := after["method_response"]
	if failed == nil && string(changed) == string(doc) {
		return r.given(p, o, resp, body)
	}
	var g Grant
	if failed == nil {
		if g, failed = r.given(p, o, changedAnswer(resp, changed), documentText(changed)); failed == nil {
			return g, nil
		}
	}
	g, unread := r.given(p, o, resp, body)
	if unread != nil {
		return Grant{}, failed
	}
	r.log.Warn("a script failed behind a request for a token, whose answer is used as it came", "connector", i.Compiled.UID(), "event", string(e), "code", string(failed.Code), "place", failed.place())
	return g, nil
}

// changedAnswer is a vendor's answer with a document of a script in place of its body.
func changedAnswer(resp *http.Response, doc json.RawMessage) *http.Response {
	if mapping.KindOf(mapping.Value(doc)) == mapping.String { // in the vendor's own format
		return resp
	}
	next := *resp
	next.Header = resp.Header.Clone()
	next.Header.Set("Content-Type", "application/json")
	return &next
}

// documentText is the text of a document that is a text, else its JSON.
func documentText(doc json.RawMessage) []byte {
	if mapping.KindOf(mapping.Value(doc)) == mapping.String {
		return []byte(mapping.Text(mapping.Value(doc)))
	}
	return doc
}

// longTexts are the texts in a document that are long enough to be secrets.
func longTexts(doc []byte, list []string) []string {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if len(v) >= 8 {
				list = append(list, v)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	var v any
	if json.Unmarshal(doc, &v) == nil {
		walk(v)
	}
	return list
}
