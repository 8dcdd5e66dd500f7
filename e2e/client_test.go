package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answer is what the server said to a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// text is the body.
func (a answer) text() string { return string(a.body) }

// message is the text of an error.
func (a answer) message() string {
	var e struct{ Message string }
	json.Unmarshal(a.body, &e)
	return e.Message
}

// client calls the API of a server as one account, or as the partner.
type client struct {
	t              *testing.T
	base           string
	token, account string
	http           *http.Client // nil: the default one
}

// client signs in with the credentials that the server handed out.
func (v *server) client() *client { return v.clientOf("") }

// clientOf is client with a scope, such as account:ID.
func (v *server) clientOf(scope string) *client {
	v.t.Helper()
	c := &client{t: v.t, base: v.Address}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {v.ClientId}, "client_secret": {v.ClientSecret}}
	if scope != "" {
		form.Set("scope", scope)
	}
	a := c.send(http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &token); err != nil || token.AccessToken == "" {
		v.t.Fatalf("no token: %d %s", a.status, a.body)
	}
	c.token = token.AccessToken
	return c
}

// as is the same caller with another account header.
func (c *client) as(account string) *client {
	other := *c
	other.account = account
	return &other
}

// send makes one request; any answer is fine.
func (c *client) send(method, path string, body io.Reader, header http.Header) answer {
	c.t.Helper()
	a, err := c.try(method, path, body, header)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// try is send for servers that may be dead.
func (c *client) try(method, path string, body io.Reader, header http.Header) (answer, error) {
	target := path
	if strings.HasPrefix(path, "/") {
		target = c.base + path
	}
	q, err := http.NewRequest(method, target, body)
	if err != nil {
		return answer{}, err
	}
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.account != "" {
		q.Header.Set("X-Cyclr-Account", c.account)
	}
	if b, ok := body.(announced); ok {
		q.ContentLength = b.length
	}
	for name, values := range header {
		q.Header[http.CanonicalHeaderKey(name)] = values
	}
	by := c.http
	if by == nil {
		by = &patient
	}
	r, err := by.Do(q)
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header, text}, err
}

// patient gives up where an answer does not come, so that its test tells so and not the end of the whole run.
var patient = http.Client{Timeout: 3 * patience}

// call sends in as JSON (nil sends nothing), expects 2xx and reads the answer into out unless that is nil.
func (c *client) call(method, path string, in, out any) {
	c.t.Helper()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			c.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	a := c.send(method, path, body, http.Header{"Content-Type": {"application/json"}})
	if a.status < 200 || a.status > 299 {
		c.t.Fatalf("%s %s answered %d %s", method, path, a.status, a.body)
	}
	if out != nil {
		if err := json.Unmarshal(a.body, out); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
}

// installation is the demo's template, or another, installed, authenticated and running in an account.
type installation struct {
	c      *client
	cycle  string
	hook   string // address of the webhook step
	secret string
	sender client // of events
}

// transaction is one entry of a list of transactions.
type transaction struct{ Id, Status string }

// importTemplate makes a template of a file and returns its id.
func (c *client) importTemplate(file string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		c.t.Fatal(err)
	}
	var made struct{ Id string }
	c.call(http.MethodPost, "/v1.0/templates/import", json.RawMessage(text), &made)
	return made.Id
}

// install creates the account, unless account is "", installs the template there, gives its connectors the remote's
// address and credentials, and activates the cycle.
func (c *client) install(account, template string, r *remote) installation {
	c.t.Helper()
	c.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": account, "Name": account}, nil)
	in := installation{c: c.as(account), secret: "a secret of " + account}
	var cycle struct{ Id string }
	in.c.call(http.MethodPost, "/v1.0/templates/"+template+"/install", nil, &cycle)
	in.cycle = cycle.Id
	var connectors []struct{ Id int }
	in.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &connectors)
	for _, ac := range connectors {
		path := fmt.Sprintf("/v1.0/account/connectors/%d", ac.Id)
		for name, value := range map[string]string{"BaseUrl": r.URL, "WebhookSecret": in.secret} {
			in.c.send(http.MethodPost, path+"/properties", jsonBody(map[string]string{"Name": name, "Value": value}), nil) // not every connector has both
		}
		in.c.call(http.MethodPut, path, map[string]string{"AuthValue": r.key}, nil)
	}
	in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle+"/activate", struct{}{}, nil)
	in.hook = in.c.webhook(in.cycle)
	return in
}

// webhook returns the address of the cycle's webhook step.
func (c *client) webhook(cycle string) string {
	c.t.Helper()
	var steps []struct{ WebhookUrl string }
	c.call(http.MethodGet, "/v1.0/cycles/"+cycle+"/steps", nil, &steps)
	for _, s := range steps {
		if s.WebhookUrl != "" {
			return s.WebhookUrl
		}
	}
	c.t.Fatalf("cycle %s has no webhook step", cycle)
	return ""
}

// transactions lists all transactions of the cycle.
func (in installation) transactions() []transaction {
	in.c.t.Helper()
	var list []transaction
	in.c.call(http.MethodGet, "/v1.0/cycles/"+in.cycle+"/transactions?pageSize=50000", nil, &list)
	return list
}

// awaitStatus waits until every one of the transactions has the status.
func (in installation) awaitStatus(status string, ids ...string) {
	in.c.t.Helper()
	await(in.c.t, fmt.Sprintf("%d transactions to be %s", len(ids), status), func() (bool, any) {
		known := map[string]string{}
		for _, txn := range in.transactions() {
			known[txn.Id] = txn.Status
		}
		others := map[string]int{}
		for _, id := range ids {
			if known[id] != status {
				others[known[id]]++
			}
		}
		return len(others) == 0, others
	})
}

func jsonBody(v any) io.Reader {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(text)
}
