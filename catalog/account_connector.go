package catalog

import (
	"context"
	"strconv"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// AccountConnector is an installed connector as an account sees it: secret properties have no value, and
// sealed ones are left out.
type AccountConnector struct {
	paceline.AccountConnector
	Release *cycle.Release // nil when it is no longer published
	// ParentAccountID is the API id of the parent account that owns it, "" for the account's own.
	ParentAccountID string
	// AuthValue is what the call itself supplied, or what is stored if the partner's compatibility
	// setting EchoAuthValue says so; else nil.
	AuthValue *string
	// AuthHint is the end of a credential of one value, "" for others.
	AuthHint string
	// AuthenticationID is the UUID of the chosen authentication, "" for a connector without any.
	AuthenticationID paceline.ID
	Cycles           int // that use it; of lists alone
}

// AccountConnectors returns a page of the account's connectors; a sub account's has its parent's, too. With a text it has those in whose
// name, or in whose connector's, it stands.
func (r *Room) AccountConnectors(ctx context.Context, p paceline.Principal, a paceline.Account, text string, page paceline.Page) (paceline.List[AccountConnector], error) {
	var out paceline.List[AccountConnector]
	if err := may(p, a); err != nil {
		return out, err
	}
	var rows paceline.List[paceline.AccountConnector]
	var uses []int
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		if rows, err = tx.AccountConnectors(a, text, page); err != nil {
			return err
		}
		uses = make([]int, len(rows.Items))
		for i := range rows.Items {
			ac := &rows.Items[i]
			if uses[i], err = tx.CyclesWith(a.Scope(), ac.ID); err != nil {
				return err
			}
			if ac.Properties, err = tx.Properties(ownerScope(*ac), ac.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Total, out.Next = rows.Total, rows.Next
	for i, ac := range rows.Items {
		rel, err := r.releaseOf(ctx, ac)
		if err != nil {
			return out, err
		}
		shown, err := r.shown(ctx, a, ac, rel, nil)
		if err != nil {
			return out, err
		}
		shown.Cycles = uses[i]
		out.Items = append(out.Items, shown)
	}
	return out, nil
}

// AccountConnector returns one that the account sees. Errors: NotFound.
func (r *Room) AccountConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (AccountConnector, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil {
		return AccountConnector{}, err
	}
	return r.shown(ctx, a, ac, rel, nil)
}

// AccountConnectorUpdate is what may change; nil leaves a value as it is.
type AccountConnectorUpdate struct {
	Name           *string
	Description    *string // "" removes it
	Authentication *string // another than the present one drops the credential
	AuthValue      *string // "" leaves the credential as it is
	Properties     []PropertyInput
	Native         *bool // whether it is the partner's own product; for the partner alone
}

// UpdateAccountConnector changes the account's own, all of it or nothing. Errors: NotFound; Forbidden for the parent's
// and for a property that only the partner may set; Invalid as for InstallConnector.
func (r *Room) UpdateAccountConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, in AccountConnectorUpdate) (AccountConnector, error) {
	err := r.alter(ctx, p, a, id, func(ac paceline.AccountConnector, rel *cycle.Release) (alteration, error) {
		return r.update(ctx, p, a, ac, rel, in)
	})
	if err != nil {
		return AccountConnector{}, err
	}
	return r.echoed(ctx, p, a, id, in.AuthValue)
}

// update is the alteration that an update makes.
func (r *Room) update(ctx context.Context, p paceline.Principal, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, in AccountConnectorUpdate) (x alteration, err error) {
	if rel == nil && (in.Authentication != nil || in.AuthValue != nil) {
		return x, notFound("Connector")
	}
	x.to, x.release = ac, rel
	if in.Native != nil {
		if !p.MayPartner() {
			return x, paceline.Fail(paceline.CodeForbidden)
		}
		x.to.Native = *in.Native
	}
	if err := (ConnectorInstall{Name: in.Name}).describe(&x.to); err != nil {
		return x, err
	}
	if in.Description != nil {
		x.to.Description = text(*in.Description)
	}
	if in.Authentication != nil {
		chosen, err := authenticationID(rel, *in.Authentication)
		if err != nil {
			return x, err
		}
		if x.drops = chosen != ac.Authentication; x.drops {
			x.to.Authentication, x.to.AuthSealed, x.to.Authenticated = chosen, nil, needsNoValue(rel, chosen)
		}
	}
	if in.AuthValue != nil {
		if err := r.sealAuth(ctx, rel, &x.to, *in.AuthValue); err != nil {
			return x, err
		}
	}
	x.event("account_connector.updated", x.to.Name)
	if err := r.withProperties(ctx, p, a, &x, in.Properties); err != nil || in.AuthValue == nil || *in.AuthValue == "" {
		return x, err
	}
	found, err := r.prove(ctx, a, rel, &x.to)
	if len(found) > 0 {
		before := x.properties
		x.properties = func(tx *store.Tx) error {
			if before != nil {
				if err := before(tx); err != nil {
					return err
				}
			}
			return putProperties(tx, a, x.to.ID, found)
		}
	}
	return x, err
}

func putProperties(tx *store.Tx, a paceline.Account, id int32, list []paceline.Property) error {
	for _, property := range list {
		if err := tx.PutProperty(a.Scope(), id, &property); err != nil {
			return err
		}
	}
	return nil
}

// echoed is AccountConnector for the answer to the write that supplied an AuthValue.
func (r *Room) echoed(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, authValue *string) (AccountConnector, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil {
		return AccountConnector{}, err
	}
	return r.shown(ctx, a, ac, rel, authValue)
}

// DeauthenticateConnector drops the credential and stops every running cycle that uses it, those of sub accounts
// included. The vendor is told to forget its webhooks and its tokens, as far as the definition says how: at once,
// and again for a day while it can't be reached. A sign-in that is under way ends as well. One that needs no credential stays authenticated. Errors: NotFound; Forbidden for
// the parent's.
func (r *Room) DeauthenticateConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (name string, err error) {
	return r.deauthenticate(ctx, p, a, id, false)
}

// RevokeCredential is DeauthenticateConnector for one of many: the sweep tells the vendor, so that one who does not answer
// keeps none of the others in use. Errors: as there.
func (r *Room) RevokeCredential(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) error {
	_, err := r.deauthenticate(ctx, p, a, id, true)
	return err
}

func (r *Room) deauthenticate(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, later bool) (name string, err error) {
	err = r.alter(ctx, p, a, id, func(ac paceline.AccountConnector, rel *cycle.Release) (x alteration, err error) {
		x.to, x.release, x.drops, x.later, name = ac, rel, true, later, ac.Name
		x.to.AuthSealed, x.to.Authenticated = nil, rel != nil && needsNoValue(rel, ac.Authentication)
		x.event("account_connector.deauthenticated", ac.Name)
		return x, nil
	})
	return name, err
}

// DeleteAccountConnector removes the account's own; steps that used it stay, unauthenticated. The vendor is told
// as by DeauthenticateConnector. Errors:
// NotFound; Forbidden for the parent's; Conflict while a running cycle uses it, of a sub account too.
func (r *Room) DeleteAccountConnector(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) error {
	return unlessMeanwhile(func() error {
		ac, rel, err := r.findOwn(ctx, p, a, id)
		if err != nil {
			return err
		}
		leave, err := r.prepareFarewell(ctx, a, ac, rel, true)
		if err != nil {
			return err
		}
		err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
			now, found, err := tx.AccountConnector(a, id)
			if err != nil || !found {
				return orNotFound(err, "Account connector")
			}
			if now.Version != ac.Version {
				return errMeanwhile
			}
			running, err := tx.RunningCyclesUsing(a.Partner, a.Root, id)
			if err != nil {
				return err
			}
			if len(running) > 0 {
				return paceline.Fail(paceline.CodeConnectorInUse, "name", ac.Name)
			}
			if err := leave.put(tx); err != nil {
				return err
			}
			if err := tx.DeleteAccountConnector(a.Scope(), id); err != nil {
				return err
			}
			return audit(tx, p, a.Scope(), "account_connector.deleted", "account_connector", idText(id), ac.Name)
		})
		if err == nil {
			r.instances.forget(id)
			r.say(ctx, leave.row)
		}
		return err
	})
}

