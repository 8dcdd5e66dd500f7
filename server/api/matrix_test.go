package api_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/server/api"
	"paceline/store"
	"paceline/store/storetest"
	"paceline/tenant"
)

// The matrix asks every route as every kind of caller, with own and with foreign ids in every place, and computes
// the status that it wants from the route's columns: its level, its right and the owners of its ids.

// bodies are what routes with ids in their bodies are sent; ${kind} stands for an id, and the one that the column
// names is the foreign one in turn.
var bodies = map[string]string{
	"Accounts_Create_POST":         `{"Name":"New","ParentAccountId":"${account}","InstallTemplates":[{"TemplateId":"${template}"}]}`,
	"Accounts_Marketplace_POST":    `{"MarketplaceId":${marketplace}}`,
	"Templates_Install_POST":       `{"Name":"Again","AccountConnectors":[{"Name":"Sink","AccountConnectorId":${account connector}}]}`,
	"Cycles_CreateStep_POST":       `{"ActionType":"Action","MethodId":${method},"AccountConnectorId":${account connector}}`,
	"Cycles_Layout_PUT":            `{"Steps":[{"Id":"${trigger step}","DisplayPositionLeft":8,"DisplayPositionTop":16}]}`,
	"Cycles_UpdateStep_PUT":        `{"AccountConnectorId":${account connector}}`,
	"Steps_UpdateFieldMapping_PUT": `{"MappingType":"StepField","SourceStepId":"${trigger step}","SourceFieldName":"name"}`,
	"Steps_UpdateParameter_PUT":    `{"MappingType":"StepField","SourceStepId":"${trigger step}","SourceFieldName":"name"}`,
	"Accounts_DeleteUser_DELETE":   `{"Username":"ada"}`,
	"Account_DeleteMember_DELETE":  `{"Username":"ada"}`,

	"AccountConnectors_CallMethod_POST": `{"StepId":"${step}"}`,
	"AccountConnectors_TestMethod_POST": `{"StepId":"${step}"}`,

	"Users_CreateUserLaunchToken_POST":      `{"AccountId":"${account}","Username":"kim","Password":"quite-long-1"}`,
	"Users_CreateUserOrbitToken_POST":       `{"AccountId":"${account}","Username":"kim","Password":"quite-long-1"}`,
	"Users_CreateUserMarketplaceToken_POST": `{"AccountId":"${account}","Username":"kim","Password":"quite-long-1","MarketplaceId":${marketplace}}`,
	"Marketplaces_Create_POST":              `{"Name":"${new}"}`,
	"Notifications_Create_POST":             `{"Name":"Errors","AccountIds":["${account}"]}`,
	"Notifications_Update_PUT":              `{"Name":"Errors","AccountIds":["${account}"]}`,
	"Folders_Create_POST":                   `{"Name":"Inner","ParentId":"${folder}"}`,
	"Folders_Update_PUT":                    `{"Name":"Renamed","ParentId":"${folder}"}`,
	"Templates_Move_PUT":                    `{"FolderId":"${folder}"}`,
	"Templates_Create_POST":                 `{"Name":"Fresh","FolderId":"${folder}","TemplateId":"${template}","ReleaseId":"${release}"}`,
	"Templates_CopyRelease_POST":            `{"ReleaseId":"${release}","TemplateId":"${template}"}`,
	"Cycles_CreateFolder_POST":              `{"Name":"Inner","ParentFolderId":"${cycle folder}"}`,
	"Cycles_UpdateFolder_PUT":               `{"Name":"Renamed","ParentFolderId":"${cycle folder}"}`,
	"Cycles_Move_PUT":                       `{"CycleFolderId":"${cycle folder}"}`,
}

