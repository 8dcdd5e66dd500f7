package catalog

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/script"
	"paceline/store"
)

// Publication is a definition that is to become a release.
type Publication struct {
	// Name is the file's name in messages.
	Name     string
	Document []byte
	// Icon is a data URI, or nil.
	Icon *string
	// Partner owns the release; 0 is the shipped library, which every partner sees.
	Partner int64
	// Account owns the release alone; 0: all accounts of the partner see it.
	Account int64
	// Signature vouches for the definition and its icon; nil where nobody does.
	Signature *connector.Signature
	// Draft makes a release that is not offered yet and that the next publication replaces.
	Draft bool
	// within does more in the transaction that stores the release; nil is fine.
	within func(*store.Tx) error
}

// Published says what became of a publication.
type Published struct {
	Key          paceline.ReleaseKey
	ConnectorKey string
	// Changed is false when the very same release was published before.
	Changed bool
	// Differences say what it may do that the live release before may not, and the reverse.
	Differences []string
	// Signer is who vouches for the release, nil for nobody.
	Signer *Signer
	// Warnings are mistakes that only a shipped definition may not have.
	Warnings []connector.Problem
}

// system is the scope of what belongs to no partner; its transactions are serial among all servers.
var system = paceline.Scope{}

// Publish makes a release of a definition (D-2): first its elements get their ids, then the release is
// stored under lock. The same content again changes nothing, a draft is replaced, and the newest
// release becomes the live one. Errors: Invalid with CodeDefinitionInvalid, or CodeReleaseChanged when
// the version is published with another content, or CodeSigner when the partner does not trust who signed it, or nobody did
// though somebody must.
func (r *Room) Publish(ctx context.Context, pub Publication) (Published, error) {
	def, problems := connector.Parse(pub.Name, pub.Document)
	if connector.Failed(problems) || def == nil {
		return Published{}, definitionInvalid(problems)
	}
	if pub.Partner != 0 && def.Transport == connector.TransportUtility {
		return Published{}, paceline.Fail(paceline.CodeDefinitionInvalid, "reason", "utilities come with the program; a connector of one's own calls an API")
	}
	if err := checkSignature(pub, def); err != nil {
		return Published{}, err
	}
	out := Published{Key: def.Key(), ConnectorKey: def.Metadata.Key, Warnings: problems}
	known, live, err := r.isPublished(ctx, pub, def, &out)
	if err == nil && live != nil {
		out.Differences = connector.Differences(live, def)
	}
	if err != nil || known && pub.within == nil {
		return out, err
	}
	if err := r.checkScripts(ctx, pub, def); err != nil {
		return out, err
	}
	if err := r.addElements(ctx, store.ReleaseOwner(pub.Partner, pub.Account), def); err != nil {
		return out, fmt.Errorf("publish %s: %w", pub.Name, err)
	}
	err = r.store.InTx(ctx, system, func(tx *store.Tx) error {
		if out.Changed, err = r.publish(tx, pub, def); err == nil && pub.within != nil {
			err = pub.within(tx)
		}
		return err
	})
	if err == nil {
		r.releases.Forget(def.Metadata.UID)
		r.instances.clear()
	}
	return out, err
}

// AttachScripts gives the room what reads scripts; before, they are published unread.
func (r *Room) AttachScripts(pool *script.Pool) { r.scripts = pool }

// checkScripts refuses a definition with a script that is no JavaScript.
func (r *Room) checkScripts(ctx context.Context, pub Publication, def *connector.Definition) error {
	if r.scripts == nil || !def.Scripted() {
		return nil
	}
	problems, err := connector.CheckScripts(ctx, r.scripts, script.Account{Partner: pub.Partner}, pub.Name, pub.Document, def)
	if err != nil {
		return paceline.Fail(paceline.CodeBusy).Because(err)
	}
	if connector.Failed(problems) {
		return definitionInvalid(problems)
	}
	return nil
}

func definitionInvalid(problems []connector.Problem) error {
	reason := "it could not be read"
	for _, p := range problems {
		if !p.Warning {
			reason = p.String()
			break
		}
	}
	return paceline.Fail(paceline.CodeDefinitionInvalid, "reason", reason)
}

