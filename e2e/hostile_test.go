package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostileBodies are what nobody should send, to the API and to webhooks alike.
var hostileBodies = []struct {
	name   string
	body   func() io.Reader
	length int64 // announced; 0 sends chunks
	status int
}{
	{"100 MB, announced", func() io.Reader { return spaces(100 << 20) }, 100 << 20, 413},
	{"100 MB in chunks", func() io.Reader { return spaces(100 << 20) }, 0, 413},
	{"10,000 levels of lists", func() io.Reader {
		return strings.NewReader(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))
	}, 0, 400},
	{"10,000 levels of objects", func() io.Reader {
		return strings.NewReader(strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000))
	}, 0, 400},
	{"not JSON", func() io.Reader { return strings.NewReader(`<event>1</event>`) }, 0, 400},
	{"cut off", func() io.Reader { return strings.NewReader(`{"event":"a"`) }, 0, 400},
	{"not UTF-8", func() io.Reader { return strings.NewReader("{\"event\":\"\xff\xfe\"}") }, 0, 400},
	{"nothing", func() io.Reader { return http.NoBody }, 0, 400},
}

// spaces is a body of n bytes that nobody holds in memory.
func spaces(n int64) io.Reader { return io.LimitReader(blank{}, n) }

type blank struct{}

// Read fills b with spaces.
func (blank) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// TestHostileBodies sends them to the API and, without and with a signature check, to a webhook. Each is refused with a
// plain message, and nothing is made of it.
func TestHostileBodies(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		v, in := relay(t, start{settings: settings}, r)
		partner := v.client()
		for _, c := range hostileBodies {
			for _, door := range []struct {
				name, path string
				c          *client
				header     http.Header
			}{
				{"API", "/v1.0/accounts", partner, nil},
				{"API of an account", "/v1.0/cycles", in.c, nil},
				{"webhook", in.hook, &client{t: t, base: v.Address}, nil},
			} {
				header := door.header
				if door.name == "webhook" && c.length == 0 && c.status == 400 {
					text, err := io.ReadAll(c.body())
					if err != nil {
						t.Fatal(err)
					}
					header = in.sign("hostile "+c.name, string(text)) // or its signature would be refused first
				}
				if door.name != "webhook" && c.name == "nothing" {
					continue // an API body may be absent where everything has a default
				}
				a, err := door.c.tryLong(door.path, c.body(), c.length, header)
				if err != nil {
					t.Errorf("%s, %s: no answer: %v", c.name, door.name, err)
					continue
				}
				if a.status != c.status || a.message() == "" {
					t.Errorf("%s, %s: answered %d %s", c.name, door.name, a.status, shortened(a.text()))
				}
			}
		}
		if list := in.transactions(); len(list) > 0 {
			t.Errorf("transactions were started: %v", list)
		}
		var accounts []struct{ Id string }
		partner.call(http.MethodGet, "/v1.0/accounts", nil, &accounts)
		if len(accounts) != 1 {
			t.Errorf("accounts were made: %v", accounts)
		}
		if _, err := in.deliver("after all that"); err != nil {
			t.Error(err)
		}
	})
}

// tryLong posts a body of which a server may read as much as it likes.
func (c *client) tryLong(path string, body io.Reader, length int64, header http.Header) (answer, error) {
	if length == 0 {
		return c.try(http.MethodPost, path, io.MultiReader(body), header) // which hides its length
	}
	return c.try(http.MethodPost, path, announced{body, length}, header)
}

// announced is a body whose length the request tells.
type announced struct {
	io.Reader
	length int64
}

