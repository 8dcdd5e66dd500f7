package connector

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"paceline"
	"paceline/internal/seal"
	"paceline/mapping"
)

// Instance is an account connector with its secrets opened: what a call needs to know about who calls.
// Whoever makes one fills the exported fields and changes none of them afterwards; a change of the account
// connector is a new Instance. It is safe for concurrent use and must not be copied.
type Instance struct {
	Account, Partner, Root int64
	ID                     int32
	Compiled               *Compiled
	// Auth is the chosen entry of the definition's auth list (Compiled.Auth); nil takes the default.
	Auth      *Auth
	AuthValue string
	// Properties are the values by name, secret ones in plain text.
	Properties map[string]string
	// Client is the vendor's app that OAuth2 uses: the account connector's own, else the partner's.
	Client Client
	// Scopes are what is asked for besides those of the definition when a person is sent to the vendor.
	Scopes []string
	// Secrets are further values to mask, besides AuthValue and secret properties.
	Secrets []string
	// UserAgent is by what name the partner wants vendors to be called; "" is ours.
	UserAgent string
	// Memory is what the calls of the account connector remember; nil keeps it with the instance.
	Memory *Memory
	// Trial says that the credential is not stored yet: it is used as it is, and nobody renews it.
	Trial   bool
	Version int64

	once  sync.Once
	ready atomic.Pointer[prepared]
	next  atomic.Pointer[Instance] // with a renewed access token
	base  *Instance                // without the values of a step; nil for one that has none

	mu       sync.Mutex
	releases map[*Compiled]*Instance // see At
}

// agent is by what name vendors are called.
func (i *Instance) agent() string {
	if i == nil || i.UserAgent == "" {
		return userAgent
	}
	return i.UserAgent
}

// At returns the same account connector as another release of its connector sees it: for steps that are pinned to
// that release. It is kept as long as i.
func (i *Instance) At(c *Compiled) *Instance {
	if c == i.Compiled {
		return i
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if at := i.releases[c]; at != nil {
		return at
	}
	at := &Instance{
		Account: i.Account, Partner: i.Partner, Root: i.Root, ID: i.ID, Compiled: c, AuthValue: i.AuthValue,
		Properties: i.Properties, Client: i.Client, Secrets: i.Secrets, UserAgent: i.UserAgent, Memory: i.Memory, Trial: i.Trial, Version: i.Version,
	}
	if i.Auth != nil {
		// An entry that the other release does not have is told by the call.
		if at.Auth = c.Auth(i.Auth.ID); at.Auth == nil {
			at.Auth = i.Auth
		}
	}
	if i.releases == nil {
		i.releases = make(map[*Compiled]*Instance, 1)
	}
	i.releases[c] = at
	return at
}

// prepared is what every call of an instance has in common, rendered once.
type prepared struct {
	properties map[string]string
	client     Client
	base       string
	hosts      []string
	auth       []appliedValue
	masker     *seal.Masker
	fields     map[string]string // of the credential
	signer     signer            // nil for most
	oauth      *oauth2           // nil for other types
	grant      Grant             // of oauth
	cert       *tls.Certificate  // of mtls, or beside another type
	wire       wireSettings      // of transports sql and sftp

	*remembered // by signers

	failed     *Error
	authFailed *Error
	certFailed *Error // of a certificate besides the credential
}

// appliedValue is a piece of the credential, ready to be put into a request.
type appliedValue struct {
	in       string
	name     string
	location mapping.Location
	text     string
}

func (i *Instance) prepare() *prepared {
	if p := i.ready.Load(); p != nil {
		return p
	}
	i.once.Do(func() { i.ready.Store(newPrepared(i)) })
	return i.ready.Load()
}

func newPrepared(i *Instance) *prepared {
	c := i.Compiled
	p := &prepared{remembered: i.Memory.of(c), properties: make(map[string]string, len(c.Definition.Properties))}
	p.client = i.Client
	secrets := append([]string{i.AuthValue, i.Client.Secret}, i.Secrets...)
	id := ""
	if i.Auth != nil {
		id = i.Auth.ID
	}
	a := c.authByID(id)
	if a != nil && a.oauth != nil {
		p.oauth, p.grant = a.oauth, i.Grant()
		secrets = append(secrets, p.grant.RefreshToken, p.grant.Password)
	}
	for k, def := range c.Definition.Properties {
		value, given := i.Properties[def.Name]
		if captured := p.grant.Captured[def.Name]; captured != "" {
			value, given = captured, true
		}
		if (!given || value == "" || def.Scope == ScopeConnector) && c.defaults[k] != nil {
			text, missing, err := c.defaults[k].text(p)
			if missing || err != nil {
				continue // a default made of a value that is not set is not set either
			}
			value, given = text, true
		}
		if given {
			p.properties[def.Name] = value
		}
		if def.Secret {
			secrets = append(secrets, value)
		}
	}
	if p.oauth != nil {
		p.own(p.oauth)
		secrets = append(secrets, p.client.Secret)
	}
	if a == nil && id != "" {
		p.authFailed = authError(fmt.Errorf("the connector has no authentication %q", id))
	}
	if a != nil && a.def.Type != "none" {
		values, err := authTypes[a.def.Type].read(a.def, i.AuthValue)
		if err != nil {
			p.authFailed = authError(err)
		}
		p.fields = values
		secret := map[string]bool{}
		for _, f := range a.def.names() {
			if f.Secret == nil || *f.Secret {
				secret[f.Name] = true
			}
		}
		for name, value := range values {
			if secret[name] {
				secrets = append(secrets, value)
			}
		}
	}
	p.masker = seal.NewMasker(secrets...)
	p.address(c)
	p.wireSettings(c)
	if a != nil && a.cert != nil {
		var err error
		if p.cert, err = a.cert.pair(p); err != nil {
			p.certFailed = authError(err)
			p.authFailed = cmp.Or(p.authFailed, p.certFailed)
		}
	}
	if a != nil && p.authFailed == nil {
		p.signer = a.signer
		if a.presents {
			p.cert, _ = certificateOf(p.fields) // read has seen that it is one
		}
		if p.oauth == nil || p.grant.AccessToken != "" {
			p.applyAuth(a)
		}
	}
	return p
}

// own makes the app the one that the definition says, as far as its properties are set.
func (p *prepared) own(o *oauth2) {
	for t, to := range map[*template]*string{o.clientID: &p.client.ID, o.clientSecret: &p.client.Secret} {
		if t == nil {
			continue
		}
		if text, missing, err := t.text(p); err == nil && !missing && text != "" {
			*to = text
		}
	}
}

func authError(err error) *Error {
	return &Error{Class: ClassAuth, Code: paceline.CodeAuthFailed, Detail: err.Error(), Err: err}
}

// address renders the base address and the hosts to which credentials may go.
func (p *prepared) address(c *Compiled) {
	if c.base != nil {
		text, missing, err := c.base.text(p)
		if missing && err == nil {
			err = fmt.Errorf("the address of the connector needs a property that is not set")
		}
		if err == nil {
			if schemes := wireSchemes[c.Definition.Transport]; c.wire {
				text, err = checkBaseOf(text, schemes...)
			} else {
				text, err = checkBase(text)
			}
		}
		if err != nil {
			p.failed = buildError(err)
		}
		p.base = text
	}
	for _, h := range c.hosts {
		text, missing, err := h.pattern.text(p)
		if missing || err != nil || text == "" {
			continue
		}
		if h.property != "" {
			text = originOf(text)
		}
		if text != "" {
			p.hosts = append(p.hosts, text)
		}
	}
}

// originOf cuts an address down to scheme, host and port, which is what a pattern of hosts is made of.
func originOf(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		host, _, _ := strings.Cut(text, "/")
		return host
	}
	host, _, _ := strings.Cut(rest, "/")
	if strings.ContainsAny(host, "*@?#") {
		return ""
	}
	return strings.ToLower(scheme) + "://" + host
}

