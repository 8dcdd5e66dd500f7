package crm

import (
	"slices"
	"time"

	"paceline/demo/standin"
)

// Ticket is a case that somebody works on.
type Ticket struct {
	ID          int       `json:"id"`
	ExternalID  string    `json:"external_id"`
	Subject     string    `json:"subject"`
	Description string    `json:"description"`
	Status      string    `json:"status"`
	Priority    string    `json:"priority"`
	Requester   string    `json:"requester"`
	SourceURL   string    `json:"source_url"`
	Tags        []string  `json:"tags"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Revision    int       `json:"revision"` // grows with each update
}

// book is all that the CRM keeps.
type book struct {
	LastID  int
	Tickets []*Ticket // in the order of creation
}

const firstID = 4000

var (
	statuses   = []string{"open", "pending", "closed"}
	priorities = []string{"low", "normal", "high"}
)

// fields are what a caller may write. A subject is required of new tickets only.
func fields(create, withExternalID bool) []standin.Field {
	list := []standin.Field{
		{Name: "subject", Type: standin.Text, Required: create, Most: 200},
		{Name: "description", Type: standin.Text, Null: true, Most: 20000},
		{Name: "status", Type: standin.Text, Values: statuses},
		{Name: "priority", Type: standin.Text, Values: priorities},
		{Name: "requester", Type: standin.Text, Null: true, Most: 200},
		{Name: "source_url", Type: standin.Text, Null: true, Most: 2000},
		{Name: "tags", Type: standin.Texts},
	}
	if withExternalID {
		list = append(list, standin.Field{Name: "external_id", Type: standin.Text, Null: true, Most: 100})
	}
	return list
}

// apply writes the fields of a checked body over the ticket; absent ones stay, null empties.
func (t *Ticket) apply(object map[string]any) {
	texts := map[string]*string{
		"external_id": &t.ExternalID, "subject": &t.Subject, "description": &t.Description, "status": &t.Status,
		"priority": &t.Priority, "requester": &t.Requester, "source_url": &t.SourceURL,
	}
	for name, value := range object {
		if to := texts[name]; to != nil {
			*to, _ = value.(string)
		}
	}
	if tags, ok := object["tags"].([]any); ok {
		t.Tags = []string{}
		for _, tag := range tags {
			t.Tags = append(t.Tags, tag.(string)) // checked
		}
	}
}

func (b *book) byID(id int) *Ticket {
	i := slices.IndexFunc(b.Tickets, func(t *Ticket) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return b.Tickets[i]
}

func (b *book) byExternalID(id string) *Ticket {
	i := slices.IndexFunc(b.Tickets, func(t *Ticket) bool { return t.ExternalID == id })
	if id == "" || i < 0 {
		return nil
	}
	return b.Tickets[i]
}

func (b *book) add(now time.Time) *Ticket {
	b.LastID++
	t := &Ticket{ID: b.LastID, Status: "open", Priority: "normal", Tags: []string{}, CreatedAt: now, UpdatedAt: now, Revision: 1}
	b.Tickets = append(b.Tickets, t)
	return t
}
