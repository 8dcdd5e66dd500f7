package catalog_test

import (
	"testing"

	"paceline"
	"paceline/catalog"
)

// TestStepsKeepTheirRelease: an upgrade moves the account connector and no step; each step's calls are its release's.
func TestStepsKeepTheirRelease(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{AuthValue: ptr("key-1")})
		must(t, err)
		if same, err := h.UpgradeConnector(ctx, h.p, h.root, ac.ID); err != nil || same.Version != ac.Version {
			t.Errorf("an upgrade to the same release: version %d, %v", same.Version, err)
		}
		_, err = h.Publish(ctx, edition(t, "2.0.0"))
		must(t, err)
		pinned := paceline.ReleaseKey{UID: hubUID, Version: "1.0.0"}
		live := paceline.ReleaseKey{UID: hubUID, Version: "2.0.0"}
		check := func(when, own string) {
			t.Helper()
			base, err := h.Instance(ctx, h.root.Scope(), ac.ID)
			must(t, err)
			if base.Compiled.Version() != own {
				t.Errorf("%s the account connector itself has %s, want %s", when, base.Compiled.Version(), own)
			}
			for _, key := range []paceline.ReleaseKey{pinned, live} {
				at, err := h.InstanceAt(ctx, h.root.Scope(), ac.ID, key)
				must(t, err)
				if at.Compiled.Version() != key.Version || at.AuthValue != "key-1" || at.ID != ac.ID {
					t.Errorf("%s a step of %s calls with %s and %q", when, key.Version, at.Compiled.Version(), at.AuthValue)
				}
				if again, _ := h.InstanceAt(ctx, h.root.Scope(), ac.ID, key); again != at {
					t.Errorf("%s what a release remembers is forgotten between calls", when)
				}
			}
		}
		check("before the upgrade", "1.0.0")
		up, err := h.UpgradeConnector(ctx, h.p, h.root, ac.ID)
		must(t, err)
		if up.AccountConnector.Release.Version != "2.0.0" || !up.Authenticated || up.Version != ac.Version+1 {
			t.Errorf("upgraded to %+v, authenticated %t", up.AccountConnector.Release, up.Authenticated)
		}
		check("after the upgrade", "2.0.0")
		if _, err := h.InstanceAt(ctx, h.root.Scope(), ac.ID, paceline.ReleaseKey{UID: paceline.ZeroID, Version: "1.0.0"}); paceline.KindOf(err) != paceline.NotFound {
			t.Errorf("another connector's release: %v", err)
		}
		if _, err := h.UpgradeConnector(ctx, h.p, h.sub, ac.ID); paceline.KindOf(err) != paceline.Forbidden {
			t.Errorf("the sub account upgrades its parent's: %v", err)
		}
	})
}