// changeOwn loads the account's own connector, lets change alter it, and stores it.
func (r *Room) changeOwn(ctx context.Context, a paceline.Account, id int32, change func(*store.Tx, *paceline.AccountConnector) error) error {
	err := r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		now, found, err := tx.AccountConnector(a, id)
		if err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		if err := change(tx, &now); err != nil {
			return err
		}
		stored, err := tx.UpdateAccountConnector(&now)
		if err == nil && !stored {
			return paceline.Fail(paceline.CodeNameInUse, "name", now.Name)
		}
		return err
	})
	if err == nil {
		r.instances.forget(id)
	}
	return err
}

// find reads one that the account sees, with its release, or nil when that is no longer published.
func (r *Room) find(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (ac paceline.AccountConnector, rel *cycle.Release, err error) {
	if err := may(p, a); err != nil {
		return ac, nil, err
	}
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		var err error
		if ac, found, err = tx.AccountConnector(a, id); err != nil || !found {
			return orNotFound(err, "Account connector")
		}
		return nil
	})
	if err != nil {
		return ac, nil, err
	}
	rel, err = r.releaseOf(ctx, ac)
	return ac, rel, err
}

// findOwn is find for a write: a parent's connector is Forbidden.
func (r *Room) findOwn(ctx context.Context, p paceline.Principal, a paceline.Account, id int32) (paceline.AccountConnector, *cycle.Release, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err == nil && ac.Account != a.Num {
		return ac, rel, paceline.Fail(paceline.CodeParentConnector)
	}
	return ac, rel, err
}

