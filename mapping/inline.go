package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Scripts runs the inline scripts of a step, all at once, over the values in globals, a JSON object. It gives back a
// value for each, nil for none.
type Scripts func(expressions []Expression, globals []byte) ([]Value, error)

// Expression is an inline script that is ready to run.
type Expression struct {
	Code  string
	Input string // whose value it gives
	text  string // as it was typed, without the sign in front
	marks []mark
}

// mark says that what stands at out of the code stands at text of what was typed: up to the next mark the two go side
// by side, or, where held, all of the code belongs to that place.
type mark struct {
	out, text int
	held      bool
}

// Place leads from a line and column of the code to those of what was typed, with its sign. All count from 1, columns in
// characters; 0 stays.
func (e *Expression) Place(line, column int) (int, int) {
	if line < 1 || column < 1 {
		return line, column
	}
	at := 0
	for range line - 1 {
		n := strings.IndexByte(e.Code[at:], '\n')
		if n < 0 {
			return line, column
		}
		at += n + 1
	}
	for range column - 1 {
		if at == len(e.Code) {
			break
		}
		_, n := utf8.DecodeRuneInString(e.Code[at:])
		at += n
	}
	place := at
	for _, m := range e.marks {
		switch {
		case m.out > at:
		case m.held:
			place = m.text
		default:
			place = m.text + at - m.out
		}
	}
	before := "=" + e.text[:min(place, len(e.text))]
	last := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[last:])
}

// inlineScript is typed text that begins with "=". No value ever enters its code (decision D-37): a merge field became
// a name, which is bound to the value when the script runs.
type inlineScript struct {
	Expression
	names  []string
	values []expression
}

var errNoScripts = errors.New("inline scripts do not run here")

// script compiles an inline script.
func (c *compiler) script(text string) (expression, error) {
	if !c.inline {
		return expression{}, errors.New("an inline script (text that begins with =) gives values of parameters and fields only")
	}
	s := inlineScript{Expression: Expression{Input: c.label, text: text}}
	next := 1
	code, marks, refs, err := bindScript(text, func() string {
		for ; ; next++ {
			name := "v" + strconv.Itoa(c.bound+next)
			if !strings.Contains(text, name) {
				next++
				s.names = append(s.names, name)
				return name
			}
		}
	})
	if err != nil {
		return expression{}, err
	}
	for _, ref := range refs {
		t, err := parseTemplate(ref)
		if err != nil {
			return expression{}, err
		}
		if len(t.pieces) != 1 || t.pieces[0].ref == "" {
			return expression{}, fmt.Errorf("%s is no merge field", ref)
		}
		e, err := c.reference(t.pieces[0].ref, nil)
		if err != nil {
			return expression{}, err
		}
		if slices.Contains([]string{MergeAuthAPIKey, MergeAuthUsername, MergeAuthPassword}, e.system) {
			return expression{}, errors.New("a credential is not given to scripts")
		}
		if t.pieces[0].format != "" {
			e.format = t.pieces[0].format
		}
		s.values = append(s.values, e)
	}
	s.Code, s.marks = code, marks
	c.bound += next
	c.scripts = append(c.scripts, s)
	return expression{kind: exprScript, script: len(c.scripts) - 1}, nil
}

// runScripts runs the step's inline scripts and keeps their values.
func (r *run) runScripts(scripts []inlineScript) error {
	if len(scripts) == 0 {
		return nil
	}
	if r.env.Scripts == nil {
		return errNoScripts
	}
	codes := make([]Expression, len(scripts))
	globals := []byte{'{'}
	for i := range scripts {
		codes[i] = scripts[i].Expression
		for k, name := range scripts[i].names {
			v, tree := r.value(&scripts[i].values[k])
			if v = flatten(v, tree); v == nil {
				v = Value("null")
			}
			if len(globals) > 1 {
				globals = append(globals, ',')
			}
			globals = append(append(AppendQuoted(globals, name), ':'), v...)
		}
	}
	values, err := r.env.Scripts(codes, append(globals, '}'))
	if err != nil {
		return err
	}
	r.scripted = values
	return nil
}

// bindScript replaces the merge fields of a script by names and returns them as they were written. In code a field
// becomes the name; in a template literal ${name}; a quoted string is split and joined. In a comment or a regular
// expression a merge field is refused, since there is no place for a value.
func bindScript(text string, name func() string) (code string, marks []mark, refs []string, err error) {
	b := binder{text: text, name: name}
	if err := b.code(); err != nil {
		return "", nil, nil, err
	}
	return b.out.String(), b.marks, b.refs, nil
}

type binder struct {
	text string
	at   int
	out  strings.Builder
	refs []string
	// marks are where code and text no longer go side by side.
	marks []mark
	name  func() string
	// value says that what stands before ends a value, so that a slash divides.
	value bool
}

var errOpen = errors.New("a merge field does not end with }}")

// field takes the merge field at the present place and returns the name for it.
func (b *binder) field() (string, error) {
	end := strings.Index(b.text[b.at:], "}}")
	if end < 0 {
		return "", errOpen
	}
	b.refs = append(b.refs, b.text[b.at:b.at+end+2])
	b.at += end + 2
	return b.name(), nil
}

func (b *binder) has(prefix string) bool { return strings.HasPrefix(b.text[b.at:], prefix) }

