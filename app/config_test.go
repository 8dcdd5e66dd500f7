package app

import (
	"strings"
	"testing"
	"time"
)

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	good := Config{Addr: "127.0.0.1:8080", MetricsAddr: "127.0.0.1:0", Drain: 30 * time.Second}
	for _, c := range []struct {
		name string
		set  func(*Config)
		want []string // parts of the error; none for a good one
	}{
		{"defaults", func(*Config) {}, nil},
		{"everything", func(c *Config) {
			c.Addr, c.MetricsAddr, c.PublicURL, c.ServiceURL = ":80", "off", "https://api.example.com", "http://example.com/app/"
			c.TLSCert, c.TLSKey = "c.pem", "k.pem"
			c.TrustedProxies, c.EgressAllow = []string{"10.0.0.0/8", "::1", "192.0.2.1"}, []string{"localhost:9001", "[::1]:9002"}
			c.EgressAddresses, c.SecurityContact = []string{"192.0.2.1", "198.51.100.0/28", "2001:db8::/48"}, []string{"mailto:security@example.com", "https://example.com/report"}
			c.DatabaseURL = "postgres://u:p@h/d"
		}, nil},
		{"addresses", func(c *Config) { c.Addr, c.MetricsAddr = "8080", "host:99999" }, []string{"--addr", "--metrics-addr"}},
		{"a URL as address", func(c *Config) { c.Addr = "http://x:80" }, []string{"--addr"}},
		{"links", func(c *Config) { c.PublicURL, c.ServiceURL = "api.example.com", "https://u:p@h" }, []string{"--public-url", "--service-url"}},
		{"half of TLS", func(c *Config) { c.TLSCert = "c.pem" }, []string{"--tls-key"}},
		{"callers", func(c *Config) { c.DataOnDemand = []string{"10.0.0.0/33"} }, []string{"--data-on-demand-from", `"10.0.0.0/33"`}},
		{"proxies", func(c *Config) { c.TrustedProxies = []string{"10.0.0.0/8", "proxy"} }, []string{"--trusted-proxies", `"proxy"`}},
		{"egress", func(c *Config) { c.EgressAllow = []string{"127.0.0.1"} }, []string{"--egress-allow"}},
		{"where calls come from", func(c *Config) { c.EgressAddresses = []string{"192.0.2.1", "here"} }, []string{"--egress-addresses", `"here"`}},
		{"contact without a scheme", func(c *Config) { c.SecurityContact = []string{"security@example.com"} }, []string{"--security-contact"}},
		{"contact of two lines", func(c *Config) { c.SecurityContact = []string{"mailto:a@example.com\nExpires: never"} }, []string{"--security-contact"}},
		{"contact by plain http", func(c *Config) { c.SecurityContact = []string{"http://example.com/report"} }, []string{"--security-contact"}},
		{"another database", func(c *Config) { c.DatabaseURL = "mysql://u:hunter2@h/d" }, []string{"--database-url"}},
		{"sizes", func(c *Config) { c.MaxRequest, c.MaxResponse, c.MaxWebhook, c.MaxStepData = -1, 1025, 4096, -5 }, []string{"--max-request", "--max-response", "--max-webhook", "--max-step-data"}},
		{"numbers", func(c *Config) { c.Workers, c.Drain = -1, 2*time.Hour }, []string{"--workers", "--drain"}},
		{"answers", func(c *Config) { c.AnswerTime, c.Callers = 11*time.Minute, -1 }, []string{"--answer-time", "--callers"}},
	} {
		config := good
		c.set(&config)
		err := config.Validate()
		if (err != nil) != (c.want != nil) {
			t.Errorf("%s: got %v", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not name %s", c.name, err, want)
			}
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows a password: %v", c.name, err)
		}
	}
}
