package api_test

import (
	"testing"

	"github.com/tidwall/gjson"

	"paceline/store/storetest"
)

// TestWhatMarketplacesTold: a partner sees what its marketplace told of which account, and posts it again; by another account's name, or of
// another marketplace, it is not found.
func TestWhatMarketplacesTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	made, _ := h.ask(t, "partner", "", "POST", "/marketplaces", `{"Name":"Shop","NotificationUrl":"https://told.example/"}`)
	shop := gjson.Get(made, "Id").String()
	first := h.told(t, "partner", "northwind", shop)
	second := h.told(t, "partner", "contoso", shop)
	list, head := h.ask(t, "partner", "", "GET", "/marketplaces/"+shop+"/notifications?pageSize=1", "")
	if gjson.Get(list, "#").Int() != 1 || gjson.Get(list, "0.Id").String() != second || gjson.Get(list, "0.AccountId").String() != "contoso" || gjson.Get(list, "0.Status").String() != "installed" || head.Get("Total-Records") != "2" {
		t.Errorf("the list is %s, %v", list, head)
	}
	replay := "/marketplaces/" + shop + "/accounts/northwind/notifications/" + first + "/replay"
	again, _ := h.ask(t, "partner", "", "POST", replay, "")
	if gjson.Get(again, "Id").String() != first || gjson.Get(again, "State").String() != "Waiting" || gjson.Get(again, "FailedTries").Int() != 0 || gjson.Get(again, "AccountId").String() != "northwind" {
		t.Errorf("posted again: %s", again)
	}
	for path, want := range map[string]int{
		"/marketplaces/" + shop + "/accounts/contoso/notifications/" + first + "/replay":                        404,
		"/marketplaces/" + h.marketplaces["partner"] + "/accounts/northwind/notifications/" + first + "/replay": 404,
		"/marketplaces/" + shop + "/accounts/northwind/notifications/-1/replay":                                 404,
	} {
		if status, body, _ := h.send(t, "partner", "", "POST", "/v1.0"+path, ""); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body, _ := h.send(t, "other", "", "POST", "/v1.0"+replay, ""); status != 404 {
		t.Errorf("another partner: %d %s", status, body)
	}
	h.ask(t, "partner", "", "PUT", "/marketplaces/"+shop, `{"NotificationUrl":""}`)
	if status, body, _ := h.send(t, "partner", "", "POST", "/v1.0"+replay, ""); status != 409 {
		t.Errorf("without an address: %d %s", status, body)
	}
}