func (p *prepared) applyAuth(a *compiledAuth) {
	for _, apply := range a.apply {
		b, missing, err := apply.value.append(nil, p)
		if err == nil && missing {
			err = fmt.Errorf("a value of the authentication is missing")
		}
		if err != nil {
			p.authFailed = authError(err)
			return
		}
		p.auth = append(p.auth, appliedValue{apply.in, apply.name, apply.location, string(b)})
	}
}

// credential reports whether requests carry something that may go to allowed hosts only.
func (p *prepared) credential() bool { return len(p.auth) > 0 || p.signer != nil || p.cert != nil }

// lookup gives templates of properties and auth their values.
func (p *prepared) lookup(r *ref) val {
	switch r.root {
	case rootProperty:
		if v, ok := p.properties[r.name]; ok {
			return textVal(v)
		}
	case rootApp:
		if r.name == "id" {
			return textVal(p.client.ID)
		}
		return textVal(p.client.Secret)
	case rootAuth:
		if r.name == "Username" && p.oauth != nil {
			return textVal(p.grant.Username)
		}
		if v, ok := p.fields[r.name]; ok {
			return textVal(v)
		}
	}
	return val{}
}

// Merge answers the merge fields that belong to the instance: its properties that are not secret, and
// Cyclr_Auth_ApiKey, Cyclr_Auth_Username and Cyclr_Auth_Password, which only steps of this very account
// connector may use (decision D-38).
func (i *Instance) Merge(name string) (string, bool) {
	p := i.prepare()
	switch name {
	case mapping.MergeAuthAPIKey:
		for _, field := range []string{"ApiKey", "Token"} {
			if v, ok := p.fields[field]; ok {
				return v, true
			}
		}
		return "", false
	case mapping.MergeAuthUsername, mapping.MergeAuthPassword:
		v, ok := p.fields[strings.TrimPrefix(name, "Cyclr_Auth_")]
		return v, ok
	}
	for _, def := range i.Compiled.Definition.Properties {
		if def.Name == name && !def.Secret {
			v, ok := p.properties[name]
			return v, ok
		}
	}
	return "", false
}

// Mask replaces the instance's secrets in a text by REDACTED; without one it returns text itself.
func (i *Instance) Mask(text []byte) []byte { return i.prepare().masker.Mask(text) }
