package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// belongings are the things of one account, by the kind of id that routes take.
type belongings map[string]string

// kinds names what a parameter of a path names, by the path up to it. A route with a parameter that is not
// here fails the tests: nobody would know whose things it takes.
var kinds = map[string]string{
	"/accounts/{account}":                            "account",
	"/account/files/{file}":                          "file",
	"/account/connectors/{id}":                       "account connector",
	"/account/connectors/custom/{id}":                "custom connector",
	"/account/connectors/{id}/properties/{property}": "property",
	"/account/connectors/{id}/fields/{field}":        "custom field",
	"/account/connectors/{id}/setuptokens/{link}":    "set-up link",
	"/account/connectors/{id}/methods/{method}":      "method",
	"/account/connectors/{id}/test/{method}":         "method",
	"/account/connectors/{id}/triggers/{trigger}":    "lookup",
	"/connectors/{connector}":                        "connector",
	"/connectors/{connector}/{version}":              "version",
	"/methods/{id}":                                  "method",
	"/cycles/{id}":                                   "cycle",
	"/recyclebin/cycles/{id}":                        "deleted cycle",
	"/cycles/{id}/steps/{step}":                      "step",
	"/cycles/{id}/edges/{edge}":                      "edge",
	"/cycles/{id}/variables/{name}":                  "variable",
	"/cycles/{id}/transactions/{transaction}":        "transaction",
	"/account/errorwebhook/deliveries/{delivery}":    "delivery",
	"/cycles/incidents/{level}":                      "level",
	"/steps/{step}":                                  "step",
	"/steps/{step}/parameters/{parameter}":           "parameter",
	"/steps/{step}/fieldmappings/{field}":            "field",
	"/templates/library/{id}":                        "deleted template",
	"/templates/{id}":                                "template",
	"/templates/{id}/releases/{release}":             "release",
	"/folders/{folder}":                              "folder",
	"/cycles/folders/{folder}":                       "cycle folder",
	"/customconnectors/{connector}":                  "partner's connector",
	"/reports/connectors/{connector}":                "connector",
	"/marketplaces/{marketplace}":                    "marketplace",
	"/clients/{client}":                              "client",
	"/tokens/{token}":                                "token",
	"/consoleusers/{user}":                           "console user",
	"/notifications/{notification}":                  "notification",
	"/marketplaces/{marketplace}/accounts/{account}": "account",
	"/marketplaces/{marketplace}/accounts/{account}/notifications/{notification}": "told",
}

// kindOf returns what the parameter of a path names, "" when nobody said.
func kindOf(path, name string) string {
	before, after, _ := strings.Cut(path, "{"+name+"}")
	if strings.HasPrefix(after, "/{version}") {
		return "connector name"
	}
	return kinds[before+"{"+name+"}"]
}

// ask sends a request that must succeed, and returns its answer.
func (h *house) ask(t *testing.T, as, account, method, path, body string) (string, http.Header) {
	t.Helper()
	status, answer, header := h.send(t, as, account, method, "/v1.0"+path, body)
	if status >= 300 {
		t.Fatalf("%s %s as %s in %q: %d %s", method, path, as, account, status, answer)
	}
	return answer, header
}

func (h *house) send(t *testing.T, as, account, method, path, body string) (int, string, http.Header) {
	t.Helper()
	q, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	must(t, err)
	q.Header.Set("Content-Type", "application/json")
	h.authorize(t, q, as)
	if account != "" {
		q.Header.Set("X-Cyclr-Account", account)
	}
	resp, err := http.DefaultClient.Do(q)
	must(t, err)
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp.StatusCode, "", resp.Header // it has no end
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	must(t, err)
	return resp.StatusCode, string(answer), resp.Header
}

