package sqlconn_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/connector/sqlconn"
	"paceline/connector/sshconn/sshtest"
	"paceline/internal/egress"
	"paceline/mapping"
	"paceline/store/storetest/testdb"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// database is one to test with.
type database struct {
	key, host, port, name, user, password string
}

func postgres(t *testing.T) database {
	t.Helper()
	u, err := url.Parse(testdb.New(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	return database{"postgresql", u.Hostname(), u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username(), password}
}

// maria is a throw-away MariaDB server for the whole package.
var maria struct {
	once   sync.Once
	failed string
	port   string
	ca     string // of its certificate, a PEM
	stop   func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range []func(){maria.stop, secure.stop} {
		if stop != nil {
			stop()
		}
	}
	os.Exit(code)
}

func mariadb(t *testing.T) database {
	t.Helper()
	maria.once.Do(startMaria)
	if maria.failed != "" {
		t.Fatal(maria.failed)
	}
	d := database{"mysql", "127.0.0.1", maria.port, "t" + paceline.NewHexSecret(4), "tester", "pass word"}
	admin := d
	admin.name = "test"
	b := connect(t, admin, nil)
	for _, text := range []string{"CREATE DATABASE " + d.name} {
		if _, failed := b.call(t, "run-statement", params("statement:Statement", text)); failed != nil {
			t.Fatal(failed)
		}
	}
	return d
}

func startMaria() {
	for _, program := range []string{"mariadbd"} {
		if out, err := exec.Command("../../scripts/need", program).CombinedOutput(); err != nil {
			maria.failed = string(out)
			return
		}
	}
	folder, err := os.MkdirTemp("", "paceline-mariadb.")
	if err != nil {
		maria.failed = err.Error()
		return
	}
	data, init := filepath.Join(folder, "data"), filepath.Join(folder, "init.sql")
	who, _ := user.Current()
	args := []string{"--no-defaults", "--datadir=" + data, "--user=" + who.Username}
	if out, err := exec.Command("mariadb-install-db", append(args, "--auth-root-authentication-method=normal", "--skip-test-db")...).CombinedOutput(); err != nil {
		maria.failed = "mariadb-install-db: " + string(out)
		return
	}
	os.WriteFile(init, []byte("CREATE DATABASE test;\nCREATE USER tester@'%' IDENTIFIED BY 'pass word';\nGRANT ALL ON *.* TO tester@'%';\n"+
		"CREATE USER secured@'%' IDENTIFIED BY 'pass word' REQUIRE SSL;\nGRANT ALL ON *.* TO secured@'%';\n"), 0o644)
	if maria.ca, err = certificate(folder); err != nil {
		maria.failed = err.Error()
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		maria.failed = err.Error()
		return
	}
	_, maria.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	program := "mariadbd"
	if _, err := exec.LookPath(program); err != nil {
		program = "/usr/sbin/mariadbd"
	}
	cmd := exec.Command(program, append(args, "--bind-address=127.0.0.1,127.0.0.2", "--port="+maria.port, "--socket="+filepath.Join(folder, "s"), "--pid-file="+filepath.Join(folder, "pid"),
		"--init-file="+init, "--ssl-cert="+filepath.Join(folder, "cert.pem"), "--ssl-key="+filepath.Join(folder, "key.pem"), "--skip-log-bin", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--performance-schema=0", "--log-error="+filepath.Join(folder, "log"))...)
	if err := cmd.Start(); err != nil {
		maria.failed = err.Error()
		return
	}
	maria.stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
		os.RemoveAll(folder)
	}
	clock := paceline.SystemClock{}
	for until := clock.Now().Add(30 * time.Second); ; {
		conn, err := net.Dial("tcp", "127.0.0.1:"+maria.port)
		if err == nil {
			conn.Close()
			return
		}
		if clock.Now().After(until) {
			log, _ := os.ReadFile(filepath.Join(folder, "log"))
			maria.failed = "mariadbd does not answer: " + string(log)
			return
		}
		tick, stop := clock.NewTimer(20 * time.Millisecond)
		<-tick
		stop()
	}
}

// bundle is an account connector of one of the shipped definitions, with a runtime.
type bundle struct {
	compiled *connector.Compiled
	instance *connector.Instance
	runtime  *connector.Runtime
	wire     *sqlconn.Wire
}

// connect makes one; change may alter properties and credential first.
func connect(t *testing.T, d database, change func(properties, credential map[string]string), allow ...string) *bundle {
	t.Helper()
	return connectBy(t, definition(t, "../../connectors/"+d.key+"/connector.yaml"), d, change, allow...)
}

func definition(t *testing.T, path string) *connector.Compiled {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, path, text)
}

func compile(t *testing.T, name string, text []byte) *connector.Compiled {
	t.Helper()
	def, problems := connector.Parse(name, text)
	if def == nil {
		t.Fatal(problems)
	}
	c, err := connector.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func connectBy(t *testing.T, c *connector.Compiled, d database, change func(properties, credential map[string]string), allow ...string) *bundle {
	t.Helper()
	guard, err := egress.New(egress.Config{Allow: append(allow, net.JoinHostPort(d.host, d.port)), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{compiled: c, wire: sqlconn.New(guard.DialContext, nil)}
	t.Cleanup(func() { b.wire.Close() })
	b.runtime = connector.New(connector.Config{Transport: guard.Transport(), Logger: quiet, Wires: map[string]http.RoundTripper{connector.TransportSQL: b.wire}})
	properties := map[string]string{"Host": d.host, "Port": d.port, "Database": d.name, "Tls": "off"}
	credential := map[string]string{"Username": d.user, "Password": d.password}
	if change != nil {
		change(properties, credential)
	}
	b.instance = &connector.Instance{Account: 1, Partner: 1, Root: 1, ID: 7, Compiled: b.compiled, AuthValue: c.Auth("").AuthValue(credential), Properties: properties}
	return b
}

// params pairs places with texts.
func params(pairs ...string) (in mapping.Inputs) {
	for i := 0; i < len(pairs); i += 2 {
		where, name, _ := strings.Cut(pairs[i], ":")
		in.Params = append(in.Params, mapping.Param{In: where, Name: name, Value: mapping.Quote(pairs[i+1])})
	}
	return in
}

// with adds fields: pairs of location and JSON.
func with(in mapping.Inputs, pairs ...string) mapping.Inputs {
	for i := 0; i < len(pairs); i += 2 {
		l, err := mapping.ParseLocation(pairs[i])
		if err != nil {
			panic(err)
		}
		in.Fields = append(in.Fields, mapping.Field{Location: l, Value: mapping.Value(pairs[i+1])})
	}
	return in
}

func (b *bundle) call(t *testing.T, method string, in mapping.Inputs) (connector.Result, *connector.Error) {
	t.Helper()
	return b.callWith(t, connector.Call{Method: b.compiled.Method(method), Inputs: in})
}

func (b *bundle) callWith(t *testing.T, c connector.Call) (connector.Result, *connector.Error) {
	t.Helper()
	c.Instance, c.LogRequest = b.instance, true
	result, err := b.runtime.Call(context.Background(), c)
	var failed *connector.Error
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("error is %T", err)
	}
	return result, failed
}

// run executes statements.
func (b *bundle) run(t *testing.T, statements ...string) {
	t.Helper()
	for _, text := range statements {
		if _, failed := b.call(t, "run-statement", params("statement:Statement", text)); failed != nil {
			t.Fatal(text, failed.Detail)
		}
	}
}

// rows runs a query and returns its rows.
func (b *bundle) rows(t *testing.T, query string, pairs ...string) []map[string]any {
	t.Helper()
	result, failed := b.call(t, "run-query", with(params("statement:Query", query), pairs...))
	if failed != nil {
		t.Fatal(query, failed.Detail)
	}
	return rowsOf(t, result.Output)
}

func rowsOf(t *testing.T, doc []byte) []map[string]any {
	t.Helper()
	var out struct{ Rows []map[string]any }
	d := json.NewDecoder(strings.NewReader(string(doc)))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		t.Fatal(err, string(doc))
	}
	return out.Rows
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, d database)) {
	t.Parallel()
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, postgres(t)) })
	t.Run("MariaDB", func(t *testing.T) { t.Parallel(); test(t, mariadb(t)) })
}

func tunnel(t *testing.T) *sshtest.Server {
	t.Helper()
	s, err := sshtest.Start("", (&net.Dialer{}).DialContext)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
