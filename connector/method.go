package connector

import (
	"fmt"
	"slices"
	"strings"

	"paceline"
	"paceline/mapping"
)

// Method is a compiled method.
type Method struct {
	ID         string
	UID        paceline.ID // MethodUniqueIdentifier
	Repeat     paceline.Repeat
	Definition *MethodDef

	connector    *Compiled
	url          *template // of request.url, nil when path is used
	path         *template
	query        []named
	headers      []named
	params       []param
	defaults     []fieldDefault
	body         bodyFormat
	text         *template // the body of format text
	idempotency  *named
	rules        []rule
	read         string // response format
	rows         mapping.Location
	hasRows      bool
	required     []mapping.Location // of the response
	pager        *pager             // nil: one page
	batch        *batch             // nil: one request
	rowErrors    *rowErrors
	files        []mapping.Location // declared files of a body of a format that has none
	exits        *predicate         // nil: one way out
	filter       *rowFilter         // nil: every row is kept
	limits       []methodLimit
	secretInputs []secretInput
	secrets      bool      // its own templates mention a secret property
	fieldMap     *fieldMap // of a field source
	cursor       *cursor   // nil: none
	job          *job      // nil: none
	script       string
	inUse        bool       // its templates mention fieldsInUse
	statement    *Statement // of operation statement, when the definition has it

	table, key *template // of the other operations of transport sql
}

// param is a compiled parameter.
type param struct {
	def      *ParamDef
	wire     string // name as it is written: canonical or escaped
	fallback fallback
	location mapping.Location // of in: body
	with     mapping.Location // the default is for calls that send something there
}

// fallback is the value of an input that was not given.
type fallback struct {
	value    mapping.Value // when it never changes
	template *template
	dataType paceline.DataType
	format   string // of dates
}

// fieldDefault is a request field that has a default.
type fieldDefault struct {
	location mapping.Location
	key      string
	fallback fallback
}

// method compiles one method.
func (b *builder) method(def *MethodDef, at string) {
	m := &Method{ID: def.ID, UID: def.UID, Definition: def, connector: b.c}
	if m.UID == "" {
		m.UID = nameUID(b.def.Metadata.UID, def.ID)
	}
	known := &scopeNames{properties: b.def.Properties, params: def.Params, request: true, inUse: &m.inUse, cursor: def.Cursor != nil, auth: b.loginFields(def.ID), hook: b.subscribing(def.ID)}
	b.secretInputs(m, at)
	b.c.methods[def.ID] = m
	if b.c.utility {
		b.utilityMethod(m, at, known)
		return
	}
	if b.c.wire {
		b.wireMethod(m, at, known)
		b.calls(m, at, known)
		return
	}
	b.onlyWires(m, at)
	b.onlyReplies(m, at)
	m.script = b.script(pointer(at, "script"), def.Script)
	switch def.Kind {
	case MethodReply:
		b.replyMethod(m, at, known)
	case MethodScript:
		b.scriptMethod(m, at, known)
	default:
		b.repeat(m, at)
		b.address(m, at, known)
		b.calls(m, at, known)
	}
}

// calls compiles what the methods of all transports that make calls have in common, each part behind those that it needs.
func (b *builder) calls(m *Method, at string, known *scopeNames) {
	def := m.Definition
	b.params(m, at, known)
	b.groups(m, at)
	b.keyFields(pointer(at, "request", "fields"), def.Request.Fields, false)
	b.keyFields(pointer(at, "response", "fields"), def.Response.Fields, true)
	b.request(m, at, known)
	b.response(m, at)
	b.paging(m, at)
	b.bound(m, pointer(at, "request"))
	b.batch(m, at)
	b.rowErrors(m, at)
	b.fieldSource(m, at)
	b.cursor(m, at)
	b.rowFilter(m, at)
	b.exits(m, at)
	for i := range def.Errors {
		m.rules = append(m.rules, b.rule(&def.Errors[i], pointer(at, "errors", i)))
	}
	for _, r := range b.c.rules {
		if len(r.def.Methods) == 0 || slices.Contains(r.def.Methods, def.ID) {
			m.rules = append(m.rules, r)
		}
	}
}

