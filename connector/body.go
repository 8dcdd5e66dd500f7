package connector

import "paceline/mapping"

// bodyFormat writes a request's body. One file each registers its own in bodyFormats.
type bodyFormat struct {
	contentType string
	accept      string // what answers are asked for when the answer's format does not say
	// build writes the body of the fields, and stops where there is no more room. It is nil for a request without any.
	build func(m *Method, in *mapping.Inputs, r *room) (content, error)
	// check reports what is wrong with a method of this format; it may be nil.
	check func(b *builder, m *Method, at string)
}

// content is a body with its type; "" leaves the format's.
type content struct {
	body        []byte
	contentType string
	pieces      []piece // in place of body, where files are in it that lie elsewhere
}

// answerFormat reads an answer's body. One file each registers its own in answerFormats.
type answerFormat struct {
	accept string
	raw    bool // the body is not text
	empty  bool // an answer without a body is read, too
	// decode turns the body into one JSON document of at most limit bytes; nil takes the body as JSON.
	decode func(r *ResponseDef, a *answer, body []byte, limit int64) ([]byte, error)
}

var bodyFormats = map[string]bodyFormat{
	"none": {},
	// The runtime fills the template of a text itself.
	"text": {contentType: "text/plain; charset=utf-8"},
	"json": {contentType: "application/json", build: buildJSON},
	"form": {contentType: "application/x-www-form-urlencoded", build: buildForm},
}

var answerFormats = map[string]answerFormat{
	"none": {},
	"text": {},
	"json": {accept: "application/json"},
}

func registerBody(name string, f bodyFormat) bool {
	bodyFormats[name] = f
	return true
}

func registerAnswer(name string, f answerFormat) bool {
	answerFormats[name] = f
	return true
}
