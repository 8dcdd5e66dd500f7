package connector

import (
	"encoding/base64"
	"encoding/json"
)

// AuthValue makes the value that the API takes of what a person typed into the fields, by name: the text of a single
// field, user:password in base64 for basic, else a JSON object. An empty field is left out.
func (a *Auth) AuthValue(typed map[string]string) string {
	fields := a.AllFields()
	if a.Type == "basic" && len(a.Fields) == 0 {
		return base64.StdEncoding.EncodeToString([]byte(typed["Username"] + ":" + typed["Password"]))
	}
	if len(fields) == 1 {
		return typed[fields[0].Name]
	}
	given := map[string]string{}
	for _, f := range fields {
		if v := typed[f.Name]; v != "" {
			given[f.Name] = v
		}
	}
	text, err := json.Marshal(given)
	if err != nil {
		panic("texts are always JSON: " + err.Error())
	}
	return string(text)
}
