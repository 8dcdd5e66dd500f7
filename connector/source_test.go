package connector

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostileSourceIsRefusedSoon reads texts on which a parser could work for minutes or overflow its stack. The
// bound is wide, since other tests share the machine.
func TestHostileSourceIsRefusedSoon(t *testing.T) {
	t.Parallel()
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	cases := map[string]string{
		"brackets":         strings.Repeat("[", 1_000_000),
		"braces":           strings.Repeat(`{"a":`, 300_000),
		"dashes":           strings.Repeat("- ", 500_000),
		"questions":        strings.Repeat("? ", 500_000),
		"stars":            strings.Repeat("*", 500_000),
		"anchors":          strings.Repeat("&a ", 500_000),
		"tags":             strings.Repeat("!a ", 500_000),
		"keys":             many("k%d: v\n", 100_000),
		"JSON keys":        "{" + many("\"k%d\": 1,\n", 100_000) + "\"z\": 1}",
		"list in one line": "a: [" + strings.Repeat("b,", 500_000),
		"aliases":          "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
		"too large":        strings.Repeat("a", maxSource+1),
		"NUL":              "a: \x00",
		"not UTF-8":        "a: \xff",
		"NUL by escape":    `a: "\0"`,
		"JSON NUL":         `{"a": "\u0000"}`,
		"nothing":          "",
		"only a comment":   "# nothing\n",
	}
	for name, text := range cases {
		begun := time.Now()
		def, problems := Parse("hostile", []byte(text))
		if def != nil || !Failed(problems) || problems[0].Line < 1 {
			t.Errorf("%s: accepted, or a problem without a line: %v", name, problems)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
