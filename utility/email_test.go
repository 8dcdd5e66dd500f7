package utility_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"paceline/connector"
	"paceline/internal/egress"
	"paceline/utility"
)

// post is a mail server on a loopback port that keeps what it is sent.
type post struct {
	address string
	roots   *x509.CertPool
	refuse  error // of the recipients
	drop    bool  // breaks off at the end of an email

	mu     sync.Mutex
	emails []email
}

type email struct {
	from string
	to   []string
	text []byte
}

// newPost starts a server that speaks TLS from the beginning, after STARTTLS, or none ("tls", "starttls", "none").
func newPost(t *testing.T, security string, change func(*post)) *post {
	t.Helper()
	p := &post{}
	if change != nil {
		change(p)
	}
	cert := selfSigned(t)
	p.roots = x509.NewCertPool()
	p.roots.AddCert(cert.Leaf)
	server := smtp.NewServer(p)
	server.AllowInsecureAuth, server.ErrorLog = true, quiet{}
	settings := &tls.Config{Certificates: []tls.Certificate{cert}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	switch security {
	case "tls":
		listener = tls.NewListener(listener, settings)
	case "starttls":
		server.TLSConfig = settings
	}
	done := make(chan struct{})
	go func() {
		server.Serve(listener)
		close(done)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return p
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func selfSigned(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mail.example"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// NewSession begins a conversation.
func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{post: p, conn: c}, nil }

type session struct {
	post *post
	conn *smtp.Conn
	email
	known bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.known = user == "ada" && password == "the-password"; !s.known {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Reset()        { s.email = email{} }
func (s *session) Logout() error { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.from = from; !s.known && from == "members@shop.example" {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return s.post.refuse
}
func (s *session) Data(r io.Reader) (err error) {
	if s.text, err = io.ReadAll(r); err != nil {
		return err
	}
	if s.post.drop {
		s.conn.Conn().Close()
		return errors.New("gone")
	}
	s.post.mu.Lock()
	s.post.emails = append(s.post.emails, s.email)
	s.post.mu.Unlock()
	return nil
}

// taken returns the emails that the server has taken.
func (p *post) taken() []email {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.emails
}

// mailHouse sends emails to the server, whatever name the account connector has for it.
func mailHouse(t *testing.T, p *post) *house {
	h := bareHouse(t, nil)
	utility.Provide(h.runtime, utility.Config{Clock: h.clock, Post: utility.Post{Roots: p.roots,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.address)
		}}})
	h.properties = map[string]string{"Host": "mail.example", "Security": "none", "From": "Shop <shop@shop.example>"}
	return h
}

// TestEmailsArrive sends emails in each way that a server takes them.
func TestEmailsArrive(t *testing.T) {
	t.Parallel()
	for security, auth := range map[string]bool{"none": false, "starttls": true, "tls": true} {
		p := newPost(t, security, nil)
		h := mailHouse(t, p)
		h.properties["Security"] = security
		if auth {
			h.properties["Username"], h.properties["Password"], h.properties["From"] = "ada", "the-password", "members@shop.example"
		}
		out, err := h.call(t.Context(), "email/send", nil, map[string]any{
			"To": "Ada Lovelace <ada@example.com>, bob@example.com", "Cc": []string{"eve@example.com"}, "Bcc": "secret@example.com", "ReplyTo": "help@shop.example",
			"Subject": "Grüße", "Text": "Hello\n.\nAda", "Html": "<p>Hello</p>",
			"Attachments": []any{map[string]any{"name": "a.csv", "type": "text/csv", "text": "a,b\n"}, map[string]any{"name": "ü.bin", "base64": "AAE="}},
		}, 0, 0, "k1")
		if err != nil || len(p.taken()) != 1 {
			t.Errorf("%s: %v, %d emails", security, err, len(p.taken()))
			continue
		}
		got := p.taken()[0]
		if strings.Join(got.to, " ") != "ada@example.com bob@example.com eve@example.com secret@example.com" {
			t.Error("recipients", got.to)
		}
		m, err := mail.ReadMessage(bytes.NewReader(got.text))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got.text, []byte("secret@example.com")) || bytes.Contains(got.text, []byte("go-mail")) {
			t.Error("the email shows who gets a blind copy, or what sent it")
		}
		subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		id := strings.Trim(m.Header.Get("Message-Id"), "<>")
		if subject != "Grüße" || !strings.Contains(string(out), `"MessageId":"`+id+`","Recipients":4`) || !strings.HasSuffix(id, "@shop.example") ||
			m.Header.Get("Date") != "Sun, 01 Mar 2026 12:00:00 +0000" || !strings.Contains(m.Header.Get("Reply-To"), "help@shop.example") {
			t.Error(subject, string(out), m.Header)
		}
		if parts := partsOf(t, m.Header.Get("Content-Type"), m.Body); strings.Join(parts, "|") != "text/plain Hello\r\n.\r\nAda|text/html <p>Hello</p>|text/csv a.csv a,b\n|application/octet-stream ü.bin \x00\x01" {
			t.Errorf("%q", parts)
		}
	}
}

// partsOf lists the leaves of a body: type, name of the file, content.
func partsOf(t *testing.T, kind string, body io.Reader) (list []string) {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		t.Fatal("a leaf", media)
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart() // takes quoted-printable apart
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if media, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); strings.HasPrefix(media, "multipart/") {
			list = append(list, partsOf(t, p.Header.Get("Content-Type"), p)...)
			continue
		}
		content, err := io.ReadAll(p)
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			content, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(content)), ""))
		}
		if err != nil {
			t.Fatal(err)
		}
		media, _, _ = mime.ParseMediaType(p.Header.Get("Content-Type"))
		name, _ := new(mime.WordDecoder).DecodeHeader(p.FileName())
		list = append(list, strings.Join(strings.Fields(media+" "+name), " ")+" "+string(content))
	}
}

