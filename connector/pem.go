package connector

import (
	"regexp"
	"strings"
)

var pemBlock = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END ([A-Z0-9 ]+)-----`)

// pemText gives a PEM its line breaks back, which an input of one line takes away or makes spaces of, and a JSON text writes as
// \n. Blocks with headers of their own stay as they are.
func pemText(text string) []byte {
	text = strings.ReplaceAll(text, `\n`, "\n")
	return []byte(pemBlock.ReplaceAllStringFunc(text, func(block string) string {
		part := pemBlock.FindStringSubmatch(block)
		if strings.ContainsAny(part[2], "\n:") {
			return block
		}
		return "\n-----BEGIN " + part[1] + "-----\n" + strings.Join(strings.Fields(part[2]), "") + "\n-----END " + part[3] + "-----\n"
	}))
}
