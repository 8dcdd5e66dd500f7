package app

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Ready is what a script needs to use a server that has just started. Credentials are set only when this
// start made them: they are stored nowhere else.
type Ready struct {
	Address        string // base URL of the API, as reached from this machine
	ServiceAddress string // base URL of the pages
	MetricsAddress string `json:",omitempty"` // base URL of metrics and health details
	ClientId       string `json:",omitempty"`
	ClientSecret   string `json:",omitempty"`
	AdminUser      string `json:",omitempty"`
	AdminPassword  string `json:",omitempty"`
	Pid            int
}

// Write puts the file in place whole, readable by its owner alone: a script that sees it can read it.
func (r Ready) Write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := writePrivate(path, append(text, '\n')); err != nil {
		return fmt.Errorf("ready file: %w", err)
	}
	return nil
}

// writePrivate replaces the file at path in one step by one that only its owner may read.
func writePrivate(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing to remove after the rename
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// localURL is the base URL by which this machine reaches a listener.
func localURL(l net.Addr, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(l.String())
	if err != nil {
		return scheme + l.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, port)
}
