package session_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"paceline"
	"paceline/internal/seal"
	"paceline/server/fault"
	"paceline/server/session"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// clock stands still until the test moves it.
type clock struct {
	paceline.SystemClock
	now time.Time
}

func (c *clock) Now() time.Time { return c.now }

type house struct {
	*testing.T
	clock   *clock
	tenants *tenant.Tenant
	admin   tenant.Credentials
	p       paceline.Principal
}

func newHouse(t *testing.T, s *store.Store, c *clock) *house {
	h := &house{T: t, clock: c}
	ctx := context.Background()
	installation, err := tenant.OpenInstallation(ctx, s, seal.New(seal.NewKey()))
	h.must(err)
	h.tenants = tenant.New(tenant.Config{Store: s, Installation: installation, Clock: c, Logger: slog.New(slog.DiscardHandler)})
	h.admin, _, err = h.tenants.FirstRun(ctx, tenant.FirstRunOptions{PartnerName: "Stockwise", Credentials: true})
	h.must(err)
	h.p = paceline.SystemPrincipalOf(h.admin.Partner)
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// ask sends a request with the cookie and further headers, and returns status, body and the cookie that was set.
func (h *house) ask(method, body, cookie string, header ...string) (int, string, *http.Cookie) {
	h.Helper()
	q := httptest.NewRequest(method, "http://console.example"+session.Path, strings.NewReader(body))
	q.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	if cookie != "" {
		q.AddCookie(&http.Cookie{Name: "console-session", Value: cookie})
	}
	w := httptest.NewRecorder()
	door := &session.Handler{Tenant: h.tenants, Log: slog.New(slog.DiscardHandler), PublicURL: "http://console.example", ServiceURL: "http://hooks.example"}
	door.ServeHTTP(w, q)
	if cookies := w.Result().Cookies(); len(cookies) == 1 {
		return w.Code, w.Body.String(), cookies[0]
	}
	return w.Code, w.Body.String(), nil
}

func TestSession(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t), &clock{now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)})
		ctx := t.Context()
		_, err := h.tenants.CreateAccount(ctx, h.p, tenant.AccountPatch{Name: tenant.Value("Northwind"), ID: tenant.Value("northwind")})
		h.must(err)
		h.must(h.tenants.PutAccountUser(ctx, h.p, "northwind", tenant.UserPatch{UserName: "jo", Password: tenant.Value("a long password!")}))
		admin := `{"UserName":"admin","Password":"` + h.admin.AdminPassword + `"}`
		for _, c := range []struct {
			name, method, body string
			status             int
			header             []string
		}{
			{"nobody", "GET", "", 401, nil},
			{"no JSON", "POST", "user=admin", 400, nil},
			{"a form, which a page of another site could send", "POST", admin, 400, []string{"Content-Type", "text/plain"}},
			{"a wrong password", "POST", `{"UserName":"admin","Password":"wrong"}`, 401, nil},
			{"an unknown user", "POST", `{"UserName":"nobody","Password":"wrong"}`, 401, nil},
			{"nothing", "POST", `{}`, 401, nil},
			{"an account that is not the user's", "POST", `{"UserName":"jo","Password":"a long password!","Account":"other"}`, 401, nil},
			{"a page of another site", "POST", admin, 403, []string{"Sec-Fetch-Site", "cross-site"}},
			{"another method", "PATCH", admin, 405, nil},
		} {
			status, body, cookie := h.ask(c.method, c.body, "", c.header...)
			if status != c.status || cookie != nil || !strings.HasPrefix(body, `{"Message":`) {
				t.Errorf("%s: %d %s, cookie %v", c.name, status, body, cookie)
			}
		}

		status, body, cookie := h.ask("POST", admin, "")
		if status != 200 || !strings.Contains(body, `"UserName":"admin","Partner":"Stockwise","Full":true`) || strings.Contains(body, cookie.Value) {
			t.Fatalf("the administrator: %d %s", status, body)
		}
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != int(tenant.SessionLife.Seconds()) {
			t.Errorf("the cookie: %v", cookie)
		}
		if status, body, _ := h.ask("GET", "", cookie.Value); status != 200 || !strings.Contains(body, `"ServiceUrl":"http://hooks.example"`) {
			t.Errorf("who: %d %s", status, body)
		}
		q := httptest.NewRequest("DELETE", "http://console.example/v1.0/accounts/northwind", nil)
		q.AddCookie(cookie)
		if token, err := (session.Cookie{}).Bearer(q); err != nil || token != cookie.Value {
			t.Errorf("the application's own request: %q, %v", token, err)
		}
		q.Header.Set("Sec-Fetch-Site", "cross-site")
		if _, err := (session.Cookie{}).Bearer(q); paceline.KindOf(err) != paceline.Forbidden {
			t.Errorf("a request of another site's page with the cookie: %v", err)
		}
		link := httptest.NewRequest("GET", "http://console.example/v1.0/account/connectors/1/methods/delete", nil)
		link.AddCookie(cookie)
		for _, from := range []string{"cross-site", "same-site", "none"} {
			link.Header.Set("Sec-Fetch-Site", from)
			if _, err := (session.Cookie{}).Bearer(link); paceline.KindOf(err) != paceline.Forbidden {
				t.Errorf("a link that was followed from %s: %v", from, err)
			}
		}
		if status, _, _ := h.ask("DELETE", "", cookie.Value, "Sec-Fetch-Site", "cross-site"); status != 403 {
			t.Errorf("another site signs out: %d", status)
		}
		if status, _, gone := h.ask("DELETE", "", cookie.Value); status != 204 || gone.MaxAge >= 0 {
			t.Errorf("sign out: %d %v", status, gone)
		}
		if status, _, _ := h.ask("GET", "", cookie.Value); status != 401 {
			t.Errorf("after signing out: %d", status)
		}
		if status, _, _ := h.ask("DELETE", "", cookie.Value); status != 204 {
			t.Errorf("a second click: %d", status)
		}

		// With TLS the name that a sibling host could set counts for nothing.
		at := session.CookieAt("https://console.example")
		q = httptest.NewRequest("GET", "https://console.example/session", nil)
		q.AddCookie(&http.Cookie{Name: "console-session", Value: "of another host"})
		if token := at.Token(q); token != "" {
			t.Errorf("a cookie of another host is taken for a session: %q", token)
		}
		q.AddCookie(&http.Cookie{Name: "__Host-console-session", Value: "ours"})
		if token := at.Token(q); token != "ours" {
			t.Errorf("the session's token is %q", token)
		}

		_, body, cookie = h.ask("POST", `{"UserName":"jo","Password":"a long password!"}`, "")
		if !strings.Contains(body, `"Account":{"Id":"northwind","Name":"Northwind","Administrator":false,"Timezone":"Etc/UTC"}`) || strings.Contains(body, `"Full":true`) {
			t.Errorf("a user of an account: %s", body)
		}
		p, err := h.tenants.Authenticate(ctx, cookie.Value)
		if err != nil || p.MayPartner() || p.RestrictedTo == 0 {
			t.Errorf("the user's token is %+v, %v", p, err)
		}
		frame := session.FrameCookie(cookie.Value, 60)
		inFrame := httptest.NewRequest("GET", "https://console.example/a/northwind/cycles", nil)
		inFrame.AddCookie(frame)
		if session.CookieAt("https://console.example").Token(inFrame) != cookie.Value || !frame.Partitioned || !frame.Secure || !frame.HttpOnly || frame.SameSite != http.SameSiteNoneMode {
			t.Errorf("the cookie of a frame: %v", frame)
		}
		// With a second account the user goes from one to the other, and nowhere else.
		if _, body, _ := h.ask("GET", "", cookie.Value); strings.Contains(body, `"Accounts"`) {
			t.Errorf("one account is no choice: %s", body)
		}
		system := paceline.SystemPrincipalOf(p.Partner)
		if _, err := h.tenants.CreateAccount(ctx, system, tenant.AccountPatch{Name: tenant.Value("Southwind"), ID: tenant.Value("southwind")}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.tenants.CreateAccount(ctx, system, tenant.AccountPatch{Name: tenant.Value("Foreign"), ID: tenant.Value("foreign")}); err != nil {
			t.Fatal(err)
		}
		if err := h.tenants.PutAccountUser(ctx, system, "southwind", tenant.UserPatch{UserName: "jo"}); err != nil {
			t.Fatal(err)
		}
		if _, body, _ := h.ask("GET", "", cookie.Value); !strings.Contains(body, `"Accounts":[{"Id":"northwind","Name":"Northwind"},{"Id":"southwind","Name":"Southwind"}]`) {
			t.Errorf("two accounts: %s", body)
		}
		// A frame stays with its account, and names no other.
		asFrame := "__Host-frame-session=" + cookie.Value
		if status, body, _ := h.ask("GET", "", "", "Cookie", asFrame); status != 200 || !strings.Contains(body, `"Id":"northwind"`) || strings.Contains(body, "southwind") {
			t.Errorf("in a frame: %d %s", status, body)
		}
		if status, _, set := h.ask("PUT", `{"Account":"southwind"}`, "", "Cookie", asFrame); status != 403 || set != nil {
			t.Errorf("from a frame to another account: %d, %v", status, set)
		}
		if status, _, _ := h.ask("GET", "", "", "Cookie", asFrame); status != 200 {
			t.Errorf("the frame goes on: %d", status)
		}
		if status, _, _ := h.ask("PUT", `{"Account":"foreign"}`, cookie.Value); status != 401 {
			t.Errorf("to a foreign account: %d", status)
		}
		if status, _, _ := h.ask("PUT", `{"Account":"southwind"}`, cookie.Value, "Sec-Fetch-Site", "cross-site"); status != 403 {
			t.Errorf("by another site: %d", status)
		}
		h.clock.now = h.clock.now.Add(time.Hour)
		status, body, other := h.ask("PUT", `{"Account":"southwind"}`, cookie.Value)
		if status != 200 || !strings.Contains(body, `"Account":{"Id":"southwind"`) || other.MaxAge != int((tenant.SessionLife-time.Hour).Seconds()) {
			t.Errorf("to the second account: %d %s, %v", status, body, other)
		}
		if status, _, _ := h.ask("GET", "", cookie.Value); status != 401 {
			t.Errorf("the session before: %d", status)
		}
		cookie = other
		h.clock.now = h.clock.now.Add(tenant.SessionLife + time.Second)
		if status, _, _ := h.ask("GET", "", cookie.Value); status != 401 {
			t.Errorf("after half a day: %d", status)
		}
	})
}

