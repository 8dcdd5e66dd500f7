package api

import (
	"bytes"
	"io"
	"mime/multipart"
)

// uploaded returns the file of a body: of a form that a page or curl -F sends, its first file; else the body itself,
// which is what was pasted.
func uploaded(raw []byte) []byte {
	boundary, ok := bytes.CutPrefix(raw, []byte("--"))
	if !ok {
		return raw
	}
	line, _, _ := bytes.Cut(boundary, []byte("\n"))
	form := multipart.NewReader(bytes.NewReader(raw), string(bytes.TrimRight(line, "\r")))
	for {
		part, err := form.NextPart()
		if err != nil {
			return raw // not such a form; it is refused as what it is
		}
		if part.FileName() == "" {
			continue
		}
		if file, err := io.ReadAll(part); err == nil {
			return file
		}
		return raw
	}
}
