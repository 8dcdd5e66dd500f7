package catalog

import (
	"context"
	"fmt"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// OAuthApp is a partner's app at a vendor. Its secret is never shown.
type OAuthApp struct {
	Connector paceline.ID
	ID        int32 // of the connector
	ClientID  string
}

// OAuthApps returns the partner's apps, those of connectors that there are. Errors: Unauthorized.
func (r *Room) OAuthApps(ctx context.Context, p paceline.Principal) ([]OAuthApp, error) {
	if err := mayPublish(p); err != nil {
		return nil, err
	}
	rows, err := r.liveRows(ctx, p)
	if err != nil {
		return nil, err
	}
	var apps map[paceline.ID]string
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		apps, err = tx.OAuthApps(p.PartnerScope())
		return err
	})
	list := []OAuthApp{}
	for _, row := range rows {
		if err != nil {
			return nil, err
		}
		id := apps[row.Key.UID]
		if id == "" && len(apps) > 0 {
			rel, failed := r.releases.Get(ctx, p.Partner, row.Key.UID, row.Key.Version)
			if err = failed; err == nil {
				id = apps[sharedApp(rel)]
			}
		}
		if id != "" {
			list = append(list, OAuthApp{Connector: row.Key.UID, ID: row.ConnectorID, ClientID: id})
		}
	}
	return list, err
}

// OAuthApp returns the partner's app for a connector, without its secret. Errors: Unauthorized; NotFound.
func (r *Room) OAuthApp(ctx context.Context, p paceline.Principal, ref ConnectorRef) (OAuthApp, error) {
	if err := mayPublish(p); err != nil {
		return OAuthApp{}, err
	}
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return OAuthApp{}, err
	}
	out, found := OAuthApp{Connector: rel.Key.UID}, false
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		var app store.OAuthApp
		app, _, found, err = appOf(tx, p.PartnerScope(), rel)
		out.ClientID = app.ClientID
		return err
	})
	if err != nil || !found {
		return OAuthApp{}, orNotFound(err, "App")
	}
	return out, nil
}

// SetOAuthApp registers the partner's app for a connector, and for all that share the preset of its sign-in: account connectors without the properties
// ClientId and ClientSecret use it. Errors: Unauthorized; NotFound for the connector; Invalid.
func (r *Room) SetOAuthApp(ctx context.Context, p paceline.Principal, ref ConnectorRef, client connector.Client) (OAuthApp, error) {
	if err := mayPublish(p); err != nil {
		return OAuthApp{}, err
	}
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return OAuthApp{}, err
	}
	if client.ID == "" || len(client.ID)+len(client.Secret) > maxPropertyValue || strings.ContainsRune(client.ID+client.Secret, 0) {
		return OAuthApp{}, invalid(connector.PropertyClientID, "it is empty, too long or not text")
	}
	key, err := r.keys.PartnerKeyOf(ctx, p.Partner)
	if err != nil {
		return OAuthApp{}, err
	}
	of := rel.Key.UID
	if shared := sharedApp(rel); shared != "" {
		of = shared
	}
	app := store.OAuthApp{ClientID: client.ID, SecretSealed: key.SealSecret([]byte(client.Secret), appPlace(of), p.Partner, 0)}
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if of != rel.Key.UID { // one of its own would stand in the way
			if _, err := tx.DeleteOAuthApp(p.PartnerScope(), rel.Key.UID); err != nil {
				return err
			}
		}
		if err := tx.PutOAuthApp(p.PartnerScope(), of, app); err != nil {
			return err
		}
		return audit(tx, p, p.PartnerScope(), "connector.app_set", "connector", string(rel.Key.UID), client.ID)
	})
	r.instances.clear()
	return OAuthApp{Connector: rel.Key.UID, ID: rel.ConnectorID, ClientID: client.ID}, err
}

// RemoveOAuthApp forgets the partner's app for a connector. Errors: Unauthorized; NotFound.
func (r *Room) RemoveOAuthApp(ctx context.Context, p paceline.Principal, ref ConnectorRef) error {
	if err := mayPublish(p); err != nil {
		return err
	}
	rel, err := r.resolve(ctx, p, ref)
	if err != nil {
		return err
	}
	err = r.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		_, of, found, err := appOf(tx, p.PartnerScope(), rel)
		if err == nil && found {
			found, err = tx.DeleteOAuthApp(p.PartnerScope(), of)
		}
		if err != nil || !found {
			return orNotFound(err, "App")
		}
		return audit(tx, p, p.PartnerScope(), "connector.app_removed", "connector", string(rel.Key.UID), "")
	})
	r.instances.clear()
	return err
}

// sharedApp is under which name the partner's app for a release is kept that it shares with others, "" for one of its own. A
// connector that an account has made has no part in the partner's, nor one with another sign-in besides, which could send
// the app's secret elsewhere.
func sharedApp(rel *cycle.Release) (shared paceline.ID) {
	if rel.Account != 0 {
		return ""
	}
	for i := range rel.Definition.Auth {
		a := &rel.Definition.Auth[i]
		if !a.OAuth2() && !a.Interactive() {
			continue
		}
		if own := a.SharedApp(); own == "" || shared != "" && shared != own {
			return ""
		} else {
			shared = own
		}
	}
	return shared
}

// appOf returns the partner's app for a release, and under which name it is kept: the connector's own, else the shared one.
func appOf(tx *store.Tx, scope paceline.Scope, rel *cycle.Release) (app store.OAuthApp, of paceline.ID, found bool, err error) {
	of = rel.Key.UID
	if app, found, err = tx.OAuthApp(scope, of); err != nil || found {
		return app, of, found, err
	}
	if of = sharedApp(rel); of == "" {
		return app, of, false, nil
	}
	app, found, err = tx.OAuthApp(scope, of)
	return app, of, found, err
}

func appPlace(uid paceline.ID) string { return "oauth_app/" + string(uid) }

// usesApp reports whether an instance of the release may need the vendor's app.
func usesApp(rel *cycle.Release, auth *connector.Auth) bool {
	return auth.OAuth2() || auth.Interactive() || rel.Compiled.UsesApp()
}

// ownApp is the partner's app for a connector as it is stored; the zero one where there is none.
type ownApp struct {
	store.OAuthApp
	of paceline.ID
}

func readApp(tx *store.Tx, rel *cycle.Release, partner int64) (app ownApp, err error) {
	app.OAuthApp, app.of, _, err = appOf(tx, paceline.Scope{Partner: partner}, rel)
	return app, err
}

// openApp opens the secret of the partner's app.
func (r *Room) openApp(ctx context.Context, app ownApp, partner int64) (connector.Client, error) {
	if len(app.SecretSealed) == 0 {
		return connector.Client{}, nil
	}
	secret, err := r.broker.Open(ctx, app.SecretSealed, appPlace(app.of), partner, 0)
	if err != nil {
		return connector.Client{}, fmt.Errorf("open the partner's app %s: %w", app.of, err)
	}
	return connector.Client{ID: app.ClientID, Secret: string(secret)}, nil
}
