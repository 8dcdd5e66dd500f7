package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type auditListInput struct {
	PageInput
	Account string `query:"account" doc:"Only events of this account."`
	From    string `query:"from" doc:"Not before this time."`
	To      string `query:"to" doc:"Before this time."`
}

// auditOut is one event: who did what to what.
type auditOut struct {
	CreatedOnUtc wire.Time
	AccountId    *string `doc:"API id of the account; null for what belongs to the partner as a whole, and for accounts that were deleted."`
	Actor        string
	Action       string `doc:"Such as cycle.activated."`
	Subject      string `doc:"Kind of the thing, such as cycle."`
	SubjectId    string
	Comment      string
}

func (a *API) auditLog() {
	add(a, Route{ID: "Audit_GET", Method: http.MethodGet, Path: "/audit", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaSettings, RightAs: paceline.ViewRight, IDs: []IDParam{{In: "query", Name: "account", Owner: "partner"}},
		Summary: "List who changed what, the newest first."}, a.auditList)
}

func (a *API) auditList(ctx context.Context, c *Call, in *auditListInput) ([]auditOut, error) {
	page, err := in.page(true)
	if err != nil {
		return nil, err
	}
	filter := tenant.AuditFilter{Account: in.Account}
	if filter.From, err = queryTime(in.From, "from"); err != nil {
		return nil, err
	}
	if filter.To, err = queryTime(in.To, "to"); err != nil {
		return nil, err
	}
	l, err := a.tenant.AuditEvents(ctx, c.Principal, filter, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(e tenant.AuditEntry) auditOut {
		return auditOut{CreatedOnUtc: wire.FromMicros(e.At), AccountId: textPtr(e.AccountID), Actor: e.Actor, Action: e.Action,
			Subject: e.Subject, SubjectId: e.SubjectID, Comment: e.Comment}
	}), nil
}
