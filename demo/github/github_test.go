package github

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"paceline/demo/standin"
)

func start(t *testing.T, o Options) *standin.Server {
	t.Helper()
	o.Token = "t0ken"
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// call sends with the headers of a good client, changed by header (name, value; "-" leaves it out).
func call(t *testing.T, s *standin.Server, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t0ken")
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("User-Agent", "test")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "-" {
			req.Header.Del(header[i])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

const repoPath = "/repos/" + Owner + "/" + Repo

func TestAPI(t *testing.T) {
	t.Parallel()
	comments := repoPath + "/issues/1/comments"
	// The cases run one after another on one stand-in.
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		holds                    []string
	}{
		{"no token", "GET", repoPath, "", []string{"Authorization", "-"}, 401, []string{`"message":"Requires authentication"`}},
		{"wrong token", "POST", comments, `{"body":"a"}`, []string{"Authorization", "Bearer wrong"}, 401, []string{`"message":"Bad credentials"`, `"documentation_url"`, `"status":"401"`}},
		{"basic", "GET", repoPath, "", []string{"Authorization", "Basic t0ken"}, 401, nil},
		{"the older scheme", "GET", repoPath, "", []string{"Authorization", "token t0ken"}, 200, nil},
		{"the library's own User-Agent", "GET", repoPath, "", []string{"User-Agent", "-"}, 403, nil},
		{"an unknown version", "GET", repoPath, "", []string{"X-GitHub-Api-Version", "2019-01-01"}, 400, []string{"2019-01-01"}},
		{"no version", "GET", repoPath, "", []string{"X-GitHub-Api-Version", "-"}, 200, nil},
		{"XML", "GET", repoPath, "", []string{"Accept", "application/xml"}, 415, []string{"Unsupported 'Accept' header"}},
		{"several types", "GET", repoPath, "", []string{"Accept", "text/html, */*;q=0.8"}, 200, nil},
		{"repository", "GET", repoPath, "", nil, 200, []string{`"full_name":"` + Owner + "/" + Repo + `"`, `"open_issues_count":2`, `"type":"Organization"`}},
		{"letter case of names", "GET", "/repos/" + strings.ToUpper(Owner+"/"+Repo), "", nil, 200, nil},
		{"another repository", "GET", "/repos/" + Owner + "/none/issues", "", nil, 404, []string{`"Not Found"`}},
		{"unknown path", "GET", "/user", "", nil, 404, nil},
		{"get an issue", "GET", repoPath + "/issues/1", "", nil, 200, []string{`"number":1`, `"closed_by":null`, `"reactions":{"url":`, `"+1":0`}},
		{"get no issue", "GET", repoPath + "/issues/99", "", nil, 404, nil},
		{"get no number", "GET", repoPath + "/issues/x", "", nil, 404, nil},
		{"create an issue", "POST", repoPath + "/issues", `{"title":"New","body":"text","labels":["bug","odd"]}`, nil, 201, []string{`"number":3`, `"color":"d73a4a"`, `"color":"ededed"`, `"login":"` + Reporter + `"`}},
		{"create without a title", "POST", repoPath + "/issues", `{}`, nil, 422, []string{`"message":"Validation Failed"`, `"resource":"Issue","field":"title","code":"missing_field"`}},
		{"comment", "POST", comments, `{"body":"Filed <as> ticket 4001"}`, nil, 201, []string{`"body":"Filed <as> ticket 4001"`, `"login":"` + Integrator + `"`, `"issue_url":"`}},
		{"comment with nothing", "POST", comments, `{"body":" "}`, nil, 422, []string{`"IssueComment"`, `"missing_field"`}},
		{"comment with a number", "POST", comments, `{"body":123}`, nil, 422, []string{`For 'properties/body', 123 is not a string.`}},
		{"comment with another field", "POST", comments, `{"body":"a","event":"x"}`, nil, 422, []string{`\"event\" is not a permitted key.`}},
		{"comment that is no JSON", "POST", comments, `body=a`, nil, 400, []string{"Problems parsing JSON"}},
		{"comment that is a list", "POST", comments, `["a"]`, nil, 400, []string{"Body should be a JSON object"}},
		{"comment on nothing", "POST", repoPath + "/issues/99/comments", `{"body":"a"}`, nil, 404, nil},
		{"list comments", "GET", comments, "", nil, 200, []string{"Filed <as> ticket 4001"}},
		{"list by label", "GET", repoPath + "/issues?labels=bug,odd", "", nil, 200, []string{`"number":3`}},
		{"list a state that is none", "GET", repoPath + "/issues?state=ajar", "", nil, 422, []string{`"field":"state","code":"invalid"`}},
		{"list since nonsense", "GET", repoPath + "/issues?since=monday", "", nil, 422, []string{`"field":"since"`}},
		{"list closed", "GET", repoPath + "/issues?state=closed", "", nil, 200, []string{"[]"}},
	}
	s := start(t, Options{})
	for _, tt := range tests {
		resp, text := call(t, s, tt.method, tt.path, tt.body, tt.header...)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d: %s", tt.name, resp.StatusCode, tt.status, text)
		}
		for _, part := range tt.holds {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is missing in %s", tt.name, part, text)
			}
		}
		if tt.status != 401 && tt.status != 403 && resp.Header.Get("X-RateLimit-Remaining") == "" {
			t.Errorf("%s: no rate limit headers", tt.name)
		}
	}
}

func TestPagesLeadToEachOtherByLinks(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	for n := range 5 {
		call(t, s, "POST", repoPath+"/issues", fmt.Sprintf(`{"title":"Issue %d"}`, n))
	}
	issues := s.URL + repoPath + "/issues"
	link := func(rel string, page int) string {
		return fmt.Sprintf(`<%s?direction=asc&page=%d&per_page=3>; rel="%s"`, issues, page, rel)
	}
	for page, want := range map[int]string{
		1: link("next", 2) + ", " + link("last", 3),
		2: link("prev", 1) + ", " + link("next", 3) + ", " + link("last", 3) + ", " + link("first", 1),
		3: link("prev", 2) + ", " + link("first", 1),
		9: link("prev", 3) + ", " + link("first", 1),
	} {
		resp, text := call(t, s, "GET", fmt.Sprintf("%s/issues?direction=asc&per_page=3&page=%d", repoPath, page), "")
		if got := resp.Header.Get("Link"); got != want {
			t.Errorf("page %d:\ngot  %s\nwant %s", page, got, want)
		}
		if first := fmt.Sprintf(`"number":%d,`, (page-1)*3+1); page < 4 && !strings.Contains(text, first) {
			t.Errorf("page %d does not begin with %s", page, first)
		}
	}
}

func TestTheRateLimit(t *testing.T) {
	t.Parallel()
	s := start(t, Options{RequestsPerHour: 1})
	call(t, s, "GET", repoPath, "")
	resp, text := call(t, s, "GET", repoPath, "")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || resp.Header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, text)
	}
}

func TestASecondStartFindsTheIssues(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "github.json")
	first := start(t, Options{StateFile: path})
	call(t, first, "POST", repoPath+"/issues", `{"title":"Kept"}`)
	call(t, first, "POST", repoPath+"/issues/3/comments", `{"body":"too"}`)
	first.Close()
	_, text := call(t, start(t, Options{StateFile: path}), "GET", repoPath+"/issues/3", "")
	if !strings.Contains(text, `"title":"Kept"`) || !strings.Contains(text, `"comments":1,`) {
		t.Error(text)
	}
}
