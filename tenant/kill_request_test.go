package tenant_test

import (
	"context"
	"fmt"
	"testing"

	"paceline"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// killRooms is the room that is asked for something, by the partner.
type killRooms struct {
	*tenant.Tenant
	p     paceline.Principal
	store *store.Store
}

type killRequest = storetest.Request[killRooms]

const killedAccount = "northwind"

// killRequests are requests about what the engine goes by: settings, states and quotas of accounts, and where it tells of errors.
var killRequests = storetest.Kill[killRooms]{
	Furnish: func(t *testing.T, s *store.Store) string {
		key := seal.NewKey().Encode()
		room := tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(t.Context(), s, sealerOf(key)))})
		first, _, err := room.FirstRun(t.Context(), tenant.FirstRunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		must(room.CreateAccount(t.Context(), paceline.SystemPrincipalOf(first.Partner), tenant.AccountPatch{ID: tenant.Value(killedAccount), Name: tenant.Value("Northwind")}))
		return fmt.Sprint(first.Partner, " ", key)
	},
	Open: func(s *store.Store, shared string) killRooms {
		var partner int64
		var key string
		must(fmt.Sscan(shared, &partner, &key))
		return killRooms{
			tenant.New(tenant.Config{Store: s, Installation: must(tenant.OpenInstallation(context.Background(), s, sealerOf(key)))}),
			paceline.SystemPrincipalOf(partner), s,
		}
	},
	Requests: []killRequest{
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
	},
}

// TestKillRequests kills a server on both sides of these commits.
func TestKillRequests(t *testing.T) {
	t.Parallel()
	killRequests.Run(t)
}
