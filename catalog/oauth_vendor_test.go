package catalog_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// provider starts the authorization server of testdata/provider, once, and returns its address. Others wrote it: it
// rotates refresh tokens, and one that comes a second time ends all that was given for the same consent.
var provider = sync.OnceValues(func() (string, error) {
	fetch := exec.Command("../scripts/oauth-server")
	fetch.Stderr = os.Stderr
	if err := fetch.Run(); err != nil {
		return "", err
	}
	server := exec.Command("node", "server.mjs")
	server.Dir = "testdata/provider"
	out, err := server.StdoutPipe()
	if err != nil {
		return "", err
	}
	if providerInput, err = server.StdinPipe(); err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	said := bufio.NewReader(out)
	address, err := said.ReadString('\n')
	go io.Copy(io.Discard, said)
	return strings.TrimSpace(address), err
})

// providerInput is held because the server ends when it does, so with this process.
var providerInput io.WriteCloser

// vendor is that server as one test sees it: it counts, and it can be away. Its /userinfo is the API that needs the token.
type vendor struct {
	*httptest.Server
	refreshes, revoked atomic.Int32
	refuse             atomic.Bool          // the next requests for tokens end in 503
	away               atomic.Bool          // requests to revoke end in 503
	ended              atomic.Bool          // the server refused a refresh token
	keeps              atomic.Bool          // answers with a token name no refresh token
	onUse              func(bearer string)  // is called for each request to the API; nil for none
	onRenewed          func(refresh string) // is called with each new refresh token before it is on its way; nil for none
	toldOf             atomic.Value         // the token that was revoked last
}

const sentBack = "https://paceline.example/connector/callback"

func newVendor(t *testing.T) *vendor {
	t.Helper()
	address, err := provider()
	must(t, err)
	target, err := url.Parse(address)
	must(t, err)
	v := &vendor{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(q *httputil.ProxyRequest) {
			q.SetURL(target)
			q.SetXForwarded() // it answers with addresses of this server
		},
		ModifyResponse: func(a *http.Response) error {
			if a.Request.URL.Path == "/oauth/token" && a.Request.Header.Get("X-Renewal") != "" && a.StatusCode == http.StatusBadRequest {
				v.ended.Store(true)
			}
			if a.Request.Header.Get("X-Renewal") == "" || !v.keeps.Load() && v.onRenewed == nil {
				return nil
			}
			defer a.Body.Close()
			given := map[string]any{}
			if err := json.NewDecoder(a.Body).Decode(&given); err != nil {
				return err
			}
			if v.onRenewed != nil {
				v.onRenewed(fmt.Sprint(given["refresh_token"]))
			}
			if v.keeps.Load() {
				delete(given, "refresh_token")
			}
			text, err := json.Marshal(given)
			a.Body, a.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
			a.Header.Set("Content-Length", strconv.Itoa(len(text)))
			return err
		},
	}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		q.Body = io.NopCloser(strings.NewReader(string(body)))
		switch {
		case q.URL.Path == "/oauth/token" && v.refuse.Load(), q.URL.Path == "/revoke" && v.away.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case strings.Contains(string(body), "grant_type=refresh_token"):
			v.refreshes.Add(1)
			q.Header.Set("X-Renewal", "1")
		case q.URL.Path == "/userinfo" && v.onUse != nil:
			v.onUse(strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer "))
		case q.URL.Path == "/revoke":
			form, _ := url.ParseQuery(string(body))
			v.toldOf.Store(form.Get("token"))
			v.revoked.Add(1)
		}
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(v.Close)
	return v
}

// consent is what a person does at the vendor: it follows the address, signs in, agrees, and returns the query with
// which the person is sent back.
func (v *vendor) consent(t *testing.T, address string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	forms := []url.Values{{"prompt": {"login"}, "login": {"jo"}, "password": {"any"}}, {"prompt": {"consent"}}}
	for range 10 {
		u, err := url.Parse(address)
		must(t, err)
		if strings.HasPrefix(address, sentBack) {
			return u.Query()
		}
		var r *http.Response
		if strings.HasPrefix(u.Path, "/interaction/") && len(forms) > 0 {
			r, err = client.PostForm(v.URL+u.Path, forms[0])
			forms = forms[1:]
		} else {
			r, err = client.Get(v.URL + u.RequestURI())
		}
		must(t, err)
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s %s", address, r.Status, body)
		}
		address = r.Header.Get("Location")
	}
	t.Fatalf("the vendor sends nobody back: %s", address)
	return nil
}

// accepts reports whether the vendor's API takes the token.
func (v *vendor) accepts(t *testing.T, token string) bool {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.URL+"/userinfo", nil)
	must(t, err)
	q.Header.Set("Authorization", "Bearer "+token)
	r, err := http.DefaultClient.Do(q)
	must(t, err)
	r.Body.Close()
	return r.StatusCode == http.StatusOK
}
