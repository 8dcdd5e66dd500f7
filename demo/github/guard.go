package github

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"paceline"
	"paceline/demo/standin"
)

// versions are the API versions that a client may ask for.
var versions = map[string]bool{"2022-11-28": true, "2026-03-10": true}

const defaultVersion = "2022-11-28"

// guard lets a request through once it is as GitHub wants it, in GitHub's order: who asks with which
// program, with which token, how often, and in which version and format.
func (a *api) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-GitHub-Request-Id", requestID())
		h.Set("X-Content-Type-Options", "nosniff")
		if r.UserAgent() == "" || isDefaultAgent(r) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte("Administrative rules forbid requests without a User-Agent header that names the client."))
			return
		}
		if !a.authorized(w, r) || !a.withinLimit(w) {
			return
		}
		version := r.Header.Get("X-GitHub-Api-Version")
		if version != "" && !versions[version] {
			fail(w, http.StatusBadRequest, docVersions, "The API version '"+version+"' is not supported.")
			return
		}
		if version == "" {
			version = defaultVersion
		}
		h.Set("X-GitHub-Api-Version-Selected", version)
		if accept := r.Header.Get("Accept"); !acceptsJSON(accept) {
			fail(w, http.StatusUnsupportedMediaType, docRest, "Unsupported 'Accept' header: '"+accept+"'. Must accept 'application/json'.")
			return
		}
		h.Set("X-GitHub-Media-Type", "github.v3; format=json")
		next.ServeHTTP(w, r)
	})
}

// isDefaultAgent tells a client that left the header to Go's library, which GitHub's rules discourage
// and a connector must not do.
func isDefaultAgent(r *http.Request) bool { return strings.HasPrefix(r.UserAgent(), "Go-http-client/") }

func (a *api) authorized(w http.ResponseWriter, r *http.Request) bool {
	header := r.Header.Get("Authorization")
	if header == "" {
		fail(w, http.StatusUnauthorized, docRest, "Requires authentication")
		return false
	}
	scheme, token, _ := strings.Cut(header, " ")
	known := strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "token")
	if !known || subtle.ConstantTimeCompare([]byte(token), []byte(a.token)) != 1 {
		fail(w, http.StatusUnauthorized, docRest, "Bad credentials")
		return false
	}
	return true
}

// withinLimit counts the request and tells the client what is left.
func (a *api) withinLimit(w http.ResponseWriter) bool {
	left := a.limit.Take()
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(left.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left.Remaining))
	h.Set("X-RateLimit-Used", strconv.Itoa(left.Used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(left.Reset.Unix(), 10))
	h.Set("X-RateLimit-Resource", "core")
	if left.OK {
		return true
	}
	h.Set("Retry-After", strconv.Itoa(left.Seconds()))
	fail(w, http.StatusTooManyRequests, docLimits, "API rate limit exceeded")
	return false
}

// acceptsJSON reports whether one of the listed types is JSON, GitHub's own type or anything.
func acceptsJSON(accept string) bool {
	if accept == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		kind, _, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		switch kind {
		case "*/*", "application/*", "application/json", "application/vnd.github+json", "application/vnd.github.v3+json":
			return true
		}
	}
	return false
}

func requestID() string {
	id := strings.ToUpper(paceline.NewHexSecret(10))
	return id[:4] + ":" + id[4:10] + ":" + id[10:16] + ":" + id[16:]
}

// failure is the body of every error.
type failure struct {
	Message       string        `json:"message"`
	Errors        []fieldFailed `json:"errors,omitempty"`
	Documentation string        `json:"documentation_url"`
	Status        string        `json:"status"`
}

// fieldFailed is one reason of a failed validation.
type fieldFailed struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
}

// Where errors send their reader.
const (
	docRest          = "https://docs.github.com/rest"
	docVersions      = docRest + "/about-the-rest-api/api-versions"
	docLimits        = docRest + "/using-the-rest-api/rate-limits-for-the-rest-api"
	docListIssues    = docRest + "/issues/issues#list-repository-issues"
	docCreateIssue   = docRest + "/issues/issues#create-an-issue"
	docGetIssue      = docRest + "/issues/issues#get-an-issue"
	docGetRepository = docRest + "/repos/repos#get-a-repository"
	docListComments  = docRest + "/issues/comments#list-issue-comments"
	docCreateComment = docRest + "/issues/comments#create-an-issue-comment"
)

func fail(w http.ResponseWriter, status int, doc, message string, errors ...fieldFailed) {
	standin.WriteJSON(w, status, failure{message, errors, doc, strconv.Itoa(status)})
}

func notFound(w http.ResponseWriter, doc string) { fail(w, http.StatusNotFound, doc, "Not Found") }
