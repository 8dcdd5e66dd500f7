package standin_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paceline/connector"
)

// apart are marks that differ on purpose, with the reason.
var apart = map[string]string{
	"github create-pull-request title":                                    "or an issue instead, which the method does not offer",
	"github search-issues-by-graphql q":                                   "a variable of the query",
	"microsoft-graph send-mail message.toRecipients.emailAddress.address": "or a copy's; the method asks for the usual one",
	"microsoft-graph list-event-changes startDateTime":                    "stands in the address of later pages",
	"microsoft-graph list-event-changes endDateTime":                      "stands in the address of later pages",
	"microsoft-graph upload-drive-item file":                              "the whole body",
	"netsuite run-saved-search search":                                    "up to the RESTlet",
	"stripe create-checkout-session mode":                                 "required by what is bought",
	"stripe create-subscription customer":                                 "or an account's, which the method does not offer",
}

// TestWhatIsRequired compares the required marks of each method with what its vendor does not go without, both ways.
func TestWhatIsRequired(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, system := range systems {
		text, err := os.ReadFile(folders + "/" + system + "/connector.yaml")
		if err != nil {
			t.Fatal(err)
		}
		def, problems := connector.Parse(system, text)
		if def == nil {
			t.Fatal(problems)
		}
		vendor := start(t, system)
		for _, m := range def.Methods {
			asked, ok := vendor.Requires(m.ID)
			if !ok {
				continue
			}
			marked, filled := marks(m)
			for _, name := range marked {
				compared++
				if !slices.Contains(asked, name) && apart[system+" "+m.ID+" "+strings.ReplaceAll(name, "[]", "")] == "" {
					t.Errorf("%s %s: %s is required, and its vendor goes without", system, m.ID, name)
				}
			}
			for _, name := range asked {
				if !slices.Contains(marked, name) && !slices.ContainsFunc(filled, func(f string) bool { return f == name || strings.HasPrefix(f, name+".") }) {
					t.Errorf("%s %s: its vendor does not go without %s, which is not required", system, m.ID, name)
				}
			}
		}
	}
	if compared < 60 {
		t.Errorf("only %d marks were compared", compared)
	}
}

var listOf = regexp.MustCompile(`\[(\w+)\]`)

// marks returns what is required of a method's query and body, and what is sent by itself.
func marks(m connector.MethodDef) (required, filled []string) {
	for _, p := range m.Params {
		name := p.Target
		if name == "" {
			name = p.Name
		}
		if (p.In == "query" || p.In == "body") && p.Required {
			required = append(required, name)
		}
	}
	for _, f := range m.Request.Fields {
		place := strings.TrimSuffix(listOf.ReplaceAllString(strings.ReplaceAll(f.Loc, `\`, ""), "$1[]"), "[]")
		if f.Hidden {
			filled = append(filled, place)
		} else if f.Required {
			required = append(required, place)
		}
	}
	if m.Request.Format == "graphql" {
		filled = append(filled, "query")
	}
	for _, q := range m.Request.Query {
		filled = append(filled, q.Name)
	}
	return required, append(filled, "$skip") // of pages by number
}
