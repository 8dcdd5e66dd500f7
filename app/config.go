package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"paceline/internal/telemetry"
)

// Storage says where an installation keeps its data. Its tags make flags, environment variables
// (PACELINE_ and the flag's name) and keys of the configuration file, as those of Config do.
type Storage struct {
	Data        string `default:"data" type:"path" placeholder:"DIR" help:"Folder of the database, the installation key and the demo; it is created when it is missing. Default: data, below the current folder."`
	DatabaseURL string `name:"database-url" placeholder:"URL" help:"PostgreSQL instead of SQLite: postgres://user:password@host:5432/database. Needs --key-file."`
	KeyFile     string `name:"key-file" type:"path" placeholder:"FILE" help:"File with the installation key (32 bytes in base64, see 'paceline key new'). PACELINE_KEY may hold the key itself. SQLite makes one in the data folder when there is none."`
}

// SQLite reports whether the data lies in a file of the data folder.
func (s Storage) SQLite() bool { return s.DatabaseURL == "" }

// Validate checks what can be told without touching anything.
func (s Storage) Validate() error {
	if s.SQLite() {
		return nil
	}
	if err := databaseURL(s.DatabaseURL); err != nil {
		return fmt.Errorf("--database-url: %w", err)
	}
	return nil
}

// DatabaseFile is the path of the SQLite database.
func (s Storage) DatabaseFile() string { return filepath.Join(s.Data, "paceline.db") }

// Log says how the process writes what it does.
type Log struct {
	LogFormat string `name:"log-format" enum:"text,json" default:"text" help:"How log lines look: text or json."`
	LogLevel  string `name:"log-level" enum:"debug,info,warn,error" default:"info" help:"What is logged: debug, info, warn or error, and what is worse."`
}

// Telemetry returns the same for the logger.
func (l Log) Telemetry() telemetry.LogConfig {
	return telemetry.LogConfig{Format: l.LogFormat, Level: l.LogLevel}
}

