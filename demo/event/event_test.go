package event

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/demo/github"
)

func TestADeliveryIsWhatGitHubWouldSend(t *testing.T) {
	t.Parallel()
	remote, err := github.Start(github.Options{Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	type received struct {
		header http.Header
		body   []byte
	}
	seen := make(chan received, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen <- received{r.Header, body}
		w.Header().Set("X-Transaction-Id", "txn-1")
	}))
	defer hook.Close()

	repo, issue, err := Remote{URL: remote.URL, Token: "t0ken"}.Open(t.Context(), "Gate B is dark", "Since noon.", "bug")
	if err != nil {
		t.Fatal(err)
	}
	id := NewDeliveryID(paceline.SystemClock{})
	delivery, err := New(id, Opened(repo, issue))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := Deliver(t.Context(), nil, hook.URL, "s3cret", delivery)
	if err != nil || answer.Status != 200 || answer.Transaction != "txn-1" {
		t.Errorf("%+v, %v", answer, err)
	}
	got := <-seen
	for name, want := range map[string]string{
		"X-GitHub-Event": "issues", "X-GitHub-Delivery": id, "X-GitHub-Hook-ID": "471905236", "Content-Type": "application/json",
		"X-GitHub-Hook-Installation-Target-Type": "repository", "X-Hub-Signature-256": Signature("s3cret", got.body),
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	if !strings.HasPrefix(got.header.Get("User-Agent"), "GitHub-Hookshot/") {
		t.Errorf("User-Agent is %q", got.header.Get("User-Agent"))
	}
	checkShape(t, got.body)
}

// checkShape compares the names of the payload's fields with those that GitHub documents.
func checkShape(t *testing.T, body []byte) {
	t.Helper()
	var payload map[string]any
	if err := json.Unmarshal(body, &payload); err != nil {
		t.Fatal(err)
	}
	for at, names := range map[string]string{
		"": "action issue organization repository sender",
		"issue": "active_lock_reason assignee assignees author_association body closed_at comments comments_url created_at events_url " +
			"html_url id issue_dependencies_summary labels labels_url locked milestone node_id number performed_via_github_app reactions " +
			"repository_url state state_reason sub_issues_summary timeline_url title type updated_at url user",
		"issue reactions": "+1 -1 confused eyes heart hooray laugh rocket total_count url",
		"issue user": "avatar_url events_url followers_url following_url gists_url gravatar_id html_url id login node_id organizations_url " +
			"received_events_url repos_url site_admin starred_url subscriptions_url type url user_view_type",
		"organization": "avatar_url description events_url hooks_url id issues_url login members_url node_id public_members_url repos_url url",
	} {
		object := payload
		for name := range strings.FieldsSeq(at) {
			object, _ = object[name].(map[string]any)
		}
		var got []string
		for name := range object {
			got = append(got, name)
		}
		slices.Sort(got)
		if want := strings.Fields(names); !reflect.DeepEqual(got, want) {
			t.Errorf("fields of %q:\ngot  %v\nwant %v", at, got, want)
		}
	}
	repository := payload["repository"].(map[string]any)
	if len(repository) < 80 || repository["owner"].(map[string]any)["type"] != "Organization" {
		t.Errorf("the repository has %d fields", len(repository))
	}
	label := payload["issue"].(map[string]any)["labels"].([]any)[0].(map[string]any)
	if payload["action"] != "opened" || label["name"] != "bug" || payload["sender"].(map[string]any)["login"] != github.Reporter {
		t.Errorf("%s", body)
	}
}

func TestSignature(t *testing.T) {
	t.Parallel()
	// The expected value comes from openssl dgst -sha256 -hmac.
	const want = "sha256=fc804ea0492cd3b738efc8979eb00bfc2d0539cd3944a4da21d588f5e9c4b6ce"
	if got := Signature("harbour", []byte("the gate is open")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAStandInThatRefusesIsAnError(t *testing.T) {
	t.Parallel()
	remote, err := github.Start(github.Options{Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	if _, _, err := (Remote{URL: remote.URL, Token: "wrong"}).Open(t.Context(), "a", "b"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("%v", err)
	}
}
