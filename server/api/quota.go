package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type quotaIn struct {
	StoredBytesQuota wire.Opt[int] `doc:"Bytes that may be stored; 0: no quota, null: the partner's."`
	TaskQuota        wire.Opt[int] `doc:"Tasks in a billing period; 0: no quota, null: the partner's."`
}

type quotaOut struct {
	Id                string
	StoredBytesQuota  *int  `doc:"The account's own; null: the partner's."`
	TaskQuota         *int  `doc:"The account's own; null: the partner's."`
	StoredBytesLimit  int64 `doc:"What counts; 0: no quota."`
	TaskLimit         int64 `doc:"What counts; 0: no quota."`
	StoredBytes       int64
	TasksUsed         int64
	BillingPeriodFrom wire.Time
}

type defaultQuotaOut struct {
	StoredBytesQuota int64 `doc:"0: no quota."`
	TaskQuota        int64 `doc:"0: no quota."`
}

type quotaInput struct {
	Account string `path:"account"`
	Body    *wire.Body[quotaIn]
}

type defaultQuotaInput struct {
	Body *wire.Body[quotaIn]
}

func (a *API) quotas() {
	account := []IDParam{{In: "path", Name: "account", Owner: "partner"}}
	add(a, Route{ID: "Accounts_Quota_GET", Method: http.MethodGet, Path: "/accounts/{account}/quota", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.ViewRight, Extension: true, IDs: account,
		Summary: "What an account may store and use, and what it has; sub accounts for themselves."}, a.quotaGet)
	add(a, Route{ID: "Accounts_Quota_PUT", Method: http.MethodPut, Path: "/accounts/{account}/quota", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.EditRight, Extension: true, IDs: account,
		Summary: "Set what an account may store and use."}, a.quotaSet)
	add(a, Route{ID: "Quota_GET", Method: http.MethodGet, Path: "/quota", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaSettings, RightAs: paceline.ViewRight, Extension: true,
		Summary: "The quota of each account without one of its own."}, a.defaultQuotaGet)
	add(a, Route{ID: "Quota_PUT", Method: http.MethodPut, Path: "/quota", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaSettings, RightAs: paceline.EditRight, Extension: true,
		Summary: "Set the quota of each account without one of its own."}, a.defaultQuotaSet)
}

func (a *API) quotaGet(ctx context.Context, c *Call, in *AccountPath) (quotaOut, error) {
	q, err := a.tenant.Quota(ctx, c.Principal, in.Account)
	return quotaWire(q), err
}

func (a *API) quotaSet(ctx context.Context, c *Call, in *quotaInput) (quotaOut, error) {
	q, err := a.tenant.SetQuota(ctx, c.Principal, in.Account, later(in.Body, quotaIn.patch))
	return quotaWire(q), err
}

func (a *API) defaultQuotaGet(ctx context.Context, c *Call, _ *struct{}) (defaultQuotaOut, error) {
	q, err := a.tenant.DefaultQuota(ctx, c.Principal)
	return defaultQuotaOut{q.Bytes, q.Tasks}, err
}

func (a *API) defaultQuotaSet(ctx context.Context, c *Call, in *defaultQuotaInput) (out defaultQuotaOut, err error) {
	patch, err := later(in.Body, quotaIn.patch)()
	if err != nil {
		return out, err
	}
	q, err := a.tenant.SetDefaultQuota(ctx, c.Principal, patch)
	return defaultQuotaOut{q.Bytes, q.Tasks}, err
}

func (in quotaIn) patch() (tenant.QuotaPatch, error) {
	return tenant.QuotaPatch{Bytes: patch(in.StoredBytesQuota), Tasks: patch(in.TaskQuota)}, nil
}

func quotaWire(q tenant.AccountQuota) quotaOut {
	return quotaOut{
		Id: q.AccountID, StoredBytesQuota: q.Own.Bytes, TaskQuota: q.Own.Tasks, StoredBytesLimit: q.Counts.Bytes, TaskLimit: q.Counts.Tasks,
		StoredBytes: q.Bytes, TasksUsed: q.Tasks, BillingPeriodFrom: wire.FromMicros(q.Start),
	}
}
