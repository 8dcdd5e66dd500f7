package connector

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"paceline"
	"paceline/internal/egress"
	"paceline/mapping"
	"paceline/script"
)

// How far a pager goes where it does not say.
const (
	DefaultMaxPages = 10_000
	DefaultMaxRows  = 1_000_000
)

// pager is the compiled paging of a method.
type pager struct {
	rules PagerRules
	kind  pagerType
	reads []pageRead
	sends []pageSend
	size  *pageSend
	stop  []*predicate
	pages int
	rows  int

	beyond *beyond // nil without one
}

// pagerType is one way of paging. One file each registers its own in pagerTypes.
type pagerType struct {
	first *int // what the first page is called; nil: the first request names none
	// send and read say whether the rules must have these places; otherwise they may not.
	send, read bool
	from       string // where read may look: body, header, or "" for both
	rows       bool   // the method must declare its rows
	// next tells what leads to the next page; more is false after the last one.
	next func(a *pageAnswer) (step pageStep, more bool, err error)
}

// pageStep is what the next request is made of: values at the places of send, or an address. same is what
// must differ between two pages when values and address always do.
type pageStep struct {
	values []mapping.Value
	beyond []mapping.Value
	url    string
	same   []byte
}

// pageAnswer is an answer that was decoded, with the request that brought it.
type pageAnswer struct {
	*pager
	*answer
	call *running
	from *url.URL
}

type pageRead struct {
	header   string
	location mapping.Location
}

type pageSend struct {
	in       string
	name     string // canonical or escaped
	location mapping.Location
}

var pagerTypes = map[string]pagerType{}

func registerPager(name string, t pagerType) bool {
	pagerTypes[name] = t
	return true
}

// Paged reports whether the method may make several calls, for pages or for a job: then Result.Next says whether
// there are more.
func (m *Method) Paged() bool { return m.pager != nil || m.job != nil }

// pagers checks the pagers that methods share.
func (b *builder) pagers() {
	standard := false
	for i := range b.def.Pagers {
		p := &b.def.Pagers[i]
		at := pointer("/pagers", p.Name)
		b.pager(&p.PagerRules, at)
		if p.Default && standard {
			b.add(pointer(at, "default"), "two pagers are the default", "Keep default: true at one of them.")
		}
		standard = standard || p.Default
		if p.Name == "none" {
			b.add(at, "a pager has the name none", "Rename it: paging: none means without pages.")
		}
	}
}

// paging compiles the paging of a method.
func (b *builder) paging(m *Method, at string) {
	def := m.Definition.Paging
	here := pointer(at, "paging")
	switch {
	case def == nil:
		for i := range b.def.Pagers {
			if p := &b.def.Pagers[i]; p.Default && m.hasRows && m.Definition.Request.Method == "GET" {
				m.pager = b.pagerOf(m, &p.PagerRules, at)
			}
		}
	case def.None:
	case def.Use != "":
		if def.Type != "" {
			b.add(here, "paging has both use and type", "Keep one of them.")
		}
		var names []string
		for i := range b.def.Pagers {
			if p := &b.def.Pagers[i]; p.Name == def.Use {
				m.pager = b.pagerOf(m, &p.PagerRules, here)
				return
			} else {
				names = append(names, p.Name)
			}
		}
		b.add(pointer(here, "use"), fmt.Sprintf("the pager %q does not exist", def.Use), suggestion(def.Use, names))
	case def.Type == "":
		b.add(here, "paging names no pager", "Write {use: name}, none, or type with its keys.")
	default:
		b.pager(&def.PagerRules, here)
		m.pager = b.pagerOf(m, &def.PagerRules, here)
	}
}

// pager checks rules on their own.
func (b *builder) pager(r *PagerRules, at string) {
	t := pagerTypes[r.Type]
	check := func(key string, has, needed bool, remedy string) {
		switch {
		case needed && !has:
			b.add(at, fmt.Sprintf("a pager of type %s lacks the key %q", r.Type, key), remedy)
		case has && !needed:
			b.add(pointer(at, key), fmt.Sprintf("a pager of type %s does not use the key %q", r.Type, key), "Remove it.")
		}
	}
	check("send", len(r.Send) > 0, t.send || r.Type == pagerScript && len(r.Send) > 0, "Add where the next request carries it, for example send: {in: query, name: page}.")
	check("read", len(r.Read) > 0, t.read, "Add where it stands in the answer, for example read: {from: body, path: next}.")
	check("beyond", r.Beyond != nil, r.Beyond != nil && r.Type == "token", "")
	check("unit", r.Unit != "", r.Unit != "" && r.Type == "offset", "")
	check("start", r.Start != nil, r.Start != nil && t.first != nil, "")
	if t.send && t.read && len(r.Send) != len(r.Read) {
		b.add(at, "send and read have different numbers of places", "Each place that is read needs one where it is sent, in the same order.")
	}
	for i, read := range r.Read {
		here := pointer(at, "read")
		if len(r.Read) > 1 {
			here = pointer(here, i)
		}
		switch from := firstOf(read.From, "body"); {
		case t.from != "" && t.from != from:
			b.add(here, fmt.Sprintf("a pager of type %s reads from the %s", r.Type, t.from), "Write from: "+t.from+".")
		case from == "header" && (read.Name == "" || read.Path != ""):
			b.add(here, "a value in a header needs the key \"name\" alone", "Write for example {from: header, name: X-Next}.")
		case from == "body" && (read.Path == "" || read.Name != ""):
			b.add(here, "a value in the body needs the key \"path\" alone", "Write for example {from: body, path: paging.next}.")
		case from == "body":
			b.location(pointer(here, "path"), read.Path)
		}
	}
	for i, rule := range r.Stop {
		_, failed := compilePredicate(answerEnv(), rule.When)
		b.mistake(pointer(at, "stop", i, "when"), failed)
	}
}

