package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// portal is a connector whose vendor knows one address for all its customers.
const portal = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: portal, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c99, name: Portal, version: 1.0.0}
allowedHosts: ["http://SINK"]
server: {baseUrl: "http://SINK"}
auth: [{id: none, type: none}]
properties:
  - {name: PortalId, scope: account}
  - {name: VerifyToken, scope: partner, secret: true}
methods:
  - {id: list-portals, name: List Portals, hidden: true, request: {method: GET, path: /portals}, response: {rows: "[portals]", fields: [{loc: "[portals].id", name: Id}]}}
triggers:
  - id: changed
    name: Changed
    type: webhook
    verify:
      type: hmac
      secret: "{{app.secret}}"
      header: X-Signature-V3
      encoding: base64
      payload: "{{request.method}}{{request.url}}{{rawBody}}"
    eventId: {in: body, path: "[].event"}
    challenge: {when: "has(query.challenge)", reply: {body: "{{query.challenge}}"}}
    filter: "true"
    route: {mode: shared, rows: "[]", key: {in: body, path: "[].portal"}, match: PortalId, refresh: {method: list-portals, id: Id}}
    payload: {rows: "[]", fields: [{loc: "[].event", name: Event}, {loc: "[].portal", name: Portal}]}
`

const portalTemplate = `{"PacelineVersion":"1","Kind":"Template","Name":"Portal","Published":true,
"Flow":{"Schema":1,"Steps":[
{"ID":"7d0a52f4-53f5-4a40-9a25-000000000011","Name":"Changed","Kind":"Webhook","Connector":{"UID":"6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c99","Key":"portal","Name":"Portal","Version":"1.0.0"},"Method":"changed","Left":0,"Top":0},
{"ID":"7d0a52f4-53f5-4a40-9a25-000000000012","Name":"Wait","Kind":"Delay","Delay":{"Amount":1,"Unit":"hours"},"Left":200,"Top":0}],
"Edges":[{"ID":"7d0a52f4-53f5-4a40-9a25-000000000019","Tail":"7d0a52f4-53f5-4a40-9a25-000000000011","Head":"7d0a52f4-53f5-4a40-9a25-000000000012","Type":"Forward"}],
"Variables":[],"Settings":{"StepErrorAction":"Ignore","MaxRetries":5,"LogRequests":true,"CollectionSplit":"First"}},
"Connectors":[]}`

// sharedHouse is a house with running cycles of portals in two accounts.
type sharedHouse struct {
	*house
	t       *testing.T
	p       paceline.Principal
	address string
	cycles  map[string]cycle.View // by account
	acs     map[string]catalog.AccountConnector
}

func newSharedHouse(t *testing.T, s *store.Store) *sharedHouse {
	h := &sharedHouse{house: newHouse(t, s), t: t, p: paceline.SystemPrincipalOf(1), cycles: map[string]cycle.View{}, acs: map[string]catalog.AccountConnector{}}
	ctx := t.Context()
	h.rooms.Catalog.ServeAt(h.url)
	_, err := h.rooms.Catalog.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "portal.yaml", Document: []byte(strings.ReplaceAll(portal, "SINK", h.sink.Listener.Addr().String()))})
	must(t, err)
	_, err = h.rooms.Catalog.SetOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Portal"}, connector.Client{ID: "app", Secret: "app-secret"})
	must(t, err)
	template, err := h.rooms.Catalog.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: []byte(portalTemplate)})
	must(t, err)
	for account, id := range map[string]string{"northwind": "111, 112", "contoso": "222"} {
		a, err := h.rooms.Tenant.ResolveAccount(ctx, h.p, []string{account})
		must(t, err)
		h.acs[account], err = h.rooms.Catalog.InstallConnector(ctx, h.p, a, catalog.ConnectorRef{Name: "Portal"}, catalog.ConnectorInstall{Properties: []catalog.PropertyInput{{Name: "PortalId", Value: &id}}})
		must(t, err)
		v, err := h.rooms.Catalog.InstallTemplate(ctx, h.p, a, template.ID, catalog.TemplateInstall{})
		must(t, err)
		h.cycles[account], err = h.rooms.Cycle.Activate(ctx, h.p, a, v.ID, cycle.Activation{})
		must(t, err)
	}
	status, body := h.get("/v1.0/connectors/Portal/partnerwebhook")
	if status != 200 {
		t.Fatalf("the address: %d %s", status, body)
	}
	h.address = gjson.Get(body, "Url").String()
	return h
}

func (h *sharedHouse) get(path string) (int, string) {
	h.t.Helper()
	q, err := http.NewRequest(http.MethodGet, h.url+path, nil)
	must(h.t, err)
	h.authorize(h.t, q, "")
	r, err := http.DefaultClient.Do(q)
	must(h.t, err)
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(body)
}

// deliver sends a body that is signed with a key.
func (h *sharedHouse) deliver(body, key string) int {
	h.t.Helper()
	mac := hmac.New(sha256.New, []byte(key))
	io.WriteString(mac, "POST"+h.address+body)
	q, err := http.NewRequest(http.MethodPost, h.address, strings.NewReader(body))
	must(h.t, err)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Signature-V3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r, err := http.DefaultClient.Do(q)
	must(h.t, err)
	defer r.Body.Close()
	return r.StatusCode
}

// payloads are the bodies of an account's transactions, in the order of their text.
func (h *sharedHouse) payloads(account string) (list []string) {
	h.t.Helper()
	ctx := h.t.Context()
	a, err := h.rooms.Tenant.ResolveAccount(ctx, h.p, []string{account})
	must(h.t, err)
	runs, err := h.rooms.Engine.Transactions(ctx, h.p, a, engine.TransactionFilter{}, paceline.Page{})
	must(h.t, err)
	for _, run := range runs.Items {
		items, err := h.rooms.Engine.TransactionItems(ctx, h.p, a, h.cycles[account].ID, run.ID, "", paceline.Page{})
		must(h.t, err)
		list = append(list, items.Items[0].Response)
	}
	slices.Sort(list)
	return list
}

// TestSharedAddress is F-202: one address for all customers of a vendor; each cycle gets what is for its account.
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newSharedHouse(t, open(t))
		if !strings.HasPrefix(h.address, h.url+"/api/partnerwebhook/") {
			t.Fatal(h.address)
		}
		if _, body := h.get("/v1.0/connectors/Portal/partnerwebhook"); gjson.Get(body, "Url").String() != h.address {
			t.Error("a second address was made")
		}
		const all = `[{"event":"a","portal":111},{"event":"b","portal":222},{"event":"c","portal":112},{"event":"d","portal":111},{"event":"e","portal":999}]`
		for what, c := range map[string]struct {
			body, key string
			want      int
		}{
			"another key":  {all, "another", 401},
			"no key":       {all, "", 401},
			"nobody's id":  {`[{"event":"x","portal":999}]`, "app-secret", 200},
			"no id":        {`[{"event":"x"}]`, "app-secret", 200},
			"not JSON":     {`[{`, "app-secret", 400},
			"another form": {`{"event":"x","portal":1}`, "app-secret", 200},
		} {
			if got := h.deliver(c.body, c.key); got != c.want {
				t.Errorf("%s: got %d, want %d", what, got, c.want)
			}
		}
		if n := len(h.payloads("northwind")) + len(h.payloads("contoso")); n != 0 {
			t.Fatalf("%d transactions of what is nobody's", n)
		}
		for range 2 { // the second is what a vendor sends that got no answer
			if got := h.deliver(all, "app-secret"); got != 200 {
				t.Fatalf("got %d", got)
			}
		}
		check := func(account string, want ...string) {
			t.Helper()
			if got := h.payloads(account); !slices.Equal(got, want) {
				t.Errorf("%s has %q, want %q", account, got, want)
			}
		}
		check("contoso", `[{"event":"b","portal":222}]`)
		check("northwind", `[{"event":"a","portal":111},{"event":"d","portal":111}]`, `[{"event":"c","portal":112}]`)

		// An id that is taken away, and one that is given.
		a, err := h.rooms.Tenant.ResolveAccount(t.Context(), h.p, []string{"contoso"})
		must(t, err)
		id := "333"
		_, err = h.rooms.Catalog.SetProperty(t.Context(), h.p, a, h.acs["contoso"].ID, catalog.PropertyInput{Name: "PortalId", Value: &id})
		must(t, err)
		h.deliver(`[{"event":"f","portal":222},{"event":"g","portal":333}]`, "app-secret")
		check("contoso", `[{"event":"b","portal":222}]`, `[{"event":"g","portal":333}]`)

		// The ids are asked for at the vendor.
		must(t, h.rooms.Catalog.SweepOnce(t.Context()))
		h.deliver(`[{"event":"h","portal":777},{"event":"i","portal":888}]`, "app-secret")
		check("contoso", `[{"event":"b","portal":222}]`, `[{"event":"g","portal":333}]`, `[{"event":"h","portal":777}]`, `[{"event":"i","portal":888}]`)

		// The step's own address takes nothing, and an unknown one neither.
		for _, address := range []string{h.url + "/api/partnerwebhook/nothing", h.url + "/api/webhook/nothing"} {
			r, err := http.Post(address, "application/json", strings.NewReader(all))
			must(t, err)
			if r.Body.Close(); r.StatusCode != 404 {
				t.Errorf("%s: %d", address, r.StatusCode)
			}
		}
		r, err := http.Get(h.address + "?challenge=42")
		must(t, err)
		body, _ := io.ReadAll(r.Body)
		if r.Body.Close(); r.StatusCode != 200 || string(body) != "42" {
			t.Errorf("challenge: %d %s", r.StatusCode, body)
		}
	})
}

// TestSharedAddressIsTheInstallations: a shared address stays where it is when the partner gets a service domain of its own, and what is
// signed over it is genuine, also for cycles that were started since.
func TestSharedAddressIsTheInstallations(t *testing.T) {
	t.Parallel()
	h := newSharedHouse(t, storetest.Open(t, storetest.SQLite(t)))
	ctx := t.Context()
	_, err := h.rooms.Tenant.UpdateSettings(ctx, h.p, tenant.SettingsPatch{ServiceURL: tenant.Value("https://integrations.example.com")})
	must(t, err)
	a, err := h.rooms.Tenant.ResolveAccount(ctx, h.p, []string{"northwind"})
	must(t, err)
	_, err = h.rooms.Cycle.Deactivate(ctx, h.p, a, h.cycles["northwind"].ID, false)
	must(t, err)
	_, err = h.rooms.Cycle.Activate(ctx, h.p, a, h.cycles["northwind"].ID, cycle.Activation{})
	must(t, err)
	if _, body := h.get("/v1.0/connectors/Portal/partnerwebhook"); gjson.Get(body, "Url").String() != h.address {
		t.Errorf("the address has moved: %s", body)
	}
	if got := h.deliver(`[{"event":"a","portal":111},{"event":"b","portal":222}]`, "app-secret"); got != 200 {
		t.Fatalf("got %d", got)
	}
	for account, want := range map[string]string{"northwind": `[{"event":"a","portal":111}]`, "contoso": `[{"event":"b","portal":222}]`} {
		if got := h.payloads(account); !slices.Equal(got, []string{want}) {
			t.Errorf("%s has %q", account, got)
		}
	}
}

// TestUpgradeRedoesRoutes: the release to which an account connector is upgraded says in which property the vendor's
// ids are, and whether the vendor is asked for them.
func TestUpgradeRedoesRoutes(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newSharedHouse(t, open(t))
		ctx := t.Context()
		a, err := h.rooms.Tenant.ResolveAccount(ctx, h.p, []string{"northwind"})
		must(t, err)
		ac := h.acs["northwind"].ID
		upgrade := func(version string, pairs ...string) {
			t.Helper()
			text := strings.NewReplacer(append(pairs, "version: 1.0.0", "version: "+version, "SINK", h.sink.Listener.Addr().String())...).Replace(portal)
			_, err := h.rooms.Catalog.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "portal.yaml", Document: []byte(text)})
			must(t, err)
			up, err := h.rooms.Catalog.UpgradeConnector(ctx, h.p, a, ac)
			must(t, err)
			if up.AccountConnector.Release.Version != version {
				t.Fatalf("upgraded to %s", up.AccountConnector.Release.Version)
			}
		}
		due := func() (n int) {
			t.Helper()
			must(t, h.store.Read(ctx, func(tx *store.Tx) error {
				list, err := tx.DueRefreshes(tx.Now(), 10)
				for _, d := range list {
					if d.AccountConnector == ac {
						n++
					}
				}
				return err
			}))
			return n
		}
		const refresh = ", refresh: {method: list-portals, id: Id}"
		team := []string{"  - {name: PortalId, scope: account}", "  - {name: PortalId, scope: account}\n  - {name: TeamId, scope: account}", "match: PortalId", "match: TeamId"}

		// Another property, which is empty, and nobody is asked.
		upgrade("2.0.0", append(team, refresh, "")...)
		h.deliver(`[{"event":"a","portal":111}]`, "app-secret")
		if got := h.payloads("northwind"); len(got) > 0 {
			t.Errorf("the ids of the release before still count: %q", got)
		}
		if due() != 0 {
			t.Error("the vendor is asked for ids that the release does not ask for")
		}
		id := "333"
		_, err = h.rooms.Catalog.SetProperty(ctx, h.p, a, ac, catalog.PropertyInput{Name: "TeamId", Value: &id})
		must(t, err)
		h.deliver(`[{"event":"b","portal":333}]`, "app-secret")
		if got := h.payloads("northwind"); !slices.Equal(got, []string{`[{"event":"b","portal":333}]`}) {
			t.Errorf("with the id of the release: %q", got)
		}

		// One that asks the vendor.
		upgrade("3.0.0", team...)
		if due() != 1 {
			t.Error("the vendor is not asked after the upgrade")
		}
		must(t, h.rooms.Catalog.SweepOnce(ctx))
		h.deliver(`[{"event":"c","portal":777}]`, "app-secret")
		if got := h.payloads("northwind"); !slices.Equal(got, []string{`[{"event":"b","portal":333}]`, `[{"event":"c","portal":777}]`}) {
			t.Errorf("with the ids of the vendor: %q", got)
		}
	})
}
