package standin

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// StandIn is a vendor within the process. It is the way to its hosts: give it to a runtime as transport. It is safe
// for concurrent use.
type StandIn struct {
	table   *table
	answers fs.FS

	mu     sync.Mutex
	next   []string
	calls  []Call
	trust  *rsa.PublicKey
	nonces map[string]bool // of OAuth 1, each of which is good once
}

// Call is one request that was taken.
type Call struct {
	Do   string `json:"do"` // verb, host, path and query
	Body string `json:"body,omitempty"`
}

// New returns the stand-in of a system, such as stripe; answers has the connectors' folders with their fixtures.
func New(system string, answers fs.FS) (*StandIn, error) {
	t, err := readTable(system)
	if err != nil {
		return nil, err
	}
	return &StandIn{table: t, answers: answers, nonces: map[string]bool{}}, nil
}

// Has reports whether the host is one of the vendor's.
func (s *StandIn) Has(host string) bool { return slices.Contains(s.table.Hosts, host) }

// Next has the next requests answered with the problems of these kinds: limit, unauthorized, failure.
func (s *StandIn) Next(kinds ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, kinds...)
}

// Trust has assertions taken that the key signs.
func (s *StandIn) Trust(key *rsa.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trust = key
}

// Calls returns what was taken, in order.
func (s *StandIn) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// RoundTrip answers a request.
func (s *StandIn) RoundTrip(req *http.Request) (*http.Response, error) {
	if !s.Has(req.URL.Host) {
		return nil, fmt.Errorf("%s is not at %s", s.table.Connector, req.URL.Host)
	}
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) > 0 {
		kind := s.next[0]
		s.next = s.next[1:]
		return s.refuse(req, kind, ""), nil
	}
	op, refused := s.judge(req, body)
	if refused != nil {
		return refused, nil
	}
	s.calls = append(s.calls, Call{req.Method + " " + req.URL.Host + req.URL.RequestURI(), string(body)})
	if op.Answer != "" {
		return respond(req, http.StatusOK, nil, []byte(op.Answer)), nil
	}
	name := op.Reply
	if op.Page != "" && (req.URL.Query().Has(op.Page) || bytes.Contains(body, []byte(`"`+op.Page+`":`))) {
		name = op.Last
	}
	text, err := fs.ReadFile(s.answers, s.table.Connector+"/fixtures/"+name+".json")
	if err != nil {
		return nil, err
	}
	a, err := readAnswer(text)
	if err != nil {
		return nil, err
	}
	return respond(req, a.Status, a.Headers, plain(a.Body)), nil
}

// judge returns the operation of a request, or what the vendor answers to one that it does not take.
func (s *StandIn) judge(req *http.Request, body []byte) (*operation, *http.Response) {
	if op, refused := s.signIn(req, body); op != nil || refused != nil {
		return op, refused
	}
	i := slices.IndexFunc(s.table.Operations, func(op *operation) bool { return op.takes(req) })
	if i < 0 {
		return nil, s.refuse(req, "path", req.URL.Path)
	}
	op := s.table.Operations[i]
	if !s.authorized(req) {
		return nil, s.refuse(req, "unauthorized", "")
	}
	for _, headers := range []map[string]string{s.table.Headers, op.Headers} {
		for name, pattern := range headers {
			if !matches(pattern, req.Header.Get(name)) {
				return nil, s.refuse(req, "missing", name)
			}
		}
	}
	if kind, name := op.wrong(req, body); kind != "" {
		return nil, s.refuse(req, kind, name)
	}
	return op, nil
}

func (op *operation) takes(req *http.Request) bool {
	return op.verb == req.Method && (op.Host == "" || op.Host == req.URL.Host) && op.path.MatchString(req.URL.EscapedPath())
}

func (s *StandIn) authorized(req *http.Request) bool {
	given := req.Header.Get("Authorization")
	if s.table.Signed != nil && strings.HasPrefix(given, "OAuth ") {
		return s.table.Signed.good(req, s.nonces)
	}
	return matches(s.table.Authorized, given)
}

func matches(pattern, text string) bool {
	ok, err := regexp.MatchString("^("+pattern+")$", text)
	return ok && err == nil
}

// wrong says what the vendor finds wrong with the parameters, "" for nothing.
func (op *operation) wrong(req *http.Request, body []byte) (kind, name string) {
	var query []value
	for name, texts := range req.URL.Query() {
		for _, text := range texts {
			query = append(query, value{name, text, true})
		}
		if len(texts) > 1 && !strings.HasSuffix(name, "[]") {
			return "type", name // of one that comes twice nobody knows which is meant
		}
	}
	wrongs := check(query, op.Query, nil)
	values, err := bodyValues(op, req, body)
	if err != nil {
		return "type", "body"
	}
	wrongs = append(wrongs, check(values, op.Body, op.known)...)
	if len(wrongs) > 0 {
		return wrongs[0].kind, wrongs[0].name
	}
	if name := missing(append(query, values...), op.Required); name != "" {
		return "missing", name
	}
	for place, name := range op.With {
		if missing(values, []string{place}) == "" && missing(query, []string{name}) != "" {
			return "missing", name
		}
	}
	return "", ""
}

func bodyValues(op *operation, req *http.Request, body []byte) ([]value, error) {
	kind := req.Header.Get("Content-Type")
	switch {
	case len(body) == 0:
		return nil, nil
	case op.Raw != "":
		if !matches(op.Raw, kind) {
			return nil, fmt.Errorf("the body is %s", kind)
		}
		return nil, nil
	case op.Form:
		if kind != "application/x-www-form-urlencoded" {
			return nil, fmt.Errorf("the body is %s", kind)
		}
		form, err := url.ParseQuery(string(body))
		return formValues(form), err
	case strings.HasPrefix(kind, "application/json"):
		return jsonValues(body)
	}
	return nil, fmt.Errorf("the body is %s", kind)
}

func (s *StandIn) refuse(req *http.Request, kind, name string) *http.Response {
	p, ok := s.table.Problems[kind]
	if !ok {
		p = s.table.Problems["failure"]
	}
	return respond(req, p.Status, p.Headers, []byte(strings.ReplaceAll(p.Body, "{{name}}", name)))
}

func respond(req *http.Request, status int, headers map[string]string, body []byte) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for name, text := range headers {
		h.Set(name, text)
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}
}

// plain returns a body as it goes over the wire: a JSON text without its quotes.
func plain(body json.RawMessage) []byte {
	var text string
	if len(body) > 0 && body[0] == '"' && json.Unmarshal(body, &text) == nil {
		return []byte(text)
	}
	return body
}
