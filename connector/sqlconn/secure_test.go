package sqlconn_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/sshconn/sshtest"
)

// secure is a throw-away PostgreSQL server that lets nobody in without TLS.
var secure struct {
	once         sync.Once
	failed, port string
	ca           string
	stop         func()
}

// TestTLS: a certificate of an authority that is set is trusted, any other one is not, and nothing is sent to its server; a
// server that demands TLS gets it.
func TestTLS(t *testing.T) {
	t.Parallel()
	other, err := certificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		d             func(t *testing.T) database
		ca            *string
		secured, used string // a user that must come by TLS; a query that tells whether a connection has it
	}{
		"PostgreSQL": {securePostgres, &secure.ca, "postgres", "SELECT CASE WHEN ssl THEN version ELSE '' END AS used FROM pg_stat_ssl WHERE pid = pg_backend_pid()"},
		"MariaDB":    {mariadb, &maria.ca, "secured", "SELECT variable_value AS used FROM information_schema.session_status WHERE variable_name = 'Ssl_version'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := c.d(t)
			by := func(mode, ca, host string) *bundle {
				return connect(t, d, func(properties, credential map[string]string) {
					properties["Tls"], properties["Ca"], properties["Host"] = mode, ca, host
					credential["Username"] = c.secured
				}, net.JoinHostPort(host, d.port))
			}
			for _, b := range []*bundle{by("verify", *c.ca, d.host), by("verify", strings.ReplaceAll(*c.ca, "\n", " "), d.host), by("encrypt", "", d.host)} {
				if rows := b.rows(t, c.used); len(rows) != 1 || !strings.HasPrefix(fmt.Sprint(rows[0]["used"]), "TLSv1.") {
					t.Error(rows)
				}
			}
			for what, b := range map[string]*bundle{
				"in clear":               by("off", "", d.host),
				"unknown authority":      by("verify", "", d.host),
				"another authority":      by("verify", other, d.host),
				"name of another server": by("verify", *c.ca, "127.0.0.2"),
			} {
				_, failed := b.call(t, "run-query", params("statement:Query", "SELECT 1"))
				if failed == nil || failed.Class != connector.ClassAuth {
					t.Errorf("%s: %v", what, failed)
				}
				if failed != nil && what != "in clear" && !strings.Contains(failed.Detail, "certificate can not be trusted") {
					t.Errorf("%s: %s", what, failed.Detail)
				}
			}
		})
	}
}

// TestTunnelOfOpenSSH goes through OpenSSH's server, to which a locked key signs in.
func TestTunnelOfOpenSSH(t *testing.T) {
	each(t, func(t *testing.T, d database) {
		s, err := sshtest.StartOpenSSH("../../scripts/need", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		through := func(user, target string) *bundle {
			behind := d
			behind.host, behind.port = "192.0.2.1", "1" // nothing but the SSH server may be dialled
			return connectBy(t, definition(t, "../../connectors/"+d.key+"/connector.yaml"), behind, func(properties, credential map[string]string) {
				properties["Host"], properties["Port"] = d.host, target
				properties["SshHost"], properties["SshPort"], properties["SshHostKey"] = s.Host, s.Port, s.Fingerprint
				credential["SshUsername"], credential["SshPrivateKey"], credential["SshPassphrase"] = user, s.PrivateKey, s.Passphrase
			}, net.JoinHostPort(s.Host, s.Port))
		}
		b := through(s.User, d.port)
		b.run(t, table(d))
		for n := range 3 {
			if _, failed := b.call(t, "insert-row", with(params("object:name", "orders"), "values.number", fmt.Sprintf(`"N-%d"`, n))); failed != nil {
				t.Fatal(failed.Detail)
			}
		}
		if rows := b.rows(t, "SELECT number FROM orders ORDER BY number"); len(rows) != 3 || rows[2]["number"] != "N-2" {
			t.Error(rows)
		}
		if _, failed := through("nobody-at-all", d.port).call(t, "run-query", params("statement:Query", "SELECT 1")); failed == nil || failed.Class != connector.ClassAuth {
			t.Error(failed)
		}
		if _, failed := through(s.User, "1").call(t, "run-query", params("statement:Query", "SELECT 1")); failed == nil || !strings.Contains(failed.Detail, "could not reach") {
			t.Error(failed)
		}
	})
}

// certificate writes cert.pem and key.pem of a server on 127.0.0.1 into a folder, and returns the PEM of the authority.
func certificate(folder string) (authority string, err error) {
	now := paceline.SystemClock{}.Now()
	made := func(name string, issuer *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		}
		if issuer == nil {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.IPAddresses = true, true, x509.KeyUsageCertSign, nil
			issuer, by = c, key
		}
		raw, err := x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), by)
		if err != nil {
			return nil, nil, err
		}
		c, err = x509.ParseCertificate(raw)
		return c, key, err
	}
	ca, caKey, err := made("Test Authority", nil, nil)
	if err != nil {
		return "", err
	}
	server, key, err := made("Test Server", ca, caKey)
	if err != nil {
		return "", err
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	pemOf := func(kind string, raw []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw})
	}
	err = errors.Join(os.WriteFile(filepath.Join(folder, "cert.pem"), pemOf("CERTIFICATE", server.Raw), 0o644),
		os.WriteFile(filepath.Join(folder, "key.pem"), pemOf("EC PRIVATE KEY", raw), 0o600))
	return string(pemOf("CERTIFICATE", ca.Raw)), err
}

