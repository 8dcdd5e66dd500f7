package embed_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"paceline/catalog"
	"paceline/connector"
	"paceline/server/embed"
	"paceline/store"
	"paceline/store/storetest"
)

const elder = `
apiVersion: connectors/v1
kind: Connector
metadata: {key: elder, uid: 6f1d0a3e-8f0b-4c53-9a39-2f3a1b6f7c11, name: Elder, version: 1.0.0}
allowedHosts: ["{{BaseUrl}}"]
properties: [{name: BaseUrl, scope: account}]
server: {baseUrl: "{{BaseUrl}}"}
auth:
  - {id: consent, type: oauth1, consent: {requestTokenUrl: "{{BaseUrl}}/request", authorizeUrl: "{{BaseUrl}}/agree", tokenUrl: "{{BaseUrl}}/token"}}
methods: [{id: who, name: Who, request: {method: GET, path: /who}}]
`

// elderVendor is a vendor with OAuth 1.0a. It checks every signature by the rules of RFC 5849.
type elderVendor struct {
	*httptest.Server
	mu          sync.Mutex
	secrets     map[string]string // by token
	callbacks   map[string]string // by request token
	unconfirmed bool
	same        bool // gives every caller the same request token
	n           int
}

func newElderVendor(t *testing.T, h *house) *elderVendor {
	v := &elderVendor{secrets: map[string]string{}, callbacks: map[string]string{}}
	v.Server = httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(v.Close)
	h.allow(t, v.URL)
	return v
}

func (v *elderVendor) serve(w http.ResponseWriter, q *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if q.URL.Path == "/agree" {
		token := q.URL.Query().Get("oauth_token")
		to := v.callbacks[token] + "?oauth_token=" + url.QueryEscape(token)
		if q.URL.Query().Get("no") == "" {
			v.secrets["verifier of "+token] = "yes-" + token
			to += "&oauth_verifier=yes-" + url.QueryEscape(token)
		}
		http.Redirect(w, q, to, http.StatusFound)
		return
	}
	auth, ok := v.signed(q)
	if !ok {
		http.Error(w, "oauth_problem=signature_invalid", http.StatusUnauthorized)
		return
	}
	give := func(kind, more string) {
		if v.n++; v.same {
			v.n = 1
		}
		token := fmt.Sprintf("%s/%d+", kind, v.n)
		v.secrets[token] = "secret of " + token
		if kind == "request" {
			v.callbacks[token] = auth.Get("oauth_callback")
		}
		fmt.Fprint(w, url.Values{"oauth_token": {token}, "oauth_token_secret": {v.secrets[token]}}.Encode()+more)
	}
	token := auth.Get("oauth_token")
	switch q.URL.Path {
	case "/request":
		give("request", map[bool]string{false: "&oauth_callback_confirmed=true"}[v.unconfirmed])
	case "/token":
		if want := v.secrets["verifier of "+token]; want == "" || auth.Get("oauth_verifier") != want {
			http.Error(w, "oauth_problem=verifier_invalid", http.StatusUnauthorized)
			return
		}
		delete(v.secrets, token)
		delete(v.secrets, "verifier of "+token)
		give("access", "")
	case "/who":
		fmt.Fprintf(w, `{"token":%q}`, token)
	}
}

