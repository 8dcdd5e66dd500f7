package github

import (
	"net/http"
	"time"
)

// Repository is a repository as the REST API and webhooks show it.
type Repository struct {
	ID                       int64          `json:"id"`
	NodeID                   string         `json:"node_id"`
	Name                     string         `json:"name"`
	FullName                 string         `json:"full_name"`
	Private                  bool           `json:"private"`
	Owner                    User           `json:"owner"`
	HTMLURL                  string         `json:"html_url"`
	Description              string         `json:"description"`
	Fork                     bool           `json:"fork"`
	URL                      string         `json:"url"`
	ForksURL                 string         `json:"forks_url"`
	KeysURL                  string         `json:"keys_url"`
	CollaboratorsURL         string         `json:"collaborators_url"`
	TeamsURL                 string         `json:"teams_url"`
	HooksURL                 string         `json:"hooks_url"`
	IssueEventsURL           string         `json:"issue_events_url"`
	EventsURL                string         `json:"events_url"`
	AssigneesURL             string         `json:"assignees_url"`
	BranchesURL              string         `json:"branches_url"`
	TagsURL                  string         `json:"tags_url"`
	BlobsURL                 string         `json:"blobs_url"`
	GitTagsURL               string         `json:"git_tags_url"`
	GitRefsURL               string         `json:"git_refs_url"`
	TreesURL                 string         `json:"trees_url"`
	StatusesURL              string         `json:"statuses_url"`
	LanguagesURL             string         `json:"languages_url"`
	StargazersURL            string         `json:"stargazers_url"`
	ContributorsURL          string         `json:"contributors_url"`
	SubscribersURL           string         `json:"subscribers_url"`
	SubscriptionURL          string         `json:"subscription_url"`
	CommitsURL               string         `json:"commits_url"`
	GitCommitsURL            string         `json:"git_commits_url"`
	CommentsURL              string         `json:"comments_url"`
	IssueCommentURL          string         `json:"issue_comment_url"`
	ContentsURL              string         `json:"contents_url"`
	CompareURL               string         `json:"compare_url"`
	MergesURL                string         `json:"merges_url"`
	ArchiveURL               string         `json:"archive_url"`
	DownloadsURL             string         `json:"downloads_url"`
	IssuesURL                string         `json:"issues_url"`
	PullsURL                 string         `json:"pulls_url"`
	MilestonesURL            string         `json:"milestones_url"`
	NotificationsURL         string         `json:"notifications_url"`
	LabelsURL                string         `json:"labels_url"`
	ReleasesURL              string         `json:"releases_url"`
	DeploymentsURL           string         `json:"deployments_url"`
	CreatedAt                time.Time      `json:"created_at"`
	UpdatedAt                time.Time      `json:"updated_at"`
	PushedAt                 time.Time      `json:"pushed_at"`
	GitURL                   string         `json:"git_url"`
	SSHURL                   string         `json:"ssh_url"`
	CloneURL                 string         `json:"clone_url"`
	SVNURL                   string         `json:"svn_url"`
	Homepage                 any            `json:"homepage"`
	Size                     int            `json:"size"`
	StargazersCount          int            `json:"stargazers_count"`
	WatchersCount            int            `json:"watchers_count"`
	Language                 string         `json:"language"`
	HasIssues                bool           `json:"has_issues"`
	HasProjects              bool           `json:"has_projects"`
	HasDownloads             bool           `json:"has_downloads"`
	HasWiki                  bool           `json:"has_wiki"`
	HasPages                 bool           `json:"has_pages"`
	HasDiscussions           bool           `json:"has_discussions"`
	ForksCount               int            `json:"forks_count"`
	MirrorURL                any            `json:"mirror_url"`
	Archived                 bool           `json:"archived"`
	Disabled                 bool           `json:"disabled"`
	OpenIssuesCount          int            `json:"open_issues_count"`
	License                  any            `json:"license"`
	AllowForking             bool           `json:"allow_forking"`
	IsTemplate               bool           `json:"is_template"`
	WebCommitSignoffRequired bool           `json:"web_commit_signoff_required"`
	Topics                   []string       `json:"topics"`
	Visibility               string         `json:"visibility"`
	Forks                    int            `json:"forks"`
	OpenIssues               int            `json:"open_issues"`
	Watchers                 int            `json:"watchers"`
	DefaultBranch            string         `json:"default_branch"`
	CustomProperties         map[string]any `json:"custom_properties"`
}

func (a *api) getRepository(w http.ResponseWriter, r *http.Request) {
	a.within(w, r, docGetRepository, func(_ *world, repo *repository) (int, any) {
		return http.StatusOK, newRepository(base(r), repo)
	})
}

func newRepository(api string, r *repository) Repository {
	full := r.Owner + "/" + r.Name
	self := api + "/repos/" + full
	open := 0
	for _, i := range r.Issues {
		if i.State == "open" {
			open++
		}
	}
	return Repository{
		ID: r.ID, NodeID: nodeID("R", r.ID), Name: r.Name, FullName: full, Private: true, Owner: NewUser(api, r.Owner, "Organization"),
		HTMLURL: web + full, Description: r.Description, URL: self,
		ForksURL: self + "/forks", KeysURL: self + "/keys{/key_id}", CollaboratorsURL: self + "/collaborators{/collaborator}",
		TeamsURL: self + "/teams", HooksURL: self + "/hooks", IssueEventsURL: self + "/issues/events{/number}", EventsURL: self + "/events",
		AssigneesURL: self + "/assignees{/user}", BranchesURL: self + "/branches{/branch}", TagsURL: self + "/tags",
		BlobsURL: self + "/git/blobs{/sha}", GitTagsURL: self + "/git/tags{/sha}", GitRefsURL: self + "/git/refs{/sha}",
		TreesURL: self + "/git/trees{/sha}", StatusesURL: self + "/statuses/{sha}", LanguagesURL: self + "/languages",
		StargazersURL: self + "/stargazers", ContributorsURL: self + "/contributors", SubscribersURL: self + "/subscribers",
		SubscriptionURL: self + "/subscription", CommitsURL: self + "/commits{/sha}", GitCommitsURL: self + "/git/commits{/sha}",
		CommentsURL: self + "/comments{/number}", IssueCommentURL: self + "/issues/comments{/number}", ContentsURL: self + "/contents/{+path}",
		CompareURL: self + "/compare/{base}...{head}", MergesURL: self + "/merges", ArchiveURL: self + "/{archive_format}{/ref}",
		DownloadsURL: self + "/downloads", IssuesURL: self + "/issues{/number}", PullsURL: self + "/pulls{/number}",
		MilestonesURL: self + "/milestones{/number}", NotificationsURL: self + "/notifications{?since,all,participating}",
		LabelsURL: self + "/labels{/name}", ReleasesURL: self + "/releases{/id}", DeploymentsURL: self + "/deployments",
		CreatedAt: r.CreatedAt, UpdatedAt: r.CreatedAt, PushedAt: r.CreatedAt,
		GitURL: "git://github.com/" + full + ".git", SSHURL: "git@github.com:" + full + ".git", CloneURL: web + full + ".git", SVNURL: web + full,
		Size: 812, Language: "Go", HasIssues: true, HasProjects: true, HasDownloads: true, HasWiki: true,
		OpenIssuesCount: open, Topics: []string{"timetable", "ferry"}, Visibility: "private", OpenIssues: open, DefaultBranch: "main",
		CustomProperties: map[string]any{},
	}
}
