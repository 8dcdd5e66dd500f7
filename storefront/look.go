package storefront

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Look is the colours and type of pages. From few values all tokens are derived, so that what is written can be read; the
// colours of states are not the partner's: their meaning is the same everywhere.
type Look struct {
	Brand      string `json:",omitempty"` // #rrggbb, like all colours: buttons, links, what is chosen
	Background string `json:",omitempty"` // behind everything
	Surface    string `json:",omitempty"` // cards
	Text       string `json:",omitempty"`
	Radius     *int   `json:",omitempty"` // of corners: 0, 6 or 12
	Font       string `json:",omitempty"` // a name in Fonts
	FontSize   int    `json:",omitempty"` // of text, 13 to 20 px
}

// Fonts are the families of type by name. None is loaded from anywhere.
var Fonts = map[string]string{
	"System":   `system-ui, sans-serif`,
	"Humanist": `Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif`,
	"Rounded":  `ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, Manjari, "Arial Rounded MT Bold", Calibri, sans-serif`,
	"Serif":    `Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif`,
	"Mono":     `ui-monospace, "Cascadia Code", "Source Code Pro", Menlo, Consolas, monospace`,
}

// What is there without a partner's colours (web/src/ui/tokens.css).
const (
	ownBackground = "#f5f6f8"
	ownSurface    = "#ffffff"
	ownText       = "#14171f"
)

// readable is the contrast below which text cannot be read by everybody (WCAG 2).
const readable = 4.5

func (l *Look) check() error {
	for name, value := range map[string]*string{"BrandColour": &l.Brand, "BackgroundColour": &l.Background, "SurfaceColour": &l.Surface, "TextColour": &l.Text} {
		*value = strings.ToLower(strings.TrimSpace(*value))
		if _, ok := parseColour(*value); *value != "" && !ok {
			return invalid(name, "it is not a colour such as #1a6b4f")
		}
	}
	if l.Radius != nil && *l.Radius != 0 && *l.Radius != 6 && *l.Radius != 12 {
		return invalid("CornerRadius", "it is none of 0, 6 and 12")
	}
	if _, known := Fonts[l.Font]; l.Font != "" && !known {
		return invalid("Font", "it is none of System, Humanist, Rounded, Serif and Mono")
	}
	if l.FontSize != 0 && (l.FontSize < 13 || l.FontSize > 20) {
		return invalid("FontSize", "it is not from 13 to 20")
	}
	text, bg, surface := colourOr(l.Text, ownText), colourOr(l.Background, ownBackground), colourOr(l.Surface, ownSurface)
	if contrast(text, bg) < readable || contrast(text, surface) < readable {
		return invalid("TextColour", fmt.Sprintf("it cannot be read: its contrast is %.1f with the background and %.1f with the surface, and %.1f is needed",
			contrast(text, bg), contrast(text, surface), readable))
	}
	return nil
}

// Tokens are the declarations that make pages look so, without braces.
func (l Look) Tokens() string {
	var b strings.Builder
	put := func(name, value string) { b.WriteString("--pl-" + name + ":" + value + ";") }
	text, bg, surface := colourOr(l.Text, ownText), colourOr(l.Background, ownBackground), colourOr(l.Surface, ownSurface)
	if l.Text != "" || l.Background != "" || l.Surface != "" {
		put("bg", bg.String())
		put("surface", surface.String())
		put("sunken", surface.mix(text, .05).String())
		put("hover", surface.mix(text, .06).String())
		put("line", surface.mix(text, .12).String())
		put("line-strong", surface.mix(text, .22).String())
		put("control", surface.mix(text, .55).String())
		put("text", text.String())
		put("text-2", legible(surface.mix(text, .75), text, surface, bg).String())
		put("text-3", legible(surface.mix(text, .62), text, surface, bg).String())
	}
	if l.Brand != "" {
		brand := colourOr(l.Brand, "")
		on := colour{255, 255, 255}
		if contrast(brand, on) < readable {
			on = colour{0, 0, 0} // one of the two can always be read
		}
		link, _ := l.link()
		put("primary", brand.String())
		put("primary-hover", brand.mix(on, .12).String())
		put("on-primary", on.String())
		put("accent", link.String())
		put("focus", link.String())
		put("link", link.String())
		put("selected", surface.mix(brand, .1).String())
		put("accent-soft", surface.mix(brand, .1).String())
		put("accent-line", surface.mix(brand, .35).String())
	}
	if l.Radius != nil {
		put("r-sm", strconv.Itoa(*l.Radius*2/3)+"px")
		put("r", strconv.Itoa(*l.Radius)+"px")
		put("r-lg", strconv.Itoa(*l.Radius*4/3)+"px")
		put("r-xl", strconv.Itoa(*l.Radius*2)+"px")
		if *l.Radius == 0 {
			put("r-full", "0")
		}
	}
	if l.Font != "" {
		put("font", Fonts[l.Font])
	}
	if l.FontSize != 0 {
		put("size", strconv.Itoa(l.FontSize)+"px")
	}
	return b.String()
}

// Shifted is what the brand colour became where it is text, because it cannot be read as it is; "" when it can.
func (l Look) Shifted() string {
	if l.Brand == "" {
		return ""
	}
	if link, shifted := l.link(); shifted {
		return link.String()
	}
	return ""
}

// link is the brand colour as text on the page.
func (l Look) link() (c colour, shifted bool) {
	brand, text := colourOr(l.Brand, ""), colourOr(l.Text, ownText)
	c = legible(brand, text, colourOr(l.Surface, ownSurface), colourOr(l.Background, ownBackground))
	return c, c != brand
}

// legible moves a colour towards one that can be read until it can be read, too.
func legible(c, towards colour, on ...colour) colour {
	for step := 0.0; step < 1; step += .05 {
		moved, fine := c.mix(towards, step), true
		for _, ground := range on {
			fine = fine && contrast(moved, ground) >= readable
		}
		if fine {
			return moved
		}
	}
	return towards
}

type colour struct{ r, g, b uint8 }

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

func parseColour(text string) (c colour, ok bool) {
	if len(text) != 7 || text[0] != '#' {
		return c, false
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	return colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, err == nil
}

func colourOr(text, otherwise string) colour {
	c, ok := parseColour(text)
	if !ok {
		c, _ = parseColour(otherwise)
	}
	return c
}

// mix is a share of another colour in this one.
func (c colour) mix(other colour, share float64) colour {
	one := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share)) }
	return colour{one(c.r, other.r), one(c.g, other.g), one(c.b, other.b)}
}

// contrast is the ratio of WCAG 2 between two colours, from 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func (c colour) luminance() float64 {
	one := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= .04045 {
			return s / 12.92
		}
		return math.Pow((s+.055)/1.055, 2.4)
	}
	return .2126*one(c.r) + .7152*one(c.g) + .0722*one(c.b)
}
