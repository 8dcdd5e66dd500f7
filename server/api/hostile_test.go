package api_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"paceline/server/api"
	"paceline/store"
	"paceline/store/storetest"
)

// hostile values go into every place of every route.
var hostile = []string{
	"", " ", "0", "-1", "99999999999999999999", "1e400", "null", "true", "'", "\"", "%00", "%2e%2e%2f", "..%2f..", "\u202e", "👩‍🚀", "%ff%fe", "a b", "*", "{id}",
	"00000000-0000-0000-0000-000000000000", "0195d7a0-0000-7000-8000-000000000000", "0195D7A0-0000-7000-8000-00000000000G", "northwind", "contoso", "Sink", "1", "2",
	strings.Repeat("a", 5000), "${jndi}", "<script>", "';DROP TABLE run;--", "2026-02-30", "12/31/9999", "-inf", "[]", "{}",
}

var hostileBodies = []string{
	"", "null", "{}", "[]", "0", "\"\"", "{", "{\"Name\":null}", "{\"Name\":{\"a\":[]}}", "{\"Name\":\"\\u0000\"}", "{\"Name\":\"\\ud800\"}", "{\"Id\":\"\\u202e\",\"Name\":\" \"}",
	`{"Name":"x","Id":{"a":1},"Tags":{"a":1},"Properties":[null,1,{"Name":null}],"AccountConnectors":[null,{"AccountConnectorId":-1}],"Variables":[[]]}`,
	`{"Interval":-1,"StartTime":"0001-01-01","RunOnce":"maybe"}`, `{"Interval":1e9}`, `{"AuthValue":"{\"AccessToken\":1}"}`, `{"AuthValue":[]}`,
	`{"NextBillDateUtc":"9999-12-31T23:59:59Z","Name":"x","StepDataSuccessRetentionHours":1e300}`, `{"PacelineVersion":9,"Kind":"Template","Flow":{"Steps":[{}],"Edges":[{}]}}`,
	`{"PacelineVersion":"1","Kind":"Template","Name":"n","Flow":{"Steps":[{"ID":"x","Kind":"Dance"}]}}`, `{"Flow":[]}`, "\xff\xfe", strings.Repeat("[", 99),
}

// TestHostileInput sends hostile values to every route and wants an answer of the catalogue: never a 5xx.
func TestHostileInput(t *testing.T) {
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		random := rand.New(rand.NewPCG(1, 2))
		one := func(list []string) string { return list[random.IntN(len(list))] }
		for _, r := range api.New(api.Services{}).Routes() {
			for range 25 {
				path := r.Path
				for strings.Contains(path, "{") {
					start, end := strings.Index(path, "{"), strings.Index(path, "}")
					path = path[:start] + url.PathEscape(one(hostile)) + path[end+1:]
				}
				query := url.Values{}
				for _, name := range []string{"page", "pageSize", "orderBy", "sortOrderAsc", "after", "before", "cursor", "status", "tag", "query", "folderid", "templateid", "release", "startTime", "includeIcons", "filter"} {
					if random.IntN(4) == 0 {
						query.Set(name, one(hostile))
					}
				}
				q, err := http.NewRequest(r.Method, h.url+api.Prefix+path+"?"+query.Encode(), strings.NewReader(one(hostileBodies)))
				if err != nil {
					continue // not even a request
				}
				h.authorize(t, q, "")
				q.Header.Set("X-Cyclr-Account", "contoso")
				resp, err := http.DefaultClient.Do(q)
				if err != nil {
					t.Errorf("%s %s: %v", r.Method, q.URL, err)
					continue
				}
				resp.Body.Close()
				if resp.StatusCode >= 500 {
					t.Errorf("%s %s answered %d", r.Method, q.URL, resp.StatusCode)
				}
			}
		}
	})
}
