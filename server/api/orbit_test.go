package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline/store"
	"paceline/store/storetest"
	"paceline/storefront"
)

// TestOrbitFigures: ORBIT says what its integrations did, what they did last, what went wrong, and who has paused them; and nothing of
// another account's.
func TestOrbitFigures(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHouse(t, open(t))
		template, _ := h.ask(t, "partner", "", "POST", "/templates/import", `{"PacelineVersion":"1","Kind":"Template","Name":"Contacts","Published":true,"Flow":{"Schema":1,"Steps":[
			{"ID":"7d0a52f4-53f5-4a40-9a25-000000000001","Name":"New contact","Kind":"Webhook","Connector":{"UID":"0c4f6d4e-7f0a-4d3c-8a3e-2f5b1c9d7e01","Key":"sink","Name":"Sink","Version":"1.0.0"},"Method":"contact","Left":0,"Top":0},
			{"ID":"7d0a52f4-53f5-4a40-9a25-000000000002","Name":"Create it","Kind":"Action","Connector":{"UID":"0c4f6d4e-7f0a-4d3c-8a3e-2f5b1c9d7e01","Key":"sink","Name":"Sink","Version":"1.0.0"},"Method":"create-contact",
				"Params":[{"Key":"query:Source","Type":"StepField","SourceStep":"7d0a52f4-53f5-4a40-9a25-000000000001","SourceLocation":"name"}],
				"Fields":[{"Location":"name","Type":"StepField","SourceStep":"7d0a52f4-53f5-4a40-9a25-000000000001","SourceLocation":"name"}],"Left":200,"Top":0}],
			"Edges":[{"ID":"7d0a52f4-53f5-4a40-9a25-000000000009","Tail":"7d0a52f4-53f5-4a40-9a25-000000000001","Head":"7d0a52f4-53f5-4a40-9a25-000000000002","Type":"Forward"}],
			"Variables":[],"Settings":{"StepErrorAction":"StopTransaction","MaxRetries":0,"LogRequests":true,"CollectionSplit":"First"}},"Connectors":[]}`)
		installed, _ := h.ask(t, "partner", "northwind", "POST", "/templates/"+gjson.Get(template, "Id").String()+"/install", "")
		cycle, connector := gjson.Get(installed, "Id").String(), gjson.Get(installed, "Connectors.0.AccountConnectorId").String()
		h.ask(t, "partner", "northwind", "PUT", "/account/connectors/"+connector, `{"AuthValue":"letmein"}`)
		h.ask(t, "partner", "northwind", "POST", "/account/connectors/"+connector+"/properties", `{"Name":"WebhookSecret","Value":"s3cret"}`)
		h.ask(t, "partner", "northwind", "PUT", "/cycles/"+cycle+"/activate", "{}")
		steps, _ := h.ask(t, "partner", "northwind", "GET", "/cycles/"+cycle+"/steps", "")
		address := gjson.Get(steps, "0.WebhookUrl").String()
		deliver := func(id, body string) {
			t.Helper()
			sum := hmac.New(sha256.New, []byte("s3cret"))
			sum.Write([]byte(body))
			q, err := http.NewRequest("POST", address, strings.NewReader(body))
			must(t, err)
			q.Header.Set("Content-Type", "application/json")
			q.Header.Set("X-Event-Id", id)
			q.Header.Set("X-Signature", hex.EncodeToString(sum.Sum(nil)))
			r, err := http.DefaultClient.Do(q)
			must(t, err)
			r.Body.Close()
			if r.StatusCode != 200 {
				t.Fatalf("the delivery: %s", r.Status)
			}
		}
		overview := func(account string) storefront.Overview {
			t.Helper()
			a, err := h.rooms.Tenant.GetAccount(t.Context(), h.p, account)
			must(t, err)
			out, err := h.rooms.Storefront.Overview(t.Context(), h.p, a)
			must(t, err)
			return out
		}
		deliver("e1", `{"name":"Ada"}`)
		deliver("e2", `{"name":"refused"}`)
		var got storefront.Overview
		kinds := func() (list []storefront.EventKind) {
			for _, e := range got.Events {
				list = append(list, e.Kind)
			}
			return list
		}
		for want := []storefront.EventKind{storefront.EventDone, storefront.EventFailed, storefront.EventStarted}; ; h.settle() {
			got = overview("northwind")
			list := kinds()
			slices.Sort(list)
			if slices.Equal(list, want) && got.Integrations[0].Month == 4 {
				break
			}
			if err := t.Context().Err(); err != nil {
				t.Fatalf("events %v, %+v", kinds(), got.Integrations)
			}
		}
		one := got.Integrations[0]
		if len(one.Days) != 14 || one.Days[13] != 4 || one.Days[12] != 0 || one.Since != 0 {
			t.Errorf("the figures are %+v", one)
		}
		for _, e := range got.Events {
			if e.Name != "Contacts" || e.At == 0 || e.Kind == storefront.EventFailed != strings.HasPrefix(e.Why, "Create it: ") || strings.Contains(e.Why, "letmein") {
				t.Errorf("an event is %+v", e)
			}
		}
		h.ask(t, "partner", "northwind", "PUT", "/cycles/"+cycle+"/deactivate", "{}")
		got = overview("northwind")
		if one = got.Integrations[0]; one.Since == 0 || one.StoppedBy != "" || got.Events[0].Kind != storefront.EventPaused || got.Events[0].By != "" {
			t.Errorf("paused by the partner: %+v, %+v", one, got.Events)
		}
		if other := overview("contoso"); len(other.Integrations)+len(other.Events) != 0 {
			t.Errorf("another account has %+v", other)
		}
	})
}
