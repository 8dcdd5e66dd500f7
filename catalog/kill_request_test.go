package catalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/egress"
	"paceline/internal/limiter"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// killHouse is what requests of the kill tests come to: rooms over a store, in the process that dies or in its parent.
type killHouse struct {
	*catalog.Room
	cycles *cycle.Room
	store  *store.Store
	p      paceline.Principal
	root   paceline.Account
	killShared
}

// killShared is what both processes know. Ids and the like are pinned up at the vendor, which lives in the parent.
type killShared struct {
	Vendor           string
	Key              string
	Keys             map[int64][]byte
	Partner, Account int64
}

// consents are two connectors with tokens: of people, and of the program itself.
const consents = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: KEY, uid: UID, name: NAME, version: 1.0.0}
allowedHosts: ["{{Host}}"]
server: {baseUrl: "{{Host}}"}
properties: [{name: Host, scope: account, required: true}]
auth:
  - {id: consent, type: oauth2, default: true, grant: GRANT, authorizeUrl: "{{Host}}/auth", tokenUrl: "{{Host}}/oauth/token", revokeUrl: "{{Host}}/revoke"}
methods:
  - {id: who, name: Who, request: {method: GET, path: /who}, response: {fields: [{loc: id, name: Id}]}}
`

func consentDoc(key, uid, name, grant string) []byte {
	text := strings.NewReplacer("KEY", key, "UID", uid, "NAME", name, "GRANT", grant).Replace(consents)
	if grant == "client_credentials" {
		text = strings.Replace(text, `authorizeUrl: "{{Host}}/auth", `, "", 1)
	}
	return []byte(text)
}

// killVendor gives tokens, has webhooks, and keeps notes.
type killVendor struct {
	hooks  *hookVendor
	tokens atomic.Int64
	mu     sync.Mutex
	notes  map[string]string
}

func (v *killVendor) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case q.URL.Path == "/oauth/token":
		if q.FormValue("refresh_token") == "ended" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
			return
		}
		n := v.tokens.Add(1)
		fmt.Fprintf(w, `{"access_token":"access-%d","refresh_token":"refresh-%d","token_type":"Bearer","expires_in":3600}`, n, n)
	case q.URL.Path == "/who", q.URL.Path == "/revoke":
		fmt.Fprint(w, `{"id":"1"}`)
	case q.URL.Path == "/rings":
		fmt.Fprint(w, `{"rings":[{"id":"7"}]}`)
	case strings.HasPrefix(q.URL.Path, "/note/"):
		v.mu.Lock()
		defer v.mu.Unlock()
		if q.Method == http.MethodPut {
			text, _ := io.ReadAll(q.Body)
			v.notes[q.URL.Path] = string(text)
		}
		io.WriteString(w, v.notes[q.URL.Path])
	case q.Method == http.MethodPost && v.noted("/note/refuse") != "":
		w.WriteHeader(http.StatusForbidden)
	default:
		v.hooks.serve(w, q)
	}
}

func (v *killVendor) noted(path string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.notes[path]
}

func (h killHouse) note(key, text string) {
	q := sure(http.NewRequest(http.MethodPut, h.Vendor+"/note/"+key, strings.NewReader(text)))
	sure(http.DefaultClient.Do(q)).Body.Close()
}

func (h killHouse) noted(key string) string {
	resp := sure(http.Get(h.Vendor + "/note/" + key))
	defer resp.Body.Close()
	return string(sure(io.ReadAll(resp.Body)))
}

func openKillHouse(s *store.Store, text string) killHouse {
	h := killHouse{store: s}
	if err := json.Unmarshal([]byte(text), &h.killShared); err != nil {
		panic(err)
	}
	k := &keys{sealer: seal.New(sure(seal.ParseKey(h.Key))), byNum: map[int64]*seal.Key{}}
	for num, wrapped := range h.Keys {
		k.byNum[num] = sure(k.sealer.Unwrap(wrapped))
	}
	guard := sure(egress.New(egress.Config{Allow: []string{strings.TrimPrefix(h.Vendor, "http://")}, Logger: quiet}))
	h.cycles, h.Room = hookRooms(s, &moving{}, k, guard)
	h.p = paceline.Principal{Kind: paceline.ClientPrincipal, Partner: h.Partner, Name: "client"}
	err := s.Read(context.Background(), func(tx *store.Tx) (err error) {
		h.root, _, err = tx.AccountByNum(paceline.Scope{Partner: h.Partner, Account: h.Account})
		return err
	})
	if err != nil {
		panic(err)
	}
	return h
}

// furnishKillHouse publishes connectors and a template, and installs what most requests are about.
func furnishKillHouse(t *testing.T, s *store.Store) string {
	vendor := httptest.NewServer(&killVendor{hooks: newHookVendor(t), notes: map[string]string{}})
	t.Cleanup(vendor.Close)
	key := seal.NewKey()
	sealer := seal.New(key)
	base := empty(t, s)
	shared := killShared{Vendor: vendor.URL, Key: key.Encode(), Keys: map[int64][]byte{}, Partner: base.p.Partner, Account: base.root.Num}
	for _, num := range []int64{base.root.Num, base.sub.Num, -base.p.Partner} {
		shared.Keys[num], _ = sealer.NewAccountKey()
	}
	text := string(sure(json.Marshal(shared)))
	h, ctx := openKillHouse(s, text), t.Context()
	hub := strings.Replace(hookHub(t, nil), "properties:\n", "properties:\n  - {name: Team, scope: partner}\n", 1)
	desk := sure(os.ReadFile("testdata/connectors/desk/connector.yaml"))
	kept, err := h.PublishAll(ctx, fstest.MapFS{"hub/connector.yaml": {Data: []byte(hub)}, "desk/connector.yaml": {Data: desk}})
	if err != nil || len(kept) > 0 {
		t.Fatal(kept, err)
	}
	if kept, err = h.PublishTemplates(ctx, h.p, os.DirFS("testdata/templates")); err != nil || len(kept) > 0 {
		t.Fatal(kept, err)
	}
	for _, doc := range [][]byte{[]byte(ring), consentDoc("people", "6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d02", "People", "authorization_code"),
		consentDoc("machine", "6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d03", "Machine", "client_credentials")} {
		_, err := h.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "connector.yaml", Document: doc})
		must(t, err)
	}
	_, err = h.SetOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Machine"}, connector.Client{ID: "app", Secret: "app-secret"})
	must(t, err)
	for name, with := range map[string]catalog.ConnectorInstall{
		"Hub":     {AuthValue: ptr("token"), Properties: []catalog.PropertyInput{{Name: "BaseUrl", Value: ptr(vendor.URL)}}},
		"Desk":    {AuthValue: ptr("key")},
		"Ring":    {Properties: []catalog.PropertyInput{{Name: "Host", Value: ptr(vendor.URL)}, {Name: "RingId", Value: ptr("1")}}},
		"Machine": {Properties: []catalog.PropertyInput{{Name: "Host", Value: ptr(vendor.URL)}}},
	} {
		ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: name}, with)
		must(t, err)
		h.note(name, fmt.Sprint(ac.ID))
	}
	c, err := h.InstallTemplate(ctx, h.p, h.root, h.template(ctx), catalog.TemplateInstall{})
	must(t, err)
	h.note("cycle", string(c.ID))
	return text
}

// ac is the account connector of which a note tells.
func (h killHouse) ac(note string) (id int32) {
	sure(fmt.Sscan(h.noted(note), &id))
	return id
}

// template is that of testdata.
func (h killHouse) template(ctx context.Context) paceline.ID {
	list := sure(h.Library(ctx, h.p, store.LibraryFilter{Text: "Event to ticket"}, paceline.Page{Size: 100}))
	return list.Items[len(list.Items)-1].ID
}

// token is an instance of an account connector with a token of its own that has to be renewed.
func (h killHouse) token(ctx context.Context, refresh string) error {
	ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "People"}, catalog.ConnectorInstall{
		Name: ptr("People " + paceline.NewSecret(6)), Properties: []catalog.PropertyInput{{Name: "Host", Value: &h.Vendor}},
		AuthValue: ptr(connector.Grant{AccessToken: "old", RefreshToken: refresh, Expires: start.Add(-time.Minute).Format(time.RFC3339)}.Text()),
	})
	if err == nil {
		h.note("people", fmt.Sprint(ac.ID))
	}
	return err
}

func (h killHouse) renew(ctx context.Context) error {
	inst, err := h.Instance(ctx, h.root.Scope(), h.ac("people"))
	if err == nil {
		_, err = h.Renew(ctx, inst)
	}
	return err
}

func templateFile() []byte {
	return sure(os.ReadFile("testdata/templates/event-to-ticket/template.json"))
}

// otherRing is the ring as another connector.
func otherRing(key string, n int) catalog.Publication {
	text := strings.NewReplacer("key: ring", "key: "+key, "2f3a1b6f7d01", fmt.Sprintf("2f3a1b6f7d%02d", n), "name: Ring,", "name: "+key+",").Replace(ring)
	return catalog.Publication{Partner: 1, Name: "ring.yaml", Document: []byte(text)}
}

func (h killHouse) publishes(key string, n int) func(context.Context) error {
	return func(ctx context.Context) error {
		pub := otherRing(key, n)
		pub.Partner = h.p.Partner
		_, err := h.Publish(ctx, pub)
		return err
	}
}

func (h killHouse) draft(ctx context.Context) (paceline.ID, error) {
	list, err := h.TemplateReleases(ctx, h.p, h.template(ctx))
	if err != nil {
		return "", err
	}
	return list[0].ID, nil
}

// custom is the partner's connector that is named so.
func (h killHouse) custom(ctx context.Context) (int32, error) {
	list, err := h.CustomConnectors(ctx, h.p, paceline.Account{Partner: h.p.Partner}, paceline.Page{Size: 10})
	if err != nil || len(list.Items) == 0 {
		return 0, paceline.Fail(paceline.CodeNotFound, "what", "Custom connector").Because(err)
	}
	return list.Items[0].ID, nil
}

func (h killHouse) makeCustom(ctx context.Context) error {
	_, err := h.CreateCustomConnector(ctx, h.p, paceline.Account{Partner: h.p.Partner}, consentDoc("own", "6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7d04", "Own", "authorization_code"), "live")
	return err
}

type killRequest = storetest.Request[killHouse]

// killRequests are a request for each function of this room and of that of cycles that commits.
var killRequests = storetest.Kill[killHouse]{Furnish: furnishKillHouse, Open: openKillHouse, Requests: []killRequest{
	{By: "catalog.Room.addElements", Ahead: true, Do: func(ctx context.Context, h killHouse) error { return h.publishes("ringa", 11)(ctx) }},
	{By: "catalog.Room.Publish", Behind: true, Do: func(ctx context.Context, h killHouse) error { return h.publishes("ringb", 12)(ctx) }},
	{By: "catalog.Room.publishTemplate", Do: func(ctx context.Context, h killHouse) error {
		kept, err := h.PublishTemplates(ctx, h.p, fstest.MapFS{"again/template.json": {Data: bytes.Replace(templateFile(), []byte("Event to ticket"), []byte("Again"), 1)}})
		if len(kept) > 0 {
			return kept[0].Err
		}
		return err
	}},
	{By: "catalog.Room.InstallConnector", Again: paceline.CodeNameInUse, Do: func(ctx context.Context, h killHouse) error {
		_, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{Name: ptr("Second"), AuthValue: ptr("key")})
		return err
	}},
	{By: "catalog.Room.DeleteAccountConnector", Again: paceline.CodeNotFound,
		Prepare: func(ctx context.Context, h killHouse) error {
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{Name: ptr("Third"), AuthValue: ptr("key")})
			h.note("third", fmt.Sprint(ac.ID))
			return err
		},
		Do: func(ctx context.Context, h killHouse) error {
			return h.DeleteAccountConnector(ctx, h.p, h.root, h.ac("third"))
		}},
	{By: "catalog.Room.alterTo", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.UpdateAccountConnector(ctx, h.p, h.root, h.ac("Desk"), catalog.AccountConnectorUpdate{Description: ptr("changed")})
		return err
	}},
	{By: "catalog.Room.changeFields", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.AddCustomField(ctx, h.p, h.root, h.ac("Desk"), func() (catalog.CustomFieldInput, error) {
			return catalog.CustomFieldInput{Location: ptr("extra")}, nil
		})
		return err
	}},
	{By: "catalog.Room.TryCustomConnector", Prepare: func(ctx context.Context, h killHouse) error { return h.makeCustom(ctx) },
		Do: func(ctx context.Context, h killHouse) error {
			id, err := h.custom(ctx)
			if err == nil {
				_, err = h.Room.TryCustomConnector(ctx, h.p, h.root, id)
			}
			return err
		}},
	{By: "catalog.Room.DeleteCustomConnector", Again: paceline.CodeNotFound, Do: func(ctx context.Context, h killHouse) error {
		id, err := h.custom(ctx)
		if err == nil {
			err = h.DeleteCustomConnector(ctx, h.p, paceline.Account{Partner: h.p.Partner}, id)
		}
		return err
	}},
	{By: "catalog.Room.changeFolder", Do: func(ctx context.Context, h killHouse) error {
		f, err := h.CreateFolder(ctx, h.p, func() (cycle.FolderInput, error) { return cycle.FolderInput{Name: ptr("Folder")}, nil })
		h.note("folder", string(f.ID))
		return err
	}},
	{By: "catalog.Room.MoveTemplate", Do: func(ctx context.Context, h killHouse) error {
		return h.MoveTemplate(ctx, h.p, h.template(ctx), func() (string, error) { return h.noted("folder"), nil })
	}},
	{By: "catalog.Room.SetOAuthApp", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.SetOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "People"}, connector.Client{ID: "app", Secret: "secret"})
		return err
	}},
	{By: "catalog.Room.count", Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "fresh") }, Behind: true,
		Do: func(ctx context.Context, h killHouse) error {
			inst, err := h.Instance(ctx, h.root.Scope(), h.ac("people"))
			if err != nil {
				return err
			}
			_, err = h.CallMethod(ctx, h.p, "127.0.0.1", h.root, h.ac("people"), catalog.MethodRef{UID: inst.Compiled.MethodUID("who")},
				func() (catalog.MethodCall, error) { return catalog.MethodCall{}, nil })
			return err
		}},
	{By: "catalog.Room.BeginConsent", Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "fresh") },
		Do: func(ctx context.Context, h killHouse) error {
			_, state, err := h.BeginConsent(ctx, h.p, h.root, h.ac("people"), "session", catalog.Consent{Redirect: sentBack})
			h.note("state", state)
			return err
		}},
	{By: "catalog.Room.useState", Ahead: true, Again: paceline.CodeConsent, Do: func(ctx context.Context, h killHouse) error {
		_, err := h.FinishConsent(ctx, h.noted("state"), "session", catalog.ConsentAnswer{Code: "code"})
		return err
	}},
	{By: "catalog.Room.changeOwn", Do: func(ctx context.Context, h killHouse) error {
		_, _, err := h.BeginConsent(ctx, h.p, h.root, h.ac("Machine"), "session", catalog.Consent{Redirect: sentBack})
		return err
	}},
	{By: "catalog.Room.lease", Ahead: true, Anew: true, Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "fresh") },
		Do: func(ctx context.Context, h killHouse) error { return h.renew(ctx) }},
	{By: "catalog.Room.saveGrant", Ahead: true, Behind: true, Anew: true, Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "fresh") },
		Do: func(ctx context.Context, h killHouse) error { return h.renew(ctx) }},
	{By: "catalog.Room.endLease", Behind: true, Anew: true, Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "fresh") },
		Do: func(ctx context.Context, h killHouse) error { return h.renew(ctx) }},
	{By: "catalog.Room.grantEnded", Ahead: true, Behind: true, Anew: true, Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "ended") },
		Do: func(ctx context.Context, h killHouse) error {
			err := h.renew(ctx)
			if e, ok := errors.AsType[*connector.Error](err); ok && e.Code == paceline.CodeAuthFailed {
				return nil
			}
			return err
		}},
	{By: "catalog.Room.inPartner", Behind: true, Anew: true, Prepare: func(ctx context.Context, h killHouse) error { return h.token(ctx, "fresh") },
		Do: func(ctx context.Context, h killHouse) error {
			_, err := h.DeauthenticateConnector(ctx, h.p, h.root, h.ac("people"))
			return err
		}},
	{By: "catalog.Room.RemoveOAuthApp", Again: paceline.CodeNotFound, Do: func(ctx context.Context, h killHouse) error {
		return h.RemoveOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "People"})
	}},
	{By: "catalog.Room.SetPartnerProperty", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.SetPartnerProperty(ctx, h.p, catalog.ConnectorRef{Name: "Hub"}, catalog.PropertyInput{Name: "Team", Value: ptr("blue")})
		return err
	}},
	{By: "catalog.Room.PartnerWebhook", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.PartnerWebhook(ctx, h.p, catalog.ConnectorRef{Name: "Ring"})
		return err
	}},
	{By: "catalog.Room.RefreshIDs", Behind: true, Do: func(ctx context.Context, h killHouse) error {
		return h.RefreshIDs(ctx, h.root.Scope(), h.ac("Ring"))
	}},
	{By: "catalog.SharedLimits.Take", Do: func(ctx context.Context, h killHouse) error {
		_, err := catalog.NewSharedLimits(h.store, &moving{}).Take(ctx, limiter.Limit{Key: limiter.Key{Owner: h.p.Partner, Name: "calls"}, Requests: 100, Per: time.Hour})
		return err
	}},
	{By: "catalog.Room.tellHook", Ahead: true, Behind: true, // the sweep says farewells at the same time
		Prepare: func(ctx context.Context, h killHouse) error { // one that could not be removed for a day, of a cycle that stands still
			c, err := h.cycles.Get(ctx, h.p, h.root, paceline.ID(h.noted("cycle")))
			if err != nil {
				return err
			}
			step := c.Flow.Steps[0]
			return h.store.InTx(ctx, h.root.Scope(), func(tx *store.Tx) error {
				all, err := tx.WebhookIdentifiers(h.root.Scope(), c.Num)
				if err != nil {
					return err
				}
				return tx.PutSubscription(h.root.Scope(), store.Subscription{
					ID: paceline.NewID(start), Partner: h.root.Partner, Account: h.root.Num, Cycle: c.Num, Step: step.ID, Event: "event.opened",
					AccountConnector: h.ac("Hub"), Method: step.Method, Identifier: all[step.ID], Made: true, RemoteSealed: []byte("unreadable"), Tries: 1000, CreatedAt: 1,
				})
			})
		},
		Do: func(ctx context.Context, h killHouse) error { return h.SweepOnce(ctx) }},
	{By: "catalog.Room.CreateTemplate", Do: func(ctx context.Context, h killHouse) error {
		made, err := h.CreateTemplate(ctx, h.p, catalog.NewTemplate{Name: "Empty"})
		h.note("empty", string(made.ID))
		return err
	}},
	{By: "catalog.Room.ImportTemplate", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: bytes.Replace(templateFile(), []byte("Event to ticket"), []byte("Imported"), 1)})
		return err
	}},
	{By: "catalog.Room.ImportCycle", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.ImportCycle(ctx, h.p, h.root, templateFile())
		return err
	}},
	{By: "catalog.Room.InstallTemplate", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.InstallTemplate(ctx, h.p, h.root, h.template(ctx), catalog.TemplateInstall{})
		return err
	}},
	{By: "catalog.Room.CopyTemplateRelease", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.CopyTemplateRelease(ctx, h.p, h.template(ctx), "", "")
		return err
	}},
	{By: "catalog.Room.DescribeTemplate", Do: func(ctx context.Context, h killHouse) error {
		return h.DescribeTemplate(ctx, h.p, h.template(ctx), func() (catalog.TemplateTexts, error) {
			return catalog.TemplateTexts{Description: ptr("Described")}, nil
		})
	}},
	{By: "catalog.Room.ChangeRelease", Do: func(ctx context.Context, h killHouse) error {
		id, err := h.draft(ctx)
		if err == nil {
			_, err = h.ChangeRelease(ctx, h.p, h.template(ctx), id, func() (catalog.ReleaseChange, error) { return catalog.ReleaseChange{Notes: ptr("noted")}, nil })
		}
		return err
	}},
	{By: "catalog.Room.DesignRelease", Do: func(ctx context.Context, h killHouse) error {
		id, err := h.draft(ctx)
		if err == nil {
			_, err = h.DesignRelease(ctx, h.p, h.root, h.template(ctx), id)
		}
		return err
	}},
	{By: "catalog.Room.PromoteTemplateRelease", Ahead: true, Do: func(ctx context.Context, h killHouse) error {
		id, err := h.draft(ctx)
		if err == nil {
			_, err = h.PromoteTemplateRelease(ctx, h.p, h.template(ctx), id, nil)
		}
		return err
	}},
	{By: "catalog.Room.DeleteTemplateRelease", Again: paceline.CodeNotFound, Prepare: func(ctx context.Context, h killHouse) error {
		made, err := h.CopyTemplateRelease(ctx, h.p, h.template(ctx), "", "")
		h.note("release", string(made.ID))
		return err
	}, Do: func(ctx context.Context, h killHouse) error {
		return h.DeleteTemplateRelease(ctx, h.p, h.template(ctx), paceline.ID(h.noted("release")))
	}},
	{By: "cycle.Room.move", Name: "of a draft that is deleted with its design", Again: paceline.CodeNotFound, Prepare: func(ctx context.Context, h killHouse) error {
		made, err := h.CopyTemplateRelease(ctx, h.p, h.template(ctx), "", "")
		if err == nil {
			h.note("release", string(made.ID))
			_, err = h.DesignRelease(ctx, h.p, h.root, h.template(ctx), made.ID)
		}
		return err
	}, Do: func(ctx context.Context, h killHouse) error {
		return h.DeleteTemplateRelease(ctx, h.p, h.template(ctx), paceline.ID(h.noted("release")))
	}},
	{By: "catalog.Room.upgrade", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.UpgradeCycle(ctx, h.p, h.root, paceline.ID(h.noted("cycle")))
		return err
	}},
	{By: "catalog.Room.PublishTemplate", Do: func(ctx context.Context, h killHouse) error {
		return h.PublishTemplate(ctx, h.p, h.template(ctx), func() (bool, error) { return false, nil })
	}},
	{By: "catalog.Room.binned", Again: paceline.CodeNotFound, Do: func(ctx context.Context, h killHouse) error {
		return h.DeleteTemplate(ctx, h.p, paceline.ID(h.noted("empty")))
	}},

	{By: "cycle.Room.Create", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.cycles.Create(ctx, h.p, h.root, cycle.Input{Name: ptr("New")})
		return err
	}},
	{By: "cycle.Room.Duplicate", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.cycles.Duplicate(ctx, h.p, h.root, paceline.ID(h.noted("cycle")), "Second")
		return err
	}},
	{By: "cycle.Room.edit", Do: func(ctx context.Context, h killHouse) error {
		_, err := h.cycles.Update(ctx, h.p, h.root, paceline.ID(h.noted("cycle")), cycle.Input{Name: ptr("Edited")})
		return err
	}},
	{By: "cycle.Room.SetLastRun", Do: func(ctx context.Context, h killHouse) error {
		c, err := h.cycles.Get(ctx, h.p, h.root, paceline.ID(h.noted("cycle")))
		if err != nil {
			return err
		}
		for _, s := range c.Flow.Steps {
			if s.Kind == paceline.StepAction {
				_, err = h.cycles.SetLastRun(ctx, h.p, h.root, s.ID, func() (paceline.Micros, error) { return 1, nil })
				return err
			}
		}
		return fmt.Errorf("the cycle calls nothing")
	}},
	{By: "cycle.Room.changeFolder", Do: func(ctx context.Context, h killHouse) error {
		f, err := h.cycles.PutFolder(ctx, h.p, h.root, "", func() (cycle.FolderInput, error) { return cycle.FolderInput{Name: ptr("Folder")}, nil })
		h.note("cyclefolder", string(f.ID))
		return err
	}},
	{By: "cycle.Room.Move", Do: func(ctx context.Context, h killHouse) error {
		return h.cycles.Move(ctx, h.p, h.root, paceline.ID(h.noted("cycle")), func() (string, error) { return h.noted("cyclefolder"), nil })
	}},
	{By: "cycle.Room.tellUnregistered", Behind: true, Anew: true,
		Prepare: func(ctx context.Context, h killHouse) error { // its vendor refuses a cycle whose activation was cut off
			h.note("refuse", "yes")
			return h.store.InTx(ctx, h.root.Scope(), func(tx *store.Tx) error {
				c, _, err := tx.Cycle(h.root.Scope(), paceline.ID(h.noted("cycle")))
				if err != nil {
					return err
				}
				if c.RunVersion != c.Version {
					c.RunVersion = c.Version
					if err := tx.InsertRunCopy(c); err != nil {
						return err
					}
				}
				c.State = paceline.CycleActivating
				return storetest.SetState(tx, c)
			})
		},
		Do: func(ctx context.Context, h killHouse) error {
			return h.cycles.ResumeActivations(ctx, func(int64) bool { return true })
		}},
	{By: "cycle.Room.EmptyBin", Again: paceline.CodeNotFound,
		Prepare: func(ctx context.Context, h killHouse) error {
			return h.cycles.Delete(ctx, h.p, h.root, paceline.ID(h.noted("cycle")))
		},
		Do: func(ctx context.Context, h killHouse) error {
			return h.cycles.EmptyBin(ctx, h.p, h.root, paceline.ID(h.noted("cycle")))
		}},
}}

// TestKillRequests kills a server on both sides of the commit of each request that is one transaction of the database, and of those
// by which what goes on by itself is told.
func TestKillRequests(t *testing.T) {
	t.Parallel()
	killRequests.Run(t)
}

// TestEveryCommitIsKilledAt reads the sources of the room and of that of cycles.
func TestEveryCommitIsKilledAt(t *testing.T) {
	storetest.Covered(t, ".", map[string]string{
		"catalog.Room.putSubscription": "TestKillCycle", "catalog.Room.deleteSubscription": "TestKillCycle",
	}, killRequests.By())
	storetest.Covered(t, "../cycle", map[string]string{
		"cycle.Room.activate": "TestKillCycle", "cycle.Room.register": "TestKillCycle", "cycle.Room.StopAll": "TestKillCycle",
	}, killRequests.By())
}