func (r *Room) releaseOf(ctx context.Context, ac paceline.AccountConnector) (*cycle.Release, error) {
	rel, err := r.releases.Get(ctx, ac.Partner, ac.Release.UID, ac.Release.Version)
	if paceline.KindOf(err) == paceline.NotFound {
		return nil, nil
	}
	return rel, err
}

// shown is what the account may see of a connector. supplied is the AuthValue of the call itself.
func (r *Room) shown(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, supplied *string) (AccountConnector, error) {
	out := AccountConnector{AccountConnector: ac, Release: rel}
	if rel != nil && ac.Authentication != "" {
		out.AuthenticationID = rel.Compiled.AuthUID(ac.Authentication)
	}
	if ac.Account != a.Num {
		out.ParentAccountID = ac.AccountID
	} else if supplied != nil && *supplied != "" {
		out.AuthValue = supplied
	} else if len(ac.AuthSealed) > 0 {
		echoed, err := r.echo(ctx, ac)
		if err != nil {
			return out, err
		}
		out.AuthValue = echoed
	}
	out.AuthSealed, out.HintSealed = nil, nil
	out.Properties = make([]paceline.Property, len(ac.Properties))
	for i, property := range ac.Properties {
		if property.Secret {
			property.Value, property.Sealed, property.HintSealed = nil, nil, nil
		}
		out.Properties[i] = property
	}
	if ac.Account == a.Num {
		r.hints(ctx, ac, rel, &out)
	}
	return out, nil
}

// echo opens the stored credential for reading, if the partner has asked for that.
func (r *Room) echo(ctx context.Context, ac paceline.AccountConnector) (*string, error) {
	var partner paceline.Partner
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		partner, _, err = tx.Partner(ownerScope(ac))
		return err
	})
	if err != nil || !partner.Settings.Compatibility.EchoAuthValue {
		return nil, err
	}
	value, err := r.openAuth(ctx, ac)
	if locked(err) {
		return nil, nil
	}
	return &value, err
}

func ownerScope(ac paceline.AccountConnector) paceline.Scope {
	return paceline.Scope{Partner: ac.Partner, Account: ac.Account}
}

func idText(id int32) string { return strconv.Itoa(int(id)) }

// freeName returns name, or the first of "name (2)", "name (3)" that is not in use.
func freeName(name string, used map[string]bool) string {
	candidate := name
	for n := 2; used[store.Fold(candidate)]; n++ {
		candidate = name + " (" + strconv.Itoa(n) + ")"
	}
	return candidate
}

// authenticationID finds an authentication by the API's UUID or the definition's id.
func authenticationID(rel *cycle.Release, wanted string) (string, error) {
	wanted = strings.TrimSpace(wanted)
	if wanted == "" || strings.EqualFold(wanted, string(paceline.ZeroID)) {
		if auth := rel.Compiled.Auth(""); auth != nil {
			return auth.ID, nil
		}
		return "", nil
	}
	for _, auth := range rel.Definition.Auth {
		if auth.ID == wanted || strings.EqualFold(string(rel.Compiled.AuthUID(auth.ID)), wanted) {
			return auth.ID, nil
		}
	}
	return "", paceline.Fail(paceline.CodeAuthenticationID)
}

// authOf returns the chosen authentication, nil for a connector that has none.
func authOf(rel *cycle.Release, id string) *connector.Auth { return rel.Compiled.Auth(id) }

// needsNoValue reports whether an account connector is authenticated without an AuthValue.
func needsNoValue(rel *cycle.Release, authentication string) bool {
	auth := authOf(rel, authentication)
	return auth == nil || auth.Type == "none"
}
