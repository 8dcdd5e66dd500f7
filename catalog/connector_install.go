package catalog

import (
	"context"
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
	// of making another: its own, else its parent's, authenticated ones first. It stays as it is.
	Ensure bool
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
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return AccountConnector{}, err
	}
	for _, property := range in.Properties {
		if err := checkInstallProperty(p, rel, property); err != nil {
			return AccountConnector{}, err
		}
	}
	ac := r.newAccountConnector(a, rel)
	if err := in.describe(&ac); err != nil {
		return AccountConnector{}, err
	}
	if in.Authentication != nil {
		if ac.Authentication, err = authenticationID(rel, *in.Authentication); err != nil {
			return AccountConnector{}, err
		}
		ac.Authenticated = needsNoValue(rel, ac.Authentication)
	}
	if in.AuthValue != nil {
		if err := r.sealAuth(ctx, rel, &ac, *in.AuthValue); err != nil {
			return AccountConnector{}, err
		}
	}
	for _, property := range in.Properties {
		sealed, err := r.sealProperty(ctx, rel, ac, property)
		if err != nil {
			return AccountConnector{}, err
		}
		ac.Properties = putProperty(ac.Properties, sealed)
	}
	keys, err := r.routes(ctx, a, ac, rel)
	if err != nil {
		return AccountConnector{}, err
	}
	made, found := ac, false
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		ac, found = made, false
		if in.Ensure {
			if ac.ID, err = in.installed(tx, a, rel); err != nil || ac.ID != 0 {
				found = true
				return err
			}
		}
		if err := insertAccountConnector(tx, p, a, &ac, false); err != nil {
			return err
		}
		if err := setRoutes(tx, ac, rel, keys); err != nil || !ac.Authenticated {
			return err
		}
		return armRefresh(tx, ac, rel)
	})
	switch {
	case err != nil:
		return AccountConnector{}, err
	case found:
		return r.AccountConnector(ctx, p, a, ac.ID)
	}
	return r.shown(ctx, a, ac, rel, in.AuthValue)
}

// installed returns the id of what Ensure takes, 0 for none.
func (in ConnectorInstall) installed(tx *store.Tx, a paceline.Account, rel *cycle.Release) (int32, error) {
	have, err := tx.AccountConnectorsOf(a, rel.Key.UID)
	for _, ac := range have {
		if in.Name == nil || store.Fold(ac.Name) == store.Fold(strings.TrimSpace(*in.Name)) {
			return ac.ID, err
		}
	}
	return 0, err
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
