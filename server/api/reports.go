package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/server/api/wire"
	"paceline/store"
	"paceline/tenant"
)

const reportsTag = "Reports"

type accountReportInput struct {
	PageInput
	Search string `query:"search" doc:"A part of the name or the API id, in any letter case." maxLength:"200"`
}

type cycleReportInput struct {
	PageInput
	Search string `query:"search" doc:"A part of the cycle's or the account's name, in any letter case." maxLength:"200"`
	State  string `query:"state" enum:"Running,Halted" doc:"Running, or Halted by an error; all when absent."`
}

type holderReportInput struct {
	Connector string `path:"connector" doc:"Id of the connector."`
	PageInput
}

type webhookReportInput struct {
	Identifier string `query:"identifier" doc:"The address of a webhook, or the identifier at its end." maxLength:"2000"`
}

type transactionReportInput struct {
	EventPageInput
	PeriodInput
	Transaction string `query:"transaction" doc:"Id of a transaction; then only that one, however it ended."`
}

// accountReportOut is what an account has. What sub accounts have is theirs alone.
type accountReportOut struct {
	AccountId        string `doc:"API id."`
	AccountName      string
	IsSubAccount     bool
	Cycles           int
	ActiveCycles     int
	Connectors       int
	CustomConnectors int
	ErrorCount       int64 `doc:"Of its cycles."`
	WarningCount     int64
	TasksOk          int64 `doc:"In the account's billing period."`
	TasksIncident    int64
}

type cycleReportOut struct {
	AccountId                  string
	AccountName                string
	CycleId                    string
	CycleName                  string
	Status                     string `enum:"Active,Paused,Stopped,Error,DeleteScheduled"`
	TemplateId                 *string
	TasksUsed                  int64
	ErrorCount                 int64
	WarningCount               int64
	InProgressTransactionCount int64
	ActivatedOnUtc             *wire.Time
	LastSuccessfulRunDate      *wire.Time
}

type connectorReportOut struct {
	ConnectorId   int32
	Name          string
	Release       string `doc:"The newest."`
	Installations int
	Authenticated int
	Accounts      int
	Cycles        int
	ActiveCycles  int
}

type holderReportOut struct {
	AccountId          string
	AccountName        string
	AccountConnectorId int32
	Name               string
	Release            string
	Authenticated      bool
	Cycles             int
}

type templateReportOut struct {
	TemplateId   string
	TemplateName string
	ReleaseId    string
	Release      int
	Status       string `enum:"Draft,Live,Deprecated"`
	Cycles       int    `doc:"That follow this release."`
	ActiveCycles int
	Accounts     int
	TasksUsed    int64
	ErrorCount   int64
}

type webhookReportOut struct {
	AccountId   string
	AccountName string
	CycleId     string
	CycleName   string
	Status      string `enum:"Active,Paused,Stopped,Error,DeleteScheduled"`
	StepId      string
	StepName    string
}

type transactionReportOut struct {
	TransactionId  string
	AccountId      string
	AccountName    string
	CycleId        *string `doc:"null when the cycle is gone for good."`
	CycleName      *string
	Status         string `enum:"InProgress,Completed,Errored,Stopped,Cancelled"`
	ErrorCount     int
	WarningCount   int
	CreatedOnUtc   wire.Time
	CompletedOnUtc *wire.Time
}

func (a *API) reports() {
	route := func(id, path, summary string, ids ...IDParam) Route {
		return Route{ID: "Reports_" + id + "_GET", Method: http.MethodGet, Path: "/reports" + path, Tag: reportsTag, Level: Partner, Extension: true,
			Right: tenant.AreaReports, RightAs: paceline.ViewRight, Summary: summary, IDs: ids}
	}
	add(a, route("Accounts", "/accounts", "What each account has: by name, or by orderBy=ActiveCycles. A page has at most 200."), a.accountReport)
	add(a, route("Cycles", "/cycles", "The cycles of all accounts, by name or by orderBy TasksUsed, ErrorCount, WarningCount, InProgressTransactionCount or LastSuccessfulRunDate, the most first."), a.cycleReport)
	add(a, route("Connectors", "/connectors", "How much each connector is used."), a.connectorReport)
	add(a, route("ConnectorAccounts", "/connectors/{connector}", "The installations of one connector.", IDParam{In: "path", Name: "connector", Owner: "public"}), a.holderReport)
	add(a, route("Templates", "/templates", "How much each live release of a template is used, and each other that cycles still follow."), a.templateReport)
	add(a, route("Webhooks", "/webhooks", "Whose a webhook's address is; an empty list for one that nobody has."), a.webhookReport)
	add(a, route("Transactions", "/transactions", "The transactions of all accounts that failed or were halted, the newest first; or one by its id.",
		IDParam{In: "query", Name: "transaction", Owner: "partner"}), a.transactionReport)
}

func (a *API) accountReport(ctx context.Context, c *Call, in *accountReportInput) ([]accountReportOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.tenant.AccountReport(ctx, c.Principal, in.Search, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(r tenant.ReportedAccount) accountReportOut {
		return accountReportOut{
			AccountId: r.APIID, AccountName: r.Name, IsSubAccount: r.Parent != 0, Cycles: r.Cycles, ActiveCycles: r.Running, Connectors: r.Connectors,
			CustomConnectors: r.Custom, ErrorCount: r.Errors, WarningCount: r.Warnings, TasksOk: r.Usage.OK, TasksIncident: r.Usage.Incident,
		}
	}), nil
}

