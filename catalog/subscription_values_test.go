package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// withRepository makes the hub register webhooks of the repository that the step names.
func withRepository(text string) string {
	const param = "    params: [{name: Repository, in: query, target: repo, label: Repository, required: true}]\n"
	for _, name := range []string{"Create Webhook", "Renew Webhook", "List Webhooks"} {
		text = strings.Replace(text, "    name: "+name+"\n", "    name: "+name+"\n"+param, 1)
	}
	text = strings.Replace(text, "name: Delete Webhook, hidden: true,", "name: Delete Webhook, hidden: true, params: [{name: Repository, in: query, target: repo, required: true}],", 1)
	return strings.Replace(text, "      create: create-hook\n", "      create: create-hook\n      params: [Repository]\n", 1)
}

// TestStepsGiveValuesToTheirWebhooks: a step says which repository's events it wants; what registers, renews, finds and
// removes the webhook is told the same, also once the step says something else or the credential is gone.
func TestStepsGiveValuesToTheirWebhooks(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newHookHouse(t, open(t), nil)
		ctx := t.Context()
		kept, err := h.PublishAll(ctx, fstest.MapFS{"hub/connector.yaml": {Data: []byte(strings.Replace(withRepository(hookHub(t, nil)), "version: 1.0.0", "version: 1.1.0", 1))}})
		must(t, err)
		if len(kept) > 0 {
			t.Fatal(kept)
		}
		document, err := os.ReadFile("testdata/templates/event-to-ticket/template.json")
		must(t, err)
		made, err := h.ImportTemplate(ctx, h.p, catalog.TemplateImport{Document: []byte(strings.Replace(string(document), `"Key": "hub", "Version": "1.0.0"`, `"Key": "hub", "Version": "1.1.0"`, 1))})
		must(t, err)
		c, err := h.InstallTemplate(ctx, h.p, h.root, made.ID, catalog.TemplateInstall{})
		must(t, err)
		step := c.Flow.Steps[slices.IndexFunc(c.Flow.Steps, func(s paceline.Step) bool { return s.Kind == paceline.StepWebhook })].ID

		repos := func() (list []string) {
			h.vendor.mu.Lock()
			defer h.vendor.mu.Unlock()
			for _, hook := range h.vendor.hooks {
				list = append(list, hook["repo"])
			}
			slices.Sort(list)
			return slices.Compact(list)
		}
		set := func(in catalog.MappingInput) {
			t.Helper()
			inputs, err := h.StepInputs(ctx, h.p, h.root, step)
			must(t, err)
			if len(inputs.Parameters) != 1 || inputs.Parameters[0].Name != "Repository" || inputs.Parameters[0].ID == 0 {
				t.Fatalf("the step has the parameters %+v", inputs.Parameters)
			}
			_, err = h.SetStepParameter(ctx, h.p, h.root, step, inputs.Parameters[0].ID, func() (catalog.MappingInput, error) { return in, nil })
			must(t, err)
		}
		typed := func(text string) catalog.MappingInput {
			return catalog.MappingInput{Type: ptr(paceline.MapStatic), Value: &text}
		}
		sees := func(when string, want ...string) {
			t.Helper()
			if got := repos(); !slices.Equal(got, want) {
				t.Errorf("%s the vendor sends events of %q, want %q", when, got, want)
			}
		}
		// Without a value, or with one that only a transaction has, the cycle does not start.
		for what, in := range map[string]*catalog.MappingInput{
			"nothing": nil, "an inline script": ptr(typed("= 'a' + 'b'")), "a step's field": {Type: ptr(paceline.MapStepField), SourceStep: &step, SourceLocation: ptr("action")},
			"a field within text": ptr(typed("{{" + string(step) + ".action}}")), "no variable": {Type: ptr(paceline.MapVariable), Value: ptr("Nothing")},
		} {
			if in != nil {
				set(*in)
			}
			list, err := h.cycles.StepPrerequisites(ctx, h.p, h.root, step)
			must(t, err)
			if len(list) != 1 || list[0].ReasonCode != 40 {
				t.Errorf("with %s the step lacks %+v", what, list)
			}
			fails(t, "activate with "+what, h.activate(t, c.ID), paceline.CodePrerequisites)
		}
		if _, calls := h.vendor.state(); len(calls) > 0 {
			t.Errorf("the vendor was asked %v", calls)
		}

		set(typed("{{AccountExternalId}}/shop"))
		h.vendor.lose = true // what registers it is cut off, and finds it again with the same value
		fails(t, "activate", h.activate(t, c.ID), paceline.CodeWebhookRegister)
		h.vendor.lose = false
		sees("after a lost answer", "northwind/shop")
		must(t, h.activate(t, c.ID))
		if hooks, _ := h.vendor.state(); len(hooks) != 2 {
			t.Errorf("the vendor has %v", hooks)
		}
		sees("once it runs", "northwind/shop")
		_, rows := h.stateOf(t, c.ID)
		for _, row := range rows {
			if len(row.InputsSealed) == 0 || strings.Contains(string(row.InputsSealed), "northwind") {
				t.Errorf("kept is %q", row.InputsSealed)
			}
		}
		h.clock.pass(61 * time.Hour)
		must(t, h.SweepOnce(ctx))
		if _, rows = h.stateOf(t, c.ID); rows[0].ExpiresAt != paceline.ToMicros(start.Add((61+72)*time.Hour)) {
			t.Error("it is not renewed")
		}

		// Another value: the webhooks of before are removed with the one of before.
		_, err = h.cycles.Deactivate(ctx, h.p, h.root, c.ID, false)
		must(t, err)
		set(typed("northwind/wiki"))
		must(t, h.activate(t, c.ID))
		sees("with another value", "northwind/wiki")
		_, err = h.cycles.Deactivate(ctx, h.p, h.root, c.ID, false)
		must(t, err)
		set(typed("northwind/blog"))
		must(t, h.SweepOnce(ctx))
		sees("once it is stopped")

		// De-authentication, while the vendor is away; and the end of the cycle.
		must(t, h.activate(t, c.ID))
		sees("once it runs again", "northwind/blog")
		h.vendor.failing("DELETE /hooks/", 409)
		_, err = h.DeauthenticateConnector(ctx, h.p, h.root, h.ac.ID)
		must(t, err)
		set(typed("northwind/shop"))
		h.vendor.failing("DELETE /hooks/", 0)
		h.clock.pass(2 * time.Minute)
		must(t, h.SweepOnce(ctx))
		sees("without a credential")
		_, err = h.UpdateAccountConnector(ctx, h.p, h.root, h.ac.ID, catalog.AccountConnectorUpdate{AuthValue: ptr("token")})
		must(t, err)
		must(t, h.activate(t, c.ID))
		_, err = h.cycles.Deactivate(ctx, h.p, h.root, c.ID, false)
		must(t, err)
		must(t, h.cycles.Delete(ctx, h.p, h.root, c.ID))
		must(t, h.SweepOnce(ctx))
		sees("once it is deleted")
	})
}
