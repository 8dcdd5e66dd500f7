package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/internal/seal"
	"paceline/store"
	"paceline/store/storetest"
)

// receivers play the addresses that error webhooks go to, by their host.
type receivers struct {
	mu      sync.Mutex
	begun   time.Time
	answers map[string][]answer // used up in order; without one the answer is 204
	posts   []posted
	told    chan struct{}
}

type posted struct {
	host string
	at   time.Duration
	head http.Header
	body string
}

func (r *receivers) RoundTrip(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.posts = append(r.posts, posted{req.URL.Host, time.Since(r.begun), req.Header, string(body)})
	a := answer{Status: 204}
	if script := r.answers[req.URL.Host]; len(script) > 0 {
		a = script[0]
		if len(script) > 1 {
			r.answers[req.URL.Host] = script[1:] // the last answer stays
		}
	}
	r.mu.Unlock()
	if r.told != nil {
		r.told <- struct{}{}
	}
	if a.Hang {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	resp := &http.Response{StatusCode: a.Status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: req}
	for k, v := range a.Headers {
		if after, ok := strings.CutPrefix(v, "DATE+"); ok {
			v = time.Now().Add(must(time.ParseDuration(after))).UTC().Format(http.TimeFormat)
		}
		resp.Header.Set(k, v)
	}
	return resp, nil
}

// at lists when posts came to a host.
func (r *receivers) at(host string) (out []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.posts {
		if p.host == host {
			out = append(out, p.at)
		}
	}
	return out
}

// settings are the error webhooks of accounts, as their room would tell them.
type settings struct {
	mu      sync.Mutex
	targets map[int64]engine.NoticeTarget
	markets map[int32]engine.NoticeTarget
}

func (s *settings) NoticeTarget(_ context.Context, account int64, marketplace int32) (engine.NoticeTarget, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if marketplace != 0 {
		return s.markets[marketplace], nil
	}
	return s.targets[account], nil
}

func (s *settings) NoticeGone(_ context.Context, t engine.NoticeTarget) error {
	t.URL = ""
	s.set(t)
	return nil
}

func (s *settings) set(t engine.NoticeTarget) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.targets[t.Account.Num] = t
}

// noticeHouse is a house whose engine posts error webhooks.
type noticeHouse struct {
	*house
	settings  *settings
	receivers *receivers
}

func openNoticeHouse(ctx context.Context, db *store.Store) *noticeHouse {
	h := &noticeHouse{settings: &settings{targets: map[int64]engine.NoticeTarget{}}, receivers: &receivers{begun: time.Now(), answers: map[string][]answer{}}}
	remote := &played{answers: map[string][]answer{}}
	for range 500 {
		remote.answers["create"] = append(remote.answers["create"], answer{Status: 400, Body: map[string]any{"why": "no"}})
	}
	h.house = furnish(ctx, db, remote, "https://remote.example")
	h.point("one.example", false)
	return h
}

// point sets the error webhook of the account.
func (h *noticeHouse) point(host string, warnings bool) {
	t := engine.NoticeTarget{Account: h.account, Owner: store.DeliveryQueue{Scope: h.account.Scope()}, Warnings: warnings, Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}
	if host != "" {
		t.URL = "https://" + host + "/errors"
	}
	h.settings.set(t)
	if h.engine != nil {
		h.engine.ErrorWebhookChanged(h.account.Num)
	}
}

func (h *noticeHouse) startNoticing(ctx context.Context) {
	h.engine = engine.New(engine.Config{
		Store: h.store, Plans: h, Instances: h,
		Runtime: connector.New(connector.Config{Transport: h.remote, Clock: h.clock, Logger: h.log}),
		Keys:    func(context.Context, int64) (*seal.Key, error) { return h.key, nil }, Broker: seal.NewBroker(nil, nil),
		IDs: h.ids, Clock: h.clock, Logger: h.log, Notices: h.settings, Outbound: h.receivers,
	})
	if err := h.engine.Start(ctx); err != nil {
		panic(err)
	}
}

