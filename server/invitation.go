package server

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"paceline"
	"paceline/server/fault"
	"paceline/server/origin"
	"paceline/tenant"
)

// Invitation is the page on which an invited console user chooses a password. It names nobody but that user, and only to the holder of
// the link; opening it uses nothing up.
type Invitation struct {
	Tenant *tenant.Tenant
	Log    *slog.Logger
}

type invitationPage struct {
	Token, UserName, Problem string
	Gone, Done               bool
}

var invitationTemplate = template.Must(template.New("invitation").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Choose a password</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/style.css"></head><body class="card"><main>
<h1>Choose a password</h1>
{{if .Done}}<p role="status">The password of <strong>{{.UserName}}</strong> is set. <a href="/">Sign in to the console</a>.</p>
{{else if .Gone}}<p role="alert">This link is not valid: it was used, it is older than 7 days, or it is not complete. Ask for a new one.</p>
{{else}}<p>You sign in as <strong>{{.UserName}}</strong>.</p>
{{if .Problem}}<p role="alert">{{.Problem}}</p>{{end}}
<form method="post" action="` + tenant.InvitationPath + `"><input type="hidden" name="token" value="{{.Token}}">
<input type="hidden" name="user" value="{{.UserName}}" autocomplete="username">
<div><label>Password <input name="password" type="password" minlength="10" autocomplete="new-password" required aria-describedby="rule"></label>
<small id="rule">At least 10 characters, one of them neither a letter nor a digit.</small></div>
<label>Password again <input name="again" type="password" autocomplete="new-password" required></label>
<button>Set the password</button></form>{{end}}
</main></body></html>`))

// ServeHTTP shows the form, and with POST uses the link.
func (s *Invitation) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	formHeaders(w)
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		page := invitationPage{Token: q.URL.Query().Get("token")}
		name, err := s.Tenant.CheckInvitation(q.Context(), page.Token)
		page.UserName = name
		s.show(w, q, page, err)
	case http.MethodPost:
		s.use(w, q)
	default:
		fault.Of(q.Context(), s.Log, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method)).Write(w)
	}
}

func (s *Invitation) use(w http.ResponseWriter, q *http.Request) {
	if err := origin.Change(q); err != nil {
		fault.Of(q.Context(), s.Log, paceline.Fail(paceline.CodeForbidden)).Write(w)
		return
	}
	q.Body = http.MaxBytesReader(w, q.Body, 16<<10)
	page := invitationPage{Token: q.PostFormValue("token")}
	password := q.PostFormValue("password")
	name, err := s.Tenant.CheckInvitation(q.Context(), page.Token)
	page.UserName = name
	switch {
	case err != nil:
	case password != q.PostFormValue("again"):
		page.Problem = "The two passwords differ."
	default:
		_, err = s.Tenant.AcceptInvitation(q.Context(), page.Token, password)
		page.Done = err == nil
		if e, ok := errors.AsType[*paceline.Error](err); ok && e.Kind() == paceline.Invalid {
			page.Problem, err = e.Message(), nil
		}
	}
	s.show(w, q, page, err)
}

func (s *Invitation) show(w http.ResponseWriter, q *http.Request, page invitationPage, err error) {
	status := http.StatusOK
	if err != nil {
		if paceline.KindOf(err) == paceline.Internal {
			fault.Of(q.Context(), s.Log, err).Write(w)
			return
		}
		page, status = invitationPage{Gone: true}, http.StatusForbidden
	} else if page.Problem != "" {
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := invitationTemplate.Execute(w, page); err != nil {
		s.Log.DebugContext(q.Context(), "the page of an invitation was not sent whole", "error", err)
	}
}
