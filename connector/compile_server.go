package connector

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"paceline/internal/egress"
)

// names refuses ids and names that stand twice, since each names one element for ever.
func (b *builder) names() {
	seen := map[string]string{}
	once := func(kind, name, at string) {
		if first, ok := seen[kind+" "+name]; ok {
			b.add(at, fmt.Sprintf("the %s %q is declared a second time", kind, name), "It is also in "+place(splitPointer(first))+". Rename one of them.")
			return
		}
		seen[kind+" "+name] = at
	}
	for i, p := range b.def.Properties {
		once("property", p.Name, pointer("/properties", i, "name"))
	}
	for i, a := range b.def.Auth {
		once("auth", a.ID, pointer("/auth", i, "id"))
	}
	for i, m := range b.def.Methods {
		once("method or trigger", m.ID, pointer("/methods", i, "id"))
	}
	for i, t := range b.def.Triggers {
		once("method or trigger", t.ID, pointer("/triggers", i, "id"))
	}
	uids := map[string]string{}
	uid := func(uid, at string) {
		if uid == "" {
			return
		}
		if _, ok := uids[uid]; ok {
			b.add(at, fmt.Sprintf("the uid %s stands a second time", uid), "Give each method its own uid, or none.")
		}
		uids[uid] = at
	}
	for i, m := range b.def.Methods {
		uid(string(m.UID), pointer("/methods", i, "uid"))
	}
	for i, t := range b.def.Triggers {
		uid(string(t.UID), pointer("/triggers", i, "uid"))
	}
}

// properties compiles the defaults. A default may mention the properties before it.
func (b *builder) properties() {
	for i, p := range b.def.Properties {
		at := pointer("/properties", i)
		var t *template
		if p.Default != nil {
			t = b.template(pointer(at, "default"), p.Default.Text(), &scopeNames{properties: b.def.Properties[:i]}, plainEscape)
			if p.Secret {
				b.add(pointer(at, "default"), fmt.Sprintf("the secret property %s has a default", p.Name), "Remove the default: a secret does not belong in a file.")
			}
		}
		if p.Fallback != "" && p.Scope != ScopePartner {
			b.add(pointer(at, "fallback"), "fallback is for scope partner only", "Remove it, or use scope partner.")
		}
		if t == nil && p.Hidden && p.Required {
			b.add(at, fmt.Sprintf("the property %s is hidden and required but has no default", p.Name), "Add a default, or show it.")
		}
		if t == nil && p.Scope == ScopeConnector {
			b.add(at, fmt.Sprintf("the property %s has scope connector but no default", p.Name), "Add a default, or use scope account.")
		}
		b.c.defaults = append(b.c.defaults, t)
	}
}

func (b *builder) server() {
	s := b.def.Server
	properties := &scopeNames{properties: b.def.Properties}
	request := &scopeNames{properties: b.def.Properties, request: true}
	if s.BaseURL != "" {
		t, failed := parseURL(s.BaseURL, properties, wireSchemes[b.def.Transport]...)
		b.mistake("/server/baseUrl", failed)
		if failed == nil && strings.Contains(s.BaseURL, "?") {
			b.add("/server/baseUrl", "the base address contains ?", "Write query parameters under server.query.")
		}
		b.c.base = t
	}
	b.c.headers = b.named("/server/headers", s.Headers, request, headerEscape)
	b.c.query = b.named("/server/query", s.Query, request, queryEscape)
	b.refuseSecrets("/server/query", b.c.query)
	if s.Timeout != "" {
		b.c.timeout = duration(s.Timeout)
		if b.c.timeout <= 0 || b.c.timeout > MaxTimeout {
			b.add("/server/timeout", fmt.Sprintf("the time limit %s is not between 1ms and 5m", s.Timeout), "Example: 60s")
		}
	}
	if s.MaxResponse != "" {
		b.c.maxBytes = size(s.MaxResponse)
		if b.c.maxBytes <= 0 || b.c.maxBytes > MaxMaxResponse {
			b.add("/server/maxResponse", fmt.Sprintf("the size %s is not between 1B and 100MiB", s.MaxResponse), "Example: 10MiB")
		}
	}
}

