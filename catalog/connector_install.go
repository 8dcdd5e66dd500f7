package catalog

import (
	"context"
	"slices"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// ConnectorInstall is what an install may say; nil leaves it to the connector.
type ConnectorInstall struct {
	Name           *string // default: the connector's; either is refused when it is in use
	Description    *string
	Authentication *string // id of an authentication: the API's UUID or the definition's id
	AuthValue      *string
	Properties     []PropertyInput
	// Ensure takes an installation of the connector that the account has, of that Name if there is one, instead
	// of making another: its own, else its parent's, with the connector's name, then authenticated ones first. It stays
	// as it is.
	Ensure bool
	// FreeName puts a number behind a name that is in use, instead of refusing it.
	FreeName bool
	// Native says that it is of the partner's own application, which customers do not connect.
	Native bool
}

// PropertyInput is a property that a caller sets.
type PropertyInput struct {
	Name  string
	Value *string
}

// InstallConnector installs the live release of a connector into an account. It is authenticated when it
// was given an AuthValue that its authentication accepts, or needs none. Errors: NotFound for the
// connector; Invalid for a draft, a name in use, a property that the connector does not ask for, an
// authentication that it does not have, an AuthValue of the wrong form; Forbidden for a
// property that only the partner may set.
func (r *Room) InstallConnector(ctx context.Context, p paceline.Principal, a paceline.Account, ref ConnectorRef, in ConnectorInstall) (AccountConnector, error) {
	if err := may(p, a); err != nil {
		return AccountConnector{}, err
	}
	ready, err := r.prepareInstall(ctx, p, a, ref, in)
	if err != nil {
		return AccountConnector{}, err
	}
	found := false
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) (err error) {
		found, err = ready.run(tx, p, a)
		return err
	})
	switch {
	case err != nil:
		return AccountConnector{}, err
	case found:
		return r.AccountConnector(ctx, p, a, ready.id)
	}
	return r.shown(ctx, a, ready.stored, ready.rel, in.AuthValue)
}

// readyInstall is an install of which all is done that takes time: what is left is to store it.
type readyInstall struct {
	in   ConnectorInstall
	made paceline.AccountConnector
	rel  *cycle.Release
	keys []string

	id     int32                     // after run
	stored paceline.AccountConnector // after run, if it was made
}

// prepareInstall checks an install and seals its values. The account may be one that is yet to be stored.
func (r *Room) prepareInstall(ctx context.Context, p paceline.Principal, a paceline.Account, ref ConnectorRef, in ConnectorInstall) (*readyInstall, error) {
	rel, err := r.resolve(ctx, inside(p, a), ref)
	if err != nil {
		return nil, err
	}
	if err := r.store.Read(ctx, func(tx *store.Tx) error { return mayInstall(tx, a, rel) }); err != nil {
		return nil, err
	}
	ac := r.newAccountConnector(a, rel)
	ac.Native = in.Native
	if err := in.describe(&ac); err != nil {
		return nil, err
	}
	keys, err := r.fill(ctx, p, a, rel, &ac, in)
	if err != nil {
		return nil, err
	}
	return &readyInstall{in: in, made: ac, rel: rel, keys: keys}, nil
}

// fill gives an account connector the authentication, credential and properties of an install, and returns the
// vendor's ids that it has then.
func (r *Room) fill(ctx context.Context, p paceline.Principal, a paceline.Account, rel *cycle.Release, ac *paceline.AccountConnector, in ConnectorInstall) (keys []string, err error) {
	for _, property := range in.Properties {
		if err := checkInstallProperty(p, rel, property); err != nil {
			return nil, err
		}
	}
	if in.Authentication != nil {
		chosen, err := authenticationID(rel, *in.Authentication)
		if err != nil {
			return nil, err
		}
		if chosen != ac.Authentication {
			ac.Authentication, ac.AuthSealed, ac.Authenticated = chosen, nil, needsNoValue(rel, chosen)
		}
	}
	if in.AuthValue != nil {
		if err := r.sealAuth(ctx, rel, ac, *in.AuthValue); err != nil {
			return nil, err
		}
	}
	for _, property := range in.Properties {
		sealed, err := r.sealProperty(ctx, rel, *ac, property)
		if err != nil {
			return nil, err
		}
		ac.Properties = putProperty(ac.Properties, sealed)
	}
	if in.AuthValue != nil && *in.AuthValue != "" {
		if _, err := r.prove(ctx, a, rel, ac); err != nil {
			return nil, err
		}
	}
	return r.routes(ctx, a, *ac, rel)
}

// run stores the install, or finds with Ensure what is there already.
func (i *readyInstall) run(tx *store.Tx, p paceline.Principal, a paceline.Account) (found bool, err error) {
	if i.in.Ensure {
		if i.id, err = i.in.installed(tx, a, i.rel); err != nil || i.id != 0 {
			return true, err
		}
	}
	ac := i.made
	ac.Properties = slices.Clone(ac.Properties)
	if err := insertAccountConnector(tx, p, a, &ac, i.in.FreeName); err != nil {
		return false, err
	}
	if err := putListedFields(tx, a, ac, i.rel); err != nil {
		return false, err
	}
	if listsFields(i.rel) {
		if ac, _, err = tx.AccountConnector(a, ac.ID); err != nil {
			return false, err
		}
	}
	i.id, i.stored = ac.ID, ac
	if err := setRoutes(tx, ac, i.rel, i.keys); err != nil || !ac.Authenticated {
		return false, err
	}
	return false, armRefresh(tx, ac, i.rel)
}

// installed returns the id of what Ensure takes, 0 for none. A call without a name takes what such a call has made
// before the account's others.
func (in ConnectorInstall) installed(tx *store.Tx, a paceline.Account, rel *cycle.Release) (int32, error) {
	have, err := tx.AccountConnectorsOf(a, rel.Key.UID)
	if err != nil {
		return 0, err
	}
	for _, ac := range have {
		if in.Name != nil && store.Fold(ac.Name) == store.Fold(strings.TrimSpace(*in.Name)) ||
			in.Name == nil && ac.Account == a.Num && store.Fold(ac.Name) == store.Fold(rel.Name) {
			return ac.ID, nil
		}
	}
	if in.Name == nil && len(have) > 0 {
		return have[0].ID, nil
	}
	return 0, nil
}

// newAccountConnector is one without credentials, named like its connector, on the default authentication.
func (r *Room) newAccountConnector(a paceline.Account, rel *cycle.Release) paceline.AccountConnector {
	now := r.clock.Now()
	ac := paceline.AccountConnector{
		Partner: a.Partner, Account: a.Num, AccountID: a.APIID, Name: rel.Name, Release: rel.Key,
		SealID: paceline.NewID(now), CreatedAt: paceline.ToMicros(now),
	}
	if auth := rel.Compiled.Auth(""); auth != nil {
		ac.Authentication = auth.ID
	}
	ac.Authenticated = needsNoValue(rel, ac.Authentication)
	return ac
}

func (in ConnectorInstall) describe(ac *paceline.AccountConnector) error {
	if in.Name != nil {
		ac.Name = strings.TrimSpace(*in.Name)
	}
	if in.Description != nil && *in.Description != "" {
		ac.Description = in.Description
	}
	if ac.Name == "" {
		return paceline.Fail(paceline.CodeNameRequired)
	}
	return cycle.CheckTexts(ac.Name, ac.Description, nil)
}

// insertAccountConnector stores a new one with its audit event. A name in use is refused or, with free,
// gets a number behind it (D-24 i).
func insertAccountConnector(tx *store.Tx, p paceline.Principal, a paceline.Account, ac *paceline.AccountConnector, free bool) error {
	if free {
		used, err := tx.AccountConnectorNames(a.Scope())
		if err != nil {
			return err
		}
		ac.Name = freeName(ac.Name, used)
	}
	stored, err := tx.InsertAccountConnector(a.Root, ac)
	if err != nil {
		return err
	}
	if !stored {
		return paceline.Fail(paceline.CodeNameInUse, "name", ac.Name)
	}
	return audit(tx, p, a.Scope(), "account_connector.installed", "account_connector", idText(ac.ID), ac.Name)
}
