package seal

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// redacted stands where a secret stood.
const redacted = "REDACTED"

// minSecret is the length below which a value is not masked: too much else would match.
const minSecret = 4

// Masker replaces secrets in the texts of exchanges before they are stored or shown. Make one per
// credential and keep it. It is safe for concurrent use; nil masks by name only.
type Masker struct {
	variants [][]byte // longest first
	shortest int
	// skip says, for the hash of two bytes that end a window of the shortest variant's length, how far
	// the window may move before a variant can end its own window there. One pass finds every variant.
	skip [1 << skipBits]uint8
}

const skipBits = 10

func pairHash(a, b byte) uint16 { return (uint16(a)<<5 ^ uint16(b)) & (1<<skipBits - 1) }

// NewMasker returns a Masker for the values. Each is found as it is and as base64 (also as a part of a
// longer text, as in Basic authentication), hex, URL-coded and JSON-escaped text. Values of fewer than
// 4 bytes are not masked by value.
func NewMasker(secrets ...string) *Masker {
	m := &Masker{}
	seen := map[string]bool{}
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		for _, v := range variantsOf(secret) {
			if len(v) >= minSecret && !seen[v] {
				seen[v] = true
				m.variants = append(m.variants, []byte(v))
			}
		}
	}
	if len(m.variants) == 0 {
		return m
	}
	slices.SortFunc(m.variants, func(a, b []byte) int { return cmp.Compare(len(b), len(a)) })
	m.shortest = min(len(m.variants[len(m.variants)-1]), 255)
	for i := range m.skip {
		m.skip[i] = uint8(m.shortest - 1)
	}
	for _, v := range m.variants {
		for end := 1; end < m.shortest; end++ {
			at := &m.skip[pairHash(v[end-1], v[end])]
			*at = min(*at, uint8(m.shortest-1-end))
		}
	}
	return m
}

// values adds the spans of the secrets' variants.
func (m *Masker) values(found []span, text []byte) []span {
	if len(m.variants) == 0 {
		return found
	}
	for end := m.shortest - 1; end < len(text); {
		if n := m.skip[pairHash(text[end-1], text[end])]; n > 0 {
			end += int(n)
			continue
		}
		start := end - m.shortest + 1
		for _, v := range m.variants {
			if bytes.HasPrefix(text[start:], v) {
				found = append(found, span{start, start + len(v)})
				break // the longest; overlapping ones are merged
			}
		}
		end++
	}
	return found
}

// Mask returns text with the secrets replaced by REDACTED, and with the values of headers and JSON
// properties whose names say that they are credentials (SensitiveName). Without a match it returns text
// itself, else a copy.
func (m *Masker) Mask(text []byte) []byte {
	var found []span
	if m != nil {
		found = m.values(found, text)
	}
	found = namedValues(found, text)
	if len(found) == 0 {
		return text
	}
	return replace(text, found)
}

// Mask is NewMasker(secrets...).Mask(text), for texts that are masked once.
func Mask(text []byte, secrets ...string) []byte { return NewMasker(secrets...).Mask(text) }

// SensitiveName reports whether a header's or property's value is a credential by its name.
func SensitiveName(name string) bool { return sensitive([]byte(name)) }

// variantsOf returns the ways in which a secret can stand in a text.
func variantsOf(secret string) []string {
	out := []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret)))}
	for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
		out = append(out, escaped, lowerEscapes(escaped))
	}
	// Within a longer text the secret begins at one of three places of a base64 group; the characters
	// that also depend on its neighbours are left out.
	for shift := range 3 {
		raw := append(make([]byte, shift), secret...)
		first, last := (shift*8+5)/6, len(raw)*8/6
		if last-first < 6 {
			continue
		}
		out = append(out, base64.RawStdEncoding.EncodeToString(raw)[first:last],
			base64.RawURLEncoding.EncodeToString(raw)[first:last])
	}
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(secret) == nil {
		out = append(out, unquote(plain.Bytes()))
	}
	if escaped, err := json.Marshal(secret); err == nil {
		out = append(out, unquote(escaped))
	}
	return out
}

func unquote(b []byte) string {
	return string(bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(b), []byte(`"`)), []byte(`"`)))
}

// lowerEscapes writes %2F as %2f and leaves the rest.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

