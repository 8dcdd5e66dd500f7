package app

import (
	"context"
	"errors"
	"slices"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/storefront"
	"paceline/tenant"
)

// NewOAuthApp is the input of SetOAuthApp: a partner's app at the vendor of a connector. Without a client id
// the app is forgotten.
type NewOAuthApp struct {
	OfPartner
	Connector              string // name
	ClientID, ClientSecret string
}

func (b *Base) setOAuthApp(ctx context.Context, in NewOAuthApp) (struct{}, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return struct{}{}, err
	}
	ref := catalog.ConnectorRef{Name: in.Connector}
	if in.ClientID == "" && in.ClientSecret != "" {
		return struct{}{}, errors.New("a secret without a client id")
	}
	if in.ClientID == "" {
		return struct{}{}, b.Catalog.RemoveOAuthApp(ctx, p, ref)
	}
	_, err = b.Catalog.SetOAuthApp(ctx, p, ref, connector.Client{ID: in.ClientID, Secret: in.ClientSecret})
	return struct{}{}, err
}

// Origins is the input of SetOrigins and its answer: all web origins to which people may be sent back.
type Origins struct {
	OfPartner
	Origins []string
	Keep    bool // only answer with what is registered
}

func (b *Base) setOrigins(ctx context.Context, in Origins) (Origins, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return Origins{}, err
	}
	if in.Keep {
		settings, err := b.Tenant.Settings(ctx, p)
		return Origins{Origins: settings.Origins}, err
	}
	settings, err := b.Tenant.UpdateSettings(ctx, p, tenant.SettingsPatch{Origins: tenant.Value(in.Origins)})
	return Origins{Origins: settings.Origins}, err
}

// ServiceURL is the input of SetServiceURL and its answer: where the partner's pages and webhooks are, "" where those of all are.
type ServiceURL struct {
	OfPartner
	URL  string
	Keep bool // only answer with what is set
}

func (b *Base) setServiceURL(ctx context.Context, in ServiceURL) (ServiceURL, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return ServiceURL{}, err
	}
	if in.Keep {
		settings, err := b.Tenant.Settings(ctx, p)
		return ServiceURL{URL: settings.ServiceURL}, err
	}
	settings, err := b.Tenant.UpdateSettings(ctx, p, tenant.SettingsPatch{ServiceURL: tenant.Value(in.URL)})
	return ServiceURL{URL: settings.ServiceURL}, err
}

// Signers is the input of SetSigners and its answer: whose signatures on connectors are trusted.
type Signers struct {
	OfPartner
	Add      *paceline.Signer // nil: nobody
	Remove   string           // key; "" for nobody
	Required *bool            // whether connectors must be signed; nil leaves it

	Signers []paceline.Signer // of the answer
}

func (b *Base) setSigners(ctx context.Context, in Signers) (Signers, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return Signers{}, err
	}
	settings, err := b.Tenant.Settings(ctx, p)
	if err != nil {
		return Signers{}, err
	}
	var patch tenant.SettingsPatch
	list := slices.Clone(settings.Signers)
	if in.Remove != "" {
		key, err := connector.ParseSigner(in.Remove)
		if err != nil {
			return Signers{}, err
		}
		was := len(list)
		if list = slices.DeleteFunc(list, func(s paceline.Signer) bool { return s.Key == key }); len(list) == was {
			return Signers{}, errors.New("this signer is not trusted")
		}
		patch.Signers = tenant.Value(list)
	}
	if in.Add != nil {
		patch.Signers = tenant.Value(append(list, *in.Add))
	}
	if in.Required != nil {
		patch.SignedConnectors = tenant.Value(*in.Required)
	}
	if patch.Signers.Set || patch.SignedConnectors.Set {
		if settings, err = b.Tenant.UpdateSettings(ctx, p, patch); err != nil {
			return Signers{}, err
		}
	}
	return Signers{Signers: settings.Signers, Required: &settings.SignedConnectors}, nil
}

// NewMarketplace is the input of CreateMarketplace.
type NewMarketplace struct {
	OfPartner
	Name string
}

// MarketplaceEntry is its answer: the number that the API knows the marketplace by.
type MarketplaceEntry struct {
	ID   int32
	Name string
}

func (b *Base) createMarketplace(ctx context.Context, in NewMarketplace) (MarketplaceEntry, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return MarketplaceEntry{}, err
	}
	m, err := b.Storefront.CreateMarketplace(ctx, p, storefront.Marketplace{Name: in.Name})
	return MarketplaceEntry{m.ID, m.Name}, err
}
