package app

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"strconv"
	"strings"

	"paceline/internal/egress"
	"paceline/internal/smtp"
	"paceline/tenant"
)

// mailServer is what the configuration says of the mail server, without the password.
func (c Config) mailServer() (s smtp.Server, err error) {
	s = smtp.Server{Host: c.MailServer, Security: c.MailSecurity, User: c.MailUser, From: c.MailFrom}
	if host, port, splitErr := net.SplitHostPort(c.MailServer); splitErr == nil {
		s.Host = host
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 {
			return s, fmt.Errorf("%q has no valid port", c.MailServer)
		}
	}
	if bad := s.Check(); bad != "" {
		return s, errors.New(strings.ToLower(bad[:1]) + strings.TrimSuffix(bad[1:], "."))
	}
	return s, nil
}

// mailSettings checks what can be told without touching anything.
func (c Config) mailSettings() error {
	if _, err := c.mailServer(); err != nil {
		return err
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		return errors.New("it needs --mail-from, an email address")
	}
	if (c.MailUser == "") != (c.MailPasswordFile == "") {
		return errors.New("--mail-user and --mail-password-file belong together: give both or neither")
	}
	return nil
}

// makeRelay lets the room of tenants send emails, if there is a mail server.
func (a *App) makeRelay() error {
	if a.config.MailServer == "" {
		return nil
	}
	s, err := a.config.mailServer()
	if err != nil {
		return fmt.Errorf("--mail-server: %w", err)
	}
	if a.config.MailPasswordFile != "" {
		text, err := os.ReadFile(a.config.MailPasswordFile)
		if err != nil {
			return fmt.Errorf("--mail-password-file: %w", err)
		}
		s.Password = strings.TrimRight(string(text), "\r\n")
	}
	operator, err := egress.NewOperator(s.Address())
	if err != nil {
		return fmt.Errorf("--mail-server: %w", err)
	}
	a.base.Tenant.SendMailBy(tenant.Relay{Server: s, Line: smtp.Line{Dial: operator.DialContext}, Console: a.publicURL + "/console"})
	return nil
}
