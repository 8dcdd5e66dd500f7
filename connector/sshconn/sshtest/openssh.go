package sshtest

import (
	"bufio"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// OpenSSH is OpenSSH's own server, with a key and a configuration of its own, for whoever runs the tests.
type OpenSSH struct {
	Host, Port  string
	Fingerprint string
	User        string // who runs the tests: the server signs nobody else in
	PrivateKey  string // of the user, locked with Passphrase
	Passphrase  string

	cmd  *exec.Cmd
	keys string
}

// StartOpenSSH runs one on a loopback port. Files begin in the folder; need is the path of scripts/need.
func StartOpenSSH(need, folder string) (*OpenSSH, error) {
	if out, err := exec.Command(need, "sshd").CombinedOutput(); err != nil {
		return nil, errors.New(string(out))
	}
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	if who.Uid == "0" { // only then does it part its rights, in a folder that a machine without systemd lacks
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return nil, err
		}
	}
	s := &OpenSSH{Host: "127.0.0.1", User: who.Username, Passphrase: "a word for the key"}
	if s.keys, err = os.MkdirTemp("", "paceline-sshd."); err != nil {
		return nil, err
	}
	if err := s.start(folder); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *OpenSSH) start(folder string) error {
	authorized, err := s.writeKeys()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.Host+":0")
	if err != nil {
		return err
	}
	_, s.Port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	config := filepath.Join(s.keys, "config")
	err = os.WriteFile(config, fmt.Appendf(nil, `ListenAddress %s:%s
HostKey %s
AuthorizedKeysFile %s
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PidFile none
AllowTcpForwarding yes
Subsystem sftp internal-sftp -d %s
LogLevel INFO
`, s.Host, s.Port, filepath.Join(s.keys, "host"), authorized, folder), 0o600)
	if err != nil {
		return err
	}
	s.cmd = exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", config)
	said, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return err
	}
	listens, ended := make(chan bool), make(chan string, 1)
	go func() { // to its end, so that the server never waits for a reader
		var all strings.Builder
		first := true
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if first && strings.HasPrefix(lines.Text(), "Server listening on ") {
				first = false
				close(listens)
			}
			if first {
				all.WriteString(lines.Text() + "\n")
			}
		}
		ended <- all.String()
	}()
	select {
	case <-listens:
		return nil
	case text := <-ended:
		return fmt.Errorf("sshd does not start: %s", text)
	}
}

// writeKeys makes the keys of server and user, and tells the file with the one that may sign in.
func (s *OpenSSH) writeKeys() (authorized string, err error) {
	host := key()
	block, err := ssh.MarshalPrivateKey(host, "")
	if err != nil {
		return "", err
	}
	hostKey, err := ssh.NewPublicKey(host.Public())
	if err != nil {
		return "", err
	}
	s.Fingerprint = ssh.FingerprintSHA256(hostKey)
	if err := os.WriteFile(filepath.Join(s.keys, "host"), pem.EncodeToMemory(block), 0o600); err != nil {
		return "", err
	}
	own, err := rsa.GenerateKey(nil, 2048) // which OpenSSH takes with newer signatures alone; the library has its own randomness
	if err != nil {
		return "", err
	}
	if block, err = ssh.MarshalPrivateKeyWithPassphrase(own, "", []byte(s.Passphrase)); err != nil {
		return "", err
	}
	s.PrivateKey = string(pem.EncodeToMemory(block))
	public, err := ssh.NewPublicKey(own.Public())
	if err != nil {
		return "", err
	}
	authorized = filepath.Join(s.keys, "authorized")
	return authorized, os.WriteFile(authorized, ssh.MarshalAuthorizedKey(public), 0o600)
}

// Close ends the server and its clients' connections.
func (s *OpenSSH) Close() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	}
	os.RemoveAll(s.keys)
}
