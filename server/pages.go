package server

import (
	"bytes"
	"html"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/server/fault"
)

// Pages serves the built web application: its files by their names, and its one page for every address that it knows,
// since it reads the address itself.
type Pages struct {
	Files fs.FS
	// Sections are the first parts of the addresses that the application knows; others are not found.
	Sections []string
	// Brand is whose pages they are; nil, or one without a name, is nobody but us.
	Brand func(q *http.Request) Brand
	// Frames are the origins that may have a page of the account interface in a frame, for who asks; nil or none: no page is in any.
	Frames func(q *http.Request) []string
}

// accountSection is the section of the account interface.
const accountSection = "a"

// Brand is what the pages carry of a partner. Its pictures are data URIs.
type Brand struct{ Name, Logo, Icon string }

// nonceMark stands in index.html where the nonce of the answer belongs.
const nonceMark = "__NONCE__"

// put writes the brand into index.html, in the place of our name and our mark.
func (b Brand) put(page []byte) []byte {
	if b.Name == "" {
		return page
	}
	name, icon := html.EscapeString(b.Name), b.Icon
	if icon == "" {
		icon = "data:,"
	}
	return []byte(strings.NewReplacer(
		`<meta name="product" content="Paceline">`, `<meta name="product" content="`+name+`"><meta name="branded" content="true"><meta name="logo" content="`+html.EscapeString(b.Logo)+`">`,
		"<title>Paceline</title>", "<title>"+name+"</title>",
		`href="/docs/icon.svg" type="image/svg+xml"`, `href="`+html.EscapeString(icon)+`"`,
	).Replace(string(page)))
}

// ServeHTTP answers GET and HEAD.
func (p *Pages) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+q.URL.Path), "/")
	if strings.HasPrefix(name, "assets/") {
		p.asset(w, q, name)
		return
	}
	section, _, _ := strings.Cut(name, "/")
	if section != "" && !slices.Contains(p.Sections, section) {
		fault.New(http.StatusNotFound, paceline.CodeNoRoute.Text()).Write(w)
		return
	}
	page, err := fs.ReadFile(p.Files, "index.html")
	if err != nil {
		fault.New(http.StatusNotFound, paceline.CodeNoRoute.Text()).Write(w)
		return
	}
	frames := "'none'"
	if section == accountSection && p.Frames != nil {
		if list := p.Frames(q); len(list) > 0 {
			frames = strings.Join(list, " ")
		}
	}
	nonce := paceline.NewSecret(16)
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'nonce-"+nonce+"'; style-src 'self' 'nonce-"+nonce+
		"'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+frames)
	if p.Brand != nil {
		page = p.Brand(q).put(page)
	}
	if q.Method != http.MethodHead {
		w.Write(bytes.ReplaceAll(page, []byte(nonceMark), []byte(nonce)))
	}
}

// asset serves a file whose name holds the hash of its content, so that it never changes.
func (p *Pages) asset(w http.ResponseWriter, q *http.Request, name string) {
	if info, err := fs.Stat(p.Files, name); err != nil || info.IsDir() {
		fault.New(http.StatusNotFound, paceline.CodeNoRoute.Text()).Write(w)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	if strings.Contains(q.Header.Get("Accept-Encoding"), "gzip") {
		if packed, err := fs.ReadFile(p.Files, name+".gz"); err == nil {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Vary", "Accept-Encoding")
			http.ServeContent(w, q, name, time.Time{}, bytes.NewReader(packed))
			return
		}
	}
	http.ServeFileFS(w, q, p.Files, name)
}
