package connector_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
)

// TestChallenges answers the tests of an address that vendors make, and refuses what is not theirs.
func TestChallenges(t *testing.T) {
	t.Parallel()
	sign := func(key, text string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(text))
		return hex.EncodeToString(mac.Sum(nil))
	}
	const (
		graph = `challenge: {when: "has(query.validationToken)", reply: {contentType: text/plain, body: "{{query.validationToken}}"}}`
		slack = `challenge: {when: "body.type == 'url_verification'", reply: {contentType: application/json, body: "{\"challenge\": {{body.challenge | json}}}"}}`
		hub   = `verify: {type: hmac, header: X-Sig}, challenge: {when: "query['hub.mode'] == 'subscribe'", token: {in: query, name: hub.verify_token}, reply: {body: "{{query.hub.challenge}}"}}`
		zoom  = `verify: {type: hmac, header: X-Sig}, challenge: [{when: "body.event == 'endpoint.url_validation'", reply: {contentType: application/json, headers: {X-Plain: "{{body.payload.plainToken}}"}, body: "{{body.payload.plainToken | hmac: webhook.secret | hex}}"}}, {when: "method == 'GET'", reply: {body: hello}}]`
	)
	with := func(query string, body string, headers ...string) connector.Delivery {
		d := delivery(body, headers...)
		d.Query, _ = url.ParseQuery(query)
		return d
	}
	ask := `{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}`
	for _, c := range []struct {
		name, trigger, secret string
		delivery              connector.Delivery
		want                  string // "" is none, "refused" an error
	}{
		{"in the query", graph, "", with("validationToken=Validation%3A+a%26b", ""), "Validation: a&b"},
		{"an event", graph, "", with("", `{"value":[]}`), ""},
		{"in the body", slack, "", with("", `{"type":"url_verification","challenge":"3eZ\"bTI"}`), `{"challenge": "3eZ\"bTI"}`},
		{"with the token", hub, "t0ken", with("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=t0ken", ""), "1158201444"},
		{"with another token", hub, "t0ken", with("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=other", ""), "refused"},
		{"without a token", hub, "t0ken", with("hub.mode=subscribe&hub.challenge=1158201444", ""), "refused"},
		{"while no secret is set", hub, "", with("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", ""), "refused"},
		{"signed", zoom, "s", with("", ask, "X-Sig: "+sign("s", ask)), sign("s", "qgg8vlvZRS6UYooatFL8Aw")},
		{"a hash for anybody", zoom, "s", with("", ask), "refused"},
		{"a hash for another key", zoom, "s", with("", ask, "X-Sig: "+sign("x", ask)), "refused"},
	} {
		d := c.delivery
		if c.trigger == zoom && d.Method == "" {
			d.Method = "POST"
		}
		answer, asked, err := parseTrigger(t, c.trigger).Challenge(connector.Keys{Secrets: []string{c.secret}}, d)
		got := string(answer.Body)
		switch {
		case err != nil:
			if got = "refused"; paceline.CodeOf(err) != paceline.CodeWebhookSignature {
				t.Errorf("%s: %v", c.name, err)
			}
		case !asked:
			got = ""
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if c.name == "signed" && answer.Header["X-Plain"] != "qgg8vlvZRS6UYooatFL8Aw" {
			t.Errorf("headers are %v", answer.Header)
		}
	}
}

// TestVerifyMore checks secrets in bodies, signed addresses, and secrets of the app.
func TestVerifyMore(t *testing.T) {
	t.Parallel()
	const state = `verify: {type: token, body: "[value].clientState"}`
	for body, genuine := range map[string]bool{
		`{"value":[{"clientState":"s"},{"clientState":"s"}]}`: true,
		`{"value":[{"clientState":"s"},{"clientState":"x"}]}`: false,
		`{"value":[{"clientState":"s"},{}]}`:                  false,
		`{"value":[]}`:                                        false,
		`{}`:                                                  false,
	} {
		if err := parseTrigger(t, state).Verify("s", delivery(body)); (err == nil) != genuine {
			t.Errorf("%s: %v, want genuine %t", body, err, genuine)
		}
	}
	const address = `verify: {type: hmac, secret: "{{app.secret}}", header: X-Sig, encoding: base64, payload: "{{request.method}}{{request.url}}{{rawBody}}{{header.X-Time}}", timestamp: {header: X-Time}}`
	trigger := parseTrigger(t, address)
	stamp := fmt.Sprint(newYear.UnixMilli()) // milliseconds, as some vendors send
	mac := hmac.New(sha256.New, []byte("app-secret"))
	mac.Write([]byte("POSThttps://us.example/hook?x=1{}" + stamp))
	d := delivery("{}", "X-Time: "+stamp, "X-Sig: "+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	d.Method, d.Origin, d.URI = "POST", "https://us.example", "/hook?x=1"
	app := connector.Keys{Instance: &connector.Instance{Client: connector.Client{ID: "app", Secret: "app-secret"}}}
	if err := trigger.Check(app, d); err != nil {
		t.Error(err)
	}
	other := d
	other.URI = "/hook?x=2"
	if trigger.Check(app, other) == nil {
		t.Error("another address is genuine")
	}
	if trigger.Check(connector.Keys{}, d) == nil {
		t.Error("without an app everything is genuine")
	}
	old := d
	old.At = newYear.Add(3600e9)
	if trigger.Check(app, old) == nil {
		t.Error("an old delivery is genuine")
	}
	if got := strings.Join(connector.SplitIDs(" 1, 2;3\n4 "), "|"); got != "1|2|3|4" {
		t.Error(got)
	}
}
