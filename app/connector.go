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
}

// Release is the answer of PublishConnector.
type Release struct {
	Key, Version, Hash string
	Changed            bool     // false when the very same release was there
	Differences        []string // from the release that was live, of hosts, scopes, sign-in and scripts
	Warnings           []connector.Problem
}

func (b *Base) publishConnector(ctx context.Context, in NewRelease) (Release, error) {
	p, err := b.principal(ctx, in.OfPartner)
	if err != nil {
		return Release{}, err
	}
	out, err := b.Catalog.Publish(ctx, catalog.Publication{Name: in.Name, Document: in.Document, Icon: in.Icon, Partner: p.Partner, Draft: in.Draft})
	return Release{Key: out.ConnectorKey, Version: out.Key.Version, Hash: out.Key.Hash, Changed: out.Changed, Differences: append([]string{}, out.Differences...), Warnings: append([]connector.Problem{}, out.Warnings...)}, err
}
