package embed

import (
	"html/template"
	"net/http"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/tenant"
)

const setupPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// setup shows the page of a set-up link: it asks for the token, then for what connects the one connector, and says in
// the end that it is done.
func (h *Handler) setup(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Security-Policy", setupPolicy)
	if q.Method == http.MethodPost {
		if err := http.NewCrossOriginProtection().Check(q); err != nil {
			h.showSetup(w, q, setupPage{Gone: paceline.CodeForbidden.Text()})
			return
		}
		q.Body = http.MaxBytesReader(w, q.Body, maxForm)
	}
	link, ok := paceline.ParseID(q.FormValue("link"))
	if !ok {
		h.showSetup(w, q, setupPage{Gone: paceline.CodeSetupLink.Text()})
		return
	}
	if session := h.setupSession(q, link); session != "" {
		if s, err := h.Tenant.SetupOf(q.Context(), link, session); err == nil {
			h.connect(w, q, s, session)
			return
		}
	}
	if q.Method == http.MethodPost && q.PostFormValue("step") == "token" {
		h.enter(w, q, link)
		return
	}
	page := setupPage{Link: link}
	if err := h.Tenant.OpenSetupLink(q.Context(), link); err != nil {
		page.Gone = h.told(q, err)
	}
	h.showSetup(w, q, page)
}

// enter uses the typed token up and begins the session.
func (h *Handler) enter(w http.ResponseWriter, q *http.Request, link paceline.ID) {
	session, err := h.Tenant.UseSetupToken(q.Context(), link, q.PostFormValue("token"))
	switch paceline.CodeOf(err) {
	case "":
		if err != nil {
			h.showSetup(w, q, setupPage{Gone: h.told(q, err)})
			return
		}
		http.SetCookie(w, h.setupCookie(link, session, int(tenant.SetupSession.Seconds())))
		http.Redirect(w, q, tenant.SetupPath+"?link="+string(link), http.StatusSeeOther)
	case paceline.CodeSetupMistyped:
		h.showSetup(w, q, setupPage{Link: link, Problem: h.told(q, err)})
	default:
		h.showSetup(w, q, setupPage{Gone: h.told(q, err)})
	}
}

// connect shows the form of the connector, and with POST stores what was typed: then the person is done, or goes on to
// the vendor.
func (h *Handler) connect(w http.ResponseWriter, q *http.Request, s tenant.Setup, session string) {
	ctx := q.Context()
	form, err := h.Catalog.SetupForm(ctx, s.Principal, s.Account, s.AccountConnector)
	page := setupPage{Link: s.Link, Form: &form, Until: s.Until.Time().UTC().Format("2 January 2006, 15:04 UTC")}
	if err != nil {
		h.showSetup(w, q, setupPage{Gone: h.told(q, err)})
		return
	}
	if q.Method != http.MethodPost {
		if reason := q.URL.Query().Get("problem"); reason != "" {
			page.Problem = "The connector was not connected. Please try again."
		}
		h.showSetup(w, q, page)
		return
	}
	typed := func(prefix string, fields []catalog.SetupField) map[string]string {
		values := map[string]string{}
		for i := range fields {
			values[fields[i].Name] = q.PostFormValue(prefix + fields[i].Name)
			if !fields[i].Secret && values[fields[i].Name] != "" {
				fields[i].Value = values[fields[i].Name] // so that a refusal does not make anybody type it again
			}
		}
		return values
	}
	properties, credential := typed("p.", page.Form.Properties), typed("c.", page.Form.Fields)
	if err := h.Catalog.SubmitSetup(ctx, s.Principal, s.Account, s.AccountConnector, properties, credential); err != nil {
		page.Problem = h.told(q, err)
		h.showSetup(w, q, page)
		return
	}
	if !form.Consent && form.Fields != nil || form.Auth == "" {
		h.finishSetup(w, q, s.Link, session)
		return
	}
	browser := paceline.NewSecret(32)
	address, state, err := h.Catalog.BeginConsent(ctx, s.Principal, s.Account, s.AccountConnector, browser,
		catalog.Consent{Redirect: h.ServiceURL + CallbackPath, Target: setupLink(h.ServiceURL, s.Link), Setup: s.Link})
	switch {
	case err != nil:
		page.Problem = h.told(q, err)
		h.showSetup(w, q, page)
	case address == "":
		h.finishSetup(w, q, s.Link, session)
	default:
		http.SetCookie(w, h.cookie(state, browser, cookieSeconds))
		page.Vendor = address // a page of its own: a form may not lead to another site
		h.showSetup(w, q, page)
	}
}

// finishSetup ends the session of a connected connector.
func (h *Handler) finishSetup(w http.ResponseWriter, q *http.Request, link paceline.ID, session string) {
	if err := h.Tenant.FinishSetup(q.Context(), link, session); err != nil {
		h.showSetup(w, q, setupPage{Gone: h.told(q, err)})
		return
	}
	http.SetCookie(w, h.setupCookie(link, "", -1))
	h.showSetup(w, q, setupPage{Done: true})
}

// admitSetup refuses a person who comes back from the vendor to a set-up link whose session is over meanwhile: it was
// ended, or has connected the connector already.
func (h *Handler) admitSetup(q *http.Request, c catalog.Consent) error {
	if c.Setup == "" {
		return nil
	}
	_, err := h.Tenant.SetupOf(q.Context(), c.Setup, h.setupSession(q, c.Setup))
	return err
}

