package connector_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
)

// parseTrigger compiles a trigger out of its YAML flow mapping.
func parseTrigger(t testing.TB, text string) *connector.Trigger {
	t.Helper()
	def, problems := connector.Parse("t.yaml", []byte(`apiVersion: connectors/v1
kind: Connector
metadata: {key: t, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c10, name: T, version: 1.0.0}
methods: []
triggers:
  - {id: t, name: T, type: webhook, `+text+`}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	compiled, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Trigger("t")
}

func delivery(body string, headers ...string) connector.Delivery {
	d := connector.Delivery{Method: "POST", Header: http.Header{}, Query: url.Values{}, RawBody: []byte(body), At: newYear}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		d.Header.Add(name, value)
	}
	return d
}

// TestVerify holds published vectors and forgeries of each.
func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		gitHub = `verify: {type: hmac, header: X-Hub-Signature-256, prefix: "sha256="}`
		secret = "It's a Secret to Everybody"
		hello  = "Hello, World!"
		sum    = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
		acme   = `verify: {type: hmac, header: X-Sig, prefix: "v1=", payload: "{{header.X-Time}}.{{rawBody}}", timestamp: {header: X-Time, tolerance: 300s}}`
		base   = `verify: {type: hmac, alg: sha1, header: X-Sig, encoding: base64}`
		token  = `verify: {type: token, header: X-Token, prefix: "Token "}`
		query  = `verify: {type: token, query: key}`
		basic  = `verify: {type: basic}`
	)
	withQuery := func(d connector.Delivery, name, value string) connector.Delivery {
		d.Query.Set(name, value)
		return d
	}
	cases := []struct {
		name, trigger, secret string
		delivery              connector.Delivery
		genuine               bool
	}{
		{"GitHub's vector", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256="+sum), true},
		{"in upper case", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256="+strings.ToUpper(sum)), true},
		{"with an older signature beside it", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256=00, sha256="+sum), true},
		{"another body", gitHub, secret, delivery(hello+" ", "X-Hub-Signature-256: sha256="+sum), false},
		{"another secret", gitHub, secret + ".", delivery(hello, "X-Hub-Signature-256: sha256="+sum), false},
		{"no secret is set", gitHub, "", delivery(hello, "X-Hub-Signature-256: sha256="+sum), false},
		{"no signature", gitHub, secret, delivery(hello), false},
		{"an empty signature", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256="), false},
		{"no prefix", gitHub, secret, delivery(hello, "X-Hub-Signature-256: "+sum), false},
		{"a shorter signature", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256="+sum[:62]), false},
		{"a longer signature", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256="+sum+"00"), false},
		{"not hex", gitHub, secret, delivery(hello, "X-Hub-Signature-256: sha256="+strings.Repeat("z", 64)), false},
		{"signed with a time", acme, "s", delivery("{}", "X-Time: 1798761600", "X-Sig: v1="+windowSignature), true},
		{"with its time changed", acme, "s", delivery("{}", "X-Time: 1798761601", "X-Sig: v1="+windowSignature), false},
		{"SHA-1 in base64", base, "key", delivery("The quick brown fox jumps over the lazy dog", "X-Sig: 3nybhbi3iqa8ino29wqQcBydtNk="), true},
		{"base64 with a wrong letter", base, "key", delivery("The quick brown fox jumps over the lazy dog", "X-Sig: 3nybhbi3iqa8ino29wqQcBydtNl="), false},
		{"token", token, "abc", delivery("", "X-Token: Token abc"), true},
		{"token without its prefix", token, "abc", delivery("", "X-Token: abc"), false},
		{"token too long", token, "abc", delivery("", "X-Token: Token abcd"), false},
		{"token missing and none set", token, "", delivery("", "X-Token: Token "), false},
		{"token in the query", query, "abc", withQuery(delivery(""), "key", "abc"), true},
		{"wrong token in the query", query, "abc", withQuery(delivery(""), "key", "abd"), false},
		{"basic", basic, "u:p", delivery("", "Authorization: Basic dTpw"), true},
		{"basic with another password", basic, "u:q", delivery("", "Authorization: Basic dTpw"), false},
		{"basic of another scheme", basic, "u:p", delivery("", "Authorization: Bearer dTpw"), false},
		{"basic that is not base64", basic, "u:p", delivery("", "Authorization: Basic !"), false},
		{"none", `verify: {type: none}`, "", delivery("x"), true},
		{"undeclared", `category: C`, "", delivery("x"), true},
	}
	for _, c := range cases {
		err := parseTrigger(t, c.trigger).Verify(c.secret, c.delivery)
		if (err == nil) != c.genuine {
			t.Errorf("%s: got %v, want genuine %t", c.name, err, c.genuine)
		}
		if err != nil && paceline.CodeOf(err) != paceline.CodeWebhookSignature {
			t.Errorf("%s: code is %s", c.name, paceline.CodeOf(err))
		}
	}
}

// TestVerifyWindow signs with a time and moves the clock around it.
func TestVerifyWindow(t *testing.T) {
	t.Parallel()
	trigger := parseTrigger(t, `verify: {type: hmac, header: X-Sig, payload: "{{header.X-Time}}.{{rawBody}}", timestamp: {header: X-Time, tolerance: 300s}}`)
	// HMAC-SHA256 with key "s" over "1798761600.{}"; 1798761600 is the first second of 2027.
	d := delivery("{}", "X-Time: 1798761600", "X-Sig: "+windowSignature)
	for offset, genuine := range map[time.Duration]bool{
		0: true, 300 * time.Second: true, -300 * time.Second: true, 301 * time.Second: false, -301 * time.Second: false,
	} {
		d.At = newYear.Add(offset)
		if err := trigger.Verify("s", d); (err == nil) != genuine {
			t.Errorf("%v: got %v, want genuine %t", offset, err, genuine)
		}
	}
}

// A webhook without a connector takes what programs send, whatever they call it.
func TestPlainPayload(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, query, body, want string }{
		{"application/json", "", `{"a":1}`, `{"a":1}`},
		{"", "", `[1]`, `[1]`},
		{"application/x-www-form-urlencoded", "", `{"a":1}`, `{"a":1}`}, // as curl -d does
		{"text/plain", "", "\n {\"a\":1}", "\n {\"a\":1}"},
		{"application/x-www-form-urlencoded", "", `a=1&b=2&b=3`, `{"a":"1","b":["2","3"]}`},
		{"text/plain", "", `{not JSON`, `{"body":"{not JSON"}`},
		{"application/xml", "", `<a><b>1</b></a>`, `{"a":{"b":"1"}}`},
		{"", "a=1", "", `{"a":"1"}`},
		{"application/json", "a=1", "  ", `{"a":"1"}`},
		{"", "", "", `{}`},
		{"application/json", "", `{"a":`, ""},
		{"", "", `hello`, ""},
	} {
		query, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := connector.PlainPayload(connector.Delivery{Header: http.Header{"Content-Type": {c.kind}}, Query: query, RawBody: []byte(c.body)})
		if string(got) != c.want || (err != nil) != (c.want == "") || err != nil && paceline.CodeOf(err) != paceline.CodeNotJSON {
			t.Errorf("%s %s %q: got %s, %v; want %s", c.kind, c.query, c.body, got, err, c.want)
		}
	}
}

func TestPayload(t *testing.T) {
	t.Parallel()
	get := delivery("")
	get.Method, get.Query = "GET", url.Values{"a": {"1"}, "b": {"x", "y"}}
	cases := []struct {
		name, format string
		delivery     connector.Delivery
		want         string // "" for a refusal
	}{
		{"JSON as it is", "auto", delivery(` {"n": 1.50} `, "Content-Type: application/json"), ` {"n": 1.50} `},
		{"JSON of a vendor's type", "auto", delivery(`[1]`, "Content-Type: application/vnd.x+json; charset=utf-8"), `[1]`},
		{"JSON without a type", "auto", delivery(`{}`), `{}`},
		{"JSON with a byte order mark", "auto", delivery("\xef\xbb\xbf{}"), `{}`},
		{"form", "auto", delivery(`b=2&a=x+y&b=%C3%BC`, "Content-Type: application/x-www-form-urlencoded"), `{"a":"x y","b":["2","ü"]}`},
		{"text", "auto", delivery("line \"1\"\n", "Content-Type: text/plain"), `{"body":"line \"1\"\n"}`},
		{"query", "auto", get, `{"a":"1","b":["x","y"]}`},
		{"text that is JSON, by declaration", "json", delivery(`{"a":1}`, "Content-Type: text/plain"), `{"a":1}`},
		{"JSON that is text, by declaration", "text", delivery(`{"a":1}`, "Content-Type: application/json"), `{"body":"{\"a\":1}"}`},
		{"not JSON", "auto", delivery(`<x/>`, "Content-Type: application/pdf"), ""},
		{"XML", "auto", delivery("<x a='1'>y</x>", "Content-Type: application/soap+xml"), `{"x":{"@a":"1","#text":"y"}}`},
		{"XML that is none", "xml", delivery("<x>"), ""},
		{"cut JSON", "auto", delivery(`{"a":`), ""},
		{"two documents", "auto", delivery(`{} {}`), ""},
		{"10,000 levels", "auto", delivery(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), ""},
		{"256 levels", "auto", delivery(strings.Repeat("[", 256) + strings.Repeat("]", 256)), strings.Repeat("[", 256) + strings.Repeat("]", 256)},
		{"not UTF-8", "auto", delivery("{\"a\":\"\xff\"}"), ""},
		{"form that is not UTF-8", "form", delivery("a=%ff"), ""},
		{"form with a bad escape", "form", delivery("a=%zz"), ""},
		{"form with too many names", "form", delivery(strings.Repeat("a&", 20_000)), ""},
		{"text that is not UTF-8", "text", delivery("\xff"), ""},
		{"a control character in a string", "auto", delivery("{\"a\":\"\x01\"}"), ""},
	}
	for _, c := range cases {
		got, err := parseTrigger(t, "payload: {format: "+c.format+"}").Payload(c.delivery)
		if string(got) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: got %.60s, %v; want %.60s", c.name, got, err, c.want)
		}
		if err != nil && paceline.CodeOf(err) != paceline.CodeNotJSON {
			t.Errorf("%s: code is %s", c.name, paceline.CodeOf(err))
		}
	}
}

func TestTriggerReads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	trigger := b.compiled.Trigger("changed")
	d := delivery(`{"type":"contact.created","event_id":42,"items":[{"id":1},{"id":2}]}`)
	if id := trigger.EventID(d); id != "42" {
		t.Errorf("event id is %q", id)
	}
	if !trigger.Wants(d) {
		t.Error("the filter refused a contact")
	}
	if trigger.Wants(delivery(`{"type":"deal.created"}`)) || trigger.Wants(delivery(`{}`)) || trigger.Wants(delivery(`nonsense`)) {
		t.Error("the filter let another event through")
	}
	payload, err := trigger.Payload(d)
	if err != nil || trigger.Rows(payload) != 2 {
		t.Errorf("%d rows, %v", trigger.Rows(payload), err)
	}
	if ack, ok := trigger.Ack(); !ok || ack.Status != 202 {
		t.Errorf("ack is %+v, %t", ack, ok)
	}
	if _, ok, _ := trigger.Challenge(connector.Keys{}, d); ok {
		t.Error("an event was taken for a challenge")
	}
	ask := delivery("")
	ask.Method, ask.Query = "GET", url.Values{"challenge": {"<b>7</b>"}}
	answer, ok, _ := trigger.Challenge(connector.Keys{}, ask)
	if !ok || answer.Status != 200 || answer.ContentType != "text/plain" || string(answer.Body) != "<b>7</b>" {
		t.Errorf("answer is %+v, %t", answer, ok)
	}
	if poll := b.compiled.Trigger("polled"); poll.Webhook() || poll.Definition.Method != "list-contacts" {
		t.Errorf("%+v", poll)
	}
}

func FuzzDelivery(f *testing.F) {
	f.Add([]byte(`{"type":"contact.x","event_id":1}`), "application/json", "v1=00", "a=1")
	f.Add([]byte(`a=b`), "application/x-www-form-urlencoded", "", "challenge=x")
	f.Add([]byte("\xff"), "text/plain; charset=x", "v1=", "%")
	trigger := parseTrigger(f, `verify: {type: hmac, header: X-Sig, prefix: "v1=", payload: "{{header.X-Time}}.{{body.type | default: rawBody}}.{{rawBody}}"}, eventId: {in: body, path: event_id}, challenge: {when: "has(query.challenge)", reply: {body: "{{query.challenge}}{{body.a}}"}}, filter: "body.type == 'x' && header['a'] != query['b']"`)
	f.Fuzz(func(t *testing.T, body []byte, contentType, signature, query string) {
		values, _ := url.ParseQuery(query)
		d := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {contentType}, "X-Sig": {signature}, "X-Time": {"1"}}, Query: values, RawBody: body, At: newYear}
		if trigger.Verify("secret", d) == nil {
			t.Fatal("a guessed signature was accepted")
		}
		trigger.EventID(d)
		trigger.Challenge(connector.Keys{}, d)
		trigger.Wants(d)
		if payload, err := trigger.Payload(d); err == nil {
			trigger.Rows(payload)
		}
	})
}

const windowSignature = "86885e48489a4d2ffddeb2f43a503ba1f1bdd9dc57e686fdddef588cf909a27c"

// TestFilterKnowsItsEvents: a filter may ask whether a delivery is of an event that the trigger has registered.
func TestFilterKnowsItsEvents(t *testing.T) {
	t.Parallel()
	trigger := parseTrigger(t, `verify: {type: none}, filter: "body.type in webhook.events"`)
	if trigger.Wants(delivery(`{"type":"a"}`, "Content-Type: application/json")) {
		t.Error("an event is wanted although none is registered")
	}
	trigger.Definition.Subscription = &connector.SubscriptionDef{Events: []string{"a", "b"}}
	for body, want := range map[string]bool{`{"type":"a"}`: true, `{"type":"c"}`: false, `{}`: false} {
		if got := trigger.Wants(delivery(body, "Content-Type: application/json")); got != want {
			t.Errorf("%s: wanted %t", body, got)
		}
	}
}
