package github

import "time"

// world is what the stand-in knows; it is kept as JSON.
type world struct {
	LastID       int64 // of issues and comments
	Repositories []*repository
}

type repository struct {
	ID          int64
	Owner, Name string
	Description string
	CreatedAt   time.Time
	LastNumber  int
	Issues      []*issue // by number, which is also the order of creation
}

type issue struct {
	ID          int64
	Number      int
	Title, Body string
	User        string
	Labels      []string
	Assignees   []string
	State       string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Comments    []*comment
}

type comment struct {
	ID        int64
	User      string
	Body      string
	CreatedAt time.Time
}

const firstID = 3_100_000_000

// newWorld has one repository with two older issues, so that lists are not empty.
func newWorld(now time.Time) world {
	w := world{LastID: firstID}
	repo := &repository{ID: 860_214_377, Owner: Owner, Name: Repo, CreatedAt: now.AddDate(-1, 0, 0).Truncate(time.Second),
		Description: "Departures, berths and delays of the Northwind ferries."}
	w.Repositories = []*repository{repo}
	w.open(repo, now.AddDate(0, 0, -12), Reporter, "Winter timetable misses the 06:40 crossing", "The first sailing of the winter plan is not listed.", []string{"bug"}, nil)
	w.open(repo, now.AddDate(0, 0, -3), Integrator, "Show the berth number beside each departure", "Passengers ask for it at the gate.", []string{"enhancement"}, nil)
	return w
}

func (w *world) repository(owner, name string) *repository {
	for _, r := range w.Repositories {
		if equalFold(r.Owner, owner) && equalFold(r.Name, name) {
			return r
		}
	}
	return nil
}

func (w *world) open(r *repository, at time.Time, user, title, body string, labels, assignees []string) *issue {
	w.LastID += 17
	r.LastNumber++
	i := &issue{ID: w.LastID, Number: r.LastNumber, Title: title, Body: body, User: user, Labels: labels, Assignees: assignees,
		State: "open", CreatedAt: at.Truncate(time.Second), UpdatedAt: at.Truncate(time.Second)}
	r.Issues = append(r.Issues, i)
	return i
}

func (w *world) comment(i *issue, at time.Time, user, body string) *comment {
	w.LastID += 17
	c := &comment{ID: w.LastID, User: user, Body: body, CreatedAt: at.Truncate(time.Second)}
	i.Comments = append(i.Comments, c)
	i.UpdatedAt = c.CreatedAt
	return c
}

func (r *repository) issue(number int) *issue {
	if number < 1 || number > len(r.Issues) {
		return nil
	}
	return r.Issues[number-1]
}
