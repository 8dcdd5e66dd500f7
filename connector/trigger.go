package connector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"paceline"
	"paceline/mapping"
)

// Trigger is a compiled trigger.
type Trigger struct {
	ID         string
	UID        paceline.ID // MethodUniqueIdentifier
	Definition *TriggerDef

	connector *Compiled
	verifier  verifier
	secret    *template
	eventID   func(*Delivery) string
	challenge *predicate
	reply     *template
	filter    *predicate
	rows      mapping.Location
	hasRows   bool
}

// Delivery is one request to a webhook address, exactly as it came.
type Delivery struct {
	Method  string
	Header  http.Header
	Query   url.Values
	RawBody []byte
	At      time.Time // of arrival
}

// Answer is an HTTP answer to the sender of a delivery. ContentType is "" without a body.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
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
	known := &scopeNames{delivery: true}
	kind := firstOf(def.Verify.Type, "none")
	t.verifier = verifiers[kind](b, &def.Verify, pointer(at, "verify"))
	t.secret = b.template(pointer(at, "verify", "secret"), firstOf(def.Verify.Secret, "{{webhook.secret}}"), known, plainEscape)
	if t.secret != nil && !t.secret.mentions(rootWebhook) {
		b.add(pointer(at, "verify", "secret"), "the secret stands in the file", "Write {{webhook.secret}}, which is the secret of the account connector.")
	}
	if kind == "none" && def.Verify != (VerifyDef{Type: def.Verify.Type}) {
		b.add(pointer(at, "verify"), "verify of type none has further keys", "Use another type, or remove them.")
	}
	if def.EventID != nil {
		t.eventID = b.place(def.EventID, pointer(at, "eventId"))
	}
	if def.Challenge != nil {
		var failed *mistake
		t.challenge, failed = compilePredicate(deliveryEnv(), def.Challenge.When)
		b.mistake(pointer(at, "challenge", "when"), failed)
		t.reply = b.template(pointer(at, "challenge", "reply", "body"), def.Challenge.Reply.Body, known, plainEscape)
		if t.reply != nil && t.reply.secrets {
			b.add(pointer(at, "challenge", "reply", "body"), "the reply would send the secret to whoever asks", "Send back what was asked, for example {{query.challenge}}.")
		}
	}
	if def.Filter != "" {
		var failed *mistake
		t.filter, failed = compilePredicate(deliveryEnv(), def.Filter)
		b.mistake(pointer(at, "filter"), failed)
	}
	if def.Payload.Rows != "" {
		t.rows, t.hasRows = b.rows(pointer(at, "payload", "rows"), def.Payload.Rows)
	}
	b.payloadFields(def, at)
}

func (b *builder) payloadFields(def *TriggerDef, at string) {
	b.fields(pointer(at, "payload"), def.ID, def.Payload.Fields)
	for i, f := range def.Payload.Fields {
		b.location(pointer(at, "payload", "fields", i, "loc"), f.Loc)
	}
}

func (b *builder) poll(def *TriggerDef, at string) {
	if def.Method == "" {
		b.add(at, "a trigger of type poll lacks the key \"method\"", "Add the id of the method that lists what is new.")
	}
	if def.Verify != (VerifyDef{}) || def.EventID != nil || def.Challenge != nil || def.Ack != nil || def.Filter != "" || def.Payload.Rows != "" || def.Payload.Format != "" || len(def.Payload.Fields) > 0 {
		b.add(at, "a trigger of type poll has keys of webhooks", "Remove verify, eventId, challenge, ack, filter and payload: its method says all that.")
	}
}

// place compiles where a value stands in a delivery.
func (b *builder) place(p *Place, at string) func(*Delivery) string {
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
	return func(d *Delivery) string {
		v := bodyVal(d.RawBody, &ref{name: p.Path, location: l})
		return v.string()
	}
}

// Verify reports whether the delivery is genuine: nil, or CodeWebhookSignature with the cause for the log.
// secret is the step's or account connector's signing secret; of type basic it is "user:password". A
// definition that verifies accepts nothing while the secret is empty.
func (t *Trigger) Verify(secret string, d Delivery) error {
	key, missing, err := t.secret.append(nil, &delivered{Delivery: &d, secret: secret})
	if t.Verifies() && err == nil && (missing || len(key) == 0) {
		err = fmt.Errorf("no secret is set")
	}
	if err == nil {
		err = t.verifier.verify(key, &d)
	}
	if err != nil {
		return paceline.Fail(paceline.CodeWebhookSignature).Because(err)
	}
	return nil
}

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

// Challenge returns the answer to a provider that only tests the address. Such a request starts nothing
// and is answered whether the cycle runs or not; it carries no signature.
func (t *Trigger) Challenge(d Delivery) (Answer, bool) {
	if t.challenge == nil || !t.challenge.holds((&delivered{Delivery: &d}).vars()) {
		return Answer{}, false
	}
	def := t.Definition.Challenge.Reply
	body, _, err := t.reply.append(nil, &delivered{Delivery: &d})
	if err != nil {
		return Answer{}, false
	}
	return answerOf(def, body, http.StatusOK), true
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
	return t.filter == nil || t.filter.holds((&delivered{Delivery: &d}).vars())
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
	secret string
	pairs  map[string]string // of the header with the signature
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