// repeat decides the class of repetition (decision D-27).
func (b *builder) repeat(m *Method, at string) {
	r := m.Definition.Request
	switch declared := m.Definition.Repeat; {
	case declared == paceline.RepeatKeyed && r.Idempotency == nil:
		b.add(pointer(at, "repeat"), fmt.Sprintf("the method %s is keyed but sends no key", m.ID), "Add request.idempotency with the header by which the remote recognises a repeated call.")
		m.Repeat = declared
	case declared != "":
		m.Repeat = declared
	case r.Idempotency != nil:
		m.Repeat = paceline.RepeatKeyed
	case (r.Method == "POST" || r.Method == "PATCH") && !r.queries():
		m.Repeat = paceline.RepeatAtLeastOnce
		b.warn(at, fmt.Sprintf("the method %s does not say whether its %s may be repeated", m.ID, r.Method), "Add repeat: safe, keyed or unsafe. Until then it may run twice after a crash.")
	default:
		m.Repeat = paceline.RepeatSafe
	}
}

func (b *builder) address(m *Method, at string, known *scopeNames) {
	r := m.Definition.Request
	here := pointer(at, "request")
	switch {
	case r.URL != "" && r.Path != "":
		b.add(pointer(here, "url"), "the request has both url and path", "Keep one of them.")
	case r.URL != "":
		t, failed := parseURL(r.URL, known)
		b.mistake(pointer(here, "url"), failed)
		if failed == nil {
			m.url = t
			b.allowed(pointer(here, "url"), t)
			b.noSecret(pointer(here, "url"), t)
		}
	case b.def.Server.BaseURL == "":
		b.add(here, "the request has no address: server.baseUrl is missing", "Add server.baseUrl, or request.url.")
	default:
		t, failed := parsePath(r.Path, known)
		b.mistake(pointer(here, "path"), failed)
		m.path = t
		b.noSecret(pointer(here, "path"), t)
	}
	own := b.named(pointer(here, "query"), r.Query, known, queryEscape)
	b.refuseSecrets(pointer(here, "query"), own)
	for _, q := range b.c.query { // the method's own stands in for the connector's
		if !slices.ContainsFunc(own, func(n named) bool { return n.name == q.name }) {
			m.query = append(m.query, q)
		}
	}
	m.query = append(m.query, own...)
	own = b.named(pointer(here, "headers"), r.Headers, known, headerEscape)
	m.headers = append([]named{}, own...)
	for _, n := range b.c.headers {
		if !slices.ContainsFunc(own, func(o named) bool { return o.name == n.name }) {
			m.headers = append(m.headers, n) // the method's own wins
		}
	}
	m.secrets = slices.ContainsFunc(m.headers, func(n named) bool { return n.value.secrets })
}

func (b *builder) noSecret(at string, t *template) {
	if t != nil && t.secrets {
		b.add(at, "a secret property stands in an address", "Secrets may stand in auth, headers and the body only.")
	}
}

func (b *builder) params(m *Method, at string, known *scopeNames) {
	used := map[string]bool{}
	for _, t := range []*template{m.url, m.path} {
		if t != nil {
			t.refs(func(r *ref) { used[r.name] = used[r.name] || r.root == rootParam })
		}
	}
	seen := map[string]bool{}
	for i := range m.Definition.Params {
		def := &m.Definition.Params[i]
		here := pointer(at, "params", i)
		if seen[def.Name] && def.In != ObjectPlace {
			b.add(pointer(here, "name"), fmt.Sprintf("the parameter %q stands a second time in %s", def.Name, m.ID), "Rename one; target may stay the same.")
		}
		seen[def.Name] = true
		p := param{def: def, wire: def.Wire()}
		switch def.In {
		case "path":
			if !used[def.Name] {
				b.add(here, fmt.Sprintf("the path parameter %s does not stand in the path", def.Name), "Write {{"+def.Name+"}} in request.path, or use in: template.")
			}
		case "query":
			p.wire = escapeQuery(p.wire)
		case "header":
			p.wire = b.header(here, p.wire)
		case "cookie":
			b.cookie(here, p.wire)
		case CredentialPlace:
			if def.Default != nil {
				b.add(pointer(here, "default"), fmt.Sprintf("the parameter %s names an account connector, which a definition cannot know", def.Name), "Remove the default: a step names it.")
			}
		case "body":
			p.location = b.location(here, p.wire)
		}
		b.hidden(here, "parameter "+def.Name, def.Hidden && def.Required, def.Default)
		b.lookup(pointer(here, "lookup"), def.Lookup)
		p.fallback = b.fallback(pointer(here, "default"), def.Default, def.Type, "", known)
		if def.With != "" {
			if p.with = b.location(pointer(here, "with"), def.With); def.Default == nil || def.Required {
				b.add(pointer(here, "with"), fmt.Sprintf("the parameter %s has a place that its default depends on, but no default, or is needed always", def.Name), "Add a default and leave required out, or remove with.")
			}
		}
		if p.fallback.template != nil && p.fallback.template.secrets {
			if def.In != "body" && def.In != "header" {
				b.add(pointer(here, "default"), fmt.Sprintf("a secret property is the default of the %s parameter %s", def.In, def.Name), "Secrets may stand in auth, headers and the body only.")
			}
			m.secrets = true
		}
		m.params = append(m.params, p)
	}
}

