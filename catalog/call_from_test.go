package catalog_test

import (
	"cmp"
	"errors"
	"net"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/store"
	"paceline/store/storetest"
)

// TestCallsFromElsewhere: where the operator names networks, programs from others call no method but those of the
// partner's own product; whether there is a connector is told first.
func TestCallsFromElsewhere(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := empty(t, open(t))
		ctx := t.Context()
		_, err := h.Publish(ctx, catalog.Publication{Partner: h.p.Partner, Name: "export.yaml", Document: []byte(strings.ReplaceAll(export, "SINK", "https://export.example"))})
		must(t, err)
		install := func(name string, native bool) catalog.AccountConnector {
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Export"}, catalog.ConnectorInstall{Name: &name, Native: native})
			must(t, err)
			return ac
		}
		theirs, own := install("Theirs", false), install("Own", true)
		_, inside, _ := net.ParseCIDR("192.0.2.0/24")
		person := paceline.Principal{Kind: paceline.UserPrincipal, Partner: h.p.Partner, Name: "ada", Rights: h.p.Rights}
		for _, c := range []struct {
			name    string
			admit   []*net.IPNet
			who     paceline.Principal
			from    string
			id      int32
			refused paceline.Code
		}{
			{"open to all", nil, h.p, "198.51.100.7", theirs.ID, ""},
			{"from inside", []*net.IPNet{inside}, h.p, "192.0.2.9", theirs.ID, ""},
			{"from elsewhere", []*net.IPNet{inside}, h.p, "198.51.100.7", theirs.ID, paceline.CodeIPNotAllowed},
			{"from nowhere", []*net.IPNet{inside}, h.p, "", theirs.ID, paceline.CodeIPNotAllowed},
			{"the partner's own", []*net.IPNet{inside}, h.p, "198.51.100.7", own.ID, ""},
			{"a person in the console", []*net.IPNet{inside}, person, "198.51.100.7", theirs.ID, ""},
			{"no such connector", []*net.IPNet{inside}, h.p, "198.51.100.7", own.ID + 100, paceline.CodeNotFound},
		} {
			h.AdmitCallers(c.admit)
			asked := errors.New("asked for the input")
			_, err := h.CallMethod(ctx, c.who, c.from, h.root, c.id, catalog.MethodRef{UID: theirs.Release.Compiled.MethodUID("report")},
				func() (catalog.MethodCall, error) { return catalog.MethodCall{}, asked })
			if c.refused == "" && !errors.Is(err, asked) || c.refused != "" && paceline.CodeOf(err) != c.refused {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		h.AdmitCallers(nil)
		must(t, h.store.InTx(ctx, h.p.PartnerScope(), func(tx *store.Tx) error {
			partner, _, err := tx.Partner(h.p.PartnerScope())
			partner.Settings.MethodIPs = []string{"203.0.113.0/24"}
			return cmp.Or(err, tx.UpdatePartner(h.p.PartnerScope(), partner))
		}))
		for _, c := range []struct {
			who     paceline.Principal
			from    string
			id      int32
			refused bool
		}{
			{h.p, "203.0.113.4", theirs.ID, false}, {h.p, "::ffff:203.0.113.4", theirs.ID, false}, {h.p, "198.51.100.7", theirs.ID, true}, {h.p, "", theirs.ID, true},
			{h.p, "198.51.100.7", own.ID, false}, {person, "198.51.100.7", theirs.ID, false},
		} {
			asked := errors.New("asked for the input")
			_, err := h.CallMethod(ctx, c.who, c.from, h.root, c.id, catalog.MethodRef{UID: theirs.Release.Compiled.MethodUID("report")},
				func() (catalog.MethodCall, error) { return catalog.MethodCall{}, asked })
			if want := paceline.CodeIPNotAllowed; c.refused != (paceline.CodeOf(err) == want) || !c.refused && !errors.Is(err, asked) {
				t.Errorf("the partner's list, %v from %q: %v", c.who.Kind, c.from, err)
			}
		}
	})
}
