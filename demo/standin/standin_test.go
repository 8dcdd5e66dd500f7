package standin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"paceline"
)

// handClock stands still until it is moved.
type handClock struct {
	paceline.SystemClock
	at time.Time
}

func (c *handClock) Now() time.Time { return c.at }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusAccepted)
	w.Write(body)
}

func do(s *Server, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:9000"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestEveryRequestIsRecordedWithoutItsCredentials(t *testing.T) {
	t.Parallel()
	s := New(&handClock{at: noon}, http.HandlerFunc(echo))
	do(s, "POST", "/a?b=c", `{"x":1}`, "Authorization", "Bearer s3cret", "X-Harbour-Key", "s3cret", "X-Other", "seen")
	do(s, "PUT", "/text", "plain")
	text := do(s, "GET", "/_requests", "").Body.String()
	if strings.Contains(text, "s3cret") {
		t.Error("a credential is in the record")
	}
	var got []Request
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := []Request{
		{N: 2, At: noon, Method: "PUT", Path: "/text", Header: map[string]string{}, Body: json.RawMessage(`"plain"`), Status: 202, Response: json.RawMessage(`"plain"`)},
		{N: 1, At: noon, Method: "POST", Path: "/a?b=c", Header: map[string]string{"Authorization": hidden, "X-Harbour-Key": hidden, "X-Other": "seen"},
			Body: json.RawMessage(`{"x":1}`), Status: 202, Response: json.RawMessage(`{"x":1}`)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	do(s, "DELETE", "/_requests", "")
	if text := do(s, "GET", "/_requests", "").Body.String(); strings.TrimSpace(text) != "[]" {
		t.Errorf("after clearing: %s", text)
	}
}

func TestTheRecordIsBounded(t *testing.T) {
	t.Parallel()
	rec := newRecorder(3)
	for range 5 {
		rec.begin(noon, httptest.NewRequest("GET", "/", nil), nil)
	}
	var numbers []int64
	for _, r := range rec.newestFirst() {
		numbers = append(numbers, r.N)
	}
	if !reflect.DeepEqual(numbers, []int64{5, 4, 3}) {
		t.Errorf("kept %v", numbers)
	}
}

func TestWebPagesAreKeptFromTheRecord(t *testing.T) {
	t.Parallel()
	s := New(&handClock{at: noon}, http.HandlerFunc(echo))
	for name, change := range map[string]func(*http.Request){
		"a name that leads here": func(r *http.Request) { r.Host = "evil.example:9000" },
		"a form of another site": func(r *http.Request) { r.Method = "POST"; r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		r := httptest.NewRequest("GET", "/_requests", nil)
		r.Host = "localhost:9000"
		change(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestALargeBodyIsRecordedInPart(t *testing.T) {
	t.Parallel()
	text := string(quoted([]byte(strings.Repeat("x", maxRecorded+1))))
	if len(text) != maxRecorded+len(`"... (cut)"`) || !strings.HasSuffix(text, `x... (cut)"`) {
		t.Errorf("%d bytes, ends with %s", len(text), text[len(text)-20:])
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := New(&handClock{at: noon}, http.HandlerFunc(echo))
	for _, body := range []string{`{"Status":200}`, `{"Status":600}`, `{"Status":500,"Times":-1}`, `{"Status":500,"Times":101}`, `no`} {
		if got := do(s, "POST", "/_faults", body).Code; got != 400 {
			t.Errorf("%s: %d, want 400", body, got)
		}
	}
	do(s, "POST", "/_faults", `{"Status":429,"Times":2,"RetryAfter":7,"Method":"POST","PathPrefix":"/a"}`)
	for i, tt := range []struct {
		method, path string
		want         int
	}{{"GET", "/a", 202}, {"POST", "/b", 202}, {"POST", "/a/1", 429}, {"POST", "/a", 429}, {"POST", "/a", 202}} {
		w := do(s, tt.method, tt.path, "{}")
		if w.Code != tt.want || (tt.want == 429) != (w.Header().Get("Retry-After") == "7") {
			t.Errorf("%d: %s %s: %d, Retry-After %q", i, tt.method, tt.path, w.Code, w.Header().Get("Retry-After"))
		}
	}
}

func TestAServerListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	if s, err := Start("0.0.0.0:0", paceline.SystemClock{}, http.HandlerFunc(echo)); err == nil {
		s.Close()
		t.Error("it listens to everybody")
	}
	s, err := Start("127.0.0.1:0", paceline.SystemClock{}, http.HandlerFunc(echo))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+s.Addr()+"/x", "text/plain", strings.NewReader("hi"))
	if err != nil || resp.StatusCode != 202 {
		t.Errorf("%v, %v", resp, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(s.URL); err == nil {
		t.Error("it still answers")
	}
}

func TestABodyHasALimit(t *testing.T) {
	t.Parallel()
	s := New(&handClock{at: noon}, http.HandlerFunc(echo))
	if got := do(s, "POST", "/", strings.Repeat("x", maxBody+1)).Code; got != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", got)
	}
}

func TestLimitCountsWithinWindows(t *testing.T) {
	t.Parallel()
	clock := &handClock{at: noon}
	l := &Limit{Requests: 2, Per: time.Minute, Clock: clock}
	steps := []struct {
		after     time.Duration
		ok        bool
		remaining int
		seconds   int
	}{
		{0, true, 1, 60}, {10 * time.Second, true, 0, 50}, {time.Millisecond, false, 0, 50}, {49 * time.Second, false, 0, 1},
		{time.Second, true, 1, 60},
	}
	for i, s := range steps {
		clock.at = clock.at.Add(s.after)
		if a := l.Take(); a.OK != s.ok || a.Remaining != s.remaining || a.Seconds() != s.seconds {
			t.Errorf("step %d: %+v, %d seconds", i, a, a.Seconds())
		}
	}
}

func TestStateIsFoundAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	first, err := OpenState(path, []string{"seed"})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Change(func(l *[]string) { *l = append(*l, "more") }); err != nil {
		t.Fatal(err)
	}
	again, err := OpenState(path, []string{"other seed"})
	if err != nil {
		t.Fatal(err)
	}
	again.Read(func(l *[]string) {
		if !reflect.DeepEqual(*l, []string{"seed", "more"}) {
			t.Errorf("found %v", *l)
		}
	})
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files: %v", left)
	}
	os.WriteFile(path, []byte("{torn"), 0o600)
	if _, err := OpenState(path, []string{}); err == nil {
		t.Error("a damaged file was taken")
	}
	gone, _ := OpenState(filepath.Join(t.TempDir(), "no", "such", "folder"), 1)
	if err := gone.Change(func(n *int) { *n = 2 }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a change that could not be kept: %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	fields := []Field{
		{Name: "name", Type: Text, Required: true, Most: 5},
		{Name: "size", Type: Text, Values: []string{"s", "l"}},
		{Name: "count", Type: Integer, Null: true},
		{Name: "on", Type: Boolean},
		{Name: "tags", Type: Texts},
		{Name: "at", Type: Object, Fields: []Field{{Name: "x", Type: Integer, Required: true}}},
	}
	for body, want := range map[string][]string{
		`{"name":"a","size":"s","count":3,"on":true,"tags":["x"],"at":{"x":1}}`: nil,
		`{"name":"a","count":null}`: nil,
		`{}`:                        {"name missing"},
		`{"name":"  "}`:             {"name missing"},
		`{"name":5,"size":"m","on":"true","tags":{}}`:      {"name wrong_type", "size invalid", "on wrong_type", "tags wrong_type"},
		`{"name":"longer","count":1.5,"tags":[1],"at":[]}`: {"name invalid", "count wrong_type", "tags wrong_type", "at wrong_type"},
		`{"name":null,"z":1,"Name":"a"}`:                   {"name wrong_type", "Name unknown", "z unknown"},
		`{"name":"a","at":{"y":1}}`:                        {"at.x missing", "at.y unknown"},
		`{"name":"a","count":"3"}`:                         {"count wrong_type"},
	} {
		_, problems, err := Check([]byte(body), fields)
		var got []string
		for _, p := range problems {
			got = append(got, p.Field+" "+p.Code)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", body, got, err, want)
		}
	}
	for _, body := range []string{``, `[]`, `"a"`, `{"a":1}{}`, `{"a"`, `null`} {
		if _, _, err := Check([]byte(body), fields); err == nil {
			t.Errorf("%q was taken as an object", body)
		}
	}
}
