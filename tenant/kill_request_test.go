package tenant_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// killRooms is the room that is asked for something, by the partner.
type killRooms struct {
	*tenant.Tenant
	catalog *catalog.Room
	store   *store.Store
	p       paceline.Principal
	killShared
}

// killShared is what both processes know.
type killShared struct {
	Key     string
	Partner int64
	Notes   storetest.Notes
	Mailbox int // port of it
	Cert    []byte
}

type killRequest = storetest.Request[killRooms]

// Accounts: one that is suspended, and two that work.
const (
	killedAccount = "northwind"
	otherAccount  = "contoso"
	thirdAccount  = "fabrikam"
)

const killDesk = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: desk, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7e01, name: Desk, version: 1.0.0}
allowedHosts: ["desk.example.com"]
server: {baseUrl: "https://desk.example.com"}
auth:
  - {id: key, type: api_key, default: true, fields: [{name: ApiKey}], apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}}
methods:
  - {id: who, name: Who, request: {method: GET, path: /who}, response: {fields: [{loc: id, name: Id}]}}
`

// killRequests are a request for each function of this room that commits by itself, on a database that is in use.
var killRequests = storetest.Kill[killRooms]{
	Furnish: furnishKillRooms, Open: openKillRooms,
	Requests: slices.Concat(killAccounts, killPeople, killTokens, killMail, killPartners),
}

// killNodes are requests to one of several servers.
var killNodes = storetest.Kill[killRooms]{Furnish: furnishKillRooms, Open: openKillRooms, Node: true, Requests: killCounts}

func furnishKillRooms(t *testing.T, s *store.Store) string {
	ctx, box := t.Context(), newMailbox(t)
	shared := killShared{Key: seal.NewKey().Encode(), Notes: storetest.Notes(t.TempDir()), Mailbox: box.relay.Server.Port, Cert: box.cert}
	room := tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(ctx, s, sealerOf(shared.Key)))})
	first, _, err := room.FirstRun(ctx, tenant.FirstRunOptions{Credentials: true})
	ok(t, err)
	shared.Partner = first.Partner
	shared.Notes.Put("client", first.ClientID)
	shared.Notes.Put("secret", first.ClientSecret)
	text := string(must(json.Marshal(shared)))
	r := openKillRooms(s, text)
	for _, id := range []string{killedAccount, otherAccount, thirdAccount} {
		must(r.CreateAccount(ctx, r.p, tenant.AccountPatch{ID: tenant.Value(id), Name: tenant.Value(id)}))
	}
	must(r.UpdateSettings(ctx, r.p, tenant.SettingsPatch{LegacyPasswordGrant: tenant.Value(true)}))
	must(r.catalog.Publish(ctx, catalog.Publication{Partner: r.Partner, Name: "desk.yaml", Document: []byte(killDesk)}))
	key := "key"
	ac := must(r.catalog.InstallConnector(ctx, r.p, must(r.account(ctx)), catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{AuthValue: &key}))
	shared.Notes.Put("connector", fmt.Sprint(ac.ID))
	ok(t, r.PutAccountUser(ctx, r.p, otherAccount, tenant.UserPatch{UserName: bo, Password: tenant.Value(killPassword)}))
	ok(t, r.PutAccountUser(ctx, r.p, thirdAccount, tenant.UserPatch{UserName: bo}))
	return text
}

func openKillRooms(s *store.Store, text string) killRooms {
	r := killRooms{store: s}
	if err := json.Unmarshal([]byte(text), &r.killShared); err != nil {
		panic(err)
	}
	log := slog.New(slog.DiscardHandler)
	r.Tenant = tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(context.Background(), s, sealerOf(r.Key))), Logger: log})
	releases := cycle.NewReleases(s)
	r.catalog = catalog.New(catalog.Config{Store: s, Releases: releases, Cycles: cycle.New(cycle.Config{Store: s, Releases: releases, Clock: paceline.SystemClock{}, Logger: log}),
		Keys: r.Tenant, Broker: r.Broker(), Clock: paceline.SystemClock{}, Logger: log})
	r.Attach(r.catalog)
	r.SendMailBy(relayTo(r.Mailbox, r.Cert))
	r.p = paceline.SystemPrincipalOf(r.Partner)
	return r
}

// account is the one in which most is done.
func (r killRooms) account(ctx context.Context) (paceline.Account, error) {
	return r.GetAccount(ctx, r.p, otherAccount)
}

// ordering makes an account with a connector in it.
func (r killRooms) ordering(ctx context.Context, id string) error {
	key := "key"
	_, _, err := r.CreateAccountWith(ctx, r.p, tenant.AccountPatch{ID: tenant.Value(id), Name: tenant.Value(id)}, catalog.Orders{Connectors: []catalog.ConnectorOrder{{
		Ref: catalog.ConnectorRef{Name: "Desk"}, ConnectorInstall: catalog.ConnectorInstall{AuthValue: &key}}}})
	return err
}

// killAccounts are about what the engine goes by: settings, states and quotas of accounts, and where it tells of errors.
var killAccounts = []killRequest{
	{By: "tenant.Tenant.provisionOnce", Again: paceline.CodeAccountIDInUse, Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreateAccount(ctx, r.p, tenant.AccountPatch{ID: tenant.Value("new"), Name: tenant.Value("New")})
		return err
	}},
	{By: "tenant.Tenant.draft", Ahead: true, Again: paceline.CodeAccountIDInUse, Do: func(ctx context.Context, r killRooms) error { return r.ordering(ctx, "drafted") }},
	{By: "tenant.Tenant.provisionOnce", Name: "with a connector", Behind: true, Again: paceline.CodeAccountIDInUse,
		Do: func(ctx context.Context, r killRooms) error { return r.ordering(ctx, "ordered") }},
	{By: "tenant.Tenant.updateAccount", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.UpdateAccount(ctx, r.p, killedAccount, tenant.AccountPatch{
			SuccessRetentionHours: tenant.Value(2), ErrorWebhookEnabled: tenant.Value(true), ErrorWebhookURL: tenant.Value("https://errors.example/"),
		})
		return err
	}},
	{By: "tenant.Tenant.setState", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.SuspendAccount(ctx, r.p, killedAccount)
		return err
	}},
	{By: "tenant.Tenant.SetQuota", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.SetQuota(ctx, r.p, killedAccount, func() (tenant.QuotaPatch, error) { return tenant.QuotaPatch{Tasks: tenant.Value(100)}, nil })
		return err
	}},
	{By: "tenant.Tenant.UpdateSettings", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.UpdateSettings(ctx, r.p, tenant.SettingsPatch{SuccessRetentionHours: tenant.Value(3)})
		return err
	}},
	{By: "tenant.Tenant.newSigner", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.NewErrorWebhookSecret(ctx, r.p, killedAccount)
		return err
	}},
	{By: "tenant.Tenant.NoticeGone", Do: func(ctx context.Context, r killRooms) error {
		a, err := r.GetAccount(ctx, r.p, killedAccount)
		if err != nil {
			return err
		}
		return r.NoticeGone(ctx, engine.NoticeTarget{Account: a, Owner: store.DeliveryQueue{Scope: a.Scope()}, URL: "https://errors.example/"})
	}},
	{By: "tenant.Tenant.putNotification", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreateNotification(ctx, r.p, tenant.NotificationPatch{Name: tenant.Value("Rule")})
		return err
	}},
	{By: "tenant.Tenant.DeleteNotification", Do: func(ctx context.Context, r killRooms) error {
		all, err := r.Notifications(ctx, r.p)
		if err == nil && len(all.Rules) == 0 {
			return fmt.Errorf("there is no notification")
		}
		if err == nil {
			err = r.DeleteNotification(ctx, r.p, all.Rules[0].ID)
		}
		return err
	}},
}

// firstRooms is a server that has not begun.
type firstRooms struct {
	store *store.Store
	Key   string
}

// killFirst are what a start does with an empty database.
var killFirst = storetest.Kill[firstRooms]{
	Furnish: func(*testing.T, *store.Store) string { return seal.NewKey().Encode() },
	Open:    func(s *store.Store, key string) firstRooms { return firstRooms{s, key} },
	Requests: []storetest.Request[firstRooms]{
		{By: "tenant.createInstallation", Do: func(ctx context.Context, r firstRooms) error {
			_, err := tenant.OpenInstallation(ctx, r.store, sealerOf(r.Key))
			return err
		}},
		{By: "tenant.Tenant.FirstRun", Do: func(ctx context.Context, r firstRooms) error {
			room := tenant.New(tenant.Config{Store: r.store, Installation: must(tenant.OpenInstallation(ctx, r.store, sealerOf(r.Key)))})
			_, _, err := room.FirstRun(ctx, tenant.FirstRunOptions{Credentials: true})
			return err
		}},
	},
}

// TestKillRequests kills a server on both sides of these commits.
func TestKillRequests(t *testing.T) {
	t.Parallel()
	killRequests.Run(t)
}

// TestKillNodes kills one of several servers.
func TestKillNodes(t *testing.T) {
	t.Parallel()
	killNodes.Run(t)
}

// TestKillFirstStart does so on a database that nobody has used.
func TestKillFirstStart(t *testing.T) {
	t.Parallel()
	killFirst.Run(t)
}

// TestEveryCommitIsKilledAt reads the sources of the room.
func TestEveryCommitIsKilledAt(t *testing.T) {
	storetest.Covered(t, ".", map[string]string{
		"tenant.Tenant.DeleteAccount": "TestKillTenant", "tenant.Tenant.RotateInstallationKey": "TestKillTenant",
	}, killRequests.By(), killFirst.By(), killNodes.By())
}
