package tenant_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"paceline"
	"paceline/internal/egress"
	"paceline/internal/smtp"
	"paceline/store"
	"paceline/tenant"
)

// mailbox is a mail server on a loopback port that wants STARTTLS and a password, and keeps what it is sent.
type mailbox struct {
	relay tenant.Relay
	cert  []byte

	mu      sync.Mutex
	refuse  error // of recipients
	letters []received
}

type received struct {
	to, subject, id, text, rich string
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ok(t, err)
	server := gosmtp.NewServer(m)
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	done := make(chan struct{})
	go func() {
		server.Serve(listener)
		close(done)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	m.cert = der
	m.relay = relayTo(listener.Addr().(*net.TCPAddr).Port, der)
	return m
}

// relayTo is the mail server at a port of this machine, which has this certificate.
func relayTo(port int, cert []byte) tenant.Relay {
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(cert)))
	operator := must(egress.NewOperator(fmt.Sprint("127.0.0.1:", port)))
	return tenant.Relay{
		Server:  smtp.Server{Host: "127.0.0.1", Port: port, User: "paceline", Password: "the-password", From: "Integrations <noreply@paceline.example>"},
		Line:    smtp.Line{Dial: operator.DialContext, Roots: roots},
		Console: "https://paceline.example/console",
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// NewSession begins a conversation.
func (m *mailbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &mailSession{box: m}, nil }

type mailSession struct {
	box   *mailbox
	known bool
	to    []string
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.known = user == "paceline" && password == "the-password"; !s.known {
			return gosmtp.ErrAuthFailed
		}
		return nil
	}), nil
}
func (s *mailSession) Reset()        { s.to = nil }
func (s *mailSession) Logout() error { return nil }
func (s *mailSession) Mail(string, *gosmtp.MailOptions) error {
	if !s.known {
		return gosmtp.ErrAuthRequired
	}
	return nil
}
func (s *mailSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.to = append(s.to, to)
	return s.box.refuse
}

func (s *mailSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	in := received{to: strings.Join(s.to, ","), id: m.Header.Get("Message-Id")}
	in.subject, _ = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			in.rich = string(text)
		} else {
			in.text = strings.ReplaceAll(string(text), "\r\n", "\n")
		}
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.letters = append(s.box.letters, in)
	return nil
}

func (m *mailbox) take() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.letters
	m.letters = nil
	return out
}

func (m *mailbox) refuseWith(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = err
}

// admin is a console user with all rights.
func (h *house) admin(t *testing.T) paceline.Principal {
	return paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.first.Partner, Name: "admin", Rights: paceline.Rights{Full: true}}
}

func (h *house) reader(t *testing.T, name string, activity bool) paceline.ID {
	t.Helper()
	u, err := h.CreateConsoleUser(t.Context(), h.admin(t), tenant.ConsoleUserPatch{
		UserName: name, Password: tenant.Value("quite-long-1"), Full: tenant.Value(true), ActivityMail: tenant.Value(activity)})
	ok(t, err)
	return u.ID
}

// happens records incidents of an account, as the engine does.
func (h *house) happens(t *testing.T, a paceline.Account, code paceline.Code, times int) {
	t.Helper()
	for range times {
		ok(t, h.store.InTx(t.Context(), a.Scope(), func(tx *store.Tx) error {
			return tx.InsertIncident(a.Scope(), paceline.Incident{Account: a.Num, Code: code, Warning: code == paceline.CodeQuotaNear, At: tx.Now()})
		}))
	}
}

// round makes one after a while.
func (h *house) round(t *testing.T, after time.Duration) {
	t.Helper()
	h.clock.add(after)
	ok(t, h.MailRound(t.Context()))
}

