package store

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxFold bounds folded names, in letters, so that an index can hold them: compatibility forms can be
// many times longer than what was typed.
const maxFold = 200

// Fold returns the form in which names are searched, sorted and compared: NFKC and case-folded, so that
// "Straße" and "STRASSE" are one name (decision D-8).
func Fold(name string) string {
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
	n := 0
	for i := range folded {
		if n == maxFold {
			return folded[:i]
		}
		n++
	}
	return folded
}

// likePattern returns a LIKE pattern that finds text anywhere in a folded column, "" for no text.
// Statements that use it say ESCAPE '\'.
func likePattern(text string) string {
	if text == "" {
		return ""
	}
	return "%" + likeEscaper.Replace(Fold(text)) + "%"
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