// refuseSecrets reports secret properties where they would be written into logs of others: in addresses.
func (b *builder) refuseSecrets(at string, list []named) {
	for _, n := range list {
		if n.value.secrets {
			b.add(at, fmt.Sprintf("a secret property stands in the query parameter %s", n.name), "Secrets may stand in auth, headers and the body only: use auth with apply in: query.")
		}
	}
}

func (b *builder) hosts() {
	for i, text := range b.def.AllowedHosts {
		at := pointer("/allowedHosts", i)
		t := b.template(at, text, &scopeNames{properties: b.def.Properties}, plainEscape)
		if t == nil {
			continue
		}
		h := compiledHost{pattern: t}
		if len(t.parts) == 1 && t.parts[0].expr != nil && t.parts[0].expr.ref != nil {
			h.property = t.parts[0].expr.ref.name
		}
		bare := strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
		if h.property == "" && strings.Contains(bare, "/") {
			b.add(at, fmt.Sprintf("%q is not a host", text), "Write the host alone, for example api.example.com or *.example.com.")
		}
		if tail, wild := strings.CutPrefix(bare, "*"); wild && (!strings.HasPrefix(tail, ".") || strings.Count(tail, ".") < 2) {
			b.add(at, fmt.Sprintf("%q would let credentials go anywhere", text), "Name a domain of the vendor, for example *.example.com.")
		}
		b.c.hosts = append(b.c.hosts, h)
	}
	if b.c.base != nil {
		b.allowed("/server/baseUrl", b.c.base)
	}
}

// hostPatterns are the entries of allowedHosts with an x for each value.
func (b *builder) hostPatterns() (patterns []string) {
	for _, h := range b.c.hosts {
		pattern := ""
		for _, p := range h.pattern.parts {
			if p.expr == nil {
				pattern += p.text
			} else {
				pattern += "x"
			}
		}
		patterns = append(patterns, pattern)
	}
	return patterns
}

var valueInText = regexp.MustCompile(`\{\{[^{}]*\}\}`)

// defaultAllowed reports whether the address that a property has without a value lies at an allowed host. Each call is held to
// allowedHosts besides, whatever value the property got.
func (b *builder) defaultAllowed(property string) bool {
	for _, p := range b.def.Properties {
		if p.Name == property && p.Default != nil {
			u, err := url.Parse(valueInText.ReplaceAllString(p.Default.Text(), "x"))
			return err == nil && u.Host != "" && egress.MatchHost(b.hostPatterns(), u)
		}
	}
	return false
}

// allowed reports an address whose host no entry of allowedHosts covers.
func (b *builder) allowed(at string, t *template) {
	if b.c.wire || b.anonymous() || t.parts[0].escape == wholeEscape {
		return
	}
	sample, property := "", ""
	for _, p := range t.parts {
		switch {
		case p.expr == nil:
			sample += p.text
		case p.escape == startEscape && p.expr.ref != nil:
			property = p.expr.ref.name
		default:
			sample += "x"
		}
	}
	if property != "" {
		named := slices.ContainsFunc(b.c.hosts, func(h compiledHost) bool { return h.property == property })
		if !named && !b.defaultAllowed(property) {
			b.add(at, fmt.Sprintf("the host comes from the property %s, which allowedHosts does not name", property), fmt.Sprintf("Add \"{{%s}}\" to allowedHosts, so that the credential may go there.", property))
		}
		return
	}
	u, err := url.Parse(sample)
	if err != nil {
		return // reported as an address already
	}
	patterns := b.hostPatterns()
	if !egress.MatchHost(patterns, u) {
		b.add(at, fmt.Sprintf("no entry of allowedHosts matches the host %s", u.Hostname()), fmt.Sprintf("Add %q to allowedHosts, so that the credential may go there.", u.Hostname()))
		return
	}
	declared := slices.ContainsFunc(patterns, func(p string) bool {
		return strings.HasPrefix(p, "http://") && egress.MatchHost([]string{p}, u)
	})
	if u.Scheme == "http" && !declared {
		b.add(at, "the address is plain http and would show the credential to everybody on the way", fmt.Sprintf("Use https, or declare \"http://%s\" in allowedHosts.", u.Host))
	}
}

