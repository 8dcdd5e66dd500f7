package connector

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"paceline"
	"paceline/mapping"
)

// Compiled is a definition that is ready to run. It is immutable and safe for concurrent use; one is made
// per release and kept.
type Compiled struct {
	Definition *Definition

	methods  map[string]*Method
	triggers map[string]*Trigger
	auth     []compiledAuth
	defaults []*template // of properties, nil without one
	hosts    []compiledHost
	base     *template
	headers  []named
	query    []named
	rules    []rule
	throttle *throttle     // nil without one
	limits   []methodLimit // those that count whatever the method
	timeout  time.Duration
	maxBytes int64 // 0: what the installation allows
	utility  bool
	wire     bool // transports sql and sftp
	wired    wired
	script   string
	connect  *OnConnect // nil without one
	retry    *retry     // nil without one
}

// Limits of a call where the definition says nothing, and beyond which it may not go.
const (
	DefaultTimeout = 60 * time.Second
	MaxTimeout     = 5 * time.Minute
	MaxMaxResponse = 100 << 20
)

// named is a template with the name of the header or parameter that it fills.
type named struct {
	name  string // canonical for headers, escaped for parameters
	value *template
}

// compiledHost is an entry of allowedHosts.
type compiledHost struct {
	pattern *template
	// property is the one from which the whole host comes, "" for others.
	property string
}

// compiledAuth is an entry of auth with its templates.
type compiledAuth struct {
	def    *Auth
	apply  []compiledApply
	signer signer  // nil for most
	oauth  *oauth2 // nil for other types
	cert   *compiledCertificate
	// presents says that the credential itself is a client certificate, or has one.
	presents bool
}

type compiledApply struct {
	in       string
	name     string
	location mapping.Location // of in: body
	value    *template
}

// Compile makes the definition ready to run. A definition that Parse returned compiles; the error says
// what is wrong with one that was made another way.
func Compile(def *Definition) (*Compiled, error) {
	if def.compiled != nil {
		return def.compiled, nil
	}
	p := &problems{file: def.Metadata.Key}
	c := build(def, p)
	for _, problem := range p.list {
		if !problem.Warning {
			return nil, paceline.Fail(paceline.CodeDefinitionInvalid, "reason", problem.Message)
		}
	}
	return c, nil
}

// Method returns the method with the id, or nil.
func (c *Compiled) Method(id string) *Method { return c.methods[id] }

// Trigger returns the trigger with the id, or nil.
func (c *Compiled) Trigger(id string) *Trigger { return c.triggers[id] }

// UID returns the connector's identity over all releases.
func (c *Compiled) UID() paceline.ID { return c.Definition.Metadata.UID }

// Version returns the release's number, "1.4.0".
func (c *Compiled) Version() string { return c.Definition.Metadata.Version }

// Hash returns the hash of the document.
func (c *Compiled) Hash() string { return c.Definition.hash }

// MethodUID returns the MethodUniqueIdentifier of the method or trigger with the id: the file's uid, else
// the UUIDv5 of the id in the space of the connector's uid. It is "" for an unknown id.
func (c *Compiled) MethodUID(id string) paceline.ID {
	if m := c.methods[id]; m != nil {
		return m.UID
	}
	if t := c.triggers[id]; t != nil {
		return t.UID
	}
	return ""
}

// AuthUID returns the UUID under which the API knows the entry of auth with the id.
func (c *Compiled) AuthUID(id string) paceline.ID { return nameUID(c.UID(), "auth:"+id) }

// Auth returns the entry of auth with the id; "" means the default. It is nil for an unknown id, and for
// "" when the definition has no auth.
func (c *Compiled) Auth(id string) *Auth {
	if a := c.authByID(id); a != nil {
		return a.def
	}
	return nil
}

func (c *Compiled) authByID(id string) *compiledAuth {
	for i := range c.auth {
		if a := &c.auth[i]; a.def.ID == id || id == "" && a.def.Default {
			return a
		}
	}
	if id == "" && len(c.auth) > 0 {
		return &c.auth[0]
	}
	return nil
}

