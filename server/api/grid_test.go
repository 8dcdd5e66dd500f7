package api_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// gridRemote has bases, tables in them, and columns that change: after a row of the table "drop" one is gone.
type gridRemote struct{ dropped atomic.Bool }

func (g *gridRemote) answer(w http.ResponseWriter, q *http.Request) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	switch {
	case q.URL.Path == "/bases":
		io.WriteString(w, `{"bases":[{"id":"b1","name":"Sales"},{"id":"b2","name":"Support"},{"id":"b3","name":"Stock"}]}`)
	case first == "bases":
		base := strings.TrimSuffix(rest, "/tables")
		io.WriteString(w, `{"tables":[{"id":"contacts","name":"Contacts of `+base+`"},{"id":"tickets","name":"Tickets of `+base+`"}]}`)
	case q.URL.Path == "/columns/tickets":
		io.WriteString(w, `{"columns":[{"key":"weight","title":"Weight","kind":"num"}]}`)
	case q.URL.Path == "/columns/contacts":
		size := `{"key":"size","title":"Size","kind":"num"},`
		if g.dropped.Load() {
			size = ""
		}
		io.WriteString(w, `{"columns":[`+size+`{"key":"kind","title":"Kind","kind":"choice","needed":true,"options":[{"value":"a","label":"A"},"b"]},
			{"key":"total","title":"Total","kind":"num","computed":true},{"title":"no key"}]}`)
	case first == "rows" && q.Method == http.MethodGet:
		io.WriteString(w, `{"id":"r-1","extra":{"deep":true}}`)
	case q.URL.Path == "/rows/echo":
		io.Copy(w, q.Body)
	case q.URL.Path == "/rows/drop":
		g.dropped.Store(true)
		io.WriteString(w, `{}`)
	default:
		return false
	}
	return true
}
