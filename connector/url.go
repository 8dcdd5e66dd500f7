package connector

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// parseURL reads the template of a whole address and gives each value the escape of its position.
// Without schemes they are those of HTTP.
func parseURL(text string, known names, schemes ...string) (*template, *mistake) {
	example := "https://api.example.com/v1"
	if len(schemes) > 0 {
		example = schemes[0] + "://{{Host}}:{{Port}}"
	} else {
		schemes = []string{"https", "http"}
	}
	t, failed := parseTemplate(text, known, pathEscape)
	if failed != nil {
		return nil, failed
	}
	if len(t.parts) == 0 {
		return nil, &mistake{"the address is empty", "Write one such as " + example + "."}
	}
	if strings.ContainsAny(text, " \t\r\n") && !strings.Contains(text, "{{") {
		return nil, &mistake{"the address contains a space", "Remove it, or write %20."}
	}
	if whole := &t.parts[0]; len(t.parts) == 1 && whole.expr != nil && whole.expr.ref != nil && whole.expr.ref.root == rootParam && len(whole.expr.filters) == 0 {
		// A step says where to. The credential still goes to allowedHosts alone.
		whole.escape = wholeEscape
		return t, nil
	}
	literal := ""
	for i := range t.parts {
		p := &t.parts[i]
		if p.expr == nil {
			literal += p.text
			continue
		}
		if literal == "" {
			p.escape = startEscape
			literal = "https://host" // what the value stands for
		} else {
			p.escape = positionIn(literal)
			literal += "1"
		}
		if (p.escape == startEscape || p.escape == hostEscape) && (p.expr.ref == nil || !p.expr.ref.host) {
			return nil, &mistake{"a value of a transaction stands in the host of an address", "Use a property with scope account, or one parameter for the whole address."}
		}
	}
	u, err := url.Parse(literal)
	switch {
	case err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme):
		return nil, &mistake{fmt.Sprintf("%q is not an address", shorten(text)), "Write one such as " + example + "."}
	case u.User != nil:
		return nil, &mistake{"the address contains a user name", "Use auth of type basic."}
	case dotted(u.EscapedPath()):
		return nil, &mistake{"the address contains . or .. as a part of its path", "Write the path out."}
	case u.Fragment != "":
		return nil, &mistake{"the address contains a # part, which is never sent", "Remove it."}
	}
	return t, nil
}

// parsePath reads the template of a path behind the base address.
func parsePath(text string, known names) (*template, *mistake) {
	t, failed := parseTemplate(text, known, pathEscape)
	if failed != nil {
		return nil, failed
	}
	first := ""
	for _, p := range t.parts {
		if p.expr == nil {
			if strings.ContainsAny(p.text, "?#") {
				return nil, &mistake{"the path contains ? or #", "Write query parameters under request.query."}
			}
			if strings.ContainsAny(p.text, " \t\r\n") {
				return nil, &mistake{"the path contains a space", "Remove it, or write %20."}
			}
			if dotted(p.text) {
				return nil, &mistake{"the path contains . or .. as a part", "Write the path out."}
			}
		}
		if first == "" {
			first = firstOf(p.text, "x")
		}
	}
	if text != "" && !strings.HasPrefix(first, "/") {
		return nil, &mistake{fmt.Sprintf("the path %q does not begin with /", shorten(text)), "Write /" + shorten(text) + "."}
	}
	return t, nil
}

// dotted reports whether a path has a part that leads elsewhere. Values cannot make one: each is refused when it is made of
// dots, so that two of them side by side are, too.
func dotted(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil {
			segment = plain
		}
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// positionIn says where in an address a value stands that follows the text before.
func positionIn(before string) escape {
	_, rest, ok := strings.Cut(before, "://")
	switch {
	case !ok:
		return hostEscape
	case strings.Contains(rest, "?"):
		return queryEscape
	case strings.Contains(rest, "/"):
		return pathEscape
	}
	return hostEscape
}
