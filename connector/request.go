package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"paceline"
	"paceline/internal/egress"
	"paceline/mapping"
)

// userAgent is sent unless the definition sets its own, or the partner has one.
const userAgent = "Paceline"

// outgoing is a request that is ready to be sent, as often as need be.
type outgoing struct {
	method  string
	url     *url.URL
	address string
	headers []pair
	cookies []string
	body    []byte
	pieces  []piece // in place of body, where files are in it that lie elsewhere
	size    int64   // of the pieces
	// credential says that the request carries one, or a secret property: it may go to allowed hosts only.
	credential bool
	signed     bool     // the credential is made anew with each send
	hidden     []string // names of headers that are not logged
	logged     []byte   // masked text of the exchange
	scripted   bool     // a script's, of which there are many: no more of it is kept than the log takes
	wire       bool     // not of HTTP
}

// pair is a header; name is canonical.
type pair struct{ name, value string }

var errRequestTooLarge = errors.New("the request is larger than is allowed")

func buildError(err error) *Error {
	if away, ok := errors.AsType[fileError](err); ok {
		return &Error{Class: ClassRetry, Code: paceline.CodeCallFailed, Detail: away.Error(), Err: err}
	}
	if code := paceline.CodeOf(err); code == paceline.CodeStepDataTooLarge { // of a body's own bound
		return &Error{Class: ClassBuild, Code: paceline.CodeRequestTooLarge, Detail: reasonOf(err), Err: err}
	}
	if full, ok := errors.AsType[*FullError](err); ok {
		return &Error{Class: ClassBuild, Code: paceline.CodeRequestTooLarge, Err: err,
			Detail: fmt.Sprintf("The request's body has more than %d bytes, as many as are allowed.", full.Most)}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Class: ClassRetry, Code: paceline.CodeCallFailed, Detail: "The time was over before the request was built.", Err: err}
	}
	return &Error{Class: ClassBuild, Code: paceline.CodeBuildRequest, Detail: reasonOf(err), Err: err}
}

// room bounds a request's body while it is built.
func (c *running) room(ctx context.Context) *room {
	return &room{ctx: ctx, most: int(c.runtime.maxRequest)}
}

// build renders the request and puts the credential into it.
func (c *running) build(ctx context.Context) (*outgoing, *Error) {
	if err := c.bind(); err != nil {
		return nil, buildError(err)
	}
	if err := c.settleLink(); err != nil {
		return nil, buildError(err)
	}
	m := c.Method
	fields, err := c.goBeyond(c.chunk(c.fields()))
	if err != nil {
		return nil, buildError(err)
	}
	if c.scripted != nil && !c.skip {
		if failed := c.scripted.beforeAction(ctx, fields); failed != nil {
			return nil, failed
		}
	}
	o := &outgoing{method: m.Definition.Request.Method, headers: make([]pair, 0, len(m.headers)+len(c.prepared.auth)+5)}
	address, err := c.address()
	if err != nil {
		return nil, buildError(err)
	}
	if o.url, err = url.Parse(string(address)); err != nil {
		return nil, buildError(fmt.Errorf("the address is not valid"))
	}
	o.wire = m.connector.wire
	allowed := o.wire || egress.MatchHost(c.prepared.hosts, o.url)
	if m.secrets && !allowed {
		return nil, buildError(fmt.Errorf("the method uses a secret property, and allowedHosts does not name the host %s", o.url.Hostname()))
	}
	o.credential = m.secrets || allowed && c.prepared.credential()
	if c.prepared.credential() && !allowed {
		c.warn(paceline.CodeCallFailed, "the call was sent without the credential, since allowedHosts does not name the host "+o.url.Hostname())
	}
	if !o.wire {
		if err := c.headers(o); err != nil {
			return nil, buildError(err)
		}
		if err := c.editHeaders(o); err != nil {
			return nil, buildError(err)
		}
	}
	o.signed = allowed && c.prepared.signer != nil
	if s, ok := c.prepared.signer.(*sessionSigner); ok && c.logsIn(s) {
		o.signed = false // the call that opens the session goes without it
	}
	if o.credential && allowed {
		address, fields = c.applyAuth(o, address, fields)
		if len(address) > 0 {
			if o.url, err = url.Parse(string(address)); err != nil {
				return nil, buildError(fmt.Errorf("the address is not valid"))
			}
		}
	}
	o.address = o.url.String()
	if o.wire {
		o.method = strings.ToUpper(m.Definition.Request.Operation)
	}
	out, edited, err := c.editBody(ctx)
	if !edited {
		out, err = c.body(ctx, fields)
	}
	if err == nil && out.pieces != nil {
		if o.size, err = c.size(ctx, out.pieces); err == nil && o.signed {
			out.body, err = c.whole(ctx, out.pieces, o.size)
			out.pieces = nil
		}
		o.pieces = out.pieces
	}
	if err == nil && c.Ready != nil {
		err = c.Ready()
	}
	if err != nil {
		return nil, buildError(err)
	}
	o.body = out.body
	size, most := int64(len(o.body)), c.runtime.maxRequest
	if o.pieces != nil {
		size, most = o.size, c.runtime.maxFile
	}
	if size > most {
		return nil, &Error{Class: ClassBuild, Code: paceline.CodeRequestTooLarge, Err: errRequestTooLarge,
			Detail: fmt.Sprintf("The request's body has %d bytes, of %d that are allowed.", size, most)}
	}
	if out.contentType != "" {
		o.set("Content-Type", out.contentType)
	}
	if len(o.cookies) > 0 {
		o.set("Cookie", strings.Join(o.cookies, "; "))
	}
	if err := o.fits(); err != nil {
		return nil, buildError(err)
	}
	return o, nil
}