// TestWrongTypes sends values of other types than meant: they are understood as the API's clients expect, or refused.
func TestWrongTypes(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	v, in := relay(t, start{}, r)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1.0/accounts", `[]`, 400},
		{"POST", "/v1.0/accounts", `"text"`, 400},
		{"POST", "/v1.0/accounts", `{"Name":{}}`, 400},
		{"POST", "/v1.0/accounts", `{"Name":["a"]}`, 400},
		{"POST", "/v1.0/accounts", `{"Id":"typed","Name":5,"TransactionErrorWebhookEnabled":"false","StepDataSuccessRetentionHours":"12"}`, 200},
		{"POST", "/v1.0/templates/import", `[1]`, 400},
		{"POST", "/v1.0/templates/import", `{"Kind":"Template","Flow":"x"}`, 400},
		{"POST", "/v1.0/accounts", `{"Name":"a","Timezone":7}`, 400},
		{"PUT", "/v1.0/cycles/" + in.cycle + "?x=1", `{"Name":[1]}`, 409}, // it runs, whatever the body says
		{"PUT", "/v1.0/cycles/12/activate", `{}`, 400},
		{"GET", "/v1.0/account/connectors/one", ``, 400},
		{"GET", "/v1.0/accounts?page=one", ``, 400},
	} {
		a := v.client().as("relay").send(c.method, c.path, strings.NewReader(c.body), http.Header{"Content-Type": {"application/json"}})
		if a.status != c.status || c.status >= 400 && a.message() == "" {
			t.Errorf("%s %s %s answered %d %s", c.method, c.path, c.body, a.status, a.body)
		}
	}
}

// TestWebhookDoor tries the deliveries that must start nothing, and the second copy of one that has.
func TestWebhookDoor(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		v, in := relay(t, start{settings: settings}, r)
		sender := &client{t: t, base: v.Address}
		const body = `{"event":"e"}`
		good := in.sign("e", body)
		forged := installation{secret: "another secret"}.sign("e", body)
		for _, c := range []struct {
			name, hook, body string
			header           http.Header
			status           int
		}{
			{"a wrong signature", in.hook, body, forged, 401},
			{"no signature", in.hook, body, nil, 401},
			{"a body that was changed", in.hook, `{"event":"f"}`, good, 401},
			{"an unknown address", in.hook[:len(in.hook)-4] + "none", body, good, 404},
			{"no address", v.Address + "/api/webhook/", body, good, 404},
		} {
			a := sender.send(http.MethodPost, c.hook, strings.NewReader(c.body), c.header)
			if a.status != c.status || a.message() == "" {
				t.Errorf("%s: %d %s", c.name, a.status, a.body)
			}
		}
		if list := in.transactions(); len(list) > 0 {
			t.Errorf("transactions were started: %v", list)
		}

		first := sender.send(http.MethodPost, in.hook, strings.NewReader(body), good)
		second := sender.send(http.MethodPost, in.hook, strings.NewReader(body), good)
		id := first.header.Get("X-Transaction-Id")
		if first.status != 200 || second.status != 200 || len(first.body)+len(second.body) > 0 || id == "" || second.header.Get("X-Transaction-Id") != id {
			t.Errorf("the same delivery twice: %d %v %s, then %d %v %s", first.status, first.header, first.body, second.status, second.header, second.body)
		}
		in.awaitStatus("Completed", id)
		if list := in.transactions(); len(list) != 1 {
			t.Errorf("the same delivery twice started %v", list)
		}
		if repeated, missing := r.repeated([]string{"e"}); repeated > 0 || len(missing) > 0 {
			t.Errorf("%d calls were repeated, missing %v", repeated, missing)
		}

		in.c.call(http.MethodPut, "/v1.0/cycles/"+in.cycle+"/deactivate", struct{}{}, nil)
		if a := sender.send(http.MethodPost, in.hook, strings.NewReader(body), good); a.status != 404 {
			t.Errorf("a stopped cycle answers %d", a.status)
		}
	})
}

