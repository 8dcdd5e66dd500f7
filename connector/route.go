package connector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"paceline/mapping"
)

// route is a compiled RouteDef.
type route struct {
	key   func(*Delivery) string
	rows  mapping.ItemList
	byRow bool
}

// Routed is what a delivery to a shared address has for the account connectors with one key.
type Routed struct {
	Key      string
	Delivery Delivery // only what is for them
}

// maxRouted bounds the keys in one delivery.
const maxRouted = 1000

// Shared reports whether the trigger takes deliveries at an address that all accounts of the partner share.
func (t *Trigger) Shared() bool { return t.route != nil }

// SharedTriggers returns the triggers with a shared address, in the order of the file.
func (c *Compiled) SharedTriggers() (list []*Trigger) {
	for i := range c.Definition.Triggers {
		if t := c.triggers[c.Definition.Triggers[i].ID]; t.Shared() {
			list = append(list, t)
		}
	}
	return list
}

// matches reports whether a property holds the vendor's ids of an account for a shared address.
func (c *Compiled) matches(property string) bool {
	return slices.ContainsFunc(c.Definition.Triggers, func(t TriggerDef) bool { return t.Route != nil && t.Route.Match == property })
}

// DecidesRoute reports whether a property says whose events an account receives at a shared address: it holds the
// vendor's ids, or decides on the host that is asked for them.
func (c *Compiled) DecidesRoute(property string) bool {
	return c.matches(property) || c.routeAsked() && slices.Contains(c.HostProperties(), property)
}

// routeAsked reports whether the vendor is asked for the ids of an account.
func (c *Compiled) routeAsked() bool {
	for _, t := range c.Definition.Triggers {
		if t.Route != nil && t.Route.Refresh != nil {
			return true
		}
	}
	for _, a := range c.Definition.Auth {
		if slices.ContainsFunc(a.Capture, func(f CaptureDef) bool { return c.matches(f.Into) }) {
			return true
		}
	}
	return false
}

// RouteKeys returns the vendor's ids of the instance's account, by which shared addresses find it.
func (i *Instance) RouteKeys() (keys []string) {
	p := i.prepare()
	for _, t := range i.Compiled.SharedTriggers() {
		for _, id := range SplitIDs(p.properties[t.Definition.Route.Match]) {
			if !slices.Contains(keys, id) {
				keys = append(keys, id)
			}
		}
	}
	return keys
}

// defaultRefresh is how often the ids of an account connector are asked for.
const defaultRefresh = 24 * time.Hour

// RefreshEvery is how often the ids of an account connector are asked for, 0 for never.
func (t *Trigger) RefreshEvery() time.Duration {
	switch r := t.Definition.Route; {
	case r == nil || r.Refresh == nil:
		return 0
	case r.Refresh.Every == "":
		return defaultRefresh
	default:
		return duration(r.Refresh.Every)
	}
}

// RefreshedIDs reads the ids in an answer of the method that lists them.
func (t *Trigger) RefreshedIDs(answer []byte) []string {
	r := t.Definition.Route
	m := t.connector.methods[r.Refresh.Method]
	l := m.field(r.Refresh.ID)
	if l == nil {
		return nil
	}
	var ids []string
	for v := range l.GetAll(answer) {
		if text := mapping.Text(v); text != "" {
			ids = append(ids, text)
		}
	}
	return ids
}

// SplitIDs reads the ids that a property holds.
func SplitIDs(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}

// stepRoutes takes routes away that say what is so without them: each step has an address of its own.
func (d *Definition) stepRoutes() {
	for i := range d.Triggers {
		if r := d.Triggers[i].Route; r != nil && *r == (RouteDef{Mode: "step"}) {
			d.Triggers[i].Route = nil
		}
	}
}