// bind gives each parameter of the method its value: the input, else the default.
func (c *running) bind() error {
	m := c.Method
	if len(m.params) == 0 {
		return nil
	}
	c.values = make([]mapping.Value, len(m.params))
	for i := range m.params {
		p := &m.params[i]
		v := c.Inputs.Param(p.def.In, p.def.Name)
		if k := mapping.KindOf(v); k == mapping.Missing && !c.Inputs.Ignored(p.def.In, p.def.Name) && c.sends(p.with) {
			var err error
			if v, err = c.fallback(&p.fallback); err != nil {
				return fmt.Errorf("parameter %s: %w", p.def.Title(), err)
			}
		}
		if p.def.Required && mapping.KindOf(v) <= mapping.Null {
			return fmt.Errorf("the parameter %s has no value", p.def.Title())
		}
		c.values[i] = v
	}
	return nil
}

// sends reports whether the step gives the body something at a location or below it.
func (c *running) sends(at mapping.Location) bool {
	return at.IsZero() || slices.ContainsFunc(c.Inputs.Fields, func(f mapping.Field) bool { return !f.Missing() && f.Location.Within(at) })
}

func (c *running) fallback(f *fallback) (mapping.Value, error) {
	if f.template == nil {
		return f.value, nil
	}
	v, missing, err := f.template.value(c)
	if err != nil || missing {
		return nil, err
	}
	v, _ = mapping.CoerceAs(v, f.dataType, f.format)
	return v, nil
}

// lookup gives the templates of a request their values.
func (c *running) lookup(r *ref) val {
	switch r.root {
	case rootParam:
		return valueVal(c.values[r.index])
	case rootInUse:
		if len(c.InUse) == 0 {
			return val{}
		}
		return val{kind: listVal, list: namesOf(c.InUse)}
	case rootStep:
		if c.IdempotencyKey != "" {
			return textVal(c.IdempotencyKey)
		}
		return val{}
	case rootHook:
		if c.Webhook == nil {
			return val{}
		}
		return c.Webhook.value(r.name)
	case rootCursor:
		if c.Cursor == nil || c.Cursor.Value == "" {
			return val{}
		}
		return textVal(c.Method.cursor.from(c.Cursor.Value))
	case rootPage:
		return c.pageVal(r.name)
	case rootSystem:
		if c.Merge == nil {
			return val{}
		}
		if v, ok := c.Merge(r.name); ok {
			return textVal(v)
		}
		return val{}
	}
	return c.prepared.lookup(r)
}

// address renders the URL with its query.
func (c *running) address() ([]byte, error) {
	if c.Method.connector.wire {
		return c.wireAddress()
	}
	if next := c.pageURL(); next != "" {
		return []byte(next), nil
	}
	b, err := c.ownAddress()
	if err != nil {
		return nil, addressOf(err)
	}
	return c.appendPage(b)
}

// appendPage writes what the pager sends in the query.
func (c *running) appendPage(b []byte) (out []byte, err error) {
	c.pageValues("query", func(s *pageSend, v mapping.Value) {
		if err == nil {
			b, err = appendQuery(b, s.name, v)
		}
	})
	return b, err
}

