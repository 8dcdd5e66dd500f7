package e2e

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// TestEmbed walks through the embedded pages within the example application, which is of another origin: see
// browser/embed.mjs.
func TestEmbed(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "embed.mjs")
	told := newTold(t)
	walk(append(embedded(t, told.addr()), "TOLD="+told.URL)...)
	told.check(t)
}

// TestEmbedTogether walks through what two customers do side by side, and what people try who wish them ill: see
// browser/embed_together.mjs.
func TestEmbedTogether(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "embed_together.mjs")
	walk(embedded(t)...)
}

// TestEmbedOptions walks through what the options of LAUNCH change, a vendor's refusal, and the ways out: see browser/embed_options.mjs.
func TestEmbedOptions(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "embed_options.mjs")
	walk(embedded(t)...)
}

// TestPartitionedCookies looks at the cookies of a page in a frame over TLS: see browser/partitioned.mjs.
func TestPartitionedCookies(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "partitioned.mjs")
	folder := t.TempDir()
	certificate(t, folder)
	demo := serve(t, start{dir: folder, flags: []string{"--demo", "--tls-cert", "cert.pem", "--tls-key", "key.pem"}})
	if out, code := runCommand(t, folder, nil, "partner", "origins", "http://localhost:4199", "--data", "data"); code != 0 {
		t.Fatal(out)
	}
	walk("BASE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret)
}

// TestEmbedTimes looks at pages and tokens whose time is over, and at those of others: see browser/embed_times.mjs.
func TestEmbedTimes(t *testing.T) {
	t.Parallel()
	walk := browserWalk(t, "embed_times.mjs")
	program, err := movedProgram()
	if err != nil {
		t.Fatal(err)
	}
	clocks := newTimes(t, 1, 1)
	demo := serve(t, start{program: program, settings: []string{clocks.with(0)}, flags: []string{"--demo"}})
	run := func(args ...string) string {
		out, code := runCommand(t, demo.start.dir, nil, append(args, "--data", "data")...)
		if code != 0 {
			t.Fatalf("%v: %s", args, out)
		}
		return strings.TrimSpace(out)
	}
	run("partner", "origins", "http://localhost:4198")
	walk("BASE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret, "MARKETPLACE="+run("partner", "marketplace", "Add-ons"), "CLOCK="+clocks.files[0])
}

// certificate writes one of this machine's address, which nobody has signed.
func certificate(t *testing.T, folder string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	signed, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: signed}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// embedded starts a demo with the vendor's connectors and templates, whose application embeds it, and returns where all of them are.
// reach are further addresses that the demo may call.
func embedded(t *testing.T, reach ...string) (env []string) {
	vendor := authorizationServer(t)
	own := freeAddress(t) // the application's API is called, and so has its place before the demo starts
	flags := []string{"--demo", "--connectors", repository + "/e2e/testdata/vendor"}
	for _, address := range append(reach, own, strings.TrimPrefix(vendor, "http://")) {
		flags = append(flags, "--egress-allow", address)
	}
	demo := serve(t, start{flags: flags})
	run := func(args ...string) string {
		out, code := runCommand(t, demo.start.dir, nil, append(args, "--data", "data")...)
		if code != 0 {
			t.Fatalf("%v: %s", args, out)
		}
		return strings.TrimSpace(out)
	}
	number := run("partner", "marketplace", "Add-ons")
	secret := filepath.Join(demo.start.dir, "secret.txt")
	if err := os.WriteFile(secret, []byte("loopback-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("connector", "app", "Acme", "--client-id", "loopback", "--secret-file", secret)
	run("connector", "publish", repository+"/examples/host-app/connectors/stockroom")
	for _, file := range []string{"template.json", "orders.json", "greetings.json", "later.json"} {
		run("template", "import", repository+"/e2e/testdata/vendor/"+file)
	}
	app := exec.Command("node", filepath.Join(repository, "examples/host-app/server.mjs"))
	app.Env = append(os.Environ(), "PACELINE="+demo.Address, "CLIENT_ID="+demo.ClientId, "CLIENT_SECRET="+demo.ClientSecret, "MARKETPLACE="+number, "PORT="+own[strings.LastIndex(own, ":")+1:])
	app.Stderr = os.Stderr
	said, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		app.Process.Kill()
		app.Wait()
	})
	line, err := bufio.NewReader(said).ReadString('\n')
	host := strings.TrimSpace(strings.TrimPrefix(line, "Stockroom:"))
	if err != nil || !strings.HasPrefix(host, "http://localhost:") {
		t.Fatalf("the application said %q: %v", line, err)
	}
	run("partner", "origins", host)
	remote := regexp.MustCompile(`Harbour CRM (http://\S+)`).FindStringSubmatch(demo.out.String())
	if remote == nil {
		t.Fatalf("the demo names no CRM: %s", demo.out.String())
	}
	return []string{"HOST=" + host, "REMOTE=" + remote[1], "VENDOR=" + vendor, "BASE=" + demo.Address, "CLIENT_ID=" + demo.ClientId, "CLIENT_SECRET=" + demo.ClientSecret,
		"MARKETPLACE=" + number}
}

// authorizationServer starts the one that others wrote (catalog/testdata/provider), and returns its address.
func authorizationServer(t *testing.T) string {
	need(t, "node", "npm")
	fetch := exec.Command(filepath.Join(repository, "scripts/oauth-server"))
	fetch.Stderr = os.Stderr
	if err := fetch.Run(); err != nil {
		t.Fatal(err)
	}
	server := exec.Command("node", "server.mjs")
	server.Dir = filepath.Join(repository, "catalog/testdata/provider")
	said, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	held, err := server.StdinPipe() // it ends when its input does
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		held.Close()
		server.Wait()
	})
	lines := bufio.NewReader(said)
	address, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, lines)
	return strings.TrimSpace(address)
}

// told is the partner's address that a marketplace tells.
type told struct {
	*httptest.Server
	mu   sync.Mutex
	said []string
}

func newTold(t *testing.T) *told {
	r := &told{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if q.Method == http.MethodGet { // the walk asks what there is
			io.WriteString(w, strings.Join(r.said, "\n"))
			return
		}
		r.said = append(r.said, q.Header.Get("User-Agent")+" "+gjson.GetBytes(body, "Status").String()+" "+gjson.GetBytes(body, "MarketplaceInstallDetails.#.CycleStatus").Raw)
		if q.Header.Get("Webhook-Signature") == "" || !strings.HasPrefix(q.Header.Get("Webhook-Id"), "mkt_") {
			r.said = append(r.said, "unsigned")
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *told) addr() string { return strings.TrimPrefix(r.URL, "http://") }

// check compares with what the walk does: it installs and removes one package.
func (r *told) check(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if want := []string{`Harbour/1 installed ["Active"]`, `Harbour/1 uninstalled ["Stopped"]`}; !slices.Equal(r.said, want) {
		t.Errorf("the marketplace told %q, want %q", r.said, want)
	}
}
