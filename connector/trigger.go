package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/mapping"
)

// Trigger is a compiled trigger.
type Trigger struct {
	ID         string
	UID        paceline.ID // MethodUniqueIdentifier
	Definition *TriggerDef

	connector  *Compiled
	verifier   verifier
	secret     *template
	sender     mapping.Location // of Definition.Verify.Sender
	eventID    func(*Delivery) string
	challenges []challenge
	filter     *predicate
	rows       mapping.Location
	hasRows    bool
	sealed     *sealed // nil without one

	subscription *Subscription
	route        *route
	enrich       *Enrich
	script       string
}

// Delivery is one request to a webhook address, exactly as it came.
type Delivery struct {
	Method  string
	Header  http.Header
	Query   url.Values
	RawBody []byte
	At      time.Time // of arrival
	// Origin and URI make the address as the sender knows it: a configured origin, never the Host header, and
	// path and query exactly as they came.
	Origin, URI string
	// Host is that header. It only chooses between the configured origins.
	Host string
}

// Answer is an HTTP answer to the sender of a delivery. ContentType is "" without a body.
type Answer struct {
	Status      int
	ContentType string
	Header      map[string]string // further headers
	Body        []byte
}

// Keys are what deliveries are checked with.
type Keys struct {
	Secrets []string // signing secrets, each of which will do
	// Instance has the vendor's app and the properties that a definition may check with; nil for none.
	Instance *Instance
}

// verifier checks who sent a delivery. One file each registers its own in verifiers.
type verifier interface {
	// verify returns nil for a genuine delivery, else the reason for the log.
	verify(secret []byte, d *Delivery) error
}

// verifiers makes a verifier out of the definition, by type.
var verifiers = map[string]func(b *builder, def *VerifyDef, at string) verifier{}

func registerVerifier(name string, make func(b *builder, def *VerifyDef, at string) verifier) bool {
	verifiers[name] = make
	return true
}

// trigger compiles one trigger.
func (b *builder) trigger(def *TriggerDef, at string) {
	t := &Trigger{ID: def.ID, UID: def.UID, Definition: def, connector: b.c}
	if t.UID == "" {
		t.UID = nameUID(b.def.Metadata.UID, def.ID)
	}
	b.c.triggers[def.ID] = t
	if def.Type == "poll" {
		b.poll(def, at)
		return
	}
	if def.Method != "" {
		b.add(pointer(at, "method"), "a webhook trigger has a method", "Use type poll, or remove method.")
	}
	if def.Every != "" {
		b.add(pointer(at, "every"), "a webhook trigger says how often it is called", "Use type poll, or remove every.")
	}
	kind := firstOf(def.Verify.Type, "none")
	t.verifier = verifiers[kind](b, &def.Verify, pointer(at, "verify"))
	t.secret = b.template(pointer(at, "verify", "secret"), firstOf(def.Verify.Secret, "{{webhook.secret}}"), &scopeNames{delivery: true, app: true, properties: b.def.Properties}, plainEscape)
	if t.secret != nil && !t.secret.secrets {
		b.add(pointer(at, "verify", "secret"), "the secret stands in the file", "Write {{webhook.secret}}, {{app.secret}} or a secret property.")
	}
	if kind == "none" && def.Verify != (VerifyDef{Type: def.Verify.Type}) {
		b.add(pointer(at, "verify"), "verify of type none has further keys", "Use another type, or remove them.")
	}
	if s := def.Verify.Sender; s != nil {
		t.sender = b.location(pointer(at, "verify", "sender", "path"), s.Path)
		if !slices.ContainsFunc(b.def.Properties, func(p Property) bool { return p.Name == s.Property && p.Scope == ScopeAccount }) {
			b.add(pointer(at, "verify", "sender", "property"), fmt.Sprintf("%q is not a property of scope account", shorten(s.Property)), "Declare the property with the id of the vendor's account.")
		}
	}
	t.eventID = b.eventID(def.EventID, firstOf(def.Payload.Format, "auto"), pointer(at, "eventId"))
	b.challenges(t, at)
	if def.Filter != "" {
		var failed *mistake
		t.filter, failed = compilePredicate(filterDeliveryEnv(), def.Filter)
		b.mistake(pointer(at, "filter"), failed)
	}
	if def.Payload.Rows != "" {
		t.rows, t.hasRows = b.rows(pointer(at, "payload", "rows"), def.Payload.Rows)
	}
	b.sealed(t, at)
	b.payloadFields(def, at)
	b.keyFields(pointer(at, "payload", "fields"), def.Payload.Fields, false)
	t.script = b.script(pointer(at, "script"), def.Script)
	b.subscription(t, pointer(at, "subscription"))
	b.route(t, pointer(at, "route"))
	b.enrich(t, pointer(at, "enrich"))
}

func (b *builder) payloadFields(def *TriggerDef, at string) {
	b.fields(pointer(at, "payload"), def.ID, def.Payload.Fields)
	b.noSecrets(pointer(at, "payload"), def.Payload.Fields)
	for i, f := range def.Payload.Fields {
		b.location(pointer(at, "payload", "fields", i, "loc"), f.Loc)
	}
}

func (b *builder) poll(def *TriggerDef, at string) {
	if def.Method == "" {
		b.add(at, "a trigger of type poll lacks the key \"method\"", "Add the id of the method that lists what is new.")
	}
	if every := duration(def.Every); def.Every != "" && (every < time.Minute || every > 7*24*time.Hour) {
		b.add(pointer(at, "every"), fmt.Sprintf("the interval %s is not between 1m and 7d", def.Every), "Example: 5m")
	}
	if def.Verify != (VerifyDef{}) || len(def.EventID) > 0 || len(def.Challenge) > 0 || def.Route != nil || def.Ack != nil || def.Filter != "" || def.Payload.Rows != "" || def.Payload.Format != "" || len(def.Payload.Fields) > 0 || def.Subscription != nil || def.Enrich != nil || def.Script != nil {
		b.add(at, "a trigger of type poll has keys of webhooks", "Remove verify, eventId, challenge, ack, filter, payload, subscription, route, enrich and script: its method says all that.")
	}
}

// eventID reads one place, or several whose values are the id together.
func (b *builder) eventID(places Places, format, at string) func(*Delivery) string {
	if len(places) == 0 {
		return nil
	}
	if len(places) == 1 {
		return b.place(&places[0], format, at)
	}
	var parts []func(*Delivery) string
	for i := range places {
		if part := b.place(&places[i], format, pointer(at, i)); part != nil {
			parts = append(parts, part)
		}
	}
	return func(d *Delivery) string {
		var id []string
		for _, part := range parts {
			id = append(id, part(d))
		}
		if strings.Join(id, "") == "" {
			return ""
		}
		return strings.Join(id, "\x1f") // no text of a vendor has it, so that no two ids run into each other
	}
}

// place compiles where a value stands in a delivery whose payload has the format.
func (b *builder) place(p *Place, format, at string) func(*Delivery) string {
	switch {
	case p.In == "body" && p.Path == "":
		b.add(at, "a value in the body lacks the key \"path\"", "Add its location, for example path: event.id.")
	case p.In != "body" && p.Name == "":
		b.add(at, "a value in "+p.In+" lacks the key \"name\"", "Add the name of the header or parameter.")
	}
	switch p.In {
	case "header":
		return func(d *Delivery) string { return d.Header.Get(p.Name) }
	case "query":
		return func(d *Delivery) string { return d.Query.Get(p.Name) }
	}
	if p.Path == "" {
		return nil
	}
	l := b.location(pointer(at, "path"), p.Path)
	if l.Lists() > 0 {
		// What has several ids is the same only if all of them are, and each item has one.
		items := b.location(pointer(at, "path"), p.Path[:strings.LastIndex(p.Path, "]")+1])
		return func(d *Delivery) string {
			payload, err := payloadOf(d, format)
			if err != nil {
				return ""
			}
			var all []string
			for v := range l.GetAll(payload) {
				all = append(all, mapping.Text(v))
			}
			n := 0
			for range items.GetAll(payload) {
				n++
			}
			if n != len(all) || slices.Contains(all, "") {
				return ""
			}
			return strings.Join(all, "\n")
		}
	}
	return func(d *Delivery) string {
		v := bodyVal(d.RawBody, &ref{name: p.Path, location: l})
		return v.string()
	}
}

// Verify is Check with one signing secret. Of type basic it is "user:password".
func (t *Trigger) Verify(secret string, d Delivery) error {
	return t.Check(Keys{Secrets: []string{secret}}, d)
}

// Check reports whether the delivery is genuine: nil, or CodeWebhookSignature with the cause for the log. A
// definition that verifies accepts nothing while its secret is empty.
func (t *Trigger) Check(keys Keys, d Delivery) error {
	secrets := keys.Secrets
	if len(secrets) == 0 {
		secrets = []string{""}
	}
	var failed error
	for _, secret := range secrets {
		key, missing, err := t.secret.append(nil, &delivered{Delivery: &d, secret: secret, instance: keys.Instance})
		if t.Verifies() && err == nil && (missing || len(key) == 0) {
			err = fmt.Errorf("no secret is set")
		}
		if err == nil {
			err = t.verifier.verify(key, &d)
		}
		if err == nil {
			err = t.sentBy(keys.Instance, &d)
		}
		if err == nil {
			return nil
		}
		failed = err
	}
	return paceline.Fail(paceline.CodeWebhookSignature).Because(failed)
}

