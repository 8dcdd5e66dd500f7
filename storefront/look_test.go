package storefront

import (
	"strings"
	"testing"

	"paceline"
)

func TestLookCanBeRead(t *testing.T) {
	t.Parallel()
	for _, brand := range []string{"#ffff00", "#00ff00", "#ff0000", "#0000ff", "#ffffff", "#000000", "#808080", "#f5a623", "#1a6b4f"} {
		for _, l := range []Look{{Brand: brand}, {Brand: brand, Background: "#101214", Surface: "#1b1f26", Text: "#e9ebef"}} {
			if err := l.check(); err != nil {
				t.Fatal(err)
			}
			tokens := map[string]string{}
			for one := range strings.SplitSeq(strings.TrimSuffix(l.Tokens(), ";"), ";") {
				name, value, _ := strings.Cut(one, ":")
				tokens[name] = value
			}
			pairs := [][2]string{{"--pl-on-primary", "--pl-primary"}}
			surface := colourOr(l.Surface, ownSurface)
			if link := colourOr(tokens["--pl-link"], ""); contrast(link, surface) < readable {
				t.Errorf("%+v: links have a contrast of %.2f", l, contrast(link, surface))
			}
			if l.Text != "" {
				pairs = append(pairs, [2]string{"--pl-text-2", "--pl-surface"}, [2]string{"--pl-text-3", "--pl-bg"}, [2]string{"--pl-text", "--pl-bg"})
			}
			for _, p := range pairs {
				if c := contrast(colourOr(tokens[p[0]], ""), colourOr(tokens[p[1]], "")); c < readable {
					t.Errorf("%+v: %s on %s has a contrast of %.2f", l, p[0], p[1], c)
				}
			}
		}
	}
	if (Look{Brand: "#ffff00"}).Shifted() == "" || (Look{Brand: "#1a6b4f"}).Shifted() != "" || (Look{}).Tokens() != "" {
		t.Error("a colour is shifted when it must be, and only then")
	}
}

func TestLookIsRefused(t *testing.T) {
	t.Parallel()
	eight := 8
	for name, l := range map[string]Look{
		"text that cannot be read": {Text: "#cccccc"},
		"a dark page, dark text":   {Background: "#000000"},
		"a name of a colour":       {Brand: "red"},
		"a way out of the rule":    {Brand: "#fff;}p{"},
		"a corner in between":      {Radius: &eight},
		"a font from elsewhere":    {Font: "url(x)"},
		"tiny type":                {FontSize: 6},
	} {
		if err := l.check(); paceline.CodeOf(err) != paceline.CodeFieldInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
