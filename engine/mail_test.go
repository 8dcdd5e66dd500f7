package engine_test

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// dialMail connects to a mail server of its own, which takes emails as calls: "mail <to> <subject> <attachments>".
func (p *played) dialMail(context.Context, string, string) (net.Conn, error) {
	client, end := net.Pipe()
	server := smtp.NewServer(mailServer{p})
	go server.Serve(&single{conn: end, ended: make(chan struct{})})
	return client, nil
}

// single is a listener of one connection, which it outlives by nothing.
type single struct {
	conn  net.Conn
	given bool
	once  sync.Once
	ended chan struct{}
}

func (s *single) Accept() (net.Conn, error) {
	if !s.given {
		s.given = true
		return ending{s.conn, s}, nil
	}
	<-s.ended
	return nil, net.ErrClosed
}

func (s *single) Close() error {
	s.once.Do(func() { close(s.ended) })
	return nil
}

func (s *single) Addr() net.Addr { return s.conn.LocalAddr() }

type ending struct {
	net.Conn
	of *single
}

func (e ending) Close() error {
	e.of.Close()
	return e.Conn.Close()
}

type mailServer struct{ *played }

func (s mailServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &mailSession{played: s.played}, nil
}

type mailSession struct {
	*played
	to []string
}

func (s *mailSession) Reset()                               { s.to = nil }
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	attached := ""
	if _, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type")); params["boundary"] != "" {
		for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err != nil {
				break
			}
			if content, _ := io.ReadAll(part); part.FileName() != "" {
				attached += " " + strings.TrimSpace(string(content))
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, callMade{At: time.Now(), Path: "mail", Body: strings.Join(s.to, ",") + " " + m.Header.Get("Subject") + attached})
	return nil
}