// failing installs a cycle whose only call fails, and returns the address that starts it.
func (h *noticeHouse) failing(t *testing.T) string {
	plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
		{"received": {Webhook: "event"}},
		{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}, OnError: "StopTransaction"}},
	}})
	_, address := h.install(t.Context(), plan, 0)
	return address
}

func (h *noticeHouse) fail(t *testing.T, address string) {
	t.Helper()
	d := connector.Delivery{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}
	if _, err := h.engine.Deliver(t.Context(), address, d); err != nil {
		t.Fatal(err)
	}
}

// queued is the number of error webhooks on their way.
func (h *noticeHouse) queued(t *testing.T) (n int) {
	t.Helper()
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Deliveries(store.DeliveryQueue{Scope: h.account.Scope()}, 1000)
		n = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inNoticeTime runs f with a house of error webhooks in a time of its own.
func inNoticeTime(t *testing.T, f func(t *testing.T, h *noticeHouse, address string)) {
	options := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		options.Clock = lazy{factor: 600}
		db := must(store.Open(t.Context(), options))
		defer db.Close()
		h := openNoticeHouse(t.Context(), db)
		h.startNoticing(t.Context())
		defer func() { h.engine.Stop(noTime) }()
		address := h.failing(t)
		synctest.Wait()
		f(t, h, address)
	})
}

// TestErrorWebhookIsRetried plays receivers that do not take what is posted.
func TestErrorWebhookIsRetried(t *testing.T) {
	ladder := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 8 * time.Hour, 12 * time.Hour, 18 * time.Hour, 22 * time.Hour}
	for name, c := range map[string]struct {
		answers []answer
		waits   []time.Duration // between the posts, a tenth more or less
		queued  int             // after four days
	}{
		"taken":          {[]answer{{Status: 200}}, ladder[:1], 0},
		"fails for ever": {[]answer{{Status: 500}}, ladder, 0},
		"redirects":      {[]answer{{Status: 302, Headers: map[string]string{"Location": "https://two.example/"}}}, ladder, 0},
		"hangs once":     {[]answer{{Hang: true}, {Status: 200}}, []time.Duration{0, 20 * time.Second}, 0},
		"recovers":       {[]answer{{Status: 500}, {Status: 404}, {Status: 204}}, ladder[:3], 0},
		"gone":           {[]answer{{Status: 410}}, ladder[:1], 0},
		"says a date":    {[]answer{{Status: 429, Headers: map[string]string{"Retry-After": "DATE+2h"}}, {Status: 200}}, []time.Duration{0, 2 * time.Hour}, 0},
		"a day each":     {[]answer{{Status: 429, Headers: map[string]string{"Retry-After": "86000"}}}, []time.Duration{0, 86000 * time.Second, 86000 * time.Second, 86000 * time.Second}, 0},
		"next week":      {[]answer{{Status: 429, Headers: map[string]string{"Retry-After": "604800"}}}, ladder[:1], 0},
		"says when":      {[]answer{{Status: 503, Headers: map[string]string{"Retry-After": "3600"}}, {Status: 200}}, []time.Duration{0, time.Hour}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
				h.receivers.answers["one.example"] = c.answers
				h.fail(t, address)
				time.Sleep(4 * 24 * time.Hour)
				synctest.Wait()
				got := h.receivers.at("one.example")
				last := time.Duration(0)
				for i, at := range got {
					if i < len(c.waits) && ((at-last) < c.waits[i]-c.waits[i]/9 || (at-last) > c.waits[i]+c.waits[i]/9) {
						t.Errorf("post %d came %s after the one before, want about %s", i+1, at-last, c.waits[i])
					}
					last = at
				}
				if len(got) != len(c.waits) || last > 3*24*time.Hour {
					t.Errorf("posts at %v, want %d within three days", got, len(c.waits))
				}
				if n := len(h.receivers.at("two.example")); n != 0 {
					t.Errorf("a redirect was followed %d times", n)
				}
				if n := h.queued(t); n != c.queued {
					t.Errorf("%d are still queued", n)
				}
				ids := map[string]bool{}
				for _, p := range h.receivers.posts {
					ids[p.head.Get("Webhook-Id")] = true
				}
				if len(ids) != 1 {
					t.Errorf("one incident has the ids %v", ids)
				}
			})
		})
	}
}

