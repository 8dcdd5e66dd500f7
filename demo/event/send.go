package event

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"paceline"
	"paceline/demo/github"
)

// Remote is the GitHub stand-in and the token with which issues are filed.
type Remote struct {
	URL, Token string
	Transport  http.RoundTripper
}

// Open files an issue in the demo's repository and returns it with the repository.
func (g Remote) Open(ctx context.Context, title, body string, labels ...string) (github.Repository, github.Issue, error) {
	var repo github.Repository
	var issue github.Issue
	path := "/repos/" + github.Owner + "/" + github.Repo
	in := map[string]any{"title": title, "body": body}
	if len(labels) > 0 {
		in["labels"] = labels
	}
	if err := g.call(ctx, http.MethodPost, path+"/issues", in, &issue); err != nil {
		return repo, issue, err
	}
	err := g.call(ctx, http.MethodGet, path, nil, &repo)
	return repo, issue, err
}

// Comments returns the comments on an issue.
func (g Remote) Comments(ctx context.Context, number int) ([]github.Comment, error) {
	var out []github.Comment
	err := g.call(ctx, http.MethodGet, fmt.Sprintf("/repos/%s/%s/issues/%d/comments", github.Owner, github.Repo, number), nil, &out)
	return out, err
}

func (g Remote) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, g.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+g.Token)
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("User-Agent", "paceline-demo")
	answer, err := send(g.Transport, req)
	if err != nil {
		return err
	}
	if answer.Status < 200 || answer.Status > 299 {
		return fmt.Errorf("%s %s answered %d: %s", method, path, answer.Status, answer.Body)
	}
	return json.Unmarshal(answer.Body, out)
}

// Answer is what a webhook said to a delivery.
type Answer struct {
	Status      int
	Transaction string // X-Transaction-Id, of Paceline's webhooks
	RetryAfter  string
	Body        []byte
}

// Signature is the value of X-Hub-Signature-256 for the body.
func Signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Deliver signs the delivery and posts it to the webhook. Any answer is no error.
func Deliver(ctx context.Context, transport http.RoundTripper, hook, secret string, d Delivery) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook, bytes.NewReader(d.Body))
	if err != nil {
		return Answer{}, err
	}
	for name, value := range d.headers() {
		req.Header.Set(name, value)
	}
	req.Header.Set("X-Hub-Signature-256", Signature(secret, d.Body))
	return send(transport, req)
}

// send makes one round trip; a nil transport is the standard library's.
func send(transport http.RoundTripper, req *http.Request) (Answer, error) {
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header.Get("X-Transaction-Id"), resp.Header.Get("Retry-After"), body}, err
}

// NewDeliveryID returns a GUID for a delivery.
func NewDeliveryID(clock paceline.Clock) string { return string(paceline.NewID(clock.Now())) }
