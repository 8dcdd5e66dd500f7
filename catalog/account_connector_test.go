package catalog_test

import (
	"slices"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store"
)

// basic is base64 of user:password.
const basic = "dXNlcjpwYXNzd29yZA=="

func TestInstallConnector(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		hub, err := h.ConnectorsNamed(ctx, h.p, "Hub", "")
		must(t, err)
		login := hub[0].Authentication[1].ID
		draft := edition(t, "0.1.0", "key: hub", "key: later", hubUID, "44444444-4444-4444-8444-444444444444", "name: Hub", "name: Later")
		draft.Draft = true
		_, err = h.Publish(ctx, draft)
		must(t, err)
		var later int32
		must(t, h.store.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.ReleasesOfConnector("", "later")
			later = rows[0].ConnectorID
			return err
		}))
		byName := catalog.ConnectorRef{Name: "hub"}
		value := func(name, v string) catalog.PropertyInput { return catalog.PropertyInput{Name: name, Value: &v} }
		for _, c := range []struct {
			name          string
			ref           catalog.ConnectorRef
			in            catalog.ConnectorInstall
			want          paceline.Code
			authenticated bool
		}{
			{"nothing said", byName, catalog.ConnectorInstall{}, "", false},
			{"the name again", byName, catalog.ConnectorInstall{}, paceline.CodeNameInUse, false},
			{"the name in capitals", byName, catalog.ConnectorInstall{Name: ptr("HUB ")}, paceline.CodeNameInUse, false},
			{"a token", catalog.ConnectorRef{ID: hub[0].ID}, catalog.ConnectorInstall{Name: ptr("A"), AuthValue: ptr("token")}, "", true},
			{"an empty token", byName, catalog.ConnectorInstall{Name: ptr("B"), AuthValue: ptr("")}, "", false},
			{"a login", byName, catalog.ConnectorInstall{Name: ptr("C"), Authentication: ptr(string(login)), AuthValue: ptr(basic)}, "", true},
			{"a login by the definition's id", byName, catalog.ConnectorInstall{Name: ptr("D"), Authentication: ptr("login"), AuthValue: ptr(basic)}, "", true},
			{"a login that is no login", byName, catalog.ConnectorInstall{Name: ptr("E"), Authentication: ptr("login"), AuthValue: ptr("user:password")}, paceline.CodeAuthValueInvalid, false},
			{"an authentication of nothing", byName, catalog.ConnectorInstall{Name: ptr("E"), Authentication: ptr("nope")}, paceline.CodeAuthenticationID, false},
			{"properties", byName, catalog.ConnectorInstall{Name: ptr("F"), Properties: []catalog.PropertyInput{value("BaseUrl", "https://x"), value("WebhookSecret", "s")}}, "", false},
			{"a property of nothing", byName, catalog.ConnectorInstall{Name: ptr("E"), Properties: []catalog.PropertyInput{value("X", "1")}}, paceline.CodeNoSuchProperty, false},
			{"a property of the connector", byName, catalog.ConnectorInstall{Name: ptr("E"), Properties: []catalog.PropertyInput{value("Region", "us")}}, paceline.CodeNotInstanceProperty, false},
			{"a name that is no text", byName, catalog.ConnectorInstall{Name: ptr("a\x00b")}, paceline.CodeFieldInvalid, false},
			{"a draft", catalog.ConnectorRef{ID: later}, catalog.ConnectorInstall{}, paceline.CodeConnectorDraft, false},
			{"nothing of that name", catalog.ConnectorRef{Name: "nope"}, catalog.ConnectorInstall{}, paceline.CodeNotFound, false},
		} {
			ac, err := h.InstallConnector(ctx, h.p, h.root, c.ref, c.in)
			fails(t, c.name, err, c.want)
			if err != nil {
				continue
			}
			if ac.Authenticated != c.authenticated || ac.AuthSealed != nil || ac.ID == 0 {
				t.Errorf("%s: authenticated %v, id %d", c.name, ac.Authenticated, ac.ID)
			}
			read, err := h.AccountConnector(ctx, h.p, h.root, ac.ID)
			must(t, err)
			if read.AuthValue != nil || read.AuthSealed != nil {
				t.Errorf("%s: the credential can be read", c.name)
			}
			for _, property := range read.Properties {
				if property.Secret && (property.Value != nil || property.Sealed != nil) || !property.Secret && property.Value == nil {
					t.Errorf("%s: property %+v", c.name, property)
				}
			}
		}
		restricted := h.p
		restricted.RestrictedTo = h.sub.Num
		_, err = h.InstallConnector(ctx, restricted, h.root, byName, catalog.ConnectorInstall{Name: ptr("E")})
		fails(t, "a token of another account", err, paceline.CodeAccountHeader)
	})
}

