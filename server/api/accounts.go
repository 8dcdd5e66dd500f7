package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
	"paceline/tenant"
)

const accountsTag = "Accounts"

type AccountPath struct {
	Account string `path:"account" doc:"API id of the account, or its internal GUID."`
}

type accountListInput struct {
	PageInput
	FiguresInput
	IncludeSubAccounts bool   `query:"includeSubAccounts" doc:"Extension: list sub accounts, too."`
	Search             string `query:"search" doc:"Extension: only accounts with this text in their name or API id, in any letter case."`
}

// FiguresInput asks for the figures of each account.
type FiguresInput struct {
	IncludeFigures bool `query:"includeFigures" doc:"Extension: with Figures, at most 200 accounts a page."`
}

type accountCreateInput struct {
	EnsureQuery
	Body *wire.Body[accountCreateIn]
}

type accountUpdateInput struct {
	AccountPath
	Body *wire.Body[AccountIn]
}

type accountUsageInput struct {
	AccountPath
	StartTime string `query:"startTime" doc:"Extension: start of the period instead of the billing period's."`
	EndTime   string `query:"endTime" doc:"Extension: end of the period."`
}

type subAccountsInput struct {
	AccountPath
	PageInput
	FiguresInput
	Search string `query:"search" doc:"Extension: only sub accounts with this text in their name or API id, in any letter case."`
}

func (a *API) accounts() {
	owned := []IDParam{{In: "path", Name: "account", Owner: "partner"}}
	add(a, Route{ID: "Accounts_All_GET", Method: http.MethodGet, Path: "/accounts", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.ViewRight,
		Summary: "List accounts, without sub accounts."}, a.accountList)
	add(a, Route{ID: "Accounts_Create_POST", Method: http.MethodPost, Path: "/accounts", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.EditRight, IDs: []IDParam{{In: "body", Name: "ParentAccountId", Owner: "partner"}, {In: "body", Name: "TemplateId", Owner: "partner"}},
		Summary: "Create an account, or with ParentAccountId a sub account."}, a.accountCreate)
	add(a, Route{ID: "Accounts_Get_GET", Method: http.MethodGet, Path: "/accounts/{account}", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.ViewRight, IDs: owned, Summary: "Get one account."}, a.accountGet)
	add(a, Route{ID: "Accounts_Update_PUT", Method: http.MethodPut, Path: "/accounts/{account}", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.EditRight, IDs: owned, Summary: "Change an account; absent properties stay as they are."}, a.accountUpdate)
	addEmpty(a, Route{ID: "Accounts_Delete_DELETE", Method: http.MethodDelete, Path: "/accounts/{account}", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.ManageRight, IDs: owned,
		Summary: "Delete an account with its sub accounts: cycles stop, credentials and keys are destroyed."}, a.accountDelete)
	add(a, Route{ID: "Accounts_SubAccounts_GET", Method: http.MethodGet, Path: "/accounts/{account}/subaccounts", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.ViewRight, IDs: owned, Summary: "List the sub accounts of an account."}, a.accountSubAccounts)
	add(a, Route{ID: "Accounts_Usage_GET", Method: http.MethodGet, Path: "/accounts/{account}/usage", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaAccounts, RightAs: paceline.ViewRight, IDs: owned,
		Summary: "Tasks that the account used in its billing period; those of its sub accounts are not part of it."}, a.accountUsage)
}

func (a *API) accountList(ctx context.Context, c *Call, in *accountListInput) ([]AccountOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	return a.accountPage(ctx, c, tenant.AccountFilter{IncludeSubAccounts: in.IncludeSubAccounts, Search: in.Search}, page, in.IncludeFigures)
}

// accountPage lists accounts, with their figures if they are asked for.
func (a *API) accountPage(ctx context.Context, c *Call, f tenant.AccountFilter, page paceline.Page, figures bool) ([]AccountOut, error) {
	if !figures {
		l, err := a.Tenant.Accounts(ctx, c.Principal, f, page)
		return list(c, page, l, accountWire), err
	}
	l, err := a.Tenant.AccountsWithFigures(ctx, c.Principal, f, page)
	return list(c, page, l, listedAccountWire), err
}

