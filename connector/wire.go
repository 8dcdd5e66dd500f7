package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"paceline"
	"paceline/internal/egress"
	"paceline/mapping"
)

// A wire carries the calls of definitions with transport sql or sftp. It is given the call as a request, whose method is
// the operation and whose address is server.baseUrl with what the method adds, and it answers as a server of HTTP would:
// rows or errors as JSON, files as they are, and a status that says what a failure is like. So everything around a call
// (limits, repeats, rules, paging, cursors, streaming, logs) is the same for all transports. WireOf says the rest.
//
//	401 the credential or the server's key was refused    408 it took too long
//	403 not allowed                                       409 it is there already, or something depends on it
//	404 there is no such file                             503 busy, or a conflict with others: again later
//	400 anything else
//
// An error instead of an answer means that none came.

// WireCall is what a wire needs besides the request.
type WireCall struct {
	Account     int64 // to which the account connector belongs
	Connector   int32
	Credential  map[string]string
	TLS         string // verify, encrypt or off
	CA          string
	HostKey     string // fingerprints
	TunnelHost  string // "" for none
	TunnelPort  string
	TunnelKey   string // fingerprints
	ReadOnly    bool
	Connections int
	MaxRows     int

	handed atomic.Bool
}

// Handed tells that from now on the remote may do what was asked, whether or not its answer arrives.
func (w *WireCall) Handed() { w.handed.Store(true) }

// SQLRequest is the body of a request of transport sql.
type SQLRequest struct {
	Statement string          `json:"statement,omitempty"`
	Table     string          `json:"table,omitempty"`
	Key       []string        `json:"key,omitempty"`
	Values    json.RawMessage `json:"values,omitempty"`
}

type wireKey struct{}

// WireOf returns what the runtime says of a call of a wire; nil for others.
func WireOf(ctx context.Context) *WireCall {
	w, _ := ctx.Value(wireKey{}).(*WireCall)
	return w
}

// WithWire is for whoever makes calls of a wire without the runtime.
func WithWire(ctx context.Context, w *WireCall) context.Context {
	return context.WithValue(ctx, wireKey{}, w)
}

const (
	defaultConnections = 4
	defaultMaxRows     = 100_000
)

var (
	sqlOperations  = []string{"statement", "select", "insert", "update", "upsert", "delete", "call"}
	sftpOperations = []string{"list", "read", "write", "remove", "rename", "mkdir", "stat"}
	wireReads      = []string{"select", "list", "read", "stat"}
	wireSchemes    = map[string][]string{TransportSQL: {"postgresql", "mysql"}, TransportSFTP: {"sftp"}}
)

// StatementPlace is where a parameter stands that is a statement: a step types it, and none of it comes from data.
const StatementPlace = "statement"

// wired are the templates of server that only wires have.
type wired struct {
	tls, ca, hostKey, tunnelHost, tunnelPort, tunnelKey, readOnly *template
}

// wireSettings are the same for an account connector.
type wireSettings struct {
	tls, ca, hostKey, tunnelHost, tunnelPort, tunnelKey string
	readOnly                                            bool
}

// isWire reports whether the definition's methods are called by another protocol than HTTP.
func (d *Definition) isWire() bool { return len(wireSchemes[d.Transport]) > 0 }

// mysql reports whether statements are in the dialect of MySQL and MariaDB.
func (d *Definition) mysql() bool { return strings.HasPrefix(d.Server.BaseURL, "mysql:") }

