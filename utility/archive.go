package utility

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/connector"
)

// The bounds of archives, spreadsheets among them.
const (
	mostPacked   = 16 << 20 // bytes of one that is read
	mostUnpacked = 64 << 20 // bytes of what a spreadsheet's parts are unpacked to, together
	mostMembers  = 1000

	mostRatio = 100     // bytes unpacked of each that is packed, where that is more than
	anyRatio  = 1 << 20 // bytes, which any archive may unpack to
)

// fileValue is a file as steps hand it on.
type fileValue struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Base64 []byte `json:"base64"`
}

// fileField reads a field that is a file.
func fileField(ctx context.Context, c connector.UtilityCall, name string) (connector.File, error) {
	f, err := c.File(ctx, field(c, name), mostPacked)
	switch {
	case paceline.CodeOf(err) == paceline.CodeStepDataTooLarge, len(f.Content) > mostPacked:
		return f, badInput("%s has more than %d bytes.", name, mostPacked)
	case err != nil:
		return f, badInput("%s cannot be read as a file: %v.", name, err)
	}
	return f, nil
}

// fileName reads the parameter Name, of a file that is made.
func fileName(c connector.UtilityCall, def string) (string, error) {
	name := c.Param("Name")
	if name == "" {
		return def, nil
	}
	if len(name) > 200 || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\r\n\x00") {
		return "", badInput("Name is not the name of a file.")
	}
	return name, nil
}

// archive is a ZIP file of which no more is unpacked than may be: what it says of its sizes counts for nothing.
type archive struct {
	*zip.Reader
	rest int64 // bytes that may still be unpacked
	most int64
}

func openArchive(content []byte, most int64) (*archive, error) {
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, badInput("The file cannot be read: %v.", err)
	}
	if len(r.File) > mostMembers {
		return nil, badInput("The file has more than %d members.", mostMembers)
	}
	most = min(most, max(anyRatio, mostRatio*int64(len(content))))
	return &archive{r, most, most}, nil
}

// open reads a member; its reader fails beyond the bound.
func (a *archive) open(f *zip.File) (io.ReadCloser, error) {
	if f.Flags&1 != 0 {
		return nil, badInput("%s is encrypted.", f.Name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, badInput("%s cannot be read: %v.", f.Name, err)
	}
	return &unpacking{r, a}, nil
}

type unpacking struct {
	io.ReadCloser
	archive *archive
}

func (m *unpacking) Read(p []byte) (int, error) {
	if int64(len(p)) > m.archive.rest+1 {
		p = p[:m.archive.rest+1]
	}
	n, err := m.ReadCloser.Read(p)
	if m.archive.rest -= int64(n); m.archive.rest < 0 {
		return 0, badInput("The file unpacks to more than %d bytes.", m.archive.most)
	}
	return n, err
}

func zipFiles(ctx context.Context, c connector.UtilityCall) (any, error) {
	name, err := fileName(c, "files.zip")
	if err != nil {
		return nil, err
	}
	list := itemsOf(field(c, "Files"))
	if len(list) == 0 {
		return nil, badInput("There are no files.")
	}
	if len(list) > mostMembers {
		return nil, badInput("There are more than %d files.", mostMembers)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	taken := map[string]bool{}
	size := 0
	for i, v := range list {
		f, err := c.File(ctx, v, mostPacked)
		if err != nil {
			return nil, badInput("File %d cannot be read as a file: %v.", i+1, err)
		}
		if size += len(f.Content); size > mostPacked {
			return nil, badInput("The files have more than %d bytes.", mostPacked)
		}
		m, err := w.Create(free(taken, firstText(f.Name, "file")))
		if err == nil {
			_, err = m.Write(f.Content)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return madeFile(name, "application/zip", b.Bytes(), len(list))
}

// free is a name that is not taken yet, without folders.
func free(taken map[string]bool, name string) string {
	name = strings.ToValidUTF8(name[strings.LastIndexAny(name, `/\`)+1:], "_")
	for n := 1; ; n++ {
		ext := path.Ext(name)
		is := name
		if n > 1 {
			is = strings.TrimSuffix(name, ext) + " (" + strconv.Itoa(n) + ")" + ext
		}
		if key := strings.ToLower(is); is != "" && !taken[key] {
			taken[key] = true
			return is
		}
		if name == "" {
			name = "file"
		}
	}
}

func madeFile(name, kind string, content []byte, count int) (any, error) {
	if len(content) > mostContent {
		return nil, badInput("The file has more than %d bytes.", mostContent)
	}
	return struct {
		File  fileValue
		Size  int
		Count int
	}{fileValue{name, kind, content}, len(content), count}, nil
}

func unzip(ctx context.Context, c connector.UtilityCall) (any, error) {
	f, err := fileField(ctx, c, "File")
	if err != nil {
		return nil, err
	}
	a, err := openArchive(f.Content, mostContent)
	if err != nil {
		return nil, err
	}
	type unpacked struct {
		Path string
		Size int
		File fileValue
	}
	list := []unpacked{}
	for _, m := range a.File {
		if m.FileInfo().IsDir() {
			continue
		}
		if !utf8.ValidString(m.Name) || strings.Contains(m.Name, `\`) || path.Clean("/"+m.Name) != "/"+m.Name {
			return nil, badInput("A member has a name that leads elsewhere.")
		}
		r, err := a.open(m)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, unreadable(m.Name, err)
		}
		list = append(list, unpacked{m.Name, len(content), fileValue{path.Base(m.Name), http.DetectContentType(content), content}})
	}
	return struct {
		Files []unpacked
		Count int
	}{list, len(list)}, nil
}

// unreadable says why a member cannot be read, unless the error does by itself.
func unreadable(name string, err error) error {
	if told, ok := errors.AsType[*connector.Error](err); ok {
		return told
	}
	return badInput("%s cannot be read: %v.", name, err)
}