// TestFrameCookieOfOneSite: in a frame of a page of the same site a browser sends the console's cookie too. Who signed in last is who is
// signed in: each sign-in ends the other's cookie where there is one.
func TestFrameCookieOfOneSite(t *testing.T) {
	t.Parallel()
	at := session.CookieAt("https://console.example")
	begin := func(sent ...*http.Cookie) map[string]int {
		q := httptest.NewRequest("GET", "https://console.example/account/signinwithtoken", nil)
		for _, c := range sent {
			q.AddCookie(c)
		}
		w := httptest.NewRecorder()
		at.BeginFrame(w, q, "token", 60)
		return ages(w)
	}
	const own, frame = "__Host-console-session", "__Host-frame-session"
	if got := begin(); len(got) != 1 || got[frame] != 60 {
		t.Errorf("a frame of another site: %v", got)
	}
	if got := begin(&http.Cookie{Name: own, Value: "another person"}); len(got) != 2 || got[frame] != 60 || got[own] != -1 {
		t.Errorf("a frame of this site: %v", got)
	}

	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)), &clock{now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)})
	door := &session.Handler{Tenant: h.tenants, Log: slog.New(slog.DiscardHandler), PublicURL: "https://console.example"}
	q := httptest.NewRequest("POST", "https://console.example"+session.Path, strings.NewReader(`{"UserName":"admin","Password":"`+h.admin.AdminPassword+`"}`))
	q.Header.Set("Content-Type", "application/json")
	q.AddCookie(&http.Cookie{Name: frame, Value: "another person"})
	w := httptest.NewRecorder()
	door.ServeHTTP(w, q)
	if got := ages(w); w.Code != 200 || len(got) != 2 || got[own] <= 0 || got[frame] != -1 {
		t.Errorf("a sign-in: %d, %v", w.Code, got)
	}
}

