package e2e

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"paceline/store/storetest/testdb"
)

// TestSecondStart starts the demo twice: the second start finds the data and prints the same credentials, which work.
func TestSecondStart(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		credentials := regexp.MustCompile(`(?m)^  (Client id|Client secret|Administrator): .*$`)
		v := serve(t, start{settings: settings, flags: []string{"--demo"}})
		first := credentials.FindAllString(v.out.String(), -1)
		if len(first) != 3 {
			t.Fatalf("a first start prints no credentials:\n%s", v.out)
		}
		if code := v.stop(); code != 0 {
			t.Fatalf("the stop ended with code %d:\n%s", code, v.out)
		}
		v = v.again()
		if second := credentials.FindAllString(v.out.String(), -1); strings.Join(first, "\n") != strings.Join(second, "\n") {
			t.Errorf("the starts print\n%s\nand\n%s", strings.Join(first, "\n"), strings.Join(second, "\n"))
		}
		var accounts []struct{ Id string }
		v.client().call(http.MethodGet, "/v1.0/accounts?includeSubAccounts=true&orderBy=Id", nil, &accounts)
		if len(accounts) != 2 || accounts[0].Id != "northwind" || accounts[1].Id != "northwind-berlin" {
			t.Errorf("the second start has the accounts %v", accounts)
		}
		out, code := runCommand(t, v.start.dir, settings, "demo", "event", "--data", "data", "--account", "northwind-berlin")
		if code != 0 {
			t.Errorf("demo event ended with code %d:\n%s", code, out)
		}
		wants(t, "demo event", out, "answered 200 transaction", ": Completed", "Write ticket: Done, HTTP 201", "In the CRM: 1 ticket(s)", "At GitHub: 1 comment(s)")
	})
}

// TestReadyFile reads the file that scripts wait for, at a first and at a second start.
func TestReadyFile(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		v := serve(t, start{settings: settings})
		info, err := os.Stat(v.readyFile())
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("the ready file has mode %o", mode)
		}
		if v.Pid != v.cmd.Process.Pid {
			t.Errorf("Pid is %d, not %d", v.Pid, v.cmd.Process.Pid)
		}
		for name, value := range map[string]string{
			"ClientId": v.ClientId, "ClientSecret": v.ClientSecret, "AdminUser": v.AdminUser, "AdminPassword": v.AdminPassword,
			"ServiceAddress": v.ServiceAddress, "MetricsAddress": v.MetricsAddress,
		} {
			if value == "" {
				t.Errorf("the ready file of a first start has no %s", name)
			}
			if name == "ClientSecret" || name == "AdminPassword" {
				if strings.Contains(v.out.String(), value) {
					t.Errorf("%s is on the screen, too", name)
				}
			}
		}
		anonymous := &client{t: t, base: v.MetricsAddress}
		wants(t, "metrics", anonymous.send(http.MethodGet, "/metrics", nil, nil).text(), "paceline_accepted_total 0")
		v.client() // the credential works
		v.stop()

		next := serve(t, v.start)
		if next.ClientId+next.ClientSecret+next.AdminUser+next.AdminPassword != "" {
			t.Errorf("a second start hands credentials out: %+v", next.ready)
		}
	})
}

// TestStartsAtOnce starts two servers at once on one PostgreSQL database: there is one partner, and one of the two
// hands out its credentials, which work on the server that is left.
func TestStartsAtOnce(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	settings := []string{"PACELINE_DATABASE_URL=" + db, "PACELINE_KEY=" + installationKey}
	both := []*server{launch(t, start{settings: settings}), launch(t, start{settings: settings})}
	var made, left *server
	for _, v := range both {
		v.awaitReadyOrEnd() // it may end before it is seen to be ready: it was slow, and the other has taken over
		if v.ClientId != "" {
			if made != nil {
				t.Error("both starts hand credentials out")
			}
			made = v
		}
	}
	await(t, "one server to leave the database to the other", func() (bool, any) {
		for i, v := range both {
			if v.ended() {
				left = both[1-i]
				wants(t, "the server that leaves", v.out.String(), "another server has taken over")
				if v.code != 1 {
					t.Errorf("it ended with code %d", v.code)
				}
				return true, nil
			}
		}
		return false, nil
	})
	if made == nil {
		t.Fatal("no start hands credentials out")
	}
	left.ClientId, left.ClientSecret = made.ClientId, made.ClientSecret
	left.client().call(http.MethodPost, "/v1.0/accounts", map[string]string{"Id": "a", "Name": "A"}, nil)
	if n := count(t, db, "SELECT count(*) FROM partner"); n != 1 {
		t.Errorf("there are %d partners", n)
	}
}

