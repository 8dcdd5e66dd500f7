package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestCredentialsAreLocked takes a server what it calls with (T-SEC-2): the console and the API serve, credentials are
// entered, webhooks are taken, and no call is made, also after a restart. When credentials are unlocked everything that was
// accepted is carried on, with what was entered meanwhile.
func TestCredentialsAreLocked(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		v, in := relay(t, start{settings: settings}, r)
		lock := func(what, want string) {
			t.Helper()
			if out, code := runCommand(t, v.start.dir, settings, "credentials", what, "--data", "data"); code != 0 || !strings.HasPrefix(out, want) {
				t.Fatalf("credentials %s ended with code %d: %s", what, code, out)
			}
		}
		var connectors []struct {
			Id            int
			Authenticated bool
			AuthHint      string
		}
		list := func() {
			t.Helper()
			in.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &connectors)
		}
		deliver := func(event string) string {
			t.Helper()
			a, err := in.deliver(event)
			if err != nil || a.status != http.StatusOK {
				t.Fatalf("a delivery while credentials are locked: %v %d %s", err, a.status, a.body)
			}
			return a.header.Get("X-Transaction-Id")
		}
		before := deliver("before")
		in.awaitStatus("Completed", before)

		lock("lock", "Credentials are locked:")
		lock("lock", "Credentials are locked already")
		first := deliver("first")
		if a, _ := in.deliverForged("forged"); a.status != http.StatusUnauthorized {
			t.Errorf("a forged delivery is answered %d", a.status)
		}
		waits := func(ids ...string) {
			t.Helper()
			await(t, "the steps to be told that credentials are locked", func() (bool, any) {
				text := in.c.send(http.MethodGet, "/v1.0/cycles/incidents/warning?pageSize=100", nil, nil).body
				for _, id := range ids {
					if !bytes.Contains(text, []byte(id)) {
						return false, string(text)
					}
				}
				return bytes.Contains(text, []byte("credentials_wait")), string(text)
			})
		}
		waits(first)

		v.stop()
		v = v.again()
		in = in.on(v)
		second := deliver("second")
		waits(first, second)
		if n := r.count("/first first") + r.count("/first second"); n != 0 {
			t.Fatalf("%d calls were made without a credential to make them with", n)
		}
		for _, path := range []string{"/", "/v1.0/cycles/" + in.cycle, "/v1.0/cycles/transactions", "/v1.0/templates"} {
			if a := in.c.send(http.MethodGet, path, nil, nil); a.status != http.StatusOK {
				t.Errorf("%s answers %d %s", path, a.status, a.body)
			}
		}
		if list(); len(connectors) != 1 || !connectors[0].Authenticated || connectors[0].AuthHint != "" {
			t.Fatalf("the account connectors are %+v", connectors)
		}
		path := fmt.Sprintf("/v1.0/account/connectors/%d", connectors[0].Id)
		var methods []struct {
			Id   int
			Name string
		}
		in.c.call(http.MethodGet, "/v1.0/connectors/Relay/methods", nil, &methods)
		call := answer{}
		for _, m := range methods {
			if m.Name == "First" {
				call = in.c.send(http.MethodPost, fmt.Sprintf("%s/methods/%d", path, m.Id), jsonBody(map[string]any{}), http.Header{"Content-Type": {"application/json"}})
			}
		}
		if call.status != http.StatusServiceUnavailable || call.header.Get("Retry-After") == "" || !bytes.Contains(call.body, []byte("locked all credentials")) {
			t.Errorf("a call on demand is answered %d %v %s", call.status, call.header, call.body)
		}
		// What a person types on the set-up page is stored, and called with later.
		r.setKey("another-key-of-2026")
		in.c.call(http.MethodPut, path+"/setup", map[string]any{"Credential": map[string]string{"ApiKey": "another-key-of-2026"}}, nil)
		if list(); connectors[0].AuthHint != "2026" {
			t.Errorf("the account connector after the set-up is %+v", connectors[0])
		}
		in.c.call(http.MethodPost, path+"/properties", map[string]string{"Name": "Note", "Value": "edited"}, nil)

		lock("unlock", "Credentials are unlocked:")
		in.awaitStatus("Completed", first, second)
		for _, event := range []string{"/first first", "/second first", "/first second", "/second second"} {
			if n := r.count(event); n != 1 {
				t.Errorf("%s was called %d times", event, n)
			}
		}
	})
}

// deliverForged sends an event with another's signature.
func (in installation) deliverForged(event string) (answer, error) {
	forger := in
	forger.secret = "a guess"
	return forger.deliver(event)
}
