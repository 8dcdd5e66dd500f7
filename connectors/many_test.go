package connectors

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"paceline/connector"
)

// contactStore answers searches as HubSpot does: one property to sort by, 200 rows a page, and none after the 10,000th.
type contactStore struct {
	changed map[int]int64 // milliseconds, by number
	calls   int
}

func (s *contactStore) RoundTrip(req *http.Request) (*http.Response, error) {
	s.calls++
	var q struct {
		FilterGroups []struct {
			Filters []struct{ PropertyName, Operator, Value string }
		}
		Sorts []string
		After string
		Limit int
	}
	w := httptest.NewRecorder()
	text, _ := io.ReadAll(req.Body)
	after := 0
	if err := json.Unmarshal(text, &q); err == nil && q.After != "" {
		after, _ = strconv.Atoi(q.After)
	}
	if len(q.FilterGroups) != 1 || len(q.Sorts) != 1 || q.Limit != 200 || after+q.Limit > 10_000 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"status":"error","message":"refused: %d rows after %d","errors":[]}`, q.Limit, after)
		return w.Result(), nil
	}
	value := func(id int, property string) int64 {
		if property == "hs_object_id" {
			return int64(id)
		}
		return s.changed[id]
	}
	var found []int
	for id := range s.changed {
		good := true
		for _, f := range q.FilterGroups[0].Filters {
			than, err := strconv.ParseInt(f.Value, 10, 64)
			has := value(id, f.PropertyName)
			good = good && err == nil && (f.Operator == "GTE" && has >= than || f.Operator == "GT" && has > than)
		}
		if good {
			found = append(found, id)
		}
	}
	slices.SortFunc(found, func(a, b int) int {
		if d := value(a, q.Sorts[0]) - value(b, q.Sorts[0]); d != 0 {
			return int(d)
		}
		return a*7919%10007 - b*7919%10007 // an order that nobody knows
	})
	page := found[min(after, len(found)):min(after+q.Limit, len(found))]
	var rows []string
	for _, id := range page {
		rows = append(rows, fmt.Sprintf(`{"id":"%d","updatedAt":%q,"properties":{}}`, id, time.UnixMilli(s.changed[id]).UTC().Format("2006-01-02T15:04:05.000Z")))
	}
	paging := ""
	if after+q.Limit < len(found) {
		paging = fmt.Sprintf(`,"paging":{"next":{"after":"%d"}}`, after+q.Limit)
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"total":%d,"results":[%s]%s}`, len(found), strings.Join(rows, ","), paging)
	return w.Result(), nil
}

// TestHubSpotListsBeyondTheEndOfItsSearch: 14,000 contacts of one millisecond and others around them come once each, over
// runs whose overlap asks for them again.
func TestHubSpotListsBeyondTheEndOfItsSearch(t *testing.T) {
	t.Parallel()
	compiled, err := connector.Compile(definition(t, "hubspot"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(1772600767000)
	clock := &standing{now}
	store := &contactStore{changed: map[int]int64{}}
	for id := range 16_000 {
		switch store.changed[id+1] = now.UnixMilli() - 20_000; {
		case id < 1_000:
			store.changed[id+1] -= int64(id)
		case id < 2_000:
			store.changed[id+1] += int64(id)
		}
	}
	runtime := connector.New(connector.Config{Transport: store, Clock: clock})
	instance := &connector.Instance{Compiled: compiled, Auth: compiled.Auth("token"), AuthValue: "pat-eu1-example"}
	cursor := connector.Cursor{Value: now.Add(-time.Minute).UTC().Format(time.RFC3339)}
	poll := func(method string) (ids map[string]int) {
		t.Helper()
		ids = map[string]int{}
		var page *connector.PageState
		for {
			// Each call is one of a step that could do no more before: its limits are those of a new runtime.
			runtime = connector.New(connector.Config{Transport: store, Clock: clock})
			result, err := runtime.Call(t.Context(), connector.Call{Instance: instance, Method: compiled.Method(method), Page: page, Cursor: &cursor})
			if err != nil {
				t.Fatal(err, result)
			}
			var out struct {
				Results []struct{ ID string }
			}
			if err := json.Unmarshal(result.Output, &out); err != nil {
				t.Fatal(err)
			}
			for _, row := range out.Results {
				ids[row.ID]++
			}
			cursor = *result.Cursor
			if page = result.Next; page == nil {
				return ids
			}
		}
	}
	once := func(what string, ids map[string]int, want int) {
		t.Helper()
		for id, n := range ids {
			if n != 1 {
				t.Fatalf("%s: %s came %d times", what, id, n)
			}
		}
		if len(ids) != want {
			t.Errorf("%s: %d rows of %d", what, len(ids), want)
		}
	}
	for _, method := range []string{"list-updated-contacts", "list-updated-companies"} {
		cursor = connector.Cursor{Value: now.Add(-time.Minute).UTC().Format(time.RFC3339)}
		once(method+", first run", poll(method), 16_000)
		once(method+", nothing new", poll(method), 0)
	}
	clock.now = now.Add(time.Minute)
	store.changed[77] = clock.now.UnixMilli() - 500
	store.changed[16_001] = clock.now.UnixMilli() - 400
	once("two more", poll("list-updated-companies"), 2)
	once("nothing new", poll("list-updated-companies"), 0)
	if len(cursor.Seen) > 100 {
		t.Errorf("the cursor still remembers %d bytes", len(cursor.Seen))
	}
}

type standing struct{ now time.Time }

func (c *standing) Now() time.Time { return c.now }

func (c *standing) NewTimer(time.Duration) (<-chan time.Time, func() bool) {
	fired := make(chan time.Time, 1)
	fired <- c.now
	return fired, func() bool { return false }
}