// ownAddress is the address of the method for the step's values, without what pages add.
func (c *running) ownAddress() ([]byte, error) {
	m := c.Method
	b := make([]byte, 0, 256)
	var missing bool
	var err error
	if m.url != nil {
		b, missing, err = m.url.within(b, c, maxAddress)
	} else {
		b, missing, err = m.path.within(append(b, c.prepared.base...), c, maxAddress)
	}
	if err != nil {
		return nil, err
	}
	if missing {
		return nil, fmt.Errorf("a value of the address %s is missing", firstOf(m.Definition.Request.URL, m.Definition.Request.Path))
	}
	for i := range m.query {
		q := &m.query[i]
		start := len(b)
		b = appendName(b, q.name)
		if b, missing, err = q.value.within(b, c, maxAddress); err != nil {
			return nil, fmt.Errorf("query parameter %s: %w", q.name, err)
		}
		if missing {
			b = b[:start] // a parameter without a value is left out
		}
	}
	more := c.editQuery()
	for i := range m.params {
		p := &m.params[i]
		switch p.def.In {
		case "query":
			if p.def.Group == "" {
				b, err = appendQuery(b, p.wire, c.values[i])
			} else {
				b, err = c.appendGroup(b, i)
			}
			if err != nil {
				return nil, err
			}
		case "queries":
			several, err := severalOf(c.values[i])
			if err != nil {
				return nil, fmt.Errorf("parameter %s: %w", p.def.Title(), err)
			}
			for _, q := range several {
				if b, err = appendQuery(b, url.QueryEscape(q.name), q.value); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if b, err = appendQuery(b, url.QueryEscape(name), mapping.Value(more[name])); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// appendName begins a query parameter; name is escaped already.
func appendName(b []byte, name string) []byte {
	separator := byte('?')
	if slices.Contains(b, '?') {
		separator = '&'
	}
	return append(append(append(b, separator), name...), '=')
}

// appendQuery writes a value as a query parameter, a list as one parameter for each item.
func appendQuery(b []byte, name string, v mapping.Value) ([]byte, error) {
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return b, nil
	case mapping.List:
		for item := range wholeList.GetAll(v) {
			var err error
			if b, err = appendOne(b, name, item); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	return appendOne(b, name, v)
}

// appendOne writes one query parameter, as long as the address has room for it.
func appendOne(b []byte, name string, v mapping.Value) ([]byte, error) {
	text := mapping.Text(v)
	if len(b)+len(name)+len(text)+2 > maxAddress {
		return nil, errLongAddress
	}
	return append(appendName(b, name), url.QueryEscape(text)...), nil
}

func (o *outgoing) set(name, value string) {
	for i := range o.headers {
		if o.headers[i].name == name {
			o.headers[i].value = value
			return
		}
	}
	o.headers = append(o.headers, pair{name, value})
}

// setHidden sets a header that the log shows as REDACTED: a signature can be sent again for a while.
func (o *outgoing) setHidden(name, value string) {
	o.set(name, value)
	if !slices.Contains(o.hidden, name) {
		o.hidden = append(o.hidden, name)
	}
}

func (o *outgoing) has(name string) bool {
	return slices.ContainsFunc(o.headers, func(h pair) bool { return h.name == name })
}

// headers renders the headers of definition, parameters and format.
func (c *running) headers(o *outgoing) error {
	m := c.Method
	for i := range m.headers {
		text, missing, err := m.headers[i].value.text(c)
		if err != nil {
			return fmt.Errorf("header %s: %w", m.headers[i].name, err)
		}
		if !isHeaderText(text) {
			return fmt.Errorf("header %s: the value contains a line break or control character", m.headers[i].name)
		}
		if !missing {
			o.set(m.headers[i].name, text)
		}
	}
	for i := range m.params {
		p := &m.params[i]
		if p.def.In == "headers" {
			if err := o.several(c.values[i]); err != nil {
				return fmt.Errorf("parameter %s: %w", p.def.Title(), err)
			}
		}
		if p.def.In != "header" && p.def.In != "cookie" || mapping.KindOf(c.values[i]) <= mapping.Null {
			continue
		}
		v := valueVal(c.values[i])
		if p.def.In == "cookie" {
			o.cookies = append(o.cookies, p.wire+"="+url.PathEscape(v.string()))
			continue
		}
		text := v.string()
		if !isHeaderText(text) {
			return fmt.Errorf("parameter %s: a header's value contains a line break or control character", p.def.Title())
		}
		o.set(p.wire, text)
	}
	if m.idempotency != nil {
		text, missing, err := m.idempotency.value.text(c)
		if err != nil {
			return fmt.Errorf("idempotency key: %w", err)
		}
		if !missing && text != "" {
			o.set(m.idempotency.name, text)
		}
	}
	if err := c.pageHeaders(o); err != nil {
		return err
	}
	if accept := firstOf(answerFormats[m.read].accept, m.body.accept); accept != "" && !o.has("Accept") {
		o.set("Accept", accept)
	}
	if m.body.contentType != "" && !o.has("Content-Type") {
		o.set("Content-Type", m.body.contentType)
	}
	if !o.has("User-Agent") {
		o.set("User-Agent", c.Instance.agent())
	}
	return nil
}

// fields returns the fields of the body with defaults for those without a value and the parameters that
// belong to the body.
func (c *running) fields() []mapping.Field {
	m := c.Method
	list := c.Inputs.Fields
	copied := false
	for i := range m.defaults {
		d := &m.defaults[i]
		at := slices.IndexFunc(list, func(f mapping.Field) bool { return f.Location.Equal(d.location) })
		if at >= 0 && (!list[at].Missing() || list[at].Ignored) {
			continue
		}
		v, err := c.fallback(&d.fallback)
		if err != nil || v == nil {
			continue
		}
		if !copied {
			list, copied = slices.Clone(list), true
		}
		if at >= 0 {
			list[at].Value = v
		} else {
			list = append(list, mapping.Field{Location: d.location, Value: v})
		}
	}
	for i := range m.params {
		if p := &m.params[i]; p.def.In == "body" && mapping.KindOf(c.values[i]) != mapping.Missing {
			list = append(slices.Clip(list), mapping.Field{Location: p.location, Value: c.values[i]})
		}
	}
	c.pageValues("body", func(s *pageSend, v mapping.Value) {
		list = append(slices.Clip(list), mapping.Field{Location: s.location, Value: v})
	})
	return list
}

// applyAuth puts the credential into the request. It returns the address and fields with what belongs there.
func (c *running) applyAuth(o *outgoing, address []byte, fields []mapping.Field) ([]byte, []mapping.Field) {
	changed := false
	for i := range c.prepared.auth {
		a := &c.prepared.auth[i]
		switch a.in {
		case "header":
			o.set(a.name, a.text)
		case "cookie":
			o.cookies = append(o.cookies, a.name+"="+a.text)
		case "query":
			// Escaped when the template was filled. A page's address may hold the credential already.
			address = withoutQuery(address, a.name)
			address, changed = append(appendName(address, a.name), a.text...), true
		case "body":
			fields = append(slices.Clip(fields), mapping.Field{Location: a.location, Value: mapping.Quote(a.text)})
		}
	}
	if !changed {
		address = nil
	}
	return address, fields
}

// withoutQuery removes a query parameter from an address; name is escaped.
func withoutQuery(address []byte, name string) []byte {
	path, query, ok := strings.Cut(string(address), "?")
	if !ok {
		return address
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if own, _, _ := strings.Cut(pair, "="); own != name && pair != "" {
			kept = append(kept, pair)
		}
	}
	if len(kept) == 0 {
		return []byte(path)
	}
	return []byte(path + "?" + strings.Join(kept, "&"))
}

// body writes the body of the method's format.
func (c *running) body(ctx context.Context, fields []mapping.Field) (content, error) {
	m := c.Method
	if m.connector.Definition.Transport == TransportSQL {
		return c.sqlBody(ctx, fields)
	}
	if m.text != nil {
		b, missing, err := m.text.within(nil, c, int(c.runtime.maxRequest))
		if missing && err == nil {
			err = fmt.Errorf("a value of the body is missing")
		}
		return content{body: b}, err
	}
	if m.body.build == nil {
		return content{}, nil
	}
	in := c.Inputs
	var err error
	if in.Fields, err = c.inlined(ctx, fields); err != nil {
		return content{}, err
	}
	return m.body.build(m, &in, c.room(ctx))
}

// http makes the request for one send.
func (o *outgoing) header() http.Header {
	h := make(http.Header, len(o.headers))
	values := make([]string, len(o.headers))
	for i, p := range o.headers {
		values[i] = p.value
		h[p.name] = values[i : i+1 : i+1]
	}
	return h
}

func (c *running) warn(code paceline.Code, detail string) {
	c.result.Warnings = append(c.result.Warnings, Warning{code, detail})
}
