package smtp

import (
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
)

// Timeout bounds one email.
const Timeout = time.Minute

// The ways in which a connection is kept from being read.
const (
	TLS      = "tls"
	StartTLS = "starttls"
	Plain    = "none"
)

// Server says where a mail server is and who signs in.
type Server struct {
	Host     string
	Port     int    // 0: 465 with TLS from the beginning, else 587
	Security string // TLS, StartTLS (or ""), Plain
	User     string // "" does not sign in
	Password string
	From     string // whose domain greets
}

// Check says in a sentence what is wrong with the settings, "" for nothing.
func (s Server) Check() string {
	switch {
	case s.Host == "" || strings.ContainsAny(s.Host, ":/@ \r\n\t"):
		return "Host is not the name of a mail server."
	case s.Port < 0 || s.Port > 65535:
		return "Port is not a port."
	case s.Security == Plain && s.User != "":
		return "A password is not sent without TLS."
	case s.Security != "" && s.Security != TLS && s.Security != StartTLS && s.Security != Plain:
		return "Security is tls, starttls or none."
	}
	return ""
}

// Address is the "host:port" that is dialled.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.port())) }

func (s Server) port() int {
	switch {
	case s.Port != 0:
		return s.Port
	case s.Security == TLS:
		return 465
	}
	return 587
}

// Line is how servers are reached.
type Line struct {
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are the authorities whose certificates count; nil for those of the system.
	Roots *x509.CertPool
}

// Error is why an email was not sent.
type Error struct {
	Stage Stage
	Code  int // of the server's answer; 0: it gave none
	err   error
}

// Stage is how far an email came.
type Stage int

// The stages.
const (
	Connecting Stage = iota // nothing was sent
	Sending                 // the server refused it, or broke off before it had it
	Closing                 // the server broke off while it took it: nobody knows
)

func (e *Error) Error() string { return e.err.Error() }
func (e *Error) Unwrap() error { return e.err }

// Permanent reports whether the server said no for good.
func (e *Error) Permanent() bool { return e.Code >= 500 }

// Send hands over one email.
func (l Line) Send(ctx context.Context, s Server, msg *mail.Msg) error {
	c := &conversation{line: l, host: s.Host}
	defer c.close()
	client, err := c.client(s)
	if err != nil {
		return &Error{Stage: Connecting, err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, c.close)()
	if err := client.DialWithContext(ctx); err != nil {
		out := &Error{Stage: Connecting, err: err}
		if said, ok := errors.AsType[*textproto.Error](err); ok {
			out.Code = said.Code
		}
		return out
	}
	// What goes wrong once the server has taken it does not matter.
	if err := client.Send(msg); err != nil && !msg.IsDelivered() {
		out := &Error{Stage: Sending, err: err}
		if said, ok := errors.AsType[*mail.SendError](err); ok {
			if out.Code = said.ErrorCode(); out.Code < 400 && said.Reason == mail.ErrSMTPDataClose {
				out.Stage = Closing
			}
		}
		return out
	}
	client.Close()
	return nil
}

// conversation is the connection of one email, which the library leaves open when a greeting fails.
type conversation struct {
	line Line
	host string
	mu   sync.Mutex
	conn net.Conn
}

func (c *conversation) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.Close()
	}
}

func (c *conversation) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.line.Dial(ctx, network, address)
	if err == nil {
		c.mu.Lock()
		c.conn = conn
		c.mu.Unlock()
	}
	return conn, err
}

// client prepares the conversation.
func (c *conversation) client(s Server) (*mail.Client, error) {
	if bad := s.Check(); bad != "" {
		return nil, fmt.Errorf("the mail server's settings: %s", bad)
	}
	options := []mail.Option{
		mail.WithPort(s.port()), mail.WithTimeout(Timeout), mail.WithHELO(Domain(s.From)), mail.WithoutNoop(),
		mail.WithDialContextFunc(c.dial), mail.WithTLSConfig(c.tls()),
	}
	switch s.Security {
	case TLS:
		// The library hands an address to a function of ours without TLS around it.
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithDialContextFunc(c.dialTLS))
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithUsername(s.User), mail.WithPassword(s.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
	}
	return mail.NewClient(s.Host, options...)
}

func (c *conversation) tls() *tls.Config {
	return &tls.Config{ServerName: c.host, RootCAs: c.line.Roots, MinVersion: tls.VersionTLS12}
}

func (c *conversation) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, c.tls())
	return secure, secure.HandshakeContext(ctx)
}

// Domain is what stands behind the @ of an address, localhost when it is none.
func Domain(address string) string {
	if a, err := netmail.ParseAddress(address); err == nil {
		return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
	}
	return "localhost"
}
