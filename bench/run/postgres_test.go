package main

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

func TestAClusterOfOurOwnStartsAndGoes(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	folder := filepath.Join(parent, "bench")
	raw, drop, err := findPostgres(t.Context(), "auto", folder)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	drop()
	if conn, err := net.Dial("tcp", u.Host); err == nil {
		conn.Close()
		t.Error("the server is still there")
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestADatabaseThatWasGivenIsUsed(t *testing.T) {
	t.Parallel()
	for choice, want := range map[string]string{"off": "", "postgres://there": "postgres://there"} {
		if got, drop, err := findPostgres(t.Context(), choice, "/nowhere"); got != want || err != nil || drop == nil {
			t.Errorf("%s: %q, %v", choice, got, err)
		}
	}
}