func securePostgres(t *testing.T) database {
	t.Helper()
	secure.once.Do(func() {
		if err := startSecure(); err != nil {
			secure.failed = err.Error()
		}
	})
	if secure.failed != "" {
		t.Fatal(secure.failed)
	}
	return database{"postgresql", "127.0.0.1", secure.port, "postgres", "postgres", "pass word"}
}

// startSecure makes a cluster with a certificate. PostgreSQL refuses to run as root, so root lends it to the user postgres.
func startSecure() error {
	if out, err := exec.Command("../../scripts/need", "initdb").CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	program, err := exec.LookPath("initdb")
	if err != nil && len(found) == 0 {
		return errors.New("initdb is nowhere")
	}
	if len(found) > 0 {
		program = slices.MaxFunc(found, strings.Compare)
	}
	folder, err := os.MkdirTemp("", "paceline-postgres-tls.")
	if err != nil {
		return err
	}
	if secure.ca, err = certificate(folder); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "password"), []byte("pass word"), 0o644); err != nil {
		return err
	}
	var as []string
	if os.Getuid() == 0 {
		postgres, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(postgres.Uid)
		for _, name := range []string{"", "cert.pem", "key.pem"} {
			if err := os.Chown(filepath.Join(folder, name), uid, -1); err != nil {
				return err
			}
		}
		as = []string{"runuser", "-u", "postgres", "--"}
	}
	run := func(args ...string) error {
		args = append(slices.Clone(as), args...)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %s", err, out)
		}
		return nil
	}
	data, control := filepath.Join(folder, "data"), filepath.Join(filepath.Dir(program), "pg_ctl")
	if err := run(program, "-D", data, "-U", "postgres", "--auth=scram-sha-256", "--pwfile="+filepath.Join(folder, "password"), "--encoding=UTF8", "--locale=C", "--no-sync"); err != nil {
		return err
	}
	access := []byte("hostssl all all 127.0.0.0/8 scram-sha-256\n")
	if err := os.WriteFile(filepath.Join(data, "pg_hba.conf"), access, 0o600); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, secure.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	secure.stop = func() {
		run(control, "-D", data, "-m", "immediate", "-s", "stop")
		os.RemoveAll(folder)
	}
	return run(control, "-D", data, "-l", filepath.Join(folder, "log"), "-s", "-w", "-t", "30", "-o",
		fmt.Sprintf("-p %s -c listen_addresses=127.0.0.1,127.0.0.2 -c unix_socket_directories=%s -c fsync=off -c ssl=on -c ssl_cert_file=%s/cert.pem -c ssl_key_file=%s/key.pem", secure.port, folder, folder, folder), "start")
}
