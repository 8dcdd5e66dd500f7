package utility

import (
	"context"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"paceline/connector"
	"paceline/mapping"
)

// verifyEmail looks at the form of an address alone: whether a mailbox is there, only its server knows.
func verifyEmail(_ context.Context, c connector.UtilityCall) (any, error) {
	var out struct {
		Email, Local, Domain string
		Valid                bool
	}
	out.Email = strings.TrimSpace(textOf(c, "Email"))
	if out.Valid = isAddress(out.Email); out.Valid {
		at := strings.LastIndexByte(out.Email, '@')
		out.Local, out.Domain = out.Email[:at], strings.ToLower(out.Email[at+1:])
	}
	return out, nil
}

// isAddress reports whether a text is one plain email address whose domain could be one of the internet.
func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || len(text) > 254 {
		return false
	}
	local, domain, _ := strings.Cut(text, "@")
	labels := strings.Split(domain, ".")
	if strings.Contains(domain, "@") || len(local) > 64 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return utf8.RuneCountInString(last) > 1 && strings.ContainsFunc(last, unicode.IsLetter)
}

// The bounds of a regular expression: of its text, and of its size times the length of what it searches.
const (
	mostPattern = 1000
	mostSearch  = 500_000_000
)

// search is a regular expression that looks through a text from any place of it.
type search struct {
	first  *regexp.Regexp // from the beginning
	behind *regexp.Regexp // from behind the first character, which is there for what looks back, such as \b
	in     string
}

// pattern compiles the parameter Pattern for a search through a text.
func pattern(c connector.UtilityCall, in string) (*search, error) {
	p := c.Param("Pattern")
	ignore, err := flag(c, "IgnoreCase", false)
	switch {
	case err != nil:
		return nil, err
	case p == "":
		return nil, badInput("Pattern is empty.")
	case len(p) > mostPattern:
		return nil, badInput("Pattern has more than %d bytes.", mostPattern)
	}
	if p = "(?:" + p + ")"; ignore {
		p = "(?i)" + p
	}
	size, err := mapping.PatternSize(p)
	if err == nil && size*len(in) > mostSearch {
		return nil, badInput("Pattern is too complex for a text of %d bytes.", len(in))
	}
	s := &search{in: in}
	if err == nil {
		s.first, err = regexp.Compile(p)
	}
	if err == nil {
		s.behind, err = regexp.Compile(`\A(?s:.)(?s:.*?)(` + p + `)`)
	}
	if err != nil {
		return nil, badInput("Pattern is not a regular expression: %v.", err)
	}
	return s, nil
}

// from finds the first match that begins at pos or behind it: the places of the match and of its groups.
func (s *search) from(pos int) []int {
	if pos == 0 {
		return s.first.FindStringSubmatchIndex(s.in)
	}
	_, w := utf8.DecodeLastRuneInString(s.in[:pos])
	at := s.behind.FindStringSubmatchIndex(s.in[pos-w:])
	if at == nil {
		return nil
	}
	at = at[2:]
	for i := range at {
		if at[i] >= 0 {
			at[i] += pos - w
		}
	}
	return at
}

// each calls f with the matches one after another. Together they may take the square of the text's length, so that
// there is an end to the time.
func (s *search) each(ctx context.Context, most time.Duration, f func(at []int) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for pos, end := 0, -1; pos <= len(s.in); {
		at := s.from(pos)
		switch {
		case at == nil:
			return nil
		case ctx.Err() != nil:
			return badInput("The search took longer than %v.", most)
		}
		if at[1] > at[0] || at[0] != end { // nothing right behind a match is no further match
			if err := f(at); err != nil {
				return err
			}
		}
		if end = at[1]; end > pos {
			pos = end
			continue
		}
		_, w := utf8.DecodeRuneInString(s.in[pos:])
		pos += max(w, 1)
	}
	return nil
}

type match struct {
	Match  string
	Groups []string
}

func matchAt(in string, at []int) match {
	m := match{in[at[0]:at[1]], []string{}}
	for i := 2; i < len(at); i += 2 {
		group := ""
		if at[i] >= 0 {
			group = in[at[i]:at[i+1]]
		}
		m.Groups = append(m.Groups, group)
	}
	return m
}

func regexCheck(_ context.Context, c connector.UtilityCall) (any, error) {
	in := textOf(c, "Text")
	s, err := pattern(c, in)
	if err != nil {
		return nil, err
	}
	out := struct {
		Matches bool
		match
	}{match: match{Groups: []string{}}}
	if at := s.from(0); at != nil {
		out.Matches, out.match = true, matchAt(in, at)
	}
	return out, nil
}

// mostItems bounds what a text is taken apart into.
const mostItems = 100_000

func (t tools) regexExtract(ctx context.Context, c connector.UtilityCall) (any, error) {
	in := textOf(c, "Text")
	s, err := pattern(c, in)
	if err != nil {
		return nil, err
	}
	out := struct {
		Matches []match
		Count   int
	}{Matches: []match{}}
	err = s.each(ctx, t.search, func(at []int) error {
		if out.Count++; out.Count > mostItems {
			return badInput("The text has more than %d matches.", mostItems)
		}
		out.Matches = append(out.Matches, matchAt(in, at))
		return nil
	})
	return out, err
}

type textAnswer struct{ Text string }

