package catalog_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/store"
)

// signed returns a release of the partner's own connector, signed with a key; nil leaves it unsigned.
func (h *house) signed(t *testing.T, version string, key []byte) catalog.Publication {
	t.Helper()
	pub := edition(t, version, "key: hub", "key: own", hubUID, "44444444-4444-4444-8444-444444444444", "name: Hub", "name: Own")
	pub.Partner = h.p.Partner
	if key != nil {
		def, _ := connector.Parse(pub.Name, pub.Document)
		signature, err := def.Sign(pub.Icon, key)
		must(t, err)
		pub.Signature = &signature
	}
	return pub
}

// trust sets whose signatures the partner trusts, and whether one is needed.
func (h *house) trust(t *testing.T, required bool, signers ...string) {
	t.Helper()
	must(t, h.store.InTx(t.Context(), h.p.PartnerScope(), func(tx *store.Tx) error {
		partner, _, err := tx.Partner(h.p.PartnerScope())
		if err != nil {
			return err
		}
		partner.Settings.Signers, partner.Settings.SignedConnectors = nil, required
		for _, key := range signers {
			partner.Settings.Signers = append(partner.Settings.Signers, paceline.Signer{Key: key, Name: "Acme"})
		}
		return tx.UpdatePartner(h.p.PartnerScope(), partner)
	}))
}

func newSigner(t *testing.T) (key []byte, signer string) {
	t.Helper()
	key, signer, err := connector.NewSigningKey()
	must(t, err)
	return key, signer
}

func TestSignedReleases(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		acme, acmeSigner := newSigner(t)
		other, otherSigner := newSigner(t)
		refused := func(about, says string, pub catalog.Publication) {
			t.Helper()
			_, err := h.Publish(t.Context(), pub)
			fails(t, about, err, paceline.CodeSigner)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v does not say %q", about, err, says)
			}
		}
		publish := func(pub catalog.Publication) catalog.Published {
			t.Helper()
			out, err := h.Publish(t.Context(), pub)
			must(t, err)
			return out
		}
		refused("a signer whom nobody trusts", "not trusted", h.signed(t, "1.0.0", acme))
		tampered := h.signed(t, "1.0.0", acme)
		tampered.Document = []byte(strings.Replace(string(tampered.Document), "name: Own", "name: Owned", 1))
		h.trust(t, false, acmeSigner)
		refused("another definition than was signed", "is not one of this definition", tampered)
		repainted := h.signed(t, "1.0.0", acme)
		icon := "data:image/png;base64,AAAA"
		repainted.Icon = &icon
		refused("another icon than was signed", "is not one of this definition", repainted)

		// Without demands what is unsigned is taken, and can be vouched for later.
		if out := publish(h.signed(t, "1.0.0", nil)); out.Signer != nil || !out.Changed {
			t.Errorf("the unsigned release is %+v", out)
		}
		h.trust(t, true, acmeSigner)
		if publish(h.signed(t, "1.0.0", nil)).Changed {
			t.Error("what is there already was refused or stored again")
		}
		refused("an unsigned release where all must be signed", "nobody has signed it", h.signed(t, "1.1.0", nil))
		if out := publish(h.signed(t, "1.0.0", acme)); !out.Changed || out.Signer == nil || out.Signer.Name != "Acme" {
			t.Errorf("vouched for later: %+v", out)
		}
		if publish(h.signed(t, "1.0.0", acme)).Changed {
			t.Error("the same signature was stored again")
		}

		// The one who signed a connector before is the only one who may, as long as he is trusted.
		h.trust(t, false, acmeSigner, otherSigner)
		refused("another signer", "its releases are signed by", h.signed(t, "1.1.0", other))
		refused("no signer after one", "nobody has signed it, but", h.signed(t, "1.1.0", nil))
		publish(h.signed(t, "1.1.0", acme))
		h.trust(t, false, otherSigner)
		refused("the old signer", "not trusted", h.signed(t, "1.2.0", acme))
		account := h.account(t, "signed", paceline.Account{})
		_, err := h.InstallConnector(t.Context(), h.p, account, catalog.ConnectorRef{Name: "Own"}, catalog.ConnectorInstall{})
		fails(t, "installing what a former signer has signed", err, paceline.CodeSigner)
		publish(h.signed(t, "1.2.0", other))
		made, err := h.InstallConnector(t.Context(), h.p, account, catalog.ConnectorRef{Name: "Own"}, catalog.ConnectorInstall{})
		must(t, err)
		publish(h.signed(t, "1.3.0", other))
		h.trust(t, false)
		_, err = h.UpgradeConnector(t.Context(), h.p, account, made.ID)
		fails(t, "an upgrade to what a former signer has signed", err, paceline.CodeSigner)
		h.trust(t, false, otherSigner)
		_, err = h.UpgradeConnector(t.Context(), h.p, account, made.ID)
		must(t, err)

		// The history tells who signed, newest first.
		history, err := h.ConnectorReleases(t.Context(), h.p, catalog.ConnectorRef{Name: "Own"})
		must(t, err)
		var lines []string
		for _, rel := range history {
			lines = append(lines, rel.Release+" "+string(rel.Status)+map[bool]string{true: " trusted"}[rel.Signer != nil && rel.Signer.Trusted])
		}
		if want := []string{"1.3.0 Live trusted", "1.2.0 Deprecated trusted", "1.1.0 Deprecated", "1.0.0 Deprecated"}; !slices.Equal(lines, want) {
			t.Errorf("the history is %q", lines)
		}
	})
}