// route compiles how a shared address is read.
func (b *builder) route(t *Trigger, at string) {
	def := t.Definition.Route
	if def == nil {
		return
	}
	if def.Mode == "step" {
		b.add(pointer(at, "mode"), "a route of mode step has keys of a shared one", "Write mode: shared, or remove the other keys.")
		return
	}
	if def.Key == (Place{}) || def.Match == "" {
		b.add(at, "a shared route lacks the key \"key\" or \"match\"", "Add key: {in: body, path: account_id} and match with the property that holds the account's id.")
		return
	}
	r := &route{key: b.place(&def.Key, "auto", pointer(at, "key"))}
	if def.Rows != "" {
		l, _ := b.rows(pointer(at, "rows"), def.Rows)
		var err error
		if r.rows, err = mapping.ParseItemList(l.String()); err != nil {
			b.add(pointer(at, "rows"), fmt.Sprintf("%q does not name one list", shorten(def.Rows)), "Example: [entry]")
		}
		if r.byRow = true; def.Key.In != "body" {
			b.add(pointer(at, "key"), "the key of each row is not in the body", "Write in: body, with the path from the beginning of the document, for example [entry].id.")
		}
	}
	k := slices.IndexFunc(b.def.Properties, func(p Property) bool { return p.Name == def.Match })
	if k < 0 || b.def.Properties[k].Scope != ScopeAccount {
		b.add(pointer(at, "match"), fmt.Sprintf("%q is not a property of scope account", shorten(def.Match)), "Declare the property that holds the vendor's id of the account.")
	} else if b.def.Properties[k].Secret {
		b.add(pointer(at, "match"), fmt.Sprintf("the property %s is secret", def.Match), "An id of the vendor is no secret: events name it.")
	} else if b.def.Properties[k].Default != nil {
		b.add(pointer(at, "match"), fmt.Sprintf("the property %s has a default, which all accounts would share", def.Match), "Remove the default: an id belongs to one customer.")
	}
	if !t.Verifies() {
		b.add(at, "the shared address takes deliveries of anybody", "Add verify, with {{app.secret}} or a secret property of scope partner.")
	}
	if t.secret != nil && t.secret.mentions(rootWebhook) {
		b.add(at, "a shared address belongs to no account, whose secret it could check", "Write verify.secret: \"{{app.secret}}\", or a secret property of scope partner.")
	}
	if t.Definition.Subscription != nil {
		b.add(at, "a shared address is registered once, by hand", "Remove subscription, or route.")
	}
	if f := def.Refresh; f != nil {
		m := b.c.methods[f.Method]
		switch {
		case m == nil:
			b.add(pointer(at, "refresh", "method"), fmt.Sprintf("the method %q does not exist", f.Method), "Name a method of this file.")
		case m.field(f.ID) == nil:
			b.add(pointer(at, "refresh", "id"), fmt.Sprintf("the answer of the method %s has no field named %s", f.Method, f.ID), "Name one of its response fields (name, not loc).")
		}
		if f.Every != "" && duration(f.Every) < time.Minute {
			b.add(pointer(at, "refresh", "every"), fmt.Sprintf("the time %s is less than a minute", f.Every), "Example: 24h")
		}
	}
	t.route = r
}

// Route says for which keys a delivery to a shared address is, and what of it is for each. The delivery is
// genuine and read with Payload already.
func (t *Trigger) Route(d Delivery, payload json.RawMessage) ([]Routed, error) {
	if !t.route.byRow {
		if key := t.route.key(&d); key != "" {
			return []Routed{{key, d}}, nil
		}
		return nil, nil
	}
	at, single, found := t.route.rows.Start(payload)
	if !found {
		return nil, nil
	}
	keyOf := func(doc []byte) string {
		part := d
		part.RawBody, part.Header = doc, jsonHeader(d)
		return t.route.key(&part)
	}
	if single {
		part := d
		part.RawBody, part.Header = payload, jsonHeader(d)
		if key := keyOf(payload); key != "" {
			return []Routed{{key, part}}, nil
		}
		return nil, nil
	}
	var keys []string
	items := map[string][][]byte{}
	next := at
	for {
		item, after, err := mapping.NextItem(payload, next)
		if err == mapping.ErrListEnds {
			next = after
			break
		}
		if err != nil {
			return nil, err
		}
		next = after
		key := keyOf(t.route.rows.Document(nil, item))
		if key == "" {
			continue
		}
		if items[key] == nil {
			if keys = append(keys, key); len(keys) > maxRouted {
				return nil, fmt.Errorf("a delivery is for more than %d accounts", maxRouted)
			}
		}
		items[key] = append(items[key], item)
	}
	var list []Routed
	for _, key := range keys {
		doc := append([]byte{}, payload[:at]...)
		for i, item := range items[key] {
			if i > 0 {
				doc = append(doc, ',')
			}
			doc = append(doc, item...)
		}
		part := d
		part.RawBody, part.Header = append(doc, payload[next:]...), jsonHeader(d)
		list = append(list, Routed{key, part})
	}
	return list, nil
}

// jsonHeader is the delivery's header for a part of its payload, which is JSON whatever the delivery was.
func jsonHeader(d Delivery) http.Header {
	h := d.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Content-Type", "application/json")
	return h
}
