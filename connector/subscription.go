package connector

import (
	"fmt"
	"slices"
	"time"

	"paceline"
	"paceline/mapping"
)

// WebhookInfo is what the methods of a subscription may mention as {{webhook.name}}.
type WebhookInfo struct {
	URL       string
	ID        string // the vendor's id; "" for create
	Secret    string
	Event     string // one of Events
	Events    []string
	ExpiresAt time.Time // what is asked for
}

// webhookNames are the names behind webhook. that methods of subscriptions may mention.
var webhookNames = []string{"url", "id", "secret", "event", "events", "expiresAt"}

func (w *WebhookInfo) value(name string) val {
	switch name {
	case "url":
		return textVal(w.URL)
	case "id":
		return textVal(w.ID)
	case "secret":
		return textVal(w.Secret)
	case "event":
		return textVal(w.Event)
	case "events":
		return val{kind: listVal, list: w.Events}
	case "expiresAt":
		return textVal(writeTime(w.ExpiresAt))
	}
	return val{}
}

// The bounds of a subscription's life where the definition says nothing, and beyond which it may not go.
const (
	defaultRenewBefore = time.Hour
	maxLifetime        = 10 * 365 * 24 * time.Hour
)

// Subscription is a compiled subscription of a trigger.
type Subscription struct {
	Definition            *SubscriptionDef
	Create, Delete        *Method
	Renew, Find           *Method // nil without one
	perEvent              bool
	lifetime, before      time.Duration
	id, secret, expiresAt string // names of fields
	renewOn, missed       *predicate
}

// Subscription returns how the vendor is told where to send events, nil for a trigger of which it is told
// by hand.
func (t *Trigger) Subscription() *Subscription { return t.subscription }

// Subscribes reports whether any step's trigger of the definition is registered with its vendor.
func (d *TriggerDef) Subscribes() bool { return d != nil && d.Subscription != nil }

// Events returns the events of each subscription that is made: all together, or one by one.
func (s *Subscription) Events() [][]string {
	if !s.perEvent {
		return [][]string{s.Definition.Events}
	}
	var list [][]string
	for _, e := range s.Definition.Events {
		list = append(list, []string{e})
	}
	return list
}

// Subscribed is what an answer of the vendor says about a subscription.
type Subscribed struct {
	ID, Secret string
	ExpiresAt  time.Time // zero: it does not end
}

// Read reads the answer to create or renew at the time now.
func (s *Subscription) Read(m *Method, answer []byte, now time.Time) Subscribed {
	out := Subscribed{ID: m.value(answer, s.id), Secret: m.value(answer, s.secret)}
	if s.Definition.Renew == nil {
		return out
	}
	if v := m.value(answer, s.expiresAt); v != "" {
		text := mapping.Value(v)
		if !validNumber(v) {
			text = mapping.Quote(v)
		}
		out.ExpiresAt, _ = mapping.DateOf(text)
	}
	if out.ExpiresAt.IsZero() && s.lifetime > 0 {
		out.ExpiresAt = now.Add(s.lifetime)
	}
	return out
}

// AskUntil is what is asked for at the time now; zero where the definition does not say.
func (s *Subscription) AskUntil(now time.Time) time.Time {
	if s.lifetime == 0 {
		return time.Time{}
	}
	return now.Add(s.lifetime)
}

// RenewAt is when a subscription that was made now and ends then is renewed: some time before, but not in
// the first half of its life. It is zero for one that does not end.
func (s *Subscription) RenewAt(now, end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return end.Add(-min(s.before, end.Sub(now)/2))
}

// Says returns what a delivery says about the subscription itself: that it is to be renewed at once, or that the vendor
// has lost others. s may be nil.
func (s *Subscription) Says(d Delivery) (renew, missed bool) {
	if s == nil || s.renewOn == nil && s.missed == nil {
		return false, false
	}
	vars := (&delivered{Delivery: &d}).vars()
	return s.renewOn != nil && s.renewOn.holds(vars), s.missed != nil && s.missed.holds(vars)
}

// Found returns the ids of the subscriptions in an answer of Find that lead to the address.
func (s *Subscription) Found(answer []byte, address string) []string {
	var ids []string
	url, id := s.Find.field(s.Definition.Find.URL), s.Find.field(s.Definition.Find.ID)
	if url == nil || id == nil {
		return nil
	}
	take := func(doc mapping.Value) {
		v, _ := url.Get(doc)
		if mapping.Text(v) != address {
			return
		}
		if v, _ := id.Get(doc); mapping.KindOf(v) > mapping.Null {
			ids = append(ids, mapping.Text(v))
		}
	}
	list, err := mapping.ParseItemList(s.Find.Definition.Response.Rows)
	if err != nil {
		return nil
	}
	for item := range s.Find.rows.GetAll(answer) {
		take(list.Document(nil, item)) // the document with this row alone
	}
	return ids
}

// value reads a response field by its name, "" for one that is not there.
func (m *Method) value(answer []byte, name string) string {
	l := m.field(name)
	if l == nil {
		return ""
	}
	v, _ := l.Get(answer)
	if mapping.KindOf(v) <= mapping.Null {
		return ""
	}
	return mapping.Text(v)
}

// field returns the location of a response field by its name.
func (m *Method) field(name string) *mapping.Location {
	for _, f := range m.Definition.Response.Fields {
		if f.Name == name && name != "" {
			if l, err := mapping.ParseLocation(f.Loc); err == nil {
				return &l
			}
		}
	}
	return nil
}

// subscribing reports whether a method is of a subscription, so that it may mention the webhook.
func (b *builder) subscribing(method string) bool {
	return slices.ContainsFunc(b.def.Triggers, func(t TriggerDef) bool {
		s := t.Subscription
		return s != nil && (s.Create == method || s.Delete == method || s.Renew != nil && s.Renew.Method == method || s.Find != nil && s.Find.Method == method)
	})
}

// subscription compiles how a trigger is registered.
func (b *builder) subscription(t *Trigger, at string) {
	def := t.Definition.Subscription
	if def == nil {
		return
	}
	s := &Subscription{Definition: def, before: defaultRenewBefore, id: def.ID, secret: def.Secret}
	method := func(key, id string) *Method {
		if m := b.c.methods[id]; m != nil {
			return m
		}
		var ids []string
		for _, m := range b.def.Methods {
			ids = append(ids, m.ID)
		}
		b.add(at+"/"+key, fmt.Sprintf("the method %q does not exist", id), suggestion(id, ids))
		return nil
	}
	field := func(key string, m *Method, name string) {
		if m != nil && name != "" && m.field(name) == nil {
			b.add(at+"/"+key, fmt.Sprintf("the answer of the method %s has no field named %s", m.ID, name), "Name one of its response fields (name, not loc).")
		}
	}
	s.Create, s.Delete = method("create", def.Create), method("delete", def.Delete)
	field("id", s.Create, def.ID)
	field("secret", s.Create, def.Secret)
	s.perEvent = s.Create != nil && s.Create.mentionsHook("event")
	if s.perEvent && len(def.Events) == 0 {
		b.add(pointer(at, "events"), "create mentions webhook.event, and there is none", "Add events: with the vendor's names.")
	}
	if s.Delete != nil && !s.Delete.mentionsHook("id") {
		b.add(pointer(at, "delete"), fmt.Sprintf("the method %s does not say which subscription it deletes", def.Delete), "Write {{webhook.id}} in its path, query or fields.")
	}
	if def.Secret != "" && !t.Verifies() {
		b.add(pointer(at, "secret"), "the trigger verifies nothing, so the secret is of no use", "Add verify, or remove secret.")
	}
	if r := def.Renew; r != nil {
		s.Renew = method("renew/method", r.Method)
		s.expiresAt = r.ExpiresAt
		field("renew/expiresAt", s.Create, r.ExpiresAt)
		s.lifetime = duration(r.Lifetime)
		if s.lifetime > maxLifetime || r.Lifetime != "" && s.lifetime <= 0 {
			b.add(pointer(at, "renew", "lifetime"), fmt.Sprintf("the lifetime %s is not between 1ms and 3650d", r.Lifetime), "Example: 3d")
		}
		if r.On != "" {
			var failed *mistake
			s.renewOn, failed = compilePredicate(deliveryEnv(), r.On)
			b.mistake(pointer(at, "renew", "on"), failed)
		}
		if r.Before != "" {
			s.before = duration(r.Before)
		}
		if r.ExpiresAt == "" && r.Lifetime == "" {
			b.add(pointer(at, "renew"), "nothing says when the subscription ends", "Add expiresAt: with a field of create's answer, or lifetime:.")
		}
	}
	if def.Missed != "" {
		var failed *mistake
		s.missed, failed = compilePredicate(deliveryEnv(), def.Missed)
		b.mistake(pointer(at, "missed"), failed)
	}
	if f := def.Find; f != nil {
		s.Find = method("find/method", f.Method)
		field("find/url", s.Find, f.URL)
		field("find/id", s.Find, f.ID)
		if s.Find != nil && !s.Find.hasRows {
			b.add(pointer(at, "find", "method"), fmt.Sprintf("the method %s lists no rows", f.Method), "Add response.rows to it.")
		}
	}
	b.subscriptionParams(s, at)
	t.subscription = s
}

// mentionsHook reports whether the method's request mentions webhook.name.
func (m *Method) mentionsHook(name string) bool {
	found := false
	look := func(t *template) {
		if t != nil {
			t.refs(func(r *ref) { found = found || r.root == rootHook && r.name == name })
		}
	}
	look(m.url)
	look(m.path)
	look(m.text)
	for _, n := range append(slices.Clone(m.query), m.headers...) {
		look(n.value)
	}
	for i := range m.defaults {
		look(m.defaults[i].fallback.template)
	}
	for i := range m.params {
		look(m.params[i].fallback.template)
	}
	return found
}

// TriggerByUID returns the trigger with the MethodUniqueIdentifier, or nil.
func (c *Compiled) TriggerByUID(uid paceline.ID) *Trigger {
	for _, t := range c.triggers {
		if t.UID == uid {
			return t
		}
	}
	return nil
}
