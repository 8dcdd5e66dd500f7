package connectors

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/connector"
)

// demand is what a vendor's documentation demands of calls to a path: one of several scopes, or none.
type demand struct {
	calls string // pattern of verb and path
	scope string // with | between those of which one will do
}

// demands are in the order in which they are looked for. They were read in the vendors' references, permissions of each call.
var demands = map[string][]demand{
	"salesforce": {{`.*`, "api"}},
	"microsoft-graph": {
		{`POST /users/[^/]+/sendMail`, "Mail.Send"},
		{`GET /users/[^/]+/(messages|mailFolders).*`, "Mail.Read|Mail.ReadWrite"},
		{`.* /users/[^/]+/(messages|mailFolders).*`, "Mail.ReadWrite"},
		{`.* /users/[^/]+/(events|calendars|calendarView).*`, "Calendars.ReadWrite"},
		{`.* /users/[^/]+/(contacts|contactFolders).*`, "Contacts.ReadWrite"},
		{`GET /users/[^/]+/drives`, "Files.Read.All|Files.ReadWrite.All"},
		{`GET /users/[^/]+/joinedTeams`, "Team.ReadBasic.All"},
		{`GET /users/delta.*`, "User.Read.All|Directory.Read.All"},
		{`GET /users`, "User.ReadBasic.All|User.Read.All"},
		{`GET /users/[^/]+`, "User.Read"}, // of the person who signed in
		{`.* /drives/.*`, "Files.ReadWrite.All"},
		{`.* /sites.*`, "Sites.ReadWrite.All"},
		{`GET /teams/[^/]+/channels`, "Channel.ReadBasic.All"},
		{`POST /teams/.*/messages`, "ChannelMessage.Send"},
		{`POST /subscriptions .*presences.*`, "Presence.Read|Presence.Read.All"},
		{`POST /subscriptions .*drives/.*`, "Files.ReadWrite.All"},
		{`POST /subscriptions .*sites/.*`, "Sites.ReadWrite.All"},
		{`.* /subscriptions.*`, ""}, // those of the resource, which the step names
	},
	"microsoft-dataverse": {{`.*`, "{{OrgUrl}}/user_impersonation"}},
	"github": {
		{`.* /orgs/[^/]+/hooks.*`, "admin:org_hook"},
		{`.* /repos/[^/]+/[^/]+/hooks.*`, "admin:repo_hook|repo"},
		{`.* /repos/.*`, "repo"},
		{`GET /user/repos`, "repo"},
		{`GET /orgs/[^/]+/repos`, "repo"},
		{`GET /user/orgs`, "read:org|user"},
		{`.* /(search/issues|graphql)`, "repo"},
		{`GET /(user|installation/repositories)`, ""},
	},
	"hubspot": {
		{`.* /crm/v3/objects/tickets.*`, "tickets"},
		{`.* /crm/v3/pipelines/tickets.*`, "tickets"},
		{`GET /crm/v3/pipelines/.*`, "crm.objects.deals.read|crm.schemas.deals.read"},
		{`.* /crm/v3/objects/(products|line_items).*`, "e-commerce"},
		{`GET /crm/v3/objects/(contacts|companies|deals).*|POST /crm/v3/objects/(contacts|companies|deals)/search`, "crm.objects.$object.read"},
		{`.* /crm/v3/objects/(contacts|companies|deals).*`, "crm.objects.$object.write"},
		{`POST /crm/v3/objects/(notes|tasks)`, "crm.objects.contacts.write"},
		{`POST /crm/v3/objects/[^/]+/search`, "crm.objects.custom.read"},
		{`GET /crm/v3/objects/.*`, "crm.objects.custom.read"},
		{`.* /crm/v3/objects/.*`, "crm.objects.custom.write"},
		{`GET /crm/v3/properties/contacts`, "crm.objects.contacts.read|crm.schemas.contacts.read"},
		{`GET /crm-object-schemas/.*`, "crm.schemas.custom.read"},
		{`GET /crm/v3/owners/`, "crm.objects.owners.read"},
		{`GET /crm/v4/objects/.*`, "crm.objects.contacts.read"},
		{`.* /crm/v4/objects/.*`, "crm.objects.contacts.write"},
		{`GET /account-info/v3/details`, "oauth"},
		{`POST https://api.hsforms.com/.*`, "forms"},
	},
	"netsuite": {
		{`.* /(record|query)/v1.*`, "rest_webservices"},
		{`POST https://.*restlets.*`, "restlets"},
	},
	"stripe": {{`.*`, "read_write"}},
}

// TestScopesOfEveryMethod: who uses a method is asked for what the vendor demands of its calls, and people find each scope
// in the guide or in the vendor's list that it names.
func TestScopesOfEveryMethod(t *testing.T) {
	t.Parallel()
	for system, rules := range demands {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			def := definition(t, system)
			compiled, err := connector.Compile(def)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(def.Auth, func(a connector.Auth) bool { return a.Grant == connector.GrantAuthorizationCode })
			if i < 0 {
				t.Fatal("nobody consents")
			}
			auth := compiled.Auth(def.Auth[i].ID)
			property := ""
			for _, p := range def.Properties {
				if auth.Scopes != nil && p.Name == auth.Scopes.Property && p.Default != nil {
					property = p.Default.Text()
				}
			}
			used := map[int]bool{}
			for _, m := range def.Methods {
				object := ""
				if m.Object != nil {
					object = m.Object.Name
					if m.Object.Lookup != "" { // of any kind, those that the account has made up among them
						object = "made_up"
					}
				}
				call := m.Request.Method + " " + strings.ReplaceAll(m.Request.Path+m.Request.URL, "{{object.name}}", object)
				for _, f := range m.Request.Fields {
					if f.Loc == "resource" {
						call += fmt.Sprint(" ", f.Default.Text())
					}
				}
				at := slices.IndexFunc(rules, func(d demand) bool { return regexp.MustCompile("^(" + d.calls + ")$").MatchString(call) })
				if at < 0 {
					t.Errorf("%s: nobody knows what %s demands", m.ID, call)
					continue
				}
				used[at] = true
				asked := compiled.Asks(auth, []paceline.ID{compiled.Method(m.ID).UID}, "")
				if property != "" {
					asked = strings.Fields(property)
				}
				scope := strings.ReplaceAll(rules[at].scope, "$object", object)
				if scope != "" && !slices.ContainsFunc(strings.Split(scope, "|"), func(s string) bool { return slices.Contains(asked, s) }) {
					t.Errorf("%s: %s demands %s, and people are asked for %v", m.ID, call, scope, asked)
				}
			}
			for at, d := range rules {
				if !used[at] {
					t.Errorf("no method is a call of %s", d.calls)
				}
			}
		})
	}
}
