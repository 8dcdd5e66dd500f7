package e2e

import (
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// wire is a connection to the database that can be cut: nothing passes then, and nobody is told.
type wire struct {
	setting string
	mu      sync.Mutex
	open    chan struct{} // closed: packets pass
}

// newWire makes one in the place of a database's address. setting is that of the whole one.
func newWire(t *testing.T, setting string) *wire {
	t.Helper()
	name, address, _ := strings.Cut(setting, "=")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &wire{open: make(chan struct{})}
	close(w.open)
	to := u.Host
	if u.Port() == "" {
		to = net.JoinHostPort(u.Hostname(), "5432")
	}
	u.Host = l.Addr().String()
	w.setting = name + "=" + u.String()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer near.Close()
				w.pass()
				far, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer far.Close()
				go w.copy(near, far)
				w.copy(far, near)
			}()
		}
	}()
	return w
}

func (w *wire) copy(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.pass()
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (w *wire) pass() {
	w.mu.Lock()
	open := w.open
	w.mu.Unlock()
	<-open
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = make(chan struct{})
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.open)
}