func (b *builder) hidden(at, what string, bad bool, value *Scalar) {
	if bad && value == nil {
		b.add(at, fmt.Sprintf("the %s is hidden and required but has no default", what), "Add a default, or show it.")
	}
}

func (b *builder) lookup(at, name string) {
	if name == "" {
		return
	}
	var known []string
	for _, l := range b.def.Lookups {
		if l.Name == name {
			return
		}
		known = append(known, l.Name)
	}
	b.add(at, fmt.Sprintf("the lookup %q does not exist", name), suggestion(name, known))
}

func (b *builder) fallback(at string, value *Scalar, t paceline.DataType, format string, known names) fallback {
	f := fallback{dataType: t, format: format}
	if value == nil {
		return f
	}
	if len(value.raw) > 0 && value.raw[0] != '"' {
		f.value = mapping.Value(value.raw)
		return f
	}
	tmpl := b.template(at, value.Text(), known, plainEscape)
	if tmpl == nil {
		return f
	}
	if constant, ok := tmpl.constant(); ok {
		f.value, ok = mapping.CoerceAs(mapping.Quote(constant), t, format)
		if !ok {
			b.add(at, fmt.Sprintf("the default %q is not of type %s", shorten(constant), strings.ToLower(string(t))), "Write a value of that type.")
		}
		return f
	}
	f.template = tmpl
	return f
}

func (b *builder) request(m *Method, at string, known *scopeNames) {
	r := &m.Definition.Request
	here := pointer(at, "request")
	format := r.Format
	bodyParam := slices.ContainsFunc(m.Definition.Params, func(p ParamDef) bool { return p.In == "body" })
	if format == "" {
		format = "none"
		if len(r.Fields) > 0 || bodyParam || b.def.Transport == TransportSQL { // whose pages, too, are sent in it
			format = "json"
		}
	}
	m.body = bodyFormats[format]
	if m.body.check != nil {
		m.body.check(b, m, here)
	}
	if action, ok := m.soapHeader(); ok && !slices.ContainsFunc(m.headers, func(n named) bool { return n.name == action.name }) {
		m.headers = append(m.headers, action)
	}
	b.formatKeys(m, here, format)
	if m.body.build == nil && (len(r.Fields) > 0 || bodyParam) {
		b.add(pointer(here, "format"), fmt.Sprintf("a request of format %s has no fields", format), "Use format json or form, or remove the fields.")
	}
	if (r.Method == "GET" || r.Method == "HEAD") && format != "none" {
		b.add(here, fmt.Sprintf("a %s request has no body", r.Method), "Use POST, or move the values to params with in: query.")
	}
	if format == "text" {
		if r.Template == "" {
			b.add(here, "a request of format text lacks the key \"template\"", "Add template with the text of the body.")
		}
		m.text = b.template(pointer(here, "template"), r.Template, known, plainEscape)
		m.secrets = m.secrets || m.text != nil && m.text.secrets
	} else if r.Template != "" {
		b.add(pointer(here, "template"), "template is for format text only", "Use format text, or fields.")
	}
	b.requestFields(m, here, known)
	if r.Idempotency != nil {
		n := &named{name: b.header(pointer(here, "idempotency", "header"), r.Idempotency.Header)}
		n.value = b.template(pointer(here, "idempotency", "value"), firstOf(r.Idempotency.Value, "{{step.itemKey}}"), known, headerEscape)
		m.idempotency = n
	}
}

