package github

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// The objects have the fields and the order of GitHub's documents; what may be null and always is in
// this world has the type any.

// User is a person, bot or organisation as it appears within other objects.
type User struct {
	Login             string `json:"login"`
	ID                int64  `json:"id"`
	NodeID            string `json:"node_id"`
	AvatarURL         string `json:"avatar_url"`
	GravatarID        string `json:"gravatar_id"`
	URL               string `json:"url"`
	HTMLURL           string `json:"html_url"`
	FollowersURL      string `json:"followers_url"`
	FollowingURL      string `json:"following_url"`
	GistsURL          string `json:"gists_url"`
	StarredURL        string `json:"starred_url"`
	SubscriptionsURL  string `json:"subscriptions_url"`
	OrganizationsURL  string `json:"organizations_url"`
	ReposURL          string `json:"repos_url"`
	EventsURL         string `json:"events_url"`
	ReceivedEventsURL string `json:"received_events_url"`
	Type              string `json:"type"`
	UserViewType      string `json:"user_view_type"`
	SiteAdmin         bool   `json:"site_admin"`
}

// Label marks issues.
type Label struct {
	ID          int64  `json:"id"`
	NodeID      string `json:"node_id"`
	URL         string `json:"url"`
	Name        string `json:"name"`
	Color       string `json:"color"`
	Default     bool   `json:"default"`
	Description string `json:"description"`
}

// Reactions count the emoji below an issue or comment.
type Reactions struct {
	URL        string `json:"url"`
	TotalCount int    `json:"total_count"`
	PlusOne    int    `json:"+1"`
	MinusOne   int    `json:"-1"`
	Laugh      int    `json:"laugh"`
	Hooray     int    `json:"hooray"`
	Confused   int    `json:"confused"`
	Heart      int    `json:"heart"`
	Rocket     int    `json:"rocket"`
	Eyes       int    `json:"eyes"`
}

// SubIssues sums up the issues below an issue.
type SubIssues struct {
	Total            int `json:"total"`
	Completed        int `json:"completed"`
	PercentCompleted int `json:"percent_completed"`
}

// Dependencies sums up what blocks an issue and what it blocks.
type Dependencies struct {
	BlockedBy      int `json:"blocked_by"`
	TotalBlockedBy int `json:"total_blocked_by"`
	Blocking       int `json:"blocking"`
	TotalBlocking  int `json:"total_blocking"`
}

// Issue is an issue as the REST API and webhooks show it.
type Issue struct {
	URL                      string       `json:"url"`
	RepositoryURL            string       `json:"repository_url"`
	LabelsURL                string       `json:"labels_url"`
	CommentsURL              string       `json:"comments_url"`
	EventsURL                string       `json:"events_url"`
	HTMLURL                  string       `json:"html_url"`
	ID                       int64        `json:"id"`
	NodeID                   string       `json:"node_id"`
	Number                   int          `json:"number"`
	Title                    string       `json:"title"`
	User                     User         `json:"user"`
	Labels                   []Label      `json:"labels"`
	State                    string       `json:"state"`
	Locked                   bool         `json:"locked"`
	Assignee                 *User        `json:"assignee"`
	Assignees                []User       `json:"assignees"`
	Milestone                any          `json:"milestone"`
	Comments                 int          `json:"comments"`
	CreatedAt                time.Time    `json:"created_at"`
	UpdatedAt                time.Time    `json:"updated_at"`
	ClosedAt                 *time.Time   `json:"closed_at"`
	AuthorAssociation        string       `json:"author_association"`
	Type                     any          `json:"type"`
	ActiveLockReason         any          `json:"active_lock_reason"`
	SubIssuesSummary         SubIssues    `json:"sub_issues_summary"`
	IssueDependenciesSummary Dependencies `json:"issue_dependencies_summary"`
	Body                     *string      `json:"body"`
	Reactions                Reactions    `json:"reactions"`
	TimelineURL              string       `json:"timeline_url"`
	PerformedViaGitHubApp    any          `json:"performed_via_github_app"`
	StateReason              any          `json:"state_reason"`
}

// Comment is a comment on an issue.
type Comment struct {
	URL                   string    `json:"url"`
	HTMLURL               string    `json:"html_url"`
	IssueURL              string    `json:"issue_url"`
	ID                    int64     `json:"id"`
	NodeID                string    `json:"node_id"`
	User                  User      `json:"user"`
	CreatedAt             time.Time `json:"created_at"`
	UpdatedAt             time.Time `json:"updated_at"`
	Body                  string    `json:"body"`
	AuthorAssociation     string    `json:"author_association"`
	Reactions             Reactions `json:"reactions"`
	PerformedViaGitHubApp any       `json:"performed_via_github_app"`
}