// Config is everything that a server can be told. The zero value of a field means its default.
type Config struct {
	Storage `embed:"" group:"Data"`
	Log     `embed:"" group:"Logs"`

	Addr        string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" group:"Addresses" help:"Address to listen on. Port 0 takes a free one. Default: 127.0.0.1:8080."`
	MetricsAddr string `name:"metrics-addr" default:"127.0.0.1:0" placeholder:"HOST:PORT" group:"Addresses" help:"Separate address of metrics, profiles and health details. Keep it from the public. Port 0 takes a free one; 'off' serves none. Default: 127.0.0.1:0."`
	NodeAddr    string `name:"node-addr" placeholder:"HOST:PORT" group:"Addresses" help:"Address at which the other nodes on the same PostgreSQL reach this one, in a private network; makes the server one of several. Without it the server is alone, and shuts out any other."`
	PublicURL   string `name:"public-url" placeholder:"URL" group:"Addresses" help:"Address of the API as clients see it. Default: what --addr says."`
	ServiceURL  string `name:"service-url" placeholder:"URL" group:"Addresses" help:"Address that webhook addresses and links to pages begin with. Default: --public-url."`
	TLSCert     string `name:"tls-cert" type:"path" placeholder:"FILE" group:"Addresses" help:"Certificate chain in PEM; with --tls-key the server speaks TLS itself."`
	TLSKey      string `name:"tls-key" type:"path" placeholder:"FILE" group:"Addresses" help:"Private key of --tls-cert."`

	TrustedProxies  []string `name:"trusted-proxies" placeholder:"CIDR" group:"Network" help:"Networks of proxies whose X-Forwarded-For is believed. Default: none."`
	DataOnDemand    []string `name:"data-on-demand-from" placeholder:"CIDR" group:"Network" help:"Networks from which programs may call the methods of an account's connectors for themselves, besides those of the partner's own product. Default: any."`
	EgressAllow     []string `name:"egress-allow" placeholder:"HOST:PORT" group:"Network" help:"Exact pairs that connectors may call although they are private addresses. Default: none."`
	EgressAddresses []string `name:"egress-addresses" placeholder:"CIDR" group:"Network" help:"Public addresses that calls of connectors come from, for partners and their customers to admit: they are shown, not set. Default: none is shown."`
	SecurityContact []string `name:"security-contact" placeholder:"URI" group:"Network" help:"Where flaws of safety are reported, such as mailto:security@example.com; told in /.well-known/security.txt. Default: none, and there is no such page."`

	MailServer       string `name:"mail-server" placeholder:"HOST[:PORT]" group:"Emails" help:"Mail server of the emails that console users are sent about their accounts. Default: none, and no email is sent."`
	MailSecurity     string `name:"mail-security" enum:"starttls,tls,none" default:"starttls" group:"Emails" help:"How the connection to it is kept from being read: starttls, tls (from the beginning) or none."`
	MailUser         string `name:"mail-user" placeholder:"NAME" group:"Emails" help:"Who signs in to it. Default: nobody."`
	MailPasswordFile string `name:"mail-password-file" type:"path" placeholder:"FILE" group:"Emails" help:"File with the password of --mail-user."`
	MailFrom         string `name:"mail-from" placeholder:"ADDRESS" group:"Emails" help:"Whom the emails come from, such as 'Integrations <noreply@example.com>'."`

	ConnectorDir string        `name:"connectors" type:"path" placeholder:"DIR" group:"Running" help:"Folder of connector definitions to publish at start, besides those built in."`
	Workers      int           `default:"0" placeholder:"N" group:"Running" help:"Steps that run at once. Default: 200."`
	AnswerTime   time.Duration `default:"120s" placeholder:"TIME" group:"Running" help:"How long the sender of a webhook waits for the answer of its transaction. Default: 120s."`
	Callers      int           `default:"1000" placeholder:"N" group:"Running" help:"Senders that wait for an answer at once; others are told to come later. Default: 1000."`
	Drain        time.Duration `default:"30s" placeholder:"TIME" group:"Running" help:"How long a stop waits for calls in flight before it cuts them off. Default: 30s."`

	ScriptWorkers int           `name:"script-workers" default:"0" placeholder:"N" group:"Running" help:"Processes that run scripts at once, at most; an account has no more than half of them. Default: four for each processor."`
	ScriptTime    time.Duration `name:"script-time" default:"10s" placeholder:"TIME" group:"Running" help:"How long the scripts of one event may run, requests included, at most 60s. Default: 10s."`
	ScriptMemory  int           `name:"script-memory" default:"64" placeholder:"MIB" group:"Running" help:"Memory for the values of a script, in MiB. Default: 64."`
	ScriptOutput  int           `name:"script-output" default:"10" placeholder:"MIB" group:"Running" help:"Largest values that go into a script, and that come out, in MiB. Default: 10."`
	ScriptCalls   int           `name:"script-calls" default:"50" placeholder:"N" group:"Running" help:"Requests that the scripts of one event may make. Default: 50."`
	ScriptStorage int           `name:"script-storage" default:"1000" placeholder:"N" group:"Running" help:"Calls of storage functions that the scripts of one event may make. Default: 1000."`

	MaxRequest  int `name:"max-request" default:"25" placeholder:"MIB" group:"Sizes" help:"Largest body of a call that a step makes, in MiB. Default: 25."`
	MaxResponse int `name:"max-response" default:"50" placeholder:"MIB" group:"Sizes" help:"Largest answer to such a call after decompression, in MiB. A connector may say less. Default: 50."`
	MaxWebhook  int `name:"max-webhook" default:"25" placeholder:"MIB" group:"Sizes" help:"Largest body of a webhook, in MiB. Default: 25."`
	MaxStepData int `name:"max-step-data" default:"50" placeholder:"MIB" group:"Sizes" help:"Most that a step may give to the steps after it, in MiB: an answer, or what all of its pages or items brought. Default: 50."`

	StorageKey     int   `name:"storage-key" default:"128" placeholder:"N" group:"Sizes" help:"Characters of a key in the storage utilities. Default: 128."`
	StorageValue   int   `name:"storage-value" default:"1024" placeholder:"N" group:"Sizes" help:"Characters of a value in a data storage. Default: 1024."`
	StorageObject  int   `name:"storage-object" default:"64" placeholder:"KIB" group:"Sizes" help:"Largest object, row of cross references or value of a script that is kept, in KiB. Default: 64."`
	StorageEntries int64 `name:"storage-entries" default:"1000000" placeholder:"N" group:"Sizes" help:"Entries of one storage. Default: 1000000."`
	StorageBytes   int   `name:"storage-bytes" default:"256" placeholder:"MIB" group:"Sizes" help:"What all storages of an account may hold together, in MiB. Default: 256."`

	Demo      bool   `group:"First start" help:"Fill an empty database with a demo and run the demo's two remote systems."`
	ReadyFile string `name:"ready-file" type:"path" placeholder:"FILE" group:"First start" help:"Write addresses, process id and credentials made by this start to FILE (JSON, readable by its owner alone) once requests are accepted."`
}

// maxSize bounds what the sizes may be set to, in MiB.
const maxSize = 1024

// size is a number of MiB in bytes, or of the default where there is none.
func size(mib, byDefault int) int {
	if mib == 0 {
		mib = byDefault
	}
	return mib << 20
}

// MetricsOff is the value of MetricsAddr that serves no metrics.
const MetricsOff = "off"