// requestFields compiles the fields of a request.
func (b *builder) requestFields(m *Method, here string, known *scopeNames) {
	r := &m.Definition.Request
	before := len(b.list)
	b.fields(here, m.ID, r.Fields)
	var locations []mapping.Location
	for i := range r.Fields {
		f := &r.Fields[i]
		l := b.location(pointer(here, "fields", i, "loc"), f.Loc)
		locations = append(locations, l)
		if isFileField(*f) && !slices.Contains([]string{"binary", "multipart", "multipart_related"}, r.Format) {
			m.files = append(m.files, l)
		}
		b.hidden(pointer(here, "fields", i), "field "+f.Loc, f.Hidden && f.Required, f.Default)
		if f.Default == nil {
			continue
		}
		d := fieldDefault{l, l.String(), b.fallback(pointer(here, "fields", i, "default"), f.Default, f.Type, f.Format, known)}
		m.secrets = m.secrets || d.fallback.template != nil && d.fallback.template.secrets
		m.defaults = append(m.defaults, d)
	}
	for _, p := range m.params {
		if p.def.In == "body" {
			locations = append(locations, p.location)
		}
	}
	if _, err := mapping.CompileBody(locations); err != nil && len(b.list) == before {
		b.add(pointer(here, "fields"), "the fields contradict each other: "+reasonOf(err), "Two fields can't be at one place, nor one inside another.")
	}
}

// fields checks what the fields of requests, responses and payloads have in common.
func (b *builder) fields(at, method string, list []FieldDef) {
	seen := map[string]bool{}
	for i, f := range list {
		here := pointer(at, "fields", i)
		// Compared as parsed, since one place can be written in several ways.
		key := f.Loc
		if l, err := mapping.ParseLocation(f.Loc); err == nil {
			key = l.String()
		}
		if seen[key] {
			b.add(pointer(here, "loc"), fmt.Sprintf("the field %q stands a second time in %s", f.Loc, method), "Remove one of the two.")
		}
		seen[key] = true
		b.lookup(pointer(here, "lookup"), f.Lookup)
	}
}

// formatKeys reports keys that belong to other formats.
func (b *builder) formatKeys(m *Method, at, format string) {
	r := m.Definition.Request
	for _, k := range []struct {
		key  string
		has  bool
		only string
	}{{"root", r.Root != "", "xml"}, {"document", r.Document != "", "graphql"}, {"csv", r.CSV != nil, "csv"}, {"lists", r.Lists != "", "form"}, {"soap", r.SOAP != nil, "soap"}} {
		if k.has && format != k.only {
			b.add(pointer(at, k.key), fmt.Sprintf("%s is for format %s only", k.key, k.only), "Use format: "+k.only+", or remove the key.")
		}
	}
	if m.Definition.Response.CSV != nil && m.Definition.Response.Format != "csv" {
		b.add(strings.TrimSuffix(at, "request")+"response/csv", "csv is for format csv only", "Use format: csv, or remove the key.")
	}
}

func (b *builder) response(m *Method, at string) {
	r := &m.Definition.Response
	here := pointer(at, "response")
	m.read = firstOf(r.Format, "json")
	if m.Definition.Request.Method == "HEAD" {
		m.read = "none"
	}
	if r.Rows != "" {
		m.rows, m.hasRows = b.rows(pointer(here, "rows"), r.Rows)
	}
	b.fields(here, m.ID, r.Fields)
	for i, f := range r.Fields {
		l := b.location(pointer(here, "fields", i, "loc"), f.Loc)
		if f.Required {
			m.required = append(m.required, l)
		}
		if f.Default != nil {
			b.add(pointer(here, "fields", i, "default"), "a response field has a default", "Defaults are for what is sent.")
		}
	}
}

// rows compiles the location of a list of rows.
func (b *builder) rows(at, text string) (mapping.Location, bool) {
	l := b.location(at, text)
	if l.Lists() == 0 && !l.IsZero() {
		b.add(at, fmt.Sprintf("the location %q does not name a list", shorten(text)), "Put the list's name in brackets, for example [items].")
	}
	return l, true
}

