package app

import "testing"

// TestChangingPages: the other nodes are told of what a page has changed, and not of one that was only looked at.
func TestChangingPages(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         bool
	}{
		{"POST", "/invitation", true},
		{"POST", "/Invitation", true},
		{"GET", "/invitation", false},
		{"POST", "/setup/abc", true},
		{"GET", "/setup/abc", false},
		{"GET", "/connector/callback", true},
		{"GET", "/web/connector/callback", true},
		{"POST", "/embed/data/orbit", false},
	} {
		if got := changes(c.method, c.path); got != c.want {
			t.Errorf("%s %s: %v", c.method, c.path, got)
		}
	}
}
