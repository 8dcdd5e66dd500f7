package catalog

import (
	"context"
	"fmt"
	"slices"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// Signer is who vouches for a release.
type Signer struct {
	paceline.Signer // Name is what the partner calls it; "" for one that is not trusted
	Trusted         bool
}

func refusedSigner(def *connector.Definition, format string, args ...any) error {
	return paceline.Fail(paceline.CodeSigner, "key", def.Metadata.Key, "version", def.Metadata.Version, "reason", fmt.Sprintf(format, args...))
}

// checkSignature refuses a signature that is of something else.
func checkSignature(pub Publication, def *connector.Definition) error {
	if pub.Signature == nil {
		return nil
	}
	if err := def.CheckSignature(pub.Icon, *pub.Signature); err != nil {
		return refusedSigner(def, "%v", err)
	}
	return nil
}

// vouched returns who vouches for a publication, and refuses one that nobody vouches for whom the partner trusts, if its
// settings or the connector's earlier releases ask for that. What comes with the program is vouched for by the program,
// and what an account makes for itself by nobody.
func vouched(tx *store.Tx, pub Publication, def *connector.Definition, same *store.ConnectorRelease, others []store.ConnectorRelease) (*Signer, error) {
	if pub.Partner == 0 || pub.Account != 0 {
		return nil, nil
	}
	partner, _, err := tx.Partner(paceline.Scope{Partner: pub.Partner})
	if err != nil {
		return nil, err
	}
	trusted := partner.Settings.Signers
	pinned := pinnedSigner(others, trusted)
	if pub.Signature == nil {
		switch {
		case same != nil && same.Signer != "":
			signer := signerOf(same.Signer, trusted)
			return &signer, nil
		case same != nil:
		case partner.Settings.SignedConnectors:
			return nil, refusedSigner(def, "nobody has signed it, and only signed connectors are taken here")
		case pinned != nil:
			return nil, refusedSigner(def, "nobody has signed it, but its releases are signed by %s", nameOf(*pinned))
		}
		return nil, nil
	}
	signer := signerOf(pub.Signature.Signer, trusted)
	switch {
	case !signer.Trusted:
		return nil, refusedSigner(def, "it is signed by %s, who is not trusted here", signer.Key)
	case pinned != nil && pinned.Key != signer.Key:
		return nil, refusedSigner(def, "it is signed by %s, but its releases are signed by %s, who is still trusted", nameOf(signer.Signer), nameOf(*pinned))
	}
	return &signer, nil
}

// pinnedSigner is the trusted one who signed the newest of the releases that are signed, nil for none: while that is so,
// nobody else signs the connector's next release.
func pinnedSigner(releases []store.ConnectorRelease, trusted []paceline.Signer) *paceline.Signer {
	var newest *store.ConnectorRelease
	for i, rel := range releases {
		if rel.Partner != 0 && rel.Signer != "" && rel.Status != paceline.ReleaseDraft && (newest == nil || newer(rel.Key.Version, newest.Key.Version)) {
			newest = &releases[i]
		}
	}
	if newest == nil {
		return nil
	}
	if signer := signerOf(newest.Signer, trusted); signer.Trusted {
		return &signer.Signer
	}
	return nil
}

func signerOf(key string, trusted []paceline.Signer) Signer {
	i := slices.IndexFunc(trusted, func(s paceline.Signer) bool { return s.Key == key })
	if i < 0 {
		return Signer{Signer: paceline.Signer{Key: key}}
	}
	return Signer{Signer: trusted[i], Trusted: true}
}

func nameOf(s paceline.Signer) string {
	if s.Name == "" {
		return s.Key
	}
	return s.Name + " (" + s.Key + ")"
}

// checkSigner says beforehand what Publish would refuse for its signature.
func (r *Room) checkSigner(ctx context.Context, pub Publication) error {
	def, problems := connector.Parse(pub.Name, pub.Document)
	if def == nil {
		return definitionInvalid(problems)
	}
	if err := checkSignature(pub, def); err != nil {
		return err
	}
	return r.store.Read(ctx, func(tx *store.Tx) error {
		same, others, err := compare(tx, pub, def)
		if err == nil {
			_, err = vouched(tx, pub, def, same, others)
		}
		return err
	})
}

// mayInstall refuses a release whose signer the partner has ceased to trust; what is installed keeps running.
func mayInstall(tx *store.Tx, a paceline.Account, rel *cycle.Release) error {
	if rel.Signer == "" || rel.Partner == 0 {
		return nil // what comes with the program is vouched for by the program
	}
	partner, _, err := tx.Partner(paceline.Scope{Partner: a.Partner})
	if err == nil && !signerOf(rel.Signer, partner.Settings.Signers).Trusted {
		err = refusedSigner(rel.Definition, "it is signed by %s, who is not trusted here any more", rel.Signer)
	}
	return err
}

// ConnectorHistory is one release of a connector, as its history has it.
type ConnectorHistory struct {
	Release   string
	Status    paceline.ReleaseStatus
	Hash      string
	CreatedAt paceline.Micros
	Signer    *Signer // nil for one that nobody vouches for
	// Differences say what it may do that the release before may not, and the reverse.
	Differences []string
}

// ConnectorReleases returns a connector's releases, the newest version first. Errors: NotFound.
func (r *Room) ConnectorReleases(ctx context.Context, p paceline.Principal, ref ConnectorRef) ([]ConnectorHistory, error) {
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return nil, hideDraft(err)
	}
	rows, err := r.rows(ctx, p)
	if err != nil {
		return nil, err
	}
	var trusted []paceline.Signer
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		partner, _, err := tx.Partner(p.PartnerScope())
		trusted = partner.Settings.Signers
		return err
	})
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row store.ConnectorRelease) bool { return row.ConnectorID != rel.ConnectorID })
	slices.SortFunc(rows, func(a, b store.ConnectorRelease) int {
		if newer(a.Key.Version, b.Key.Version) {
			return -1
		}
		return 1
	})
	list := make([]ConnectorHistory, len(rows))
	var after *cycle.Release
	for i, row := range rows {
		list[i] = ConnectorHistory{Release: row.Key.Version, Status: row.Status, Hash: row.Key.Hash, CreatedAt: row.CreatedAt}
		if row.Signer != "" {
			signer := signerOf(row.Signer, trusted)
			list[i].Signer = &signer
		}
		one, err := r.releases.Get(ctx, p.Partner, row.Key.UID, row.Key.Version)
		if err != nil {
			return nil, err
		}
		if after != nil {
			list[i-1].Differences = connector.Differences(one.Definition, after.Definition)
		}
		after = one
	}
	return list, nil
}
