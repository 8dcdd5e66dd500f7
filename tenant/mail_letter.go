package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"paceline"
	"paceline/internal/smtp"
	"paceline/store"
)

// letter is what an email says: names, counts and the texts of codes. What vendors have answered is not in it.
type letter struct {
	to       string
	id       string // the same for each try of an email
	Partner  string
	Sections []letterSection
	More     int64 // lines that are left out
	Console  string
	counts   map[paceline.MailKinds]int64
}

type letterSection struct {
	Title string
	Lines []letterLine
}

type letterLine struct{ Where, What string }

var letterTitles = map[paceline.MailKinds]string{
	paceline.MailPaused: "Paused by an error", paceline.MailUsage: "Quotas", paceline.MailErrors: "Errors",
}

// writeLetter takes what a person is to be told; nil when there is nothing, or nobody.
func (t *Tenant) writeLetter(tx *store.Tx, scope paceline.Scope, person paceline.ID) (*letter, error) {
	user, found, err := tx.UserByID(scope, person)
	if err != nil || !found || !user.Console || mailAddress(user) == "" || t.relay == nil {
		return nil, err
	}
	items, total, err := tx.TakeMail(scope, person, mailLines)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	partner, _, err := tx.Partner(scope)
	if err != nil {
		return nil, err
	}
	l := &letter{to: mailAddress(user), Partner: oneLine(partner.Name), More: total - int64(len(items)), Console: t.relay.Console, counts: map[paceline.MailKinds]int64{}}
	for _, item := range items {
		line, err := t.letterLine(tx, item)
		if err != nil {
			return nil, err
		}
		if last := len(l.Sections) - 1; last < 0 || l.Sections[last].Title != letterTitles[item.Kind] {
			l.Sections = append(l.Sections, letterSection{Title: letterTitles[item.Kind]})
		}
		last := &l.Sections[len(l.Sections)-1]
		last.Lines = append(last.Lines, line)
		l.counts[item.Kind] += item.Times
	}
	return l, nil
}

func (t *Tenant) letterLine(tx *store.Tx, item store.MailItem) (line letterLine, err error) {
	a, found, err := tx.AccountOf(item.Account)
	if err != nil {
		return line, err
	}
	line = letterLine{Where: "An account that is deleted", What: item.Code.Text()}
	if item.Code == "" {
		line.What = "The cycle was paused"
	}
	if found && a.State != paceline.AccountDeleted {
		name, err := tx.CycleName(a.Scope(), item.Cycle)
		if err != nil {
			return line, err
		}
		line.Where = oneLine(a.Name)
		if item.Kind != paceline.MailUsage && name.Name != "" {
			line.Where += " / " + oneLine(name.Name)
		}
		if item.Kind == paceline.MailUsage {
			if line.What, err = t.usageText(tx, a, line.What); err != nil {
				return line, err
			}
		}
	}
	const clock = "2 Jan 15:04"
	from, to := item.Since.Time().UTC().Format(clock), item.Until.Time().UTC().Format(clock)
	switch {
	case item.Times > 1 && from != to:
		line.What += fmt.Sprintf(" (%s times, %s to %s UTC)", thousands(item.Times), from, to)
	case item.Times > 1:
		line.What += fmt.Sprintf(" (%s times, %s UTC)", thousands(item.Times), from)
	default:
		line.What += " (" + from + " UTC)"
	}
	return line, nil
}

// usageText is how an account stands with its quota now.
func (t *Tenant) usageText(tx *store.Tx, a paceline.Account, text string) (string, error) {
	q, err := t.quota(tx, a)
	if err != nil {
		return "", err
	}
	for _, of := range []struct {
		used, limit int64
		what        string
	}{{q.Tasks, q.Counts.Tasks, "tasks of this period"}, {q.Bytes, q.Counts.Bytes, "stored bytes"}} {
		if of.limit > 0 {
			text += fmt.Sprintf("; %s of %s %s", thousands(of.used), thousands(of.limit), of.what)
		}
	}
	return text, nil
}

// subject says what matters most.
func (l *letter) subject() string {
	n := func(kind paceline.MailKinds, one, many string) []string {
		switch count := l.counts[kind]; {
		case count == 0:
			return nil
		case count == 1:
			return []string{one}
		default:
			return []string{thousands(count) + " " + many}
		}
	}
	parts := append(n(paceline.MailPaused, "a cycle paused", "cycles paused"), n(paceline.MailUsage, "a quota warning", "quota warnings")...)
	parts = append(parts, n(paceline.MailErrors, "an error", "errors")...)
	return "[" + l.Partner + "] " + strings.Join(parts, ", ")
}

func (l *letter) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: what happened in accounts\n", l.Partner)
	for _, s := range l.Sections {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		for _, line := range s.Lines {
			fmt.Fprintf(&b, "- %s: %s\n", line.Where, line.What)
		}
	}
	if l.More > 0 {
		fmt.Fprintf(&b, "\nand %s more.\n", thousands(l.More))
	}
	fmt.Fprintf(&b, "\n%s\n\nYou get this email because of a notification in the console's settings, or because your user is marked to be told.\n", l.Console)
	return b.String()
}

var letterHTML = template.Must(template.New("letter").Funcs(template.FuncMap{"thousands": thousands}).Parse(`<!DOCTYPE html>
<html lang="en"><body style="font-family:sans-serif;color:#1f2933">
<h1 style="font-size:18px">{{.Partner}}: what happened in accounts</h1>
{{range .Sections}}<h2 style="font-size:15px">{{.Title}}</h2>
<ul>{{range .Lines}}<li><strong>{{.Where}}</strong>: {{.What}}</li>
{{end}}</ul>
{{end}}{{if .More}}<p>and {{thousands .More}} more.</p>
{{end}}<p><a href="{{.Console}}">Open the console</a></p>
<p style="font-size:12px;color:#52606d">You get this email because of a notification in the console's settings, or because your user is marked to be told.</p>
</body></html>
`))

// message is the email.
func (l *letter) message(r *Relay, at time.Time) (*mail.Msg, error) {
	var rich strings.Builder
	if err := letterHTML.Execute(&rich, l); err != nil {
		return nil, err
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(r.Server.From); err != nil {
		return nil, err
	}
	if err := msg.To(l.to); err != nil {
		return nil, err
	}
	msg.Subject(l.subject())
	msg.SetDateWithValue(at)
	sum := sha256.Sum256([]byte(l.id))
	msg.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + smtp.Domain(r.Server.From))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, l.text())
	msg.AddAlternativeString(mail.TypeTextHTML, rich.String())
	return msg, nil
}

// oneLine makes a name that somebody chose fit for a line of an email.
func oneLine(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, name)), " ")
	if list := []rune(name); len(list) > 120 {
		name = string(list[:120]) + "…"
	}
	return name
}

func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

func formatMicros(m paceline.Micros) string { return strconv.FormatInt(int64(m), 10) }