// TestEmailsAreBundled: ten thousand errors are one email, the next one comes a quarter of an hour later with what came
// meanwhile, and nobody hears of what he did not ask for.
func TestEmailsAreBundled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		box := newMailbox(t)
		h.SendMailBy(box.relay)
		acme, other := h.account(t, "acme", ""), h.account(t, "other", "")
		h.happens(t, acme, paceline.CodeCallFailed, 1) // before anybody wants to know
		ada := h.reader(t, "ada@shop.example", false)
		h.reader(t, "bob@shop.example", true)
		h.reader(t, "cyd@shop.example", false)
		_, err := h.CreateNotification(t.Context(), h.p, tenant.NotificationPatch{Name: tenant.Value("Errors of Acme"), Kinds: tenant.Value(paceline.MailErrors),
			People: tenant.Value([]paceline.ID{ada}), Accounts: tenant.Value([]string{"acme"})})
		ok(t, err)

		h.happens(t, acme, paceline.CodeCallFailed, 500)
		h.happens(t, other, paceline.CodeOutOfRetries, 3)
		h.happens(t, acme, paceline.CodeQuotaNear, 1)
		h.round(t, 0)
		if got := box.take(); len(got) != 0 {
			t.Fatalf("%d emails at once", len(got))
		}
		h.round(t, time.Minute)
		got := box.take()
		if len(got) != 2 {
			t.Fatalf("%d emails: %+v", len(got), got)
		}
		for _, letter := range got {
			bob := letter.to == "bob@shop.example"
			if !bob && letter.to != "ada@shop.example" {
				t.Errorf("an email to %s", letter.to)
			}
			for text, want := range map[string]bool{"Name of acme: Failed to call the method (500 times": true, "Name of other: Out of retries (3 times": bob, "80 % of its quota": bob} {
				if strings.Contains(letter.text, text) != want {
					t.Errorf("%s: %q is in it: %v\n%s", letter.to, text, !want, letter.text)
				}
			}
			if subject := "[Partner] 500 errors"; !bob && letter.subject != subject {
				t.Errorf("subject %q", letter.subject)
			}
			if !strings.Contains(letter.rich, "<strong>Name of acme</strong>") || !strings.Contains(letter.rich, `href="https://paceline.example/console"`) {
				t.Errorf("%s", letter.rich)
			}
		}

		h.happens(t, acme, paceline.CodeCallFailed, 2)
		h.round(t, 10*time.Minute)
		if got := box.take(); len(got) != 0 {
			t.Fatalf("%d emails after ten minutes", len(got))
		}
		h.happens(t, acme, paceline.CodeCallFailed, 2)
		h.round(t, 6*time.Minute)
		if got := box.take(); len(got) != 2 || !strings.Contains(got[0].text, "(4 times") {
			t.Fatalf("%+v", got)
		}
		h.round(t, time.Hour)
		if got := box.take(); len(got) != 0 {
			t.Fatalf("%d emails of nothing", len(got))
		}
	})
}

// TestEmailsOutliveTheMailServer: while it is away, one email grows, also over a restart; it is sent once, and given up after
// three days. What the server refuses for good is not tried again.
func TestEmailsOutliveTheMailServer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		box := newMailbox(t)
		h.SendMailBy(box.relay)
		acme := h.account(t, "acme", "")
		h.reader(t, "bob@shop.example", true)
		away := &gosmtp.SMTPError{Code: 451, Message: "later"}
		box.refuseWith(away)
		h.happens(t, acme, paceline.CodeCallFailed, 2)
		h.round(t, 0)
		for range 8 {
			h.round(t, time.Hour)
		}
		h.happens(t, acme, paceline.CodeCallFailed, 3)
		box.refuseWith(nil)
		h.round(t, 2*time.Hour)
		h.round(t, 2*time.Hour)
		got := box.take()
		if len(got) != 1 || !strings.Contains(got[0].text, "(5 times") {
			t.Fatalf("%+v", got)
		}

		box.refuseWith(away)
		h.happens(t, acme, paceline.CodeOutOfRetries, 1)
		h.round(t, 0)
		for range 4 * 24 {
			h.round(t, time.Hour)
		}
		box.refuseWith(nil)
		h.round(t, 3*time.Hour)
		if got := box.take(); len(got) != 0 {
			t.Fatalf("after four days: %+v", got)
		}

		box.refuseWith(&gosmtp.SMTPError{Code: 550, Message: "nobody"})
		h.happens(t, acme, paceline.CodeCallFailed, 1)
		h.round(t, 0)
		h.round(t, time.Hour)
		box.refuseWith(nil)
		h.round(t, 3*time.Hour)
		if got := box.take(); len(got) != 0 {
			t.Fatalf("after it was refused: %+v", got)
		}
	})
}