// HostProperties returns the names of the properties that decide to which host credentials go. Changing
// one of them must drop the stored credential (decision D-38).
func (c *Compiled) HostProperties() []string {
	var list []string
	seen := map[string]bool{}
	add := func(t *template) {
		if t == nil {
			return
		}
		t.refs(func(r *ref) { c.hostProperty(r, seen, &list) })
	}
	add(c.base)
	add(c.wired.tunnelHost)
	for _, h := range c.hosts {
		add(h.pattern)
	}
	hosts := func(t *template) {
		if t == nil {
			return
		}
		for _, p := range t.parts {
			if p.expr != nil && p.expr.ref != nil && (p.escape == hostEscape || p.escape == startEscape) {
				c.hostProperty(p.expr.ref, seen, &list)
			}
		}
	}
	for _, m := range c.methods {
		hosts(m.url)
	}
	for _, a := range c.auth {
		if a.oauth != nil {
			hosts(a.oauth.authorize)
			hosts(a.oauth.token)
			hosts(a.oauth.revoke)
		}
		if s, ok := a.signer.(*oauth1); ok && s.consent != nil {
			hosts(s.consent.request)
			hosts(s.consent.authorize)
			hosts(s.consent.token)
		}
	}
	return list
}

// hostProperty adds the property and those from which its default is made.
func (c *Compiled) hostProperty(r *ref, seen map[string]bool, list *[]string) {
	if r.root != rootProperty || seen[r.name] {
		return
	}
	seen[r.name] = true
	*list = append(*list, r.name)
	for i, p := range c.Definition.Properties {
		if p.Name == r.name && c.defaults[i] != nil {
			c.defaults[i].refs(func(r *ref) { c.hostProperty(r, seen, list) })
		}
	}
}

// build compiles everything and reports each mistake at its place. The result is usable when none is an
// error.
func build(def *Definition, p *problems) *Compiled {
	c := &Compiled{
		Definition: def,
		methods:    make(map[string]*Method, len(def.Methods)),
		triggers:   make(map[string]*Trigger, len(def.Triggers)),
		timeout:    DefaultTimeout,
	}
	b := &builder{problems: p, c: c, def: def}
	c.utility = def.Transport == TransportUtility
	c.script = b.script("/script", def.Script)
	b.names()
	b.properties()
	b.wire()
	b.server()
	b.hosts()
	b.auth()
	for i := range def.Errors {
		c.rules = append(c.rules, b.rule(&def.Errors[i], pointer("/errors", i)))
	}
	b.pagers()
	b.utility()
	for i := range def.Methods {
		b.method(&def.Methods[i], pointer("/methods", i))
	}
	b.limits()
	for i := range def.Triggers {
		b.trigger(&def.Triggers[i], pointer("/triggers", i))
	}
	b.lookups()
	b.scopes()
	b.onConnect()
	b.retry()
	b.customFields()
	b.listedFields()
	b.stepProperties()
	b.jobs()
	b.redirectCaptures()
	b.tests()
	return c
}

// builder is one run of build.
type builder struct {
	*problems
	c   *Compiled
	def *Definition
}

func (b *builder) mistake(at string, m *mistake) {
	if m != nil {
		b.add(at, m.message, m.remedy)
	}
}

func (b *builder) template(at, text string, known names, as escape) *template {
	t, failed := parseTemplate(text, known, as)
	b.mistake(at, failed)
	return t
}

func (b *builder) location(at, text string) mapping.Location {
	l, err := mapping.ParseLocation(text)
	if err != nil {
		b.add(at, fmt.Sprintf("%q is not a location: %v", shorten(text), err), `Write names separated by dots and lists in brackets, for example customer.email or [items].id.`)
	}
	return l
}

// named compiles headers or query parameters.
func (b *builder) named(at string, pairs Pairs, known names, as escape) []named {
	var list []named
	for _, pair := range pairs {
		here := pointer(at, pair.Name)
		n := named{name: pair.Name, value: b.template(here, pair.Value, known, as)}
		if as == headerEscape {
			n.name = b.header(here, pair.Name)
			if !isHeaderText(pair.Value) {
				b.add(here, fmt.Sprintf("the value of the header %s contains a line break or control character", pair.Name), "Write it in one line.")
			}
		} else {
			n.name = escapeQuery(pair.Name)
			n.value.inQuery()
		}
		if n.value != nil {
			list = append(list, n)
		}
	}
	return list
}

// Duration reads a duration of a definition, such as 10m; 0 for none.
func Duration(text string) time.Duration { return duration(text) }

// duration reads a number with a unit; the schema has checked its form.
func duration(text string) time.Duration {
	for unit, length := range map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				return time.Duration(n) * length
			}
		}
	}
	return 0
}

// size reads a number of bytes with a unit; the schema has checked its form.
func size(text string) int64 {
	for _, unit := range []struct {
		suffix string
		factor int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"B", 1}} {
		if digits, ok := strings.CutSuffix(text, unit.suffix); ok {
			n, _ := strconv.ParseInt(digits, 10, 64)
			return n * unit.factor
		}
	}
	return 0
}
