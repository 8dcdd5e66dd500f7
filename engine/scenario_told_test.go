package engine_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/engine"
	"paceline/store"
)

// errorsDoc is where errors are posted: to the account's own address, or else to that of the console.
type errorsDoc struct {
	Console  string `yaml:"console"` // host
	Account  string `yaml:"account"`
	Warnings bool   `yaml:"warnings"`
}

// keepDoc is for how many hours data is kept.
type keepDoc struct {
	Success *int `yaml:"success"`
	Error   *int `yaml:"error"`
}

// keep changes the account's retention, and forgets plans, as the room of tenants does.
func (st *stage) keep(k keepDoc) {
	st.account.Retention = paceline.Retention{SuccessHours: k.Success, ErrorHours: k.Error}
	err := st.store.InTx(st.t.Context(), st.account.Scope(), func(tx *store.Tx) error { return tx.UpdateAccount(st.account.Scope(), st.account) })
	if err != nil {
		st.t.Fatal(err)
	}
	plan := *st.plan
	plan.Retention = st.account.Retention
	st.adopt(&plan, st.cycle)
	st.engine.AccountChanged(st.t.Context(), st.account)
}

// toldWant is what others learn of the transactions, and what the store keeps of them.
type toldWant struct {
	Posts []string `yaml:"posts"` // "[at ]host code signed"
	Heard []string `yaml:"heard"` // since it was listened to
	Blobs []string `yaml:"blobs"` // the steps whose outputs lie in blobs
	Kept  []bool   `yaml:"kept"`  // whether the data of each transaction is kept, the oldest first
	Usage []string `yaml:"usage"` // "step ok incident" of the first cycle, summed up from the rows
}

// noticeSecret signs what is posted in scenarios.
const noticeSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// postErrors lets errors be posted, with the answers of the remote that have the names of hosts.
func (st *stage) postErrors(doc errorsDoc, answers map[string][]answer) {
	if st.receivers == nil {
		hosts := map[string][]answer{}
		for name, list := range answers {
			if strings.Contains(name, ".") {
				hosts[name] = list
			}
		}
		st.receivers = &receivers{begun: st.begun, answers: hosts}
		st.settings = &settings{targets: map[int64]engine.NoticeTarget{}}
		st.notices, st.outbound = st.settings, st.receivers
	}
	host := doc.Console
	if doc.Account != "" {
		host = doc.Account
	}
	target := engine.NoticeTarget{Account: st.account, Owner: store.DeliveryQueue{Scope: st.account.Scope()}, Warnings: doc.Warnings, Secrets: []string{noticeSecret}}
	if host != "" {
		target.URL = "https://" + host + "/errors"
	}
	st.settings.set(target)
	if st.engine != nil {
		st.engine.ErrorWebhookChanged(st.account.Num)
	}
}

// posts are those that were made, with what they tell and whether their signature is right.
func (st *stage) posts() []string {
	out := []string{}
	if st.receivers == nil {
		return out
	}
	st.receivers.mu.Lock()
	defer st.receivers.mu.Unlock()
	for _, p := range st.receivers.posts {
		var body struct{ Code string }
		if err := json.Unmarshal([]byte(p.body), &body); err != nil {
			st.t.Error(err)
		}
		text := p.host + " " + body.Code + " " + signedRight(p.head, p.body)
		if at := p.at.Truncate(time.Minute); at != 0 {
			text = at.String() + " " + text
		}
		out = append(out, text)
	}
	return out
}

// signedRight judges a post by Standard Webhooks.
func signedRight(head http.Header, body string) string {
	key := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(noticeSecret, "whsec_")))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(head.Get("Webhook-Id") + "." + head.Get("Webhook-Timestamp") + "." + body))
	if head.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		return "signed"
	}
	return "not signed"
}

// listen opens a stream of the account's events, or of those of the transaction that is named "oldest".
func (st *stage) listen(to string) {
	id := paceline.ID("")
	if to == "oldest" {
		id = must(st.engine.Transactions(st.t.Context(), st.principal(), st.account, engine.TransactionFilter{}, paceline.Page{Size: 1})).Items[0].ID
	}
	if st.stream != nil {
		st.stream.Close()
	}
	st.stream = must(st.engine.Listen(st.t.Context(), st.principal(), st.account, "", id, ""))
	st.heard = nil
}

// checkTold compares what others have learned, and what is kept.
func (st *stage) checkTold(want toldWant) {
	st.t.Helper()
	equal := func(what string, got, want []string) {
		st.t.Helper()
		if want != nil && !slices.Equal(got, want) {
			st.t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
	if want.Posts != nil {
		equal("posts", st.posts(), want.Posts)
	}
	if st.stream != nil {
		st.heard = append(st.heard, told(heard(st.stream)...)...)
	}
	equal("heard", st.heard, want.Heard)
	if want.Blobs == nil && want.Kept == nil && want.Usage == nil {
		return
	}
	blobs, kept := []string{}, []bool{}
	sums := map[string]paceline.Usage{}
	err := st.store.Read(st.t.Context(), func(tx *store.Tx) error {
		scope := st.account.Scope()
		runs, err := tx.Runs(scope, store.RunFilter{}, paceline.Page{Size: 1000}, true)
		if err != nil {
			return err
		}
		slices.SortFunc(runs.Items, func(a, b paceline.Run) int { return int(a.Num - b.Num) })
		for _, run := range runs.Items {
			rows, err := tx.Steps(scope, run.Num, false)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if r.Output.Blob != "" {
					blobs = append(blobs, st.names[r.StepRef])
				}
			}
			has, err := tx.Kept(scope, run.Num)
			if err != nil {
				return err
			}
			kept = append(kept, has)
		}
		list, err := tx.UsageOfRows(scope, 0)
		for _, u := range list {
			if u.Cycle == st.cycle.Num && u.Method > 0 { // else it is that of a tool
				name := st.names[u.Method-1] // see planOf
				sums[name] = paceline.Usage{OK: sums[name].OK + u.OK, Incident: sums[name].Incident + u.Incident}
			}
		}
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
	equal("blobs", blobs, want.Blobs)
	if want.Kept != nil && !slices.Equal(kept, want.Kept) {
		st.t.Errorf("kept: %v, want %v", kept, want.Kept)
	}
	if want.Usage == nil {
		return
	}
	usage := []string{}
	for _, name := range st.names {
		if u, ok := sums[name]; ok {
			usage = append(usage, fmt.Sprintf("%s %d %d", name, u.OK, u.Incident))
		}
	}
	equal("usage", usage, want.Usage)
}