// isPublished looks before it writes, so that a start without news takes no lock. live is another release that is offered
// now, nil for none.
func (r *Room) isPublished(ctx context.Context, pub Publication, def *connector.Definition, out *Published) (known bool, live *connector.Definition, err error) {
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		live = nil
		same, others, err := compare(tx, pub, def)
		if err != nil {
			return err
		}
		if out.Signer, err = vouched(tx, pub, def, same, others); err != nil {
			return err
		}
		known = same != nil && (pub.Signature == nil || same.Signer != "")
		if known || pub.Partner == 0 {
			return nil // what comes with the program is looked at before it is built in
		}
		for _, other := range others {
			if other.Status != paceline.ReleaseLive {
				continue
			}
			row, _, err := tx.ConnectorRelease(other.Partner, other.Key.UID, other.Key.Version)
			if err != nil {
				return err
			}
			live, _ = connector.Parse(row.Name, row.Document)
		}
		return nil
	})
	return known, live, err
}

// addElements gives ids to what has none, in transactions of 500. Repeating it is harmless.
func (r *Room) addElements(ctx context.Context, owner string, def *connector.Definition) error {
	var missing []store.Element
	err := r.store.Read(ctx, func(tx *store.Tx) error {
		missing = nil
		known, err := tx.Elements(owner, def.Metadata.UID)
		if err != nil {
			return err
		}
		for _, e := range def.Elements() {
			if row := (store.Element{Kind: string(e.Kind), Key: e.Key}); known[row] == 0 {
				missing = append(missing, row)
			}
		}
		return nil
	})
	for len(missing) > 0 && err == nil {
		var n int
		err = r.store.InTx(ctx, system, func(tx *store.Tx) error {
			n, err = tx.AddElements(owner, def.Metadata.UID, missing)
			return err
		})
		missing = missing[n:]
	}
	return err
}

// compare returns the release that is the publication already, nil for none, and the connector's other releases.
func compare(tx *store.Tx, pub Publication, def *connector.Definition) (same *store.ConnectorRelease, others []store.ConnectorRelease, err error) {
	m := def.Metadata
	rows, err := tx.ReleasesOfConnector(m.UID, m.Key)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		if row.Partner != pub.Partner && row.Partner != 0 && pub.Partner != 0 {
			continue // another partner's own connector
		}
		if row.Partner != pub.Partner || row.Account != pub.Account || row.Key.UID != m.UID || row.ConnectorKey != m.Key {
			return nil, nil, paceline.Fail(paceline.CodeDefinitionInvalid, "reason",
				fmt.Sprintf("the key %s or uid %s belongs to another connector, %s", m.Key, m.UID, row.Name))
		}
		if row.Key.Version != m.Version {
			others = append(others, row)
			continue
		}
		draft := row.Status == paceline.ReleaseDraft
		if row.Key.Hash == def.Hash() && (!draft || pub.Draft) {
			same = &row
		} else if !draft {
			return nil, nil, paceline.Fail(paceline.CodeReleaseChanged, "key", m.Key, "version", m.Version)
		}
	}
	return same, others, nil
}

// publish stores the release and says which one is live.
func (r *Room) publish(tx *store.Tx, pub Publication, def *connector.Definition) (changed bool, err error) {
	same, others, err := compare(tx, pub, def)
	if err != nil {
		return false, err
	}
	if _, err := vouched(tx, pub, def, same, others); err != nil {
		return false, err
	}
	m := def.Metadata
	if same != nil {
		if pub.Signature == nil || same.Signer != "" {
			return false, nil
		}
		return true, tx.SignRelease(pub.Partner, m.UID, m.Version, pub.Signature.Signer, pub.Signature.Signature)
	}
	owner := store.ReleaseOwner(pub.Partner, pub.Account)
	elements, err := tx.Elements(owner, m.UID)
	if err != nil {
		return false, err
	}
	row := store.ConnectorRelease{
		Partner: pub.Partner, Account: pub.Account, Key: def.Key(), Status: paceline.ReleaseLive,
		ConnectorKey: m.Key, ConnectorID: elements[store.Element{Kind: string(connector.ConnectorElement)}],
		Name: m.Name, APIVersion: m.APIVersion, Document: def.JSON(), Icon: pub.Icon, CreatedAt: tx.Now(),
	}
	if pub.Draft {
		row.Status = paceline.ReleaseDraft
	}
	if pub.Signature != nil {
		row.Signer, row.Signature = pub.Signature.Signer, pub.Signature.Signature
	}
	for _, other := range others {
		if pub.Draft || other.Status != paceline.ReleaseLive {
			continue
		}
		if newer(other.Key.Version, m.Version) {
			row.Status = paceline.ReleaseDeprecated
			continue
		}
		if err := tx.SetReleaseStatus(other.Partner, other.Key.UID, other.Key.Version, paceline.ReleaseDeprecated); err != nil {
			return false, err
		}
	}
	return true, tx.PutConnectorRelease(row)
}

// newer reports whether version a is above b; both are three numbers.
func newer(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(as) && i < len(bs); i++ {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x > y
		}
	}
	return len(as) > len(bs)
}
