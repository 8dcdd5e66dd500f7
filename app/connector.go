package app

import (
	"context"

	"paceline/catalog"
	"paceline/connector"
)

// NewRelease is the input of PublishConnector.
type NewRelease struct {
	OfPartner
	Name     string // of the file, for messages
	Document []byte
	Icon     *string // data URI
	Draft    bool
	// Signature vouches for Document and Icon; nil where nobody does.
	Signature *connector.Signature
}

// Release is the answer of PublishConnector.
type Release struct {
	Key, Version, Hash string
	Changed            bool     // false when the very same release was there
	Differences        []string // from the release that was live, of hosts, scopes, sign-in and scripts
	Warnings           []connector.Problem
	Signer             string // who vouches for it, as the partner calls them; "" for nobody
}

func (b *Base) publishConnector(ctx context.Context, in NewRelease) (Release, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return Release{}, err
	}
	out, err := b.Catalog.Publish(ctx, catalog.Publication{Name: in.Name, Document: in.Document, Icon: in.Icon, Partner: p.Partner, Draft: in.Draft, Signature: in.Signature})
	signer := ""
	if out.Signer != nil {
		signer = out.Signer.Name
		if signer == "" {
			signer = out.Signer.Key
		}
	}
	return Release{Signer: signer, Key: out.ConnectorKey, Version: out.Key.Version, Hash: out.Key.Hash, Changed: out.Changed, Differences: append([]string{}, out.Differences...), Warnings: append([]connector.Problem{}, out.Warnings...)}, err
}
