package embed

import (
	"encoding/json"
	"html"
	"html/template"
	"net/http"
	"strings"

	"paceline"
	"paceline/storefront"
)

// brand is what a page carries of its partner; a zero one names nobody.
type brand struct {
	b       storefront.Branding
	partner paceline.Partner
	visit   string // of the page, where its address does not name it
}

// brandOf reads the branding of a partner for a page. A page without it is better than none.
func (h *Handler) brandOf(q *http.Request, partner paceline.Partner) brand {
	if h.Storefront == nil || partner.Num == 0 {
		return brand{}
	}
	b, err := h.Storefront.BrandingOf(q.Context(), partner.Num)
	if err != nil {
		h.Log.ErrorContext(q.Context(), "the branding of a page could not be read", "error", err)
	}
	return brand{b: b, partner: partner}
}

// brandOfNumber is brandOf for a partner by its number; 0 is nobody.
func (h *Handler) brandOfNumber(q *http.Request, partner int64) brand {
	if partner == 0 {
		return brand{}
	}
	found, err := h.Tenant.PartnerOf(q.Context(), partner)
	if err != nil {
		h.Log.ErrorContext(q.Context(), "the partner of a page could not be read", "error", err)
	}
	return h.brandOf(q, found)
}

// shownBrand is what the embedded application is told of it.
type shownBrand struct {
	Name     string
	Logo     string            `json:",omitempty"`
	Header   string            `json:",omitempty"`
	Footer   string            `json:",omitempty"`
	Wording  map[string]string `json:",omitempty"`
	Complete string            `json:",omitempty"` // address of the partner's own page at the end
	Visit    string            `json:",omitempty"`
}

// Name, Logo and Icon are for templates.
func (b brand) Name() string       { return b.b.Name }
func (b brand) Logo() template.URL { return template.URL(b.b.Logo) } // checked when it was stored
func (b brand) Icon() template.URL {
	if b.b.Icon == "" {
		return "data:,"
	}
	return template.URL(b.b.Icon)
}

// Style is the tokens of the page, with the style of pages that the server writes itself.
func (b brand) Style() template.CSS {
	return template.CSS(pageStyle + ":root{" + b.b.Tokens() + "}")
}

// T is a text in the partner's words or in ours, with names put in place.
func (b brand) T(key string, pairs ...string) string {
	text := b.b.Wording[key]
	if text == "" {
		text = words[key]
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{{"+pairs[i]+"}}", pairs[i+1])
	}
	return text
}

// put writes the brand into the page of the embedded application.
func (b brand) put(page []byte, nonce string) []byte {
	name := b.b.Name
	if name == "" {
		name = b.partner.Name
	}
	shown := shownBrand{Name: name, Logo: b.b.Logo, Header: b.b.HeaderHTML, Footer: b.b.FooterHTML, Wording: b.b.Wording, Visit: b.visit}
	if b.b.CompleteHTML != "" {
		shown.Complete = ownPagePath + completePage + "?partner=" + string(b.partner.ID)
	}
	css, err := storefront.Confined(b.b.CSS)
	if err != nil {
		css = "" // what was allowed once and is not any more
	}
	raw, err := json.Marshal(shown) // which leaves no < in it
	if err != nil {
		raw = []byte("{}")
	}
	head := `<style nonce="` + nonce + `" id="tokens">:root{` + b.b.Tokens() + `}</style><style nonce="` + nonce + `" id="partner-css">` + css +
		`</style><script type="application/json" id="brand">` + string(raw) + `</script></head>`
	out := strings.Replace(string(page), "</head>", head, 1)
	if name != "" {
		out = strings.Replace(out, "<title>Integrations</title>", "<title>"+html.EscapeString(name)+"</title>", 1)
	}
	if b.b.Icon != "" {
		out = strings.Replace(out, `href="data:,"`, `href="`+html.EscapeString(b.b.Icon)+`"`, 1)
	}
	return []byte(out)
}

// words are the texts of pages that the server writes, by keys that partners may reword.
var words = map[string]string{
	"setUp.title":        "Connect an application",
	"setUp.lead":         "Type the token that you were given for this link. It works once.",
	"setUp.token":        "Token",
	"setUp.next":         "Continue",
	"setUp.connectTitle": "Connect {{name}}",
	"setUp.connectLead":  "{{application}} for {{account}}. You can finish this until {{until}}.",
	"setUp.connect":      "Connect",
	"setUp.consent":      "Next you sign in at {{application}} and agree.",
	"setUp.scopes":       "It is asked to allow:",
	"setUp.go":           "Continue to {{application}}",
	"setUp.sent":         "You are sent to {{application}} to agree.",
	"setUp.held":         "A value is stored; leave this empty to keep it.",
	"setUp.again":        "The connector was not connected. Please try again.",
	"setUp.done":         "Connected",
	"setUp.doneText":     "The connector is connected. You can close this page.",
	"setUp.gone":         "This page cannot be used",
	"connect.done":       "Connected",
	"connect.doneText":   "The connector is connected. You can close this window.",
	"connect.failed":     "The connector was not connected",
	"connect.again":      "Close this window and try again where you came from.",
	"connect.back":       "Go back and try again",
	"page.failed":        "This page cannot be shown",
	"page.broken":        "Something went wrong",
	"page.later":         "Please try again later.",
}
