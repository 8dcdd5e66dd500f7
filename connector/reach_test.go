package connector_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"paceline/connector"
	"paceline/connector/connectortest"
)

// TestSilentRemoteIsLeftAlone: calls of a remote that has not answered for a while fail without being sent, until one that
// tries is answered. An answer that is an error is an answer.
func TestSilentRemoteIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := setupText(t, head+`
methods:
  - {id: get, name: Get, request: {method: GET, path: /x}}
  - {id: change, name: Change, repeat: unsafe, request: {method: POST, path: /x, fields: [{loc: a, default: 1}]}}
`)
	call := func(method string) *connector.Error {
		_, err := b.runtime.Call(t.Context(), connector.Call{Instance: b.instance, Method: b.compiled.Method(method)})
		failed, _ := errors.AsType[*connector.Error](err)
		return failed
	}
	b.remote.On("/x", connectortest.JSON(500, `{}`))
	for range 30 {
		call("change")
	}
	if n := len(b.remote.Received()); n != 30 {
		t.Fatalf("%d calls were sent to a remote that answers, want 30", n)
	}
	b.remote.On("/x", connectortest.Reset())
	for range 20 {
		if failed := call("change"); failed == nil || failed.Class != connector.ClassUnknown {
			t.Fatalf("a call without an answer: %v", failed)
		}
	}
	sent := len(b.remote.Received())
	for _, method := range []string{"get", "change"} {
		failed := call(method)
		if failed == nil || failed.Class != connector.ClassRetry || !strings.Contains(failed.Detail, "was not sent") {
			t.Errorf("%s, while the remote is left alone: %v", method, failed)
		}
	}
	if n := len(b.remote.Received()); n != sent {
		t.Errorf("%d calls were sent meanwhile", n-sent)
	}
	b.remote.On("/x", connectortest.JSON(200, `{}`))
	b.clock.now = b.clock.now.Add(11 * time.Second)
	for range 3 {
		if failed := call("get"); failed != nil {
			t.Errorf("the remote answers again: %v", failed)
		}
	}
}