// wire compiles what only wires have, and refuses it elsewhere.
func (b *builder) wire() {
	s := &b.def.Server
	b.c.wire = b.def.isWire()
	of := func(key string, has bool, transports ...string) {
		if has && !slices.Contains(transports, b.def.Transport) {
			b.add("/server/"+key, key+" is for transport "+strings.Join(transports, " and ")+" only", "Remove it.")
		}
	}
	of("tls", s.TLS != nil, TransportSQL)
	of("tunnel", s.Tunnel != nil, TransportSQL)
	of("readOnly", s.ReadOnly != "", TransportSQL)
	of("maxRows", s.MaxRows > 0, TransportSQL)
	of("hostKey", s.HostKey != "", TransportSFTP)
	of("connections", s.Connections > 0, TransportSQL, TransportSFTP)
	for i, a := range b.def.Auth {
		if (a.Type == "db" || a.Type == "ssh") != b.c.wire && a.Type != "none" {
			b.add(pointer("/auth", i, "type"), fmt.Sprintf("auth of type %s does not go with transport %s", a.Type, firstOf(b.def.Transport, "http")), "Transport sql signs in by type db, transport sftp by type ssh.")
		}
	}
	if !b.c.wire {
		return
	}
	for _, k := range []struct {
		key string
		has bool
	}{{"headers", len(s.Headers) > 0}, {"query", len(s.Query) > 0}} {
		if k.has {
			b.add("/server/"+k.key, k.key+" is for transport http only", "Remove it.")
		}
	}
	if len(b.def.AllowedHosts) > 0 {
		b.add("/allowedHosts", "allowedHosts is for transport http only", "Remove it: the credential goes to server.baseUrl alone.")
	}
	if b.def.Script != nil {
		b.add("/script", "only transport http has scripts", "Remove it.")
	}
	if s.BaseURL == "" {
		b.add("/server", "the address is missing", fmt.Sprintf("Write server.baseUrl, such as %s://{{Host}}:{{Port}}.", wireSchemes[b.def.Transport][0]))
	}
	if b.def.Transport == TransportSFTP && s.HostKey == "" {
		b.add("/server", "the server's key is not asked for", `Write hostKey: "{{HostKey}}" with a property of that name.`)
	}
	known := &scopeNames{properties: b.def.Properties}
	plain := func(at, text string) *template {
		if text == "" {
			return nil
		}
		return b.template("/server/"+at, text, known, plainEscape)
	}
	w := &b.c.wired
	w.hostKey, w.readOnly = plain("hostKey", s.HostKey), plain("readOnly", s.ReadOnly)
	if t := s.TLS; t != nil {
		w.tls, w.ca = plain("tls/mode", t.Mode), plain("tls/ca", t.CA)
	}
	if t := s.Tunnel; t != nil {
		w.tunnelHost, w.tunnelPort, w.tunnelKey = plain("tunnel/host", t.Host), plain("tunnel/port", t.Port), plain("tunnel/hostKey", t.HostKey)
	}
}

// wireSettings renders them for an account connector.
func (p *prepared) wireSettings(c *Compiled) {
	if !c.wire {
		return
	}
	text := func(t *template) string {
		if t == nil {
			return ""
		}
		text, missing, err := t.text(p)
		if err != nil || missing {
			return ""
		}
		return strings.TrimSpace(text)
	}
	w := &c.wired
	p.wire = wireSettings{
		tls: firstOf(text(w.tls), "verify"), ca: text(w.ca), hostKey: text(w.hostKey), readOnly: text(w.readOnly) == "true",
		tunnelHost: text(w.tunnelHost), tunnelPort: firstOf(text(w.tunnelPort), "22"), tunnelKey: text(w.tunnelKey),
	}
	if p.wire.ca != "" {
		p.wire.ca = string(pemText(p.wire.ca))
	}
}

