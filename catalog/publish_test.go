package catalog_test

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// edition returns the hub of testdata as another release, with old texts replaced by new ones.
func edition(t *testing.T, version string, pairs ...string) catalog.Publication {
	t.Helper()
	raw, err := os.ReadFile("testdata/connectors/hub/connector.yaml")
	must(t, err)
	text := strings.Replace(string(raw), "version: 1.0.0", "version: "+version, 1)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the document has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return catalog.Publication{Name: "hub/connector.yaml", Document: []byte(text)}
}

const hubUID = "11111111-1111-4111-8111-111111111111"

// elements returns the ids of the hub's parts.
func (h *house) elements(t *testing.T) (ids map[store.Element]int32) {
	t.Helper()
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) (err error) {
		ids, err = tx.Elements("", hubUID)
		return err
	}))
	return ids
}

// statuses returns "version status" of the hub's releases.
func (h *house) statuses(t *testing.T) (list string) {
	t.Helper()
	must(t, h.store.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.ReleasesOfConnector(hubUID, "hub")
		for _, row := range rows {
			list += row.Key.Version + " " + string(row.Status) + ", "
		}
		return err
	}))
	return strings.TrimSuffix(list, ", ")
}

func TestPublish(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		before := h.elements(t)
		publish := func(pub catalog.Publication) catalog.Published {
			t.Helper()
			out, err := h.Publish(ctx, pub)
			must(t, err)
			return out
		}
		if publish(edition(t, "1.0.0")).Changed {
			t.Error("the same content was published again")
		}
		if publish(edition(t, "1.0.0", "name: Hub", "name: Hub # a comment")).Changed {
			t.Error("a comment made another release")
		}
		_, err := h.Publish(ctx, edition(t, "1.0.0", "name: Hub", "name: Other"))
		fails(t, "a published version with another content", err, paceline.CodeReleaseChanged)

		draft := edition(t, "1.1.0", "Add Comment", "Comment")
		draft.Draft = true
		publish(draft)
		if got := h.statuses(t); got != "1.0.0 Live, 1.1.0 Draft" {
			t.Errorf("with a draft: %s", got)
		}
		draft.Document = edition(t, "1.1.0", "Add Comment", "Say something").Document
		if !publish(draft).Changed {
			t.Error("the draft was not replaced")
		}
		draft.Draft = false
		publish(draft)
		publish(edition(t, "1.0.9", "Events of the hub.", "A patch."))
		if got := h.statuses(t); got != "1.0.0 Deprecated, 1.1.0 Live, 1.0.9 Deprecated" && got != "1.0.0 Deprecated, 1.0.9 Deprecated, 1.1.0 Live" {
			t.Errorf("after all: %s", got)
		}
		after := h.elements(t)
		for e, id := range before {
			if after[e] != id {
				t.Errorf("the id of %v changed from %d to %d", e, id, after[e])
			}
		}
		methods, err := h.Methods(ctx, h.p, catalog.ConnectorRef{Name: "hub"}, catalog.MethodFilter{})
		must(t, err)
		if len(methods) != 2 || methods[1].Name != "Say something" {
			t.Errorf("the live methods are %+v", methods)
		}
	})
}

func TestPublishRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		own := edition(t, "1.0.0")
		own.Partner = h.p.Partner
		for _, c := range []struct {
			name string
			pub  catalog.Publication
			says string
		}{
			{"what is no definition", catalog.Publication{Name: "x.yaml", Document: []byte("a: [")}, "x.yaml:1"},
			{"a mistake", edition(t, "1.2.0", "in: path", "in: pat"), "hub/connector.yaml:"},
			{"a key with another uid", edition(t, "1.2.0", hubUID, "44444444-4444-4444-8444-444444444444"), "belongs to another connector"},
			{"a uid with another key", edition(t, "1.2.0", "key: hub", "key: hub-two"), "belongs to another connector"},
			{"a shipped connector as the partner's own", own, "belongs to another connector"},
		} {
			_, err := h.Publish(t.Context(), c.pub)
			fails(t, c.name, err, paceline.CodeDefinitionInvalid)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v does not say %q", c.name, err, c.says)
			}
		}
		if got := h.statuses(t); got != "1.0.0 Live" {
			t.Errorf("the refusals left %s", got)
		}
	})
}

// Two servers publish two releases at once, each many times over its own store: every part has one id.
func TestPublishConcurrently(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(testing.TB) store.Options{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			s := storetest.Open(t, o)
			houses := []*house{empty(t, s), {}}
			houses[1] = houses[0]
			if name == "postgres" { // the data folder of SQLite belongs to one process
				beside := o
				beside.Aside = true // a server alone shuts out any other
				houses[1] = room(houses[0], storetest.Open(t, beside))
			}
			var wg sync.WaitGroup
			for i := range 20 {
				pub := edition(t, fmt.Sprintf("1.%d.0", i%2), "internal, name: Internal", fmt.Sprintf("internal%d, name: Internal", i%2))
				wg.Go(func() {
					if _, err := houses[i/2%2].Publish(t.Context(), pub); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := houses[0].statuses(t); got != "1.0.0 Deprecated, 1.1.0 Live" && got != "1.1.0 Live, 1.0.0 Deprecated" {
				t.Errorf("the releases are %s", got)
			}
			ids := houses[0].elements(t)
			seen := make(map[int32]bool)
			for id := range maps.Values(ids) {
				if id <= 0 || seen[id] {
					t.Errorf("the id %d is wrong or stands twice", id)
				}
				seen[id] = true
			}
			for _, key := range []string{"internal0", "internal1"} {
				if ids[store.Element{Kind: "reqfield", Key: "add-comment/request/" + key}] == 0 {
					t.Errorf("the field %s has no id", key)
				}
			}
		})
	}
}

// A start keeps what is published, whatever the folder says, and publishes the others.
func TestPublishAllKeeps(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		fresh := edition(t, "1.0.0", "key: hub", "key: fresh", hubUID, "44444444-4444-4444-8444-444444444444", "name: Hub", "name: Fresh\n  icon: icon.svg")
		kept, err := h.PublishAll(t.Context(), fstest.MapFS{
			"hub/connector.yaml":   {Data: edition(t, "1.0.0", "name: Hub", "name: Changed").Document},
			"bad/connector.yaml":   {Data: []byte("nothing")},
			"fresh/connector.yaml": {Data: fresh.Document},
			"fresh/icon.svg":       {Data: []byte("<svg/>")},
			"notes/README.md":      {Data: []byte("no connector")},
		})
		must(t, err)
		if len(kept) != 2 || kept[0].File != "bad/connector.yaml" || kept[1].File != "hub/connector.yaml" {
			t.Errorf("kept %v", kept)
		}
		list, err := h.Connectors(t.Context(), h.p, catalog.ConnectorFilter{}, paceline.Page{})
		must(t, err)
		var names []string
		for _, c := range list.Items {
			names = append(names, c.Name)
			if c.Name == "Fresh" && (c.Icon == nil || *c.Icon != "data:image/svg+xml;base64,PHN2Zy8+") {
				t.Errorf("the icon is %v", c.Icon)
			}
		}
		if fmt.Sprint(names) != "[Desk Fresh Hub]" {
			t.Errorf("the library has %v", names)
		}
	})
}