// installed is the hub in the root account, authenticated, with its address and a secret.
func (h *house) installed(t *testing.T) catalog.AccountConnector {
	t.Helper()
	ac, err := h.InstallConnector(t.Context(), h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
		AuthValue: ptr("the-token"), Properties: []catalog.PropertyInput{
			{Name: "BaseUrl", Value: ptr("https://one.example.com")}, {Name: catalog.WebhookSecret, Value: ptr("the-secret")}},
	})
	must(t, err)
	return ac
}

// What a call needs is opened for the account and its sub account, and is new after each change.
func TestInstance(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ac := h.installed(t)
		for _, a := range []paceline.Account{h.root, h.sub} {
			inst, err := h.Instance(ctx, a.Scope(), ac.ID)
			must(t, err)
			if inst.AuthValue != "the-token" || inst.Auth.ID != "token" || inst.Properties["BaseUrl"] != "https://one.example.com" ||
				inst.Properties[catalog.WebhookSecret] != "the-secret" || !slices.Contains(inst.Secrets, "the-secret") ||
				inst.Account != h.root.Num || inst.Root != h.root.Num || inst.Compiled == nil {
				t.Errorf("account %s: %+v", a.APIID, inst)
			}
			if again, _ := h.Instance(ctx, a.Scope(), ac.ID); again != inst {
				t.Errorf("account %s: the instance was made twice", a.APIID)
			}
		}
		other := h.account(t, "other", paceline.Account{})
		_, err := h.Instance(ctx, other.Scope(), ac.ID)
		fails(t, "another account's", err, paceline.CodeNotFound)

		_, err = h.UpdateAccountConnector(ctx, h.p, h.root, ac.ID, catalog.AccountConnectorUpdate{AuthValue: ptr("next")})
		must(t, err)
		_, err = h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "Anything", Value: ptr("goes")})
		must(t, err)
		inst, err := h.Instance(ctx, h.sub.Scope(), ac.ID)
		must(t, err)
		if inst.AuthValue != "next" || inst.Properties["Anything"] != "goes" {
			t.Errorf("after the changes: %+v", inst)
		}
		_, err = h.DeauthenticateConnector(ctx, h.p, h.root, ac.ID)
		must(t, err)
		if inst, err = h.Instance(ctx, h.sub.Scope(), ac.ID); err != nil || inst.AuthValue != "" {
			t.Errorf("after de-authentication: %+v, %v", inst, err)
		}
		must(t, h.DeleteAccountConnector(ctx, h.p, h.root, ac.ID))
		_, err = h.Instance(ctx, h.sub.Scope(), ac.ID)
		fails(t, "after deletion", err, paceline.CodeNotFound)
	})
}

// A sub account reads its parent's connectors and changes nothing of them; strangers see nothing.
func TestParentConnectorIsReadOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ac := h.installed(t)
		property := ac.Properties[0].ID
		writes := func(a paceline.Account) map[string]error {
			errs := make(map[string]error)
			_, errs["update"] = h.UpdateAccountConnector(ctx, h.p, a, ac.ID, catalog.AccountConnectorUpdate{Name: ptr("Mine")})
			_, errs["deauthenticate"] = h.DeauthenticateConnector(ctx, h.p, a, ac.ID)
			errs["delete"] = h.DeleteAccountConnector(ctx, h.p, a, ac.ID)
			_, errs["set property"] = h.SetProperty(ctx, h.p, a, ac.ID, catalog.PropertyInput{Name: "BaseUrl", Value: ptr("x")})
			_, errs["update property"] = h.UpdateProperty(ctx, h.p, a, ac.ID, property, catalog.PropertyInput{Value: ptr("x")})
			errs["delete property"] = h.DeleteProperty(ctx, h.p, a, ac.ID, property)
			return errs
		}
		for what, err := range writes(h.sub) {
			fails(t, "sub account: "+what, err, paceline.CodeParentConnector)
		}
		other := h.account(t, "other", paceline.Account{})
		for what, err := range writes(other) {
			fails(t, "other account: "+what, err, paceline.CodeNotFound)
		}
		read, err := h.AccountConnector(ctx, h.p, h.sub, ac.ID)
		must(t, err)
		if read.ParentAccountID != h.root.APIID || !read.Authenticated || read.AuthValue != nil {
			t.Errorf("the sub account reads %+v", read)
		}
		mine, err := h.InstallConnector(ctx, h.p, h.sub, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{})
		must(t, err)
		_, err = h.AccountConnector(ctx, h.p, h.root, mine.ID)
		fails(t, "the parent reads a sub account's", err, paceline.CodeNotFound)
		if got := names(t, h, h.sub); len(got) != 2 {
			t.Errorf("the sub account sees %q, want its own and its parent's", got)
		}
		if got := names(t, h, h.root); len(got) != 1 {
			t.Errorf("the parent sees %q, want its own", got)
		}
	})
}

