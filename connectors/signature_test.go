package connectors

import (
	"net/http"
	"testing"
	"time"

	stripe "github.com/stripe/stripe-go/v82/webhook"

	"paceline/connector"
)

// TestStripeSignatures checks deliveries that Stripe's own library has signed, and what a forger would send.
func TestStripeSignatures(t *testing.T) {
	t.Parallel()
	compiled, err := connector.Compile(definition(t, "stripe"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1790000000, 0)
	signed := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: []byte(`{"id":"evt_1","type":"invoice.paid"}`), Secret: "whsec_1", Timestamp: now})
	other := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: signed.Payload, Secret: "whsec_0", Timestamp: now})
	rolled := other.Header + ",v1=" + stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: signed.Payload, Secret: "whsec_1", Timestamp: now}).Header[len("t=1790000000,v1="):]
	for _, c := range []struct {
		name, header, body string
		at                 time.Time
		good               bool
	}{
		{"signed", signed.Header, string(signed.Payload), now.Add(time.Second), true},
		{"one of two signatures while the secret is rolled", rolled, string(signed.Payload), now, true},
		{"signed by somebody else", other.Header, string(signed.Payload), now, false},
		{"another body", signed.Header, `{"id":"evt_2","type":"invoice.paid"}`, now, false},
		{"ten minutes late", signed.Header, string(signed.Payload), now.Add(10 * time.Minute), false},
		{"no signature", "", string(signed.Payload), now, false},
	} {
		d := connector.Delivery{Method: http.MethodPost, RawBody: []byte(c.body), Header: http.Header{"Stripe-Signature": {c.header}}, At: c.at}
		for _, trigger := range []string{"event", "invoice-paid"} {
			if err := compiled.Trigger(trigger).Verify("whsec_1", d); (err == nil) != c.good {
				t.Errorf("%s, %s: %v", c.name, trigger, err)
			}
		}
	}
}

// TestGitHubSignatures holds the vector that GitHub publishes for those who check its webhooks.
func TestGitHubSignatures(t *testing.T) {
	t.Parallel()
	compiled, err := connector.Compile(definition(t, "github"))
	if err != nil {
		t.Fatal(err)
	}
	const secret, body = "It's a Secret to Everybody", "Hello, World!"
	const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	for _, c := range []struct {
		header, body string
		good         bool
	}{{signature, body, true}, {signature, body + " ", false}, {"sha256=" + signature[8:], body, false}, {"", body, false}} {
		d := connector.Delivery{Method: http.MethodPost, RawBody: []byte(c.body), Header: http.Header{"X-Hub-Signature-256": {c.header}}}
		for _, trigger := range []string{"issues", "repository-event", "organization-event"} {
			if err := compiled.Trigger(trigger).Verify(secret, d); (err == nil) != c.good {
				t.Errorf("%q, %s: %v", c.header, trigger, err)
			}
		}
	}
}

// TestHubSpotSignatures holds a vector of HubSpot's own client library (Signature.getSignature, version 3).
func TestHubSpotSignatures(t *testing.T) {
	t.Parallel()
	compiled, err := connector.Compile(definition(t, "hubspot"))
	if err != nil {
		t.Fatal(err)
	}
	keys := connector.Keys{Instance: &connector.Instance{Compiled: compiled, Client: connector.Client{Secret: "app-secret"}}}
	const body, signature = `[{"eventId":1,"portalId":12345}]`, "5Ff6D0okns1Z/c2N5Uofd+GeGPivmw6rFns0719u8n0="
	sent := time.UnixMilli(1772600767000)
	for _, c := range []struct {
		uri, body, signature string
		at                   time.Time
		good                 bool
	}{
		{"/hooks/partner/hubspot", body, signature, sent.Add(time.Second), true},
		{"/hooks/partner/other", body, signature, sent, false},
		{"/hooks/partner/hubspot", body + " ", signature, sent, false},
		{"/hooks/partner/hubspot", body, signature, sent.Add(6 * time.Minute), false},
		{"/hooks/partner/hubspot", body, "", sent, false},
	} {
		err := compiled.Trigger("hubspot-event").Check(keys, connector.Delivery{
			Method: http.MethodPost, Origin: "https://paceline.example", URI: c.uri, RawBody: []byte(c.body), At: c.at,
			Header: http.Header{"X-Hubspot-Signature-V3": {c.signature}, "X-Hubspot-Request-Timestamp": {"1772600767000"}},
		})
		if (err == nil) != c.good {
			t.Errorf("%s %s at %s: %v", c.uri, c.body, c.at, err)
		}
	}
}
