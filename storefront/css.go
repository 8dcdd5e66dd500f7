package storefront

import (
	"regexp"
	"strconv"
	"strings"
)

// Branded is the class of the element that a partner's CSS cannot leave.
const Branded = "branded"

const (
	maxCSS      = 64 << 10
	maxCSSRules = 1000
)

// Confined returns CSS of a partner as it goes to pages: each selector reaches into the element Branded and nowhere else, and
// nothing loads, moves out of its place, or reads what is typed (decision D-40). It refuses what it does not know, rather than
// leave it out: a page that looks otherwise than it was written is harder to understand than a message.
func Confined(css string) (string, error) {
	if len(css) > maxCSS {
		return "", invalid("Css", "it is over 64 KiB")
	}
	if i := strings.IndexFunc(css, func(c rune) bool {
		return c == '\\' || c == '<' || c == 0x7f || c < ' ' && c != '\n' && c != '\t' && c != '\r'
	}); i >= 0 {
		return "", refusedCSS(css, i, "a character that it may not contain")
	}
	p := cssReader{text: blankComments(css)}
	if strings.Contains(p.text, "/*") {
		return "", invalid("Css", "a comment has no end")
	}
	var out strings.Builder
	if err := p.rules(&out, false); err != nil {
		return "", err
	}
	return out.String(), nil
}

// blankComments replaces comments by blanks, so that places in the text stay the same.
func blankComments(css string) string {
	return cssComment.ReplaceAllStringFunc(css, func(c string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, strings.ToValidUTF8(c, " "))
	})
}

var cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)

type cssReader struct {
	text  string
	at    int
	count int
}

func (p *cssReader) fail(reason string) error { return refusedCSS(p.text, p.at, reason) }

func refusedCSS(text string, at int, reason string) error {
	return invalid("Css", "line "+strconv.Itoa(1+strings.Count(text[:min(at, len(text))], "\n"))+" has "+reason)
}

func (p *cssReader) blanks() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
}

// rules reads rules until the end of the text, or of the block that they are in.
func (p *cssReader) rules(out *strings.Builder, within bool) error {
	for {
		p.blanks()
		switch {
		case p.at == len(p.text) && !within:
			return nil
		case p.at == len(p.text):
			return p.fail("a block without an end")
		case p.text[p.at] == '}' && within:
			p.at++
			return nil
		}
		if p.count++; p.count > maxCSSRules {
			return p.fail("more than " + strconv.Itoa(maxCSSRules) + " rules")
		}
		open := strings.IndexAny(p.text[p.at:], "{}")
		if open < 0 || p.text[p.at+open] != '{' {
			return p.fail("what is no rule")
		}
		head := strings.TrimSpace(p.text[p.at : p.at+open])
		if strings.HasPrefix(head, "@") {
			if within || !cssMedia.MatchString(head) {
				return p.fail("an @ rule other than @media with widths or a colour scheme")
			}
			p.at += open + 1
			out.WriteString(strings.Join(strings.Fields(head), " ") + "{")
			if err := p.rules(out, true); err != nil {
				return err
			}
			out.WriteString("}\n")
			continue
		}
		selectors, err := p.selectors(head)
		if err != nil {
			return err
		}
		p.at += open + 1
		end := strings.IndexAny(p.text[p.at:], "{}")
		if end < 0 || p.text[p.at+end] != '}' {
			return p.fail("a rule without an end")
		}
		body := p.text[p.at : p.at+end]
		out.WriteString(selectors + "{")
		if err := p.declarations(out, body); err != nil {
			return err
		}
		p.at += end + 1
		out.WriteString("}\n")
	}
}

var (
	cssMedia = regexp.MustCompile(`^@media\s+\((min-width|max-width)\s*:\s*\d{1,5}px\)(\s+and\s+\((min-width|max-width)\s*:\s*\d{1,5}px\))?$|^@media\s+\(prefers-(color-scheme|reduced-motion)\s*:\s*[a-z-]+\)$`)
	// One part of a selector: an element, classes, and how it stands. No attribute, no id, and nothing that looks around.
	cssPart = regexp.MustCompile(`^(\*|[a-z][a-z0-9]*)?(\.[A-Za-z_][\w-]*)*(:(hover|focus|focus-visible|focus-within|active|disabled|first-child|last-child|nth-child\((odd|even|\d+n?(\+\d+)?)\)|empty|checked))*(::(before|after|placeholder|marker))?$`)
	cssJoin = regexp.MustCompile(`\s*[>+~]\s*|\s+`)
)

func (p *cssReader) selectors(head string) (string, error) {
	var list []string
	for _, one := range strings.Split(head, ",") {
		one = strings.TrimSpace(one)
		for _, part := range cssJoin.Split(one, -1) {
			if part == "" || !cssPart.MatchString(part) {
				return "", p.fail("a selector that it may not have: " + shortened(one))
			}
		}
		list = append(list, "."+Branded+" "+one)
	}
	return strings.Join(list, ","), nil
}

func (p *cssReader) declarations(out *strings.Builder, body string) error {
	for _, one := range strings.Split(body, ";") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		name, value, ok := strings.Cut(one, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !ok || !cssProperties[name] {
			return p.fail("a property that it may not set: " + shortened(name))
		}
		if !harmlessValue(value) {
			return p.fail("a value that it may not set: " + shortened(one))
		}
		out.WriteString(name + ":" + value + ";")
	}
	return nil
}

func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return text
}

var (
	cssValue    = regexp.MustCompile(`^[\w\s#%.,()+\-*/"']{1,500}(\s*!important)?$`)
	cssFunction = regexp.MustCompile(`([\w-]*)\(`)
)

// harmlessValue reports whether a value is of words, numbers, colours and functions that compute.
func harmlessValue(value string) bool {
	if !cssValue.MatchString(value) || !balanced(value) {
		return false
	}
	for _, f := range cssFunction.FindAllStringSubmatch(value, -1) {
		if !cssFunctions[strings.ToLower(f[1])] {
			return false
		}
	}
	return true
}

// balanced reports whether quotes and brackets of a value end within it.
func balanced(value string) bool {
	depth, quote := 0, rune(0)
	for _, c := range value {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			} else if c == '\n' || c == '\r' {
				return false
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0 && quote == 0
}

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

var cssFunctions = setOf(`rgb rgba hsl hsla calc min max clamp var linear-gradient radial-gradient repeat minmax cubic-bezier scale rotate translatex translatey`)

// cssProperties are those that format. None loads, speaks (content), or lays one thing over another (position).
var cssProperties = setOf(`
	color background background-color background-image background-size background-position background-repeat opacity
	border border-top border-right border-bottom border-left border-color border-style border-width border-radius border-collapse border-spacing
	border-top-color border-right-color border-bottom-color border-left-color border-top-width border-right-width border-bottom-width border-left-width
	border-top-left-radius border-top-right-radius border-bottom-left-radius border-bottom-right-radius box-shadow outline outline-color outline-offset outline-style outline-width
	font font-family font-size font-style font-weight font-variant font-stretch line-height letter-spacing word-spacing
	text-align text-decoration text-decoration-color text-decoration-style text-transform text-indent text-overflow text-shadow white-space word-break overflow-wrap hyphens vertical-align
	margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left gap row-gap column-gap
	width min-width max-width height min-height max-height box-sizing aspect-ratio overflow object-fit object-position
	display flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap justify-content justify-items justify-self align-content align-items align-self order place-items
	grid-template-columns grid-template-rows grid-column grid-row grid-auto-flow list-style list-style-type list-style-position
	transition transition-duration transition-property transition-timing-function transform cursor accent-color caret-color`)