// A definition that was changed in the database is not what was signed, and does not run.
func TestStoredReleaseIsWhatWasSigned(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		key, signer := newSigner(t)
		h.trust(t, false, signer)
		pub := h.signed(t, "1.0.0", key)
		_, err := h.Publish(t.Context(), pub)
		must(t, err)
		must(t, h.store.InTx(t.Context(), paceline.Scope{}, func(tx *store.Tx) error {
			row, _, err := tx.ConnectorRelease(h.p.Partner, "44444444-4444-4444-8444-444444444444", "1.0.0")
			if err != nil {
				return err
			}
			row.Document = []byte(strings.Replace(string(row.Document), `"Own"`, `"Owned"`, 1))
			return tx.PutConnectorRelease(row)
		}))
		_, err = h.InstallConnector(t.Context(), h.p, h.account(t, "signed", paceline.Account{}), catalog.ConnectorRef{Name: "Own"}, catalog.ConnectorInstall{})
		if err == nil || !strings.Contains(err.Error(), "not what was published") {
			t.Errorf("installing it: %v", err)
		}
	})
}

// Templates carry the signatures of their connectors, and an import is held to them.
func TestTemplatesCarrySignatures(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		key, signer := newSigner(t)
		pub := h.signed(t, "1.0.0", key)
		def, _ := connector.Parse(pub.Name, pub.Document)
		document := func(signature *connector.Signature) []byte {
			carried := catalog.DocumentConnector{Definition: def.JSON(), Signature: signature}
			raw, err := json.Marshal(catalog.Document{
				PacelineVersion: "1", Kind: "Template", Name: "T", Published: true, Connectors: []catalog.DocumentConnector{carried},
				Flow: paceline.Flow{Steps: []paceline.Step{{
					ID: "55555555-5555-4555-8555-555555555555", Name: "S", Kind: paceline.StepAction, Method: "add-comment",
					Connector: &paceline.StepConnector{UID: def.Metadata.UID, Key: "own", Name: "Own", Version: "1.0.0"},
				}}},
			})
			must(t, err)
			return raw
		}
		h.trust(t, true)
		for about, signature := range map[string]*connector.Signature{"nobody has signed it": nil, "not trusted": pub.Signature} {
			_, err := h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: document(signature)})
			fails(t, about, err, paceline.CodeTemplateMissing)
			if err == nil || !strings.Contains(err.Error(), about) {
				t.Errorf("%v does not say %q", err, about)
			}
		}
		h.trust(t, true, signer)
		made, err := h.ImportTemplate(t.Context(), h.p, catalog.TemplateImport{Document: document(pub.Signature)})
		must(t, err)
		raw, err := h.ExportTemplate(t.Context(), h.p, made.ID)
		must(t, err)
		if !strings.Contains(string(raw), pub.Signature.Signature) {
			t.Error("the export has lost the signature")
		}
	})
}