// lookups checks that lookups refer to methods and locations.
func (b *builder) lookups() {
	var ids []string
	for _, m := range b.def.Methods {
		ids = append(ids, m.ID)
	}
	need := func(at, id string) {
		if id != "" && b.c.methods[id] == nil {
			b.add(at, fmt.Sprintf("the method %q does not exist", id), suggestion(id, ids))
		}
	}
	for _, l := range b.def.Lookups {
		at := pointer("/lookups", l.Name)
		need(pointer(at, "method"), l.Method)
		b.location(pointer(at, "value"), l.Value)
		if l.Label != "" {
			b.location(pointer(at, "label"), l.Label)
		}
		b.lookupParams(l, at)
		for auth, other := range l.Instead {
			if !slices.ContainsFunc(b.def.Auth, func(a Auth) bool { return a.ID == auth }) {
				b.add(pointer(at, "instead", auth), fmt.Sprintf("auth has no entry %q", shorten(auth)), "Name an id of auth.")
			}
			if o := b.def.Lookup(other); o == nil || len(o.Instead) > 0 {
				b.add(pointer(at, "instead", auth), fmt.Sprintf("%q is no lookup that could take the place of %s", shorten(other), l.Name), "Name a lookup without instead.")
			}
		}
	}
	for i := range b.def.Auth {
		for _, a := range b.def.Auth[i].withParts() {
			if a.Session != nil {
				need(pointer("/auth", i, "session", "login"), a.Session.Login)
			}
		}
	}
	for i, r := range b.def.Errors {
		for j, id := range r.Methods {
			need(pointer("/errors", i, "methods", j), id)
		}
	}
	for i, t := range b.def.Triggers {
		need(pointer("/triggers", i, "method"), t.Method)
	}
}

// lookupParams checks that what a lookup gives its method is a parameter of it, and that lookups do not need each
// other in a circle.
func (b *builder) lookupParams(l Lookup, at string) {
	m := b.c.methods[l.Method]
	if m == nil {
		return
	}
	var names []string
	for _, p := range m.Definition.Params {
		names = append(names, p.Name)
	}
	for name := range l.Params {
		if !slices.Contains(names, name) {
			b.add(pointer(at, "params", name), fmt.Sprintf("the method %s has no parameter %q", l.Method, name), suggestion(name, names))
		}
	}
	if l.Search != "" && !slices.Contains(names, l.Search) {
		b.add(pointer(at, "search"), fmt.Sprintf("the method %s has no parameter %q", l.Method, l.Search), suggestion(l.Search, names))
	}
	seen := map[string]bool{}
	var needs func(name string) bool // whether the lookup needs l
	needs = func(name string) bool {
		for _, other := range b.def.Lookups {
			if other.Name != name || seen[name] || b.c.methods[other.Method] == nil {
				continue
			}
			seen[name] = true
			for _, p := range b.c.methods[other.Method].Definition.Params {
				if p.Lookup != "" && (p.Lookup == l.Name || needs(p.Lookup)) {
					return true
				}
			}
		}
		return false
	}
	if needs(l.Name) {
		b.add(pointer(at, "method"), fmt.Sprintf("the lookup %s needs itself: a parameter of %s is looked up by it", l.Name, l.Method), "Remove the lookup of that parameter.")
	}
}

// tests checks what tests refer to; whether the fixtures exist is LintFile's to see.
func (b *builder) tests() {
	for i, t := range b.def.Tests {
		at := pointer("/tests", i)
		switch {
		case (t.Method == "") == (t.Trigger == ""):
			b.add(at, "a test names one method or one trigger", "Write method: or trigger:.")
		case t.Method != "" && b.c.methods[t.Method] == nil:
			b.add(pointer(at, "method"), fmt.Sprintf("the method %q does not exist", t.Method), "Name a method of this file.")
		case t.Trigger != "" && b.c.triggers[t.Trigger] == nil:
			b.add(pointer(at, "trigger"), fmt.Sprintf("the trigger %q does not exist", t.Trigger), "Name a trigger of this file.")
		}
	}
}

// reasonOf returns the text of an error for people.
func reasonOf(err error) string {
	if e, ok := err.(*paceline.Error); ok {
		return e.Message()
	}
	return err.Error()
}
