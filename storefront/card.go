package storefront

import (
	"net/url"
	"strconv"
	"strings"

	"paceline"
)

// Content is what is on a marketplace, and how it looks.
type Content struct {
	Layout
	Cards []Card
	// Wording replaces words of the pages, by their keys; others stay.
	Wording map[string]string `json:",omitempty"`
}

// Layout is how cards are laid out, of a marketplace or of a category within it.
type Layout struct {
	Columns    int    `json:",omitempty"` // 1 to 6; 0 fits the width, or is as around it
	HeaderHTML string `json:",omitempty"`
	FooterHTML string `json:",omitempty"`
	Search     bool   `json:",omitempty"` // customers can search the cards
	TagFilter  bool   `json:",omitempty"` // customers can choose by tag
}

// CardKind is what a card is.
type CardKind string

// The kinds of cards.
const (
	TextCard     CardKind = "Text"
	CategoryCard CardKind = "Category"
	PackageCard  CardKind = "Package"
	LinkCard     CardKind = "Link"
)

// Card is one card of a marketplace.
type Card struct {
	ID          string // names it within the marketplace; one without gets one
	Kind        CardKind
	Title       string   `json:",omitempty"`
	Description string   `json:",omitempty"` // HTML; of a text card its text
	Image       string   `json:",omitempty"` // data URI of a picture
	SecondImage string   `json:",omitempty"`
	Tags        []string `json:",omitempty"`

	Layout        // of a category
	Cards  []Card `json:",omitempty"`

	Number          int32         `json:",omitempty"` // of a package: what partners' programs know it by, in the whole installation
	Templates       []paceline.ID `json:",omitempty"` // of a package
	Single          bool          `json:",omitempty"` // it can be installed once
	AskName         bool          `json:",omitempty"` // each install gets a name of its own
	AutoStart       bool          `json:",omitempty"` // it is started when it is set up
	ReturnAfter     bool          `json:",omitempty"` // customers are led back to the marketplace
	CompleteMessage string        `json:",omitempty"` // HTML that is shown when it is installed

	URL      string `json:",omitempty"` // of a link
	LinkText string `json:",omitempty"` // "" shows an arrow
}

// The bounds of a marketplace.
const (
	maxContent  = 4 << 20
	maxCards    = 1000
	maxNesting  = 8
	maxTitle    = 200
	maxHTML     = 64 << 10
	maxImage    = 512 << 10
	maxPackaged = 20
	maxWords    = 200
)

// check refuses what cannot be shown, makes HTML harmless, and gives ids to cards without.
func (c *Content) check() error {
	if err := c.Layout.check(); err != nil {
		return err
	}
	if err := checkWording(c.Wording); err != nil {
		return err
	}
	count := 0
	return checkCards(c.Cards, map[string]bool{}, &count, 1)
}

func (l *Layout) check() error {
	if l.Columns < 0 || l.Columns > 6 {
		return invalid("Columns", "it is not from 0 to 6")
	}
	if len(l.HeaderHTML) > maxHTML || len(l.FooterHTML) > maxHTML {
		return invalid("HeaderHtml", "header or footer is over 64 KiB")
	}
	l.HeaderHTML, l.FooterHTML = Harmless(l.HeaderHTML), Harmless(l.FooterHTML)
	return nil
}

func checkCards(cards []Card, ids map[string]bool, count *int, depth int) error {
	if depth > maxNesting {
		return invalid("Cards", "categories lie more than "+strconv.Itoa(maxNesting)+" deep")
	}
	for i := range cards {
		if *count++; *count > maxCards {
			return invalid("Cards", "there are more than "+strconv.Itoa(maxCards))
		}
		c := &cards[i]
		if c.ID == "" {
			c.ID = paceline.NewSecret(8)
		}
		if ids[c.ID] || len(c.ID) > 64 {
			return invalid("Cards", "two cards have the id "+c.ID)
		}
		ids[c.ID] = true
		if err := c.check(); err != nil {
			return err
		}
		if err := checkCards(c.Cards, ids, count, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (c *Card) check() error {
	name := "Card " + first(c.Title, c.ID)
	switch {
	case c.Kind != TextCard && strings.TrimSpace(c.Title) == "":
		return invalid(name, "it has no title")
	case len(c.Title) > maxTitle || len(c.LinkText) > maxTitle:
		return invalid(name, "its title is too long")
	case len(c.Description) > maxHTML || len(c.CompleteMessage) > maxHTML:
		return invalid(name, "its text is over 64 KiB")
	case len(c.Tags) > 50:
		return invalid(name, "it has more than 50 tags")
	case len(c.Cards) > 0 && c.Kind != CategoryCard:
		return invalid(name, "only a category holds cards")
	}
	for _, image := range []string{c.Image, c.SecondImage} {
		if image != "" && !Picture(image) {
			return invalid(name, "an image is not a PNG, JPEG, GIF or WebP of at most 512 KiB as a data URI")
		}
	}
	if err := c.Layout.check(); err != nil {
		return err
	}
	c.Description, c.CompleteMessage = Harmless(c.Description), Harmless(c.CompleteMessage)
	switch c.Kind {
	case TextCard, CategoryCard:
	case PackageCard:
		if len(c.Templates) == 0 || len(c.Templates) > maxPackaged {
			return invalid(name, "a package has from 1 to "+strconv.Itoa(maxPackaged)+" templates")
		}
		for _, id := range c.Templates {
			if _, ok := paceline.ParseID(string(id)); !ok {
				return invalid(name, "it names a template by what is no id")
			}
		}
	case LinkCard:
		if !webAddress(c.URL, "https", "http", "ftp") {
			return invalid(name, "its address begins with none of https://, http:// and ftp://")
		}
	default:
		return invalid(name, "its kind is none of Text, Category, Package and Link")
	}
	return nil
}

func webAddress(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || len(text) > 2000 {
		return false
	}
	for _, s := range schemes {
		if strings.EqualFold(u.Scheme, s) {
			return true
		}
	}
	return false
}

// find returns the card with an id, nil for none.
func find(cards []Card, id string) *Card {
	for i := range cards {
		if cards[i].ID == id {
			return &cards[i]
		}
		if c := find(cards[i].Cards, id); c != nil {
			return c
		}
	}
	return nil
}

func idText(id int32) string { return strconv.Itoa(int(id)) }
