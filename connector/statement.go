package connector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Statement is an SQL statement taken apart: texts, and between them the names of the values that it binds. No value is
// ever written into the text.
type Statement struct {
	Texts []string // one more than Names
	Names []string // locations in the request's document
	Verb  string   // the first word, in capitals
	words []string // every bare word, in capitals
}

// Writes reports whether the statement may change something, judged by its words: it errs on the side of yes only for
// words that change data or structure. The database has the last word in a read-only connection.
func (s *Statement) Writes() bool {
	switch s.Verb {
	case "SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "WITH":
	default:
		return true
	}
	return slices.ContainsFunc(s.words, func(w string) bool {
		return slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "DROP", "ALTER", "CREATE", "GRANT", "REVOKE"}, w)
	})
}

// Returns reports whether the statement has the word RETURNING.
func (s *Statement) Returns() bool { return slices.Contains(s.words, "RETURNING") }

// Text writes the statement with what mark gives for each value, counted from 1.
func (s *Statement) Text(mark func(n int) string) string {
	var b strings.Builder
	for i, text := range s.Texts {
		if i > 0 {
			b.WriteString(mark(i))
		}
		b.WriteString(text)
	}
	return b.String()
}

// ParseStatement reads a statement with named values: :name, or :{order.id} for a location that is no plain name. Quoted
// texts, quoted names and comments are left alone. mysql says which of the two dialects' quotes count.
func ParseStatement(text string, mysql bool) (*Statement, error) {
	p := &statementReader{text: text, mysql: mysql, out: &Statement{}}
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return nil, errors.New("the statement is not plain text")
	}
	for p.at < len(text) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.out.Texts = append(p.out.Texts, strings.TrimRight(text[p.from:p.last], " \t\r\n"))
	if p.out.Verb == "" {
		return nil, errors.New("the statement is empty")
	}
	return p.out, nil
}

type statementReader struct {
	text  string
	mysql bool
	at    int
	from  int // where the text after the last value begins
	last  int // end of what counts: a final semicolon does not
	ended bool
	out   *Statement
}

func (p *statementReader) next() error {
	rest := p.text[p.at:]
	r, width := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsSpace(r):
		p.at += width
		return nil
	case strings.HasPrefix(rest, "--"), p.mysql && r == '#':
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		p.at += n
		return nil
	case strings.HasPrefix(rest, "/*"):
		return p.comment(rest)
	case r == ';':
		p.ended = true
		p.at++
		return nil
	}
	if p.ended {
		return errors.New("there are two statements; write one")
	}
	n, err := p.token(rest, r, width)
	if err != nil {
		return err
	}
	p.at += n
	p.last = p.at
	return nil
}

func (p *statementReader) comment(rest string) error {
	if p.mysql && (strings.HasPrefix(rest, "/*!") || strings.HasPrefix(rest, "/*M!")) {
		return errors.New("the statement has a comment that the database runs; write it out")
	}
	depth, i := 0, 0
	for i < len(rest) {
		switch {
		case strings.HasPrefix(rest[i:], "/*") && (depth == 0 || !p.mysql):
			depth, i = depth+1, i+2
		case strings.HasPrefix(rest[i:], "*/"):
			if depth, i = depth-1, i+2; depth == 0 {
				p.at += i
				return nil
			}
		default:
			i++
		}
	}
	return errors.New("a comment of the statement does not end")
}

// token reads what stands at the beginning of rest and returns its length.
func (p *statementReader) token(rest string, r rune, width int) (int, error) {
	switch {
	case r == '\'':
		return quoted(rest, '\'', p.mysql)
	case r == '"':
		return quoted(rest, '"', p.mysql)
	case r == '`' && p.mysql:
		return quoted(rest, '`', false)
	case !p.mysql && (r == 'E' || r == 'e') && strings.HasPrefix(rest[1:], "'"):
		n, err := quoted(rest[1:], '\'', true)
		return n + 1, err
	case r == '$' && !p.mysql:
		return dollar(rest)
	case r == '?' && p.mysql:
		return 0, errors.New("the statement has a ?; name its values, as in :id")
	case strings.HasPrefix(rest, "::"), strings.HasPrefix(rest, ":="):
		return 2, nil
	case r == ':':
		return p.value(rest)
	case unicode.IsLetter(r) || r == '_':
		n := wordLength(rest)
		p.word(rest[:n])
		return n, nil
	case unicode.IsDigit(r):
		return wordLength(rest), nil
	}
	return width, nil
}

func (p *statementReader) word(w string) {
	w = strings.ToUpper(w)
	if p.out.Verb == "" {
		p.out.Verb = w
	}
	p.out.words = append(p.out.words, w)
}

// value reads :name or :{location}.
func (p *statementReader) value(rest string) (int, error) {
	name, n := "", 0
	if strings.HasPrefix(rest, ":{") {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return 0, errors.New("a value :{ of the statement does not end")
		}
		name, n = rest[2:end], end+1
	} else if r, _ := utf8.DecodeRuneInString(rest[1:]); unicode.IsLetter(r) || r == '_' {
		n = 1 + wordLength(rest[1:])
		name = rest[1:n]
	} else {
		return 1, nil // a slice of an array
	}
	if name == "" {
		return 0, errors.New("a value of the statement has no name")
	}
	p.out.Texts = append(p.out.Texts, p.text[p.from:p.at])
	p.out.Names = append(p.out.Names, name)
	p.from = p.at + n
	return n, nil
}

func wordLength(s string) int {
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && (r != '$' || i == 0) {
			return i
		}
	}
	return len(s)
}

// quoted returns the length of a quoted text, in which the quote is doubled or, where backslashes count, escaped.
func quoted(s string, quote byte, backslash bool) (int, error) {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && backslash:
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("a text in %c of the statement does not end", quote)
}

// dollar reads $tag$ ... $tag$; numbered values are not the format's.
func dollar(s string) (int, error) {
	end := strings.IndexByte(s[1:], '$')
	if len(s) > 1 && s[1] >= '0' && s[1] <= '9' {
		return 0, errors.New("the statement has a numbered value; name its values, as in :id")
	}
	if end < 0 || wordLength(s[1:1+end]) != end {
		return 0, errors.New("the statement has a $ that begins nothing")
	}
	tag := s[:end+2]
	close := strings.Index(s[len(tag):], tag)
	if close < 0 {
		return 0, fmt.Errorf("a text in %s of the statement does not end", tag)
	}
	return 2*len(tag) + close, nil
}
