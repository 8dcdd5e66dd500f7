package loose_test

import (
	"reflect"
	"testing"

	"paceline/internal/loose"
)

func TestNode(t *testing.T) {
	n, err := loose.Parse([]byte(`{"name":"x","COUNT":"7","Flag":1,"Big":9999999999,"Odd":[1,{"A":null,"B":"b"},{"B":""}],"Deep":{"Unseen":5,"Seen":"s"},"Nothing":0,"List":"no"}`))
	if err != nil {
		t.Fatal(err)
	}
	count, ok := n.Number("Missing", "Count")
	if n.Text("Title", "Name") != "x" || count != 7 || !ok || !n.Flag("flag") || n.Has("Other") {
		t.Errorf("%q %d %v %v", n.Text("Name"), count, ok, n.Flag("flag"))
	}
	if _, ok := n.Number("Big"); ok {
		t.Error("a number of more than 32 bits was read")
	}
	if list := n.List("Odd"); len(list) != 3 || list[0].Has("A") || n.List("odd")[1] != list[1] {
		t.Errorf("%v", list)
	}
	if len(n.List("List")) != 0 || n.Object("Deep").Text("Seen") != "s" || n.Object("deep").At("Seen") != "Deep.Seen" {
		t.Error("objects and lists")
	}
	if got, want := n.Unread(100), []string{"Deep.Unseen", "Odd[].B"}; !reflect.DeepEqual(got, want) {
		t.Errorf("unread: %q, not %q", got, want)
	}
	if got := n.Unread(1); len(got) != 1 {
		t.Errorf("%q are more than one", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{``, `[]`, `7`, `{"a":1} x`, `{"a"`, `{} {}`} {
		if _, err := loose.Parse([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	if n, err := loose.Parse([]byte(`null`)); err != nil || n.Has("x") {
		t.Error("null is no empty object")
	}
}
