package mapping

import (
	"fmt"
	"strings"
)

// Location is a parsed path to values of a JSON document. The zero Location names the whole document.
type Location struct {
	segments []segment
	lists    int // number of list segments
}

// segment is one step of a location: into the member name, into each element, or both in that order.
type segment struct {
	name string
	list bool // each element of the list
	root bool // "[]": the list is the present value itself, not its member
}

// The bounds of a location.
const (
	MaxLocationLength = 1000
	MaxLocationDepth  = 64
)

// LocationError says where a location could not be read.
type LocationError struct {
	Location string
	Offset   int // in bytes
	Reason   string
}

// Error names the location, the place and the reason.
func (e *LocationError) Error() string {
	return fmt.Sprintf("location %q, character %d: %s", e.Location, e.Offset+1, e.Reason)
}

// ParseLocation reads the grammar described at the package. Its error is a *LocationError.
func ParseLocation(text string) (Location, error) {
	var l Location
	fail := func(at int, reason string) (Location, error) {
		return Location{}, &LocationError{text, at, reason}
	}
	if text == "" {
		return fail(0, "it is empty")
	}
	if len(text) > MaxLocationLength {
		return fail(MaxLocationLength, fmt.Sprintf("it is longer than %d characters", MaxLocationLength))
	}
	for i := 0; ; {
		var s segment
		var reason string
		at := i
		switch {
		case i < len(text) && text[i] == '[':
			s, i, reason = parseList(text, i)
		case i < len(text) && text[i] == '\\':
			s.name, i, reason = parseQuoted(text, i)
		default:
			end := i
			for end < len(text) && text[end] != '.' {
				end++
			}
			s.name = text[i:end]
			if s.name == "" {
				reason = "a name is missing"
			} else if k := strings.IndexAny(s.name, `[]\`); k >= 0 {
				at, reason = i+k, `a name with [, ] or \ must be quoted as \name\`
			}
			i = end
		}
		if reason != "" {
			return fail(at, reason)
		}
		l.segments = append(l.segments, s)
		if s.list {
			l.lists++
		}
		if len(l.segments) > MaxLocationDepth {
			return fail(at, fmt.Sprintf("it is more than %d levels deep", MaxLocationDepth))
		}
		if i == len(text) {
			return l, nil
		}
		if text[i] != '.' {
			return fail(i, "a dot was expected")
		}
		i++
	}
}

// parseList reads "[name]", "[]" or "[\name\]" at i.
func parseList(text string, i int) (segment, int, string) {
	s := segment{list: true}
	i++
	if i < len(text) && text[i] == '\\' {
		name, next, reason := parseQuoted(text, i)
		if reason == "" && (next == len(text) || text[next] != ']') {
			reason = "] was expected"
		}
		s.name = name
		return s, next + 1, reason
	}
	end := strings.IndexByte(text[i:], ']')
	if end < 0 {
		return s, i, "[ is never closed"
	}
	s.name = text[i : i+end]
	s.root = s.name == ""
	if strings.IndexByte(s.name, '[') >= 0 {
		return s, i, `a name with [ must be quoted as \name\`
	}
	return s, i + end + 1, ""
}

// parseQuoted reads "\name\" at i; a doubled backslash stands for one.
func parseQuoted(text string, i int) (string, int, string) {
	var b strings.Builder
	for i++; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '\\' {
			b.WriteByte('\\')
			i++
			continue
		}
		return b.String(), i + 1, ""
	}
	return "", i, `\ is never closed`
}

// MustLocation is ParseLocation for constants; it panics on an error.
func MustLocation(text string) Location {
	l, err := ParseLocation(text)
	if err != nil {
		panic(err)
	}
	return l
}

// String writes the location so that ParseLocation reads the same one.
func (l Location) String() string {
	var b strings.Builder
	for i, s := range l.segments {
		if i > 0 {
			b.WriteByte('.')
		}
		switch {
		case s.root:
			b.WriteString("[]")
		case s.list:
			b.WriteByte('[')
			if s.name == "" || strings.ContainsAny(s.name, `[]\`) {
				writeQuoted(&b, s.name)
			} else {
				b.WriteString(s.name)
			}
			b.WriteByte(']')
		case s.name == "" || strings.ContainsAny(s.name, `.[]\`):
			writeQuoted(&b, s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}

func writeQuoted(b *strings.Builder, name string) {
	b.WriteByte('\\')
	b.WriteString(strings.ReplaceAll(name, `\`, `\\`))
	b.WriteByte('\\')
}

// Lists returns how many lists the location goes through; 0 means that it names at most one value.
func (l Location) Lists() int { return l.lists }

// Last is the last name of the location, "" for one that ends in a list without a name.
func (l Location) Last() string {
	if len(l.segments) == 0 {
		return ""
	}
	return l.segments[len(l.segments)-1].name
}

// First returns the name of the first step, "" where the document itself is a list.
func (l Location) First() string {
	if len(l.segments) == 0 {
		return ""
	}
	return l.segments[0].name
}

// IsZero reports whether the location names the whole document.
func (l Location) IsZero() bool { return len(l.segments) == 0 }

// split cuts the location before its first list: prefix has only names, tail begins with a list or is zero.
// A named list "[a]" becomes the name a in prefix and the unnamed list at the head of tail.
func (l Location) split() (prefix []string, tail Location) {
	for i, s := range l.segments {
		if !s.list {
			prefix = append(prefix, s.name)
			continue
		}
		rest := append([]segment{{list: true, root: true}}, l.segments[i+1:]...)
		if !s.root {
			prefix = append(prefix, s.name)
		}
		return prefix, Location{rest, l.lists}
	}
	return prefix, Location{}
}
