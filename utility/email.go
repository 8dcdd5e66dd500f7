package utility

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"paceline"
	"paceline/connector"
	"paceline/internal/smtp"
	"paceline/mapping"
)

// Post is what emails leave through.
type Post struct {
	// Dial opens connections to mail servers; without it no email is sent.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are the authorities whose certificates count; nil for those of the system.
	Roots *x509.CertPool
}

// The bounds of an email.
const (
	mostRecipients  = 50
	mostSubject     = 900 // bytes
	mostAttachments = 20
	mostEmail       = 10 << 20 // bytes of texts and attachments
)

// mailer sends emails through the server that the account connector names.
type mailer struct {
	post  Post
	clock paceline.Clock
}

func (m mailer) methods() map[string]method { return map[string]method{"send": m.send} }

type sent struct {
	MessageId  string
	Recipients int
}

func (m mailer) send(ctx context.Context, c connector.UtilityCall) (any, error) {
	out := sent{}
	msg, err := m.message(ctx, c, &out)
	if err != nil {
		return nil, err
	}
	server, err := m.server(c.Instance.Properties)
	if err != nil {
		return nil, err
	}
	if err := m.line().Send(ctx, server, msg); err != nil {
		return nil, notSent(err)
	}
	return out, nil
}

func (m mailer) line() smtp.Line { return smtp.Line{Dial: m.post.Dial, Roots: m.post.Roots} }

// server is what the account connector names.
func (m mailer) server(p map[string]string) (s smtp.Server, err error) {
	if m.post.Dial == nil {
		return s, badInput("This server sends no email.")
	}
	s = smtp.Server{Host: strings.TrimSpace(p["Host"]), Security: p["Security"], User: p["Username"], Password: p["Password"], From: p["From"]}
	if p["Port"] != "" {
		if s.Port, err = strconv.Atoi(p["Port"]); err != nil || s.Port < 1 {
			s.Port = -1
		}
	}
	switch bad := s.Check(); {
	case bad == "":
		return s, nil
	case strings.HasPrefix(bad, "A "):
		return s, badInput("%s", bad)
	default:
		return s, badInput("The account connector's %s", bad)
	}
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// message writes the email of a call.
func (m mailer) message(ctx context.Context, c connector.UtilityCall, out *sent) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	from, err := addresses("From of the account connector", c.Instance.Properties["From"])
	if err != nil {
		return nil, err
	}
	if len(from) != 1 {
		return nil, badInput("The account connector's From is one address.")
	}
	msg.FromMailAddress(from[0])
	for _, of := range []struct {
		name string
		set  func(...*netmail.Address)
	}{{"To", msg.ToMailAddress}, {"Cc", msg.CcMailAddress}, {"Bcc", msg.BccMailAddress}} {
		list, err := recipients(of.name, field(c, of.name))
		if err != nil {
			return nil, err
		}
		if out.Recipients += len(list); len(list) > 0 {
			of.set(list...)
		}
	}
	if out.Recipients == 0 || out.Recipients > mostRecipients {
		return nil, badInput("An email has 1 to %d recipients, not %d.", mostRecipients, out.Recipients)
	}
	reply, err := recipients("ReplyTo", field(c, "ReplyTo"))
	if err != nil {
		return nil, err
	}
	if len(reply) > 0 {
		msg.ReplyToMailAddress(reply...)
	}
	subject := textOf(c, "Subject")
	if err := oneLine("Subject", subject, mostSubject); err != nil {
		return nil, err
	}
	msg.Subject(subject)
	msg.SetDateWithValue(m.clock.Now())
	// The same for each repeat, so that mailboxes can tell.
	out.MessageId = digest("email", string(c.Behalf.Step), firstText(c.IdempotencyKey, string(paceline.NewID(m.clock.Now()))))[:32] + "@" + smtp.Domain(from[0].Address)
	msg.SetMessageIDWithValue(out.MessageId)
	return msg, content(ctx, c, msg)
}

