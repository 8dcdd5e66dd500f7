package storefront

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// Branding is how a partner's embedded pages look, and what they say in the partner's words. What is empty is ours, which names
// nobody.
type Branding struct {
	Version int64 `json:"-"` // 0 while nothing was set

	Name       string `json:",omitempty"` // in the titles of pages; "" is the partner's name
	Logo       string `json:",omitempty"` // data URI of a picture, at the top of pages
	Icon       string `json:",omitempty"` // data URI of a picture, in the browser's tab
	HeaderHTML string `json:",omitempty"`
	FooterHTML string `json:",omitempty"`

	Look

	// CSS is the partner's own, which only reaches what is on the pages that take no credentials.
	CSS string `json:",omitempty"`
	// CompleteHTML is the partner's page at the end of a set-up, ErrorHTML the one when a vendor refuses. Both may run scripts: they
	// are shown in a frame of no origin.
	CompleteHTML string            `json:",omitempty"`
	ErrorHTML    string            `json:",omitempty"`
	Wording      map[string]string `json:",omitempty"` // words of the pages by their keys
	// UserAgent is by what name servers are called, the partner's own and vendors'; "" is ours, or a neutral one where there is a Name.
	UserAgent string `json:",omitempty"`
}

// The bounds of a branding.
const (
	maxLogo      = 96 << 10
	maxIcon      = 32 << 10
	maxOwnPage   = 128 << 10
	maxUserAgent = 100
)

// check refuses what cannot be shown and makes HTML and CSS harmless.
func (b *Branding) check() error {
	b.Name = strings.TrimSpace(b.Name)
	if len(b.Name) > maxTitle {
		return invalid("Name", "it is too long")
	}
	if b.Name != "" {
		if err := cycle.CheckTexts(b.Name, nil, nil); err != nil {
			return err
		}
	}
	if b.Logo != "" && (len(b.Logo) > maxLogo*4/3+64 || !Picture(b.Logo)) {
		return invalid("Logo", "it is not a PNG, JPEG, GIF or WebP of at most 96 KiB as a data URI")
	}
	if b.Icon != "" && (len(b.Icon) > maxIcon*4/3+64 || !Picture(b.Icon)) {
		return invalid("Icon", "it is not a PNG, JPEG, GIF or WebP of at most 32 KiB as a data URI")
	}
	if len(b.HeaderHTML) > maxHTML || len(b.FooterHTML) > maxHTML {
		return invalid("HeaderHtml", "header or footer is over 64 KiB")
	}
	b.HeaderHTML, b.FooterHTML = Harmless(b.HeaderHTML), Harmless(b.FooterHTML)
	if len(b.CompleteHTML) > maxOwnPage || len(b.ErrorHTML) > maxOwnPage {
		return invalid("LaunchCompleteHtml", "it or the error page is over 128 KiB")
	}
	for name, text := range map[string]string{"HeaderHtml": b.HeaderHTML + b.FooterHTML, "LaunchCompleteHtml": b.CompleteHTML, "ConnectorCallbackErrorHtml": b.ErrorHTML, "Css": b.CSS} {
		if strings.ContainsRune(text, 0) {
			return invalid(name, "it contains a zero byte")
		}
	}
	if !userAgent.MatchString(b.UserAgent) || len(b.UserAgent) > maxUserAgent {
		return invalid("UserAgent", "it has characters that no header holds, or is too long")
	}
	if err := checkWording(b.Wording); err != nil {
		return err
	}
	if err := b.Look.check(); err != nil {
		return err
	}
	_, err := Confined(b.CSS)
	return err
}

var userAgent = regexp.MustCompile(`^([!-~]([ -~]*[!-~])?)?$`)

func checkWording(words map[string]string) error {
	if len(words) > maxWords {
		return invalid("Wording", "there are more than "+strconv.Itoa(maxWords))
	}
	for key, word := range words {
		if len(key) > maxTitle || len(word) > maxTitle*5 {
			return invalid("Wording."+key[:min(len(key), maxTitle)], "it is too long")
		}
	}
	return nil
}

// Branding returns that of the caller's partner. Errors: Unauthorized; Forbidden.
func (r *Room) Branding(ctx context.Context, p paceline.Principal) (Branding, error) {
	if err := may(p, paceline.ViewRight); err != nil {
		return Branding{}, err
	}
	return r.BrandingOf(ctx, p.Partner)
}

// BrandingOf returns that of a partner, for its pages.
func (r *Room) BrandingOf(ctx context.Context, partner int64) (b Branding, err error) {
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		b, err = brandingOf(tx, paceline.Scope{Partner: partner})
		return err
	})
	return b, err
}

func brandingOf(tx *store.Tx, scope paceline.Scope) (b Branding, err error) {
	document, version, err := tx.Branding(scope)
	if err == nil && document != "" {
		err = json.Unmarshal([]byte(document), &b)
	}
	b.Version = version
	return b, err
}

// UpdateBranding replaces a branding, which customers see with the next page. read gives it over the one that there is. Errors:
// Unauthorized; Forbidden; Stale when it has another version than those that the caller names (nil names none); those of read;
// Invalid.
func (r *Room) UpdateBranding(ctx context.Context, p paceline.Principal, versions []int64, read func(Branding) (Branding, error)) (b Branding, err error) {
	if err := may(p, paceline.EditRight); err != nil {
		return b, err
	}
	scope := p.PartnerScope()
	called := false // vendors are by another name than before
	defer func() {
		if err == nil && called {
			r.catalog.Forget()
		}
	}()
	err = r.store.InTx(ctx, scope, func(tx *store.Tx) error {
		have, err := brandingOf(tx, scope)
		if err != nil {
			return err
		}
		if versions != nil && !slices.Contains(versions, have.Version) {
			return paceline.Fail(paceline.CodeVersionChanged, "version", have.Version)
		}
		if b, err = read(have); err != nil {
			return err
		}
		if err := b.check(); err != nil {
			return err
		}
		raw, err := json.Marshal(b)
		if err != nil {
			return err
		}
		b.Version, called = have.Version+1, b.UserAgent != have.UserAgent || (b.Name == "") != (have.Name == "")
		if err := tx.SetBranding(scope, string(raw), b.Version); err != nil {
			return err
		}
		return tx.InsertAudit(scope, paceline.AuditEvent{Partner: p.Partner, At: tx.Now(), Actor: p.Name, Action: "branding.updated", Subject: "branding"})
	})
	return b, err
}

// PreviewBranding checks a branding over the one that there is, and stores nothing. Errors: as for UpdateBranding.
func (r *Room) PreviewBranding(ctx context.Context, p paceline.Principal, read func(Branding) (Branding, error)) (Branding, error) {
	b, err := r.Branding(ctx, p)
	if err != nil {
		return b, err
	}
	if b, err = read(b); err == nil {
		err = b.check()
	}
	return b, err
}
