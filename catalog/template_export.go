package catalog

import (
	"context"

	"paceline"
)

// ExportTemplate returns the live release of a published template as a file, which ImportTemplate reads
// here and on other installations. Errors: NotFound.
func (r *Room) ExportTemplate(ctx context.Context, p paceline.Principal, id paceline.ID) ([]byte, error) {
	t, rel, err := r.live(ctx, p, id)
	if err != nil {
		return nil, err
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, rel.Flow)
	if err != nil {
		return nil, err
	}
	return r.file(ctx, p.Partner, documentOf(KindTemplate, t.Name, t.Description, t.Tags, t.Published, rel.Flow, releases))
}
