package hook_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/server/hook"
)

// taken records what comes through the door.
type taken chan string

func (t taken) Deliver(_ context.Context, identifier string, d connector.Delivery) (engine.Receipt, error) {
	t <- fmt.Sprintf("%s %s %s %s", d.Method, identifier, d.Query.Encode(), d.RawBody)
	return engine.Receipt{Transaction: "8f3c"}, nil
}

func (t taken) Land(_ context.Context, identifier string, d connector.Delivery) (engine.Receipt, error) {
	t <- fmt.Sprintf("landed %s %s", identifier, d.RawBody)
	return engine.Receipt{Transaction: "8f3c"}, nil
}

func (t taken) DeliverShared(_ context.Context, identifier string, _ connector.Delivery) (engine.Receipt, error) {
	t <- "shared " + identifier
	return engine.Receipt{}, nil
}

func (t taken) TooLarge(_ context.Context, identifier string) error {
	t <- "too large for " + identifier
	return paceline.Fail(paceline.CodeBodyTooLarge, "limit", 100)
}

func serve(t *testing.T, timeout time.Duration) (*httptest.Server, taken) {
	in := make(taken, 1)
	server := httptest.NewServer(&hook.Handler{
		Intake: in, Log: slog.New(slog.DiscardHandler), Clock: paceline.SystemClock{}, MaxBody: 100, ReadTimeout: timeout,
	})
	t.Cleanup(server.Close)
	return server, in
}

func TestDeliveries(t *testing.T) {
	server, in := serve(t, time.Minute)
	zipped := &bytes.Buffer{}
	z := gzip.NewWriter(zipped)
	z.Write(bytes.Repeat([]byte("a"), 1<<20))
	z.Close()
	for _, c := range []struct {
		name, method, path, body, encoding string
		chunked                            bool
		status                             int
		want                               string // what is delivered; "" for nothing
	}{
		{"a body", "POST", "/api/webhook/Abc", "{}", "", false, 200, "POST Abc  {}"},
		{"the prefix in other letters, a slash", "POST", "/API/Webhook/Abc/", "{}", "", false, 200, "POST Abc  {}"},
		{"an identifier in other letters is another", "POST", "/api/webhook/aBC", "{}", "", false, 200, "POST aBC  {}"},
		{"in chunks", "PUT", "/api/webhook/Abc", "{}", "", true, 200, "PUT Abc  {}"},
		{"no body", "POST", "/api/webhook/Abc", "", "", false, 200, "POST Abc  "},
		{"a query alone", "GET", "/api/webhook/Abc?b=2&a=1", "", "", false, 200, "GET Abc a=1&b=2 "},
		{"the head", "HEAD", "/api/webhook/Abc", "", "", false, 200, "HEAD Abc  "},
		{"as large as allowed", "POST", "/api/webhook/Abc", strings.Repeat("x", 100), "", false, 200, "POST Abc  " + strings.Repeat("x", 100)},
		{"larger", "POST", "/api/webhook/Abc", strings.Repeat("x", 101), "", false, 413, "too large for Abc"},
		{"larger, in chunks", "POST", "/api/webhook/Abc", strings.Repeat("x", 101), "", true, 413, "too large for Abc"},
		{"larger, for all accounts", "POST", "/api/partnerwebhook/Abc", strings.Repeat("x", 101), "", false, 413, ""},
		{"compressed", "POST", "/api/webhook/Abc", zipped.String()[:90], "gzip", false, 400, ""},
		{"of no encoding", "POST", "/api/webhook/Abc", "{}", "identity", false, 200, "POST Abc  {}"},
		{"deleting", "DELETE", "/api/webhook/Abc", "", "", false, 405, ""},
	} {
		request, err := http.NewRequest(c.method, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.chunked {
			request.ContentLength = -1
		}
		if c.encoding != "" {
			request.Header.Set("Content-Encoding", c.encoding)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		got := ""
		select {
		case got = <-in:
		default:
		}
		if response.StatusCode != c.status || got != c.want {
			t.Errorf("%s: answered %d, delivered %q; want %d, %q", c.name, response.StatusCode, got, c.status, c.want)
		}
		if id := response.Header.Get("X-Transaction-Id"); (id != "") != (c.want != "" && c.status == 200) {
			t.Errorf("%s: X-Transaction-Id %q", c.name, id)
		}
	}
}

// A sender that announces a body and does not send it is let go, with every form of a body.
func TestSlowSenders(t *testing.T) {
	server, in := serve(t, 50*time.Millisecond)
	for name, head := range map[string]string{
		"short":   "Content-Length: 10\r\n\r\n{",
		"large":   "Content-Length: 90\r\n\r\n{",
		"chunked": "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"refused": "Content-Length: 10\r\nContent-Encoding: br\r\n\r\n{",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST /api/webhook/Abc HTTP/1.1\r\nHost: x\r\n%s", head)
		reader := bufio.NewReader(conn)
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		response.Body.Close()
		if response.StatusCode != 400 {
			t.Errorf("%s: answered %d", name, response.StatusCode)
		}
		for err = nil; err == nil; { // until the server hangs up
			_, err = reader.ReadByte()
		}
		if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Errorf("%s: the connection stays", name)
		}
	}
	if len(in) > 0 {
		t.Errorf("delivered %q", <-in)
	}
}

// full refuses each delivery, as the intake does for an account whose quota is used up.
type full struct{}

func (full) Deliver(context.Context, string, connector.Delivery) (engine.Receipt, error) {
	return engine.Receipt{}, paceline.Fail(paceline.CodeQuota).In(time.Hour)
}

func (f full) Land(ctx context.Context, identifier string, d connector.Delivery) (engine.Receipt, error) {
	return f.Deliver(ctx, identifier, d)
}

func (full) TooLarge(context.Context, string) error {
	return paceline.Fail(paceline.CodeBodyTooLarge, "limit", 100)
}

func (f full) DeliverShared(ctx context.Context, identifier string, d connector.Delivery) (engine.Receipt, error) {
	return f.Deliver(ctx, identifier, d)
}

// A sender whose account has used up its quota is told when to come again, at both kinds of address.
func TestQuotaRefusal(t *testing.T) {
	server := httptest.NewServer(&hook.Handler{
		Intake: full{}, Log: slog.New(slog.DiscardHandler), Clock: paceline.SystemClock{}, MaxBody: 100, ReadTimeout: time.Minute,
	})
	t.Cleanup(server.Close)
	for _, path := range []string{"/api/webhook/Abc", "/api/partnerwebhook/Abc"} {
		response, err := http.Post(server.URL+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 429 || response.Header.Get("Retry-After") != "3600" || string(body) != `{"Message":"The account's quota is used up."}` || err != nil {
			t.Errorf("%s: answered %d, Retry-After %q, %s, %v", path, response.StatusCode, response.Header.Get("Retry-After"), body, err)
		}
		if id := response.Header.Get("X-Transaction-Id"); id != "" {
			t.Errorf("%s: X-Transaction-Id %q", path, id)
		}
	}
}
