package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"paceline"
	"paceline/internal/seal"
	"paceline/server"
	"paceline/store/storetest"
	"paceline/tenant"
)

var ours = regexp.MustCompile(`(?i)paceline`)

// TestConsoleIsThePartners: where a partner has a name of its own, the page of the console and of the sign-in names nobody else.
func TestConsoleIsThePartners(t *testing.T) {
	t.Parallel()
	index := `<html><head><meta name="nonce" content="__NONCE__"><meta name="product" content="Paceline"><title>Paceline</title><link rel="icon" href="/docs/icon.svg" type="image/svg+xml"></head></html>`
	pages := &server.Pages{Files: fstest.MapFS{"index.html": {Data: []byte(index)}}}
	page := func() string {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if ours.MatchString(strings.Join(headersOf(w.Header()), "\n")) {
			t.Errorf("headers name us: %v", w.Header())
		}
		return w.Body.String()
	}
	for _, brand := range []func(*http.Request) server.Brand{nil, func(*http.Request) server.Brand { return server.Brand{} }} {
		pages.Brand = brand
		if body := page(); !strings.Contains(body, "<title>Paceline</title>") || !strings.Contains(body, `href="/docs/icon.svg"`) {
			t.Errorf("without a brand it is %s", body)
		}
	}
	pages.Brand = func(*http.Request) server.Brand { return server.Brand{Name: `Harbour "&" <Sons>`} }
	body := page()
	if ours.MatchString(body) || strings.Contains(body, "icon.svg") {
		t.Errorf("it names us: %s", body)
	}
	for _, want := range []string{`<title>Harbour &#34;&amp;&#34; &lt;Sons&gt;</title>`, `<meta name="product" content="Harbour &#34;&amp;&#34; &lt;Sons&gt;">`, `href="data:,"`} {
		if !strings.Contains(body, want) {
			t.Errorf("it has no %s: %s", want, body)
		}
	}
	pages.Brand = func(*http.Request) server.Brand {
		return server.Brand{Name: "Harbour", Logo: "data:image/png;base64,AA", Icon: "data:image/png;base64,BB"}
	}
	if body := page(); !strings.Contains(body, `<meta name="logo" content="data:image/png;base64,AA">`) || !strings.Contains(body, `<link rel="icon" href="data:image/png;base64,BB">`) {
		t.Errorf("it has not the pictures: %s", body)
	}
}

// TestFramesOfTheAccountInterface: its pages stand in frames of who may have them there; no other page of the console stands in any.
func TestFramesOfTheAccountInterface(t *testing.T) {
	t.Parallel()
	pages := &server.Pages{Files: fstest.MapFS{"index.html": {Data: []byte("<html></html>")}}, Sections: []string{"a", "accounts"}}
	policy := func(path string) string {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		_, frames, _ := strings.Cut(w.Header().Get("Content-Security-Policy"), "frame-ancestors ")
		return frames
	}
	var may []string
	pages.Frames = func(*http.Request) []string { return may }
	if got := policy("/a/northwind/cycles"); got != "'none'" {
		t.Errorf("nobody may have it: %s", got)
	}
	may = []string{"https://app.example.com", "https://b.example.com"}
	for path, want := range map[string]string{"/a/northwind/cycles": "https://app.example.com https://b.example.com", "/a": "https://app.example.com https://b.example.com", "/": "'none'", "/accounts": "'none'", "/accounts/../": "'none'"} {
		if got := policy(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestSetUpLinkThatIsNone: whoever comes to the first-run page without its link learns nobody's name.
func TestSetUpLinkThatIsNone(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t))
	installation, err := tenant.OpenInstallation(t.Context(), s, seal.New(seal.NewKey()))
	if err != nil {
		t.Fatal(err)
	}
	page := &server.Setup{Tenant: tenant.New(tenant.Config{Store: s, Installation: installation, Clock: paceline.SystemClock{}}), Log: slog.New(slog.DiscardHandler)}
	for _, path := range []string{"/setup", "/setup?token=x"} {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if body := w.Body.String(); w.Code != 403 || !strings.Contains(body, "not valid") || ours.MatchString(body) || strings.Contains(body, "icon.svg") {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
	}
}

func headersOf(head http.Header) (list []string) {
	for name, values := range head {
		list = append(list, name+": "+strings.Join(values, ", "))
	}
	return list
}

// TestServiceHostHasNoDocumentation: where the partner's pages have a host of their own, the API's documentation is at the API's.
func TestServiceHostHasNoDocumentation(t *testing.T) {
	t.Parallel()
	told := func(said string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(said)) })
	}
	s := server.New(server.Config{Log: slog.New(slog.DiscardHandler), Clock: paceline.SystemClock{}, API: told("Paceline's API"), ServiceHost: "flows.example.com",
		PartnerHost: func(_ context.Context, host string) bool { return host == "own.example.com" }})
	for path, there := range map[string]bool{"/docs": false, "/docs/index": false, "/Docs/": false, "/docs/page.js": false, "/docs/icon.svg": false, "/openapi.json": false, "/docs/style.css": true, "/v1.0/accounts": true} {
		for host, service := range map[string]bool{"flows.example.com": true, "Flows.example.com": true, "own.example.com": true, "api.example.com": false} {
			for _, method := range []string{"GET", "HEAD"} {
				q := httptest.NewRequest(method, path, nil)
				q.Host = host
				w := httptest.NewRecorder()
				s.ServeHTTP(w, q)
				if want := there || !service; (w.Code == 200) != want {
					t.Errorf("%s %s at %s: %d", method, path, host, w.Code)
				}
			}
		}
	}
}
