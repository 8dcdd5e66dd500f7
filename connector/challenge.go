package connector

import (
	"net/http"

	"paceline"
)

// challenge is a compiled Challenge.
type challenge struct {
	when    *predicate
	token   func(*Delivery) string // nil without one
	reply   *template
	headers []named
	signed  bool // the reply is made with the secret
	def     *Challenge
}

// challenges compiles how tests of the address are answered.
func (b *builder) challenges(t *Trigger, at string) {
	known := &scopeNames{delivery: true, app: true}
	for i := range t.Definition.Challenge {
		def := &t.Definition.Challenge[i]
		here := pointer(at, "challenge")
		if len(t.Definition.Challenge) > 1 {
			here = pointer(here, i)
		}
		c := challenge{def: def}
		var failed *mistake
		c.when, failed = compilePredicate(deliveryEnv(), def.When)
		b.mistake(pointer(here, "when"), failed)
		if def.Token != nil {
			c.token = b.place(def.Token, "auto", pointer(here, "token"))
			if !t.Verifies() {
				b.add(pointer(here, "token"), "the trigger verifies nothing, so there is no secret to compare with", "Add verify, or remove token.")
			}
		}
		c.reply = b.template(pointer(here, "reply", "body"), def.Reply.Body, known, plainEscape)
		c.headers = b.named(pointer(here, "reply", "headers"), def.Reply.Headers, known, headerEscape)
		replies := []*template{c.reply}
		for _, h := range c.headers {
			replies = append(replies, h.value)
		}
		for _, reply := range replies {
			if reply == nil || !reply.secrets {
				continue
			}
			c.signed = true
			switch {
			case reply.exposes():
				b.add(pointer(here, "reply"), "the reply would send the secret to whoever asks", "Send back what was asked, for example {{query.challenge}}, or a hash of it: {{body.token | hmac: webhook.secret | hex}}.")
			case !t.Verifies():
				b.add(pointer(here, "reply"), "the reply is made with the secret, for whoever asks", "Add verify: only a request with the right signature gets such a reply.")
			}
		}
		t.challenges = append(t.challenges, c)
	}
}

// exposes reports whether the template shows a secret other than as the key of a hash.
func (t *template) exposes() bool {
	for _, p := range t.parts {
		if p.expr == nil {
			continue
		}
		if p.expr.ref != nil && p.expr.ref.secret {
			return true
		}
		for _, f := range p.expr.filters {
			for i, a := range f.args {
				if a.ref != nil && a.ref.secret && !(f.keyed && i == 0) {
					return true
				}
			}
		}
	}
	return false
}

// Challenge returns the answer to a provider that only tests the address. Such a request starts nothing and is
// answered whether the cycle runs or not. Errors: CodeWebhookSignature for one that lacks the token or
// signature that the definition asks for.
func (t *Trigger) Challenge(keys Keys, d Delivery) (answer Answer, asked bool, err error) {
	for i := range t.challenges {
		c := &t.challenges[i]
		if !c.when.holds((&delivered{Delivery: &d}).vars()) {
			continue
		}
		if c.token != nil && !t.token(keys, c.token(&d), d) {
			return Answer{}, true, paceline.Fail(paceline.CodeWebhookSignature).Because(errWrongToken)
		}
		with := keys
		if c.signed {
			if with, err = t.signedWith(keys, d); err != nil {
				return Answer{}, true, err
			}
		}
		source := &delivered{Delivery: &d, instance: keys.Instance}
		if c.signed && len(with.Secrets) > 0 {
			source.secret = with.Secrets[0]
		}
		body, _, err := c.reply.append(nil, source)
		if err != nil {
			continue
		}
		answer = answerOf(c.def.Reply, body, http.StatusOK)
		for _, h := range c.headers {
			text, missing, err := h.value.text(source)
			if err != nil || missing || !isHeaderText(text) {
				continue
			}
			if answer.Header == nil {
				answer.Header = map[string]string{}
			}
			answer.Header[h.name] = text
		}
		return answer, true, nil
	}
	return Answer{}, false, nil
}

// token reports whether a text is one of the secrets.
func (t *Trigger) token(keys Keys, text string, d Delivery) bool {
	secrets := keys.Secrets
	if len(secrets) == 0 {
		secrets = []string{""}
	}
	for _, secret := range secrets {
		key, missing, err := t.secret.append(nil, &delivered{Delivery: &d, secret: secret, instance: keys.Instance})
		if err == nil && !missing && len(key) > 0 && sameSecret([]byte(text), key) {
			return true
		}
	}
	return false
}

// signedWith returns the keys with the secret alone with which the delivery is signed.
func (t *Trigger) signedWith(keys Keys, d Delivery) (Keys, error) {
	if len(keys.Secrets) == 0 {
		return keys, t.Check(keys, d)
	}
	var failed error
	for _, secret := range keys.Secrets {
		one := Keys{Secrets: []string{secret}, Instance: keys.Instance}
		if failed = t.Check(one, d); failed == nil {
			return one, nil
		}
	}
	return keys, failed
}
