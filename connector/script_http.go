package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"paceline"
	"paceline/internal/egress"
	"paceline/script"
)

// scriptHost answers what the scripts of a call ask for. Requests go where the call itself may go, with its
// credential where that may go.
type scriptHost struct {
	*running
	event script.Event
	n     int    // of what the script has asked for in the event
	held  *Error // why a request was not made; the step waits, and the script is told nothing any more
}

// Call answers one host function.
func (h *scriptHost) Call(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error) {
	if h.held != nil {
		return nil, errHeld
	}
	what := about(name, args)
	if a, ok := h.known(what); ok {
		if a.Error != "" {
			return nil, errors.New(a.Error)
		}
		return a.Answer, nil
	}
	do := h.http
	if name != script.FuncHTTP {
		do = func(ctx context.Context, args json.RawMessage) (json.RawMessage, error) {
			if len(args) > maxStorageArgs {
				h.result.TasksIncident++
				return nil, errStorageArgs
			}
			return h.storage(ctx, name, args)
		}
	}
	answer, err := do(ctx, args)
	if h.held != nil {
		return nil, errHeld
	}
	a := Asked{Event: string(h.event), What: what, Answer: answer}
	if err != nil {
		a.Error = err.Error()
	}
	h.keep(a)
	h.n++
	return answer, err
}

// maxStorageArgs bounds the arguments of a storage function, which take a key and a value of less than half of it.
const maxStorageArgs = 256 << 10

var errStorageArgs = fmt.Errorf("the arguments of a storage function have more than %d KiB together", maxStorageArgs>>10)

var errHeld = errors.New("the step waits until the connector takes calls")

// scriptRequest is the argument of http_request.
type scriptRequest struct {
	Method  string                     `json:"method"`
	URL     string                     `json:"url"`
	Headers map[string]json.RawMessage `json:"headers"`
	Data    *string                    `json:"data"`
	JSON    bool                       `json:"json"` // the data was no text
}

// maxScriptAnswer bounds the answer that a script is given, which has to fit beside its other values.
const maxScriptAnswer = 8 << 20

// http makes one request. Whatever keeps it from an answer is thrown in the script; an answer of any status is not.
func (h *scriptHost) http(ctx context.Context, args json.RawMessage) (json.RawMessage, error) {
	var in scriptRequest
	if err := json.Unmarshal(args, &in); err != nil {
		return nil, errors.New("http_request takes an object with method, url, headers and data")
	}
	o, err := h.outgoing(&in)
	if err != nil {
		return nil, err
	}
	permit, wait := h.acquire(ctx)
	if wait != nil {
		h.held = wait
		return nil, errHeld
	}
	o.scripted = true
	a, failed := h.follow(ctx, o)
	h.release(ctx, permit, a)
	if failed != nil {
		return nil, errors.New(egress.Message(failed.Err))
	}
	if a.failed != nil {
		h.result.TasksIncident++
		return nil, a.failed
	}
	if a.status >= 400 {
		h.result.TasksIncident++
	} else {
		h.result.TasksOK++
	}
	if len(a.body) > maxScriptAnswer {
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxScriptAnswer>>20)
	}
	text, err := toUTF8(a.body, a.header.Get("Content-Type"))
	if err != nil {
		text = []byte(strings.ToValidUTF8(string(a.body), "\ufffd"))
	}
	if quotedSize(text) > 2*maxScriptAnswer {
		return nil, fmt.Errorf("the answer is larger than %d MiB as JSON", 2*maxScriptAnswer>>20)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // pages would become several times as long
	err = e.Encode(map[string]any{
		"status_code": a.status, "headers": headerObject(a.header), "content": string(text),
		"request": map[string]any{"method": o.method, "url": in.URL},
	})
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// quotedSize is how long a text becomes as JSON.
func quotedSize(text []byte) int {
	n := len(text)
	for _, c := range text {
		switch {
		case c == '"', c == '\\':
			n++
		case c < ' ':
			n += 5
		}
	}
	return n
}

// outgoing makes the request that a script asks for.
func (h *scriptHost) outgoing(in *scriptRequest) (*outgoing, error) {
	o := &outgoing{method: strings.ToUpper(firstOf(in.Method, http.MethodGet))}
	switch o.method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return nil, errors.New("http_request: the method is GET, HEAD, POST, PUT, PATCH or DELETE")
	}
	if len(in.URL) > maxAddress {
		return nil, errLongAddress
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("http_request: the url is no absolute address of a website")
	}
	u.Fragment = ""
	o.url, o.address = u, u.String()
	if err := o.setScripted(in.Headers); err != nil {
		return nil, err
	}
	if in.Data != nil {
		o.body = []byte(*in.Data)
		if in.JSON && !o.has("Content-Type") {
			o.set("Content-Type", "application/json")
		}
	}
	if !o.has("User-Agent") {
		o.set("User-Agent", h.Instance.agent())
	}
	if err := h.authorize(o); err != nil {
		return nil, err
	}
	return o, o.fits()
}

// authorize puts the credential into the request where it may go (decision D-38).
func (h *scriptHost) authorize(o *outgoing) error {
	p := h.prepared
	if p == nil || !p.credential() {
		return nil
	}
	if !egress.MatchHost(p.hosts, o.url) {
		h.warn(paceline.CodeCallFailed, "a script's request was sent without the credential, since allowedHosts does not name the host "+o.url.Hostname())
		return nil
	}
	o.credential, o.signed = true, p.signer != nil
	address, _ := h.applyAuth(o, []byte(o.address), nil)
	if len(address) > 0 {
		u, err := url.Parse(string(address))
		if err != nil {
			return errors.New("http_request: the url is not valid")
		}
		o.url, o.address = u, u.String()
	}
	if len(o.cookies) > 0 {
		o.set("Cookie", strings.Join(o.cookies, "; "))
	}
	return nil
}