// TestEmailIsSentByOneNode: of two that make a round at once, one sends it.
func TestEmailIsSentByOneNode(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		box := newMailbox(t)
		h.SendMailBy(box.relay)
		h.reader(t, "bob@shop.example", true)
		h.happens(t, h.account(t, "acme", ""), paceline.CodeCallFailed, 20)
		h.round(t, 0)
		h.clock.add(time.Minute)
		var both sync.WaitGroup
		for range 4 {
			both.Go(func() {
				if err := h.MailRound(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if got := box.take(); len(got) != 1 || !strings.Contains(got[0].text, "(20 times") {
			t.Fatalf("%+v", got)
		}
	})
}

// TestEmailTextsAreHarmless: names with HTML and line breaks are text, and begin no header; many lines are cut.
func TestEmailTextsAreHarmless(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		box := newMailbox(t)
		h.SendMailBy(box.relay)
		h.reader(t, "bob@shop.example", true)
		for i := range 60 {
			a, err := h.CreateAccount(t.Context(), h.p, tenant.AccountPatch{ID: tenant.Value(fmt.Sprint("a", i)), Name: tenant.Value("<b>&\r\nBcc: eve@evil.example\r\n\r\n<script>")})
			ok(t, err)
			h.happens(t, a, paceline.CodeCallFailed, 1)
		}
		h.round(t, 0)
		h.round(t, time.Minute)
		got := box.take()
		if len(got) != 1 || got[0].to != "bob@shop.example" {
			t.Fatalf("%+v", got)
		}
		if strings.Contains(got[0].rich, "<script>") || strings.Contains(got[0].rich, "<b>") || !strings.Contains(got[0].rich, "&lt;b&gt;&amp; Bcc:") {
			t.Error(got[0].rich)
		}
		if strings.Count(got[0].text, "\n- <b>& Bcc: eve@evil.example <script>: ") != 50 || !strings.Contains(got[0].text, "and 10 more.") {
			t.Error(got[0].text)
		}
	})
}

// TestNotificationRules: who may see and change them, and whom they name.
func TestNotificationRules(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *house) {
		h.account(t, "acme", "")
		name := tenant.Value("Errors")
		stranger := h.stranger(t)
		made, err := h.CreateNotification(t.Context(), h.p, tenant.NotificationPatch{Name: name})
		ok(t, err)
		plain, err := h.CreateConsoleUser(t.Context(), h.admin(t), tenant.ConsoleUserPatch{UserName: "plain", Password: tenant.Value("quite-long-1")})
		ok(t, err)
		patch := func(c tenant.NotificationPatch) func() (tenant.NotificationPatch, error) {
			return func() (tenant.NotificationPatch, error) { return c, nil }
		}
		viewer := h.admin(t)
		viewer.Rights = paceline.Rights{Areas: map[string]paceline.RightLevel{tenant.AreaNotify: paceline.ViewRight}}
		for what, c := range map[string]struct {
			p    paceline.Principal
			c    tenant.NotificationPatch
			want paceline.Code
		}{
			"a person without an address": {h.p, tenant.NotificationPatch{People: tenant.Value([]paceline.ID{plain.ID})}, paceline.CodeFieldInvalid},
			"another partner's":           {stranger, tenant.NotificationPatch{Name: name}, paceline.CodeNotFound},
			"who may only look":           {viewer, tenant.NotificationPatch{Name: name}, paceline.CodeForbidden},
		} {
			_, err := h.UpdateNotification(t.Context(), c.p, made.ID, patch(c.c))
			wantCode(t, what, err, c.want)
		}
		_, err = h.UpdateConsoleUser(t.Context(), h.admin(t), plain.ID, tenant.ConsoleUserPatch{ActivityMail: tenant.Value(true)})
		wantCode(t, "to be told without an address", err, paceline.CodeFieldInvalid)
		_, err = h.UpdateConsoleUser(t.Context(), h.admin(t), plain.ID, tenant.ConsoleUserPatch{Email: tenant.Value("a <b@c.example>")})
		wantCode(t, "an address with a name", err, paceline.CodeFieldInvalid)
		u, err := h.UpdateConsoleUser(t.Context(), h.admin(t), plain.ID, tenant.ConsoleUserPatch{Email: tenant.Value("plain@shop.example"), ActivityMail: tenant.Value(true)})
		if ok(t, err); u.Email != "plain@shop.example" || !u.ActivityMail {
			t.Errorf("%+v", u)
		}
		_, err = h.UpdateNotification(t.Context(), h.p, made.ID, patch(tenant.NotificationPatch{People: tenant.Value([]paceline.ID{plain.ID})}))
		ok(t, err)
		ok(t, h.DeleteConsoleUser(t.Context(), h.admin(t), plain.ID))
		all, err := h.Notifications(t.Context(), viewer)
		ok(t, err)
		if len(all.Rules) != 1 || len(all.Rules[0].People) != 0 || all.Configured {
			t.Errorf("%+v", all)
		}
		rules, err := h.Notifications(t.Context(), stranger)
		if ok(t, err); len(rules.Rules) != 0 {
			t.Errorf("%+v", rules)
		}
	})
}
