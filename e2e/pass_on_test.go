package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// answering is a cycle that answers its sender.
type answering struct {
	c     *client
	cycle string
	hook  string // the path of its webhook
}

// answers makes one in a new account.
func (c *nodes) answers(client *client, account string) answering {
	c.t.Helper()
	client.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": account, "Name": account}, nil)
	out := answering{c: client.as(account)}
	var made struct{ Id, WebhookUrl string }
	out.c.call(http.MethodPost, "/v1.0/cycles", map[string]string{"Name": "Answers"}, &made)
	out.cycle = made.Id
	steps := "/v1.0/cycles/" + out.cycle + "/steps"
	out.c.call(http.MethodPost, steps, map[string]string{"Name": "In", "ActionType": "Webhook"}, &made)
	in := made.Id
	out.hook = made.WebhookUrl[strings.Index(made.WebhookUrl, "/api/webhook"):]
	out.c.call(http.MethodPost, steps, json.RawMessage(`{"Name": "Out", "ActionType": "SynchronousResponse", "ActionData": {"Response": [
		{"Key": "field:told", "MappingType": "StepField", "SourceStepId": "`+in+`", "SourceLocation": "Name"}]}}`), &made)
	out.c.call(http.MethodPost, "/v1.0/cycles/"+out.cycle+"/edges", map[string]string{"TailStepId": in, "HeadStepId": made.Id}, nil)
	out.c.call(http.MethodPut, "/v1.0/cycles/"+out.cycle+"/activate", struct{}{}, nil)
	return out
}

// ask sends a name to a node, whose answer must have it.
func (a answering) ask(v *server, name string) {
	a.c.t.Helper()
	got, err := (&client{t: a.c.t, base: v.Address}).try(http.MethodPost, a.hook, jsonBody(map[string]string{"Name": name}), http.Header{"Content-Type": {"application/json"}})
	var body struct{ Told string }
	if err != nil || got.status != http.StatusOK || json.Unmarshal(got.body, &body) != nil || body.Told != name {
		a.c.t.Errorf("the flow's answer to %s is %d %s, %v", name, got.status, got.body, err)
	}
}

// stream opens the account's live stream at a node. Its lines end when ctx does.
func (a answering) stream(ctx context.Context, v *server) <-chan string {
	a.c.t.Helper()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, v.Address+"/v1.0/account/live", nil)
	if err != nil {
		a.c.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+a.c.token)
	q.Header.Set("X-Cyclr-Account", a.c.account)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		a.c.t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		defer r.Body.Close()
		for s := bufio.NewScanner(r.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// awaitLine waits for a line that has all the parts.
func awaitLine(t *testing.T, lines <-chan string, parts ...string) {
	t.Helper()
	await(t, fmt.Sprint("a line with ", parts), func() (bool, any) {
		for {
			select {
			case line, open := <-lines:
				if !open {
					t.Fatal("the stream ended")
				}
				has := true
				for _, part := range parts {
					has = has && strings.Contains(line, part)
				}
				if has {
					return true, nil
				}
			default:
				return false, nil
			}
		}
	})
}

// TestNodesPassOn: what needs the memory of an account's node may come to any: a sender gets the flow's own answer, a live stream tells
// what happens, and a call by hand keeps the time that a vendor asked for.
func TestNodesPassOn(t *testing.T) {
	t.Parallel()
	asks := newAsking(t)
	c := &nodes{t: t, r: newRemote(t), settings: [][]string{databases[1].open(t)}, allow: []string{asks.addr()}}
	c.startAll(3)
	client := c.servers[0].client()
	held := c.installAt(client, "held", client.importTemplate("e2e/testdata/relay.json"), asks.remote)
	waiting, err := held.deliver("held-0")
	if err != nil || waiting.status != http.StatusOK {
		t.Fatalf("a delivery got %d %s, %v", waiting.status, waiting.body, err)
	}
	id := waiting.header.Get("X-Transaction-Id")
	held.awaitStatus("Waiting", id)

	var connectors []struct {
		Id        int
		Connector struct{ Id int }
	}
	held.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &connectors)
	var methods []struct {
		Id   int
		Name string
	}
	held.c.call(http.MethodGet, fmt.Sprintf("/v1.0/connectors/%d/methods", connectors[0].Connector.Id), nil, &methods)
	path := ""
	for _, m := range methods {
		if m.Name == "First" {
			path = fmt.Sprintf("/v1.0/account/connectors/%d/methods/%d/body", connectors[0].Id, m.Id)
		}
	}
	byHand := func(v *server, n int) answer {
		at := *held.c
		at.base = v.Address
		return at.send(http.MethodPost, path, jsonBody(map[string]string{"Body": fmt.Sprintf(`{"event": "held-%d"}`, n)}), http.Header{"Content-Type": {"application/json"}})
	}
	for n, v := range c.servers {
		if a := byHand(v, 1+n); a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
			t.Errorf("a call by hand while the vendor asks to wait got %d %s", a.status, a.body)
		}
	}

	for i := range 6 {
		a := c.answers(client, fmt.Sprint("answers-", i))
		ctx, leave := context.WithCancel(t.Context())
		lines := a.stream(ctx, c.servers[i%3])
		awaitLine(t, lines, ": ready")
		for n, v := range c.servers {
			a.ask(v, fmt.Sprint("Ada ", i, " ", n))
			awaitLine(t, lines, `"CycleId":"`+a.cycle+`"`, `"Status":"Completed"`)
		}
		leave()
	}

	held.awaitStatus("Completed", id)
	for n, v := range c.servers {
		if a := byHand(v, 10+n); a.status != http.StatusOK {
			t.Errorf("a call by hand behind that time got %d %s", a.status, a.body)
		}
	}
	asks.mu.Lock()
	defer asks.mu.Unlock()
	if asks.early > 0 || asks.asked != 1 {
		t.Errorf("the vendor was called %d times before the time that it had asked for once, %d", asks.early, asks.asked)
	}
}
