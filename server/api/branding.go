package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/storefront"
	"paceline/tenant"
)

type brandingIn struct {
	Name                       wire.Opt[string]            `doc:"In the titles of pages; empty: the partner's name."`
	Logo                       wire.Opt[string]            `doc:"Data URI of a PNG, JPEG, GIF or WebP of at most 96 KiB."`
	Icon                       wire.Opt[string]            `doc:"The same, of at most 32 KiB, for the browser's tab."`
	HeaderHtml                 wire.Opt[string]            `doc:"HTML, of which what runs, loads or asks is taken out."`
	FooterHtml                 wire.Opt[string]            `doc:"The same, below."`
	BrandColour                wire.Opt[string]            `doc:"Like #1a6b4f: buttons, links, what is chosen. All colours may be empty."`
	BackgroundColour           wire.Opt[string]            `doc:"Behind everything."`
	SurfaceColour              wire.Opt[string]            `doc:"Of cards."`
	TextColour                 wire.Opt[string]            `doc:"Must be readable on background and surface (contrast 4.5)."`
	CornerRadius               wire.Opt[int]               `doc:"0, 6 or 12 px; null: as it is without."`
	Font                       wire.Opt[string]            `doc:"System, Humanist, Rounded, Serif or Mono; empty: as it is without."`
	FontSize                   wire.Opt[int]               `doc:"Of text: 13 to 20 px; 0: as it is without."`
	Css                        wire.Opt[string]            `doc:"The partner's own, for pages that take no credentials. What it may not contain is refused with its line."`
	LaunchCompleteHtml         wire.Opt[string]            `doc:"The page at the end of a set-up; it runs in a frame of no origin and finds the object result."`
	ConnectorCallbackErrorHtml wire.Opt[string]            `doc:"The page when a vendor refuses, with {{error}} and {{error_description}}; it runs as the other does."`
	Wording                    wire.Opt[map[string]string] `doc:"Words of the pages that read otherwise, by their keys."`
	UserAgent                  wire.Opt[string]            `doc:"By what name servers are called: yours by marketplaces and error webhooks, and those of vendors by connectors. Empty: Integrations where Name is set, else Paceline."`
}

// brandingOut is a branding, with what is made of it.
type brandingOut struct {
	Version                    int64
	Name                       string
	Logo                       string
	Icon                       string
	HeaderHtml                 string
	FooterHtml                 string
	BrandColour                string
	BackgroundColour           string
	SurfaceColour              string
	TextColour                 string
	CornerRadius               *int
	Font                       string
	FontSize                   int
	Css                        string
	LaunchCompleteHtml         string
	ConnectorCallbackErrorHtml string
	Wording                    map[string]string
	UserAgent                  string
	Tokens                     string `doc:"The declarations of CSS that colours, corners and type become."`
	ConfinedCss                string `doc:"The partner's CSS as pages have it."`
	ShiftedColour              string `doc:"What the brand colour is where it is text, when it could not be read as it is."`
}

type brandingInput struct{ Body *wire.Body[brandingIn] }

type brandingUpdateInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version that was read; the answer is 412 when it has another one by now."`
	Body    *wire.Body[brandingIn]
}

func (a *API) branding() {
	route := func(id, method, path, summary string, right paceline.RightLevel) Route {
		return Route{ID: id, Method: method, Path: path, Tag: embeddingTag, Level: Partner, Extension: true, Summary: summary,
			Right: tenant.AreaMarketplaces, RightAs: right, MaxBody: 2 << 20}
	}
	add(a, route("Branding_GET", http.MethodGet, "/branding", "How embedded pages look.", paceline.ViewRight), a.brandingGet)
	add(a, route("Branding_PUT", http.MethodPut, "/branding", "Change it; absent properties stay as they are. Customers see it with the next page.", paceline.EditRight), a.brandingSet)
	add(a, route("Branding_Preview_POST", http.MethodPost, "/branding/preview", "Check a change and see what would be made of it; nothing is stored.", paceline.ViewRight), a.brandingPreview)
}

func (a *API) brandingGet(ctx context.Context, c *Call, _ *struct{}) (brandingOut, error) {
	b, err := a.Storefront.Branding(ctx, c.Principal)
	if err != nil {
		return brandingOut{}, err
	}
	tagVersion(c, b.Version)
	return brandingWire(b)
}

func (a *API) brandingSet(ctx context.Context, c *Call, in *brandingUpdateInput) (brandingOut, error) {
	b, err := a.Storefront.UpdateBranding(ctx, c.Principal, versionsOf(in.IfMatch), overBranding(in.Body))
	if err != nil {
		return brandingOut{}, err
	}
	tagVersion(c, b.Version)
	return brandingWire(b)
}

func (a *API) brandingPreview(ctx context.Context, c *Call, in *brandingInput) (brandingOut, error) {
	b, err := a.Storefront.PreviewBranding(ctx, c.Principal, overBranding(in.Body))
	if err != nil {
		return brandingOut{}, err
	}
	return brandingWire(b)
}

// overBranding reads what a call wants of the branding that there is.
func overBranding(body *wire.Body[brandingIn]) func(storefront.Branding) (storefront.Branding, error) {
	return func(b storefront.Branding) (storefront.Branding, error) {
		in, _, err := body.Read()
		if err != nil {
			return b, err
		}
		b.Name, b.Logo, b.Icon = in.Name.Or(b.Name), in.Logo.Or(b.Logo), in.Icon.Or(b.Icon)
		b.HeaderHTML, b.FooterHTML = in.HeaderHtml.Or(b.HeaderHTML), in.FooterHtml.Or(b.FooterHTML)
		b.Brand, b.Background = in.BrandColour.Or(b.Brand), in.BackgroundColour.Or(b.Background)
		b.Surface, b.Text = in.SurfaceColour.Or(b.Surface), in.TextColour.Or(b.Text)
		if in.CornerRadius.Set {
			b.Radius = nil
			if !in.CornerRadius.Null {
				b.Radius = &in.CornerRadius.Value
			}
		}
		b.Font, b.FontSize, b.CSS = in.Font.Or(b.Font), in.FontSize.Or(b.FontSize), in.Css.Or(b.CSS)
		b.CompleteHTML, b.ErrorHTML = in.LaunchCompleteHtml.Or(b.CompleteHTML), in.ConnectorCallbackErrorHtml.Or(b.ErrorHTML)
		if in.Wording.Set {
			b.Wording = in.Wording.Value
		}
		b.UserAgent = in.UserAgent.Or(b.UserAgent)
		return b, nil
	}
}

func brandingWire(b storefront.Branding) (brandingOut, error) {
	css, err := storefront.Confined(b.CSS)
	return brandingOut{
		Version: b.Version, Name: b.Name, Logo: b.Logo, Icon: b.Icon, HeaderHtml: b.HeaderHTML, FooterHtml: b.FooterHTML,
		BrandColour: b.Brand, BackgroundColour: b.Background, SurfaceColour: b.Surface, TextColour: b.Text, CornerRadius: b.Radius, Font: b.Font, FontSize: b.FontSize,
		Css: b.CSS, LaunchCompleteHtml: b.CompleteHTML, ConnectorCallbackErrorHtml: b.ErrorHTML, Wording: b.Wording, UserAgent: b.UserAgent,
		Tokens: b.Tokens(), ConfinedCss: css, ShiftedColour: b.Shifted(),
	}, err
}