type span struct{ start, end int }

// replace writes REDACTED over the spans, overlapping ones together.
func replace(text []byte, found []span) []byte {
	slices.SortFunc(found, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	out := make([]byte, 0, len(text)+len(found)*len(redacted))
	at := 0
	for i := 0; i < len(found); {
		start, end := found[i].start, found[i].end
		for i++; i < len(found) && found[i].start <= end; i++ {
			end = max(end, found[i].end)
		}
		out = append(out, text[at:start]...)
		out = append(out, redacted...)
		at = end
	}
	return append(out, text[at:]...)
}

// sensitiveSuffixes are the ends of names whose values are credentials, in lower case, with - for _.
var sensitiveSuffixes = []string{
	"authorization", "cookie", "api-key", "apikey", "access-key", "auth-key", "subscription-key",
	"auth-token", "access-token", "refresh-token", "id-token", "private-token", "security-token",
	"accesstoken", "refreshtoken", "client-secret", "clientsecret", "password", "passwd",
}

// lastLetters holds the last letters of sensitiveSuffixes: most names are told apart by it alone.
var lastLetters = func() (set [256]bool) {
	for _, s := range sensitiveSuffixes {
		c := s[len(s)-1]
		set[c], set[c-'a'+'A'] = true, true
	}
	return set
}()

func sensitive(name []byte) bool {
	if len(name) == 0 || !lastLetters[name[len(name)-1]] {
		return false
	}
	for _, suffix := range sensitiveSuffixes {
		if hasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func hasSuffix(name []byte, suffix string) bool {
	if len(name) < len(suffix) {
		return false
	}
	name = name[len(name)-len(suffix):]
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		} else if c == '_' {
			c = '-'
		}
		if c != suffix[i] {
			return false
		}
	}
	return true
}

// namedValues adds the spans of values that follow a sensitive name and a colon: the rest of a header
// line, or JSON strings, also those of JSON within a JSON string.
func namedValues(found []span, text []byte) []span {
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], ':')
		if i < 0 {
			return found
		}
		colon := at + i
		at = colon + 1
		name, quoted := nameBefore(text, colon)
		if !sensitive(name) {
			continue
		}
		start := at
		for start < len(text) && (text[start] == ' ' || text[start] == '\t') {
			start++
		}
		if !quoted {
			end := start
			for end < len(text) && text[end] != '\r' && text[end] != '\n' {
				end++
			}
			if end > start {
				found = append(found, span{start, end})
			}
			at = end
			continue
		}
		found, at = jsonStrings(found, text, start)
	}
}

// nameBefore returns the name that ends before the colon, and whether quotes are around it. A name without
// quotes counts only at the start of a line, as headers are.
func nameBefore(text []byte, colon int) (name []byte, quoted bool) {
	end := colon
	for end > 0 && text[end-1] == ' ' {
		end--
	}
	if end > 0 && text[end-1] == '"' {
		quoted = true
		end--
		if end > 0 && text[end-1] == '\\' {
			end--
		}
	}
	if end == 0 || !lastLetters[text[end-1]] {
		return nil, quoted
	}
	start := end
	for start > 0 && isNameByte(text[start-1]) {
		start--
	}
	if !quoted && start > 0 && text[start-1] != '\n' {
		return nil, false
	}
	return text[start:end], quoted
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// jsonStrings adds the span of the JSON string at start, or of each string of the array there. It returns
// where to read on. A string without an end, as in a text that was cut, goes to the end of the text.
func jsonStrings(found []span, text []byte, start int) ([]span, int) {
	array := start < len(text) && text[start] == '['
	if array {
		start++
	}
	for start < len(text) {
		switch c := text[start]; {
		case c == '"':
			end := start + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(text))
			if end > start+1 {
				found = append(found, span{start + 1, end})
			}
			start = end + 1
		case c == '\\' && start+1 < len(text) && text[start+1] == '"': // JSON within a JSON string
			end := len(text)
			if i := bytes.Index(text[start+2:], []byte(`\"`)); i >= 0 {
				end = start + 2 + i
			}
			if end > start+2 {
				found = append(found, span{start + 2, end})
			}
			start = end + 2
		case array && (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			start++
			continue
		default:
			return found, start
		}
		if !array {
			break
		}
	}
	return found, min(start, len(text))
}
