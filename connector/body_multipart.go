package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"

	"paceline/mapping"
)

// Format multipart sends each field as a part of a form (RFC 7578). Objects are files; a list repeats its name.
var _ = registerBody("multipart", bodyFormat{contentType: "multipart/form-data", build: buildMultipart})

// formPart is one part on its way.
type formPart struct {
	name string
	file file
	data bool // it is a file to the receiver
}

func buildMultipart(_ *Method, in *mapping.Inputs, r *room) (content, error) {
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	var parts []formPart
	size := 0
	for name, v := range mapping.Members(doc) {
		shown := len(quoteParam(name))
		for item := range wholeList.GetAll(v) {
			f, err := fileOf(item)
			if err != nil {
				return content{}, fmt.Errorf("%s: %w", name, err)
			}
			size += shown + f.length()
			if err := r.fits(size); err != nil {
				return content{}, err
			}
			parts = append(parts, formPart{name, f, mapping.KindOf(item) == mapping.Object})
		}
	}
	var out pieces
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(boundary(parts)); err != nil {
		return content{}, err
	}
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		disposition := `form-data; name="` + quoteParam(p.name) + `"`
		if p.data {
			disposition += `; filename="` + quoteParam(firstOf(p.file.name, "file")) + `"`
			h.Set("Content-Type", firstOf(p.file.contentType, "application/octet-stream"))
		}
		h.Set("Content-Disposition", disposition)
		body, err := w.CreatePart(h)
		if err != nil {
			return content{}, err
		}
		if err := out.file(body, p.file); err != nil {
			return content{}, err
		}
	}
	err = w.Close()
	return out.content(w.FormDataContentType()), err
}

// headBytes is what the head of a part has at least besides its names.
const headBytes = 100

// length is about how many bytes a part has in memory besides its name.
func (f *file) length() int {
	return headBytes + len(f.name) + len(f.contentType) + len(f.content)
}

// boundary is made of the parts, so that a repeated request is the same to the byte.
func boundary(parts []formPart) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%q %q %d ", p.name, p.file.name, len(p.file.content))
		if p.file.ref != "" {
			fmt.Fprintf(h, "%q ", p.file.ref)
		}
		h.Write(p.file.content)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// quoteParam writes a name as browsers do.
func quoteParam(s string) string {
	return strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(s)
}
