package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// renewals is a vendor whose access tokens end soon, and whose refresh tokens serve once.
type renewals struct {
	*httptest.Server
	mu       sync.Mutex
	life     time.Duration
	access   string
	until    time.Time
	refresh  string
	last     string // the refresh token before, which a client that lost the answer may show once more
	n        int    // refreshes
	repeated int    // with a refresh token that had served
	refused  int    // calls with a token that had ended or never was
	calls    map[string]int
	revoked  []string
}

func newRenewals(t *testing.T) *renewals {
	v := &renewals{life: time.Hour, refresh: "refresh-0", calls: map[string]int{}}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

// ServeHTTP answers POST /token, /hand and /revoke.
func (v *renewals) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch q.URL.Path {
	case "/token":
		switch shown := q.PostFormValue("refresh_token"); {
		case shown == v.refresh:
			v.last = shown
		case shown == v.last && shown != "":
			v.repeated++
		default:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		v.n++
		v.access, v.refresh, v.until = fmt.Sprint("access-", v.n), fmt.Sprint("refresh-", v.n), time.Now().Add(v.life)
		json.NewEncoder(w).Encode(map[string]any{"access_token": v.access, "refresh_token": v.refresh, "token_type": "Bearer", "expires_in": int(v.life.Seconds())})
	case "/revoke":
		v.revoked = append(v.revoked, q.PostFormValue("token"))
	default:
		var body struct{ Event string }
		if err := json.NewDecoder(q.Body).Decode(&body); err != nil || q.Header.Get("Authorization") != "Bearer "+v.access || time.Now().After(v.until) {
			v.refused++
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		v.calls[body.Event]++
		json.NewEncoder(w).Encode(map[string]string{"id": body.Event})
	}
}

// set changes the vendor and returns what it counted before.
func (v *renewals) set(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
}

// hand is a template that hands an event on through the renewing connector.
const hand = `{"PacelineVersion": "1", "Kind": "Template", "Name": "Hand", "Published": true, "Flow": {"Schema": 1, "Steps": [{
	"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000031", "Name": "Event", "Kind": "Webhook", "Method": "event", "Left": 0, "Top": 0,
	"Connector": {"UID": "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e02", "Key": "renewing", "Name": "Renewing", "Version": "1.0.0"}}, {
	"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000032", "Name": "Hand", "Kind": "Action", "Method": "hand", "Left": 200, "Top": 0,
	"Connector": {"UID": "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e02", "Key": "renewing", "Name": "Renewing", "Version": "1.0.0"},
	"Fields": [{"Location": "event", "Type": "StepField", "SourceStep": "5e1f1f0a-93c4-4a0e-8f57-000000000031", "SourceLocation": "event"}]}],
	"Edges": [{"ID": "5e1f1f0a-93c4-4a0e-8f57-000000000033", "Tail": "5e1f1f0a-93c4-4a0e-8f57-000000000031", "Head": "5e1f1f0a-93c4-4a0e-8f57-000000000032", "Type": "Forward"}],
	"Variables": [], "Settings": {"StepErrorAction": "Retry", "MaxRetries": 5, "LogRequests": true, "CollectionSplit": "None"}}, "Connectors": []}`

// installRenewing installs it, with a token that is over.
func (c *chaos) installRenewing(client *client) installation {
	c.t.Helper()
	in := installation{c: client.as("renewing"), secret: "a secret of renewing"}
	client.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": "renewing", "Name": "renewing"}, nil)
	var template struct{ Id string }
	client.call(http.MethodPost, "/v1.0/templates/import", json.RawMessage(hand), &template)
	var cycle struct {
		Id         string
		Connectors []struct{ AccountConnectorId int }
	}
	in.c.call(http.MethodPost, "/v1.0/templates/"+template.Id+"/install", nil, &cycle)
	in.cycle = cycle.Id
	path := fmt.Sprintf("/v1.0/account/connectors/%d", cycle.Connectors[0].AccountConnectorId)
	for name, value := range map[string]string{"BaseUrl": c.fresh.URL, "WebhookSecret": in.secret, "ClientId": "app", "ClientSecret": "secret of the app"} {
		in.c.call(http.MethodPost, path+"/properties", map[string]string{"Name": name, "Value": value}, nil)
	}
	value, err := json.Marshal(map[string]string{"AccessToken": "access-of-old", "RefreshToken": "refresh-0", "Expires": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)})
	if err != nil {
		c.t.Fatal(err)
	}
	in.c.call(http.MethodPut, path, map[string]string{"AuthValue": string(value)}, nil)
	in.c.call(http.MethodPut, "/v1.0/cycles/"+cycle.Id+"/activate", struct{}{}, nil)
	in.hook = in.c.webhook(cycle.Id)
	in.hook = client.base + in.hook[strings.Index(in.hook, "/api/webhook"):]
	return in
}

// refreshOnce sends 200 events at once to three nodes while the account's token is over: it is renewed once.
func (c *chaos) refreshOnce(in installation) {
	c.t.Helper()
	var all sync.WaitGroup
	ids := make([]string, 200)
	var at []installation
	for _, v := range c.servers {
		at = append(at, in.on(v))
	}
	for i := range ids {
		all.Go(func() {
			a, err := at[i%3].deliver(fmt.Sprint("refresh-", i))
			if ids[i] = a.header.Get("X-Transaction-Id"); err != nil || ids[i] == "" {
				c.t.Errorf("a delivery got %d %s, %v", a.status, a.body, err)
			}
		})
	}
	all.Wait()
	in.awaitStatus("Completed", ids...)
	c.fresh.set(func() {
		c.count("refresh_runs", len(ids))
		c.count("refreshes", c.fresh.n)
		c.none("refreshes_too_many", c.fresh.n-1, "the token was renewed %d times for %d transactions at once on three nodes", c.fresh.n, len(ids))
		c.fresh.life = 8 * time.Second
		c.fresh.until = time.Now() // and ends early, which the vendor says with 401
	})
}

// revoked ends the account's credential by a command on a machine without a server, and then, after it has another one, those
// of its connector: the vendor is told each time, with the token that it gave, and the cycle takes nothing any more.
func (c *chaos) revoked(in installation) {
	c.t.Helper()
	in = in.on(c.servers[0])
	var list []struct{ Id int }
	in.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &list)
	id := strconv.Itoa(list[0].Id)
	for i, args := range [][]string{{"connection", id, "--account", "renewing"}, {"connector", "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e02"}} {
		if i > 0 {
			value, err := json.Marshal(map[string]string{"AccessToken": "another access", "RefreshToken": "another refresh", "Expires": "2040-01-01T00:00:00Z"})
			if err != nil {
				c.t.Fatal(err)
			}
			c.fresh.set(func() {
				c.fresh.access, c.fresh.refresh, c.fresh.until = "another access", "another refresh", time.Now().Add(time.Hour)
			})
			in.c.call(http.MethodPut, "/v1.0/account/connectors/"+id, map[string]string{"AuthValue": string(value)}, nil)
			in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle+"/activate", struct{}{}, nil)
			if a, err := in.deliver("before the end"); err != nil || a.status != http.StatusOK {
				c.t.Errorf("a delivery to a cycle with a new credential got %d %s, %v", a.status, a.body, err)
			}
		}
		var told int
		c.fresh.set(func() { told = len(c.fresh.revoked) })
		out, code := runCommand(c.t, c.t.TempDir(), []string{"PACELINE_DATABASE_URL=" + c.db.url, "PACELINE_KEY=" + installationKey}, append([]string{"revoke"}, args...)...)
		if code != 0 || !strings.Contains(out, "Ended 1 credentials") || strings.Contains(out, "not told") {
			c.t.Errorf("revoke %v ended with %d: %s", args, code, out)
		}
		await(c.t, "the vendor to be told", func() (bool, any) {
			var now []string
			c.fresh.set(func() { now = c.fresh.revoked })
			return len(now) > told, now
		})
		if a, err := in.deliver(fmt.Sprint("after the end ", i)); err != nil || a.status != http.StatusNotFound {
			c.t.Errorf("a delivery after the end of the credential got %d %s, %v", a.status, a.body, err)
		}
		c.count("revocations", 1)
	}
	c.fresh.set(func() {
		if !slices.ContainsFunc(c.fresh.revoked, func(token string) bool { return strings.HasPrefix(token, "another ") }) {
			c.t.Errorf("the vendor was told to forget %v", c.fresh.revoked)
		}
	})
}
