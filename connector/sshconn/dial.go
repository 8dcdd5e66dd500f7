package sshconn

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"paceline"
)

// Dialer opens a connection to a "host:port"; that of internal/egress.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Server is whom to sign in to, and how.
type Server struct {
	Host, Port         string
	Username, Password string
	PrivateKey         string // PEM
	Passphrase         string // of the key
	HostKey            string // SHA256 fingerprints with spaces or commas between, one of which the server's key must have
}

// RefusedError says why the server was not signed in to: sending again is of no use. Its text is for people.
type RefusedError struct{ Reason string }

// Error returns the reason.
func (e *RefusedError) Error() string { return e.Reason }

// Dial connects and signs in. The deadline of ctx bounds both. A server whose key is not among HostKey is refused, with the
// fingerprint that it has, before any credential is sent.
func Dial(ctx context.Context, dial Dialer, s Server) (*ssh.Client, error) {
	config := &ssh.ClientConfig{User: s.Username, ClientVersion: "SSH-2.0-Go"}
	if s.PrivateKey != "" {
		signer, err := signerOf(s)
		if err != nil {
			return nil, err
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if s.Password != "" {
		config.Auth = append(config.Auth, ssh.Password(s.Password), ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range answers {
				answers[i] = s.Password
			}
			return answers, nil
		}))
	}
	var unknown *RefusedError
	config.HostKeyCallback = func(_ string, _ net.Addr, key ssh.PublicKey) error {
		unknown = checkKey(s.HostKey, key)
		if unknown != nil {
			return unknown
		}
		return nil
	}
	address := net.JoinHostPort(s.Host, s.Port)
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	inner, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		conn.Close()
		switch {
		case unknown != nil:
			return nil, unknown
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case strings.Contains(err.Error(), "unable to authenticate"):
			return nil, &RefusedError{"The SSH server refused the user name, the password or the key."}
		}
		return nil, fmt.Errorf("ssh: %w", err)
	}
	return ssh.NewClient(inner, channels, requests), nil
}

func signerOf(s Server) (ssh.Signer, error) {
	if s.Passphrase != "" {
		signer, err := ssh.ParsePrivateKeyWithPassphrase([]byte(s.PrivateKey), []byte(s.Passphrase))
		if err != nil {
			return nil, &RefusedError{"The private key can not be read with the passphrase."}
		}
		return signer, nil
	}
	signer, err := ssh.ParsePrivateKey([]byte(s.PrivateKey))
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, &RefusedError{"The private key has a passphrase, which is missing."}
	}
	if err != nil {
		return nil, &RefusedError{"The private key is not one in PEM or OpenSSH form."}
	}
	return signer, nil
}

// checkKey compares the server's key with the fingerprints that it may have.
func checkKey(known string, key ssh.PublicKey) *RefusedError {
	got := ssh.FingerprintSHA256(key)
	fingerprints := strings.FieldsFunc(known, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	for _, want := range fingerprints {
		if subtle.ConstantTimeCompare([]byte(strings.TrimRight(want, "=")), []byte(got)) == 1 {
			return nil
		}
	}
	if len(fingerprints) == 0 {
		return &RefusedError{fmt.Sprintf("The SSH server's key is not known yet. It presents %s (%s): compare that with what the server's operator says, and set it as the host key.", got, key.Type())}
	}
	return &RefusedError{fmt.Sprintf("The SSH server presents the key %s (%s), which is not the one that is set. Nothing was sent: somebody may stand between, or the server has a new key.", got, key.Type())}
}

// Through dials from the other end of a client. The protocol has no deadlines: one that has come closes the connection, which
// is how drivers interrupt what they wait for, and one to come is not kept.
func Through(client *ssh.Client) Dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := client.DialContext(ctx, network, address)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, &RefusedError{"The SSH server could not reach the database's address."}
		}
		return &channel{conn}, nil
	}
}

// channel is a connection within the client's.
type channel struct{ net.Conn }

// SetDeadline closes the connection if t has come.
func (c *channel) SetDeadline(t time.Time) error {
	if !t.IsZero() && !t.After(paceline.SystemClock{}.Now()) {
		return c.Close()
	}
	return nil
}

// SetReadDeadline is SetDeadline.
func (c *channel) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline is SetDeadline.
func (c *channel) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }
