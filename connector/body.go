package connector

import "paceline/mapping"

// bodyFormat writes a request's body. One file each registers its own in bodyFormats.
type bodyFormat struct {
	contentType string
	// build appends the body of the fields. It is nil for a request without one.
	build func(dst []byte, in *mapping.Inputs) ([]byte, error)
	// empty says whether a body is sent although no field has a value.
	empty bool
}

var bodyFormats = map[string]bodyFormat{
	"none": {},
	// The runtime fills the template of a text itself.
	"text": {contentType: "text/plain; charset=utf-8"},
	"json": {contentType: "application/json", build: buildJSON, empty: true},
	"form": {contentType: "application/x-www-form-urlencoded", build: buildForm, empty: true},
}