func TestProperties(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ac := h.installed(t)
		state := func() (authenticated bool, values map[string]string, ids map[string]int32) {
			t.Helper()
			read, err := h.AccountConnector(ctx, h.p, h.root, ac.ID)
			must(t, err)
			inst, err := h.Instance(ctx, h.root.Scope(), ac.ID)
			must(t, err)
			ids = make(map[string]int32)
			for _, p := range read.Properties {
				ids[p.Name] = p.ID
			}
			return read.Authenticated, inst.Properties, ids
		}
		_, _, ids := state()
		added, err := h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "Colour", Value: ptr("red")})
		must(t, err)
		again, err := h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "Colour", Value: ptr("blue")})
		must(t, err)
		if added.ID != again.ID || *again.Value != "blue" {
			t.Errorf("a second property of one name: %+v after %+v", again, added)
		}
		renamed, err := h.UpdateProperty(ctx, h.p, h.root, ac.ID, added.ID, catalog.PropertyInput{Name: "Paint"})
		must(t, err)
		if renamed.ID != added.ID || *renamed.Value != "blue" {
			t.Errorf("renamed: %+v", renamed)
		}
		_, err = h.UpdateProperty(ctx, h.p, h.root, ac.ID, added.ID, catalog.PropertyInput{Name: "BaseUrl"})
		fails(t, "the name of another", err, paceline.CodeFieldInvalid)
		// A secret keeps its value under another secret name. Under one that is not secret it would be shown.
		for _, name := range []string{"Shown", "ClientId"} {
			shown, err := h.UpdateProperty(ctx, h.p, h.root, ac.ID, ids[catalog.WebhookSecret], catalog.PropertyInput{Name: name})
			fails(t, "a secret under the name "+name, err, paceline.CodeFieldInvalid)
			if shown.Value != nil {
				t.Errorf("the secret is shown: %s", *shown.Value)
			}
		}
		_, err = h.UpdateProperty(ctx, h.p, h.root, ac.ID, ids[catalog.WebhookSecret], catalog.PropertyInput{Name: "ClientSecret"})
		must(t, err)
		if _, values, _ := state(); values["ClientSecret"] != "the-secret" || values["Paint"] != "blue" || values[catalog.WebhookSecret] != "" {
			t.Errorf("the values are %v", values)
		}
		// By its end people tell which secret is stored, where it is long enough, in their own account alone.
		for value, want := range map[string]string{"0123456789abcdef": "cdef", "too-short-to-tell"[:15]: "", "-----BEGIN KEY-----\nabc\n-----END KEY-----": "", "": ""} {
			set, err := h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "ClientSecret", Value: &value})
			must(t, err)
			read, err := h.AccountConnector(ctx, h.p, h.root, ac.ID)
			must(t, err)
			lent, err := h.AccountConnector(ctx, h.p, h.sub, ac.ID)
			must(t, err)
			hints := map[int32]string{}
			for _, p := range append(lent.Properties, read.Properties...) {
				if p.Secret && (p.Value != nil || p.Sealed != nil) {
					t.Errorf("a secret is shown: %+v", p)
				}
				hints[p.ID] = p.Hint
			}
			if set.Hint != want || hints[set.ID] != want {
				t.Errorf("the hints of %q are %q and %q, want %q", value, set.Hint, hints[set.ID], want)
			}
			for _, p := range lent.Properties {
				if p.Hint != "" {
					t.Errorf("a sub account is told %+v", p)
				}
			}
		}
		must(t, h.DeleteProperty(ctx, h.p, h.root, ac.ID, added.ID))
		fails(t, "delete it twice", h.DeleteProperty(ctx, h.p, h.root, ac.ID, added.ID), paceline.CodeNotFound)
		_, err = h.Property(ctx, h.p, h.root, ac.ID, added.ID)
		fails(t, "read it", err, paceline.CodeNotFound)

		// The property that decides where the credential goes: the same value keeps it, another drops it.
		_, err = h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "BaseUrl", Value: ptr("https://one.example.com")})
		must(t, err)
		if authenticated, _, _ := state(); !authenticated {
			t.Error("the same address dropped the credential")
		}
		_, err = h.SetProperty(ctx, h.p, h.root, ac.ID, catalog.PropertyInput{Name: "BaseUrl", Value: ptr("https://evil.example.com")})
		must(t, err)
		if authenticated, values, _ := state(); authenticated || values["BaseUrl"] != "https://evil.example.com" {
			t.Errorf("authenticated %v for %s", authenticated, values["BaseUrl"])
		}
	})
}

