package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/engine"
	"paceline/server/api/wire"
)

const transactionsTag = "Transactions and incidents"

// PeriodInput narrows a list to a time.
type PeriodInput struct {
	Before string `query:"before" doc:"Only what happened before this date."`
	After  string `query:"after" doc:"Only what happened at or after this date."`
}

func (in PeriodInput) read() (before, after paceline.Micros, err error) {
	if before, err = queryTime(in.Before, "before"); err == nil {
		after, err = queryTime(in.After, "after")
	}
	return before, after, err
}

// EventPageInput is PageInput for lists where "after" is a date and the cursor has another name.
type EventPageInput struct {
	Page     int    `query:"page" doc:"Page, counted from 1. Past the end the list is empty." minimum:"1"`
	PageSize int    `query:"pageSize" doc:"Items per page; 100 when absent." maximum:"50000"`
	PerPage  int    `query:"per_page" doc:"Another name for pageSize."`
	OrderBy  string `query:"orderBy" doc:"These lists are always sorted by time; the value is accepted."`
	SortAsc  string `query:"sortOrderAsc" enum:"true,false" doc:"true lists the oldest first."`
	Cursor   string `query:"cursor" doc:"Extension: cursor of the X-Next-Cursor header of the page before."`
}

func (in EventPageInput) page() (paceline.Page, error) {
	p := PageInput{Page: in.Page, PageSize: in.PageSize, PerPage: in.PerPage, OrderBy: in.OrderBy, SortAsc: in.SortAsc, After: in.Cursor}
	page, err := p.page(true)
	page.OrderBy = "CreatedOnUtc"
	return page, err
}

type TransactionListInput struct {
	EventPageInput
	PeriodInput
	Status    string `query:"status" doc:"Queued, InProgress, Waiting, Completed, Errored, Stopped or Cancelled, in any letter case."`
	Waiting   string `query:"waiting" doc:"Extension: retry: only transactions with a step that failed and waits to be tried again."`
	SplitType string `query:"splitType" doc:"Unsplit, Parent or Child, in any letter case."`
	Code      string `query:"code" doc:"Extension: only transactions with an error of this code."`
	Signature string `query:"signature" maxLength:"200" doc:"Extension: only transactions with an error of this signature; see Signature of incidents."`
	Trouble   string `query:"trouble" doc:"Extension: errors, warnings or none: only transactions that recorded such."`
	Parent    string `query:"parent" doc:"Extension: only the transactions that carry the rows of this one."`
	Text      string `query:"text" maxLength:"200" doc:"Extension: the id of a transaction, or a text: then only transactions with an incident whose message or step name contains it."`
	SortBy    string `query:"sortBy" doc:"Extension: CreatedOnUtc, Status, ErrorCount or WarningCount; CompletedOnUtc when no more than 10,000 transactions match, more are sorted by creation."`
}

type cycleTransactionListInput struct {
	CyclePath
	TransactionListInput
}

type transactionItemsInput struct {
	CyclePath
	Transaction string `path:"transaction" format:"uuid"`
	Query       string `query:"query" doc:"Only entries whose request or response contains the text."`
	EventPageInput
}

type incidentListInput struct {
	Level string `path:"level" enum:"error,warning" doc:"error or warning, in any letter case."`
	EventPageInput
	PeriodInput
}

type cycleIncidentListInput struct {
	CyclePath
	EventPageInput
	PeriodInput
}

func (a *API) transactions() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "transaction", Owner: "account"}}
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: transactionsTag, Level: Account, Summary: summary, IDs: ids}
	}
	add(a, route("Cycles_AllTransactions_GET", http.MethodGet, "/cycles/transactions", "List the account's transactions, newest first.", nil), a.transactionList)
	add(a, route("Cycles_Transactions_GET", http.MethodGet, "/cycles/{id}/transactions", "List a cycle's transactions, newest first.", owned), a.cycleTransactionList)
	add(a, route("Cycles_Transaction_GET", http.MethodGet, "/cycles/{id}/transactions/{transaction}", "List the log of one transaction: request and response of each step.", both), a.transactionItems)
	add(a, route("Cycles_AllIncidents_GET", http.MethodGet, "/cycles/incidents/{level}", "List the account's incidents of one level, newest first.",
		[]IDParam{{In: "path", Name: "level", Owner: "public"}}), a.incidentList)
	add(a, route("Cycles_Incidents_GET", http.MethodGet, "/cycles/{id}/incidents", "List a cycle's incidents, newest first.", owned), a.cycleIncidentList)
	addEmpty(a, route("Cycles_ClearIncidents_DELETE", http.MethodDelete, "/cycles/{id}/incidents", "Delete a cycle's incidents.", owned), a.incidentsClear)
}

func (a *API) transactionList(ctx context.Context, c *Call, in *TransactionListInput) ([]transactionOut, error) {
	return a.transactionsOf(ctx, c, "", in)
}

func (a *API) cycleTransactionList(ctx context.Context, c *Call, in *cycleTransactionListInput) ([]transactionOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	return a.transactionsOf(ctx, c, id, &in.TransactionListInput)
}

