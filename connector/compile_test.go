package connector_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"paceline"
	"paceline/connector"
)

func TestElementsInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var got []string
	for _, e := range b.compiled.Definition.Elements() {
		got = append(got, string(e.Kind)+" "+e.Key)
	}
	want := []string{
		"connector ", "property Region", "property BaseUrl", "property SigningKey", "lookup owners",
		"method get-contact", "param get-contact/path:Id", "param get-contact/query:Fields", "param get-contact/header:Trace",
		"param get-contact/cookie:Session", "respfield get-contact/response/id", "respfield get-contact/response/email",
		"method list-contacts", "param list-contacts/query:Archived", "respfield list-contacts/response/[results].id",
		"respfield list-contacts/response/[results].name",
		"method create-ticket", "param create-ticket/body:Note", "reqfield create-ticket/request/ticket.subject",
		"reqfield create-ticket/request/ticket.priority", "reqfield create-ticket/request/ticket.source",
		"reqfield create-ticket/request/ticket.[tags]", "reqfield create-ticket/request/ticket.owner", "respfield create-ticket/response/id",
		"method update-ticket", "param update-ticket/path:Id", "reqfield update-ticket/request/subject",
		"reqfield update-ticket/request/items.[list].price", "reqfield update-ticket/request/tags.[]",
		"method note", "param note/template:Text", "method changed", "respfield changed/response/[items].id", "method polled",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
	slices.Sort(got)
	if n := len(slices.Compact(got)); n != len(want) {
		t.Errorf("%d of %d elements are unique", n, len(want))
	}
}

// TestIdentity holds what may never change: uids and the hash of a document.
func TestIdentity(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for id, want := range map[string]paceline.ID{
		"get-contact": "6cca78c7-84d1-5c13-ba91-cdd0eeba0ca0", "changed": "e2fcb398-e2ef-55d8-8e46-06d55302889a", "missing": "",
	} {
		if got := b.compiled.MethodUID(id); got != want {
			t.Errorf("%s has uid %q, want %q", id, got, want)
		}
	}
	if got := b.compiled.AuthUID("key"); got != "d6b8f35c-0a11-59e6-ad5b-a066a8d99634" {
		t.Errorf("auth key has uid %q", got)
	}
	text := crm(t)
	commented, _ := connector.Parse("x", []byte("# a comment\n"+text))
	if commented.Hash() != b.compiled.Hash() {
		t.Error("a comment changed the hash")
	}
	again, problems := connector.Parse("x", commented.JSON())
	if again == nil || again.Hash() != commented.Hash() || len(problems) > 0 {
		t.Errorf("the JSON form reads back with problems %v", problems)
	}
	if diff := cmp.Diff([]string{"BaseUrl", "Region"}, b.compiled.HostProperties()); diff != "" {
		t.Error(diff)
	}
}

func TestAuthCheck(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		id, value, wire string
		ok              bool
	}{
		{"key", "k", "ApiKey", true}, {"key", "", "ApiKey", false}, {"login", "dTpw", "Basic", true}, {"login", "dQ==", "Basic", false},
		{"login", "not base64!", "Basic", false}, {"token", "t", "ApiKey", true}, {"open", "", "None", true},
	} {
		a := b.compiled.Auth(c.id)
		err := a.Check(c.value)
		if (err == nil) != c.ok || err != nil && paceline.CodeOf(err) != paceline.CodeAuthValueInvalid || a.WireType() != c.wire {
			t.Errorf("%s %q: %v, %s", c.id, c.value, err, a.WireType())
		}
	}
	if a := b.compiled.Auth(""); a == nil || a.ID != "key" {
		t.Errorf("the default is %+v", a)
	}
	if b.compiled.Auth("missing") != nil {
		t.Error("an unknown id has an entry")
	}
}

func TestInstanceMerge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, want := range map[string]string{
		"Region": "eu", "SigningKey": "", "Cyclr_Auth_ApiKey": "secret-key-1", "Cyclr_Auth_Password": "", "Other": "",
	} {
		if got, ok := b.instance.Merge(name); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %t", name, got, ok)
		}
	}
}