// Losing a credential stops the cycles that use it, those of sub accounts too; deleting one in use is refused.
func TestConnectorInUse(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ac := h.installed(t)
		desk, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{AuthValue: ptr("key")})
		must(t, err)
		c, err := h.InstallTemplate(ctx, h.p, h.sub, h.template(t), catalog.TemplateInstall{})
		must(t, err)
		activate := func() {
			t.Helper()
			_, err := h.cycles.Activate(ctx, h.p, h.sub, c.ID, cycleActivation)
			must(t, err)
		}
		state := func() paceline.CycleState {
			t.Helper()
			v, err := h.cycles.Get(ctx, h.p, h.sub, c.ID)
			must(t, err)
			return v.State
		}
		activate()
		fails(t, "delete while in use", h.DeleteAccountConnector(ctx, h.p, h.root, ac.ID), paceline.CodeConnectorInUse)
		name, err := h.DeauthenticateConnector(ctx, h.p, h.root, ac.ID)
		must(t, err)
		if name != "Hub" || state() != paceline.CycleError {
			t.Errorf("after de-authenticating %s the cycle is %d", name, state())
		}
		if n := len(h.engine.changed); n != 2 || h.engine.changed[1].State != paceline.CycleError {
			t.Errorf("the engine heard %d changes", n)
		}
		_, err = h.cycles.Activate(ctx, h.p, h.sub, c.ID, cycleActivation)
		fails(t, "activate without credential", err, paceline.CodePrerequisites)
		unmet, err := h.cycles.Prerequisites(ctx, h.p, h.sub, c.ID)
		must(t, err)
		if len(unmet) != 1 || unmet[0].ReasonCode != 20 || unmet[0].ObjectID != ac.ID {
			t.Errorf("the prerequisites are %+v", unmet)
		}
		_, err = h.UpdateAccountConnector(ctx, h.p, h.root, ac.ID, catalog.AccountConnectorUpdate{AuthValue: ptr("new")})
		must(t, err)
		activate()
		_, err = h.UpdateAccountConnector(ctx, h.p, h.root, desk.ID, catalog.AccountConnectorUpdate{Name: ptr("Helpdesk")})
		must(t, err)
		if state() != paceline.CycleActive {
			t.Error("a new name stopped the cycle")
		}
		_, err = h.UpdateAccountConnector(ctx, h.p, h.root, ac.ID, catalog.AccountConnectorUpdate{Authentication: ptr("login")})
		must(t, err)
		if state() != paceline.CycleError {
			t.Error("another authentication, without a value, left the cycle running")
		}
		must(t, h.DeleteAccountConnector(ctx, h.p, h.root, ac.ID))
		unmet, err = h.cycles.Prerequisites(ctx, h.p, h.sub, c.ID)
		must(t, err)
		if len(unmet) != 1 || unmet[0].ReasonCode != 20 {
			t.Errorf("after deletion the prerequisites are %+v", unmet)
		}
	})
}
