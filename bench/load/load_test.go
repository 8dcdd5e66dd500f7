package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// platform does W1's calls for one webhook after acknowledging it; misbehave changes what it does by
// the number of the webhook.
type platform struct {
	sink      string
	misbehave func(n int) string
}

func (p platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		CID       string `json:"cid"`
		FirstName string `json:"first_name"`
		Country   string `json:"country"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n := 0
	fmt.Sscanf(in.FirstName, "Mira%d", &n)
	fault := ""
	if p.misbehave != nil {
		fault = p.misbehave(n)
	}
	final := map[string]string{"DE": "/final/eu", "CA": "/final/row"}[in.Country]
	calls := []string{"/crm", final}
	switch fault {
	case "refuse":
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case "lose":
		calls = calls[:1]
	case "repeat":
		calls = []string{"/crm", "/crm", final, final}
	case "stray":
		calls, in.CID = append(calls, "/crm"), in.CID+"x"
	}
	for _, path := range calls {
		body := fmt.Sprintf(`{"person":{"cid" : %q}}`, in.CID)
		resp, err := http.Post(p.sink+path, "application/json", strings.NewReader(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

func TestFiguresOfARun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		misbehave func(n int) string
		workload  Workload
		want      Result // only the fields compared below
	}{
		"all is done": {
			workload: Workload{Count: 20, Warmup: 10},
			want:     Result{Accepted: 20, Completed: 20, Calls: Calls{CRM: 20, Finals: map[string]int64{"/final/eu": 10, "/final/row": 10}}},
		},
		"an open loop": {
			workload: Workload{Count: 20, Warmup: 2, Rate: 2000},
			want:     Result{Accepted: 20, Completed: 20, Calls: Calls{CRM: 20, Finals: map[string]int64{"/final/eu": 10, "/final/row": 10}}},
		},
		"a tenth is lost, but not of the warm-up": {
			misbehave: func(n int) string { return when(n%10 == 0 && n >= 10, "lose") },
			workload:  Workload{Count: 20, Warmup: 10, DrainIdle: 50 * time.Millisecond},
			want:      Result{Accepted: 20, Completed: 18, Lost: 2, Calls: Calls{CRM: 20, Finals: map[string]int64{"/final/eu": 8, "/final/row": 10}}},
		},
		"refused ones are not lost": {
			misbehave: func(n int) string { return when(n%4 == 1, "refuse") },
			workload:  Workload{Count: 20},
			want: Result{Accepted: 15, Completed: 15, Errors: map[string]int{"status 503": 5},
				Calls: Calls{CRM: 15, Finals: map[string]int64{"/final/eu": 10, "/final/row": 5}}},
		},
		"work done twice": {
			misbehave: func(n int) string { return when(n == 3, "repeat") },
			workload:  Workload{Count: 10},
			want: Result{Accepted: 10, Completed: 10, DuplicateFinals: 1, DuplicateCRM: 1,
				Calls: Calls{CRM: 11, Finals: map[string]int64{"/final/eu": 5, "/final/row": 6}}},
		},
		"a wrong correlation id": {
			misbehave: func(n int) string { return when(n == 3, "stray") },
			workload:  Workload{Count: 10, DrainIdle: 50 * time.Millisecond},
			want: Result{Accepted: 10, Completed: 9, Lost: 1,
				Calls: Calls{CRM: 11, Unmatched: 3, Finals: map[string]int64{"/final/eu": 5, "/final/row": 5}}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, err := StartSink("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer sink.Close()
			server := httptest.NewServer(platform{sink.URL(), tt.misbehave})
			defer server.Close()
			tt.workload.URL = server.URL
			tt.workload.PIDs = []int{os.Getpid()}
			got, err := sink.Run(t.Context(), tt.workload)
			if err != nil {
				t.Fatal(err)
			}
			compared := Result{Accepted: got.Accepted, Completed: got.Completed, Lost: got.Lost, Errors: got.Errors,
				DuplicateFinals: got.DuplicateFinals, DuplicateCRM: got.DuplicateCRM, Calls: got.Calls}
			if len(compared.Errors) == 0 {
				compared.Errors = nil
			}
			if !reflect.DeepEqual(compared, tt.want) {
				t.Errorf("got  %+v\nwant %+v", compared, tt.want)
			}
			if want := int64(got.Accepted * PayloadBytes); got.Bytes.Webhooks != want {
				t.Errorf("%d webhook bytes, want %d", got.Bytes.Webhooks, want)
			}
			if got.EndToEnd.N < got.Completed || got.CompletedPerS <= 0 || got.Ack.P50 <= 0 || got.Usage.PeakRSSMB <= 0 {
				t.Errorf("latencies, rates or usage are missing: %+v", got)
			}
		})
	}
}

func TestTimesCountFromWhenAWebhookWasDue(t *testing.T) {
	t.Parallel()
	at := func(ms int) int64 { return int64(ms) * int64(time.Millisecond) }
	book := newLedger(1, 3, 1)
	book.began = at(100)
	for n, moments := range [][3]int{{1, 2, 3}, {100, 110, 200}, {150, 250, 240}, {160, 180, 0}} {
		l := &book.lines[n]
		l.due.Store(at(moments[0]))
		l.acknowledged.Store(at(moments[1]))
		l.finished.Store(at(moments[2]))
	}
	got := book.result()
	want := Result{
		Accepted: 3, Completed: 2, Lost: 1, AcceptedPerS: 20, CompletedPerS: 14.286, Seconds: 0.15, MaxBacklog: 2,
		Ack:      Summary{N: 3, Mean: 43.333, P50: 20, P90: 100, P99: 100, Max: 100},
		EndToEnd: Summary{N: 2, Mean: 95, P50: 90, P90: 100, P99: 100, Max: 100},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestContactsAreJSONOfTheAskedSize(t *testing.T) {
	t.Parallel()
	for _, random := range []bool{false, true} {
		for _, n := range []int{0, 1, 99_999} {
			body := contact("w1-"+fmt.Sprint(n), n, PayloadBytes, random)
			var in map[string]any
			if err := json.Unmarshal(body, &in); err != nil {
				t.Fatalf("contact %d: %v", n, err)
			}
			if len(body) != PayloadBytes || in["cid"] != "w1-"+fmt.Sprint(n) {
				t.Errorf("contact %d has %d bytes and cid %v", n, len(body), in["cid"])
			}
			if !bytes.Equal(body, contact("w1-"+fmt.Sprint(n), n, PayloadBytes, random)) {
				t.Errorf("contact %d differs from run to run", n)
			}
		}
	}
	if bytes.Equal(filler(1, 64, true), filler(2, 64, true)) {
		t.Error("two contacts have the same random padding")
	}
}

func TestCorrelation(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"cid":"a-1"}`: "a-1", "{\"x\":{\"cid\" :\n\t\"b\"}}": "b", `{"cid":5}`: "", `{"cid":"open`: "", `{"cid"`: "", `{}`: "", ``: "",
	} {
		if got := Correlation([]byte(body)); got != want {
			t.Errorf("Correlation(%q) = %q, want %q", body, got, want)
		}
	}
}

func TestWorkloadsThatAreRefused(t *testing.T) {
	t.Parallel()
	sink, err := StartSink("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for name, w := range map[string]Workload{
		"another machine": {URL: "http://192.0.2.1/hook", Count: 1},
		"a name":          {URL: "http://bench.example/hook", Count: 1},
		"no URL":          {Count: 1},
		"nothing to send": {URL: "http://127.0.0.1:1/hook"},
	} {
		if _, err := sink.Run(t.Context(), w); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func when(yes bool, fault string) string {
	if yes {
		return fault
	}
	return ""
}