func (a *API) transactionsOf(ctx context.Context, c *Call, cycle paceline.ID, in *TransactionListInput) ([]transactionOut, error) {
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	before, after, err := in.read()
	if err != nil {
		return nil, err
	}
	filter := engine.TransactionFilter{Cycle: cycle, Status: in.Status, Split: in.SplitType, Code: paceline.Code(in.Code), Signature: in.Signature, Trouble: in.Trouble, Text: in.Text, Before: before, After: after}
	switch strings.ToLower(in.Waiting) {
	case "":
	case "retry":
		filter.Retrying = true
	default:
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "waiting", "reason", "it is not retry")
	}
	if in.SortBy != "" {
		page.OrderBy = in.SortBy
	}
	if in.Parent != "" {
		if filter.Parent, err = guid(in.Parent); err != nil {
			return nil, err
		}
	}
	l, err := a.Engine.Transactions(ctx, c.Principal, c.Account, filter, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, transactionWire), nil
}

func (a *API) transactionItems(ctx context.Context, c *Call, in *transactionItemsInput) ([]transactionItemOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	transaction, err := guid(in.Transaction)
	if err != nil {
		return nil, err
	}
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	l, err := a.Engine.TransactionItems(ctx, c.Principal, c.Account, id, transaction, in.Query, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, transactionItemWire), nil
}

func (a *API) incidentList(ctx context.Context, c *Call, in *incidentListInput) ([]incidentOut, error) {
	if !strings.EqualFold(in.Level, "error") && !strings.EqualFold(in.Level, "warning") {
		return nil, paceline.Fail(paceline.CodeRequestInvalid)
	}
	return a.incidentsOf(ctx, c, engine.IncidentFilter{Level: in.Level}, in.EventPageInput, in.PeriodInput)
}

func (a *API) cycleIncidentList(ctx context.Context, c *Call, in *cycleIncidentListInput) ([]incidentOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	return a.incidentsOf(ctx, c, engine.IncidentFilter{Cycle: id}, in.EventPageInput, in.PeriodInput)
}

func (a *API) incidentsOf(ctx context.Context, c *Call, f engine.IncidentFilter, paging EventPageInput, period PeriodInput) ([]incidentOut, error) {
	page, err := paging.page()
	if err != nil {
		return nil, err
	}
	if f.Before, f.After, err = period.read(); err != nil {
		return nil, err
	}
	l, err := a.Engine.Incidents(ctx, c.Principal, c.Account, f, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, incidentWire), nil
}

func (a *API) incidentsClear(ctx context.Context, c *Call, in *CyclePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Engine.ClearIncidents(ctx, c.Principal, c.Account, id)
}

func transactionWire(t engine.Transaction) transactionOut {
	return transactionOut{
		Id: string(t.ID), CycleId: string(t.CycleID), CycleName: t.CycleName, Status: string(t.Status), SplitType: string(t.Split),
		IsSplit: t.Run.Split&paceline.SplitParent != 0, ParentTransactionId: textPtr(string(t.ParentID)), CreatedOnUtc: wire.FromMicros(t.CreatedAt), CompletedOnUtc: wire.OptTime(t.EndedAt),
		ErrorCount: t.Errors, WarningCount: t.Warnings, RetryCount: t.Retries, WaitingReason: textPtr(string(t.WaitReason)), NextRetryOnUtc: wire.OptTime(t.NextTryAt),
	}
}

var stepStateNames = map[paceline.StepState]string{
	paceline.StepDone: "Done", paceline.StepFailed: "Failed", paceline.StepParked: "Parked", paceline.StepSkipped: "Skipped", paceline.StepStarted: "Started",
	paceline.StepOngoing: "Ongoing",
}

func transactionItemWire(i engine.TransactionItem) transactionItemOut {
	out := transactionItemOut{
		Id: i.ID, TransactionId: string(i.Transaction), StepId: string(i.StepID), StepName: i.StepName, Level: string(i.Level),
		CreatedOnUtc: wire.FromMicros(i.At), Message: textPtr(i.Message), Request: i.Request, Response: i.Response,
		Status: stepStateNames[i.State], Exit: textPtr(string(i.Exit)), Attempt: i.Attempt, Signature: textPtr(i.Signature),
	}
	if i.Arrived {
		out.Status = "Arrived"
	}
	if i.HTTPStatus != 0 {
		out.HttpStatus = &i.HTTPStatus
	}
	if i.Request != "" || i.HTTPStatus != 0 {
		out.DurationMs = &i.Millis
	}
	return out
}

func incidentWire(i engine.Incident) incidentOut {
	level := "Error"
	if i.Warning {
		level = "Warning"
	}
	return incidentOut{
		Id: i.ID, CycleId: string(i.CycleID), CycleName: i.CycleName, IncidentLevel: level, ShortMessage: i.Short, FullMessage: i.Full,
		StepId: string(i.StepID), StepName: i.StepName, TransactionId: string(i.TransactionID), CreatedOnUtc: wire.FromMicros(i.At), Code: string(i.Code), Signature: i.Signature().String(),
	}
}
