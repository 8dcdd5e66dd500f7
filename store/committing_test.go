package store

import "testing"

// TestNamesOfCommits: a commit is named by the function that asks for it, also where that does so within a closure, and where the
// compiler has put it into its caller.
func TestNamesOfCommits(t *testing.T) {
	for _, c := range []struct{ symbol, file, want string }{
		{"paceline/catalog.(*Room).alterTo", "paceline/catalog/account_connector_change.go", "catalog.Room.alterTo"},
		{"paceline/catalog.(*Room).DeleteAccountConnector.func1.1", "/somewhere/catalog/account_connector.go", "catalog.Room.DeleteAccountConnector"},
		{"paceline/catalog_test.init.func7.(*Room).DeleteAccountConnector.func8", "paceline/catalog/account_connector.go", "catalog.Room.DeleteAccountConnector"},
		{"paceline/tenant.createInstallation", "paceline/tenant/installation.go", "tenant.createInstallation"},
		{"paceline/tenant.createInstallation.func1", "paceline/tenant/installation.go", "tenant.createInstallation"},
		{"paceline/engine.Holds.SaveHold.func1", "paceline/engine/commit.go", "engine.Holds.SaveHold"},
		{"paceline/store.(*Store).InTx", "paceline/store/store.go", "store.Store.InTx"},
		{"paceline/engine/killpoint.Around", "paceline/engine/killpoint/killpoint.go", "killpoint.Around"},
		{"runtime.goexit", "runtime/asm_amd64.s", "runtime.goexit"},
	} {
		if got := functionOf(c.symbol, c.file); got != c.want {
			t.Errorf("%s: %s, want %s", c.symbol, got, c.want)
		}
	}
}
