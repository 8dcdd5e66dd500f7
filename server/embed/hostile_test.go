package embed_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"paceline/server/embed"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// other is the same house as another account of the partner sees it.
func (h *house) other() *house {
	h.Helper()
	_, err := h.tenants.CreateAccount(h.Context(), h.p, tenant.AccountPatch{ID: tenant.Value("southwind"), Name: tenant.Value("Southwind")})
	h.must(err)
	there := *h
	there.a, err = h.tenants.ResolveAccount(h.Context(), h.p, []string{"southwind"})
	h.must(err)
	return &there
}

// with returns an address with other values in its query.
func with(t *testing.T, address string, pairs ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func valueOf(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

// cookies are those that the browser sends to our callback.
func (b *browser) cookies() []*http.Cookie {
	u, err := url.Parse(b.url + embed.CallbackPath)
	b.must(err)
	return b.client.Jar.Cookies(u)
}

// TestCallbackOfAnotherAccount: neither the state, nor the cookie, nor the code of one account's consent is of use in
// another's.
func TestCallbackOfAnotherAccount(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		there := h.other()
		id, foreign := h.install("consent", "app", "app-secret"), there.install("consent", "app", "app-secret")
		mine, thief := h.browser(), there.browser()
		victim, own := mine.begin(h.link(id, target, "")), thief.begin(there.link(foreign, target, ""))
		thief.expect("the state of another account", 403, "GET", victim)

		// The cookies are exchanged: each session stands under the other state's name.
		swapped := there.browser()
		address, err := url.Parse(h.url)
		h.must(err)
		a, b := mine.cookies(), thief.cookies()
		if len(a) != 1 || len(b) != 1 {
			t.Fatalf("cookies: %v and %v", a, b)
		}
		swapped.client.Jar.SetCookies(address, []*http.Cookie{{Name: a[0].Name, Value: b[0].Value, Path: "/"}, {Name: b[0].Name, Value: a[0].Value, Path: "/"}})
		swapped.expect("my state with their cookie", 403, "GET", victim)
		swapped.expect("their state with my cookie", 403, "GET", own)

		// Whoever sees a code can't bring it into an account of his own: its verifier lies with the other state.
		if status, _, _, _ := thief.do("GET", with(t, own, "code", valueOf(t, victim, "code")), nil); status < 400 {
			t.Errorf("another consent's code: %d", status)
		}
		if h.authenticated(id) || there.authenticated(foreign) {
			t.Error("something was authenticated")
		}
	})
}

// TestCallbackWithATamperedState: only the very state of the browser counts.
func TestCallbackWithATamperedState(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		b := h.browser()
		callback := b.begin(h.link(id, target, ""))
		state := valueOf(t, callback, "state")
		last := "A"
		if strings.HasSuffix(state, "A") {
			last = "B"
		}
		for name, other := range map[string]string{
			"none": "", "cut": state[:len(state)-1], "longer": state + "A", "one sign": state[:len(state)-1] + last, "letter case": swapCase(state),
			"white space": state + " ", "NUL": state + "\x00", "a wildcard": "%", "no text": "\xff\xfe", "long": strings.Repeat(state, 200),
		} {
			b.expect(name, 403, "GET", with(t, callback, "state", other))
		}
		if h.authenticated(id) {
			t.Error("authenticated with a tampered state")
		}
		b.expect("the state itself", 303, "GET", callback)
	})
}

func swapCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}

// TestCallbackTwiceAtOnce: of callbacks that come at the same time one wins, and the others change nothing.
func TestCallbackTwiceAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		id := h.install("consent", "app", "app-secret")
		b := h.browser()
		callback, cookie := b.begin(h.link(id, target, "")), b.cookies()[0]
		const n = 8
		var all sync.WaitGroup
		statuses, failed := make([]int, n), make([]error, n)
		for i := range n {
			all.Go(func() {
				q, err := http.NewRequest("GET", callback, nil)
				if err != nil {
					failed[i] = err
					return
				}
				q.AddCookie(cookie)
				r, err := http.DefaultTransport.RoundTrip(q)
				if err != nil {
					failed[i] = err
					return
				}
				r.Body.Close()
				statuses[i] = r.StatusCode
			})
		}
		all.Wait()
		won := 0
		for i, status := range statuses {
			h.must(failed[i])
			if status == 303 {
				won++
			} else if status != 403 {
				t.Errorf("one got %d", status)
			}
		}
		if won != 1 || !h.authenticated(id) {
			t.Errorf("%d callbacks won, want 1; authenticated %t", won, h.authenticated(id))
		}
	})
}
