package storefront

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// Harmless returns HTML of a partner with what formats text and shows pictures, and without what runs, loads from elsewhere
// or looks like a form (decision D-40).
func Harmless(html string) string {
	if html == "" {
		return ""
	}
	return policy().Sanitize(html)
}

var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "span", "div",
		"section", "header", "footer", "nav", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[\w\- ]{1,200}$`)).Globally()
	p.AllowAttrs("alt", "title").Matching(bluemonday.Paragraph).OnElements("img", "a")
	p.AllowAttrs("width", "height").Matching(bluemonday.NumberOrPercent).OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(dataPicture).OnElements("img")
	p.AllowURLSchemes("https", "http", "mailto")
	p.AllowDataURIImages()
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(false)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
})

var dataPicture = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$`)

// Picture reports whether a data URI holds a picture that browsers show and that cannot run anything.
func Picture(uri string) bool {
	kind, content, ok := strings.Cut(strings.TrimPrefix(uri, "data:"), ";base64,")
	if !ok || len(uri) > maxImage*4/3+64 || !strings.HasPrefix(uri, "data:") {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		return false
	}
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return http.DetectContentType(raw) == kind
	}
	return false
}