// settleIn gives an account everything that a route can name: of its own, made for it. The template belongs to the
// partner of the caller as.
func (h *house) settleIn(t *testing.T, as, account, template string) belongings {
	t.Helper()
	b := belongings{"account": account, "level": "error", "connector name": "Sink"}
	get := func(path string) string { text, _ := h.ask(t, as, account, "GET", path, ""); return text }
	b["template"] = template
	b["release"] = gjson.Get(h.releases(t, as, template), "0.Id").String()

	folder, _ := h.ask(t, as, "", "POST", "/folders", `{"Name":"Of `+account+`"}`)
	b["folder"] = gjson.Get(folder, "Id").String()
	shelf, _ := h.ask(t, as, account, "POST", "/cycles/folders", `{"Name":"Of `+account+`"}`)
	b["cycle folder"] = gjson.Get(shelf, "Id").String()
	own, err := json.Marshal(map[string]string{"Definition": ownDefinition(paceline.NewID(h.clock.Now()))})
	must(t, err)
	ownMade, _ := h.ask(t, as, "", "POST", "/customconnectors", string(own))
	b["partner's connector"] = gjson.Get(ownMade, "Id").String()
	b["client"], b["token"] = h.credentials(t, as)
	b["console user"] = "0195d7a0-0000-7000-8000-000000000000"
	if id := gjson.Get(get("/consoleusers"), "Users.0.Id").String(); id != "" {
		b["console user"] = id
	}
	notification, _ := h.ask(t, as, "", "POST", "/notifications", `{"Name":"Of `+account+`","AccountIds":["`+account+`"]}`)
	b["notification"] = gjson.Get(notification, "Id").String()
	marketplace, _ := h.ask(t, as, "", "POST", "/marketplaces", `{"Name":"`+paceline.NewSecret(6)+`","NotificationUrl":"https://told.example/"}`)
	b["marketplace"] = gjson.Get(marketplace, "Id").String()

	installed, _ := h.ask(t, as, account, "POST", "/connectors/sink/install", `{"AuthValue":"letmein"}`)
	b["account connector"] = gjson.Get(installed, "Id").String()
	h.ask(t, as, account, "POST", "/account/connectors/"+b["account connector"]+"/properties", `{"Name":"WebhookSecret","Value":"s3cret"}`)
	region, _ := h.ask(t, as, account, "POST", "/account/connectors/"+b["account connector"]+"/properties", `{"Name":"Region","Value":"eu"}`)
	b["property"] = gjson.Get(region, "Id").String()

	link, _ := h.ask(t, as, account, "POST", "/account/connectors/"+b["account connector"]+"/setuptokens", `{}`)
	b["set-up link"] = gjson.Get(link, "Id").String()

	connector := get("/connectors/sink")
	b["connector"], b["version"] = gjson.Get(connector, "0.Id").String(), gjson.Get(connector, "0.Version").String()
	methods := get("/connectors/" + b["connector"] + "/methods")
	b["method"] = gjson.Get(methods, `#(Name=="Create Contact").Id`).String()
	field, _ := h.ask(t, as, account, "POST", "/account/connectors/"+b["account connector"]+"/fields",
		`{"ConnectorField":"fields.colour","MethodUniqueIdentifier":"`+gjson.Get(methods, `#(Name=="Create Contact").MethodUniqueIdentifier`).String()+`","ForRequestFormat":true}`)
	b["custom field"] = gjson.Get(field, "Id").String()
	b["lookup"] = gjson.Get(connector, "0.Triggers.0.TriggerId").String()

	custom, _ := h.ask(t, as, account, "POST", "/account/connectors/custom", customDefinition("0c4f6d4e-7f0a-4d3c-8a3e-2f5b1c9d7f77"))
	b["custom connector"] = gjson.Get(custom, "Id").String()

	body, err := json.Marshal(map[string]any{"Name": "Of " + account, "AccountConnectors": []any{map[string]any{"Name": "Sink", "AccountConnectorId": json.Number(b["account connector"])}}})
	must(t, err)
	cycle, _ := h.ask(t, as, account, "POST", "/templates/"+template+"/install", string(body))
	b["cycle"] = gjson.Get(cycle, "Id").String()
	steps := get("/cycles/" + b["cycle"] + "/steps")
	b["step"], b["trigger step"] = gjson.Get(steps, "1.Id").String(), gjson.Get(steps, "0.Id").String()
	b["edge"] = gjson.Get(get("/cycles/"+b["cycle"]+"/edges"), "0.Id").String()
	b["parameter"] = gjson.Get(get("/steps/"+b["step"]+"/parameters"), "0.Parameter.Id").String()
	b["field"] = gjson.Get(get("/steps/"+b["step"]+"/fieldmappings"), "0.Field.Id").String()
	h.ask(t, as, account, "POST", "/cycles/"+b["cycle"]+"/variables", `{"DisplayName":"Of `+account+`"}`)
	b["variable"] = gjson.Get(get("/cycles/"+b["cycle"]+"/variables"), "0.SystemName").String()

	h.ask(t, as, account, "PUT", "/cycles/"+b["cycle"]+"/activate", "{}")
	q, err := http.NewRequest("POST", gjson.Get(steps, "0.WebhookUrl").String(), strings.NewReader(`{"name":"Ada"}`))
	must(t, err)
	q.Header.Set("X-Signature", "17042af4a4d2a6eb992d689c95fc0acb4c2364ac2fadbe39de32b3b7492389e9")
	resp, err := http.DefaultClient.Do(q)
	must(t, err)
	resp.Body.Close()
	b["transaction"] = resp.Header.Get("X-Transaction-Id")
	h.ask(t, as, account, "PUT", "/cycles/"+b["cycle"]+"/deactivate?finishQueuedTransactions=true", "")
	for tries := 0; gjson.Get(get("/cycles/"+b["cycle"]), "Status").String() != "Paused" && tries < 500; tries++ {
		h.settle()
	}
	b["deleted template"] = h.template(t, as)
	h.ask(t, as, "", "DELETE", "/templates/"+b["deleted template"], "")
	deleted, _ := h.ask(t, as, account, "POST", "/cycles", `{"Name":"Thrown away"}`)
	b["deleted cycle"] = gjson.Get(deleted, "Id").String()
	h.ask(t, as, account, "DELETE", "/cycles/"+b["deleted cycle"], "")
	b["delivery"] = h.delivery(t, as, account, b["cycle"])
	b["told"] = h.told(t, as, account, b["marketplace"])
	b["file"] = h.file(t, as, account)
	for kind, id := range b {
		if id == "" {
			t.Fatalf("%s has no %s\n%s", account, kind, fmt.Sprint(b))
		}
	}
	return b
}

