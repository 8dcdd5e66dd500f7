package embed

import (
	"context"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// The pages of a session, in lower case; any letter case is answered.
const (
	launchPath      = "/launch"
	orbitPath       = "/orbit"
	marketplacePath = "/launch/marketplace/"
)

// shownAtOnce bounds what a page lists.
const shownAtOnce = 500

// sessionPage reports whether a path is one of these pages.
func sessionPage(path string) bool {
	path = strings.TrimSuffix(strings.ToLower(path), "/")
	return path == launchPath || path == orbitPath || path == home || strings.HasPrefix(path, marketplacePath)
}

// visit is a page that a person sees in a session.
type visit struct {
	Title, Account, User string
	Empty                string // what stands there when there is nothing to list
	Templates            []listed
	Cycles               []listed
}

type listed struct{ Name, Description, State string }

// session shows one of the pages to whoever has a session.
func (h *Handler) session(w http.ResponseWriter, q *http.Request) {
	secret := ""
	if c, err := q.Cookie(h.embedCookie("", 0).Name); err == nil {
		secret = c.Value
	}
	p, a, err := h.Tenant.EmbedSession(q.Context(), secret)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	partner, err := h.Tenant.PartnerOf(q.Context(), a.Partner)
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	page := visit{Account: a.Name, User: p.Name}
	switch path := strings.TrimSuffix(strings.ToLower(q.URL.Path), "/"); path {
	case home:
		page.Title = a.Name
	case orbitPath:
		page.Title, page.Empty = "Your integrations", "Nothing is installed yet."
		page.Cycles, err = h.installed(q.Context(), p, a)
	case launchPath:
		page.Title, page.Empty = "Integrations to set up", "There is nothing to set up."
		page.Templates, err = h.offered(q.Context(), p, q.URL.Query()["tags"])
	default:
		page.Title, page.Empty = "Marketplace", "There is nothing to set up."
		var m paceline.Marketplace
		if m, err = h.Catalog.Marketplace(q.Context(), p, numberOf(strings.TrimPrefix(path, marketplacePath))); err == nil {
			page.Title = m.Name
			page.Templates, err = h.offered(q.Context(), p, q.URL.Query()["tags"])
		}
	}
	if err != nil {
		h.refuseVisit(w, q, err)
		return
	}
	frames := strings.Join(append([]string{"'self'"}, partner.Settings.Origins...), " ")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+frames)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := visitTemplate.Execute(w, page); err != nil {
		h.Log.DebugContext(q.Context(), "a page was not sent whole", "error", err)
	}
}

// numberOf reads the number in an address; 0 names nothing.
func numberOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n > math.MaxInt32 {
		return 0
	}
	return n
}

// offered are the published templates that have one of the tags, or all of them without any.
func (h *Handler) offered(ctx context.Context, p paceline.Principal, tags []string) (out []listed, err error) {
	if len(tags) == 0 {
		tags = []string{""}
	}
	seen := map[paceline.ID]bool{}
	for _, tag := range tags {
		list, err := h.Catalog.Templates(ctx, p, store.TemplateFilter{Tag: tag}, catalog.TemplateOptions{}, paceline.Page{Number: 1, Size: shownAtOnce})
		if err != nil {
			return nil, err
		}
		for _, t := range list.Items {
			if !seen[t.ID] {
				seen[t.ID] = true
				out = append(out, listed{Name: t.Name, Description: textOf(t.Description)})
			}
		}
	}
	return out, nil
}

// installed are the cycles of the account.
func (h *Handler) installed(ctx context.Context, p paceline.Principal, a paceline.Account) (out []listed, err error) {
	list, err := h.Cycles.List(ctx, p, a, store.CycleFilter{}, paceline.Page{Number: 1, Size: shownAtOnce})
	for _, c := range list.Items {
		out = append(out, listed{Name: c.Name, Description: textOf(c.Description), State: stateOf(c.State)})
	}
	return out, err
}

// stateOf is what a customer is told of a cycle: never a code.
func stateOf(state paceline.CycleState) string {
	switch state {
	case paceline.CycleActive, paceline.CycleActivating:
		return "Running"
	case paceline.CycleFinishing:
		return "Finishing"
	case paceline.CyclePaused:
		return "Paused"
	}
	return "Stopped"
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

var visitTemplate = template.Must(template.New("visit").Parse(`{{define "list"}}{{range .}}<tr><td><b>{{.Name}}</b>{{with .Description}}<br><small>{{.}}</small>{{end}}</td>{{with .State}}<td>{{.}}</td>{{end}}</tr>{{end}}{{end}}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title><link rel="icon" href="/docs/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/docs/style.css"></head><body class="card"><main><h1>{{.Title}}</h1>
<p>{{.Account}}, as {{.User}}.</p>
{{if .Templates}}<table>{{template "list" .Templates}}</table>{{else if .Cycles}}<table>{{template "list" .Cycles}}</table>{{else if .Empty}}<p role="status">{{.Empty}}</p>
{{else}}<ul><li><a href="/launch">Integrations to set up</a></li><li><a href="/orbit">Your integrations</a></li></ul>{{end}}
</main></body></html>
`))