// TestStrangers calls everything of one account as another, in paths and in bodies. Nothing is found, nothing changes.
func TestStrangers(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		v, in := relay(t, start{settings: settings}, r)
		if _, err := in.deliver("mine"); err != nil {
			t.Fatal(err)
		}
		mine := in.transactions()[0].Id
		in.awaitStatus("Completed", mine)
		var steps []struct{ Id string }
		in.c.call(http.MethodGet, "/v1.0/cycles/"+in.cycle+"/steps", nil, &steps)
		var connectors []struct {
			Id         int
			Properties []struct{ Id int }
		}
		in.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &connectors)
		connector := fmt.Sprintf("/v1.0/account/connectors/%d", connectors[0].Id)
		property := fmt.Sprintf("%s/properties/%d", connector, connectors[0].Properties[0].Id)
		var templates []struct{ Id string }
		partner := v.client()
		partner.call(http.MethodGet, "/v1.0/templates", nil, &templates)
		install := "/v1.0/templates/" + templates[0].Id + "/install"
		before := in.c.send(http.MethodGet, connector, nil, nil).text() + in.c.send(http.MethodGet, "/v1.0/cycles/"+in.cycle, nil, nil).text()

		partner.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": "stranger", "Name": "Stranger"}, nil)
		partner.call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": "sister", "Name": "Sister", "ParentAccountId": "stranger"}, nil)
		for _, account := range []string{"stranger", "sister"} {
			c := partner.as(account)
			for _, call := range []struct {
				method, path, body string
				status             int
			}{
				{"GET", "/v1.0/cycles/" + in.cycle, "", 404},
				{"PUT", "/v1.0/cycles/" + in.cycle, `{"Name":"stolen"}`, 404},
				{"DELETE", "/v1.0/cycles/" + in.cycle, "", 404},
				{"PUT", "/v1.0/cycles/" + in.cycle + "/activate", "{}", 404},
				{"PUT", "/v1.0/cycles/" + in.cycle + "/deactivate", "{}", 404},
				{"GET", "/v1.0/cycles/" + in.cycle + "/prerequisites", "", 404},
				{"GET", "/v1.0/cycles/" + in.cycle + "/steps", "", 404},
				{"GET", "/v1.0/cycles/" + in.cycle + "/steps/" + steps[0].Id, "", 404},
				{"GET", "/v1.0/steps/" + steps[0].Id, "", 404},
				{"GET", "/v1.0/cycles/" + in.cycle + "/transactions", "", 404},
				{"GET", "/v1.0/cycles/" + in.cycle + "/transactions/" + mine, "", 404},
				{"GET", "/v1.0/cycles/" + in.cycle + "/incidents", "", 404},
				{"DELETE", "/v1.0/cycles/" + in.cycle + "/incidents", "", 404},
				{"GET", connector, "", 404},
				{"PUT", connector, `{"AuthValue":"mine now"}`, 404},
				{"PUT", connector + "/deauthenticate", "{}", 404},
				{"DELETE", connector, "", 404},
				{"GET", connector + "/properties", "", 404},
				{"POST", connector + "/properties", `{"Name":"BaseUrl","Value":"http://stranger.example"}`, 404},
				{"PUT", property, `{"Value":"http://stranger.example"}`, 404},
				{"DELETE", property, "", 404},
				{"POST", install, fmt.Sprintf(`{"AccountConnectors":[{"Name":"Relay","AccountConnectorId":%d}]}`, connectors[0].Id), 404},
			} {
				if a := c.send(call.method, call.path, strings.NewReader(call.body), http.Header{"Content-Type": {"application/json"}}); a.status != call.status || a.message() == "" {
					t.Errorf("as %s, %s %s %s answered %d %s", account, call.method, call.path, call.body, a.status, a.body)
				}
			}
			for _, list := range []string{"/v1.0/cycles", "/v1.0/cycles/transactions", "/v1.0/account/connectors"} {
				if a := c.send(http.MethodGet, list, nil, nil); strings.TrimSpace(a.text()) != "[]" {
					t.Errorf("as %s, %s answered %d %s", account, list, a.status, a.body)
				}
			}
		}
		if after := in.c.send(http.MethodGet, connector, nil, nil).text() + in.c.send(http.MethodGet, "/v1.0/cycles/"+in.cycle, nil, nil).text(); after != before {
			t.Errorf("it was changed:\n%s\nwas\n%s", after, before)
		}
		if a, err := in.deliver("still mine"); err != nil || a.status != 200 {
			t.Errorf("it no longer runs: %d %v", a.status, err)
		}

		// Tokens and headers that let nobody in.
		restricted := v.clientOf("account:stranger")
		for name, c := range map[string]*client{
			"no token":                      {t: t, base: v.Address, account: "relay"},
			"a token that is none":          {t: t, base: v.Address, account: "relay", token: strings.Repeat("ab", 32)},
			"no account":                    partner,
			"an account that is not there":  partner.as("nobody"),
			"another account's token":       restricted.as("relay"),
			"two accounts in one header":    partner.as("relay,stranger"),
			"an account in capital letters": partner.as("RELAY"),
		} {
			if a := c.send(http.MethodGet, "/v1.0/cycles/"+in.cycle, nil, nil); a.status != 401 || a.message() != "Authorization has been denied for this request." {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		if a := restricted.send(http.MethodGet, "/v1.0/accounts", nil, nil); a.status != 401 {
			t.Errorf("a restricted token lists accounts: %d %s", a.status, a.body)
		}
	})
}