// pagerOf prepares rules for a method and checks that they fit it. Mistakes of the rules themselves were
// reported by pager.
func (b *builder) pagerOf(m *Method, r *PagerRules, at string) *pager {
	p := &pager{rules: *r, kind: pagerTypes[r.Type], pages: r.MaxPages, rows: r.MaxRows}
	if p.pages == 0 {
		p.pages = DefaultMaxPages
	}
	if p.rows == 0 {
		p.rows = DefaultMaxRows
	}
	if p.scripted() && !script.Mentions(m.script, string(script.NextPage)) && !script.Mentions(b.c.script, string(script.NextPage)) {
		b.add(at, fmt.Sprintf("the method %s has pages of type script, and no script has the function next_page", m.ID), "Add script: to the method or the connector, with function next_page().")
	}
	if m.read == "none" || m.read == "text" {
		b.add(at, fmt.Sprintf("the method %s has pages, but its answer is of format %s", m.ID, m.read), "Use a response format that has values, such as json.")
	}
	if p.kind.rows && !m.hasRows {
		b.add(at, fmt.Sprintf("the method %s has pages but no rows", m.ID), "Add response.rows with the location of the list.")
	}
	for _, read := range r.Read {
		l, _ := mapping.ParseLocation(read.Path)
		p.reads = append(p.reads, pageRead{header: read.Name, location: l})
	}
	for _, place := range r.Send {
		p.sends = append(p.sends, b.pageSend(m, place.In, place.Name, at))
	}
	if r.Size != nil {
		s := b.pageSend(m, r.Size.In, r.Size.Name, at)
		p.size = &s
	}
	for _, rule := range r.Stop {
		if stop, failed := compilePredicate(answerEnv(), rule.When); failed == nil {
			p.stop = append(p.stop, stop)
		}
	}
	if r.Beyond != nil {
		p.beyond = b.beyond(m, r.Beyond, at)
	}
	return p
}

// pageSend compiles a place of the request that the pager fills, which nothing else of the method may.
func (b *builder) pageSend(m *Method, in, name, at string) pageSend {
	s := pageSend{in: in, name: name}
	taken := slices.ContainsFunc(m.params, func(p param) bool { return p.def.In == in && p.def.Wire() == name })
	switch in {
	case "query":
		s.name = escapeQuery(name)
		taken = taken || slices.ContainsFunc(m.query, func(n named) bool { return n.name == s.name })
	case "header":
		s.name = b.header(at, name)
		taken = taken || slices.ContainsFunc(m.headers, func(n named) bool { return n.name == s.name })
	case "body":
		s.location = b.location(at, name)
		if m.body.build == nil {
			b.add(at, fmt.Sprintf("the method %s has no body for the pager's %s", m.ID, name), "Use in: query, or a request format with fields.")
		}
		for _, f := range m.Definition.Request.Fields {
			taken = taken || f.Loc == name
		}
	}
	if taken {
		b.add(at, fmt.Sprintf("the method %s and its pager both send %s in the %s", m.ID, name, in), "Remove the one of the method: the pager fills it.")
	}
	return s
}

// pageValues calls f for each value that the pager sends with the present page.
func (c *running) pageValues(in string, f func(s *pageSend, v mapping.Value)) {
	p := c.Method.pager
	if p == nil || c.pageURL() != "" {
		return
	}
	for i := range p.sends {
		if v := c.pageValue(i); v != nil && p.sends[i].in == in {
			f(&p.sends[i], v)
		}
	}
	if p.size != nil && p.size.in == in {
		f(p.size, mapping.Value(fmt.Append(nil, p.rules.Size.Value)))
	}
}