// signed returns what the header of the request says, and whether its signature is right.
func (v *elderVendor) signed(q *http.Request) (url.Values, bool) {
	text, ok := strings.CutPrefix(q.Header.Get("Authorization"), "OAuth ")
	auth, texts := url.Values{}, []string{}
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	for part := range strings.SplitSeq(text, ", ") {
		name, value, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.Trim(value, `"`))
		ok = ok && err == nil
		auth.Set(name, value)
		if name != "oauth_signature" && name != "realm" {
			texts = append(texts, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(texts)
	token := auth.Get("oauth_token")
	secret, known := v.secrets[token]
	mac := hmac.New(sha1.New, []byte(escape("app&secret")+"&"+escape(secret)))
	fmt.Fprint(mac, q.Method+"&"+escape(v.URL+q.URL.Path)+"&"+escape(strings.Join(texts, "&")))
	got, _ := base64.StdEncoding.DecodeString(auth.Get("oauth_signature"))
	return auth, ok && (token == "" || known) && auth.Get("oauth_consumer_key") == "key" && hmac.Equal(mac.Sum(nil), got)
}

// TestConnectWithOAuth1 is the consent in three legs: it works once, in the browser that began it, and every other way
// ends in a refusal.
func TestConnectWithOAuth1(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		v := newElderVendor(t, h)
		ctx := t.Context()
		_, err := h.rooms.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "elder.yaml", Document: []byte(elder)})
		h.must(err)
		_, err = h.rooms.SetOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Elder"}, connector.Client{ID: "key", Secret: "app&secret"})
		h.must(err)
		ac, err := h.rooms.InstallConnector(ctx, h.p, h.a, catalog.ConnectorRef{Name: "Elder"}, catalog.ConnectorInstall{Properties: []catalog.PropertyInput{{Name: "BaseUrl", Value: &v.URL}}})
		h.must(err)
		b := h.browser()
		agree := func(more string) string {
			t.Helper()
			to, _, _ := b.expect("the link", 303, "GET", h.link(ac.ID, target, ""))
			if !strings.HasPrefix(to, v.URL+"/agree?oauth_token=") {
				t.Fatalf("sent to %s", to)
			}
			back, _, _ := b.expect("the vendor", 302, "GET", to+more)
			if !strings.HasPrefix(back, h.url+embed.CallbackPath+"?oauth_token=") {
				t.Fatalf("sent back to %s", back)
			}
			return back
		}
		b.expect("no agreement", 403, "GET", agree("&no=1"))
		if _, body, _ := b.expect("a refusal", 400, "GET", agree("&no=1")+"&oauth_problem=user_refused"); !strings.Contains(body, "user_refused") {
			t.Error(body)
		}
		denied := strings.Replace(agree("&no=1"), "oauth_token=", "denied=", 1)
		b.expect("a denial", 400, "GET", denied)
		b.expect("another verifier", 502, "GET", agree("")+"x")
		late := agree("")
		h.clock.offset.Store(int64(11 * time.Minute))
		b.expect("after ten minutes", 403, "GET", late)
		h.clock.offset.Store(0)
		callback := agree("")
		h.browser().expect("another browser", 403, "GET", callback)
		if h.authenticated(ac.ID) {
			t.Fatal("authenticated")
		}
		if to, _, _ := b.expect("the person", 303, "GET", callback); to != target || !h.authenticated(ac.ID) {
			t.Errorf("sent to %s", to)
		}
		b.expect("the callback again", 403, "GET", callback)
		inst, err := h.rooms.Instance(ctx, h.a.Scope(), ac.ID)
		h.must(err)
		result, err := h.runtime.Call(ctx, connector.Call{Instance: inst, Method: inst.Compiled.Method("who")})
		if err != nil || !strings.HasPrefix(string(result.Output), `{"token":"access/`) {
			t.Errorf("the call: %s %v", result.Output, err)
		}

		v.unconfirmed = true
		b.expect("a vendor of the old kind", 502, "GET", h.link(ac.ID, target, ""))
		v.unconfirmed, v.same = false, true
		first := agree("")
		agree("") // gets the same request token
		b.expect("a request token of two", 403, "GET", first)
		_, err = h.rooms.SetOAuthApp(ctx, h.p, catalog.ConnectorRef{Name: "Elder"}, connector.Client{ID: "key", Secret: "wrong"})
		h.must(err)
		if _, body, _ := b.expect("a wrong secret", 502, "GET", h.link(ac.ID, target, "")); !strings.Contains(body, "signature_invalid") {
			t.Error(body)
		}
		if !h.authenticated(ac.ID) {
			t.Error("what failed has taken the credential of before")
		}
	})
}
