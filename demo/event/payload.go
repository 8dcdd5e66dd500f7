package event

import (
	"encoding/json"
	"strconv"

	"paceline/demo/github"
)

// Payload is the body of an "issues" delivery of an organisation's repository.
type Payload struct {
	Action       string            `json:"action"`
	Issue        github.Issue      `json:"issue"`
	Repository   github.Repository `json:"repository"`
	Organization Organization      `json:"organization"`
	Sender       github.User       `json:"sender"`
}

// Organization is the short form of an organisation in payloads.
type Organization struct {
	Login            string `json:"login"`
	ID               int64  `json:"id"`
	NodeID           string `json:"node_id"`
	URL              string `json:"url"`
	ReposURL         string `json:"repos_url"`
	EventsURL        string `json:"events_url"`
	HooksURL         string `json:"hooks_url"`
	IssuesURL        string `json:"issues_url"`
	MembersURL       string `json:"members_url"`
	PublicMembersURL string `json:"public_members_url"`
	AvatarURL        string `json:"avatar_url"`
	Description      string `json:"description"`
}

// Opened is the payload that says that the issue was opened by its author.
func Opened(repo github.Repository, issue github.Issue) Payload {
	return Payload{Action: "opened", Issue: issue, Repository: repo, Organization: organization(repo), Sender: issue.User}
}

// organization describes the owner of the repository, whose URL tells the address of the API.
func organization(repo github.Repository) Organization {
	owner := repo.Owner
	api := repo.URL[:len(repo.URL)-len("/repos/"+repo.FullName)]
	self := api + "/orgs/" + owner.Login
	return Organization{
		Login: owner.Login, ID: owner.ID, NodeID: owner.NodeID, URL: self, ReposURL: self + "/repos", EventsURL: self + "/events",
		HooksURL: self + "/hooks", IssuesURL: self + "/issues", MembersURL: self + "/members{/member}",
		PublicMembersURL: self + "/public_members{/member}", AvatarURL: owner.AvatarURL, Description: repo.Description,
	}
}

// Delivery is one HTTP request to a webhook, before it is signed.
type Delivery struct {
	ID     string // GUID; GitHub repeats it when it sends a delivery again
	Event  string
	Body   []byte
	HookID int64
	RepoID int64
}

// hookID is the number of the demo's webhook at the stand-in.
const hookID = 471_905_236

// New returns a delivery of the payload.
func New(id string, p Payload) (Delivery, error) {
	body, err := json.Marshal(p)
	return Delivery{ID: id, Event: "issues", Body: body, HookID: hookID, RepoID: p.Repository.ID}, err
}

func (d Delivery) headers() map[string]string {
	return map[string]string{
		"Accept":                                 "*/*",
		"Content-Type":                           "application/json",
		"User-Agent":                             "GitHub-Hookshot/4d8a0f1",
		"X-GitHub-Delivery":                      d.ID,
		"X-GitHub-Event":                         d.Event,
		"X-GitHub-Hook-ID":                       strconv.FormatInt(d.HookID, 10),
		"X-GitHub-Hook-Installation-Target-ID":   strconv.FormatInt(d.RepoID, 10),
		"X-GitHub-Hook-Installation-Target-Type": "repository",
	}
}