// wireMethod compiles what a method of transport sql or sftp has of its own.
func (b *builder) wireMethod(m *Method, at string, known *scopeNames) {
	d := m.Definition
	r := &d.Request
	here := pointer(at, "request")
	operations := sqlOperations
	if b.def.Transport == TransportSFTP {
		operations = sftpOperations
	}
	if !slices.Contains(operations, r.Operation) {
		b.add(here, fmt.Sprintf("transport %s has no operation %q", b.def.Transport, r.Operation), "Write operation: with one of "+strings.Join(operations, ", ")+".")
	}
	sql := b.def.Transport == TransportSQL
	for _, k := range []struct {
		key string
		has bool
	}{
		{"method", r.Method != ""}, {"url", r.URL != ""}, {"headers", len(r.Headers) > 0}, {"template", r.Template != ""}, {"soap", r.SOAP != nil}, {"document", r.Document != ""},
		{"idempotency", r.Idempotency != nil}, {"path", sql && r.Path != ""}, {"query", sql && len(r.Query) > 0}, {"format", sql && r.Format != ""},
		{"table", !sql && r.Table != ""}, {"readOnly", !sql && r.ReadOnly}, {"key", r.Key != "" && r.Operation != "upsert"}, {"statement", r.Statement != "" && r.Operation != "statement"},
	} {
		if k.has {
			b.add(pointer(here, k.key), fmt.Sprintf("%s does not go with operation %s of transport %s", k.key, r.Operation, b.def.Transport), "Remove it.")
		}
	}
	if d.Script != nil || d.Job != nil {
		b.add(at, "a method of transport "+b.def.Transport+" has no script and no job", "Remove it.")
	}
	if sql {
		b.sqlMethod(m, here, known)
	} else {
		m.path = b.template(pointer(here, "path"), r.Path, known, plainEscape)
		m.query = b.named(pointer(here, "query"), r.Query, known, queryEscape)
	}
	b.wireRepeat(m, at)
	for i, p := range d.Params {
		if !slices.Contains([]string{"body", "template", ObjectPlace, CredentialPlace, StatementPlace}, p.In) && (sql || p.In != "path" && p.In != "query") {
			b.add(pointer(at, "params", i, "in"), fmt.Sprintf("a parameter in: %s does not go with transport %s", p.In, b.def.Transport), "Write in: body, or in: template.")
		}
		if p.In == StatementPlace && (!sql || r.Operation != "statement" || r.Statement != "" || !p.Required) {
			b.add(pointer(at, "params", i, "in"), "in: statement is for a required parameter of operation statement without request.statement", "Remove one of the two.")
		}
	}
}

// sqlMethod compiles what a method of transport sql does.
func (b *builder) sqlMethod(m *Method, here string, known *scopeNames) {
	r := &m.Definition.Request
	typed := slices.ContainsFunc(m.Definition.Params, func(p ParamDef) bool { return p.In == StatementPlace })
	switch {
	case r.Operation == "statement" && !typed:
		s, err := ParseStatement(r.Statement, b.def.mysql())
		if err != nil {
			b.add(pointer(here, "statement"), err.Error(), "Write one statement with values by name, as in SELECT * FROM orders WHERE id = :id.")
			break
		}
		if strings.Contains(r.Statement, "{{") {
			b.add(pointer(here, "statement"), "the statement has a merge field, which would write data into it", "Bind it: write :name, and declare a field with loc: name.")
		}
		m.statement = s
	case r.Operation != "statement" && r.Table == "":
		b.add(here, fmt.Sprintf("operation %s lacks the key \"table\"", r.Operation), `Write the name, such as table: "{{object.name}}".`)
	case r.Operation != "statement":
		m.table = b.template(pointer(here, "table"), r.Table, known, plainEscape)
		if r.Key != "" {
			m.key = b.template(pointer(here, "key"), r.Key, known, plainEscape)
		}
	}
	if r.Operation == "upsert" && r.Key == "" {
		b.add(here, "operation upsert lacks the key \"key\"", `Name the columns that tell rows apart, such as key: "id".`)
	}
	if (b.def.Server.ReadOnly == "true" || r.ReadOnly) && !typed && b.writes(m) {
		b.add(here, fmt.Sprintf("the method %s writes, and readOnly is true", m.ID), "Remove the method, or readOnly.")
	}
}

// writes reports whether the method may change something.
func (b *builder) writes(m *Method) bool {
	r := &m.Definition.Request
	if m.statement != nil {
		return m.statement.Writes()
	}
	if r.ReadOnly {
		return false // the database sees to it
	}
	return !slices.Contains(wireReads, r.Operation)
}

