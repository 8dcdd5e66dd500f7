package connector_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline/connector"
	"paceline/connector/connectortest"
)

// sessionRemote answers /login with a new token each time and /get for the latest token only.
func sessionBundle(t *testing.T) (*bundle, *atomic.Int64) {
	t.Helper()
	text := head[:strings.Index(head, "auth:")] + `auth:
  - id: login
    type: session
    session: {login: log-in, capture: {Token: data.token}, lifetime: 30m}
    apply: {in: header, name: X-Session, value: "{{auth.Token}}"}
methods:
  - id: log-in
    name: Log In
    hidden: true
    repeat: safe
    request: {method: POST, path: /login, fields: [{loc: user, default: "{{auth.Username}}"}, {loc: password, default: "{{auth.Password}}"}]}
  - {id: get, name: Get, request: {method: GET, path: /get}}
`
	b := setupText(t, text)
	b.instance.AuthValue = `{"Username":"u","Password":"secret-password"}`
	logins := &atomic.Int64{}
	b.remote.On("/login", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"data":{"token":"token-%d"}}`, logins.Add(1))
	})
	b.remote.On("/get", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Session") != fmt.Sprintf("token-%d", logins.Load()) {
			w.WriteHeader(401)
			return
		}
		fmt.Fprint(w, "{}")
	})
	return b, logins
}

func TestSession(t *testing.T) {
	t.Parallel()
	b, logins := sessionBundle(t)
	first, failed := b.call("get")
	if failed != nil || first.TasksOK != 2 || len(first.Exchanges) != 2 {
		t.Fatal(failed, first)
	}
	if got := string(b.remote.Received()[0].Body); got != `{"user":"u","password":"secret-password"}` || b.headers(0).Get("X-Session") != "" {
		t.Errorf("the login is %s", got)
	}
	for _, e := range first.Exchanges {
		if text := string(e.Request) + string(e.Response); strings.Contains(text, "token-1") || strings.Contains(text, "secret-password") {
			t.Errorf("a secret is in the log:\n%s", text)
		}
	}
	if _, failed := b.call("get"); failed != nil || logins.Load() != 1 {
		t.Error("a session is not used twice:", failed, logins.Load())
	}
	b.clock.now = b.clock.now.Add(31 * time.Minute)
	if _, failed := b.call("get"); failed != nil || logins.Load() != 2 {
		t.Error("a session lives longer than it should:", failed, logins.Load())
	}
	logins.Add(1) // the remote forgets the session
	again, failed := b.call("get")
	if failed != nil || logins.Load() != 4 || again.TasksOK != 2 || again.TasksIncident != 1 {
		t.Error("a refused session is not replaced:", failed, logins.Load(), again.TasksOK, again.TasksIncident)
	}
	b.remote.On("/get", connectortest.JSON(401, "{}"))
	if r, failed := b.call("get"); failed == nil || failed.Class != connector.ClassAuth || len(r.Exchanges) != 3 {
		t.Error("a remote that refuses every session:", failed, len(r.Exchanges))
	}
	for _, answer := range []connectortest.Behaviour{connectortest.JSON(400, "{}"), connectortest.JSON(200, `{"data":{}}`)} {
		b.remote.On("/login", answer)
		if _, failed := b.call("get"); failed == nil || failed.Class != connector.ClassAuth {
			t.Error("a login that fails:", failed)
		}
	}
}

// TestSessionIsOpenedOnce lets many calls need a session at the same time.
func TestSessionIsOpenedOnce(t *testing.T) {
	t.Parallel()
	b, logins := sessionBundle(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, err := b.runtime.Call(context.Background(), connector.Call{Instance: b.instance, Method: b.compiled.Method("get")})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if logins.Load() != 1 {
		t.Errorf("%d logins", logins.Load())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fresh := &connector.Instance{Compiled: b.compiled, AuthValue: b.instance.AuthValue, Properties: b.instance.Properties}
	if _, err := b.runtime.Call(ctx, connector.Call{Instance: fresh, Method: b.compiled.Method("get")}); err == nil {
		t.Error("a call that was given up logs in")
	}
}

// TestSessionOutlivesItsInstance: an account connector that is opened anew for a call goes on with the session of the call
// before; what is remembered of it shows no token.
func TestSessionOutlivesItsInstance(t *testing.T) {
	t.Parallel()
	b, logins := sessionBundle(t)
	memory := connector.NewMemory()
	instance := func() *connector.Instance {
		i := b.instance
		return &connector.Instance{Account: i.Account, Partner: i.Partner, Root: i.Root, ID: i.ID, Compiled: i.Compiled, Auth: i.Auth, AuthValue: i.AuthValue, Properties: i.Properties, Memory: memory}
	}
	for range 3 {
		b.instance = instance()
		if _, failed := b.call("get"); failed != nil {
			t.Fatal(failed)
		}
	}
	if logins.Load() != 1 {
		t.Errorf("three calls logged in %d times", logins.Load())
	}
	if text := memory.Kept(); text == "" || strings.Contains(text, "token-1") {
		t.Errorf("the memory holds %q", text)
	}
}
