package connector

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"paceline/mapping"
)

// oneOf is one of several headers or query parameters that stand in one value.
type oneOf struct {
	name  string
	value mapping.Value
}

// maxSeveral bounds how many there may be.
const maxSeveral = 100

// severalOf reads several values by their names: the members of an object, or lines such as "Name: value".
func severalOf(v mapping.Value) (list []oneOf, err error) {
	switch mapping.KindOf(v) {
	case mapping.Missing, mapping.Null:
		return nil, nil
	case mapping.Object:
		for name, value := range mapping.Members(v) {
			list = append(list, oneOf{strings.TrimSpace(name), value})
		}
	case mapping.String:
		for line := range strings.Lines(mapping.Text(v)) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				return nil, fmt.Errorf("a line is not of the form Name: value")
			}
			list = append(list, oneOf{strings.TrimSpace(name), mapping.Quote(strings.TrimSpace(value))})
		}
	default:
		return nil, fmt.Errorf("the value is neither an object nor lines of the form Name: value")
	}
	if len(list) > maxSeveral {
		return nil, fmt.Errorf("there are more than %d", maxSeveral)
	}
	if slices.ContainsFunc(list, func(o oneOf) bool { return o.name == "" }) {
		return nil, fmt.Errorf("a name is empty")
	}
	return list, nil
}

// several sets the headers that stand in one value. What belongs to the connection cannot be set.
func (o *outgoing) several(v mapping.Value) error {
	list, err := severalOf(v)
	if err != nil {
		return err
	}
	for _, h := range list {
		name := http.CanonicalHeaderKey(h.name)
		text := mapping.Text(h.value)
		switch {
		case !isToken(h.name) || !isHeaderText(text):
			return fmt.Errorf("a header has a name or a value that cannot be sent")
		case slices.Contains(reservedHeaders, name):
			return fmt.Errorf("the header %s cannot be set", name)
		}
		if o.set(name, text); secretHeader.MatchString(name) {
			o.setHidden(name, text)
		}
	}
	return nil
}

// secretHeader are the names of headers that may hold a secret which the account connector does not know.
var secretHeader = regexp.MustCompile(`(?i)auth|cookie|key|password|secret|session|signature|token`)