// TestFactorAddress: an authenticator app is set up from where the partner allows people to use the console, and from nowhere else.
func TestFactorAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)), &clock{now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)})
	_, err := h.tenants.SetAddresses(t.Context(), h.p, tenant.AddressesPatch{Console: tenant.Value([]string{"192.0.2.0/24"})}, "192.0.2.1")
	h.must(err)
	s, err := h.tenants.BeginSession(t.Context(), tenant.SessionRequest{UserName: "admin", Password: h.admin.AdminPassword})
	h.must(err)
	door := &session.Handler{Tenant: h.tenants, Log: slog.New(slog.DiscardHandler), PublicURL: "http://console.example"}
	for from, want := range map[string]int{"198.51.100.1": 403, "192.0.2.7": 200} {
		q := httptest.NewRequest("POST", "http://console.example"+session.FactorPath, strings.NewReader("{}"))
		q.AddCookie(&http.Cookie{Name: "console-session", Value: s.Token})
		w := httptest.NewRecorder()
		door.ServeHTTP(w, q.WithContext(fault.WithCaller(t.Context(), "1", from)))
		if w.Code != want {
			t.Errorf("from %s: %d %s", from, w.Code, w.Body)
		}
	}
}

// ages are the cookies that an answer sets, by name; -1 takes one away.
func ages(w *httptest.ResponseRecorder) map[string]int {
	out := map[string]int{}
	for _, c := range w.Result().Cookies() {
		out[c.Name] = c.MaxAge
	}
	return out
}