// TestIncompleteTemplate imports a template that names methods and a connector that are not there. The refusal names
// them all, and nothing is made.
func TestIncompleteTemplate(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		v := serve(t, start{settings: settings, flags: []string{"--connectors", repository + "/e2e/testdata/connectors"}})
		text, err := os.ReadFile(filepath.Join(repository, "e2e/testdata/relay.json"))
		if err != nil {
			t.Fatal(err)
		}
		broken := strings.NewReplacer(`"Method": "first"`, `"Method": "frist"`, `"Method": "second"`, `"Method": "last"`).Replace(string(text))
		c := v.client()
		a := c.send(http.MethodPost, "/v1.0/templates/import", strings.NewReader(broken), nil)
		if a.status != http.StatusBadRequest {
			t.Errorf("the import answers %d", a.status)
		}
		wants(t, "the refusal", a.message(), "Relay", "frist", "last")

		other := strings.NewReplacer("5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2e01", "5e1f1f0a-93c4-4a0e-8f57-1a6a7c0e2eff", `"Key": "relay", "Name": "Relay"`, `"Key": "other", "Name": "Other"`).Replace(string(text))
		a = c.send(http.MethodPost, "/v1.0/templates/import", strings.NewReader(other), nil)
		if a.status != http.StatusBadRequest {
			t.Errorf("the import answers %d", a.status)
		}
		wants(t, "the refusal", a.message(), "Other")

		var templates []json.RawMessage
		c.call(http.MethodGet, "/v1.0/templates", nil, &templates)
		if len(templates) > 0 {
			t.Errorf("templates were made: %s", templates)
		}
		c.importTemplate("e2e/testdata/relay.json") // the whole one is taken
	})
}

// TestConnectorLint plants mistakes into a connector and expects each by file, line and remedy.
func TestConnectorLint(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repository, "e2e/testdata/connectors/relay/connector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, old, new string
		line           string // what stands on the line of the mistake
		says           []string
	}{
		{"a misspelt property", "response:", "respone:", "respone:", []string{"respone"}},
		{"a word that is none", "type: webhook", "type: webhok", "webhok", []string{"webhok", "webhook"}},
		{"a wrong type", `version: 1.0.0`, `version: [1]`, "version: [1]", []string{"version"}},
		{"a method twice", "id: second", "id: first", "- id: first", []string{"first"}},
		{"a value that is not there", "{{auth.ApiKey}}", "{{auth.Key}}", "auth.Key", []string{"auth.Key"}},
		{"broken YAML", "categories: [Tests]", "categories: [Tests", "", nil},
		{"an address that is not HTTP", `baseUrl: "{{BaseUrl}}"`, `baseUrl: "ftp://x"`, "ftp://x", []string{"ftp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(string(text), c.old) < 1 {
				t.Fatalf("%q is not in the file", c.old)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "connector.yaml")
			broken := strings.Replace(string(text), c.old, c.new, 1)
			if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			out, code := runCommand(t, dir, nil, "connector", "lint", dir)
			if code != 1 {
				t.Errorf("lint ends with code %d:\n%s", code, out)
			}
			places := []string{file + ":"}
			if c.line != "" {
				places = nil
				for i, line := range strings.Split(broken, "\n") {
					if strings.Contains(line, c.line) {
						places = append(places, fmt.Sprintf("%s:%d", file, i+1))
					}
				}
			}
			found := false
			for _, place := range places {
				found = found || strings.Contains(out, place)
			}
			if !found {
				t.Errorf("lint names none of %v:\n%s", places, out)
			}
			wants(t, "lint", out, c.says...)
		})
	}
	out, code := runCommand(t, t.TempDir(), nil, "connector", "lint", filepath.Join(repository, "e2e/testdata/connectors"))
	if code != 0 {
		t.Errorf("the whole file has problems:\n%s", out)
	}
}