// wireRepeat decides the class of repetition: no transport but http has keys by which a repeated call is known.
func (b *builder) wireRepeat(m *Method, at string) {
	switch declared := m.Definition.Repeat; {
	case declared == paceline.RepeatKeyed:
		b.add(pointer(at, "repeat"), fmt.Sprintf("the method %s is keyed, and transport %s has no keys", m.ID, b.def.Transport), "Write repeat: safe or unsafe.")
		m.Repeat = declared
	case declared != "":
		m.Repeat = declared
	case b.writes(m):
		m.Repeat = paceline.RepeatUnsafe
		b.warn(at, fmt.Sprintf("the method %s does not say whether it may be repeated", m.ID), "Add repeat: safe or unsafe. Until then it counts as unsafe.")
	default:
		m.Repeat = paceline.RepeatSafe
	}
}

// bound compares the values that a statement binds with those that are declared.
func (b *builder) bound(m *Method, here string) {
	if m.statement == nil {
		return
	}
	var known []string
	for _, f := range m.Definition.Request.Fields {
		known = append(known, f.Loc)
	}
	for _, p := range m.params {
		if p.def.In == "body" {
			known = append(known, p.def.Wire())
		}
	}
	if m.pager != nil {
		for _, p := range m.pager.rules.Send {
			known = append(known, p.Name)
		}
		if size := m.pager.rules.Size; size != nil {
			known = append(known, size.Name)
		}
	}
	for _, name := range m.statement.Names {
		b.location(pointer(here, "statement"), name)
		if !slices.Contains(known, name) {
			b.add(pointer(here, "statement"), fmt.Sprintf("the statement binds :%s, which is not declared", name), suggestion(name, known))
		}
	}
	for i, f := range m.Definition.Request.Fields {
		if !slices.Contains(m.statement.Names, f.Loc) {
			b.warn(pointer(here, "fields", i), fmt.Sprintf("the statement does not bind the field %s", f.Loc), "Write :"+f.Loc+", or remove the field.")
		}
	}
}

// wireAddress is the address of a call of a wire: server.baseUrl, and for files the path behind it, which stays as it is
// when it begins with a slash.
func (c *running) wireAddress() ([]byte, error) {
	u, err := url.Parse(c.prepared.base)
	if err != nil {
		return nil, errors.New("the address is not valid")
	}
	m := c.Method
	if m.path != nil {
		text, missing, err := m.path.text(c)
		if err != nil {
			return nil, err
		}
		if missing {
			return nil, fmt.Errorf("a value of the path %s is missing", m.Definition.Request.Path)
		}
		if slices.Contains(strings.Split(text, "/"), "..") || strings.ContainsRune(text, 0) {
			return nil, fmt.Errorf("the path %q leads out of its folder", shorten(text))
		}
		u.Path = "/" + text
	}
	b := []byte(u.String())
	for i := range m.query {
		start := len(b)
		var missing bool
		if b, missing, err = m.query[i].value.within(appendName(b, m.query[i].name), c, maxAddress); err != nil {
			return nil, fmt.Errorf("query parameter %s: %w", m.query[i].name, err)
		}
		if missing {
			b = b[:start]
		}
	}
	for i := range m.params {
		if p := &m.params[i]; p.def.In == "query" {
			if b, err = appendQuery(b, url.QueryEscape(p.def.Wire()), c.values[i]); err != nil {
				return nil, err
			}
		}
	}
	return c.appendPage(b)
}

