package github

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"paceline/demo/standin"
)

// within calls f with the repository of the path, and answers 404 when there is none.
func (a *api) within(w http.ResponseWriter, r *http.Request, doc string, f func(*world, *repository) (int, any)) {
	a.answer(w, doc, f, func(do func(*world)) error { a.state.Read(do); return nil }, r)
}

// changing is within for writes.
func (a *api) changing(w http.ResponseWriter, r *http.Request, doc string, f func(*world, *repository) (int, any)) {
	a.answer(w, doc, f, a.state.Change, r)
}

func (a *api) answer(w http.ResponseWriter, doc string, f func(*world, *repository) (int, any), with func(func(*world)) error, r *http.Request) {
	status, body := http.StatusNotFound, any(nil)
	err := with(func(all *world) {
		if repo := all.repository(r.PathValue("owner"), r.PathValue("repo")); repo != nil {
			status, body = f(all, repo)
		}
	})
	switch {
	case err != nil:
		fail(w, http.StatusInternalServerError, doc, "The stand-in could not keep its data: "+err.Error())
	case body == nil:
		notFound(w, doc)
	default:
		standin.WriteJSON(w, status, body)
	}
}

func (a *api) getIssue(w http.ResponseWriter, r *http.Request) {
	a.within(w, r, docGetIssue, func(_ *world, repo *repository) (int, any) {
		i := repo.issue(number(r))
		if i == nil {
			return 0, nil
		}
		return http.StatusOK, struct {
			Issue
			ClosedBy *User `json:"closed_by"`
		}{Issue: newIssue(base(r), repo, i)}
	})
}

// listIssues filters by state and labels, and sorts by created, updated or comments.
func (a *api) listIssues(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	state := orElse(q.Get("state"), "open")
	sort := orElse(q.Get("sort"), "created")
	direction := orElse(q.Get("direction"), "desc")
	for _, choice := range []struct {
		field, value string
		allowed      []string
	}{
		{"state", state, []string{"open", "closed", "all"}},
		{"sort", sort, []string{"created", "updated", "comments"}},
		{"direction", direction, []string{"asc", "desc"}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			fail(w, http.StatusUnprocessableEntity, docListIssues, "Validation Failed", fieldFailed{"Issue", choice.field, "invalid"})
			return
		}
	}
	since := time.Time{}
	if text := q.Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			fail(w, http.StatusUnprocessableEntity, docListIssues, "Validation Failed", fieldFailed{"Issue", "since", "invalid"})
			return
		}
	}
	a.within(w, r, docListIssues, func(_ *world, repo *repository) (int, any) {
		found := slices.Clone(repo.Issues)
		found = slices.DeleteFunc(found, func(i *issue) bool {
			return state != "all" && i.State != state || i.UpdatedAt.Before(since) || !hasLabels(i, q.Get("labels"))
		})
		slices.SortStableFunc(found, func(x, y *issue) int {
			order := compare(x, y, sort)
			if direction == "desc" {
				order = -order
			}
			return order
		})
		page := []Issue{}
		for _, i := range cut(w, r, found) {
			page = append(page, newIssue(base(r), repo, i))
		}
		return http.StatusOK, page
	})
}

func compare(x, y *issue, by string) int {
	order := 0
	switch by {
	case "updated":
		order = x.UpdatedAt.Compare(y.UpdatedAt)
	case "comments":
		order = len(x.Comments) - len(y.Comments)
	}
	if order == 0 {
		order = x.Number - y.Number
	}
	return order
}

func hasLabels(i *issue, wanted string) bool {
	for label := range strings.SplitSeq(wanted, ",") {
		if label != "" && !slices.Contains(i.Labels, label) {
			return false
		}
	}
	return true
}

var issueFields = []standin.Field{
	{Name: "title", Type: standin.Text, Required: true, Most: 256},
	{Name: "body", Type: standin.Text, Null: true, Most: 65536},
	{Name: "labels", Type: standin.Texts},
	{Name: "assignees", Type: standin.Texts},
	{Name: "milestone", Type: standin.Integer, Null: true},
}

// createIssue opens an issue as the reporter, though a real GitHub would take the token's owner: in the
// demo it is a customer who reports.
func (a *api) createIssue(w http.ResponseWriter, r *http.Request) {
	in, ok := readBody(w, r, "Issue", docCreateIssue, issueFields)
	if !ok {
		return
	}
	a.changing(w, r, docCreateIssue, func(all *world, repo *repository) (int, any) {
		i := all.open(repo, a.clock.Now(), Reporter, text(in, "title"), text(in, "body"), texts(in, "labels"), texts(in, "assignees"))
		out := newIssue(base(r), repo, i)
		w.Header().Set("Location", out.URL)
		return http.StatusCreated, out
	})
}

// cut returns the page that the query asks for and sets the Link header to its neighbours.
func cut[T any](w http.ResponseWriter, r *http.Request, all []T) []T {
	size := min(positive(r.URL.Query().Get("per_page"), 30), 100)
	page := positive(r.URL.Query().Get("page"), 1)
	last := max(1, (len(all)+size-1)/size)
	var links []string
	link := func(rel string, n int) {
		u := url.URL{Path: r.URL.Path}
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(n))
		u.RawQuery = q.Encode()
		links = append(links, "<"+base(r)+u.String()+`>; rel="`+rel+`"`)
	}
	if page > 1 {
		link("prev", min(page-1, last))
	}
	if page < last {
		link("next", page+1)
		link("last", last)
	}
	if page > 1 {
		link("first", 1)
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	from := min((page-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

// positive reads a number, and takes the fallback for anything that is none.
func positive(s string, fallback int) int {
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 1_000_000 {
		return n
	}
	return fallback
}

func number(r *http.Request) int { return positive(r.PathValue("number"), 0) }

// base is the API's address as this client reached it.
func base(r *http.Request) string { return "http://" + r.Host }

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