// TestConsoleAddresses: at an address that is not allowed nobody signs in to the console or learns that a password is right, and a session from
// elsewhere tells nothing.
func TestConsoleAddresses(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t), &clock{now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)})
		ctx := t.Context()
		_, err := h.tenants.CreateAccount(ctx, h.p, tenant.AccountPatch{Name: tenant.Value("Northwind"), ID: tenant.Value("northwind")})
		h.must(err)
		h.must(h.tenants.PutAccountUser(ctx, h.p, "northwind", tenant.UserPatch{UserName: "jo", Password: tenant.Value("a long password!")}))
		_, err = h.tenants.SetAddresses(ctx, h.p, tenant.AddressesPatch{Console: tenant.Value([]string{"192.0.2.0/24"})}, "192.0.2.1")
		h.must(err)
		from := func(address, method, body, cookie string) (int, string, http.Header) {
			q := httptest.NewRequest(method, "http://console.example"+session.Path, strings.NewReader(body))
			q.Header.Set("Content-Type", "application/json")
			if cookie != "" {
				q.AddCookie(&http.Cookie{Name: "console-session", Value: cookie})
			}
			w := httptest.NewRecorder()
			door := &session.Handler{Tenant: h.tenants, Log: slog.New(slog.DiscardHandler), PublicURL: "http://console.example"}
			door.ServeHTTP(w, q.WithContext(fault.WithCaller(q.Context(), "", address)))
			return w.Code, w.Body.String(), w.Header()
		}
		right := `{"UserName":"admin","Password":"` + h.admin.AdminPassword + `"}`
		code, body, header := from("192.0.2.9", "POST", right, "")
		if code != 200 {
			t.Fatalf("at an allowed address: %d %s", code, body)
		}
		cookie := (&http.Response{Header: header}).Cookies()[0].Value
		if code, body, _ := from("192.0.2.9", "GET", "", cookie); code != 200 {
			t.Errorf("the session there: %d %s", code, body)
		}
		if code, body, _ := from("198.51.100.1", "GET", "", cookie); code != 403 || strings.Contains(body, "Stockwise") {
			t.Errorf("the session elsewhere: %d %s", code, body)
		}
		wrongCode, wrong, _ := from("198.51.100.1", "POST", `{"UserName":"admin","Password":"wrong"}`, "")
		code, body, header = from("198.51.100.1", "POST", right, "")
		if code != 401 || code != wrongCode || body != wrong || len(header["Set-Cookie"]) != 0 {
			t.Errorf("the right password elsewhere: %d %s %v; a wrong one: %d %s", code, body, header, wrongCode, wrong)
		}
		if code, body, _ := from("198.51.100.1", "POST", `{"UserName":"jo","Password":"a long password!"}`, ""); code != 200 {
			t.Errorf("a user of an account, who comes from anywhere: %d %s", code, body)
		}
	})
}
