package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"paceline/bench/journal"
	"paceline/bench/load"
)

func TestEveryLevelOfDurabilityDoesW1(t *testing.T) {
	t.Parallel()
	for _, persist := range []Persist{None, Accept, Steps} {
		t.Run(string(persist), func(t *testing.T) {
			t.Parallel()
			sink, err := load.StartSink("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer sink.Close()
			path := filepath.Join(t.TempDir(), "log")
			ref, err := NewReference(sink.URL(), persist, path, 8)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(ref.Accept))
			defer server.Close()
			r, err := sink.Run(t.Context(), load.Workload{URL: server.URL, Count: 40, Warmup: 4})
			if err != nil {
				t.Fatal(err)
			}
			if r.Completed != 40 || r.Lost != 0 || r.Calls.Finals["/final/eu"] != 20 || r.Calls.Finals["/final/row"] != 20 {
				t.Errorf("%+v", r)
			}
			if persist == None {
				return
			}
			if err := ref.log.Close(); err != nil {
				t.Fatal(err)
			}
			// The last "ended" records may come after the figures, so only the first two kinds are counted.
			kinds := map[byte]int{}
			log, err := journal.Open(path, func(r journal.Record) { kinds[r.Kind]++ })
			if err != nil {
				t.Fatal(err)
			}
			log.Close()
			wantCalled := map[Persist]int{Accept: 0, Steps: 44}[persist]
			if kinds[accepted] != 44 || kinds[called] != wantCalled {
				t.Errorf("log holds %d accepted and %d called, want 44 and %d", kinds[accepted], kinds[called], wantCalled)
			}
		})
	}
}

func TestARestartResumesOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	log, err := journal.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []journal.Record{
		{Kind: accepted, Number: 1, Data: []byte(`{"cid":"finished","country":"DE"}`)},
		{Kind: accepted, Number: 2, Data: []byte(`{"cid":"called","country":"DE"}`)},
		{Kind: accepted, Number: 3, Data: []byte(`{"cid":"new","country":"CA"}`)},
		{Kind: called, Number: 2, Data: []byte("crm-known")},
		{Kind: ended, Number: 1},
	} {
		if err := log.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	log.Close()

	var mu sync.Mutex
	calls := map[string]bool{}
	both := make(chan struct{}, 2)
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		mu.Lock()
		calls[r.URL.Path+" "+body["cid"].(string)] = true
		mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/final/") {
			if want := map[any]any{"called": "crm-known", "new": "crm-made"}[body["cid"]]; body["crm_id"] != want {
				t.Errorf("%v was told crm_id %v, want %v", body["cid"], body["crm_id"], want)
			}
			both <- struct{}{}
		}
		w.Write([]byte(`{"id":"crm-made"}`))
	}))
	defer remote.Close()
	ref, err := NewReference(remote.URL, Steps, path, 2)
	if err != nil {
		t.Fatal(err)
	}
	<-both
	<-both
	mu.Lock()
	defer mu.Unlock()
	if len(calls) != 3 || !calls["/final/eu called"] || !calls["/crm new"] || !calls["/final/row new"] {
		t.Errorf("calls after the restart: %v", calls)
	}
	if ref.last.Load() != 3 {
		t.Errorf("the next number follows %d, want 3", ref.last.Load())
	}
}

func TestBadInputIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := NewReference("", "twice", "", 1); err == nil {
		t.Error("an unknown level of durability was taken")
	}
	ref, err := NewReference("", None, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	ref.Accept(answer, httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader("{not json")))
	if answer.Code != http.StatusBadRequest {
		t.Errorf("status %d, want 400", answer.Code)
	}
}

func TestTheReadyFileTellsTheAddress(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ready")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the server comes up, writes its file and ends
	if err := serve(ctx, "127.0.0.1:0", "", None, "", 1, path); err != nil {
		t.Fatal(err)
	}
	var ready struct {
		Address string
		Pid     int
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &ready); err != nil || !strings.HasPrefix(ready.Address, "http://127.0.0.1:") || ready.Pid != os.Getpid() {
		t.Errorf("ready file %s: %v", text, err)
	}
}