// Validate checks what can be told without touching anything. Its errors name the flag.
func (c Config) Validate() error {
	var errs []error
	check := func(flag string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	check("addr", hostPort(c.Addr))
	if c.MetricsAddr != MetricsOff {
		check("metrics-addr", hostPort(c.MetricsAddr))
	}
	if c.NodeAddr != "" {
		check("node-addr", nodeAddr(c.NodeAddr))
		if c.SQLite() {
			errs = append(errs, errors.New("--node-addr: several nodes need PostgreSQL, see --database-url"))
		}
	}
	check("public-url", baseURL(c.PublicURL))
	check("service-url", baseURL(c.ServiceURL))
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("--tls-cert and --tls-key belong together: give both or neither"))
	}
	if _, err := c.Proxies(); err != nil {
		check("trusted-proxies", err)
	}
	if _, err := c.DemandNetworks(); err != nil {
		check("data-on-demand-from", err)
	}
	if _, err := networks(c.EgressAddresses); err != nil {
		check("egress-addresses", err)
	}
	for _, contact := range c.SecurityContact {
		check("security-contact", contactURI(contact))
	}
	for _, pair := range c.EgressAllow {
		check("egress-allow", hostPort(pair))
	}
	if c.MailServer != "" {
		check("mail-server", c.mailSettings())
	}
	if err := c.Storage.Validate(); err != nil {
		errs = append(errs, err)
	}
	if c.Workers < 0 {
		errs = append(errs, errors.New("--workers: want 0 or more"))
	}
	if c.ScriptWorkers < 0 || c.ScriptWorkers > 1000 {
		errs = append(errs, errors.New("--script-workers: want 0 to 1000"))
	}
	if c.ScriptTime < 0 || c.ScriptTime > time.Minute {
		errs = append(errs, errors.New("--script-time: want at most 60s"))
	}
	for flag, most := range map[string]struct{ n, most int }{
		"script-memory": {c.ScriptMemory, 1024}, "script-output": {c.ScriptOutput, 100}, "script-calls": {c.ScriptCalls, 10_000}, "script-storage": {c.ScriptStorage, 100_000},
	} {
		if most.n < 0 || most.n > most.most {
			check(flag, fmt.Errorf("want 0 (the default) to %d", most.most))
		}
	}
	for flag, n := range map[string]int{"max-request": c.MaxRequest, "max-response": c.MaxResponse, "max-webhook": c.MaxWebhook, "max-step-data": c.MaxStepData} {
		if n < 0 || n > maxSize {
			check(flag, fmt.Errorf("want 0 (the default) to %d MiB", maxSize))
		}
	}
	for flag, most := range map[string]struct{ n, most int64 }{
		"storage-key": {int64(c.StorageKey), 512}, "storage-value": {int64(c.StorageValue), 1 << 20}, "storage-object": {int64(c.StorageObject), 1024},
		"storage-entries": {c.StorageEntries, 100_000_000}, "storage-bytes": {int64(c.StorageBytes), 1 << 20},
	} {
		if most.n < 0 || most.n > most.most {
			check(flag, fmt.Errorf("want 0 (the default) to %d", most.most))
		}
	}
	if c.AnswerTime < 0 || c.AnswerTime > 10*time.Minute {
		errs = append(errs, errors.New("--answer-time: want 0 (the default) to 10m"))
	}
	if c.Callers < 0 {
		errs = append(errs, errors.New("--callers: want 0 (the default) or more"))
	}
	if c.Drain < 0 || c.Drain > time.Hour {
		errs = append(errs, errors.New("--drain: want 0 to 1h"))
	}
	return errors.Join(errs...)
}

// Proxies parses TrustedProxies; a plain address is a network of its own.
func (c Config) Proxies() ([]*net.IPNet, error) { return networks(c.TrustedProxies) }

// DemandNetworks parses DataOnDemand likewise.
func (c Config) DemandNetworks() ([]*net.IPNet, error) { return networks(c.DataOnDemand) }

func networks(list []string) ([]*net.IPNet, error) {
	var out []*net.IPNet
	for _, entry := range list {
		text := entry
		if ip := net.ParseIP(text); ip != nil {
			bits := "/128"
			if ip.To4() != nil {
				bits = "/32"
			}
			text += bits
		}
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", entry)
		}
		out = append(out, network)
	}
	return out, nil
}

func hostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", s)
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n < 0 {
		return fmt.Errorf("%q has no valid port", s)
	}
	if strings.ContainsAny(host, "/@ ") {
		return fmt.Errorf("%q is not HOST:PORT", s)
	}
	return nil
}

// nodeAddr checks an address that others are told: it must name this machine.
func nodeAddr(s string) error {
	if err := hostPort(s); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(s)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return fmt.Errorf("%q does not say where this machine is reached: name its own address", s)
	}
	return nil
}

func baseURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is not a URL such as https://api.example.com", s)
	}
	return nil
}

// contactURI checks what becomes a line of security.txt.
func contactURI(s string) error {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsAny(s, "\r\n \t") || u.User != nil || !(u.Scheme == "https" && u.Host != "" || (u.Scheme == "mailto" || u.Scheme == "tel") && u.Opaque != "") {
		return fmt.Errorf("%q is not an address such as mailto:security@example.com, https://example.com/security or tel:+1-201-555-0123", s)
	}
	return nil
}

// databaseURL never repeats the URL, for it may hold a password.
func databaseURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return errors.New("want postgres://user:password@host:5432/database")
	}
	return nil
}