// count asks the database itself.
func count(t *testing.T, db, sql string) (n int) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRefusedStarts tries starts that must not be.
func TestRefusedStarts(t *testing.T) {
	t.Parallel()
	running := serve(t, start{})
	for _, c := range []struct {
		name     string
		start    start
		says     []string
		mustLack string // a file that must not have been made
	}{
		{"a second process on one data folder", start{dir: running.start.dir}, []string{"/data is in use by another process"}, ""},
		{"PostgreSQL without a key", start{settings: []string{"PACELINE_DATABASE_URL=" + testdb.New(t)}}, []string{"paceline key new"}, "data/installation.key"},
		{"PostgreSQL that is not there", start{settings: []string{"PACELINE_DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "PACELINE_KEY=" + installationKey}}, []string{"127.0.0.1:1"}, ""},
		{"a key that is none", start{settings: []string{"PACELINE_KEY=abc"}}, []string{"PACELINE_KEY", "want 32"}, "data/installation.key"},
		{"an address in use", start{flags: []string{"--addr", strings.TrimPrefix(running.Address, "http://")}}, []string{"--addr", "in use"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := launch(t, c.start)
			if code := v.awaitEnd(); code != 1 {
				t.Errorf("it ended with code %d", code)
			}
			wants(t, "the message", v.out.String(), c.says...)
			if strings.Contains(v.out.String(), "goroutine ") {
				t.Errorf("it crashed:\n%s", v.out)
			}
			if _, err := os.Stat(v.readyFile()); err == nil && c.start.dir == "" {
				t.Error("it left a ready file")
			}
			if c.mustLack != "" {
				if _, err := os.Stat(v.start.dir + "/" + c.mustLack); err == nil {
					t.Errorf("it made %s", c.mustLack)
				}
			}
		})
	}
	running.client() // the first one was not disturbed
}

// TestFirstRunLink sets an installation up by the link that a start by hand prints.
func TestFirstRunLink(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		v := serve(t, start{settings: settings, byHand: true})
		link := regexp.MustCompile(`http://\S+/setup\?token=[\w-]{43}`).FindString(v.out.String())
		if link == "" {
			t.Fatalf("no link is printed:\n%s", v.out)
		}
		address, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		token := address.Query().Get("token")
		mistyped := strings.Replace(link, token, token[:42]+"-", 1)
		if strings.HasSuffix(token, "-") {
			mistyped = strings.Replace(link, token, token[:42]+"_", 1)
		}
		person := &client{t: t, base: v.Address}
		// Nothing lets anybody in before.
		for _, path := range []string{"/v1.0/accounts", "/v1.0/templates", "/v1.0/cycles"} {
			if a := person.send(http.MethodGet, path, nil, nil); a.status != http.StatusUnauthorized {
				t.Errorf("without a token %s answers %d", path, a.status)
			}
		}
		post := func(token, user, password, again string) answer {
			form := url.Values{"token": {token}, "user": {user}, "password": {password}, "again": {again}}
			return person.send(http.MethodPost, "/setup", strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		}
		secret := regexp.MustCompile(`Client ID</th>\s*<td><code>([^<]+)</code>(?s:.*)Client secret</th>\s*<td><code>([^<]+)</code>`)
		const good = "a long password, with signs!"
		for _, c := range []struct {
			name   string
			answer func() answer
			status int
			says   string
		}{
			{"no token", func() answer { return person.send(http.MethodGet, "/setup", nil, nil) }, 403, "not valid"},
			{"a mistyped link", func() answer { return person.send(http.MethodGet, mistyped, nil, nil) }, 403, "not valid"},
			{"a form with a mistyped token", func() answer { return post("x"+token, "ann", good, good) }, 403, "not valid"},
			{"the link", func() answer { return person.send(http.MethodGet, link, nil, nil) }, 200, "<form"},
			{"the link, looked at again", func() answer { return person.send(http.MethodGet, link, nil, nil) }, 200, "<form"},
			{"two passwords", func() answer { return post(token, "ann", good, "another") }, 400, "differ"},
			{"a short password", func() answer { return post(token, "ann", "short!", "short!") }, 400, "10 characters"},
		} {
			if a := c.answer(); a.status != c.status || !strings.Contains(a.text(), c.says) {
				t.Errorf("%s: %d %s", c.name, a.status, a.body)
			}
		}
		a := post(token, "ann", good, good)
		m := secret.FindStringSubmatch(a.text())
		if a.status != http.StatusOK || m == nil {
			t.Fatalf("the form answers %d %s", a.status, a.body)
		}
		v.ClientId, v.ClientSecret = m[1], m[2]
		v.client().call(http.MethodPost, "/v1.0/accounts", map[string]string{"Name": "First"}, nil)
		for name, a := range map[string]answer{"the used link": person.send(http.MethodGet, link, nil, nil), "the used form": post(token, "eve", good, good)} {
			if a.status != http.StatusForbidden {
				t.Errorf("%s answers %d", name, a.status)
			}
		}
	})
}
