package node

import (
	"net"
	"strings"
	"testing"

	"paceline/store"
	"paceline/store/storetest"
)

// TestCommandAtStandingNode gives a command to a node that takes it and stands still: whoever asked is told when the node is no more.
func TestCommandAtStandingNode(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	o := storetest.Postgres(t)
	aside := o
	o.Node = &store.NodeOptions{Address: l.Addr().String(), Version: "test"}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	aside.Aside = true
	beside, err := store.Open(t.Context(), aside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { beside.Close() })
	type answer struct {
		sent bool
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		_, sent, err := Command(t.Context(), beside, []byte("k"), &quick{}, "nodes", nil)
		answered <- answer{sent, err}
	}()
	conn, err := l.Accept() // and nothing comes of it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if a := <-answered; !a.sent || a.err == nil || !strings.Contains(a.err.Error(), "did not answer") {
		t.Errorf("whoever asked was told %+v", a)
	}
}