// sqlBody is the body of a call of transport sql.
func (c *running) sqlBody(ctx context.Context, fields []mapping.Field) (content, error) {
	m := c.Method
	q := SQLRequest{Statement: m.Definition.Request.Statement}
	for i := range m.params {
		if m.params[i].def.In == StatementPlace {
			q.Statement = mapping.Text(c.values[i])
		}
	}
	if q.Statement != "" {
		s, err := ParseStatement(q.Statement, m.connector.Definition.mysql())
		if err != nil {
			return content{}, err
		}
		if (c.prepared.wire.readOnly || m.Definition.Request.ReadOnly) && s.Writes() {
			return content{}, errors.New("the statement may change data, and only reading is allowed here")
		}
	} else if c.prepared.wire.readOnly && !slices.Contains(wireReads, m.Definition.Request.Operation) {
		return content{}, errors.New("the method changes data, and the connector is set to read only")
	}
	for _, t := range []struct {
		from *template
		into func(string)
	}{{m.table, func(text string) { q.Table = text }}, {m.key, func(text string) {
		for column := range strings.SplitSeq(text, ",") {
			if column = strings.TrimSpace(column); column != "" {
				q.Key = append(q.Key, column)
			}
		}
	}}} {
		if t.from == nil {
			continue
		}
		text, missing, err := t.from.text(c)
		if err != nil {
			return content{}, err
		}
		if missing || strings.TrimSpace(text) == "" {
			return content{}, errors.New("the table or its key has no name")
		}
		t.into(text)
	}
	inlined, err := c.inlined(ctx, fields)
	if err != nil {
		return content{}, err
	}
	inlined = slices.Clone(inlined)
	for i, f := range inlined { // a file is bytes, not their base64 text
		if slices.ContainsFunc(m.files, f.Location.Equal) && mapping.KindOf(f.Value) == mapping.String && !sameSlice(f.Value, fields[i].Value) {
			inlined[i].Value = append(append(mapping.Value(`{"base64":`), f.Value...), '}')
		}
	}
	if q.Values, err = mapping.BuildJSON(nil, inlined); err != nil {
		return content{}, err
	}
	if text := bytes.TrimSpace(q.Values); len(text) == 0 || string(text) == "{}" {
		q.Values = nil
	}
	text, err := json.Marshal(q)
	return content{body: text, contentType: "application/json"}, err
}

// overWire gives the context of a send what the wire needs, and returns the way out.
func (c *running) overWire(ctx context.Context) (context.Context, http.RoundTripper, *WireCall) {
	def := c.Method.connector.Definition
	s := &c.prepared.wire
	w := &WireCall{
		Account: c.Instance.Account, Connector: c.Instance.ID, Credential: c.prepared.fields,
		TLS: s.tls, CA: string(pemText(s.ca)), HostKey: s.hostKey, TunnelHost: s.tunnelHost, TunnelPort: s.tunnelPort, TunnelKey: s.tunnelKey, ReadOnly: s.readOnly || c.Method.Definition.Request.ReadOnly,
		Connections: def.Server.Connections, MaxRows: def.Server.MaxRows,
	}
	if w.Connections == 0 {
		w.Connections = defaultConnections
	}
	if w.MaxRows == 0 {
		w.MaxRows = defaultMaxRows
	}
	out := c.runtime.wires[def.Transport]
	if out == nil {
		out = c.runtime.transport
	}
	return WithWire(ctx, w), out, w
}

// lostOnWire makes the error of a call of a wire without an answer.
func (c *running) lostOnWire(o *outgoing, err error, w *WireCall) *Error {
	e := &Error{Class: ClassRetry, Code: paceline.CodeCallFailed, Err: err, Detail: c.detail(o, egress.Message(err), nil)}
	switch {
	case errors.Is(err, egress.ErrForbidden):
		e.Class = ClassPermanent
	case c.Method.Repeat == paceline.RepeatUnsafe && w.handed.Load():
		e.Class, e.Code = ClassUnknown, paceline.CodeUnknownOutcome
	}
	return e
}

// onlyWires refuses what only transports sql and sftp have.
func (b *builder) onlyWires(m *Method, at string) {
	r := &m.Definition.Request
	for _, k := range []struct {
		key string
		has bool
	}{{"operation", r.Operation != ""}, {"statement", r.Statement != ""}, {"table", r.Table != ""}, {"key", r.Key != ""}, {"readOnly", r.ReadOnly}} {
		if k.has {
			b.add(pointer(at, "request", k.key), k.key+" is for transports sql and sftp only", "Remove it, or write transport: at the top of the document.")
		}
	}
	for i, p := range m.Definition.Params {
		if p.In == StatementPlace {
			b.add(pointer(at, "params", i, "in"), "in: statement is for transport sql only", "Write in: body.")
		}
	}
}

// WireError is the end of an answer that had begun: its text is for people.
type WireError struct {
	Message string
	Again   bool // it may pass by itself
}

// Error returns the message.
func (e *WireError) Error() string { return e.Message }
