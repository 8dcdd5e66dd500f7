package connector

import "strings"

// Type link_header follows the Link header with rel="next" (RFC 8288) until there is none.
var _ = registerPager("link_header", pagerType{
	next: func(a *pageAnswer) (pageStep, bool, error) {
		for _, header := range a.header.Values("Link") {
			if target, ok := nextLink(header); ok {
				address, err := a.address(target)
				return pageStep{url: address}, true, err
			}
		}
		return pageStep{}, false, nil
	},
})

// nextLink returns the target of the first link whose relations hold "next". Commas and semicolons within
// <> and quotes do not separate.
func nextLink(header string) (string, bool) {
	for header != "" {
		open := strings.IndexByte(header, '<')
		if open < 0 {
			return "", false
		}
		target, rest, ok := strings.Cut(header[open+1:], ">")
		if !ok {
			return "", false
		}
		end := unquoted(rest, ',')
		params := rest[:end]
		header = strings.TrimPrefix(rest[end:], ",")
		for params != "" {
			end := unquoted(params, ';')
			name, value, _ := strings.Cut(strings.TrimSpace(params[:end]), "=")
			params = strings.TrimPrefix(params[end:], ";")
			if !strings.EqualFold(strings.TrimSpace(name), "rel") {
				continue
			}
			for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
				if strings.EqualFold(relation, "next") {
					return target, true
				}
			}
			break // only the first rel of a link counts
		}
	}
	return "", false
}

// unquoted returns the place of the separator outside of quotes, or the length of the text.
func unquoted(text string, separator byte) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case quoted && text[i] == '\\':
			i++
		case !quoted && text[i] == separator:
			return i
		}
	}
	return len(text)
}