// TestErrorWebhookAfterGone: nothing goes to an address that is gone, until the setting is made anew.
func TestErrorWebhookAfterGone(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.receivers.answers["one.example"] = []answer{{Status: 410}}
		h.fail(t, address)
		synctest.Wait()
		h.fail(t, address)
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := h.receivers.at("one.example"); len(got) != 1 || h.queued(t) != 0 {
			t.Errorf("posts at %v, %d queued", got, h.queued(t))
		}
		h.point("two.example", false)
		h.fail(t, address)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := h.receivers.at("two.example"); len(got) != 1 {
			t.Errorf("the new address got posts at %v", got)
		}
	})
}

// TestErrorWebhookBody looks at one message from outside.
func TestErrorWebhookBody(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.fail(t, address)
		time.Sleep(time.Second)
		synctest.Wait()
		if len(h.receivers.posts) != 1 {
			t.Fatalf("%d posts", len(h.receivers.posts))
		}
		p := h.receivers.posts[0]
		var body map[string]any
		if err := json.Unmarshal([]byte(p.body), &body); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{
			"AccountId": string(h.account.ID), "AccountExternalId": "northwind", "AccountName": "Northwind", "CycleName": "Cycle of the test",
			"StepName": "create", "StepType": 1.0, "Message": "Failed to call the method", "IncidentLevel": "Error", "Code": "call_failed",
		} {
			if body[name] != want {
				t.Errorf("%s is %v, want %v", name, body[name], want)
			}
		}
		for _, name := range []string{"Timestamp", "CycleId", "StepId", "TransactionId"} {
			if text, _ := body[name].(string); text == "" {
				t.Errorf("%s is missing", name)
			}
		}
		detail, _ := body["Detail"].(string)
		if !strings.HasPrefix(detail, "HTTP/1.1 400 Bad Request\r\n") || !strings.Contains(detail, "HTTP Request:") || strings.Contains(detail, "token-of-the-test") {
			t.Errorf("Detail is %q", detail)
		}
		if got := p.head.Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("Content-Type is %q", got)
		}
		secrets := []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
		_, want := engine.SignNotice(secrets, p.head.Get("Webhook-Id"), time.Now().Add(-time.Second), []byte(p.body))
		if got := p.head.Get("Webhook-Signature"); got != want {
			t.Errorf("the signature is %q, want %q", got, want)
		}
	})
}

