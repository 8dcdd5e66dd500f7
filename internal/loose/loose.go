// Package loose reads JSON of a shape that is known in part: names in any letter case, numbers and flags as text or as
// themselves, and an account of the properties that nobody asked for.
package loose

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Node is an object that knows which of its properties were read. A node of something else is empty. Reading a list or
// an object again gives the same nodes.
type Node struct {
	at    string // such as "Steps[].Method."
	tree  map[string]any
	names map[string]string // by lower case
	read  map[string]bool   // by lower case
	below map[string][]*Node
}

// New wraps a decoded value; numbers are json.Number.
func New(tree any) *Node { return at(tree, "") }

// Parse reads a document, of which an object is expected.
func Parse(document []byte) (*Node, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the document")
	}
	return New(tree), nil
}

func at(tree any, place string) *Node {
	n := &Node{at: place, names: map[string]string{}, read: map[string]bool{}, below: map[string][]*Node{}}
	n.tree, _ = tree.(map[string]any)
	for name := range n.tree {
		low := strings.ToLower(name)
		if other, twice := n.names[low]; !twice || name < other {
			n.names[low] = name
		}
	}
	return n
}

// At is the place of a property in the document, such as "Steps[].Name".
func (n *Node) At(name string) string { return n.at + name }

// Get returns a property as it was decoded, nil without one.
func (n *Node) Get(name string) any {
	low := strings.ToLower(name)
	n.read[low] = true
	return n.tree[n.names[low]]
}

// Has reports whether a property is there and not null.
func (n *Node) Has(name string) bool { return n.Get(name) != nil }

// Skip reads properties of which nothing is wanted.
func (n *Node) Skip(names ...string) {
	for _, name := range names {
		n.Get(name)
	}
}

// Text returns the first of the properties that is a text, number or flag and not empty, as a text.
func (n *Node) Text(names ...string) string {
	out := ""
	for _, name := range names {
		text := TextOf(n.Get(name))
		if out == "" {
			out = text
		}
	}
	return out
}

// TextOf returns a text, number or flag as a text, "" for anything else.
func TextOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// Flag reports whether one of the properties is true, as a flag, text or number.
func (n *Node) Flag(names ...string) bool {
	out := false
	for _, name := range names {
		text := n.Text(name)
		out = out || strings.EqualFold(text, "true") || text == "1"
	}
	return out
}

// Number returns the first of the properties that is a whole number of 32 bits.
func (n *Node) Number(names ...string) (number int, ok bool) {
	for _, name := range names {
		value, err := json.Number(strings.TrimSpace(n.Text(name))).Int64()
		if err == nil && value == int64(int32(value)) && !ok {
			number, ok = int(value), true
		}
	}
	return number, ok
}

// Whole returns a whole number, or other without one.
func (n *Node) Whole(name string, other int) int {
	if number, ok := n.Number(name); ok {
		return number
	}
	return other
}

// Values returns a list, nil for anything else.
func (n *Node) Values(name string) []any {
	list, _ := n.Get(name).([]any)
	return list
}

// List returns a list of objects.
func (n *Node) List(name string) []*Node {
	low := strings.ToLower(name)
	if have, ok := n.below[low]; ok {
		return have
	}
	list := []*Node{}
	for _, item := range n.Values(name) {
		list = append(list, at(item, n.at+name+"[]."))
	}
	n.below[low] = list
	return list
}

// Object returns an object, an empty one without it.
func (n *Node) Object(name string) *Node {
	low := strings.ToLower(name)
	if have, ok := n.below[low]; ok && len(have) == 1 {
		return have[0]
	}
	one := at(n.Get(name), n.at+name+".")
	n.below[low] = []*Node{one}
	return one
}

// Unread returns the places of at most max properties that say something and were not read, in order, each once.
func (n *Node) Unread(max int) []string {
	places := map[string]bool{}
	n.unread(places, max)
	out := make([]string, 0, len(places))
	for place := range places {
		out = append(out, place)
	}
	slices.Sort(out)
	return out
}

func (n *Node) unread(into map[string]bool, max int) {
	for name, value := range n.tree {
		if len(into) < max && !n.read[strings.ToLower(name)] && !blank(value) {
			into[n.at+name] = true
		}
	}
	for _, list := range n.below {
		for _, one := range list {
			one.unread(into, max)
		}
	}
}

func blank(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		return v == "0"
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
