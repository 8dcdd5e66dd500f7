// Package sshtest is an SSH server for tests, with tunnels and files.
package sshtest

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"paceline"
	"paceline/connector/sshconn"
)

// Server is one that runs. It lets in the user "tunnel" with the password "open sesame" or with PrivateKey.
type Server struct {
	Host, Port  string
	Fingerprint string
	PrivateKey  string // PEM, of the user
	Folder      string // of its files; "" serves none

	listener net.Listener
	dial     sshconn.Dialer
	config   *ssh.ServerConfig
	wait     sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	opened  int
	targets []string
}

// User and Password are those of the server.
const (
	User     = "tunnel"
	Password = "open sesame"
)

// Start runs a server on a loopback port; dial reaches what tunnels lead to.
func Start(folder string, dial sshconn.Dialer) (*Server, error) {
	host, user := key(), key()
	hostSigner, err := ssh.NewSignerFromSigner(host)
	if err != nil {
		return nil, err
	}
	userKey, err := ssh.NewPublicKey(user.Public())
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(user, "")
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: folder, dial: dial, Fingerprint: ssh.FingerprintSHA256(hostSigner.PublicKey()), PrivateKey: string(pem.EncodeToMemory(block)), conns: map[net.Conn]bool{}}
	refused := errors.New("refused")
	s.config = &ssh.ServerConfig{
		PasswordCallback: func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if c.User() == User && string(password) == Password {
				return nil, nil
			}
			return nil, refused
		},
		PublicKeyCallback: func(c ssh.ConnMetadata, given ssh.PublicKey) (*ssh.Permissions, error) {
			if c.User() == User && string(given.Marshal()) == string(userKey.Marshal()) {
				return nil, nil
			}
			return nil, refused
		},
	}
	s.config.AddHostKey(hostSigner)
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.Host, s.Port, _ = net.SplitHostPort(s.listener.Addr().String())
	s.wait.Add(1)
	go s.accept()
	return s, nil
}

func key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed([]byte(paceline.NewHexSecret(16))) }

// Opened counts the clients that have signed in so far.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Targets lists where tunnels went.
func (s *Server) Targets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.targets...)
}

// Drop ends all connections; the server stays.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}

// Close ends the server and waits for it.
func (s *Server) Close() {
	s.listener.Close()
	s.Drop()
	s.wait.Wait()
}

func (s *Server) accept() {
	defer s.wait.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.wait.Add(1)
		go func() {
			defer s.wait.Done()
			s.serve(conn)
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		}()
	}
}

func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	client, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	defer client.Close()
	s.mu.Lock()
	s.opened++
	s.mu.Unlock()
	go ssh.DiscardRequests(requests)
	var each sync.WaitGroup
	defer each.Wait()
	for asked := range channels {
		each.Add(1)
		go func() {
			defer each.Done()
			switch asked.ChannelType() {
			case "direct-tcpip":
				s.tunnel(asked)
			case "session":
				s.session(asked)
			default:
				asked.Reject(ssh.UnknownChannelType, "no")
			}
		}()
	}
}

func (s *Server) tunnel(asked ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	if err := ssh.Unmarshal(asked.ExtraData(), &to); err != nil {
		asked.Reject(ssh.ConnectionFailed, "unreadable")
		return
	}
	address := net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port)))
	s.mu.Lock()
	s.targets = append(s.targets, address)
	s.mu.Unlock()
	far, err := s.dial(context.Background(), "tcp", address)
	if err != nil {
		asked.Reject(ssh.ConnectionFailed, "no way there")
		return
	}
	near, requests, err := asked.Accept()
	if err != nil {
		far.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); io.Copy(far, near); far.Close() }()
	go func() { defer both.Done(); io.Copy(near, far); near.Close() }()
	both.Wait()
}

func (s *Server) session(asked ssh.NewChannel) {
	if s.Folder == "" {
		asked.Reject(ssh.Prohibited, "no files here")
		return
	}
	channel, requests, err := asked.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	for r := range requests {
		ok := r.Type == "subsystem" && len(r.Payload) > 4 && string(r.Payload[4:]) == "sftp"
		r.Reply(ok, nil)
		if !ok {
			continue
		}
		go ssh.DiscardRequests(requests)
		server, err := sftp.NewServer(channel, sftp.WithServerWorkingDirectory(s.Folder))
		if err != nil {
			return
		}
		server.Serve()
		server.Close()
		return
	}
}
