package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/script"
	"paceline/store"
)

// CustomConnector is a connector that an account was given the definition of, and that it alone sees.
type CustomConnector struct {
	store.CustomConnector
	// Connector is as its newest release describes it; with lists it is empty.
	Connector Connector
	// Left tells what of the definition was not understood.
	Left []string
}

// maxCustom bounds the custom connectors of an account.
const maxCustom = 200

// mayCustom checks that the caller may change the connectors of an account or, with none, those that all accounts of the
// partner see.
func mayCustom(p paceline.Principal, a paceline.Account) error {
	if a.Num == 0 && a.Partner == p.Partner {
		return mayPublish(p)
	}
	return may(p, a)
}

// CreateCustomConnector makes a connector of a definition, in the format of this program, as YAML or JSON, or in that in which
// Cyclr exports them. Without an account it is the partner's, and all accounts see it. status is what it is to be, "" for
// what the definition says. Errors: Invalid.
func (r *Room) CreateCustomConnector(ctx context.Context, p paceline.Principal, a paceline.Account, document []byte, status string) (CustomConnector, error) {
	if err := mayCustom(p, a); err != nil {
		return CustomConnector{}, err
	}
	now := r.clock.Now()
	c := store.CustomConnector{ConnectorUID: paceline.NewID(now), CreatedAt: paceline.ToMicros(now)}
	return r.putCustom(ctx, p, a, c, document, status)
}

// UpdateCustomConnector gives a connector another definition: a new release, in place of the newest one while that is a
// draft. What is installed keeps its release. Errors: NotFound; Invalid.
func (r *Room) UpdateCustomConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, document []byte, status string) (CustomConnector, error) {
	c, err := r.customConnector(ctx, p, a, id)
	if err != nil {
		return CustomConnector{}, err
	}
	return r.putCustom(ctx, p, a, c, document, status)
}

// CustomConnectors returns a page of the account's own, by name.
func (r *Room) CustomConnectors(ctx context.Context, p paceline.Principal, a paceline.Account, page paceline.Page) (list paceline.List[store.CustomConnector], err error) {
	if err := mayCustom(p, a); err != nil {
		return list, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.CustomConnectors(a.Scope(), page)
		return err
	})
	return list, err
}

// CustomConnector returns one, as it was sent. Errors: NotFound.
func (r *Room) CustomConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (store.CustomConnector, error) {
	return r.customConnector(ctx, p, a, id)
}

// CheckedDefinition is a definition with what is wrong with it.
type CheckedDefinition struct {
	Problems []connector.Problem // by line
	Document []byte              // as JSON, nil while errors are among the problems
}

// CheckDefinition says what is wrong with a definition in the format of this program. Nothing is stored.
func (r *Room) CheckDefinition(ctx context.Context, p paceline.Principal, document []byte) (out CheckedDefinition, err error) {
	if err := mayPublish(p); err != nil {
		return out, err
	}
	def, problems := connector.Parse("connector.yaml", document)
	out.Problems = problems
	if def == nil {
		return out, nil
	}
	out.Document = def.JSON()
	if r.scripts == nil || !def.Scripted() {
		return out, nil
	}
	more, err := connector.CheckScripts(ctx, r.scripts, script.Account{Partner: p.Partner}, "connector.yaml", document, def)
	if err != nil {
		return out, paceline.Fail(paceline.CodeBusy).Because(err)
	}
	out.Problems = append(out.Problems, more...)
	return out, nil
}

// TryCustomConnector puts the newest release of a partner's connector, be it a draft, into an account in which it is tried:
// what is there already goes on with that release. Errors: NotFound.
func (r *Room) TryCustomConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (AccountConnector, error) {
	c, err := r.customConnector(ctx, p, paceline.Account{Partner: p.Partner}, id)
	if err != nil {
		return AccountConnector{}, err
	}
	rel, err := r.releases.Get(ctx, p.Partner, c.ConnectorUID, versionOf(c))
	if err != nil {
		return AccountConnector{}, err
	}
	var at paceline.AccountConnector
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		have, err := tx.AccountConnectorsOf(a, c.ConnectorUID)
		if err != nil {
			return err
		}
		if len(have) > 0 {
			at = have[0]
			return nil
		}
		at = r.newAccountConnector(a, rel)
		return insertAccountConnector(tx, p, a, &at, true)
	})
	if err != nil {
		return AccountConnector{}, err
	}
	return r.upgradeTo(ctx, p, a, at.ID, rel)
}

// CustomDefinition returns a definition as it was sent. Errors: NotFound.
func (r *Room) CustomDefinition(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) ([]byte, error) {
	c, err := r.customConnector(ctx, p, a, id)
	return c.Source, err
}

// DeleteCustomConnector ends that a connector is offered; what is installed keeps working. Errors: NotFound.
func (r *Room) DeleteCustomConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) error {
	if err := mayCustom(p, a); err != nil {
		return err
	}
	return r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		c, found, err := tx.CustomConnector(a.Scope(), id)
		if err != nil || !found {
			return orNotFound(err, "Custom connector")
		}
		if err := tx.DeleteCustomConnector(a.Scope(), c); err != nil {
			return err
		}
		return audit(tx, p, a.Scope(), "custom_connector.deleted", "connector", idText(id), c.Name)
	})
}

func (r *Room) customConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (c store.CustomConnector, err error) {
	if err := mayCustom(p, a); err != nil {
		return c, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		if c, found, err = tx.CustomConnector(a.Scope(), id); err != nil || !found {
			return orNotFound(err, "Custom connector")
		}
		return nil
	})
	return c, err
}

// customInput is what a definition says of itself.
type customInput struct {
	uid    paceline.ID
	name   string
	status string
	icon   *string
	// make writes it in the format of this program.
	make func(key string, uid paceline.ID, version string) ([]byte, []string, error)
}

// putCustom publishes a definition and keeps it as it was sent, in one transaction.
func (r *Room) putCustom(ctx context.Context, p paceline.Principal, a paceline.Account, c store.CustomConnector, document []byte, status string) (out CustomConnector, err error) {
	in, err := readCustom(document)
	if err != nil {
		return out, err
	}
	if status != "" {
		in.status = strings.ToLower(status)
	}
	if err := in.check(); err != nil {
		return out, err
	}
	fresh := c.ID == 0
	if fresh || !c.Draft {
		c.Release++
	}
	c.UID, c.Name, c.Source, c.Draft = in.uid, in.name, document, in.status == "draft"
	made, left, err := in.make("custom-"+string(c.ConnectorUID), c.ConnectorUID, versionOf(c))
	if err != nil {
		return out, refusedDefinition(err.Error())
	}
	was := c.Release
	_, err = r.Publish(ctx, Publication{Name: "connector", Document: made, Icon: in.icon, Partner: a.Partner, Account: a.Num, Draft: c.Draft, within: func(tx *store.Tx) error {
		if err := tx.Lock(a.Scope()); err != nil {
			return err
		}
		if err := checkCustom(tx, a, &c, fresh, was); err != nil {
			return err
		}
		if fresh {
			elements, err := tx.Elements(store.ReleaseOwner(a.Partner, a.Num), c.ConnectorUID)
			if err != nil {
				return err
			}
			c.ID = elements[store.Element{Kind: string(connector.ConnectorElement)}]
		}
		if in.status == "deprecated" {
			if err := tx.DeleteCustomConnector(a.Scope(), c); err != nil { // stored again below
				return err
			}
		}
		if err := tx.PutCustomConnector(a.Scope(), c); err != nil {
			return err
		}
		return audit(tx, p, a.Scope(), "custom_connector.stored", "connector", idText(c.ID), c.Name)
	}})
	if err != nil {
		return out, err
	}
	rel, err := r.releases.Get(ctx, a.Partner, c.ConnectorUID, versionOf(c))
	if err != nil {
		return out, err
	}
	return CustomConnector{CustomConnector: c, Connector: ConnectorOf(rel), Left: left}, nil
}

// versionOf is the version of the newest release of a custom connector.
func versionOf(c store.CustomConnector) string { return fmt.Sprintf("1.%d.0", c.Release-1) }

// checkCustom refuses an identifier that another connector of the account has, and a change that was overtaken.
func checkCustom(tx *store.Tx, a paceline.Account, c *store.CustomConnector, fresh bool, release int) error {
	other, found, err := tx.CustomConnectorByUID(a.Scope(), c.UID)
	if err != nil {
		return err
	}
	if found && other.ID != c.ID {
		return refusedDefinition("another connector of the account has this UniqueIdentifier")
	}
	if !fresh {
		now, found, err := tx.CustomConnector(a.Scope(), c.ID)
		if err != nil || !found {
			return orNotFound(err, "Custom connector")
		}
		if now.Release > release {
			return paceline.Fail(paceline.CodeBusy)
		}
		return nil
	}
	list, err := tx.CustomConnectors(a.Scope(), paceline.Page{Number: 1, Size: 1})
	if err == nil && list.Total >= maxCustom {
		err = refusedDefinition(fmt.Sprintf("the account has %d custom connectors, which is all that it may have", list.Total))
	}
	return err
}

func refusedDefinition(reason string) error {
	return paceline.Fail(paceline.CodeDefinitionInvalid, "reason", reason)
}

// readCustom reads a definition as far as it says what it is.
func readCustom(document []byte) (in customInput, err error) {
	var own struct {
		Kind     string
		Metadata struct{ UID, Name string }
	}
	trimmed := bytes.TrimSpace(document)
	if len(trimmed) == 0 {
		return in, refusedDefinition("there is none")
	}
	if trimmed[0] != '{' {
		def, problems := connector.Parse("connector.yaml", document)
		if connector.Failed(problems) || def == nil {
			return in, definitionInvalid(problems)
		}
		document = def.JSON()
	}
	original, err := connector.ReadOriginal(document)
	if err != nil {
		return in, refusedDefinition("it is not a JSON document of this form")
	}
	uid := original.UniqueIdentifier
	in.name, in.status, in.make = original.Name, strings.ToLower(original.ReleaseStatus), original.Definition
	if original.Icon != "" {
		in.icon = safeIcon(&original.Icon)
	}
	if json.Unmarshal(document, &own) == nil && own.Kind == "Connector" {
		uid, in.name = own.Metadata.UID, own.Metadata.Name
		in.make = func(key string, uid paceline.ID, version string) ([]byte, []string, error) {
			made, err := identified(document, key, uid, version)
			return made, nil, err
		}
	}
	if in.name == "" {
		return in, refusedDefinition("Column 'Name' cannot be null")
	}
	ok := false
	if in.uid, ok = paceline.ParseID(uid); !ok {
		return in, refusedDefinition("UniqueIdentifier is missing or is not a GUID")
	}
	return in, nil
}

func (in customInput) check() error {
	switch in.status {
	case "", "draft", "live", "deprecated":
		return nil
	}
	return refusedDefinition("ReleaseStatus is none of Draft, Live and Deprecated")
}

// identified is a definition of our own format under another identity.
func identified(document []byte, key string, uid paceline.ID, version string) ([]byte, error) {
	var tree map[string]any
	if err := json.Unmarshal(document, &tree); err != nil {
		return nil, err
	}
	metadata, ok := tree["metadata"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("metadata is no object")
	}
	metadata["key"], metadata["uid"], metadata["version"] = key, string(uid), version
	delete(tree, "releaseStatus")
	return json.Marshal(tree)
}
