package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine"
	"paceline/store"
	"paceline/store/storetest"
)

// TestAnswerThatCannotBeKept: the store takes no large payloads for a while, when a call was already answered. A call
// that must not be repeated is not made again for that; its outcome is told as unknown. Others are made again.
func TestAnswerThatCannotBeKept(t *testing.T) {
	t.Parallel()
	for call, again := range map[string]bool{"charge": false, "create": true} {
		t.Run(call, func(t *testing.T) {
			options := storetest.SQLite(t)
			synctest.Test(t, func(t *testing.T) {
				options.Clock = lazy{factor: 600}
				db := must(store.Open(t.Context(), options))
				defer db.Close()
				large := answer{Body: map[string]string{"id": strings.Repeat("x", 300<<10)}}
				remote := &played{answers: map[string][]answer{call: {large, large, large, large, large, large, large, large}}}
				h := furnish(t.Context(), db, remote, "https://remote.example")
				h.start(t.Context())
				defer func() { h.engine.Stop(noTime) }()
				plan, _ := planOf(t, cycleDoc{Steps: []map[string]node{
					{"received": {Webhook: "event"}},
					{"call": {After: "received", Call: call, Map: map[string]string{"name": "received/name"}, OnError: "Retry"}},
				}})
				_, address := h.install(t.Context(), plan, 0)
				storetest.Refuse(t, options, "INSERT ON blob")
				d := connector.Delivery{Method: "POST", Header: http.Header{}, RawBody: []byte(`{"name":"Ada"}`), At: time.Now()}
				if _, err := h.engine.Deliver(t.Context(), address, d); err != nil {
					t.Fatal(err)
				}
				time.Sleep(3500 * time.Millisecond)
				synctest.Wait()
				if n := len(remote.made()); (n > 1) != again {
					t.Errorf("%d calls", n)
				}
				unknown := engine.TransactionFilter{Code: paceline.CodeUnknownOutcome}
				list, err := h.engine.Transactions(t.Context(), h.principal(), h.account, unknown, paceline.Page{Size: 1})
				if err != nil || (len(list.Items) == 0) != again {
					t.Errorf("%d transactions with an unknown outcome, %v", len(list.Items), err)
				}
			})
		})
	}
}
