package embed_test

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
	"paceline/tenant"
)

const desk = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: desk, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c11, name: Desk, version: 1.0.0}
allowedHosts: [desk.example]
server: {baseUrl: "https://desk.example"}
auth: [{id: key, type: api_key, default: true}]
methods:
  - id: note
    name: Make note
    params: [{name: list, in: query, required: true, values: [{value: inbox}, {value: later}]}]
    request: {method: POST, path: /notes, format: json, fields: [{loc: text, type: text, required: true}, {loc: urgent, type: boolean}], idempotency: {header: Idempotency-Key}}
triggers: [{id: made, type: webhook, name: Made}]
`

// desks publishes the connector and a template of it that leaves three values and a variable to whoever installs it.
func (h *house) desks() paceline.ID {
	h.Helper()
	_, err := h.rooms.Publish(h.Context(), catalog.Publication{Partner: h.p.Partner, Name: "desk.yaml", Document: []byte(desk)})
	h.must(err)
	connector, err := h.rooms.ConnectorsNamed(h.Context(), h.p, "Desk", "")
	h.must(err)
	methods, err := h.rooms.Methods(h.Context(), h.p, catalog.ConnectorRef{Name: "Desk"}, catalog.MethodFilter{})
	h.must(err)
	uid := map[string]string{}
	for _, m := range methods {
		uid[m.Name] = string(m.UID)
	}
	document := strings.NewReplacer("CONNECTOR", string(connector[0].UID), "NOTE", uid["Make note"], "MADE", uid["Made"]).Replace(`{"PacelineVersion":"1","Kind":"Template","Name":"Notes","Tags":["crm"],"Published":true,
		"Flow":{"Schema":1,"Steps":[
			{"ID":"7d0a52f4-53f5-4a40-9a25-000000000001","Name":"Made","Kind":"Webhook","Connector":{"UID":"CONNECTOR","Name":"Desk","Release":"1.0.0"},"Method":"MADE","Left":0,"Top":0},
			{"ID":"7d0a52f4-53f5-4a40-9a25-000000000002","Name":"Note","Kind":"Action","Connector":{"UID":"CONNECTOR","Name":"Desk","Release":"1.0.0"},"Method":"NOTE","Left":0,"Top":0,
				"Params":[{"Key":"query:list","Type":"ValueList","Value":"inbox","UserConfigurable":true}],
				"Fields":[{"Location":"text","UserConfigurable":true},{"Location":"urgent","UserConfigurable":true}]}],
			"Edges":[{"ID":"7d0a52f4-53f5-4a40-9a25-000000000003","Tail":"7d0a52f4-53f5-4a40-9a25-000000000001","Head":"7d0a52f4-53f5-4a40-9a25-000000000002","Type":"Forward"}],
			"Variables":[{"DisplayName":"Greeting","SystemName":"greeting","Type":"StaticValue","Value":"Hello","UserConfigurable":true}],"Settings":{}},"Connectors":[]}`)
	t, err := h.rooms.ImportTemplate(h.Context(), h.p, catalog.TemplateImport{Document: []byte(document)})
	h.must(err)
	return t.ID
}

// ask makes a request of the embedded application.
func (b *browser) ask(what string, want int, method, path string, body any, headers ...string) gjson.Result {
	b.Helper()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		b.must(err)
		content = strings.NewReader(string(raw))
	}
	q, err := http.NewRequest(method, b.url+"/embed/data/"+path, content)
	b.must(err)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Embed-Told", b.told)
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := b.client.Do(q)
	b.must(err)
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	b.must(err)
	if r.StatusCode != want {
		b.Fatalf("%s: got %d %s, want %d", what, r.StatusCode, raw, want)
	}
	return gjson.ParseBytes(raw)
}

type object = map[string]any

// TestSetUp goes through a set-up as the application does, and tries each wrong turn on the way.
func TestSetUp(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		template := h.desks()
		_, err := h.tenants.CreateAccount(t.Context(), h.p, tenant.AccountPatch{ID: tenant.Value("contoso"), Name: tenant.Value("Contoso")})
		h.must(err)
		mine, theirs := h.browser(), h.browser()
		mine.expect("the link", 303, "GET", h.page("northwind", "/launch", url.Values{"complete": {"order 7"}}))
		theirs.expect("the other's link", 303, "GET", h.entry("contoso", "&returnUrl=%2Flaunch"))

		mine.ask("an unknown template", 404, "POST", "install", object{"Template": "7d0a52f4-53f5-4a40-9a25-0000000000ff"})
		mine.ask("no template at all", 404, "POST", "install", object{})
		install := mine.ask("install", 200, "POST", "install", object{"Template": template}).Get("Install").String()
		if again := mine.ask("a second click", 200, "POST", "install", object{"Template": template}).Get("Install").String(); again != install {
			t.Error("a second click installs once more")
		}
		if got := mine.ask("the list", 200, "GET", "launch", nil).Get("Offers.0.Unfinished").String(); got != install {
			t.Errorf("the list goes on with %q", got)
		}
		setup := mine.ask("what is to be done", 200, "GET", "setup/"+install, nil)
		labels := setup.Get("Cycles.0.Groups.#.Inputs.#.Label").Raw
		if labels != `[["Greeting"],["list","text","urgent"]]` || setup.Get("Cycles.0.Groups.0.Inputs.0.Value").String() != "Hello" || setup.Get("Cycles.0.Groups.1.Inputs.0.Value").String() != "inbox" {
			t.Errorf("it asks for %s: %s", labels, setup.Raw)
		}
		key := func(group, input int) string {
			return setup.Get("Cycles.0.Groups." + strconv.Itoa(group) + ".Inputs." + strconv.Itoa(input) + ".Key").String()
		}
		cycle, connector := setup.Get("Cycles.0.Cycle").String(), setup.Get("Connectors.0.ID").String()

		// Nothing of it is another account's.
		theirs.ask("another's set-up", 404, "GET", "setup/"+install, nil)
		theirs.ask("another's connector", 404, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{"key": "x"}})
		theirs.ask("another's values", 404, "POST", "setup/"+install+"/values", object{"Cycle": cycle, "Values": object{}})
		theirs.ask("another's end", 404, "POST", "setup/"+install+"/finish", object{"Start": true})
		theirs.ask("another's cancelling", 404, "POST", "setup/"+install+"/cancel", object{})
		theirs.ask("another's integration", 404, "POST", "integration/"+install+"/remove", object{})
		theirs.ask("another's cycle", 404, "POST", "integration/"+cycle+"/start", object{})
		own := theirs.ask("an install of its own", 200, "POST", "install", object{"Template": template}).Get("Install").String()
		theirs.ask("its own install with another's cycle", 404, "POST", "setup/"+own+"/values", object{"Cycle": cycle, "Values": object{}})
		theirs.ask("its own install with another's connector", 404, "GET", "setup/"+own+"/connector/"+connector, nil)

		mine.ask("not connected yet", 400, "POST", "setup/"+install+"/finish", object{"Start": true})
		form := mine.ask("what the connector asks for", 200, "GET", "setup/"+install+"/connector/"+connector, nil)
		field := form.Get("Fields.0.Name").String()
		mine.ask("an empty key", 400, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{field: ""}})
		if got := mine.ask("a key", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{field: "k-secret"}}); !got.Get("Connected").Bool() {
			t.Error(got.Raw)
		}
		if got := mine.ask("the form afterwards", 200, "GET", "setup/"+install+"/connector/"+connector, nil); strings.Contains(got.Raw, "k-secret") {
			t.Errorf("the credential comes back: %s", got.Raw)
		}

		save := func(want int, what string, key, value string) {
			t.Helper()
			mine.ask(what, want, "POST", "setup/"+install+"/values", object{"Cycle": cycle, "Values": object{key: object{"Value": value}}})
		}
		save(400, "an unknown input", "parameter:x:1", "y")
		save(400, "a script", key(1, 1), "=evil()")
		save(400, "a merge field", key(1, 1), "x {{auth.key}}")
		save(400, "no boolean", key(1, 2), "perhaps")
		mine.ask("a required input is empty", 400, "POST", "setup/"+install+"/finish", object{"Start": true})
		save(204, "text", key(1, 1), "Call back")
		save(204, "a boolean", key(1, 2), "true")
		save(204, "a variable", key(0, 0), "Good day")
		mine.ask("a form of another site", 403, "POST", "setup/"+install+"/finish", object{}, "Sec-Fetch-Site", "cross-site")

		result := mine.ask("the end", 200, "POST", "setup/"+install+"/finish", object{"Start": true, "RunOnce": true, "Complete": "forged"})
		if result.Get("status").String() != "Active" || result.Get("accountApiId").String() != "northwind" || result.Get("completeParameter").String() != "order 7" || result.Get("cycleId").String() != cycle ||
			!strings.HasPrefix(result.Get("webhooks.0").String(), h.url+"/api/webhook/") || result.Get("templateTags.0").String() != "crm" || result.Get("errors").Raw != "[]" {
			t.Errorf("the result: %s", result.Raw)
		}
		save(409, "it runs", key(1, 1), "later")
		mine.ask("a finished one is not taken back", 204, "POST", "setup/"+install+"/cancel", object{})
		mine.ask("installed once", 409, "POST", "install", object{"Template": template, "Single": true})
		list := mine.ask("what is installed", 200, "GET", "orbit", nil)
		if list.Get("Integrations.#").Int() != 1 || list.Get("Integrations.0.State").String() != "Running" || list.Get("Integrations.0.ID").String() != install {
			t.Error(list.Raw)
		}
		mine.ask("pause", 204, "POST", "integration/"+install+"/pause", object{})
		save(204, "it is changed", key(1, 1), "later")
		once := func(what string) {
			t.Helper()
			view, err := h.cycles.Get(t.Context(), h.p, h.a, paceline.ID(cycle))
			h.must(err)
			if !view.Flow.Settings.RunOnce {
				t.Errorf("%s: what runs once runs for ever", what)
			}
		}
		mine.ask("go on", 204, "POST", "integration/"+install+"/start", object{})
		once("gone on with")
		mine.ask("pause", 204, "POST", "integration/"+install+"/pause", object{})
		mine.ask("the end of a change", 200, "POST", "setup/"+install+"/finish", object{"Start": true})
		once("changed")
		mine.ask("something else", 404, "POST", "integration/"+install+"/explode", object{})
		mine.ask("remove", 204, "POST", "integration/"+install+"/remove", object{})
		mine.ask("it is gone", 404, "GET", "setup/"+install, nil)
		if got := mine.ask("nothing is installed", 200, "GET", "orbit", nil).Get("Integrations").Raw; got != "null" {
			t.Error(got)
		}
		theirs.ask("the other gives up", 204, "POST", "setup/"+own+"/cancel", object{})
		if got := theirs.ask("and has nothing", 200, "GET", "orbit", nil).Get("Integrations").Raw; got != "null" {
			t.Error(got)
		}
	})
}

// TestPackage installs what a partner has arranged on a marketplace.
func TestPackage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	template := h.desks()
	m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Shop", NotifyURL: "https://app.example.com/told", Content: storefront.Content{Cards: []storefront.Card{
		{ID: "cat", Kind: storefront.CategoryCard, Title: "Desks", Cards: []storefront.Card{
			{ID: "pack", Kind: storefront.PackageCard, Title: "Two desks", Templates: []paceline.ID{template, template}, AskName: true},
			{ID: "once", Kind: storefront.PackageCard, Title: "One desk", Templates: []paceline.ID{template}, Single: true},
			{ID: "soon", Kind: storefront.PackageCard, Title: "Not there yet", Templates: []paceline.ID{"7d0a52f4-53f5-4a40-9a25-0000000000ff"}},
		}},
	}}})
	h.must(err)
	b := h.browser()
	number := int(m.ID)
	b.expect("the link", 303, "GET", h.entry("northwind", ""))
	install := func(want int, card, name string) string {
		t.Helper()
		return b.ask(card, want, "POST", "install", object{"Marketplace": number, "Card": card, "Name": name}).Get("Install").String()
	}
	install(404, "cat", "")
	install(404, "nothing", "")
	install(404, "soon", "")
	install(400, "pack", " ")
	first, second := install(200, "pack", "North"), install(200, "pack", "South")
	if first == second || install(200, "pack", "North") != first {
		t.Errorf("two names are %s and %s", first, second)
	}
	install(409, "once", "")
	setup := b.ask("its set-up", 200, "GET", "setup/"+first, nil)
	if setup.Get("Name").String() != "North" || setup.Get("Cycles.#.Name").Raw != `["North: Notes","North: Notes"]` || setup.Get("Connectors.#").Int() != 1 {
		t.Error(setup.Raw)
	}
	foreign := b.ask("the other set-up", 200, "GET", "setup/"+second, nil).Get("Cycles.0.Cycle").String()
	b.ask("a cycle of another install", 404, "POST", "setup/"+first+"/values", object{"Cycle": foreign, "Values": object{}})
	shelf := b.ask("the shelf", 200, "GET", "marketplace/"+strconv.Itoa(number), nil)
	if shelf.Get("Shelf.Cards.0.Cards.#.Installed.#").Raw != "[2]" || !shelf.Get("Shelf.Cards.0.Cards.2.Missing").Bool() || !shelf.Get("Shelf.Cards.0.Cards.1.Blocked").Bool() {
		t.Error(shelf.Raw)
	}
	b.ask("give up", 204, "POST", "setup/"+second+"/cancel", object{})
	b.ask("it is gone", 404, "GET", "setup/"+second, nil)
}

// TestArranged: what customers installed while nothing was arranged on a marketplace is known by the cards that are begun per template,
// with the number that it had.
func TestArranged(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s := open(t)
		h := newHouse(t, s)
		template := h.desks()
		m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Shop"})
		h.must(err)
		b := h.browser()
		at := int(m.ID)
		b.expect("the link", 303, "GET", h.entry("northwind", ""))
		numbers := func() (list []int32) {
			t.Helper()
			h.must(s.Read(t.Context(), func(tx *store.Tx) error {
				installs, err := tx.EmbedInstalls(h.a.Scope(), "", 10)
				for _, in := range installs {
					list = append(list, in.Package)
				}
				return err
			}))
			return list
		}
		arrange := func(cards []storefront.Card) (number int32) {
			t.Helper()
			now, err := h.shop.UpdateMarketplace(t.Context(), h.p, at, nil, func(m storefront.Marketplace) (storefront.Marketplace, error) {
				m.Cards = cards
				return m, nil
			})
			h.must(err)
			if cards != nil {
				number = now.Cards[0].Number
			}
			return number
		}
		install := b.ask("install", 200, "POST", "install", object{"Marketplace": at, "Card": string(template)}).Get("Install").String()
		had := numbers()
		if len(had) != 1 || had[0] == 0 {
			t.Fatalf("the installs have the numbers %v", had)
		}
		card := storefront.Card{ID: string(template), Kind: storefront.PackageCard, Title: "Desk", Templates: []paceline.ID{template}}
		for range 2 {
			if number := arrange([]storefront.Card{card}); number != had[0] {
				t.Errorf("arranged, its number is %d; it was %d", number, had[0])
			}
			shelf := b.ask("the shelf", 200, "GET", "marketplace/"+strconv.Itoa(at), nil)
			if shelf.Get("Shelf.Cards.0.Installed.#.ID").Raw != `["`+install+`"]` {
				t.Errorf("arranged, the shelf is %s", shelf.Raw)
			}
			arrange(nil)
		}
		b.ask("give up", 204, "POST", "setup/"+install+"/cancel", object{})
		b.ask("install again", 200, "POST", "install", object{"Marketplace": at, "Card": string(template)})
		if now := numbers(); len(now) != 1 || now[0] != had[0] {
			t.Errorf("installed again, the numbers are %v; they were %v", now, had)
		}
	})
}

// TestMarketplaceIsTold: what customers do with a package is queued for its partner with what it tells of, and nothing else is.
func TestMarketplaceIsTold(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s := open(t)
		h := newHouse(t, s)
		template := h.desks()
		card := storefront.Card{ID: "pack", Kind: storefront.PackageCard, Title: "Two desks", Templates: []paceline.ID{template, template}, Tags: []string{"desk"}, CompleteMessage: "<p>Thanks</p>"}
		m, err := h.shop.CreateMarketplace(t.Context(), h.p, storefront.Marketplace{Name: "Shop", NotifyURL: "https://app.example.com/told", Content: storefront.Content{Cards: []storefront.Card{card}}})
		h.must(err)
		queue := store.DeliveryQueue{Scope: h.a.Scope(), Marketplace: m.ID}
		told := func() (list []gjson.Result) {
			t.Helper()
			var rows []store.Delivery
			h.must(s.Read(t.Context(), func(tx *store.Tx) error {
				rows, err = tx.Deliveries(queue, 100)
				return err
			}))
			slices.SortFunc(rows, func(a, b store.Delivery) int { return cmp.Compare(a.ID, b.ID) })
			key, err := h.tenants.KeyOf(t.Context(), h.a.Num)
			h.must(err)
			for _, row := range rows {
				if row.DueAt > paceline.ToMicros(h.clock.Now()) {
					t.Errorf("%d waits", row.ID)
				}
				body, err := engine.OpenNotification(key, h.a.Num, row.Detail)
				h.must(err)
				list = append(list, gjson.ParseBytes(body))
			}
			return list
		}
		b := h.browser()
		b.expect("the link", 303, "GET", h.page("northwind", "/launch/marketplace/"+strconv.Itoa(int(m.ID)), url.Values{"complete": {"order 7"}}))
		begin := func() string {
			t.Helper()
			return b.ask("install", 200, "POST", "install", object{"Marketplace": int(m.ID), "Card": "pack"}).Get("Install").String()
		}
		b.ask("give up", 204, "POST", "setup/"+begin()+"/cancel", object{})
		install := begin()
		setup := b.ask("its set-up", 200, "GET", "setup/"+install, nil)
		connector := setup.Get("Connectors.0.ID").String()
		form := b.ask("its form", 200, "GET", "setup/"+install+"/connector/"+connector, nil)
		b.ask("a key", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{form.Get("Fields.0.Name").String(): "k"}})
		for _, part := range setup.Get("Cycles").Array() {
			key := part.Get("Groups.1.Inputs.1.Key").String()
			b.ask("its text", 204, "POST", "setup/"+install+"/values", object{"Cycle": part.Get("Cycle").String(), "Values": object{key: object{"Value": "x"}}})
		}
		if list := told(); len(list) != 0 {
			t.Fatalf("told before there was anything: %v", list)
		}
		b.ask("the end", 200, "POST", "setup/"+install+"/finish", object{"Start": true, "Complete": "order 7"})
		b.ask("pause", 204, "POST", "integration/"+install+"/pause", object{})
		b.ask("pause what stands", 204, "POST", "integration/"+install+"/pause", object{})
		b.ask("start", 204, "POST", "integration/"+install+"/start", object{})
		b.ask("pause", 204, "POST", "integration/"+install+"/pause", object{})
		b.ask("the end once more", 200, "POST", "setup/"+install+"/finish", object{"Start": true, "Complete": "order 8"})
		// Elsewhere: one of the cycles by itself, and what changes nothing.
		one, two := paceline.ID(setup.Get("Cycles.0.Cycle").String()), paceline.ID(setup.Get("Cycles.1.Cycle").String())
		for range 2 {
			_, err = h.cycles.Deactivate(t.Context(), h.p, h.a, one, true)
			h.must(err)
		}
		for range 2 {
			_, err = h.cycles.Activate(t.Context(), h.p, h.a, one, cycle.Activation{})
			h.must(err)
		}
		h.must(h.cycles.Delete(t.Context(), h.p, h.a, two))
		h.must(h.cycles.Delete(t.Context(), h.p, h.a, two))
		// The application lets nobody in any more: whoever installed it is asked to sign in again.
		orbit := func() gjson.Result {
			return b.ask("ORBIT", 200, "GET", "orbit", nil).Get("Integrations.0")
		}
		if o := orbit(); o.Get("SignIn").Exists() || o.Get("By").String() != "jo@northwind.example" || o.Get("At").Int() == 0 {
			t.Errorf("ORBIT has %s", o.Raw)
		}
		number, err := strconv.ParseInt(connector, 10, 32)
		h.must(err)
		_, err = h.rooms.DeauthenticateConnector(t.Context(), h.p, h.a, int32(number))
		h.must(err)
		if o := orbit(); o.Get("SignIn").Raw != `["Desk"]` || o.Get("State").String() == "Running" {
			t.Errorf("signed out, ORBIT has %s", o.Raw)
		}
		b.ask("a key again", 200, "POST", "setup/"+install+"/connector/"+connector, object{"Credential": object{form.Get("Fields.0.Name").String(): "k"}})
		b.ask("remove", 204, "POST", "integration/"+install+"/remove", object{})
		again := begin()
		for _, part := range b.ask("its set-up", 200, "GET", "setup/"+again, nil).Get("Cycles").Array() {
			key := part.Get("Groups.1.Inputs.1.Key").String()
			b.ask("its text", 204, "POST", "setup/"+again+"/values", object{"Cycle": part.Get("Cycle").String(), "Values": object{key: object{"Value": "x"}}})
		}
		result := b.ask("the end", 200, "POST", "setup/"+again+"/finish", object{"Complete": "order 7"})
		if result.Get("marketplacePackageId").Int() != int64(m.Cards[0].Number) || m.Cards[0].Number == 0 || result.Get("marketplaceCardId").String() != "pack" || result.Get("installCompleteMessage").String() != "<p>Thanks</p>" {
			t.Errorf("the result is %s", result.Raw)
		}
		for _, made := range result.Get("cycles.#.cycleId").Array() {
			h.must(h.cycles.Delete(t.Context(), h.p, h.a, paceline.ID(made.String())))
		}
		list := told()
		var said []string
		for _, n := range list {
			said = append(said, n.Get("Status").String()+" "+n.Get("MarketplaceInstallDetails.#.CycleStatus").Raw)
			if n.Get("AccountApiId").String() != "northwind" || n.Get("AccountId").String() != string(h.a.ID) || n.Get("MarketplaceCardId").String() != "pack" || n.Get("MarketplaceIntegrationPackageId").Int() != int64(m.Cards[0].Number) ||
				n.Get("CompleteParameter").String() != "order 7" || n.Get("Tags").Raw != `["desk"]` || n.Get("Errors").Raw != "[]" ||
				n.Get("MarketplaceInstallDetails.#").Int() == 0 || !strings.HasPrefix(n.Get("MarketplaceInstallDetails.0.Webhooks.0.Url").String(), h.url+"/api/webhook/") ||
				n.Get("MarketplaceInstallDetails.0.TemplateId").String() != string(template) || n.Get("MarketplaceInstallDetails.0.TemplateReleaseId").String() == "" {
				t.Errorf("told: %s", n.Raw)
			}
		}
		want := []string{`installed ["Active","Active"]`, `stopped ["Stopped","Stopped"]`, `started ["Active","Active"]`, `stopped ["Stopped","Stopped"]`, `started ["Active","Active"]`,
			`stopped ["Stopped","Active"]`, `started ["Active","Active"]`, `stopped ["Active","Stopped"]`, `uninstalled ["Stopped"]`, `installed ["Stopped","Stopped"]`, `uninstalled ["Stopped"]`}
		if users := list[0].Get("UserId").String(); users == "" || list[len(list)-1].Get("UserId").String() != "" {
			t.Errorf("a customer's act is told of %q, the partner's of %q", users, list[len(list)-1].Get("UserId").String())
		}
		if !slices.Equal(said, want) {
			t.Errorf("told %q; want %q", said, want)
		}
	})
}
