package github

import (
	"net/http"

	"paceline/demo/standin"
)

var commentFields = []standin.Field{{Name: "body", Type: standin.Text, Required: true, Most: 65536}}

func (a *api) createComment(w http.ResponseWriter, r *http.Request) {
	in, ok := readBody(w, r, "IssueComment", docCreateComment, commentFields)
	if !ok {
		return
	}
	a.changing(w, r, docCreateComment, func(all *world, repo *repository) (int, any) {
		i := repo.issue(number(r))
		if i == nil {
			return 0, nil
		}
		out := newComment(base(r), repo, i, all.comment(i, a.clock.Now(), Integrator, text(in, "body")))
		w.Header().Set("Location", out.URL)
		return http.StatusCreated, out
	})
}

func (a *api) listComments(w http.ResponseWriter, r *http.Request) {
	a.within(w, r, docListComments, func(_ *world, repo *repository) (int, any) {
		i := repo.issue(number(r))
		if i == nil {
			return 0, nil
		}
		page := []Comment{}
		for _, c := range cut(w, r, i.Comments) {
			page = append(page, newComment(base(r), repo, i, c))
		}
		return http.StatusOK, page
	})
}
