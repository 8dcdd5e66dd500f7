package engine_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
)

// TestWordsOfTheVendor delivers what Microsoft Graph says about a subscription itself: it is renewed at once, or its owner
// is told, and nothing starts. What nobody has signed does neither.
func TestWordsOfTheVendor(t *testing.T) {
	t.Parallel()
	options := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		options.Clock = lazy{factor: 600}
		db := must(store.Open(t.Context(), options))
		defer db.Close()
		v := &vendors{answers: fstest.MapFS{}, given: map[string]bool{}}
		st := &stage{t: t, begun: time.Now(), house: furnish(t.Context(), db, v, "")}
		st.start(t.Context())
		defer func() { st.engine.Stop(noTime) }()
		step := paceline.Step{ID: paceline.NewID(time.Now()), Name: "Mail changed", Kind: paceline.StepWebhook, Method: "resource-changed",
			Connector: &paceline.StepConnector{UID: "7c1e5a94-2f6b-4d83-a7c0-e85b19d24f36", Key: "microsoft-graph", Name: "Microsoft Graph", Version: "1.0.0"}}
		addresses := map[string]string{}
		v.use(t, st, paceline.Flow{Schema: 1, Steps: []paceline.Step{step}, Settings: paceline.DefaultFlowSettings()}, addresses)
		synctest.Wait()
		var hook store.Webhook
		if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
			hook, _, err = tx.WebhookByIdentifier(addresses["microsoft-graph"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		cycle := hook.Cycle
		later := paceline.ToMicros(time.Now().Add(40 * time.Hour))
		scope := st.account.Scope()
		if err := db.InTx(t.Context(), scope, func(tx *store.Tx) error {
			return tx.PutSubscription(scope, store.Subscription{ID: paceline.NewID(time.Now()), Cycle: cycle, Step: step.ID, Identifier: addresses["microsoft-graph"],
				Method: "m", Made: true, ExpiresAt: later, RenewAt: later})
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			word, secret string
			due          bool
			incidents    []paceline.Code
		}{
			{"reauthorizationRequired", "another", false, nil},
			{"missed", "s3cret", false, []paceline.Code{paceline.CodeWebhookMissed}},
			{"reauthorizationRequired", "s3cret", true, []paceline.Code{paceline.CodeWebhookMissed}},
		} {
			_, err := st.engine.Deliver(t.Context(), addresses["microsoft-graph"], connector.Delivery{
				Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, At: time.Now(),
				RawBody: []byte(`{"value":[{"lifecycleEvent":"` + c.word + `","subscriptionId":"7f105c7d","clientState":"` + c.secret + `"}]}`)})
			if (err == nil) != (c.secret == "s3cret") {
				t.Errorf("%s: %v", c.word, err)
			}
			var rows []store.Subscription
			if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				rows, err = tx.Subscriptions(scope, cycle)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			var codes []paceline.Code
			for _, i := range st.incidents() {
				codes = append(codes, paceline.Code(strings.Fields(i)[1]))
			}
			if due := rows[0].RenewAt < later; due != c.due || !slices.Equal(codes, c.incidents) {
				t.Errorf("%s: due %t, incidents %v", c.word, due, codes)
			}
		}
	})
}
