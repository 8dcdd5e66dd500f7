package crm

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"paceline/demo/standin"
)

// create answers 201, or 409 when another ticket has the external id.
func (a *api) create(w http.ResponseWriter, r *http.Request) {
	object, ok := read(w, r, fields(true, true))
	if !ok {
		return
	}
	external, _ := object["external_id"].(string)
	a.change(w, func(b *book) (int, any) {
		if other := b.byExternalID(external); other != nil {
			return http.StatusConflict, refusal{Error: "duplicate", Message: "Ticket " + strconv.Itoa(other.ID) + " has this external_id already."}
		}
		t := b.add(a.now())
		t.apply(object)
		return http.StatusCreated, *t
	})
}

// update changes the named fields of a ticket.
func (a *api) update(w http.ResponseWriter, r *http.Request) {
	object, ok := read(w, r, fields(false, false))
	if !ok {
		return
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	a.change(w, func(b *book) (int, any) {
		t := b.byID(id)
		if err != nil || t == nil {
			return notFound()
		}
		return a.revise(t, object)
	})
}

// upsert creates the ticket of an external id (201) or updates it (200); to repeat it changes nothing
// but the revision.
func (a *api) upsert(w http.ResponseWriter, r *http.Request) {
	object, ok := read(w, r, fields(true, false))
	if !ok {
		return
	}
	external := r.PathValue("external_id")
	if len(external) > 100 {
		unprocessable(w, map[string]string{"external_id": "is longer than 100 characters"})
		return
	}
	a.change(w, func(b *book) (int, any) {
		if t := b.byExternalID(external); t != nil {
			return a.revise(t, object)
		}
		t := b.add(a.now())
		t.ExternalID = external
		t.apply(object)
		return http.StatusCreated, *t
	})
}

func (a *api) revise(t *Ticket, object map[string]any) (int, any) {
	t.apply(object)
	t.UpdatedAt = a.now()
	t.Revision++
	return http.StatusOK, *t
}

func (a *api) get(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	status, answer := notFound()
	a.state.Read(func(b *book) {
		if t := b.byID(id); err == nil && t != nil {
			status, answer = http.StatusOK, *t
		}
	})
	standin.WriteJSON(w, status, answer)
}

// page is a part of the list of tickets, newest first.
type page struct {
	Tickets []Ticket `json:"tickets"`
	Page    int      `json:"page"`
	PerPage int      `json:"per_page"`
	Pages   int      `json:"pages"`
	Total   int      `json:"total"`
}

// list filters by external_id and status. Parameters that it does not have, and numbers that are none,
// are refused.
func (a *api) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	wrong := map[string]string{}
	out := page{Tickets: []Ticket{}, Page: 1, PerPage: 20}
	for name := range q {
		switch value := q.Get(name); name {
		case "external_id":
		case "status":
			if !slices.Contains(statuses, value) {
				wrong[name] = "is not one of open, pending, closed"
			}
		case "page":
			out.Page = whole(wrong, name, value, 1_000_000)
		case "per_page":
			out.PerPage = whole(wrong, name, value, 100)
		default:
			wrong[name] = "is not a known parameter"
		}
	}
	if len(wrong) > 0 {
		unprocessable(w, wrong)
		return
	}
	a.state.Read(func(b *book) {
		for _, t := range slices.Backward(b.Tickets) {
			if q.Has("external_id") && t.ExternalID != q.Get("external_id") || q.Has("status") && t.Status != q.Get("status") {
				continue
			}
			if out.Total >= (out.Page-1)*out.PerPage && len(out.Tickets) < out.PerPage {
				out.Tickets = append(out.Tickets, *t)
			}
			out.Total++
		}
	})
	out.Pages = (out.Total + out.PerPage - 1) / out.PerPage
	standin.WriteJSON(w, http.StatusOK, out)
}

// whole reads a number from 1 to most.
func whole(wrong map[string]string, name, value string, most int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		wrong[name] = "is not a number from 1 to " + strconv.Itoa(most)
	}
	return n
}

// change runs f within the state and answers with what it returns.
func (a *api) change(w http.ResponseWriter, f func(*book) (int, any)) {
	var status int
	var answer any
	if err := a.state.Change(func(b *book) { status, answer = f(b) }); err != nil {
		refuse(w, http.StatusInternalServerError, "storage", err.Error())
		return
	}
	standin.WriteJSON(w, status, answer)
}

func (a *api) now() time.Time { return a.clock.Now().Truncate(time.Millisecond) }

func notFound() (int, any) {
	return http.StatusNotFound, refusal{Error: "not_found", Message: "There is no such ticket."}
}

// read checks the body. When it returns false the request is answered.
func read(w http.ResponseWriter, r *http.Request, fields []standin.Field) (map[string]any, bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, false
	}
	object, problems, err := standin.Check(body, fields)
	if err != nil {
		refuse(w, http.StatusBadRequest, "bad_json", "The body is not one JSON object: "+err.Error())
		return nil, false
	}
	if len(problems) > 0 {
		wrong := map[string]string{}
		for _, p := range problems {
			wrong[p.Field] = p.Reason
		}
		unprocessable(w, wrong)
		return nil, false
	}
	return object, true
}

func unprocessable(w http.ResponseWriter, wrong map[string]string) {
	standin.WriteJSON(w, http.StatusUnprocessableEntity, refusal{Error: "invalid", Message: "Some fields are not as they should be.", Fields: wrong})
}