func (a *API) accountCreate(ctx context.Context, c *Call, in *accountCreateInput) (out accountCreateOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	ensure, err := in.ensure()
	if err != nil {
		return out, err
	}
	orders, err := body.orders()
	if err != nil {
		return out, err
	}
	create := a.Tenant.CreateAccountWith
	if ensure {
		create = a.Tenant.EnsureAccount
	}
	account, installed, err := create(ctx, c.Principal, body.patch(), orders)
	if err != nil {
		return out, err
	}
	out.AccountOut = accountWire(account)
	if !orders.Empty() {
		out.InstalledConnectors = translate(installed.Connectors, accountConnectorWire)
		out.InstalledCycles = translate(installed.Cycles, func(v cycle.View) cycleOut { return cycleWire(v, false) })
	}
	return out, nil
}

func (a *API) accountGet(ctx context.Context, c *Call, in *AccountPath) (out AccountOut, err error) {
	account, err := a.Tenant.GetAccount(ctx, c.Principal, in.Account)
	if err != nil {
		return out, err
	}
	return accountWire(account), nil
}

func (a *API) accountUpdate(ctx context.Context, c *Call, in *accountUpdateInput) (out AccountOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		if _, missing := a.Tenant.GetAccount(ctx, c.Principal, in.Account); missing != nil {
			return out, missing
		}
		return out, err
	}
	account, err := a.Tenant.UpdateAccount(ctx, c.Principal, in.Account, body.patch())
	if err != nil {
		return out, err
	}
	return accountWire(account), nil
}

func (a *API) accountDelete(ctx context.Context, c *Call, in *AccountPath) error {
	subs, err := a.Tenant.DeleteAccount(ctx, c.Principal, in.Account)
	if err == nil {
		setNumber(c.Writer.Header(), "X-Deleted-Sub-Accounts", subs)
	}
	return err
}

func (a *API) accountSubAccounts(ctx context.Context, c *Call, in *subAccountsInput) ([]AccountOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	return a.accountPage(ctx, c, tenant.AccountFilter{Parent: in.Account, Search: in.Search}, page, in.IncludeFigures)
}

func (a *API) accountUsage(ctx context.Context, c *Call, in *accountUsageInput) (out usageOut, err error) {
	from, err := queryTime(in.StartTime, "startTime")
	if err != nil {
		return out, err
	}
	to, err := queryTime(in.EndTime, "endTime")
	if err != nil {
		return out, err
	}
	u, err := a.Tenant.Usage(ctx, c.Principal, in.Account, from, to)
	if err != nil {
		return out, err
	}
	return usageOut{Id: u.AccountID, TasksUsed: u.OK + u.Incident, StartTime: wire.FromMicros(u.Start), EndTime: wire.FromMicros(u.End), StoredBytes: u.StoredBytes}, nil
}

// queryTime reads a date of the query; an absent one is 0.
func queryTime(text, name string) (paceline.Micros, error) {
	if text == "" {
		return 0, nil
	}
	t, ok := wire.ParseTime(text)
	if !ok { // a plus sign that was not encoded has become a space
		if at := strings.LastIndexByte(text, ' '); at > 0 {
			t, ok = wire.ParseTime(text[:at] + "+" + text[at+1:])
		}
	}
	if !ok {
		return 0, paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "not a date")
	}
	return paceline.ToMicros(t.Time), nil
}

func (in AccountIn) patch() tenant.AccountPatch {
	return tenant.AccountPatch{
		ID: patch(in.Id), ParentAccountID: patch(in.ParentAccountId), Name: patch(in.Name), Description: patch(in.Description),
		AuditInfo: patch(in.AuditInfo), TaskAuditInfo: patch(in.TaskAuditInfo), Timezone: patch(in.Timezone),
		NextBillDate:          tenant.Patch[time.Time]{Set: in.NextBillDateUtc.Set, Null: in.NextBillDateUtc.Null, Value: in.NextBillDateUtc.Value.Time},
		SuccessRetentionHours: patch(in.StepDataSuccessRetentionHours), ErrorRetentionHours: patch(in.StepDataErroredRetentionHours),
		ErrorWebhookEnabled: patch(in.TransactionErrorWebhookEnabled), ErrorWebhookURL: patch(in.TransactionErrorWebhookUrl),
		ErrorWebhookIncludeWarnings: patch(in.TransactionErrorWebhookIncludeWarnings),
	}
}

func patch[T any](o wire.Opt[T]) tenant.Patch[T] {
	return tenant.Patch[T]{Set: o.Set, Null: o.Null, Value: o.Value}
}
