package catalog_test

import (
	"slices"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
)

func TestInstallTemplateUsesTheParentsConnector(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		id := h.template(t)

		first, err := h.InstallTemplate(ctx, h.p, h.root, id, catalog.TemplateInstall{})
		must(t, err)
		if first.Name != "Event to ticket" || first.State != paceline.CyclePaused || first.Template != id {
			t.Errorf("cycle %q, state %d, template %s", first.Name, first.State, first.Template)
		}
		if got := names(t, h, h.root); len(got) != 2 || got[0] != "Desk" || got[1] != "Hub" {
			t.Errorf("the account has the connectors %q, want Desk and Hub", got)
		}
		second, err := h.InstallTemplate(ctx, h.p, h.sub, id, catalog.TemplateInstall{Name: ptr("Berlin")})
		must(t, err)
		if second.Account != h.sub.Num || second.Root != h.root.Num || second.Name != "Berlin" {
			t.Errorf("cycle %q in account %d of root %d", second.Name, second.Account, second.Root)
		}
		for i, use := range second.Connectors {
			if use.AccountConnector != first.Connectors[i].AccountConnector {
				t.Errorf("the sub account uses %d for %s, want its parent's %d", use.AccountConnector, use.Name, first.Connectors[i].AccountConnector)
			}
		}
		list, err := h.AccountConnectors(ctx, h.p, h.sub, "", paceline.Page{})
		must(t, err)
		for _, ac := range list.Items {
			if ac.ParentAccountID != h.root.APIID {
				t.Errorf("%s belongs to %q, want the parent", ac.Name, ac.ParentAccountID)
			}
		}
		for i := range first.Flow.Steps {
			a, b := first.Flow.Steps[i], second.Flow.Steps[i]
			if a.ID == b.ID || a.Origin == "" || a.Origin != b.Origin {
				t.Errorf("step %q: ids %s and %s, origins %s and %s", a.Name, a.ID, b.ID, a.Origin, b.Origin)
			}
		}
	})
}

func names(t *testing.T, h *house, a paceline.Account) (list []string) {
	t.Helper()
	got, err := h.AccountConnectors(t.Context(), h.p, a, "", paceline.Page{})
	must(t, err)
	for _, ac := range got.Items {
		list = append(list, ac.Name)
	}
	return list
}

// An authenticated connector wins over an older one without credentials, the one that the call names
// over both, and a fresh installation over all but that.
func TestInstallTemplateChoosesConnectors(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		id := h.template(t)
		install := func(in catalog.ConnectorInstall) int32 {
			t.Helper()
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "hub"}, in)
			must(t, err)
			return ac.ID
		}
		oldest := install(catalog.ConnectorInstall{Name: ptr("Oldest")})
		ready := install(catalog.ConnectorInstall{Name: ptr("Ready"), AuthValue: ptr("secret-token")})
		foreign, err := h.InstallConnector(ctx, h.p, h.sub, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{})
		must(t, err)

		used := func(c cycle.View) int32 { return c.Flow.Steps[0].AccountConnector }
		c, err := h.InstallTemplate(ctx, h.p, h.root, id, catalog.TemplateInstall{})
		must(t, err)
		if used(c) != ready {
			t.Errorf("installed with %d, want the authenticated one, %d", used(c), ready)
		}
		c, err = h.InstallTemplate(ctx, h.p, h.root, id, catalog.TemplateInstall{
			AccountConnectors: []catalog.ConnectorChoice{{Name: "hub", AccountConnector: oldest}}})
		must(t, err)
		if used(c) != oldest {
			t.Errorf("installed with %d, want the chosen one, %d", used(c), oldest)
		}
		c, err = h.InstallTemplate(ctx, h.p, h.sub, id, catalog.TemplateInstall{})
		must(t, err)
		if used(c) != foreign.ID {
			t.Errorf("the sub account uses %d, want its own before its parent's, %d", used(c), foreign.ID)
		}
		for what, choice := range map[string]catalog.ConnectorChoice{
			"another account's":     {Name: "hub", AccountConnector: foreign.ID},
			"another connector's":   {Name: "desk", AccountConnector: ready},
			"one that is not there": {Name: "hub", AccountConnector: 9999},
		} {
			_, err := h.InstallTemplate(ctx, h.p, h.root, id, catalog.TemplateInstall{AccountConnectors: []catalog.ConnectorChoice{choice}})
			fails(t, what, err, paceline.CodeNotFound)
		}
		_, err = h.InstallTemplate(ctx, h.p, h.root, id, catalog.TemplateInstall{
			AccountConnectors: []catalog.ConnectorChoice{{Name: "Unknown", AccountConnector: ready}}})
		fails(t, "a connector that the template does not use", err, paceline.CodeFieldInvalid)
	})
}

// Of fifty installs with one name one succeeds, and fifty installs of a template bring its connectors once.
func TestParallelInstallsKeepNamesUnique(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		const n = 50
		id := h.template(t)
		refused := parallel(n, func(i int) error {
			name := "Wanted"
			if i%2 == 0 {
				name = "WANTED"
			}
			_, err := h.InstallConnector(t.Context(), h.p, h.sub, catalog.ConnectorRef{Name: "Desk"}, catalog.ConnectorInstall{Name: &name})
			if err != nil {
				fails(t, "install", err, paceline.CodeNameInUse)
			}
			return err
		})
		if refused != n-1 {
			t.Errorf("%d installs were refused, want %d", refused, n-1)
		}
		if failed := parallel(n, func(int) error {
			_, err := h.InstallTemplate(t.Context(), h.p, h.root, id, catalog.TemplateInstall{})
			return err
		}); failed > 0 {
			t.Errorf("%d installs of the template failed", failed)
		}
		if got := names(t, h, h.root); !slices.Equal(got, []string{"Desk", "Hub"}) {
			t.Errorf("the account has %q, want each connector once", got)
		}
	})
}

// A fresh installation is new every time, with a number behind the name.
func TestFreshConnectorsAreNumbered(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		doc := h.document(t)
		doc.Name = "Fresh"
		doc.Flow.Settings.FreshConnectors = []paceline.ID{"11111111-1111-4111-8111-111111111111"}
		fresh, err := h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: encode(t, doc)})
		must(t, err)
		for range 3 {
			_, err := h.InstallTemplate(t.Context(), h.p, h.root, fresh.ID, catalog.TemplateInstall{})
			must(t, err)
		}
		if got := names(t, h, h.root); !slices.Equal(got, []string{"Desk", "Hub", "Hub (2)", "Hub (3)"}) {
			t.Errorf("the account has %q", got)
		}
	})
}

// parallel runs f n times at once and counts the errors.
func parallel(n int, f func(i int) error) (failed int) {
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- f(i) }()
	}
	for range n {
		if <-errs != nil {
			failed++
		}
	}
	return failed
}