func (a *API) cycleReport(ctx context.Context, c *Call, in *cycleReportInput) ([]cycleReportOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(page.OrderBy) {
	case "tasksused":
		page.OrderBy = "tasks"
	case "errorcount":
		page.OrderBy = "errors"
	case "warningcount":
		page.OrderBy = "warnings"
	case "inprogresstransactioncount":
		page.OrderBy = "inprogress"
	}
	l, err := a.tenant.CycleReport(ctx, c.Principal, store.CycleReportFilter{
		Text: in.Search, Running: strings.EqualFold(in.State, "Running"), Halted: strings.EqualFold(in.State, "Halted"),
	}, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(r store.CycleReportRow) cycleReportOut {
		return cycleReportOut{
			AccountId: r.AccountID, AccountName: r.AccountName, CycleId: string(r.ID), CycleName: r.Name, Status: r.State.Wire(), TemplateId: textPtr(string(r.Template)),
			TasksUsed: r.Counters.Tasks, ErrorCount: r.Counters.Errors, WarningCount: r.Counters.Warnings, InProgressTransactionCount: r.Counters.InProgress,
			ActivatedOnUtc: wire.OptTime(r.ActivatedAt), LastSuccessfulRunDate: wire.OptTime(r.LastSuccessAt),
		}
	}), nil
}

func (a *API) connectorReport(ctx context.Context, c *Call, _ *struct{}) ([]connectorReportOut, error) {
	l, err := a.tenant.ConnectorReport(ctx, c.Principal)
	return translate(l, func(r tenant.ReportedConnector) connectorReportOut {
		return connectorReportOut{ConnectorId: r.ID, Name: r.Name, Release: r.Release, Installations: r.Installed, Authenticated: r.Authenticated,
			Accounts: r.Accounts, Cycles: r.Cycles, ActiveCycles: r.Running}
	}), err
}

func (a *API) holderReport(ctx context.Context, c *Call, in *holderReportInput) ([]holderReportOut, error) {
	id, err := number(in.Connector)
	if err != nil {
		return nil, err
	}
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.tenant.ConnectorHolders(ctx, c.Principal, id, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(r store.ConnectorHolder) holderReportOut {
		return holderReportOut{AccountId: r.AccountID, AccountName: r.AccountName, AccountConnectorId: r.ID, Name: r.Name, Release: r.Release,
			Authenticated: r.Authenticated, Cycles: r.Cycles}
	}), nil
}

func (a *API) templateReport(ctx context.Context, c *Call, _ *struct{}) ([]templateReportOut, error) {
	l, err := a.tenant.TemplateReport(ctx, c.Principal)
	return translate(l, func(r store.ReleaseUse) templateReportOut {
		return templateReportOut{TemplateId: string(r.Template), TemplateName: r.Name, ReleaseId: string(r.Release), Release: r.Number, Status: string(r.Status),
			Cycles: r.Cycles, ActiveCycles: r.Running, Accounts: r.Accounts, TasksUsed: r.Tasks, ErrorCount: r.Errors}
	}), err
}

func (a *API) webhookReport(ctx context.Context, c *Call, in *webhookReportInput) ([]webhookReportOut, error) {
	l, err := a.tenant.WebhookReport(ctx, c.Principal, in.Identifier)
	return translate(l, func(r tenant.ReportedWebhook) webhookReportOut {
		return webhookReportOut{AccountId: r.Account.APIID, AccountName: r.Account.Name, CycleId: string(r.Cycle.ID), CycleName: r.Cycle.Name,
			Status: r.Cycle.State.Wire(), StepId: string(r.Step.ID), StepName: r.Step.Name}
	}), err
}

var runStateNames = map[paceline.RunState]string{
	paceline.RunLive: "InProgress", paceline.RunCompleted: "Completed", paceline.RunFailed: "Errored", paceline.RunStopped: "Stopped", paceline.RunCancelled: "Cancelled",
}

func (a *API) transactionReport(ctx context.Context, c *Call, in *transactionReportInput) ([]transactionReportOut, error) {
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	before, after, err := in.read()
	if err != nil {
		return nil, err
	}
	var id paceline.ID
	if in.Transaction != "" {
		if id, err = guid(in.Transaction); err != nil {
			return nil, err
		}
	}
	l, err := a.tenant.TransactionReport(ctx, c.Principal, id, after, before, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(r tenant.ReportedTransaction) transactionReportOut {
		return transactionReportOut{TransactionId: string(r.ID), AccountId: r.AccountID, AccountName: r.AccountName, CycleId: textPtr(string(r.CycleID)),
			CycleName: textPtr(r.CycleName), Status: runStateNames[r.State], ErrorCount: r.Errors, WarningCount: r.Warnings,
			CreatedOnUtc: wire.FromMicros(r.CreatedAt), CompletedOnUtc: wire.OptTime(r.EndedAt)}
	}), nil
}