// bodyKinds says what an id in a body or query is, by its name.
var bodyKinds = map[string]string{
	"ParentAccountId":    "account",
	"AccountConnectorId": "account connector",
	"templateid":         "template",
	"TemplateId":         "template",
	"AccountId":          "account",
	"MarketplaceId":      "marketplace",
	"SourceStepId":       "trigger step",
	"StepId":             "step",
	"Id":                 "trigger step",
	"ParentId":           "folder",
	"FolderId":           "folder",
	"ReleaseId":          "release",
	"ParentFolderId":     "cycle folder",
	"CycleFolderId":      "cycle folder",
	"cycleFolderId":      "cycle folder",
	"transaction":        "transaction",
	"account":            "account",
}

// exceptions are statuses that do not follow from the columns, by operation and case, each with its reason.
var exceptions = map[string]struct {
	status int
	why    string
}{
	"Accounts_Create_POST foreign ParentAccountId":           {400, "the original answers 400 `Parent account not found`"},
	"Accounts_Create_POST foreign TemplateId":                {400, "what an order of the body names and is not there is a wrong value"},
	"Steps_UpdateFieldMapping_PUT foreign SourceStepId":      {400, "a step that is not of the cycle is a wrong value, not a missing thing"},
	"Steps_UpdateParameter_PUT foreign SourceStepId":         {400, "a step that is not of the cycle is a wrong value, not a missing thing"},
	"Folders_Create_POST foreign ParentId":                   {400, "as at imports, a folder that is not there is a wrong value"},
	"Folders_Update_PUT foreign ParentId":                    {400, "as at imports, a folder that is not there is a wrong value"},
	"Templates_Move_PUT foreign FolderId":                    {400, "as at imports, a folder that is not there is a wrong value"},
	"Cycles_CreateFolder_POST foreign ParentFolderId":        {400, "as in the library, a folder that is not there is a wrong value"},
	"Cycles_UpdateFolder_PUT foreign ParentFolderId":         {400, "as in the library, a folder that is not there is a wrong value"},
	"Cycles_Move_PUT foreign CycleFolderId":                  {400, "as in the library, a folder that is not there is a wrong value"},
	"Cycles_All_GET foreign cycleFolderId":                   {200, "a filter that nothing meets"},
	"Reports_Transactions_GET foreign transaction":           {200, "a search that finds nothing"},
	"Account_Members_GET own ids, restricted to the account": {403, "a token of an account does not administer it"},
	"Account_Members_GET own ids, a user of the account":     {403, "a standard user does not administer the account"},
	"Templates_Create_POST foreign FolderId":                 {400, "as at imports, a folder that is not there is a wrong value"},
	"Account_DeleteMember_DELETE own ids":                    {404, "the new account has no such user"},
	"Accounts_DeleteUser_DELETE own ids":                     {404, "the new account has no such user"},
	"SetupTokens_Delete_DELETE its parent's id":              {404, "the link is one of the sub account's own connector"},
	"Connectors_PartnerWebhook_GET own ids":                  {404, "the connector has no address for all accounts"},
	"Connectors_App_GET own ids":                             {404, "the partner has no app there"},
	"Connectors_App_DELETE own ids":                          {404, "the partner has no app there"},
	"ConsoleUsers_Create_POST own ids":                       {403, "an API client must not become an administrator"},
	"ConsoleUsers_Invite_POST own ids":                       {403, "an API client must not become an administrator"},
	"ConsoleUsers_Invite_POST foreign user":                  {403, "an API client must not become an administrator"},
	"ConsoleUsers_Invite_POST unknown user":                  {403, "an API client must not become an administrator"},
	"ConsoleUsers_Update_PUT own ids":                        {403, "an API client must not become an administrator"},
	"ConsoleUsers_Update_PUT foreign user":                   {403, "an API client must not become an administrator"},
	"ConsoleUsers_Update_PUT unknown user":                   {403, "an API client must not become an administrator"},
	"ConsoleUsers_Delete_DELETE unknown user":                {403, "an API client must not become an administrator"},
	"ConsoleUsers_Delete_DELETE own ids":                     {403, "an API client must not become an administrator"},
	"ConsoleUsers_Delete_DELETE foreign user":                {403, "an API client must not become an administrator"},
	"AccountConnectors_Field_GET its parent's id":            {404, "the field is one of the sub account's own connector"},
	"AccountConnectors_Property_GET its parent's id":         {404, "the property is one of the sub account's own connector"},
	"Steps_ParameterLookup_POST own ids":                     {404, "the parameter has no lookup"},
	"Connectors_GetVersion_GET unknown connector":            {200, "a look-up by name answers a list, which has nothing in it"},
	"Connectors_GetVersion_GET unknown version":              {200, "a look-up by name answers a list, which has nothing in it"},
	"Cycles_AllIncidents_GET unknown level":                  {400, "a word of the path that is no level is malformed"},
	"Shared webhook own ids":                                 {401, "the delivery is not signed"},
	"Steps_FieldLookup_POST own ids":                         {404, "the field has no lookup"},
}

// ofParent are the routes by which a sub account may use a connector of its parent; all others answer 403 (writes)
// on it.
func mayUseParents(r api.Route) bool {
	if strings.Contains(r.Path, "/setup") {
		return false
	}
	return r.Method == http.MethodGet || strings.Contains(r.Path, "/methods/") || strings.Contains(r.Path, "/test/") || strings.Contains(r.Path, "/triggers/")
}

type caller struct {
	as      string // of house.tokens
	account string // of the header
}

type matrix struct {
	*testing.T
	h      *house
	things map[string]belongings // by account

	takesBody map[string]bool // by operation
	broken    string          // is sent in the place of every body, unless ""
}

// longBodies adds the bodies that are made; afterwards bodies is only read.
var longBodies = sync.OnceValue(func() error {
	bodies["CustomConnectors_Create_POST"] = customDefinition("0c4f6d4e-7f0a-4d3c-8a3e-2f5b1c9d7f78")
	bodies["CustomConnectors_Update_PUT"] = bodies["CustomConnectors_Create_POST"]
	own, err := json.Marshal(map[string]string{"Definition": ownDefinition("0c4f6d4e-7f0a-4d3c-8a3e-2f5b1c9d7f79")})
	if err != nil {
		return err
	}
	bodies["OwnConnectors_Create_POST"], bodies["OwnConnectors_Update_PUT"] = string(own), string(own)
	file, err := os.ReadFile("testdata/template.json")
	bodies["Templates_Import_POST"] = string(file)
	return err
})

// bodyOf is what a route is sent with the things of an account, in which those of some kinds may be replaced.
func bodyOf(id string, things belongings, replaced map[string]string) string {
	body := bodies[id]
	for _, kind := range slices.Sorted(maps.Keys(things)) {
		value := things[kind]
		for place, other := range replaced {
			if where, id, _ := strings.Cut(place, " "); where == "body" && bodyKinds[id] == kind {
				value = other
			}
		}
		body = strings.ReplaceAll(body, "${"+kind+"}", value)
	}
	return strings.ReplaceAll(body, "${new}", paceline.NewSecret(6))
}

func TestAuthorizationMatrix(t *testing.T) {
	must(t, longBodies())
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		s := open(t)
		m := &matrix{T: t, h: newHouse(t, s), things: map[string]belongings{}, takesBody: bodied(t)}
		m.tokensOf(s)
		mine, theirs := m.h.template(t, "partner"), m.h.template(t, "other")
		for _, account := range []string{"northwind", "northwind-berlin", "contoso"} {
			m.things[account] = m.h.settleIn(t, "partner", account, mine)
		}
		m.things["foreign"] = m.h.settleIn(t, "other", "foreign", theirs)
		for _, r := range api.New(api.Services{}).Routes() {
			t.Run(r.ID, func(t *testing.T) { (&matrix{T: t, h: m.h, things: m.things, takesBody: m.takesBody}).route(r) })
		}
	})
}

// tokensOf makes the further callers: tokens of the other accounts, and console users with few rights.
func (m *matrix) tokensOf(s *store.Store) {
	ctx := m.Context()
	who, err := m.h.rooms.Tenant.Authenticate(ctx, m.h.tokens["partner"])
	must(m.T, err)
	for as, account := range map[string]string{"sub": "northwind-berlin", "contoso": "contoso"} {
		token, err := m.h.rooms.Tenant.GrantToken(ctx, paceline.SystemPrincipalOf(who.Partner), account)
		must(m.T, err)
		m.h.tokens[as] = token.AccessToken
	}
	m.visitors(who)
	inside, err := m.h.rooms.Tenant.Authenticate(ctx, m.h.tokens["restricted"])
	must(m.T, err)
	for as, rights := range map[string]paceline.Rights{
		"user without rights": {Areas: map[string]paceline.RightLevel{}},
		"full user":           {Full: true},
		"account user":        {},
	} {
		now := paceline.SystemClock{}.Now()
		user := paceline.User{ID: paceline.NewID(now), Partner: who.Partner, UserName: as, Console: as != "account user", Rights: rights}
		text := fmt.Sprintf("%064x", sha256.Sum256([]byte(as)))
		hash := sha256.Sum256([]byte(text))
		scope := paceline.Scope{Partner: who.Partner}
		must(m.T, s.InTx(ctx, scope, func(tx *store.Tx) error {
			if err := tx.InsertUser(scope, user); err != nil {
				return err
			}
			token := paceline.AccessToken{
				ID: paceline.NewID(now), Hash: hash[:], Partner: who.Partner, UserID: user.ID,
				IssuedAt: tx.Now(), ExpiresAt: tx.Now() + 1e12,
			}
			if !user.Console {
				token.RestrictedTo = inside.RestrictedTo
			}
			return tx.InsertToken(scope, token, nil, token.ExpiresAt)
		}))
		m.h.tokens[as] = text
	}
}

// visitors makes those who hold the secret of a page of ours, which is none of the API: in their cookie as the page
// has it, and as a token.
func (m *matrix) visitors(who paceline.Principal) {
	ctx, tenants := m.Context(), m.h.rooms.Tenant
	a, err := tenants.ResolveAccount(ctx, who, []string{"northwind"})
	must(m.T, err)
	name := "for a visitor"
	ac, err := m.h.rooms.Catalog.InstallConnector(ctx, who, a, catalog.ConnectorRef{Name: "Sink"}, catalog.ConnectorInstall{Name: &name})
	must(m.T, err)
	setup, err := tenants.CreateSetupToken(ctx, who, a, ac.ID, "", tenant.SetupLife)
	must(m.T, err)
	m.h.tokens["set-up token"] = setup.Token
	session, err := tenants.UseSetupToken(ctx, setup.Link, setup.Token)
	must(m.T, err)
	m.h.tokens["set-up session"] = session
	m.h.cookies["set-up token holder"] = "set-up-" + string(setup.Link) + "=" + session
	unused, err := tenants.CreateAPIUserToken(ctx, who, a)
	must(m.T, err)
	m.h.tokens["sign-in token"] = unused.Token
	used, err := tenants.CreateAPIUserToken(ctx, who, a)
	must(m.T, err)
	session, _, err = tenants.BeginEmbedSession(ctx, used.Token, "")
	must(m.T, err)
	m.h.tokens["embed session"] = session
	m.h.cookies["embed visitor"] = "embed-session=" + session
}

// want is a set of statuses: one, or 0 for any that is no refusal.
type want int

const admitted want = 0

func (w want) fits(status int) bool {
	if w == admitted {
		return status < 500 && status != 401 && status != 403 && status != 404 && status != 405
	}
	return status == int(w)
}

func (m *matrix) route(r api.Route) {
	own := m.things["northwind"]
	m.columns(r)

	// Who is not known, or for another partner, gets nothing.
	for _, as := range []string{"none", "wrong", "expired"} {
		m.check(r, "no caller", caller{as, m.header(r, "northwind")}, own, nil, 401)
	}
	for _, as := range []string{"set-up token holder", "set-up token", "set-up session", "embed visitor", "sign-in token", "embed session"} {
		m.check(r, "a visitor of a page", caller{as, m.header(r, "northwind")}, own, nil, 401)
	}
	// Rights of console users.
	if r.Right == "" {
		m.Errorf("the route names no right")
	}
	if r.Right != tenant.AreaReports {
		m.check(r, "a console user without rights", caller{"user without rights", m.header(r, "northwind")}, own, nil, 403)
	}

	switch r.Level {
	case api.Partner:
		for _, as := range []string{"restricted", "sub", "contoso", "account user"} {
			m.check(r, "a restricted token", caller{as, ""}, own, nil, 401)
		}
	case api.Account:
		m.check(r, "no account", caller{"partner", ""}, own, nil, 401)
		m.check(r, "an unknown account", caller{"partner", "nobody"}, own, nil, 401)
		m.check(r, "another partner's account", caller{"partner", "foreign"}, own, nil, 401)
		m.check(r, "an account of another partner", caller{"other", "northwind"}, own, nil, 401)
	}
	if r.Level != api.Partner {
		m.check(r, "restricted to the parent, in its sub account", caller{"restricted", "northwind-berlin"}, m.things["northwind-berlin"], nil, 401)
		m.check(r, "restricted to the sub account, in its parent", caller{"sub", "northwind"}, own, nil, 401)
		m.check(r, "a user of the account, in its sub account", caller{"account user", "northwind-berlin"}, m.things["northwind-berlin"], nil, 401)
		m.check(r, "restricted to another account", caller{"contoso", "northwind"}, own, nil, 401)
	}

	// Ids of others, one place at a time.
	for _, id := range r.IDs {
		for _, owner := range m.foreigners(r, id) {
			kind := kindOf(r.Path, id.Name)
			if id.In != "path" {
				kind = bodyKinds[id.Name]
			}
			expected := want(404)
			as := caller{"partner", m.header(r, "northwind")}
			if id.Makes {
				expected = admitted
			}
			if e, ok := exceptions[r.ID+" foreign "+id.Name]; ok {
				expected = want(e.status)
			}
			m.check(r, "foreign "+id.Name+" of "+owner, as, own, map[string]string{id.In + " " + id.Name: m.things[owner][kind]}, expected)
			if id.Makes { // one of this partner's, which is in nobody's way
				m.h.ask(m.T, "partner", "", "DELETE", "/accounts/"+owner, "")
				m.h.ask(m.T, "other", "", "GET", "/accounts/"+owner, "")
			}
			if r.Level == api.Account && owner == "contoso" {
				m.check(r, "restricted, foreign "+id.Name, caller{"restricted", ""}, own, map[string]string{id.In + " " + id.Name: m.things[owner][kind]}, expected)
			}
			if r.Level == api.Account && owner == "northwind-berlin" {
				m.upwards(r, id, kind, expected)
			}
		}
	}

	m.refuses(r)

	// Its own ids, at last: what the route does is then done.
	fresh := func() belongings {
		if r.Method == http.MethodGet {
			return own
		}
		return m.fresh(r)
	}
	m.check(r, "own ids", caller{"partner", m.header(r, "northwind")}, fresh(), nil, admitted)
	if r.Method == http.MethodGet {
		m.check(r, "own ids, a console user with full access", caller{"full user", m.header(r, "northwind")}, own, nil, admitted)
		if r.Level != api.Partner {
			m.check(r, "own ids, restricted to the account", caller{"restricted", ""}, own, nil, admitted)
			m.check(r, "own ids, a user of the account", caller{"account user", ""}, own, nil, admitted)
		}
	}
}

// columns fails for a route that does not say what its ids name.
func (m *matrix) columns(r api.Route) {
	named := map[string]bool{}
	for _, id := range r.IDs {
		named[id.In+" "+id.Name] = true
		switch {
		case id.Owner != "public" && id.Owner != "partner" && id.Owner != "account":
			m.Errorf("%s %s has no owner", id.In, id.Name)
		case id.In == "query" && bodyKinds[id.Name] == "" && id.Name != "folderid":
			m.Errorf("nobody says what %s in the query is", id.Name)
		case id.In == "body" && (bodyKinds[id.Name] == "" || bodies[r.ID] == ""):
			m.Errorf("nobody says what %s in the body is, or how such a body looks", id.Name)
		}
	}
	for part := range strings.SplitSeq(r.Path, "/") {
		name, isParam := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		if isParam && kindOf(r.Path, name) == "" {
			m.Fatalf("nobody says what {%s} names", name)
		}
	}
}

// foreigners are the accounts whose thing a place may be tried with.
func (m *matrix) foreigners(r api.Route, id api.IDParam) []string {
	switch {
	case id.Owner == "public" || id.Name == "property" || id.Name == "folderid":
		return nil // everybody's; numbered within its connector; a wrong value (400), which the scenarios try
	case id.Owner == "partner":
		return []string{"foreign"}
	}
	return []string{"contoso", "northwind-berlin", "foreign"}
}

// upwards tries the parent's thing in the sub account: not found, but for its connectors.
func (m *matrix) upwards(r api.Route, id api.IDParam, kind string, expected want) {
	own := m.things["northwind-berlin"]
	if kind == "account connector" {
		switch {
		case id.In == "body" || mayUseParents(r):
			expected = admitted
		default:
			expected = 403
		}
	}
	m.check(r, "its parent's "+id.Name, caller{"partner", "northwind-berlin"}, own, map[string]string{id.In + " " + id.Name: m.things["northwind"][kind]}, expected)
}

// fresh makes things that the route may change or delete.
func (m *matrix) fresh(r api.Route) belongings {
	if r.Level == api.Partner && strings.HasPrefix(r.Path, "/accounts/{account}") {
		b := maps.Clone(m.things["northwind"])
		b["account"] = m.newAccount(r.ID)
		return b
	}
	template := m.things["northwind"]["template"]
	if r.ID == "Templates_Delete_DELETE" {
		template = m.h.template(m.T, "partner")
	}
	return m.h.settleIn(m.T, "partner", m.newAccount(r.ID), template)
}

func (m *matrix) newAccount(name string) string {
	id := strings.ToLower(name) + "-own"
	m.h.ask(m.T, "partner", "", "POST", "/accounts", `{"Name":"`+id+`","Id":"`+id+`"}`)
	return id
}

func (m *matrix) header(r api.Route, account string) string {
	if r.Level == api.Account {
		return account
	}
	return ""
}

// check sends one request: the route with the things of an account, but for those that are replaced.
func (m *matrix) check(r api.Route, name string, c caller, things belongings, replaced map[string]string, expected want) {
	m.Helper()
	situation, _, _ := strings.Cut(name, ",")
	if e, ok := exceptions[r.ID+" "+situation]; ok {
		expected = want(e.status)
	}
	if e, ok := exceptions[r.ID+" "+name]; ok {
		expected = want(e.status)
	}
	path := r.Path
	for part := range strings.SplitSeq(r.Path, "/") {
		param, isParam := strings.CutPrefix(part, "{")
		if param = strings.TrimSuffix(param, "}"); !isParam {
			continue
		}
		value := things[kindOf(r.Path, param)]
		if other, ok := replaced["path "+param]; ok {
			value = other
		}
		path = strings.Replace(path, part, url.PathEscape(value), 1)
	}
	for place, value := range replaced {
		if name, isQuery := strings.CutPrefix(place, "query "); isQuery {
			path += "?" + url.Values{name: {value}}.Encode()
		}
	}
	body := cmp.Or(m.broken, bodyOf(r.ID, things, replaced))
	if things["account"] != "northwind" && c.account == "northwind" && expected == admitted {
		c.account = things["account"] // fresh things lie in an account of their own
	}
	status, answer, _ := m.h.send(m.T, c.as, c.account, r.Method, api.Prefix+path, body)
	if !expected.fits(status) {
		m.Errorf("%s: %s %s as %s in %q answers %d, want %d: %s", name, r.Method, path, c.as, c.account, status, expected, answer[:min(len(answer), 300)])
	}
}