// anonymous reports that the connector has no credential and no secret property.
func (b *builder) anonymous() bool {
	for _, a := range b.def.Auth {
		if a.Type != "none" {
			return false
		}
	}
	return !slices.ContainsFunc(b.def.Properties, func(p Property) bool { return p.Secret })
}

func (b *builder) auth() {
	defaults := 0
	for i := range b.def.Auth {
		a := &b.def.Auth[i]
		at := pointer("/auth", i)
		if a.Default {
			defaults++
		}
		if defaults > 1 && a.Default {
			b.add(pointer(at, "default"), "two entries of auth are the default", "Keep default: true at one of them.")
		}
		b.c.auth = append(b.c.auth, b.entry(a, at))
	}
}

// entry compiles one entry of auth, or one part of a chain.
func (b *builder) entry(a *Auth, at string) compiledAuth {
	out := compiledAuth{def: a, presents: a.Type == "mtls"}
	known := &scopeNames{properties: b.def.Properties, auth: a.names()}
	b.authKeys(a, at)
	out.oauth = b.oauth2(a, at)
	out.cert = b.certificate(a, at)
	if a.Type == "chain" {
		b.chain(a, &out, at)
		return out
	}
	if compile := authTypes[a.Type].compile; compile != nil {
		out.signer = compile(b, a, at)
	}
	for j, apply := range a.applies() {
		if authTypes[a.Type].signed {
			break
		}
		here := pointer(at, "apply")
		if len(a.Apply) > 1 {
			here = pointer(here, j)
		}
		out.apply = append(out.apply, b.apply(apply, here, known))
	}
	if a.Type == "none" && len(a.Apply)+len(a.Fields) > 0 {
		b.add(at, "auth of type none has fields or apply", "Remove them, or use type api_key.")
	}
	return out
}

// authKeys reports keys that the type does not use.
func (b *builder) authKeys(a *Auth, at string) {
	for _, k := range []struct {
		key string
		has bool
	}{{"signature", a.Signature != ""}, {"realm", a.Realm != ""}, {"service", a.Service != ""}, {"region", a.Region != ""}, {"sign", a.Sign != nil}, {"jwt", a.JWT != nil}, {"session", a.Session != nil}, {"consent", a.Consent != nil}, {"parts", len(a.Parts) > 0}} {
		if k.has && !slices.Contains(authTypes[a.Type].keys, k.key) {
			b.add(pointer(at, k.key), fmt.Sprintf("auth of type %s does not use the key %q", a.Type, k.key), "Remove it.")
		}
	}
}

func (b *builder) apply(a Apply, at string, known names) compiledApply {
	out := compiledApply{in: a.In, name: a.Name}
	as := plainEscape
	switch a.In {
	case "header":
		as = headerEscape
		out.name = b.header(pointer(at, "name"), firstOf(a.Name, "Authorization"))
	case "query":
		as = queryEscape
		out.name = escapeQuery(a.Name)
	case "cookie":
		as = cookieEscape
		b.cookie(pointer(at, "name"), a.Name)
	case "body":
		if a.Name != "" {
			out.location = b.location(pointer(at, "name"), a.Name)
		}
	}
	if a.Name == "" && a.In != "header" {
		b.add(at, "apply lacks the key \"name\"", "Add the name of the parameter, cookie or field.")
	}
	out.value = b.template(pointer(at, "value"), a.Value, known, as)
	return out
}

// reservedHeaders are set by the program itself.
var reservedHeaders = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Accept-Encoding", "Expect", "Proxy-Authorization"}

// header checks a header's name and returns its canonical form.
func (b *builder) header(at, name string) string {
	canonical := http.CanonicalHeaderKey(name)
	if !isToken(name) {
		b.add(at, fmt.Sprintf("%q is not the name of a header", shorten(name)), "Use letters, digits and hyphens, for example X-Api-Key.")
	} else if slices.Contains(reservedHeaders, canonical) {
		b.add(at, fmt.Sprintf("the header %s is set by the program", canonical), "Remove it.")
	}
	return canonical
}

func (b *builder) cookie(at, name string) {
	if name != "" && !isToken(name) {
		b.add(at, fmt.Sprintf("%q is not the name of a cookie", shorten(name)), "Use letters, digits and hyphens.")
	}
}

func isToken(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

func escapeQuery(s string) string { return url.QueryEscape(s) }
