package api_test

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"paceline"
	"paceline/store/storetest"
	"paceline/tenant"
)

// TestConsoleNeedsFactor: a console user makes another by an invitation; and where the partner asks for an authenticator app, the API
// answers nothing to people who have none, and goes on answering programs.
func TestConsoleNeedsFactor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	rooms := h.rooms.Tenant
	program, err := rooms.Authenticate(t.Context(), h.tokens["partner"])
	must(t, err)
	system := paceline.SystemPrincipalOf(program.Partner)
	_, err = rooms.CreateConsoleUser(t.Context(), system, tenant.ConsoleUserPatch{UserName: "ann", Password: tenant.Value("a long password!"), Full: tenant.Value(true)})
	must(t, err)
	settings, err := rooms.PartnerOf(t.Context(), program.Partner)
	must(t, err)
	s, err := rooms.BeginSession(t.Context(), tenant.SessionRequest{UserName: "ann", Password: "a long password!", Partner: settings.Name})
	must(t, err)
	h.tokens["ann"] = s.Token

	made, _ := h.ask(t, "ann", "", "POST", "/consoleusers", `{"UserName":"bob","Invite":true,"Rights":{"Accounts":"View"}}`)
	if gjson.Get(made, "Invitation.Mailed").Bool() || !strings.Contains(gjson.Get(made, "Invitation.Link").String(), tenant.InvitationPath+"?token=") {
		t.Errorf("invited: %s", made)
	}
	again, _ := h.ask(t, "ann", "", "POST", "/consoleusers/"+gjson.Get(made, "Id").String()+"/invitation", "")
	if link := gjson.Get(again, "Link").String(); link == "" || link == gjson.Get(made, "Invitation.Link").String() {
		t.Errorf("again: %s", again)
	}
	_, err = rooms.UpdateSettings(t.Context(), system, tenant.SettingsPatch{ServiceURL: tenant.Value("https://integrations.example.com")})
	must(t, err)
	own, _ := h.ask(t, "ann", "", "POST", "/consoleusers/"+gjson.Get(made, "Id").String()+"/invitation", "")
	if link := gjson.Get(own, "Link").String(); !strings.HasPrefix(link, "https://integrations.example.com"+tenant.InvitationPath+"?token=") {
		t.Errorf("at the partner's own domain: %s", own)
	}
	list, _ := h.ask(t, "ann", "", "GET", "/consoleusers", "")
	if strings.Contains(list, "Invitation") || strings.Contains(list, "token=") {
		t.Errorf("the list tells of links: %s", list)
	}
	for path, want := range map[string]int{"/consoleusers/x/invitation": 400, "/consoleusers/0195d7a0-0000-7000-8000-000000000000/invitation": 404} {
		if status, body, _ := h.send(t, "ann", "", "POST", "/v1.0"+path, ""); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}

	h.ask(t, "ann", "", "PUT", "/settings", `{"RequireSecondFactor":true}`)
	for _, ask := range [][2]string{{"GET", "/v1.0/settings"}, {"GET", "/v1.0/accounts"}, {"GET", "/v1.0/usage"}, {"PUT", "/v1.0/settings"}} {
		if status, body, _ := h.send(t, "ann", "", ask[0], ask[1], `{"RequireSecondFactor":false}`); status != 403 || !strings.Contains(body, "authenticator app") {
			t.Errorf("%s %s without one: %d %s", ask[0], ask[1], status, body)
		}
	}
	if status, body, _ := h.send(t, "ann", "northwind", "GET", "/v1.0/cycles", ""); status != 403 {
		t.Errorf("an account without one: %d %s", status, body)
	}
	h.ask(t, "partner", "", "GET", "/accounts", "")
}