// code reads code up to the end of the text. open counts the braces of each template literal that is being filled.
func (b *binder) code() error {
	var open []int
	for b.at < len(b.text) {
		c := b.text[b.at]
		var err error
		switch {
		case b.has("{{"):
			var name string
			start := b.at
			if name, err = b.field(); err == nil {
				b.instead(name, start)
				b.value = true
			}
		case b.has("//"):
			err = b.plain("\n", "a comment")
		case b.has("/*"):
			err = b.plain("*/", "a comment")
		case c == '/' && !b.value:
			err = b.regex()
		case c == '\'' || c == '"':
			err = b.quoted(c)
		case c == '`':
			b.take()
			open, err = b.template(open)
		case c == '}' && len(open) > 0 && open[len(open)-1] == 0:
			b.take()
			open, err = b.template(open[:len(open)-1])
		default:
			if len(open) > 0 && c == '{' {
				open[len(open)-1]++
			} else if len(open) > 0 && c == '}' {
				open[len(open)-1]--
			}
			b.other()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// instead writes code in place of what stood from start up to here.
func (b *binder) instead(code string, start int) {
	b.marks = append(b.marks, mark{b.out.Len(), start, true}, mark{b.out.Len() + len(code), b.at, false})
	b.out.WriteString(code)
}

func (b *binder) take() {
	b.out.WriteByte(b.text[b.at])
	b.at++
}

// operators are the words behind which a slash begins a regular expression.
var operators = []string{"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "instanceof", "do", "else", "yield", "await"}

// other takes a word, a space or a sign.
func (b *binder) other() {
	word := func(c byte) bool {
		return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	start := b.at
	for b.at < len(b.text) && word(b.text[b.at]) {
		b.at++
	}
	if b.at > start {
		b.value = !slices.Contains(operators, b.text[start:b.at])
		b.out.WriteString(b.text[start:b.at])
		return
	}
	switch c := b.text[b.at]; c {
	case ' ', '\t', '\r', '\n':
	default:
		b.value = c == ')' || c == ']' || c == '}'
	}
	b.take()
}

// plain takes what cannot hold a value, up to its end.
func (b *binder) plain(end, what string) error {
	rest := b.text[b.at:]
	n := strings.Index(rest[2:], end)
	if n < 0 {
		n = len(rest)
	} else {
		n += 2 + len(end)
	}
	if strings.Contains(rest[:n], "{{") {
		return fmt.Errorf("a merge field stands in %s, where it has no value", what)
	}
	b.out.WriteString(rest[:n])
	b.at += n
	return nil
}

func (b *binder) regex() error {
	i, class := b.at+1, false
	for ; i < len(b.text) && b.text[i] != '\n'; i++ {
		switch c := b.text[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			i++
			return b.regexEnds(min(i, len(b.text)))
		}
	}
	return b.regexEnds(min(i, len(b.text)))
}

func (b *binder) regexEnds(end int) error {
	text := b.text[b.at:end]
	if strings.Contains(text, "{{") {
		return errors.New("a merge field stands in a regular expression: use new RegExp({{...}})")
	}
	b.out.WriteString(text)
	b.at, b.value = end, true
	return nil
}

// quoted takes a string; one with merge fields becomes a sum in brackets.
func (b *binder) quoted(quote byte) error {
	var parts strings.Builder
	joined := false
	marks := []mark{{0, b.at, true}, {1, b.at, false}} // a bracket stands in front of a sum
	parts.WriteByte(quote)
	b.at++
	for b.at < len(b.text) {
		c := b.text[b.at]
		switch {
		case c == '\\' && b.at+1 < len(b.text):
			parts.WriteString(b.text[b.at : b.at+2])
			b.at += 2
			continue
		case b.has("{{"):
			start := b.at
			name, err := b.field()
			if err != nil {
				return err
			}
			joined = true
			marks = append(marks, mark{1 + parts.Len(), start, true})
			fmt.Fprintf(&parts, "%c+(%s??'')+%c", quote, name, quote)
			marks = append(marks, mark{1 + parts.Len(), b.at, false})
			continue
		}
		parts.WriteByte(c)
		b.at++
		if c == quote {
			break
		}
	}
	b.value = true
	if joined {
		marks = append(marks, mark{1 + parts.Len(), b.at, true}, mark{2 + parts.Len(), b.at, false})
		for _, m := range marks {
			m.out += b.out.Len()
			b.marks = append(b.marks, m)
		}
		b.out.WriteString("(" + parts.String() + ")")
	} else {
		b.out.WriteString(parts.String())
	}
	return nil
}

// template takes the text of a template literal up to its end, or to where code begins in it.
func (b *binder) template(open []int) ([]int, error) {
	for b.at < len(b.text) {
		switch {
		case b.text[b.at] == '\\' && b.at+1 < len(b.text):
			b.take()
			b.take()
		case b.text[b.at] == '`':
			b.take()
			b.value = true
			return open, nil
		case b.has("${"):
			b.take()
			b.take()
			b.value = false
			return append(open, 0), nil
		case b.has("{{"):
			start := b.at
			name, err := b.field()
			if err != nil {
				return nil, err
			}
			b.instead("${"+name+"??''}", start)
		default:
			b.take()
		}
	}
	return open, nil
}
