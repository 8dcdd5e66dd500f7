package embed

import (
	"html/template"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/origin"
	"paceline/tenant"
)

// setup shows the page of a set-up link: it asks for the token, then for what connects the one connector, and says in
// the end that it is done.
func (h *Handler) setup(w http.ResponseWriter, q *http.Request) {
	if q.Method == http.MethodPost {
		if err := origin.Change(q); err != nil {
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
			h.showSetup(w, q, setupPage{Link: link, Gone: h.told(q, err)})
			return
		}
		http.SetCookie(w, h.setupCookie(q, link, session, int(tenant.SetupSession.Seconds())))
		http.Redirect(w, q, tenant.SetupPath+"?link="+string(link), http.StatusSeeOther)
	case paceline.CodeSetupMistyped:
		h.showSetup(w, q, setupPage{Link: link, Problem: h.told(q, err)})
	default:
		h.showSetup(w, q, setupPage{Link: link, Gone: h.told(q, err)})
	}
}

// connect shows the form of the connector, and with POST stores what was typed: then the person is done, or goes on to
// the vendor.
func (h *Handler) connect(w http.ResponseWriter, q *http.Request, s tenant.Setup, session string) {
	ctx := q.Context()
	form, err := h.Catalog.SetupForm(ctx, s.Principal, s.Account, s.AccountConnector)
	page := setupPage{Link: s.Link, Form: &form, Until: s.Until.Time().UTC().Format("2 January 2006, 15:04 UTC")}
	if err != nil {
		h.showSetup(w, q, setupPage{Link: s.Link, Gone: h.told(q, err)})
		return
	}
	if q.Method != http.MethodPost {
		if reason := q.URL.Query().Get("problem"); reason != "" {
			page.Problem = h.setupBrand(q, s.Link).T("setUp.again")
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
	browser, service := paceline.NewSecret(32), h.serviceURL(q, s.Account.Partner)
	address, state, err := h.Catalog.BeginConsent(ctx, s.Principal, s.Account, s.AccountConnector, browser,
		catalog.Consent{Redirect: service + CallbackPath, Target: setupLink(service, s.Link), Setup: s.Link})
	switch {
	case err != nil:
		page.Problem = h.told(q, err)
		h.showSetup(w, q, page)
	case address == "":
		h.finishSetup(w, q, s.Link, session)
	default:
		http.SetCookie(w, h.cookie(q, state, browser, cookieSeconds))
		page.Vendor = address // a page of its own: a form may not lead to another site
		h.showSetup(w, q, page)
	}
}

// finishSetup ends the session of a connected connector.
func (h *Handler) finishSetup(w http.ResponseWriter, q *http.Request, link paceline.ID, session string) {
	if err := h.Tenant.FinishSetup(q.Context(), link, session); err != nil {
		h.showSetup(w, q, setupPage{Link: link, Gone: h.told(q, err)})
		return
	}
	http.SetCookie(w, h.setupCookie(q, link, "", -1))
	h.showSetup(w, q, setupPage{Link: link, Done: true})
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
	if c, err := q.Cookie(h.setupCookie(q, link, "", 0).Name); err == nil {
		return c.Value
	}
	return ""
}

// setupCookie holds the session of one link: somebody may have several.
func (h *Handler) setupCookie(q *http.Request, link paceline.ID, session string, seconds int) *http.Cookie {
	c := &http.Cookie{Name: "set-up-" + string(link), Value: session, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if h.secure(q) {
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

// setupBrand is the brand of the partner whose link it is; nobody's for a link that is none.
func (h *Handler) setupBrand(q *http.Request, link paceline.ID) brand {
	partner, err := h.Tenant.SetupPartner(q.Context(), link)
	if err != nil {
		h.Log.ErrorContext(q.Context(), "the partner of a set-up link could not be read", "error", err)
	}
	return h.brandOfNumber(q, partner)
}

// setupPage is one of: Gone, Done, the question for the token, the form, or the way to the vendor.
type setupPage struct {
	brand
	Nonce                        string
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
	ID   string
	F    catalog.SetupField
	Held string
}

// Field is an input of the form, for the template.
func (p setupPage) Field(prefix string, f catalog.SetupField) namedField {
	return namedField{prefix + f.Name, f, p.T("setUp.held")}
}

// Title is what the page is called.
func (p setupPage) Title() string {
	if p.Form == nil {
		return p.T("setUp.title")
	}
	return p.T("setUp.connectTitle", "name", p.Form.Name)
}

var setupTemplate = template.Must(template.New("setup").Parse(`{{define "field"}}<div><label for="{{.ID}}">{{.F.Label}}</label>
{{if .F.Choices}}<select id="{{.ID}}" name="{{.ID}}">{{$v := .F.Value}}{{range .F.Choices}}<option value="{{.Value}}"{{if eq (print .Value) $v}} selected{{end}}>{{if .Label}}{{.Label}}{{else}}{{.Value}}{{end}}</option>{{end}}</select>
{{else if .F.Multiline}}<textarea id="{{.ID}}" name="{{.ID}}" rows="6" spellcheck="false" autocomplete="off"{{if and .F.Required (not .F.Held)}} required{{end}}>{{if not .F.Secret}}{{.F.Value}}{{end}}</textarea>
{{else}}<input id="{{.ID}}" name="{{.ID}}"{{if .F.Secret}} type="password" autocomplete="off"{{else}} value="{{.F.Value}}"{{end}}{{if and .F.Required (not .F.Held)}} required{{end}}>{{end}}
{{if .F.Description}}<small>{{.F.Description}}</small>{{end}}{{if .F.Held}}<small>{{.Held}}</small>{{end}}</div>{{end}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{{if .Vendor}}<meta http-equiv="refresh" content="0; url={{.Vendor}}">{{end}}
<title>{{.Title}}</title><link rel="icon" href="{{.Icon}}"><style nonce="{{.Nonce}}">{{.Style}}</style></head><body><main>
{{if .Logo}}<img class="logo" src="{{.Logo}}" alt="{{.Name}}">{{else if .Name}}<p><b>{{.Name}}</b></p>{{end}}
{{if .Gone}}<h1>{{.T "setUp.gone"}}</h1><p role="alert">{{.Gone}}</p>
{{else if .Done}}<h1>{{.T "setUp.done"}}</h1><p role="status">{{.T "setUp.doneText"}}</p>
{{else if .Vendor}}<h1>{{.Title}}</h1><p role="status">{{.T "setUp.sent" "application" .Form.Connector}} <a href="{{.Vendor}}">{{.T "setUp.go" "application" .Form.Connector}}</a></p>
{{else if .Form}}<h1>{{.Title}}</h1>
<p>{{.T "setUp.connectLead" "application" .Form.Connector "account" .Form.Account "until" .Until}}</p>
{{if .Problem}}<p role="alert">{{.Problem}}</p>{{end}}
<form method="post" action="/connectorauth/setup" autocomplete="off"><input type="hidden" name="link" value="{{.Link}}"><input type="hidden" name="step" value="connect">
{{range .Form.Properties}}{{template "field" ($.Field "p." .)}}{{end}}{{range .Form.Fields}}{{template "field" ($.Field "c." .)}}{{end}}
{{if .Form.Consent}}<p>{{.T "setUp.consent" "application" .Form.Connector}}</p>
{{with .Form.Scopes}}<p>{{$.T "setUp.scopes"}} {{range $i, $s := .}}{{if $i}}, {{end}}<code>{{$s}}</code>{{end}}.</p>{{end}}{{end}}
<button>{{if .Form.Consent}}{{.T "setUp.go" "application" .Form.Connector}}{{else}}{{.T "setUp.connect"}}{{end}}</button></form>
{{else}}<h1>{{.Title}}</h1>
<p>{{.T "setUp.lead"}}</p>
{{if .Problem}}<p role="alert">{{.Problem}}</p>{{end}}
<form method="post" action="/connectorauth/setup" autocomplete="off"><input type="hidden" name="link" value="{{.Link}}"><input type="hidden" name="step" value="token">
<div><label for="token">{{.T "setUp.token"}}</label><input id="token" name="token" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required maxlength="40" placeholder="XXXX-XXXX-XXXX-XXXX"></div>
<button>{{.T "setUp.next"}}</button></form>{{end}}
</main></body></html>
`))

func (h *Handler) showSetup(w http.ResponseWriter, q *http.Request, page setupPage) {
	page.Nonce = paceline.NewSecret(16)
	if page.Link != "" {
		page.brand = h.setupBrand(q, page.Link)
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+page.Nonce+"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(page.status())
	if err := setupTemplate.Execute(w, page); err != nil {
		h.Log.DebugContext(q.Context(), "a set-up page was not sent whole", "error", err)
	}
}
