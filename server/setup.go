package server

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"paceline"
	"paceline/server/fault"
	"paceline/server/origin"
	"paceline/tenant"
)

// Setup is the first-run page: whoever holds the one-time link sets the administrator's password and
// gets the first client credential, once.
type Setup struct {
	Tenant     *tenant.Tenant
	Log        *slog.Logger
	PublicURL  string // of the API
	ServiceURL string // of webhooks and pages
}

type setupPage struct {
	Token, UserName, Company, Problem string
	PublicURL, ServiceURL             string
	Gone                              bool // to whom this is shown may be anybody, of whichever partner: it names nobody
	Done                              *tenant.Credentials
}

var setupTemplate = template.Must(template.New("setup").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Set up{{if not .Gone}} Paceline{{end}}</title>{{if .Gone}}<link rel="icon" href="data:,">{{else}}<link rel="icon" href="/docs/icon.svg" type="image/svg+xml">{{end}}<link rel="stylesheet" href="/docs/style.css"></head><body class="card"><main>
<h1>Set up{{if not .Gone}} Paceline{{end}}</h1>
{{if .Done}}<p role="status">The administrator <strong>{{.Done.AdminUser}}</strong> is ready.</p>
{{if .Done.ClientID}}<p>This is an API credential; its secret is shown only now.</p>
<table><tr><th scope="row">Client ID</th><td><code>{{.Done.ClientID}}</code></td></tr><tr><th scope="row">Client secret</th><td><code>{{.Done.ClientSecret}}</code></td></tr></table>{{end}}
<table><tr><th scope="row">API</th><td><code>{{.PublicURL}}</code></td></tr><tr><th scope="row">Webhooks and pages</th><td><code>{{.ServiceURL}}</code></td></tr></table>
<p><small>These addresses stand in links and at vendors. <code>--public-url</code> and <code>--service-url</code> change them.</small></p>
<p>Next: <a href="/">sign in to the console</a>, or read <a href="/docs/index">the API's documentation</a>.</p>
{{else if .Gone}}<p role="alert">This link is not valid: it was used, it is older than 60 minutes, or it was mistyped. The command <code>token first-run</code> on the server makes another.</p>
{{else}}<p>Say who you are, and choose the administrator's name and password. The link works once.</p>
{{if .Problem}}<p role="alert">{{.Problem}}</p>{{end}}
<form method="post" action="/setup"><input type="hidden" name="token" value="{{.Token}}">
<label>Company <input name="company" value="{{.Company}}" autocomplete="organization" maxlength="200"></label>
<label>User name <input name="user" value="{{.UserName}}" autocomplete="username" required></label>
<div><label>Password <input name="password" type="password" minlength="10" autocomplete="new-password" required aria-describedby="rule"></label>
<small id="rule">At least 10 characters, one of them neither a letter nor a digit.</small></div>
<label>Password again <input name="again" type="password" autocomplete="new-password" required></label>
<button>Create the administrator</button></form>{{end}}
</main></body></html>`))

// ServeHTTP shows the form, and with POST uses the link.
func (s *Setup) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	formHeaders(w)
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		page := setupPage{Token: q.URL.Query().Get("token")}
		err := s.Tenant.CheckFirstRunLink(q.Context(), page.Token)
		s.show(w, q, page, err)
	case http.MethodPost:
		s.use(w, q)
	default:
		fault.Of(q.Context(), s.Log, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method)).Write(w)
	}
}

// formHeaders are those of a page with a secret in its address.
func formHeaders(w http.ResponseWriter) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
}

func (s *Setup) use(w http.ResponseWriter, q *http.Request) {
	if err := origin.Change(q); err != nil {
		fault.Of(q.Context(), s.Log, paceline.Fail(paceline.CodeForbidden)).Write(w)
		return
	}
	q.Body = http.MaxBytesReader(w, q.Body, 16<<10)
	page := setupPage{Token: q.PostFormValue("token"), UserName: q.PostFormValue("user"), Company: q.PostFormValue("company")}
	password := q.PostFormValue("password")
	if password != q.PostFormValue("again") {
		page.Problem = "The two passwords differ."
		s.show(w, q, page, nil)
		return
	}
	credentials, err := s.redeem(q.Context(), page, password)
	if err == nil {
		page.Done = &credentials
	} else if e, ok := errors.AsType[*paceline.Error](err); ok && e.Kind() == paceline.Invalid {
		page.Problem, err = e.Message(), nil
	}
	s.show(w, q, page, err)
}

func (s *Setup) redeem(ctx context.Context, page setupPage, password string) (tenant.Credentials, error) {
	return s.Tenant.UseFirstRunLink(ctx, page.Token, tenant.FirstRunForm{UserName: page.UserName, Password: password, PartnerName: page.Company})
}

func (s *Setup) show(w http.ResponseWriter, q *http.Request, page setupPage, err error) {
	status := http.StatusOK
	if err != nil {
		if paceline.KindOf(err) == paceline.Internal {
			fault.Of(q.Context(), s.Log, err).Write(w)
			return
		}
		page.Gone, status = true, http.StatusForbidden
	} else if page.Problem != "" {
		status = http.StatusBadRequest
	}
	page.PublicURL, page.ServiceURL = s.PublicURL, s.ServiceURL
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := setupTemplate.Execute(w, page); err != nil {
		s.Log.DebugContext(q.Context(), "setup page was not sent whole", "error", err)
	}
}
