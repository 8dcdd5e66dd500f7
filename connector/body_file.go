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
// type, and either text or base64. Answers of format binary are such objects.
type file struct {
	name, contentType string
	content           []byte
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
		}
	}
	if !found {
		return file{}, fmt.Errorf("a file needs text or base64")
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

func buildBinary(_ *Method, in *mapping.Inputs) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	for _, v := range mapping.Members(doc) {
		f, err := fileOf(v)
		return content{append([]byte{}, f.content...), f.contentType}, err
	}
	return content{}, fmt.Errorf("there is no file to send")
}

func decodeBinary(_ *ResponseDef, a *answer, body []byte, _ int64) ([]byte, error) {
	kind := a.header.Get("Content-Type")
	if kind == "" {
		kind = http.DetectContentType(body)
	}
	b := []byte("{")
	if _, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		// Only a name, never a path.
		name := params["filename"]
		b = append(appendString(append(b, `"name":`...), name[strings.LastIndexAny(name, `/\`)+1:]), ',')
	}
	b = appendString(append(b, `"type":`...), kind)
	b = append(b, `,"base64":"`...)
	b = base64.StdEncoding.AppendEncode(b, body)
	return append(b, `"}`...), nil
}