// file returns the reference to an empty file of an account.
func (h *house) file(t *testing.T, as, account string) string {
	t.Helper()
	who, err := h.rooms.Tenant.Authenticate(t.Context(), h.tokens[as])
	must(t, err)
	a, err := h.rooms.Tenant.ResolveAccount(t.Context(), paceline.SystemPrincipalOf(who.Partner), []string{account})
	must(t, err)
	blob := store.Blob{ID: paceline.NewID(h.clock.Now()), Run: 1}
	must(t, h.store.InTx(t.Context(), a.Scope(), func(tx *store.Tx) error {
		if err := tx.InsertBlob(a.Scope(), blob); err != nil {
			return err
		}
		return tx.KeepFile(a.Scope(), blob.ID)
	}))
	return string(blob.ID)
}

// credentials returns the id of the caller's partner's credentials for the tests, and of a token that nobody uses.
func (h *house) credentials(t *testing.T, as string) (client, token string) {
	t.Helper()
	clients, _ := h.ask(t, as, "", "GET", "/clients", "")
	made := gjson.Get(clients, `#(Description=="matrix")`).Raw
	if made == "" && gjson.Get(clients, "#").Int() >= 5 { // no more are allowed
		made = gjson.Get(clients, "4").Raw
	}
	if made == "" {
		made, _ = h.ask(t, as, "", "POST", "/clients", `{"Description":"matrix"}`)
	}
	who, err := h.rooms.Tenant.Authenticate(t.Context(), h.tokens[as])
	must(t, err)
	_, err = h.rooms.Tenant.GrantToken(t.Context(), paceline.SystemPrincipalOf(who.Partner), "")
	must(t, err)
	tokens, _ := h.ask(t, as, "", "GET", "/tokens?pageSize=1", "")
	return gjson.Get(made, "Id").String(), gjson.Get(tokens, "0.Id").String()
}