// pageHeaders sets what the pager sends in headers.
func (c *running) pageHeaders(o *outgoing) error {
	var err error
	c.pageValues("header", func(s *pageSend, v mapping.Value) {
		text := mapping.Text(v)
		if !isHeaderText(text) {
			err = fmt.Errorf("header %s: the page's value contains a line break or control character", s.name)
			return
		}
		o.set(s.name, text)
	})
	return err
}

func (c *running) pageValue(i int) mapping.Value {
	p := c.Method.pager
	if c.Page != nil {
		if i < len(c.Page.state.Values) && mapping.KindOf(c.Page.state.Values[i]) > mapping.Null {
			return c.Page.state.Values[i]
		}
		return nil
	}
	if p.kind.first == nil {
		return nil
	}
	start := *p.kind.first
	if p.rules.Start != nil {
		start = *p.rules.Start
	}
	return mapping.Value(fmt.Append(nil, start))
}

// pageURL returns the address of the present page where an answer before gave one.
func (c *running) pageURL() string {
	if c.Page == nil {
		return c.cursorLink()
	}
	return c.Page.state.URL
}

// nextPage decides whether there is another page, after the answer was decoded.
func (c *running) nextPage(o *outgoing, a *answer, as string) *Error {
	p := c.Method.pager
	if p == nil || c.result.Output == nil || p.scripted() {
		return nil
	}
	for _, stop := range p.stop {
		if stop.holds(a.vars()) {
			return nil
		}
	}
	answered := &pageAnswer{p, a, c, o.url}
	if p.beyond != nil {
		if step, more, ok, err := p.beyond.next(answered); ok {
			return c.pageOn(o, a, as, step, more, err)
		}
	}
	step, more, err := p.kind.next(answered)
	return c.pageOn(o, a, as, step, more, err)
}

// pageOn makes the step the next page, within the bounds of the pager.
func (c *running) pageOn(o *outgoing, a *answer, as string, step pageStep, more bool, err error) *Error {
	p := c.Method.pager
	next := &PageState{pageState{Values: step.values, URL: step.url, Beyond: step.beyond}}
	if err == nil && more {
		key := [][]byte{[]byte(step.url)}
		for _, v := range slices.Concat(step.values, step.beyond) {
			key = append(key, v)
		}
		if step.same != nil {
			key = [][]byte{step.same}
		}
		if err = next.follows(c.Page, c.result.Rows, pageKey(key...)); err == nil {
			switch {
			case next.state.Parts >= p.pages:
				err = ErrTooManyPages
			case next.state.Rows >= p.rows:
				err = ErrTooManyRows
			}
		}
	}
	if err != nil {
		return c.misled(o, a, as, err)
	}
	if more {
		c.result.Next = next
	}
	return nil
}

// misled is the failure of an answer that was good but does not say how to go on.
func (c *running) misled(o *outgoing, a *answer, as string, err error) *Error {
	if as != asWarning {
		c.result.TasksOK--
		c.result.TasksIncident++
	}
	return &Error{
		Class: ClassPermanent, Code: paceline.CodeCallFailed, Err: err,
		Detail: c.detail(o, a.statusLine, []byte(err.Error())),
	}
}

// full reports whether a page with these rows may have another behind it: where the rules say when to
// stop, every page with rows, else every page that is as large as it was asked to be.
func (a *pageAnswer) full() bool {
	rows := a.call.result.Rows
	if rows == 0 || a.rules.Size == nil || len(a.stop) > 0 {
		return rows > 0
	}
	return rows >= a.rules.Size.Value
}

// number returns the number that the present page was called by.
func (a *pageAnswer) number() int {
	n, _ := strconv.Atoi(string(a.call.pageValue(0)))
	return n
}

// value returns what stands at a place of the answer, nil for nothing, null, false or empty text.
func (a *pageAnswer) value(r *pageRead) mapping.Value {
	if r.header != "" {
		if text := a.header.Get(r.header); text != "" {
			return mapping.Quote(text)
		}
		return nil
	}
	v, _ := r.location.Get(a.call.result.Output)
	if mapping.Empty(v) || string(v) == "false" {
		return nil
	}
	return v
}

// address resolves the next page's address. It must lie where the credential may go anyway: at the same
// origin as the page before, or at a host of allowedHosts.
func (a *pageAnswer) address(text string) (string, error) {
	return a.call.vendorLink(a.from, text)
}

// vendorLink resolves an address in an answer from another one.
func (c *running) vendorLink(from *url.URL, text string) (string, error) {
	to, err := from.Parse(text)
	if err != nil || to.Host == "" || to.User != nil {
		return "", ErrPageAddress
	}
	to.Fragment, to.RawFragment = "", ""
	if !sameOrigin(from, to) && !(to.Scheme == "https" && egress.MatchHost(c.prepared.hosts, to)) {
		return "", ErrPageAddress
	}
	return to.String(), nil
}
