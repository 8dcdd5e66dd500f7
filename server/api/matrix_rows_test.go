package api_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"paceline"
	"paceline/server/api"
)

// Every route has four rows: what it does, what it says of a thing that is not there, of another tenant's, and of bad
// input. The first is a scenario's, the others are the matrix's, which computes them.

// notThere are ids that nothing has, by how the ids of a place are written.
const (
	noGUID   = "0195d7a0-0000-7000-8000-00000000dead"
	noNumber = "2000000000"
	noName   = "nobody-has-this"
)

// refuses asks for what is not there, for ids that are none, and with a body that is no JSON: one place at a time.
func (m *matrix) refuses(r api.Route) {
	own, as := m.things["northwind"], caller{"partner", m.header(r, "northwind")}
	for part := range strings.SplitSeq(r.Path, "/") {
		param, isParam := strings.CutPrefix(part, "{")
		if param = strings.TrimSuffix(param, "}"); !isParam {
			continue
		}
		missing, malformed := noName+"-"+strings.ToLower(r.ID), ""
		_, notNumber := strconv.Atoi(own[kindOf(r.Path, param)])
		switch _, guid := paceline.ParseID(own[kindOf(r.Path, param)]); {
		case guid:
			missing, malformed = noGUID, "not-an-id"
		case notNumber == nil:
			missing, malformed = noNumber, "not-an-id"
		}
		expected := want(404)
		if slices.ContainsFunc(r.IDs, func(id api.IDParam) bool { return id.In == "path" && id.Name == param && id.Makes }) {
			expected = admitted
		}
		m.check(r, "unknown "+param, as, own, map[string]string{"path " + param: missing}, expected)
		if malformed != "" && !byName[kindOf(r.Path, param)] {
			m.check(r, "malformed "+param, as, own, map[string]string{"path " + param: malformed}, 400)
		}
	}
	if m.takesBody[r.ID] {
		m.broken = `{"Name":`
		m.check(r, "bad body", as, own, nil, 400)
		m.broken = ""
	}
}

// byName are the kinds that are named by their ids or by names, so that no text is malformed.
var byName = map[string]bool{"account": true, "connector": true, "connector name": true, "version": true, "client": true}

// bodied are the operations that take a body.
func bodied(t *testing.T) map[string]bool {
	t.Helper()
	text, err := api.New(api.Services{}).OpenAPI()
	must(t, err)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string          `json:"operationId"`
			RequestBody json.RawMessage `json:"requestBody"`
		}
	}
	must(t, json.Unmarshal(text, &doc))
	takes := map[string]bool{}
	for _, item := range doc.Paths {
		for _, op := range item {
			takes[op.OperationID] = len(op.RequestBody) > 0
		}
	}
	return takes
}

// elsewhere are the routes that no scenario can show, and where they are shown.
var elsewhere = map[string]string{
	"Account_Live_GET":                     "live_test.go: the answer has no end",
	"Cycles_TransactionLive_GET":           "live_test.go: the answer has no end",
	"Connectors_PartnerWebhook_GET":        "shared_webhook_test.go: needs a connector whose events come to one address",
	"ConsoleUsers_Create_POST":             "tenant/second_factor_test.go: not for API clients",
	"ConsoleUsers_Update_PUT":              "tenant/second_factor_test.go: not for API clients",
	"ConsoleUsers_Invite_POST":             "tenant/invitation_test.go: not for API clients",
	"ConsoleUsers_Delete_DELETE":           "tenant/second_factor_test.go: not for API clients",
	"Account_File_GET":                     "engine/step_file_test.go: needs a step that received a file",
	"Marketplaces_NotificationReplay_POST": "told_test.go: needs what a customer did on an embedded page",
	"Cycles_TransactionResolve_POST":       "engine/testdata/scenarios/64_resolve_unknown_outcome.yaml: needs an answer that was lost",
}

// TestEveryRouteIsInAScenario: each route answers with success in one.
func TestEveryRouteIsInAScenario(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scenarios/*.yaml")
	must(t, err)
	saved := regexp.MustCompile(`\$\{[^}]+\}`)
	reached := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		var s scenario
		must(t, yaml.UnmarshalWithOptions(text, &s, yaml.Strict()))
		for _, step := range s.Steps {
			if step.Status < 300 {
				path, _, _ := strings.Cut(saved.ReplaceAllString(step.Path, "1"), "?")
				method := step.Method
				if method == "" {
					method = "GET"
				}
				reached[method+" "+strings.TrimSuffix(path, "/")] = true
			}
		}
	}
	for _, r := range api.New(api.Services{}).Routes() {
		if elsewhere[r.ID] != "" {
			continue
		}
		ways := append([]string{r.Method + " " + r.Path}, r.Aliases...)
		if !slices.ContainsFunc(ways, func(way string) bool {
			verb, path, _ := strings.Cut(way, " ")
			pattern := regexp.MustCompile(`(?i)^` + verb + ` ` + api.Prefix + regexp.MustCompile(`\\\{[^/]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + `$`)
			for request := range reached {
				if pattern.MatchString(request) {
					return true
				}
			}
			return false
		}) {
			t.Errorf("%s: no scenario shows %s %s succeed", r.ID, r.Method, r.Path)
		}
	}
}