// customDefinition is a definition in the form of the original.
func customDefinition(uid string) string {
	return `{"Name":"Shed","UniqueIdentifier":"` + uid + `","ReleaseStatus":"Live","Methods":[{"Name":"Look","HttpMethod":"GET","Endpoint":"https://shed.example/look"}]}`
}

// ownDefinition is a definition of the partner's own.
func ownDefinition(uid paceline.ID) string {
	return `apiVersion: connectors/v1
kind: Connector
metadata: {key: own-shed, uid: ` + string(uid) + `, name: Own Shed, version: 1.0.0}
allowedHosts: [shed.example]
server: {baseUrl: https://shed.example}
auth: [{id: none, type: none}]
methods:
  - {id: look, name: Look, request: {method: GET, path: /look}}
`
}

// delivery makes an error webhook on its way of an account, and returns its id.
func (h *house) delivery(t *testing.T, as, account, cycle string) (id string) {
	t.Helper()
	scope := paceline.Scope{Partner: 1}
	if as == "other" {
		scope.Partner = 2
	}
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
		a, _, err := tx.AccountByAPIID(scope, account)
		scope = a.Scope()
		return err
	}))
	must(t, h.store.InTx(t.Context(), scope, func(tx *store.Tx) error {
		num, _, err := tx.CycleNum(scope, paceline.ID(cycle))
		if err == nil {
			err = tx.InsertIncident(scope, paceline.Incident{Cycle: num, Code: paceline.CodeTriggerSkipped, Warning: true, At: tx.Now(), Notify: true})
		}
		if err != nil {
			return err
		}
		list, err := tx.TrackedDeliveries(scope, -1, paceline.Page{})
		if len(list.Items) > 0 {
			id = fmt.Sprint(list.Items[0].ID)
		}
		return err
	}))
	return id
}

// told makes a notification on its way, of what an account did with what it has from a marketplace, and returns its id.
func (h *house) told(t *testing.T, as, account, marketplace string) string {
	t.Helper()
	who, err := h.rooms.Tenant.Authenticate(t.Context(), h.tokens[as])
	must(t, err)
	a, err := h.rooms.Tenant.ResolveAccount(t.Context(), paceline.SystemPrincipalOf(who.Partner), []string{account})
	must(t, err)
	number, err := strconv.Atoi(marketplace)
	must(t, err)
	key, err := h.rooms.Tenant.KeyOf(t.Context(), a.Num)
	must(t, err)
	body, err := engine.Notification{Status: "installed", AccountId: a.ID, AccountApiId: a.APIID}.Sealed(key, a.Num, false)
	must(t, err)
	var id int64
	must(t, h.store.InTx(t.Context(), a.Scope(), func(tx *store.Tx) (err error) {
		id, err = tx.InsertNotification(store.DeliveryQueue{Scope: a.Scope(), Marketplace: int32(number)}, body, tx.Now())
		return err
	}))
	return strconv.FormatInt(id, 10)
}

// template imports the template of the tests as the caller's partner's.
func (h *house) template(t *testing.T, as string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/template.json")
	must(t, err)
	answer, _ := h.ask(t, as, "", "POST", "/templates/import", string(text))
	return gjson.Get(answer, "Id").String()
}

func (h *house) releases(t *testing.T, as, template string) string {
	text, _ := h.ask(t, as, "", "GET", "/templates/"+template+"/releases", "")
	return text
}