// TestSignatureIsTheScheme compares with the example that the scheme publishes.
func TestSignatureIsTheScheme(t *testing.T) {
	body := []byte(`{"test": 2432232314}`)
	const first = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	at := time.Unix(1614265330, 0)
	secrets := []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", engine.NewNoticeSecret()}
	timestamp, signature := engine.SignNotice(secrets[:1], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	if timestamp != "1614265330" || signature != first {
		t.Errorf("%s %s, want %s", timestamp, signature, first)
	}
	_, both := engine.SignNotice(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
	if one, two, _ := strings.Cut(both, " "); one != first || !strings.HasPrefix(two, "v1,") || len(two) != len(first) {
		t.Errorf("with two secrets: %s", both)
	}
}

// TestDeadReceiverHurtsNobody: hundreds of errors to a receiver that hangs do not delay another account's.
func TestDeadReceiverHurtsNobody(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		h.receivers.answers["one.example"] = []answer{{Hang: true}}
		for range 200 {
			h.fail(t, address)
		}
		time.Sleep(time.Minute)
		other := h.neighbour(t)
		h.settings.set(engine.NoticeTarget{Account: other, Owner: store.DeliveryQueue{Scope: other.Scope()}, URL: "https://two.example/", Secrets: []string{engine.NewNoticeSecret()}})
		err := h.store.InTx(t.Context(), other.Scope(), func(tx *store.Tx) error {
			return tx.InsertIncident(other.Scope(), paceline.Incident{Code: paceline.CodeTriggerSkipped, At: tx.Now(), Notify: true})
		})
		if err != nil {
			t.Fatal(err)
		}
		before := time.Since(h.receivers.begun)
		h.engine.Stop(noTime) // a start finds what is queued
		h.startNoticing(t.Context())
		time.Sleep(time.Second)
		synctest.Wait()
		if got := h.receivers.at("two.example"); len(got) != 1 || got[0]-before > time.Second {
			t.Errorf("the neighbour's came at %v, queued at %s", got, before)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := h.receivers.at("one.example"); len(got) > 30 {
			t.Errorf("the receiver that hangs got %d posts in an hour", len(got))
		}
		h.receivers.mu.Lock()
		h.receivers.answers["one.example"] = []answer{{Status: 200}}
		h.receivers.mu.Unlock()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := h.queued(t); n != 0 {
			t.Errorf("%d are still queued after the receiver came back", n)
		}
	})
}

func (h *noticeHouse) neighbour(t *testing.T) (a paceline.Account) {
	err := h.store.InTx(t.Context(), paceline.Scope{Partner: h.partner}, func(tx *store.Tx) (err error) {
		wrapped, _ := installation.NewAccountKey()
		a, err = tx.InsertAccount(paceline.Scope{Partner: h.partner}, paceline.Account{
			ID: paceline.NewID(tx.Time()), APIID: "contoso", Name: "Contoso", CreatedAt: tx.Now(),
			AccountSettings: paceline.AccountSettings{Timezone: "Etc/UTC"},
		}, wrapped)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestErrorWebhookWishes: what nobody wants to hear is not queued, and warnings only by their flag.
func TestErrorWebhookWishes(t *testing.T) {
	inNoticeTime(t, func(t *testing.T, h *noticeHouse, address string) {
		plan, _ := planOf(t, cycleDoc{Retries: 1, Steps: []map[string]node{
			{"received": {Webhook: "event"}},
			{"create": {After: "received", Call: "create", Map: map[string]string{"name": "received/name"}, OnError: "Retry"}},
		}})
		_, retried := h.install(t.Context(), plan, 0) // its first failure is a warning
		var got []string
		for _, c := range []struct {
			host     string
			warnings bool
			address  string
		}{{"one.example", false, retried}, {"one.example", true, retried}, {"", false, address}, {"one.example", false, address}} {
			h.point(c.host, c.warnings)
			before := len(h.receivers.posts)
			for range 2 { // the second one knows what the first has learned
				h.fail(t, c.address)
				time.Sleep(time.Second)
				synctest.Wait()
			}
			got = append(got, fmt.Sprintf("%d posted, %d queued", len(h.receivers.posts)-before, h.queued(t)))
		}
		if want := []string{"0 posted, 0 queued", "2 posted, 0 queued", "0 posted, 0 queued", "2 posted, 0 queued"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestErrorWebhookOnBothDatabases: what a process queued and could not post, the next one posts.
func TestErrorWebhookOnBothDatabases(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := openNoticeHouse(t.Context(), open(t))
		h.receivers.told = make(chan struct{}, 10)
		h.receivers.answers["one.example"] = []answer{{Hang: true}, {Status: 200}}
		h.startNoticing(t.Context())
		h.fail(t, h.failing(t))
		h.receivers.await(t)
		h.engine.Stop(noTime) // in the middle of the post
		if n := h.queued(t); n != 1 {
			t.Fatalf("%d are queued while the first post hangs", n)
		}
		h.startNoticing(t.Context())
		h.receivers.await(t)
		h.engine.Stop(context.Background())
		if n := h.queued(t); n != 0 {
			t.Errorf("%d are queued after the post was taken", n)
		}
		posts := h.receivers.posts
		if len(posts) != 2 || posts[0].head.Get("Webhook-Id") != posts[1].head.Get("Webhook-Id") || posts[0].body != posts[1].body {
			t.Errorf("posts: %+v", posts)
		}
	})
}

// await waits for the next post.
func (r *receivers) await(t *testing.T) {
	t.Helper()
	select {
	case <-r.told:
	case <-time.After(time.Minute):
		t.Fatal("no error webhook was posted")
	}
}
