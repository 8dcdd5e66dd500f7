package github

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"paceline/demo/standin"
)

// readBody reads a body of the declared fields. When it returns false the request is answered: 400 for
// what is no JSON object, 422 for fields of a wrong name or type, or that are missing.
func readBody(w http.ResponseWriter, r *http.Request, resource, doc string, fields []standin.Field) (map[string]any, bool) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, false
	}
	object, problems, err := standin.Check(text, fields)
	if err != nil {
		message := "Problems parsing JSON"
		if json.Valid(text) {
			message = "Body should be a JSON object"
		}
		fail(w, http.StatusBadRequest, doc, message)
		return nil, false
	}
	if len(problems) == 0 {
		return object, true
	}
	var failed []fieldFailed
	var broken []string
	for _, p := range problems {
		switch p.Code {
		case standin.Unknown:
			broken = append(broken, fmt.Sprintf("%q is not a permitted key.", p.Field))
		case standin.WrongType:
			value, _ := json.Marshal(object[p.Field]) // it came from JSON
			broken = append(broken, fmt.Sprintf("For 'properties/%s', %s %s.", p.Field, value, p.Reason))
		case standin.Missing:
			failed = append(failed, fieldFailed{resource, p.Field, "missing_field"})
		default:
			failed = append(failed, fieldFailed{resource, p.Field, "invalid"})
		}
	}
	if len(broken) > 0 {
		fail(w, http.StatusUnprocessableEntity, doc, "Invalid request.\n\n"+strings.Join(broken, "\n"))
	} else {
		fail(w, http.StatusUnprocessableEntity, doc, "Validation Failed", failed...)
	}
	return nil, false
}

func text(object map[string]any, name string) string {
	s, _ := object[name].(string)
	return s
}

func texts(object map[string]any, name string) []string {
	var out []string
	list, _ := object[name].([]any)
	for _, item := range list {
		out = append(out, item.(string)) // checked by readBody
	}
	return out
}
