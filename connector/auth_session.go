package connector

import (
	"context"
	"fmt"
	"time"

	"paceline"
	"paceline/mapping"
)

// Type session logs in with a method of the connector and sends what its answer gave, until the session's
// lifetime is over or the remote refuses it. AuthValue is a JSON object with the fields, Username and
// Password unless declared; the login method alone may mention them. Sessions live, sealed, in the memory of the
// node that owns the credential: a restart logs in anew.
var _ = registerAuth("session", authType{
	wire:   "AuthFields",
	fields: []AuthField{{Name: "Username", Label: "User name", Secret: new(bool)}, {Name: "Password", Label: "Password"}},
	keys:   []string{"session"},
	signed: true,
	read:   readFields,
	compile: func(b *builder, a *Auth, at string) signer {
		s := &sessionSigner{lifetime: time.Hour}
		if a.Session == nil {
			b.add(at, "auth of type session lacks the key \"session\"", "Example: session: {login: log-in, capture: {Token: data.token}}")
			return s
		}
		here := pointer(at, "session")
		s.login = a.Session.Login
		if a.Session.Lifetime != "" {
			if s.lifetime = duration(a.Session.Lifetime); s.lifetime <= 0 || s.lifetime > 30*24*time.Hour {
				b.add(pointer(here, "lifetime"), fmt.Sprintf("the lifetime %s is not between 1ms and 30d", a.Session.Lifetime), "Example: 30m")
			}
		}
		if len(a.Session.Capture) == 0 {
			b.add(here, "the session captures nothing", "Add capture: with a name and the location of its value in the answer.")
		}
		for _, c := range a.Session.Capture {
			s.capture = append(s.capture, captured{c.Name, b.location(pointer(here, "capture", c.Name), c.Value)})
		}
		if len(a.Apply) == 0 {
			b.add(at, "auth of type session lacks the key \"apply\"", `Example: apply: {in: header, name: X-Session, value: "{{auth.Token}}"}`)
		}
		known := &scopeNames{properties: b.def.Properties, auth: a.names()}
		for i, apply := range a.Apply {
			here := pointer(at, "apply")
			if len(a.Apply) > 1 {
				here = pointer(here, i)
			}
			if apply.In != "header" {
				b.add(pointer(here, "in"), "a session goes in a header", "Write in: header; a cookie is the header Cookie.")
			}
			s.apply = append(s.apply, b.apply(apply, here, known))
		}
		return s
	},
})

type sessionSigner struct {
	login    string
	capture  []captured
	lifetime time.Duration
	apply    []compiledApply
}

// captured is a value of the login's answer.
type captured struct {
	name     string
	location mapping.Location
}

// loginFields are the fields that the method may mention because it is the login of an entry of auth.
func (b *builder) loginFields(method string) []AuthField {
	for i := range b.def.Auth {
		for _, a := range b.def.Auth[i].withParts() {
			if a.Session != nil && a.Session.Login == method {
				return a.AllFields()
			}
		}
	}
	return nil
}

func (s *sessionSigner) sign(p *prepared, o *outgoing, _ time.Time) error {
	p.mu.Lock()
	values := p.session.values
	p.mu.Unlock()
	w := withSession{prepared: p}
	values.open(&w.values)
	for _, a := range s.apply {
		value, missing, err := a.value.text(w)
		if err == nil && missing {
			err = fmt.Errorf("a value of the session is missing")
		}
		if err != nil {
			return err
		}
		o.setHidden(a.name, value)
	}
	return nil
}

// withSession answers the captured values besides what the instance knows.
type withSession struct {
	*prepared
	values map[string]string
}

func (w withSession) lookup(r *ref) val {
	if r.root == rootAuth {
		if v, ok := w.values[r.name]; ok {
			return textVal(v)
		}
	}
	return w.prepared.lookup(r)
}

// ofSession returns the signer of the instance when the method needs a session, else nil.
func (c *running) ofSession() *sessionSigner {
	if s, ok := c.prepared.signer.(*sessionSigner); ok && !c.logsIn(s) {
		return s
	}
	return nil
}

// logsIn reports whether the call is the one that opens the session.
func (c *running) logsIn(s *sessionSigner) bool { return c.Method.ID == s.login && !c.borrowed() }

// open sees to it that there is a session other than the one with the number refused. Of calls that need one
// at the same time one logs in, and the others wait for it.
func (c *running) open(ctx context.Context, s *sessionSigner, refused int) *Error {
	p := c.prepared
	select {
	case p.login <- struct{}{}:
		defer func() { <-p.login }()
	case <-ctx.Done():
		return &Error{Class: ClassRetry, Code: paceline.CodeAuthFailed, Detail: "The login did not end in time.", Err: ctx.Err()}
	}
	p.mu.Lock()
	present := p.session
	p.mu.Unlock()
	if c.session = present.number; present.number > refused && c.runtime.clock.Now().Before(present.until) {
		return nil
	}
	// The answer holds the session, which nobody masks yet: its texts are not kept.
	result, err := c.runtime.Call(ctx, Call{Instance: c.Instance, Method: c.Instance.Compiled.Method(s.login), Merge: c.Merge})
	c.result.Exchanges = append(c.result.Exchanges, result.Exchanges...)
	c.result.TasksOK += result.TasksOK
	c.result.TasksIncident += result.TasksIncident
	if err != nil {
		failed := err.(*Error)
		if failed.Class == ClassPermanent || failed.Class == ClassDecode {
			failed.Class, failed.Code = ClassAuth, paceline.CodeAuthFailed
		}
		return failed
	}
	values := map[string]string{}
	for _, one := range s.capture {
		v, _ := one.location.Get(result.Output)
		if mapping.Empty(v) {
			return authError(fmt.Errorf("the answer to the login has no value at %s", one.location))
		}
		values[one.name] = mapping.Text(v)
	}
	next := session{number: present.number + 1, values: keep(values), until: c.runtime.clock.Now().Add(s.lifetime)}
	p.mu.Lock()
	p.session = next
	p.mu.Unlock()
	c.session = next.number
	return nil
}
