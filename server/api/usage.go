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

// UsageInput chooses the days and the keys of a report of tasks.
type UsageInput struct {
	By   string `query:"by" doc:"What tasks are summed by: day (default), account, cycle, connector, method, or several with commas between."`
	From string `query:"from" doc:"First day, UTC. Default: 30 days up to the last."`
	To   string `query:"to" doc:"The day after the last. Default: tomorrow."`

	Page     int    `query:"page" doc:"Page, counted from 1, where there is a pageSize." minimum:"1"`
	PageSize int    `query:"pageSize" doc:"Sums per page; all of them when absent." maximum:"50000"`
	OrderBy  string `query:"orderBy" doc:"Tasks or Incidents: those with the most first. In the order of the keys when absent."`
}

type usageReportInput struct {
	UsageInput
	Account string `query:"account" doc:"API id of the one account; absent: all, sub accounts each for themselves."`
}

// usageLineOut is one sum; what tasks are not summed by is absent.
type usageLineOut struct {
	Day           string `json:",omitempty" doc:"Such as 2026-11-26."`
	AccountId     string `json:",omitempty" doc:"API id."`
	AccountName   string `json:",omitempty"`
	CycleId       string `json:",omitempty" doc:"Absent also for calls outside cycles."`
	CycleName     string `json:",omitempty"`
	ConnectorId   int32  `json:",omitempty"`
	ConnectorName string `json:",omitempty"`
	MethodId      int32  `json:",omitempty"`
	MethodName    string `json:",omitempty"`
	TasksOk       int64
	TasksIncident int64
}

func (a *API) usage() {
	add(a, Route{ID: "Usage_GET", Method: http.MethodGet, Path: "/usage", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaReports, RightAs: paceline.ViewRight, IDs: []IDParam{{In: "query", Name: "account", Owner: "partner"}},
		Summary: "Report of tasks. Every console user may see it."}, a.usageReport)
	add(a, Route{ID: "Account_Usage_GET", Method: http.MethodGet, Path: "/account/usage", Tag: accountsTag, Level: Account, Extension: true,
		Summary: "Report of the account's tasks, without those of its sub accounts."}, a.accountUsageReport)
}

func (a *API) usageReport(ctx context.Context, c *Call, in *usageReportInput) ([]usageLineOut, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	q.Account = in.Account
	lines, err := a.tenant.UsageReport(ctx, c.Principal, q)
	return usageLines(c, q, lines), err
}

func (a *API) accountUsageReport(ctx context.Context, c *Call, in *UsageInput) ([]usageLineOut, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	lines, err := a.tenant.AccountUsageReport(ctx, c.Principal, c.Account, q)
	return usageLines(c, q, lines), err
}

// usageLines is a report, with the headers of a list where it comes in pages.
func usageLines(c *Call, q tenant.UsageQuery, lines paceline.List[tenant.UsageLine]) []usageLineOut {
	if q.Page.Size == 0 {
		return translate(lines.Items, usageLineWire)
	}
	return list(c, q.Page, lines, usageLineWire)
}

func (in UsageInput) query() (q tenant.UsageQuery, err error) {
	if in.Page < 0 || in.PageSize < 0 {
		return q, paceline.Fail(paceline.CodeRequestInvalid)
	}
	q.By, q.Page = in.By, paceline.Page{Number: in.Page, Size: in.PageSize}
	switch {
	case strings.EqualFold(in.OrderBy, "Tasks"):
		q.Most = store.MostTasks
	case strings.EqualFold(in.OrderBy, "Incidents"):
		q.Most = store.MostIncidents
	}
	if q.From, err = queryTime(in.From, "from"); err == nil {
		q.To, err = queryTime(in.To, "to")
	}
	return q, err
}

func usageLineWire(l tenant.UsageLine) usageLineOut {
	out := usageLineOut{
		AccountId: l.AccountID, AccountName: l.AccountName, CycleId: string(l.CycleID), CycleName: l.CycleName,
		ConnectorId: l.Connector, ConnectorName: l.ConnectorName, MethodId: l.Method, MethodName: l.MethodName, TasksOk: l.OK, TasksIncident: l.Incident,
	}
	if l.Day != 0 {
		out.Day = wire.Day(l.Day)
	}
	return out
}
