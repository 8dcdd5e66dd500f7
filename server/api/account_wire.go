package api

import (
	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

// AccountOut is the Account object of the API.
type AccountOut struct {
	CreatedDate                            wire.Time
	Id                                     string `doc:"API id: chosen by the caller at creation, else the internal GUID." example:"northwind"`
	Name                                   string `example:"Northwind"`
	Description                            *string
	AuditInfo                              *string `doc:"Free text of the partner."`
	TaskAuditInfo                          *string `doc:"Free text of the partner."`
	Timezone                               string  `doc:"IANA name." example:"Europe/Berlin"`
	NextBillDateUtc                        wire.Time
	StepDataSuccessRetentionHours          *int `doc:"Hours; null inherits, at most 744."`
	StepDataErroredRetentionHours          *int `doc:"Hours; null inherits, at most 744."`
	TransactionErrorWebhookEnabled         bool
	TransactionErrorWebhookUrl             *string
	TransactionErrorWebhookIncludeWarnings bool
	ParentAccountId                        *string         `doc:"API id of the parent, for a sub account."`
	Figures                                *accountFigures `json:",omitempty" doc:"Extension: in lists with includeFigures."`
}

// accountFigures are what an account has; tasks are those of its billing period, without its sub accounts'.
type accountFigures struct {
	SubAccounts   int
	Users         int
	CyclesRunning int
	TasksOk       int64
	TasksIncident int64
}

func listedAccountWire(a tenant.ListedAccount) AccountOut {
	out, f := accountWire(a.Account), a.Figures
	out.Figures = &accountFigures{f.SubAccounts, f.Users, f.CyclesRunning, f.Usage.OK, f.Usage.Incident}
	return out
}

func accountWire(a paceline.Account) AccountOut {
	return AccountOut{
		CreatedDate: wire.FromMicros(a.CreatedAt), Id: a.APIID, Name: a.Name, Description: a.Description,
		AuditInfo: a.AuditInfo, TaskAuditInfo: a.TaskAuditInfo, Timezone: a.Timezone, NextBillDateUtc: wire.FromMicros(a.NextBillDate),
		StepDataSuccessRetentionHours: a.Retention.SuccessHours, StepDataErroredRetentionHours: a.Retention.ErrorHours,
		TransactionErrorWebhookEnabled: a.ErrorWebhook.Enabled, TransactionErrorWebhookUrl: a.ErrorWebhook.URL,
		TransactionErrorWebhookIncludeWarnings: a.ErrorWebhook.IncludeWarnings, ParentAccountId: textPtr(a.ParentID),
	}
}

// AccountIn is what may be written of an account. Absent properties stay as they are.
type AccountIn struct {
	Id                                     wire.Opt[string] `doc:"API id, unique per partner."`
	Name                                   wire.Opt[string]
	Description                            wire.Opt[string]
	AuditInfo                              wire.Opt[string]
	TaskAuditInfo                          wire.Opt[string]
	Timezone                               wire.Opt[string]
	NextBillDateUtc                        wire.Opt[wire.Time]
	StepDataSuccessRetentionHours          wire.Opt[int]
	StepDataErroredRetentionHours          wire.Opt[int]
	TransactionErrorWebhookEnabled         wire.Opt[bool]
	TransactionErrorWebhookUrl             wire.Opt[string]
	TransactionErrorWebhookIncludeWarnings wire.Opt[bool]
	ParentAccountId                        wire.Opt[string] `doc:"API id of the parent; makes a sub account. Only at creation."`
}

func textPtr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