// setupLink is the address of a set-up link's page.
func setupLink(serviceURL string, link paceline.ID) string {
	return serviceURL + tenant.SetupPath + "?link=" + string(link)
}

func (h *Handler) setupSession(q *http.Request, link paceline.ID) string {
	if c, err := q.Cookie(h.setupCookie(link, "", 0).Name); err == nil {
		return c.Value
	}
	return ""
}

// setupCookie holds the session of one link: somebody may have several.
func (h *Handler) setupCookie(link paceline.ID, session string, seconds int) *http.Cookie {
	c := &http.Cookie{Name: "paceline-setup-" + string(link), Value: session, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if strings.HasPrefix(h.ServiceURL, "https://") {
		c.Name, c.Secure = "__Host-"+c.Name, true
	}
	return c
}

// told is what a person is told of an error; what nobody foresaw goes to the log.
func (h *Handler) told(q *http.Request, err error) string {
	status, shown := statusOf(err)
	if status == http.StatusInternalServerError {
		h.Log.ErrorContext(q.Context(), "a set-up page failed", "error", err)
	}
	if shown.Detail != "" {
		return shown.Problem + " " + shown.Detail
	}
	return shown.Problem
}

// setupPage is one of: Gone, Done, the question for the token, the form, or the way to the vendor.
type setupPage struct {
	Link                         paceline.ID
	Gone, Problem, Until, Vendor string
	Done                         bool
	Form                         *catalog.SetupForm
}

func (p setupPage) status() int {
	switch {
	case p.Gone != "":
		return http.StatusForbidden
	case p.Problem != "" && p.Form == nil:
		return http.StatusForbidden
	case p.Problem != "":
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// namedField is an input with the name that keeps properties and credentials apart.
type namedField struct {
	ID string
	F  catalog.SetupField
}

var setupFuncs = template.FuncMap{"field": func(prefix string, f catalog.SetupField) namedField { return namedField{prefix + f.Name, f} }}

var setupTemplate = template.Must(template.New("setup").Funcs(setupFuncs).Parse(`{{define "field"}}<div><label for="{{.ID}}">{{.F.Label}}</label>
{{if .F.Choices}}<select id="{{.ID}}" name="{{.ID}}">{{$v := .F.Value}}{{range .F.Choices}}<option value="{{.Value}}"{{if eq (print .Value) $v}} selected{{end}}>{{if .Label}}{{.Label}}{{else}}{{.Value}}{{end}}</option>{{end}}</select>
{{else}}<input id="{{.ID}}" name="{{.ID}}"{{if .F.Secret}} type="password" autocomplete="off"{{else}} value="{{.F.Value}}"{{end}}{{if and .F.Required (not .F.Held)}} required{{end}}>{{end}}
{{if .F.Description}}<small>{{.F.Description}}</small>{{end}}{{if .F.Held}}<small>A value is stored; leave this empty to keep it.</small>{{end}}</div>{{end}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{{if .Vendor}}<meta http-equiv="refresh" content="0; url={{.Vendor}}">{{end}}
<title>Connect {{with .Form}}{{.Name}}{{else}}a connector{{end}}</title><link rel="icon" href="/docs/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/docs/style.css"></head><body class="card"><main>
{{if .Gone}}<h1>This page cannot be used</h1><p role="alert">{{.Gone}}</p>
{{else if .Done}}<h1>Connected</h1><p role="status">The connector is connected. You can close this page.</p>
{{else if .Vendor}}<h1>Connect {{.Form.Name}}</h1><p role="status">You are sent to {{.Form.Connector}} to agree. <a href="{{.Vendor}}">Continue to {{.Form.Connector}}</a></p>
{{else if .Form}}<h1>Connect {{.Form.Name}}</h1>
<p>{{.Form.Connector}} for {{.Form.Account}}. You can finish this until {{.Until}}.</p>
{{if .Problem}}<p role="alert">{{.Problem}}</p>{{end}}
<form method="post" action="/connectorauth/setup" autocomplete="off"><input type="hidden" name="link" value="{{.Link}}"><input type="hidden" name="step" value="connect">
{{range .Form.Properties}}{{template "field" (field "p." .)}}{{end}}{{range .Form.Fields}}{{template "field" (field "c." .)}}{{end}}
{{if .Form.Consent}}<p>Next you sign in at {{.Form.Connector}} and agree.</p>
{{with .Form.Scopes}}<p>It is asked to allow: {{range $i, $s := .}}{{if $i}}, {{end}}<code>{{$s}}</code>{{end}}.</p>{{end}}{{end}}
<button>{{if .Form.Consent}}Continue to {{.Form.Connector}}{{else}}Connect{{end}}</button></form>
{{else}}<h1>Connect an application</h1>
<p>Type the token that you were given for this link. It works once.</p>
{{if .Problem}}<p role="alert">{{.Problem}}</p>{{end}}
<form method="post" action="/connectorauth/setup" autocomplete="off"><input type="hidden" name="link" value="{{.Link}}"><input type="hidden" name="step" value="token">
<div><label for="token">Token</label><input id="token" name="token" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required maxlength="40" placeholder="XXXX-XXXX-XXXX-XXXX"></div>
<button>Continue</button></form>{{end}}
</main></body></html>
`))

func (h *Handler) showSetup(w http.ResponseWriter, q *http.Request, page setupPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(page.status())
	if err := setupTemplate.Execute(w, page); err != nil {
		h.Log.DebugContext(q.Context(), "a set-up page was not sent whole", "error", err)
	}
}
