package utility

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"paceline"
	"paceline/connector"
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
	sendTime        = time.Minute
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
	line := &line{mailer: m}
	defer line.close()
	client, err := line.client(c.Instance.Properties)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	defer context.AfterFunc(ctx, line.close)()
	if err := client.DialWithContext(ctx); err != nil {
		return nil, notConnected(err)
	}
	// What goes wrong once the server has taken it does not matter.
	if err := client.Send(msg); err != nil && !msg.IsDelivered() {
		return nil, notSent(err)
	}
	client.Close()
	return out, nil
}

// line is the connection of one email, which the library leaves open when a greeting fails.
type line struct {
	mailer
	mu   sync.Mutex
	conn net.Conn
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.conn.Close()
	}
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.post.Dial(ctx, network, address)
	if err == nil {
		l.mu.Lock()
		l.conn = conn
		l.mu.Unlock()
	}
	return conn, err
}

// client prepares the conversation with the server of the account connector.
func (l *line) client(p map[string]string) (*mail.Client, error) {
	host, user := strings.TrimSpace(p["Host"]), p["Username"]
	security := p["Security"]
	if security == "" {
		security = "starttls"
	}
	port, err := strconv.Atoi(firstText(p["Port"], map[string]string{"tls": "465"}[security], "587"))
	switch {
	case l.post.Dial == nil:
		return nil, badInput("This server sends no email.")
	case host == "" || strings.ContainsAny(host, ":/@ \r\n\t"):
		return nil, badInput("The account connector's Host is not the name of a mail server.")
	case err != nil || port < 1 || port > 65535:
		return nil, badInput("The account connector's Port is not a port.")
	case security == "none" && user != "":
		return nil, badInput("A password is not sent without TLS.")
	}
	options := []mail.Option{
		mail.WithPort(port), mail.WithTimeout(sendTime), mail.WithHELO(domainOf(p["From"])), mail.WithoutNoop(),
		mail.WithDialContextFunc(l.dial), mail.WithTLSConfig(l.tls(host)),
	}
	switch security {
	case "tls":
		// The library hands an address to a function of ours without TLS around it.
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithDialContextFunc(l.dialTLS(host)))
	case "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, badInput("The account connector's Security is tls, starttls or none.")
	}
	if user != "" {
		options = append(options, mail.WithUsername(user), mail.WithPassword(p["Password"]),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
	}
	client, err := mail.NewClient(host, options...)
	if err != nil {
		return nil, badInput("The account connector's settings are not those of a mail server.")
	}
	return client, nil
}

func (l *line) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: l.post.Roots, MinVersion: tls.VersionTLS12}
}

func (l *line) dialTLS(host string) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := l.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(conn, l.tls(host))
		return secure, secure.HandshakeContext(ctx)
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

func domainOf(address string) string {
	if a, err := netmail.ParseAddress(address); err == nil {
		return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
	}
	return "localhost"
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
	out.MessageId = digest("email", string(c.Behalf.Step), firstText(c.IdempotencyKey, string(paceline.NewID(m.clock.Now()))))[:32] + "@" + domainOf(from[0].Address)
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

// notConnected is the error of an email whose server was not reached or did not let us in. Nothing was sent.
func notConnected(err error) error {
	if said, ok := errors.AsType[*textproto.Error](err); ok && said.Code >= 500 {
		return permanent("The mail server does not accept the account connector", said.Code, err)
	}
	return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeCallFailed, Err: err,
		Detail: "The mail server cannot be reached, offers no TLS or sign-in as it is set, or its certificate is not trusted."}
}

// notSent is the error of an email that the server did not take. When it broke off while it had the email, nobody knows.
func notSent(err error) error {
	said, ok := errors.AsType[*mail.SendError](err)
	switch {
	case ok && said.ErrorCode() >= 500:
		return permanent("The mail server refuses the email", said.ErrorCode(), err)
	case ok && said.ErrorCode() < 400 && said.Reason == mail.ErrSMTPDataClose:
		return &connector.Error{Class: connector.ClassUnknown, Code: paceline.CodeUnknownOutcome, Err: err,
			Detail: "The mail server broke off while it took the email."}
	case ok && said.ErrorCode() >= 400:
		return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeCallFailed, Err: err,
			Detail: fmt.Sprintf("The mail server puts the email off with %d.", said.ErrorCode())}
	}
	return &connector.Error{Class: connector.ClassRetry, Code: paceline.CodeCallFailed, Detail: "The mail server broke off.", Err: err}
}

func permanent(what string, code int, err error) error {
	return &connector.Error{Class: connector.ClassPermanent, Code: paceline.CodeCallFailed, Detail: fmt.Sprintf("%s (%d).", what, code), Err: err}
}
