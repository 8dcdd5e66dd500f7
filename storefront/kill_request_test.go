package storefront_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"testing/fstest"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
	"paceline/tenant"
)

// killRooms is the room that is asked for something by a partner, about an account.
type killRooms struct {
	*storefront.Room
	tenants *tenant.Tenant
	catalog *catalog.Room
	cycles  *cycle.Room
	p       paceline.Principal
	killShared
}

// killShared is what both processes know.
type killShared struct {
	Key     string
	Partner int64
	Notes   storetest.Notes
}

type killRequest = storetest.Request[killRooms]

// TestMain makes the test's program a server that dies when a kill test starts it as one.
func TestMain(m *testing.M) {
	killRequests.Victim()
	os.Exit(m.Run())
}

const killDesk = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: desk, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7e02, name: Desk, version: 1.0.0}
allowedHosts: [desk.example]
server: {baseUrl: "https://desk.example"}
auth: [{id: key, type: api_key, default: true}]
methods:
  - {id: note, name: Make note, request: {method: POST, path: /notes, format: json, fields: [{loc: text, type: text}], idempotency: {header: Idempotency-Key}}}
triggers: [{id: made, type: webhook, name: Made}]
`

const killTemplate = `{"PacelineVersion":"1","Kind":"Template","Name":"Notes","Published":true,"Flow":{"Schema":1,
	"Steps":[
		{"ID":"7d0a52f4-53f5-4a40-9a25-000000000001","Name":"Made","Kind":"Webhook","Connector":{"Key":"desk","Version":"1.0.0"},"Method":"made","Left":0,"Top":0},
		{"ID":"7d0a52f4-53f5-4a40-9a25-000000000002","Name":"Note","Kind":"Action","Connector":{"Key":"desk","Version":"1.0.0"},"Method":"note","Left":0,"Top":0,
			"Fields":[{"Location":"text","Type":"StaticValue","Value":"Hello"}]}],
	"Edges":[{"Tail":"7d0a52f4-53f5-4a40-9a25-000000000001","Head":"7d0a52f4-53f5-4a40-9a25-000000000002","Type":"Forward"}]},"Connectors":[]}`

func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func openKillRooms(s *store.Store, text string) killRooms {
	r := killRooms{}
	if err := json.Unmarshal([]byte(text), &r.killShared); err != nil {
		panic(err)
	}
	log, clock := slog.New(slog.DiscardHandler), paceline.SystemClock{}
	installation := sure(tenant.OpenInstallation(context.Background(), s, seal.New(sure(seal.ParseKey(r.Key)))))
	r.tenants = tenant.New(tenant.Config{Store: s, Installation: installation, Logger: log})
	releases := cycle.NewReleases(s)
	r.cycles = cycle.New(cycle.Config{Store: s, Releases: releases, Clock: clock, Logger: log})
	r.catalog = catalog.New(catalog.Config{Store: s, Releases: releases, Cycles: r.cycles, Keys: r.tenants, Broker: r.tenants.Broker(), Clock: clock, Logger: log})
	r.Room = storefront.New(storefront.Config{Store: s, Catalog: r.catalog, Cycles: r.cycles, Releases: releases, Clock: clock, Logger: log, Keys: r.tenants.KeyOf})
	r.ServeAt("https://paceline.example")
	r.cycles.AttachFollower(r.Room)
	r.p = paceline.SystemPrincipalOf(r.Partner)
	return r
}

// furnishKillRooms makes an account with a connector, and two marketplaces that offer two cycles as one package; one of them is told.
func furnishKillRooms(t *testing.T, s *store.Store) string {
	ctx := t.Context()
	shared := killShared{Key: seal.NewKey().Encode(), Notes: storetest.Notes(t.TempDir())}
	installation := sure(tenant.OpenInstallation(ctx, s, seal.New(sure(seal.ParseKey(shared.Key)))))
	first, _, err := tenant.New(tenant.Config{Store: s, Installation: installation}).FirstRun(ctx, tenant.FirstRunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	shared.Partner = first.Partner
	text := string(sure(json.Marshal(shared)))
	r := openKillRooms(s, text)
	sure(r.tenants.CreateAccount(ctx, r.p, tenant.AccountPatch{ID: tenant.Value("northwind"), Name: tenant.Value("Northwind")}))
	kept, err := r.catalog.PublishAll(ctx, fstest.MapFS{"desk/connector.yaml": {Data: []byte(killDesk)}})
	if err == nil && len(kept) == 0 {
		kept, err = r.catalog.PublishTemplates(ctx, r.p, fstest.MapFS{"notes/template.json": {Data: []byte(killTemplate)}})
	}
	if err != nil || len(kept) > 0 {
		t.Fatal(kept, err)
	}
	key := "key"
	sure(r.catalog.InstallConnector(ctx, r.p, r.account(ctx), catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{AuthValue: &key}))
	template := sure(r.catalog.Library(ctx, r.p, store.LibraryFilter{}, paceline.Page{Size: 1})).Items[0].ID
	for name, told := range map[string]string{"quiet": "", "told": "https://app.example.com/told"} {
		m := sure(r.CreateMarketplace(ctx, r.p, storefront.Marketplace{Name: name, NotifyURL: told, Content: storefront.Content{Cards: []storefront.Card{
			{ID: "pack", Kind: storefront.PackageCard, Title: "Two", Templates: []paceline.ID{template, template}}}}}))
		shared.Notes.Put(name, fmt.Sprint(m.ID))
	}
	return text
}

func (r killRooms) account(ctx context.Context) paceline.Account {
	return sure(r.tenants.GetAccount(ctx, r.p, "northwind"))
}

// market is the marketplace of which a note tells.
func (r killRooms) market(note string) (id int) {
	sure(fmt.Sscan(r.Notes.Get(note), &id))
	return id
}

func (r killRooms) install() paceline.ID { return paceline.ID(r.Notes.Get("install")) }

// begins begins an install from a marketplace, and notes it.
func begins(market string) func(context.Context, killRooms) error {
	return func(ctx context.Context, r killRooms) error {
		id, err := r.InstallPackage(ctx, r.p, r.account(ctx), r.market(market), "pack", "")
		r.Notes.Put("install", string(id))
		return err
	}
}

// finishes starts what was begun: all of it runs then.
func finishes(ctx context.Context, r killRooms) error {
	out, err := r.Finish(ctx, r.p, r.account(ctx), r.install(), storefront.Ending{Start: true})
	for _, made := range out.Cycles {
		if err == nil && !made.Active {
			err = fmt.Errorf("a cycle does not run: %v", out.Errors)
		}
	}
	return err
}

func changes(ctx context.Context, r killRooms) error {
	return r.Change(ctx, r.p, r.account(ctx), r.install())
}

// all does one after the other.
func all(list ...func(context.Context, killRooms) error) func(context.Context, killRooms) error {
	return func(ctx context.Context, r killRooms) error {
		for _, do := range list {
			if err := do(ctx, r); err != nil {
				return err
			}
		}
		return nil
	}
}

// killRequests are a request for each function of this room that commits, and for what it has other rooms commit one after another.
var killRequests = storetest.Kill[killRooms]{Furnish: furnishKillRooms, Open: openKillRooms, Requests: []killRequest{
	{By: "storefront.Room.UpdateBranding", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.UpdateBranding(ctx, r.p, nil, func(b storefront.Branding) (storefront.Branding, error) {
			b.Name = "Shop"
			return b, nil
		})
		return err
	}},
	{By: "storefront.Room.CreateMarketplace", Again: paceline.CodeMarketplaceName, Do: func(ctx context.Context, r killRooms) error {
		m, err := r.CreateMarketplace(ctx, r.p, storefront.Marketplace{Name: "Another"})
		if err == nil {
			r.Notes.Put("another", fmt.Sprint(m.ID))
		}
		return err
	}},
	{By: "storefront.Room.UpdateMarketplace", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.UpdateMarketplace(ctx, r.p, r.market("quiet"), nil, func(m storefront.Marketplace) (storefront.Marketplace, error) {
			m.Name = "Silent"
			return m, nil
		})
		return err
	}},
	{By: "storefront.Room.DeleteMarketplace", Again: paceline.CodeNotFound,
		Prepare: func(ctx context.Context, r killRooms) error {
			m, err := r.CreateMarketplace(ctx, r.p, storefront.Marketplace{Name: "Goes"})
			r.Notes.Put("goes", fmt.Sprint(m.ID))
			return err
		},
		Do: func(ctx context.Context, r killRooms) error { return r.DeleteMarketplace(ctx, r.p, r.market("goes")) }},
	{By: "storefront.Room.install", Same: true, Do: begins("quiet")},
	{By: "cycle.Room.move", Name: "of a set-up that is given up", Ahead: true, Again: paceline.CodeNotFound, Prepare: begins("quiet"),
		Do: func(ctx context.Context, r killRooms) error { return r.Cancel(ctx, r.p, r.account(ctx), r.install()) }},
	{By: "storefront.Room.Finish", Ahead: true, Prepare: begins("quiet"), Do: finishes},
	{By: "cycle.Room.activate", Name: "at the end of a set-up", Behind: true, Ahead: true, Prepare: begins("quiet"), Do: finishes},
	{By: "storefront.Room.tell", Behind: true, Anew: true, Prepare: begins("told"), Do: finishes},
	{By: "storefront.Room.Change", Ahead: true, Do: changes},
	{By: "storefront.Room.KeepChange", Do: func(ctx context.Context, r killRooms) error {
		return r.KeepChange(ctx, r.p, r.account(ctx), r.install())
	}},
	{By: "storefront.Room.endChange", Behind: true, Anew: true, Prepare: all(begins("quiet"), finishes, changes),
		Do: func(ctx context.Context, r killRooms) error { return r.Restore(ctx, r.p, r.account(ctx), r.install()) }},
}}

// TestKillRequests kills a server on both sides of these commits.
func TestKillRequests(t *testing.T) {
	t.Parallel()
	killRequests.Run(t)
}

// TestEveryCommitIsKilledAt reads the sources of the room.
func TestEveryCommitIsKilledAt(t *testing.T) {
	storetest.Covered(t, ".", map[string]string{
		"storefront.Room.remove": "only when somebody deletes the last cycle meanwhile; else it is done with that, in cycle.Room.move",
	}, killRequests.By())
}
