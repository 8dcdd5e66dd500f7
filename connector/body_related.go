package connector

import (
	"fmt"
	"mime"
	"mime/multipart"
	"net/textproto"
	"slices"

	"paceline"
	"paceline/mapping"
)

// Format multipart_related sends the fields that are no files as one JSON document, and behind it each file as a part of
// its own (RFC 2387), as vendors want a file with what describes it.
var _ = registerBody("multipart_related", bodyFormat{
	contentType: "multipart/related", accept: "application/json", build: buildRelated,
	check: func(b *builder, m *Method, at string) {
		if !slices.ContainsFunc(m.Definition.Request.Fields, isFileField) {
			b.add(at, "a request of format multipart_related has no file", "Give the field that is the file type: file.")
		}
		for i, f := range m.Definition.Request.Fields {
			if l, err := mapping.ParseLocation(f.Loc); err == nil && isFileField(f) && l.Depth() != 1 {
				b.add(pointer(at, "fields", i, "loc"), "a file of format multipart_related is not within other values", "Write its name alone, for example file, or [files] for several.")
			}
		}
	},
})

func isFileField(f FieldDef) bool { return f.Type == paceline.TypeFile }

func buildRelated(m *Method, in *mapping.Inputs, r *room) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	about := []byte{'{'}
	var parts []formPart
	files, size := m.fileMembers(), len(doc)
	for name, v := range mapping.Members(doc) {
		if !files[name] {
			if len(about) > 1 {
				about = append(about, ',')
			}
			about = append(append(mapping.AppendQuoted(about, name), ':'), v...)
			continue
		}
		for item := range wholeList.GetAll(v) {
			f, err := fileOf(item)
			if err != nil {
				return content{}, fmt.Errorf("%s: %w", name, err)
			}
			size += len(name) + f.length()
			if err := r.fits(size); err != nil {
				return content{}, err
			}
			parts = append(parts, formPart{name, f, true})
		}
	}
	about = append(about, '}')
	var out pieces
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(boundary(append([]formPart{{name: "", file: file{content: about}}}, parts...))); err != nil {
		return content{}, err
	}
	write := func(kind, id string, f file) error {
		h := textproto.MIMEHeader{"Content-Type": {kind}}
		if id != "" {
			h.Set("Content-Id", "<"+quoteParam(id)+">")
		}
		part, err := w.CreatePart(h)
		if err != nil {
			return err
		}
		return out.file(part, f)
	}
	if err := write("application/json; charset=UTF-8", "", file{content: about}); err != nil {
		return content{}, err
	}
	for _, p := range parts {
		if err := write(firstOf(p.file.contentType, "application/octet-stream"), p.name, p.file); err != nil {
			return content{}, err
		}
	}
	if err := w.Close(); err != nil {
		return content{}, err
	}
	return out.content(mime.FormatMediaType("multipart/related", map[string]string{"boundary": w.Boundary(), "type": "application/json"})), nil
}

// fileMembers are the members of the request that are declared to be a file, or a list of them.
func (m *Method) fileMembers() map[string]bool {
	names := map[string]bool{}
	for _, f := range m.Definition.Request.Fields {
		if l, err := mapping.ParseLocation(f.Loc); err == nil && isFileField(f) {
			names[l.First()] = true
		}
	}
	return names
}