func (t tools) regexReplace(ctx context.Context, c connector.UtilityCall) (any, error) {
	in := textOf(c, "Text")
	s, err := pattern(c, in)
	if err != nil {
		return nil, err
	}
	by := c.Param("Replacement")
	references := strings.Count(by, "$")
	var out []byte
	end := 0
	err = s.each(ctx, t.search, func(at []int) error {
		if references*(at[1]-at[0]) > 4*toolBytes { // before they are written out; groups lie within the match
			return tooLarge()
		}
		out = s.first.ExpandString(append(out, in[end:at[0]]...), by, in, at)
		if end = at[1]; len(out) > toolBytes {
			return tooLarge()
		}
		return nil
	})
	return textAnswer{string(append(out, in[end:]...))}, err
}

func replaceText(_ context.Context, c connector.UtilityCall) (any, error) {
	in, find, by := textOf(c, "Text"), c.Param("Find"), c.Param("Replacement")
	if find == "" {
		return nil, badInput("Find is empty.")
	}
	if len(in)+strings.Count(in, find)*(len(by)-len(find)) > toolBytes {
		return nil, tooLarge()
	}
	return textAnswer{strings.ReplaceAll(in, find, by)}, nil
}

func changeCase(_ context.Context, c connector.UtilityCall) (any, error) {
	to, err := choice(c, "Case", "lower", "upper", "title", "sentence")
	if err != nil {
		return nil, err
	}
	in := textOf(c, "Text")
	switch to {
	case "lower":
		in = strings.ToLower(in)
	case "upper":
		in = strings.ToUpper(in)
	case "title":
		in = cases.Title(language.Und).String(in)
	case "sentence":
		first, w := utf8.DecodeRuneInString(in)
		if w > 0 {
			in = string(unicode.ToUpper(first)) + strings.ToLower(in[w:])
		}
	}
	return textAnswer{in}, nil
}

func trimText(_ context.Context, c connector.UtilityCall) (any, error) {
	in := textOf(c, "Text")
	collapse, err := flag(c, "Collapse", false)
	if err != nil {
		return nil, err
	}
	if characters := c.Param("Characters"); characters != "" {
		in = strings.Trim(in, characters)
	} else {
		in = strings.TrimSpace(in)
	}
	if collapse {
		in = strings.Join(strings.Fields(in), " ")
	}
	return textAnswer{in}, nil
}

// substring counts characters from 1, and from the end with a negative Start.
func substring(_ context.Context, c connector.UtilityCall) (any, error) {
	in := []rune(textOf(c, "Text"))
	from, to, err := span(c, len(in), "Length")
	if err != nil {
		return nil, err
	}
	return textAnswer{string(in[from:to])}, nil
}

// span reads what part of n things the parameter Start and that of a number of them mean.
func span(c connector.UtilityCall, n int, count string) (from, to int, err error) {
	const far = 1 << 40
	start, err := between(c, "Start", 1, -far, far)
	if err != nil {
		return 0, 0, err
	}
	length, err := between(c, count, far, 0, far)
	switch {
	case err != nil:
		return 0, 0, err
	case start == 0:
		return 0, 0, badInput("Start counts from 1, or from the end with -1.")
	case start > 0:
		from = min(start-1, n)
	default:
		from = max(n+start, 0)
	}
	return from, from + min(length, n-from), nil
}

// separator reads a parameter in which \n, \r and \t stand for what nobody can type.
func separator(c connector.UtilityCall, def string) string {
	s := c.Param("Separator")
	if s == "" {
		return def
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(s)
}

func splitText(_ context.Context, c connector.UtilityCall) (any, error) {
	in := textOf(c, "Text")
	trim, err := flag(c, "Trim", true)
	if err != nil {
		return nil, err
	}
	out := struct {
		Items []string
		Count int
	}{Items: []string{}}
	if in == "" {
		return out, nil
	}
	by := separator(c, ",")
	if strings.Count(in, by) >= mostItems {
		return nil, badInput("The text has more than %d parts.", mostItems)
	}
	for part := range strings.SplitSeq(in, by) {
		if trim {
			part = strings.TrimSpace(part)
		}
		out.Items = append(out.Items, part)
	}
	out.Count = len(out.Items)
	return out, nil
}

func padText(_ context.Context, c connector.UtilityCall) (any, error) {
	in, with := textOf(c, "Text"), c.Param("Character")
	if with == "" {
		with = " "
	}
	side, err := choice(c, "Side", "left", "right")
	if err != nil {
		return nil, err
	}
	length, err := between(c, "Length", 0, 0, 10_000)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(with) != 1 {
		return nil, badInput("Character is one character.")
	}
	more := strings.Repeat(with, max(length-utf8.RuneCountInString(in), 0))
	if side == "left" {
		return textAnswer{more + in}, nil
	}
	return textAnswer{in + more}, nil
}

func measureText(_ context.Context, c connector.UtilityCall) (any, error) {
	in := textOf(c, "Text")
	out := struct{ Characters, Words, Lines, Bytes int }{utf8.RuneCountInString(in), len(strings.Fields(in)), 0, len(in)}
	if in != "" {
		out.Lines = 1 + strings.Count(strings.TrimSuffix(in, "\n"), "\n")
	}
	return out, nil
}

func fillTemplate(_ context.Context, c connector.UtilityCall) (any, error) {
	out, err := connector.FillTemplate(textOf(c, "Template"), field(c, "Values"), toolBytes)
	if err != nil {
		return nil, badInput("The template cannot be filled: %v.", err)
	}
	return textAnswer{out}, nil
}
