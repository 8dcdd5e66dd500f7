package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/tidwall/gjson"

	"paceline/store"
	"paceline/store/storetest"
)

// scenario is one file of testdata/scenarios: requests that follow each other on a fresh installation.
//
// Callers (as): partner (the default), other (another partner), restricted (a token of the account
// "northwind"), none, wrong, expired. ${name} in a text stands for a saved value.
type scenario struct {
	Name   string
	Vendor bool // people consent at a vendor, whose address is ${vendor}
	// Shipped are connectors that come with the program, which the installation has then.
	Shipped []string
	Steps   []struct {
		Name    string
		As      string
		Account *string // value of X-Cyclr-Account; absent: no header
		Method  string  // GET without one
		Path    string  // or an address at the vendor
		Later   string  // how much time passes before it
		Header  map[string]string
		Body    string
		File    string // of testdata, as the body
		Deep    int    // a body of so many nested lists
		Large   int    // a body of so many bytes
		Form    map[string]string
		Status  int // 200 without one
		// Is are values of the answer by gjson path; "" is the whole body as text.
		Is map[string]any
		// Has are texts that the answer contains; HasNot texts that it must not.
		Has     []string
		HasNot  []string          `yaml:"hasNot"`
		Headers map[string]string // of the answer; "*" for any value
		// Save keeps values by name: of a gjson path, "header:NAME", or "location:PARAMETER" of where it leads.
		Save map[string]string
		// Until repeats the request until the answer has all this, because the engine works beside it.
		Until map[string]any
	}
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				var s scenario
				if err := yaml.UnmarshalWithOptions(text, &s, yaml.Strict()); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				h := newHouse(t, open(t))
				if s.Vendor {
					h.meetVendor(t)
				}
				h.publish(t, s.Shipped)
				play(t, h, s)
			})
		}
	})
}

func play(t *testing.T, h *house, s scenario) {
	saved := map[string]string{"sink": h.sink.URL, "vendor": h.vendor.URL, "client_id": h.clientID, "client_secret": h.clientSecret,
		"marketplace": h.marketplaces["partner"], "long": strings.Repeat("x", 300)}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	fill := func(text string) string {
		for name, value := range saved {
			text = strings.ReplaceAll(text, "${"+name+"}", value)
		}
		return text
	}
	for i, step := range s.Steps {
		name := fmt.Sprintf("step %d: %s", i+1, step.Name)
		send := func() (*http.Response, string) {
			var body io.Reader
			contentType := "application/json"
			switch {
			case step.Form != nil:
				form := url.Values{}
				for k, v := range step.Form {
					form.Set(k, fill(v))
				}
				body, contentType = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
			case step.Deep > 0:
				body = strings.NewReader(`{"Name":` + strings.Repeat("[", step.Deep) + strings.Repeat("]", step.Deep) + `}`)
			case step.Large > 0:
				body = io.LimitReader(io.MultiReader(strings.NewReader(`{"Name":"`), endless{}), int64(step.Large))
			case step.File != "":
				text, err := os.ReadFile("testdata/" + step.File)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				body = bytes.NewReader(text)
			case step.Body != "":
				body = strings.NewReader(fill(step.Body))
			}
			method := step.Method
			if method == "" {
				method = http.MethodGet
			}
			address := fill(step.Path)
			if strings.HasPrefix(address, "/") {
				address = h.url + address
			}
			q, err := http.NewRequest(method, address, body)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			q.Header.Set("Content-Type", contentType)
			h.authorize(t, q, step.As)
			if step.Account != nil {
				q.Header.Set("X-Cyclr-Account", fill(*step.Account))
			}
			for k, v := range step.Header {
				q.Header.Set(k, fill(v))
			}
			resp, err := client.Do(q)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			defer resp.Body.Close()
			answer, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return resp, string(answer)
		}
		if step.Later != "" {
			d, err := time.ParseDuration(step.Later)
			must(t, err)
			h.clock.move(d)
		}
		resp, answer := send()
		for tries := 0; len(step.Until) > 0 && differs(answer, step.Until, fill) != "" && tries < 500; tries++ {
			h.settle()
			resp, answer = send()
		}
		want := step.Status
		if want == 0 {
			want = http.StatusOK
		}
		if resp.StatusCode != want {
			t.Fatalf("%s: status %d, want %d\n%s", name, resp.StatusCode, want, answer)
		}
		for _, expected := range []map[string]any{step.Is, step.Until} {
			if d := differs(answer, expected, fill); d != "" {
				t.Errorf("%s: %s\n%s", name, d, answer)
			}
		}
		for _, part := range step.Has {
			if !strings.Contains(answer, fill(part)) {
				t.Errorf("%s: the answer lacks %q\n%s", name, fill(part), answer)
			}
		}
		for _, part := range step.HasNot {
			if strings.Contains(answer, fill(part)) {
				t.Errorf("%s: the answer must not contain %q\n%s", name, fill(part), answer)
			}
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" && !strings.HasPrefix(fill(step.Path), h.vendor.URL) {
			t.Errorf("%s: the answer lacks nosniff", name)
		}
		for k, v := range step.Headers {
			if got := resp.Header.Get(k); got != fill(v) && (v != "*" || got == "") {
				t.Errorf("%s: header %s is %q, want %q", name, k, got, v)
			}
		}
		for key, path := range step.Save {
			value := gjson.Get(answer, path)
			if strings.HasPrefix(path, "header:") {
				saved[key] = resp.Header.Get(strings.TrimPrefix(path, "header:"))
				continue
			}
			if name, leads := strings.CutPrefix(path, "location:"); leads {
				to, err := resp.Location()
				must(t, err)
				if saved[key] = to.Query().Get(name); saved[key] == "" {
					t.Fatalf("%s: it leads to %s", name, to)
				}
				continue
			}
			if !value.Exists() {
				t.Fatalf("%s: nothing to save at %s\n%s", name, path, answer)
			}
			saved[key] = value.String()
			if address, isURL := strings.CutPrefix(value.String(), h.url); isURL {
				saved[key] = address // of this server, as a path
			}
		}
	}
}

// differs returns how the answer differs from the expected values, "" when it doesn't.
func differs(answer string, want map[string]any, fill func(string) string) string {
	for path, value := range want {
		if path == "" {
			if text := fill(fmt.Sprint(value)); answer != text {
				return fmt.Sprintf("the body is not %q", text)
			}
			continue
		}
		got := gjson.Get(answer, path)
		expected, err := json.Marshal(value)
		if err != nil {
			return err.Error()
		}
		expected = []byte(fill(string(expected)))
		var compact bytes.Buffer
		if !got.Exists() || json.Compact(&compact, []byte(got.Raw)) != nil {
			return fmt.Sprintf("%s is absent, want %s", path, expected)
		}
		if compact.String() != string(expected) {
			return fmt.Sprintf("%s is %s, want %s", path, compact.String(), expected)
		}
	}
	return ""
}

// endless is a text without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
