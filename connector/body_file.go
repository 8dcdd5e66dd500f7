package connector

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"paceline/mapping"
)

// file is a file among the values of a transaction: a text, which is its content, or an object with name,
// type, and either text, base64, or a reference to where its content lies. Answers of format binary are such objects.
type file struct {
	name, contentType string
	content           []byte
	ref               string // in place of content
}

// fileOf reads a value as a file.
func fileOf(v mapping.Value) (file, error) {
	if mapping.KindOf(v) != mapping.Object {
		return file{content: []byte(mapping.Text(v))}, nil
	}
	var f file
	found := false
	for name, value := range mapping.Members(v) {
		text := mapping.Text(value)
		switch name {
		case "name":
			f.name = text
		case "type":
			f.contentType = text
		case "text":
			f.content, found = []byte(text), true
		case "base64":
			raw, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return file{}, fmt.Errorf("the content of the file is not base64")
			}
			f.content, found = raw, true
		case "ref":
			f.ref, found = text, text != ""
		}
	}
	if !found {
		return file{}, fmt.Errorf("a file needs text, base64 or ref")
	}
	if f.content != nil {
		f.ref = ""
	}
	if f.contentType != "" {
		if _, _, err := mime.ParseMediaType(f.contentType); err != nil || !isHeaderText(f.contentType) {
			return file{}, fmt.Errorf("%q is not the type of a file", shorten(f.contentType))
		}
	}
	return f, nil
}

// Format binary sends the one file of the request as it is, and reads an answer as a file.
var (
	_ = registerBody("binary", bodyFormat{contentType: "application/octet-stream", build: buildBinary, check: func(b *builder, m *Method, at string) {
		if f := m.Definition.Request.Fields; len(f) != 1 || strings.ContainsAny(f[0].Loc, "[]") {
			b.add(at, "a request of format binary has one field, which is the file", "Example: fields: [{loc: file, type: file, required: true}]")
		}
	}})
	_ = registerAnswer("binary", answerFormat{accept: "*/*", raw: true, decode: decodeBinary})
)

func buildBinary(_ *Method, in *mapping.Inputs, _ *room) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	for _, v := range mapping.Members(doc) {
		f, err := fileOf(v)
		if f.ref != "" {
			return content{contentType: f.contentType, pieces: []piece{{ref: f.ref}}}, err
		}
		return content{body: append([]byte{}, f.content...), contentType: f.contentType}, err
	}
	return content{}, fmt.Errorf("there is no file to send")
}

func decodeBinary(_ *ResponseDef, a *answer, body []byte, _ int64) ([]byte, error) {
	kind := a.header.Get("Content-Type")
	if kind == "" {
		kind = http.DetectContentType(body)
	}
	content := base64.StdEncoding.AppendEncode([]byte(`"base64":"`), body)
	return a.fileDocument(kind, int64(len(body)), append(content, '"')), nil
}

// fileDocument is the document of an answer that is a file: what is known of it, and beside that the file as the one value
// that steps hand on. content is the last member of it.
func (a *answer) fileDocument(kind string, size int64, content []byte) []byte {
	about := fmt.Appendf(a.appendFile(nil, kind), `,"size":%d`, size)
	b := append(append([]byte{'{'}, about...), `,"file":{`...)
	return append(append(append(append(b, about...), ','), content...), "}}"...)
}

// appendFile writes the name and the type of the file that an answer is.
func (a *answer) appendFile(b []byte, kind string) []byte {
	if _, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		// Only a name, never a path.
		name := params["filename"]
		b = append(appendString(append(b, `"name":`...), name[strings.LastIndexAny(name, `/\`)+1:]), ',')
	}
	return appendString(append(b, `"type":`...), kind)
}