// TestEmailsAreRefused: what would be another email than its author meant is refused before a server is asked.
func TestEmailsAreRefused(t *testing.T) {
	t.Parallel()
	p := newPost(t, "none", nil)
	good := map[string]any{"To": "ada@example.com", "Subject": "Hello", "Text": "Hello"}
	many := strings.Repeat("ada@example.com, ", 50) + "bob@example.com"
	for what, change := range map[string]map[string]any{
		"a header within the subject":          {"Subject": "Hello\r\nBcc: eve@example.com"},
		"a bare line feed in it":               {"Subject": "Hello\nBcc: eve@example.com"},
		"a header within an address":           {"To": "ada@example.com\r\nBcc: eve@example.com"},
		"a header within a name":               {"To": "=?utf-8?q?Ada=0D=0ABcc:_eve@example.com?= <ada@example.com>"},
		"a command within an address":          {"To": "\"a>\r\nRCPT TO:<eve@example.com\"@example.com"},
		"a header within an answer's address":  {"ReplyTo": "ada@example.com\nX: 1"},
		"a header within the name of a file":   {"Attachments": []any{map[string]any{"name": "a\r\nX: 1", "text": "x"}}},
		"a header within the type of a file":   {"Attachments": []any{map[string]any{"name": "a", "type": "text/plain\r\nX: 1", "text": "x"}}},
		"a file that is none":                  {"Attachments": []any{map[string]any{"name": "a"}}},
		"too many files":                       {"Attachments": make([]string, 21)},
		"too large a file":                     {"Attachments": []any{strings.Repeat("x", 11<<20)}},
		"nobody to send it to":                 {"To": ""},
		"nobody in a list":                     {"To": []string{"", ""}},
		"no address":                           {"To": "ada"},
		"an address of this machine":           {"To": "root@localhost"},
		"more people than allowed":             {"To": many},
		"more people than allowed, all in all": {"To": many[:17*30-2], "Cc": many[:17*21-2]},
		"nothing to say":                       {"Text": ""},
		"too long a subject":                   {"Subject": strings.Repeat("x", 901)},
	} {
		h := mailHouse(t, p)
		fields := map[string]any{}
		for _, from := range []map[string]any{good, change} {
			for k, v := range from {
				fields[k] = v
			}
		}
		_, err := h.call(t.Context(), "email/send", nil, fields, 0, 0, "")
		if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Class != connector.ClassBuild {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, change := range map[string]map[string]string{
		"a server with a port in its name": {"Host": "mail.example:25"},
		"no server":                        {"Host": ""},
		"a port that is none":              {"Port": "99999"},
		"a password without TLS":           {"Username": "ada", "Password": "the-password"},
		"a security that is none":          {"Security": "some"},
		"no sender":                        {"From": ""},
		"two senders":                      {"From": "a@example.com, b@example.com"},
		"a header within the sender":       {"From": "a@example.com\r\nX: 1"},
	} {
		h := mailHouse(t, p)
		for k, v := range change {
			h.properties[k] = v
		}
		_, err := h.call(t.Context(), "email/send", nil, good, 0, 0, "")
		if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Class != connector.ClassBuild || strings.Contains(failed.Detail, "the-password") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(p.taken()); n != 0 {
		t.Errorf("%d emails were sent", n)
	}
}

// TestEmailsFail: the error says whether the email may be sent again, and holds no password.
func TestEmailsFail(t *testing.T) {
	t.Parallel()
	login := map[string]string{"Username": "ada", "Password": "wrong-password"}
	for what, c := range map[string]struct {
		security   string
		server     func(*post)
		properties map[string]string
		class      connector.Class
	}{
		"a wrong password":               {"starttls", nil, login, connector.ClassPermanent},
		"a server that wants a password": {"none", nil, map[string]string{"From": "members@shop.example"}, connector.ClassPermanent},
		"a mailbox that is not there":    {"none", func(p *post) { p.refuse = &smtp.SMTPError{Code: 550, Message: "no such mailbox"} }, nil, connector.ClassPermanent},
		"a mailbox that is full":         {"none", func(p *post) { p.refuse = &smtp.SMTPError{Code: 452, Message: "full"} }, nil, connector.ClassRetry},
		"a server that breaks off":       {"none", func(p *post) { p.drop = true }, nil, connector.ClassUnknown},
		"a server without STARTTLS":      {"none", nil, map[string]string{"Security": "starttls"}, connector.ClassRetry},
		"a certificate of another host":  {"starttls", nil, map[string]string{"Host": "other.example"}, connector.ClassRetry},
		"another host within TLS":        {"tls", nil, map[string]string{"Host": "other.example"}, connector.ClassRetry},
	} {
		p := newPost(t, c.security, c.server)
		h := mailHouse(t, p)
		h.properties["Security"] = c.security
		for k, v := range c.properties {
			h.properties[k] = v
		}
		_, err := h.call(t.Context(), "email/send", nil, map[string]any{"To": "ada@example.com", "Subject": "Hello", "Text": "Hello"}, 0, 0, "")
		failed, ok := errors.AsType[*connector.Error](err)
		if !ok || failed.Class != c.class || strings.Contains(failed.Detail, "wrong-password") {
			t.Errorf("%s: %v", what, err)
		}
		if n := len(p.taken()); n != 0 {
			t.Errorf("%s: %d emails were sent", what, n)
		}
	}
}

// TestEmailsStayOutOfPrivateNetworks: a mail server goes through the guard of all calls.
func TestEmailsStayOutOfPrivateNetworks(t *testing.T) {
	t.Parallel()
	p := newPost(t, "none", nil)
	guard, err := egress.New(egress.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := mailHouse(t, p)
	utility.Provide(h.runtime, utility.Config{Clock: h.clock, Post: utility.Post{Dial: guard.DialContext}})
	host, port, _ := net.SplitHostPort(p.address)
	h.properties["Host"], h.properties["Port"] = host, port
	_, err = h.call(t.Context(), "email/send", nil, map[string]any{"To": "ada@example.com", "Subject": "Hello", "Text": "Hello"}, 0, 0, "")
	if failed, ok := errors.AsType[*connector.Error](err); !ok || failed.Class != connector.ClassRetry || len(p.taken()) != 0 {
		t.Errorf("%v, %d emails", err, len(p.taken()))
	}
}
