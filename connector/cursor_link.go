package connector

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"paceline"
	"paceline/mapping"
)

// A cursor of type link is an address that the vendor's last page gives: what has changed since then. A step that has
// none yet reads the list from its beginning, and one that begins now leaves out all that it brings.

// cursorFresh stands in the place of a link for a step that begins now.
const cursorFresh = "now"

// maxCursorLink bounds the address.
const maxCursorLink = 16 << 10

// ErrNoCursorLink says that the last page did not tell where to go on.
var ErrNoCursorLink = errors.New("the last page does not say where the changes after it are")

// linkCursor compiles what cursors of type link have in place of a field.
func (b *builder) linkCursor(m *Method, c *cursor, here string) {
	def := m.Definition.Cursor
	if def.Link == "" {
		b.add(here, "a cursor of type link lacks the key \"link\"", "Add the location of the address in the last page, for example link: next_changes.")
		return
	}
	if def.Field != "" {
		b.add(pointer(here, "field"), "a cursor of type link has a field", "Remove it: the vendor's address says where to go on.")
	}
	if c.initial != "all" && c.initial != "now" {
		b.add(pointer(here, "initial"), "a cursor of type link begins with all, or now", "Write all or now.")
	}
	c.link = b.location(pointer(here, "link"), def.Link)
}

// cursorLink is the address that the step's cursor leads to, "" for none. Later pages have addresses of their own.
func (c *running) cursorLink() string {
	m := c.Method.cursor
	if m == nil || m.kind != cursorLink || c.Cursor == nil || c.Cursor.Value == cursorFresh || c.Page != nil {
		return ""
	}
	link, _, _ := strings.Cut(c.Cursor.Value, "#")
	return link
}

// settleLink has a step whose values were changed begin anew: the link is about what it asked for before. What a link is
// about stands behind it, as a fragment, which is never sent.
func (c *running) settleLink() error {
	m := c.Method.cursor
	if m == nil || m.kind != cursorLink || c.Cursor == nil {
		return nil
	}
	own, err := c.ownAddress()
	if err != nil {
		return err
	}
	c.linkMark = strconv.FormatUint(pageKey(own, strconv.AppendInt(nil, int64(c.Instance.ID), 10)), 36)
	if _, mark, has := strings.Cut(c.Cursor.Value, "#"); has && mark != c.linkMark && c.Page == nil {
		first := c.Method.FirstCursor(c.runtime.clock.Now())
		c.Cursor = &first
	}
	return nil
}

// fresh reports whether the step begins now, so that what the vendor has already is none of its business.
func (c *running) fresh() bool {
	m := c.Method.cursor
	return m != nil && m.kind == cursorLink && c.Cursor != nil && c.Cursor.Value == cursorFresh
}

// restart makes the step one that never ran, after the vendor has said that the link leads nowhere any more.
func (c *running) restart() {
	first := c.Method.FirstCursor(c.runtime.clock.Now())
	first.Seen = c.Cursor.Seen
	c.Cursor = &first
	text := "The vendor does not know any more how far the step had come. It begins anew"
	if c.fresh() {
		text += ": what changed since it ran last is left out"
	}
	c.warn(paceline.CodeCallFailed, text+".")
}

// linkAfter is where the changes after the last page are, whose address is from.
func (c *running) linkAfter(from *url.URL) (string, error) {
	v, _ := c.Method.cursor.link.Get(c.result.Output)
	if mapping.KindOf(v) != mapping.String || mapping.Empty(v) {
		return "", ErrNoCursorLink
	}
	to, err := c.vendorLink(from, mapping.Text(v))
	if err == nil && len(to) > maxCursorLink {
		err = fmt.Errorf("the address of what changes next is longer than %d bytes", maxCursorLink)
	}
	return to + "#" + c.linkMark, err
}