// content writes texts and attachments.
func content(ctx context.Context, c connector.UtilityCall, msg *mail.Msg) error {
	plain, rich := textOf(c, "Text"), textOf(c, "Html")
	switch {
	case plain == "" && rich == "":
		return badInput("An email has a Text or Html.")
	case plain == "":
		msg.SetBodyString(mail.TypeTextHTML, rich)
	default:
		msg.SetBodyString(mail.TypeTextPlain, plain)
		if rich != "" {
			msg.AddAlternativeString(mail.TypeTextHTML, rich)
		}
	}
	size := len(plain) + len(rich)
	files := itemsOf(field(c, "Attachments"))
	if len(files) > mostAttachments {
		return badInput("An email has at most %d attachments.", mostAttachments)
	}
	for i, v := range files {
		f, err := c.File(ctx, v, mostEmail)
		switch {
		case paceline.CodeOf(err) == paceline.CodeStepDataTooLarge:
			return badInput("An email has at most %d bytes.", mostEmail)
		case err != nil:
			return badInput("Attachment %d cannot be read as a file: %v.", i+1, err)
		}
		name := firstText(f.Name, fmt.Sprintf("attachment-%d", i+1))
		if err := oneLine("The name of an attachment", name, 200); err != nil {
			return err
		}
		if size += len(f.Content); size > mostEmail {
			break
		}
		kind := mail.ContentType(firstText(f.Type, "application/octet-stream"))
		if err := msg.AttachReader(name, bytes.NewReader(f.Content), mail.WithFileContentType(kind)); err != nil {
			return badInput("Attachment %d cannot be attached.", i+1)
		}
	}
	if size > mostEmail {
		return badInput("An email has at most %d bytes.", mostEmail)
	}
	return nil
}

// oneLine refuses what would begin another header.
func oneLine(what, text string, most int) error {
	if len(text) > most {
		return badInput("%s has more than %d bytes.", what, most)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }) {
		return badInput("%s has a line break or control character.", what)
	}
	return nil
}

// recipients reads a text with addresses, or a list of such.
func recipients(what string, v mapping.Value) (list []*netmail.Address, err error) {
	for _, item := range itemsOf(v) {
		some, err := addresses(what, text(item))
		if err != nil {
			return nil, err
		}
		if list = append(list, some...); len(list) > mostRecipients {
			return nil, badInput("An email has at most %d recipients.", mostRecipients)
		}
	}
	return list, nil
}

// addresses reads addresses with commas between them, with names or without.
func addresses(what, in string) ([]*netmail.Address, error) {
	if strings.TrimSpace(in) == "" {
		return nil, nil
	}
	if err := oneLine(what, in, 20_000); err != nil {
		return nil, err
	}
	list, err := netmail.ParseAddressList(in)
	if err != nil {
		return nil, badInput("%s is not an address of email, or several with commas between them.", what)
	}
	for _, a := range list {
		// A name may hide a line break in an encoded word.
		if err := oneLine(what, a.Name, 200); err != nil {
			return nil, err
		}
		if !isAddress(a.Address) {
			return nil, badInput("%s has an address that is none.", what)
		}
	}
	return list, nil
}

// notSent is the error of an email whose server was not reached, did not let us in or did not take it. When it broke off
// while it had the email, nobody knows.
func notSent(err error) error {
	said, ok := errors.AsType[*smtp.Error](err)
	switch {
	case ok && said.Stage == smtp.Connecting && said.Permanent():
		return permanent("The mail server does not accept the account connector", said.Code, err)
	case ok && said.Stage == smtp.Connecting:
		return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeCallFailed, Err: err,
			Detail: "The mail server cannot be reached, offers no TLS or sign-in as it is set, or its certificate is not trusted."}
	case ok && said.Permanent():
		return permanent("The mail server refuses the email", said.Code, err)
	case ok && said.Stage == smtp.Closing:
		return &connector.Error{Class: connector.ClassUnknown, Code: paceline.CodeUnknownOutcome, Err: err,
			Detail: "The mail server broke off while it took the email."}
	case ok && said.Code >= 400:
		return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeCallFailed, Err: err,
			Detail: fmt.Sprintf("The mail server puts the email off with %d.", said.Code)}
	}
	return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeCallFailed, Detail: "The mail server broke off.", Err: err}
}

func permanent(what string, code int, err error) error {
	return &connector.Error{Class: connector.ClassPermanent, Code: paceline.CodeCallFailed, Detail: fmt.Sprintf("%s (%d).", what, code), Err: err}
}