// web is where people look at things.
const web = "https://github.com/"

// NewUser returns the object of a login; its numbers follow from the name, so they are the same in every
// start. Kind is User, Bot or Organization.
func NewUser(api, login, kind string) User {
	id := numberOf(login)
	self := api + "/users/" + login
	return User{
		Login: login, ID: id, NodeID: nodeID(strings.ToUpper(kind[:1]), id),
		AvatarURL: "https://avatars.githubusercontent.com/u/" + strconv.FormatInt(id, 10) + "?v=4",
		URL:       self, HTMLURL: web + login,
		FollowersURL: self + "/followers", FollowingURL: self + "/following{/other_user}", GistsURL: self + "/gists{/gist_id}",
		StarredURL: self + "/starred{/owner}{/repo}", SubscriptionsURL: self + "/subscriptions", OrganizationsURL: self + "/orgs",
		ReposURL: self + "/repos", EventsURL: self + "/events{/privacy}", ReceivedEventsURL: self + "/received_events",
		Type: kind, UserViewType: "public",
	}
}

func person(api, login string) User { return NewUser(api, login, "User") }

func newIssue(api string, r *repository, i *issue) Issue {
	repo := api + "/repos/" + r.Owner + "/" + r.Name
	self := repo + "/issues/" + strconv.Itoa(i.Number)
	out := Issue{
		URL: self, RepositoryURL: repo, LabelsURL: self + "/labels{/name}", CommentsURL: self + "/comments", EventsURL: self + "/events",
		HTMLURL: web + r.Owner + "/" + r.Name + "/issues/" + strconv.Itoa(i.Number),
		ID:      i.ID, NodeID: nodeID("I", r.ID, i.ID), Number: i.Number, Title: i.Title, User: person(api, i.User),
		Labels: []Label{}, State: i.State, Assignees: []User{}, Comments: len(i.Comments),
		CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt, AuthorAssociation: association(i.User),
		Reactions: Reactions{URL: self + "/reactions"}, TimelineURL: self + "/timeline",
	}
	if i.Body != "" {
		out.Body = &i.Body
	}
	for _, name := range i.Labels {
		out.Labels = append(out.Labels, newLabel(repo, name))
	}
	for _, login := range i.Assignees {
		out.Assignees = append(out.Assignees, person(api, login))
	}
	if len(out.Assignees) > 0 {
		out.Assignee = &out.Assignees[0]
	}
	return out
}

func newComment(api string, r *repository, i *issue, c *comment) Comment {
	repo := api + "/repos/" + r.Owner + "/" + r.Name
	number, id := strconv.Itoa(i.Number), strconv.FormatInt(c.ID, 10)
	self := repo + "/issues/comments/" + id
	return Comment{
		URL: self, HTMLURL: web + r.Owner + "/" + r.Name + "/issues/" + number + "#issuecomment-" + id, IssueURL: repo + "/issues/" + number,
		ID: c.ID, NodeID: nodeID("IC", r.ID, c.ID), User: person(api, c.User), CreatedAt: c.CreatedAt, UpdatedAt: c.CreatedAt,
		Body: c.Body, AuthorAssociation: association(c.User), Reactions: Reactions{URL: self + "/reactions"},
	}
}

// labels are the ones that a new repository has; others are grey.
var labels = map[string]struct{ color, description string }{
	"bug":         {"d73a4a", "What is there does not work"},
	"enhancement": {"a2eeef", "Something to add"},
	"question":    {"d876e3", "Somebody wants to know more"},
}

func newLabel(repo, name string) Label {
	known, isDefault := labels[name]
	if !isDefault {
		known.color = "ededed"
	}
	id := numberOf(name)
	return Label{ID: id, NodeID: nodeID("LA", id), URL: repo + "/labels/" + name, Name: name, Color: known.color, Default: isDefault, Description: known.description}
}

func association(login string) string {
	if login == Integrator {
		return "MEMBER"
	}
	return "CONTRIBUTOR"
}

// numberOf makes a stable number of nine digits out of a name.
func numberOf(name string) int64 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 100_000_000 + int64(h.Sum32()%900_000_000)
}

// nodeID is an opaque id in the look of GitHub's: a prefix for the kind and numbers in base64.
func nodeID(kind string, numbers ...int64) string {
	var raw []byte
	for _, n := range numbers {
		raw = binary.BigEndian.AppendUint64(raw, uint64(n))
	}
	return kind + "_kgDO" + base64.RawURLEncoding.EncodeToString(raw)
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }
