package store

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"paceline"
)

// unscoped lists the statements that may touch a tenant table without naming its partner or account,
// by the constant or function that holds them, and why.
var unscoped = map[string]string{
	"rarely":          "a partner searches all its accounts",
	"ReleaseFollowed": "a partner deletes a release, which cycles of any account may follow",
	// The owner node's own work, which takes its rows from the whole table. No caller's request reaches it.
	"sqlNextLane": "claim", "sqlReady": "claim: the account's number came from the store", "sqlDue": "claim", "sqlDueOwned": "claim", "sqlQueue": "counts, for the operator", "sqlOverdue": "a time, for the operator", "sqlNextSlot": "a time, for the operator", "sqlSchedules": "claim",
	"sqlNextAccount": "recovery", "sqlAcquitAll": "recovery", "sqlSuspects": "recovery", "sqlWaitingCycles": "recovery", "sqlHolds": "recovery", "pgLand": "commit: by numbers of runs from the store", "sqlCyclesToResume": "recovery", "sqlActivatingCycles": "recovery", "sqlDueSubscriptions": "claim", "sqlDueRefreshes": "claim", "sqlDueFarewells": "claim", "sqlLeftChanges": "claim", "CycleByNum": "the engine, by a number from the store",
	"sqlLoadRun": "the engine, by a number from the store", "RunCopy": "the engine, by a number from the store",
	"sqlPrunable": "prune", "sqlNextRemoval": "claim", "sqlOldTemplate": "prune", "sqlBeginBin": "prune", "sqlPurgeable": "prune", "sqlPruneExchanges": "prune", "sqlPruneOutputs": "prune", "sqlPruneChunks": "prune", "sqlPruneBlobs": "prune",
	"sqlPruneDetails": "prune", "sqlOldBlobs": "sweep", "sqlBlobBytes": "sweep", "sqlSweepChunks": "sweep", "sqlSweepBlob": "sweep", "sqlPruneSize": "prune", "sqlPruneLater": "prune", "sqlPruneSteps": "prune", "sqlPruneStep": "prune", "sqlStepsLeft": "prune", "sqlPruneWaiting": "prune", "sqlPruneArrivals": "prune", "sqlPruneIncidents": "prune",
	"sqlPruneRun": "prune", "sqlDisinherit": "prune", "sqlUnlink": "prune", "sqlPruneDedupe": "prune", "sqlOldCopies": "prune", "sqlCopies": "prune", "sqlVersionsInUse": "prune", "sqlDeleteCopy": "prune",
	"pgLockCycles": "commit: only locks, by numbers from the store", "pgGoOn": "commit: by numbers of runs from the store", "sqlNextDeliveryQueue": "recovery",

	"StepTaken": "an id has one step in the whole installation; nothing of it is told",

	// The statements that find out who the tenant is: by a secret, or by a number that one of them gave.
	"WebhookByIdentifier": "by the secret identifier", "PartnerWebhookByIdentifier": "by the secret identifier", "TokenByHash": "by the token", "SignInTokenByHash": "by the token", "EmbedSessionByHash": "by the session", "SetupTokenByLink": "by the link", "OAuthStateByHash": "by the one-time state", "ClientByClientID": "by the client's id, before its secret is compared",
	"FirstRunLink": "by the one-time link", "InvitationByHash": "by the one-time link", "AccountOf": "the server, by a number from the store", "AccountKey": "the server, by a number from the store",
	"WrappedAccountKeys": "rotation of the installation's key",

	// A restore sees the whole installation, while nobody serves from it.
	"sqlSlotsOver": "restore", "sqlAllClients": "restore", "sqlAllPeople": "restore", "sqlAllMembers": "restore", "sqlAllFactors": "restore", "sqlAllApps": "restore", "sqlAllStates": "restore", "sqlAllCredentials": "restore",
	"sqlEndClient": "restore", "sqlEndPerson": "restore", "sqlEndMembers": "restore", "sqlEndMember": "restore", "sqlDemote": "restore", "sqlEndFactor": "restore", "sqlChangePerson": "restore", "sqlEndAccount": "restore", "sqlSetCredential": "restore",

	// The numbers of a page's cycles, within a statement that chooses by both.
	"chosenCycles": "a part of pageOfCycles",

	// Emails go to the partner's people, about all its accounts.
	"sqlMailPartners": "claim", "sqlDueMail": "claim", "MailEvents": "the partner's people", "DeleteMailEvent": "the partner's people", "TakeMail": "the partner's people", "EndMail": "the partner's people", "DropMail": "the partner's people",

	// Tokens belong to the partner; their account_id only says what they are restricted to.
	"TokenByRefresh": "partner's table", "TokenByID": "partner's table", "Tokens": "partner's table", "DeleteToken": "partner's table",
	"SweepTokens": "partner's table", "InsertSignInToken": "sweep: the partner's, expired", "InsertEmbedSession": "sweep: the partner's, expired", "DeleteEmbedSessionsOf": "the partner's users, in all accounts", "DeleteUser": "the partner's users, in all accounts", "InsertSetupToken": "sweep: the partner's, old", "InsertOAuthState": "sweep: the partner's, expired", "DeleteClient": "partner's table",
}

type sqlText struct{ where, text string }

// sqlTexts finds the statements in the package's own files: string expressions, with constants put in
// place, that begin like a statement or continue one with FROM.
func sqlTexts(t *testing.T) (texts []sqlText) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	constants := map[string]ast.Expr{}
	collect := func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for i, value := range v.Values {
				constants[v.Names[i].Name] = value
			}
		}
		return true
	}
	var parsed []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				ast.Inspect(g, collect)
			}
		}
	}
	var value func(e ast.Expr) string
	value = func(e ast.Expr) string {
		switch e := e.(type) {
		case nil:
			return ""
		case *ast.BasicLit:
			if e.Kind == token.STRING {
				s, _ := strconv.Unquote(e.Value)
				return s
			}
		case *ast.BinaryExpr:
			if e.Op == token.ADD {
				return value(e.X) + value(e.Y)
			}
		case *ast.Ident:
			if c, ok := constants[e.Name]; ok {
				return value(c)
			}
		case *ast.ParenExpr:
			return value(e.X)
		}
		return " ? "
	}
	begins := regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|FROM)\b`)
	for _, f := range parsed {
		for _, d := range f.Decls {
			visit := func(name string, root ast.Node) {
				ast.Inspect(root, collect) // a function's own constants
				ast.Inspect(root, func(n ast.Node) bool {
					if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) > 0 && strings.HasPrefix(strings.TrimSpace(value(v.Values[0])), "FROM") {
						return false // a named part is checked where it is used
					}
					e, ok := n.(ast.Expr)
					if !ok {
						return true
					}
					switch e.(type) {
					case *ast.BasicLit, *ast.BinaryExpr:
						if text := value(e); begins.MatchString(text) {
							texts = append(texts, sqlText{name, text})
						}
						return false
					}
					return true
				})
			}
			switch d := d.(type) {
			case *ast.FuncDecl:
				visit(d.Name.Name, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						visit(v.Names[0].Name, v)
					}
				}
			}
		}
	}
	return texts
}

type table struct {
	name    string
	columns []column
}

type column struct{ name, kind string }

func (tb table) has(name string) bool {
	return slices.ContainsFunc(tb.columns, func(c column) bool { return c.name == name })
}

var createTable = regexp.MustCompile(`(?s)^CREATE TABLE (\w+) \((.*)\)[^)]*$`)

// tables reads the schema of a version out of the migrations.
func tables(version int) map[string]table {
	all := map[string]table{}
	for _, m := range migrations {
		if m.version > version {
			break
		}
		for _, s := range statements(m.text, false) {
			if dropped, ok := strings.CutPrefix(s, "DROP TABLE "); ok {
				delete(all, strings.TrimSpace(dropped))
				continue
			}
			match := createTable.FindStringSubmatch(s)
			if match == nil {
				continue
			}
			tb := table{name: match[1]}
			for line := range strings.SplitSeq(match[2], "\n") {
				if words := strings.Fields(line); len(words) >= 2 && words[0] == strings.ToLower(words[0]) {
					tb.columns = append(tb.columns, column{words[0], strings.Trim(words[1], ",")})
				}
			}
			all[tb.name] = tb
		}
	}
	return all
}

// TestEveryStatementNamesItsTenant is the second wall between tenants (D-10): a statement on a table
// with a partner names partner_id, and account_id where the table has one, in the part that chooses rows.
func TestEveryStatementNamesItsTenant(t *testing.T) {
	t.Parallel()
	all := tables(latestVersion)
	mentions := regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)`)
	used := map[string]bool{}
	checked := 0
	for _, s := range sqlTexts(t) {
		text := regexp.MustCompile(`DO UPDATE`).ReplaceAllString(s.text, "DO_UPDATE")
		for _, m := range mentions.FindAllStringSubmatch(text, -1) {
			tb, ok := all[m[1]]
			if !ok || !tb.has("partner_id") {
				continue
			}
			checked++
			chooses := text
			if !strings.HasPrefix(strings.TrimSpace(text), "INSERT") {
				if i := strings.Index(text, "WHERE"); i >= 0 {
					chooses = text[i:]
				} else if i := strings.Index(text, "FROM "); i >= 0 {
					chooses = text[i:]
				}
			}
			missing := ""
			for _, column := range []string{"partner_id", "account_id"} {
				if tb.has(column) && !strings.Contains(chooses, column) {
					missing += " " + column
				}
			}
			if missing == "" {
				continue
			}
			used[s.where] = true
			if unscoped[s.where] == "" {
				t.Errorf("%s: a statement on %s does not choose by%s: %s", s.where, tb.name, missing, s.text)
			}
		}
	}
	for name := range unscoped {
		if !used[name] {
			t.Errorf("%s is listed as an exception, but needs none", name)
		}
	}
	if checked < 100 {
		t.Errorf("only %d uses of tenant tables were found: the search is broken", checked)
	}
}

// TestForeignScopeSeesNothing calls every method of Tx that takes a scope and only reads, on a database
// in which every tenant table has one row of partner 1 and account 1.
func TestForeignScopeSeesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		err := s.InTx(t.Context(), system, func(tx *Tx) error { return fillEveryTable(t.Context(), tx.db, latestVersion, 1) })
		if err != nil {
			t.Fatal(err)
		}
		own := paceline.Scope{Partner: 1, Account: 1}
		sees := 0
		typ := reflect.TypeFor[*Tx]()
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			if m.Type.NumIn() < 2 || m.Type.In(1) != reflect.TypeFor[paceline.Scope]() && m.Type.In(1) != reflect.TypeFor[DeliveryQueue]() {
				continue
			}
			if found, readable := callRead(t, s, m, own); !readable {
				continue
			} else if found {
				sees++
			}
			for _, foreign := range []paceline.Scope{{Partner: 2, Account: 1}, {Partner: 2, Account: 2}, {Partner: 2}, {Partner: 1, Account: 2}} {
				found, _ := callRead(t, s, m, foreign)
				if found && foreign.Partner == 1 && partnerWide[m.Name] != "" {
					continue
				}
				if found {
					t.Errorf("%s with scope %+v sees the row of %+v", m.Name, foreign, own)
				}
			}
		}
		if sees < 15 {
			t.Errorf("only %d methods see their own row: the test shows little", sees)
		}
	})
}

// partnerWide lists the reads that answer for the whole partner whatever the account of the scope: what
// they read belongs to the partner, and only partner-level operations call them.
var partnerWide = map[string]string{
	"Partner": "itself", "PartnerKey": "itself", "OAuthApp": "apps at vendors", "OAuthApps": "apps at vendors", "PartnerWebhook": "addresses of the partner", "PartnerProperties": "values of the partner", "Marketplace": "what the partner offers", "PackageNumber": "what the partner offers", "Branding": "how the partner's pages look", "Marketplaces": "what the partner offers", "Clients": "clients", "TokenByID": "tokens", "AuditEvents": "the log, with a filter of its own",
	"MailDue": "people", "MailEvents": "the partner's people hear of all its accounts", "MailRule": "people", "MailRules": "people",
	"Administrator": "people", "ConsoleUsers": "people", "SecondFactor": "people", "SignInFailures": "people", "UserByID": "people", "UserByName": "people", "AccountsOfUser": "people",
	"CycleReport": "reports", "AccountsByActiveCycles": "reports", "ConnectorUses": "reports", "ConnectorHolders": "reports", "ReleaseUses": "reports", "HaltedRuns": "reports", "RunOfPartner": "reports",
	"AccountByAPIID": "accounts are looked up by their ids", "AccountByID": "accounts are looked up by their ids", "SubAccounts": "accounts",
	"FolderExists": "templates", "Folders": "templates", "FolderHasTemplates": "templates", "Template": "templates", "ReleaseFollowed": "templates", "TemplateRelease": "templates", "TemplateReleases": "templates", "ShippedTemplate": "templates", "Library": "templates",
}

// fillEveryTable writes one row into each table of the version, with n in every column that is a number.
func fillEveryTable(ctx context.Context, db executor, version int, n int64) error {
	for _, tb := range tables(version) {
		var names, places []string
		var args []any
		for _, c := range tb.columns {
			var v any
			switch {
			case c.kind == "TEXT" && n == 1:
				v = "x"
			case c.kind == "TEXT":
				v = fmt.Sprint("x", n)
			case c.kind == "BLOB" && n == 1:
				v = []byte("{}")
			case c.kind == "BLOB":
				v = fmt.Appendf(nil, `{"n": %d}`, n)
			default:
				v = n
			}
			if tb.name == "tally" && c.name == "body" {
				v = noteOf(n)
			}
			if tb.name == "step" && c.name == "id" || tb.name == "exchange" && c.name == "step" {
				v = stepKey(n, 1)
			}
			if tb.name == "fence" && c.name == "node" {
				v = n + 100 // a store that is open holds the rows of node 1
			}
			if c.name == "pruned" || c.name == "prune_at" {
				v = int64(0)
			}
			args = append(args, v)
			names, places = append(names, c.name), append(places, placeholder(len(args)))
		}
		_, err := db.exec(ctx, `INSERT INTO `+tb.name+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, args)
		if err != nil {
			return fmt.Errorf("fill %s: %w", tb.name, err)
		}
	}
	return nil
}

// noteOf is a note of one task of partner, account, cycle and day n.
func noteOf(n int64) []byte {
	s := newSums()
	s.cycle(n, n, n).used(usageSum{int32(n), int32(n), int32(n), paceline.Usage{OK: 1}})
	return (&note{sums: &s}).encode()
}

// callRead calls the method with the scope and with arguments that fit the rows of fillEveryTable. It
// says whether any result holds something, and whether the method reads at all.
func callRead(t *testing.T, s *Store, m reflect.Method, scope paceline.Scope) (found, reads bool) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *Tx) error {
		args := []reflect.Value{reflect.ValueOf(tx), reflect.ValueOf(scope)}
		if m.Type.In(1) == reflect.TypeFor[DeliveryQueue]() {
			args[1] = reflect.ValueOf(DeliveryQueue{Scope: scope, Marketplace: 1})
		}
		for i := 2; i < m.Type.NumIn(); i++ {
			args = append(args, sampleOf(m.Type.In(i)))
		}
		if m.Type.IsVariadic() {
			args = args[:len(args)-1]
		}
		results := m.Func.Call(args)
		last := results[len(results)-1]
		if err, ok := last.Interface().(error); ok && err != nil {
			return err
		}
		for _, r := range results {
			if _, isErr := r.Interface().(error); !isErr && holdsSomething(r) {
				found = true
			}
		}
		return nil
	})
	if err == errReadOnly {
		return false, false
	}
	if err != nil && scope.Partner != 1 {
		t.Errorf("%s with scope %+v: %v", m.Name, scope, err)
	}
	return found, true
}

func sampleOf(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("{}"))
		}
	}
	return v
}

// holdsSomething looks for what only a row can have brought: elements of lists, or anything but zero.
func holdsSomething(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() > 0
	case reflect.Struct:
		if items := v.FieldByName("Items"); items.IsValid() {
			return items.Len() > 0
		}
	case reflect.Interface, reflect.Pointer:
		return !v.IsNil()
	}
	return !v.IsZero()
}