// sentBy checks that the vendor's account that a delivery names is the one of the account connector.
func (t *Trigger) sentBy(instance *Instance, d *Delivery) error {
	s := t.Definition.Verify.Sender
	if s == nil || instance == nil {
		return nil
	}
	want := instance.prepare().properties[s.Property]
	if want == "" {
		return nil
	}
	payload, err := payloadOf(d, firstOf(t.Definition.Payload.Format, "auto"))
	if err != nil {
		return err
	}
	if v, _ := t.sender.Get(payload); mapping.Text(v) != want {
		return errWrongSender
	}
	return nil
}

var errWrongSender = errors.New("another account of the vendor has sent it")

// Verifies reports whether deliveries must prove who sent them, so that a secret is needed.
func (t *Trigger) Verifies() bool {
	return t.Definition.Verify.Type != "" && t.Definition.Verify.Type != "none"
}

// Webhook reports whether the trigger receives deliveries; otherwise its Definition.Method is polled.
func (t *Trigger) Webhook() bool { return t.Definition.Type == "webhook" }

// EventID returns the sender's id of the event, "" when the trigger declares none or it is missing. Equal
// ids are one event.
func (t *Trigger) EventID(d Delivery) string {
	if t.eventID == nil {
		return ""
	}
	return t.eventID(&d)
}

// Ack returns the answer to an accepted delivery and whether the definition declares one.
func (t *Trigger) Ack() (Answer, bool) {
	if t.Definition.Ack == nil {
		return Answer{Status: http.StatusOK}, false
	}
	return answerOf(*t.Definition.Ack, []byte(t.Definition.Ack.Body), http.StatusOK), true
}

func answerOf(def Reply, body []byte, status int) Answer {
	a := Answer{Status: def.Status, Body: body}
	if a.Status == 0 {
		a.Status = status
	}
	if len(body) > 0 {
		// Only types that no browser runs: the body may hold what the caller sent.
		a.ContentType = firstOf(def.ContentType, "text/plain")
	}
	return a
}

// Wants reports whether the filter lets the delivery through. An event for which the filter can't be
// evaluated, because a field is missing, is not wanted.
func (t *Trigger) Wants(d Delivery) bool {
	if t.filter == nil {
		return true
	}
	vars, events := (&delivered{Delivery: &d}).vars(), []string{}
	if s := t.Definition.Subscription; s != nil {
		events = s.Events
	}
	vars["webhook"] = map[string]any{"events": events}
	return t.filter.holds(vars)
}

// Rows counts the rows of a payload: of the declared list, else 1.
func (t *Trigger) Rows(payload json.RawMessage) int {
	if !t.hasRows {
		return 1
	}
	n := 0
	for range t.rows.GetAll(payload) {
		n++
	}
	return n
}

// delivered gives the templates and predicates of a trigger their values.
type delivered struct {
	*Delivery
	secret   string
	pairs    map[string]string // of the header with the signature
	instance *Instance         // nil for none
}

func (d *delivered) lookup(r *ref) val {
	switch r.root {
	case rootWebhook:
		if d.secret != "" {
			return textVal(d.secret)
		}
	case rootRawBody:
		return val{kind: bytesVal, data: d.RawBody}
	case rootHeader:
		if v := d.Header.Get(r.name); v != "" {
			return textVal(v)
		}
	case rootQuery:
		if v := d.Query.Get(r.name); v != "" {
			return textVal(v)
		}
	case rootPair:
		if v := d.pairs[r.name]; v != "" {
			return textVal(v)
		}
	case rootBody:
		return bodyVal(d.RawBody, r)
	case rootRequest:
		if r.name == "method" {
			return textVal(d.Method)
		}
		return textVal(d.Origin + d.URI)
	case rootApp:
		if d.instance != nil && r.name == "id" {
			return textVal(d.instance.Client.ID)
		}
		if d.instance != nil {
			return textVal(d.instance.Client.Secret)
		}
	case rootProperty:
		if d.instance != nil {
			return d.instance.prepare().lookup(r)
		}
	}
	return val{}
}

// vars gives predicates their values, decoded when one asks: most filters look at a header only.
func (d *delivered) vars() map[string]any {
	return map[string]any{
		"method": d.Method,
		"body": func() any {
			payload, err := payloadOf(d.Delivery, "auto")
			if err != nil {
				return string(d.RawBody)
			}
			return native(payload)
		},
		"header": func() any { return lowerMap(d.Header, true) },
		"query":  func() any { return lowerMap(d.Query, false) },
	}
}
