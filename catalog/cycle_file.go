package catalog

import (
	"context"
	"errors"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// ExportCycle returns a cycle as a file, which ImportCycle and ImportTemplate read here and on other
// installations. It carries no credentials, properties, addresses and account connectors. Errors: NotFound.
func (r *Room) ExportCycle(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID) ([]byte, error) {
	v, err := r.cycles.Get(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	releases, err := r.releases.Pinned(ctx, a.Partner, v.Flow)
	if err != nil {
		return nil, err
	}
	return r.file(ctx, a.Partner, documentOf(KindCycle, v.Name, v.Description, v.Tags, false, v.Flow, releases))
}

// ImportedCycle is the cycle that a file became, what the file could not carry, and what was not understood of it.
type ImportedCycle struct {
	cycle.View
	Notes []string
}

// ImportCycle makes a paused cycle of the file of a cycle or template. Account connectors are chosen as in an
// install. Connector releases that are missing here come along as the partner's own, which a caller that is
// restricted to an account may not bring. What a template leaves to the installer is blank; a cycle keeps its
// values. Errors: Invalid with CodeCycleImport for what is no such file, CodeCycleMissing with a list of what
// it needs and this installation does not have. A refused file leaves nothing behind.
func (r *Room) ImportCycle(ctx context.Context, p paceline.Principal, a paceline.Account, raw []byte) (ImportedCycle, error) {
	if err := may(p, a); err != nil {
		return ImportedCycle{}, err
	}
	doc, err := r.prepare(ctx, p, raw)
	if err == nil && len(doc.publications) > 0 && mayPublish(p) != nil {
		err = missingFrom("It brings connectors that are not here, which takes a token of the partner.")
	}
	if err == nil {
		err = r.publishCarried(ctx, doc)
	}
	if err != nil {
		return ImportedCycle{}, aboutCycle(err)
	}
	releases, err := r.releases.Pinned(ctx, p.Partner, doc.Flow)
	if err != nil {
		return ImportedCycle{}, err
	}
	now := r.clock.Now()
	c := cycle.NewCycle(a)
	c.ID, c.Name, c.Description, c.Tags = paceline.NewID(now), doc.Name, doc.Description, doc.Tags
	if doc.Kind == KindTemplate {
		doc.Flow = cycle.Blank(doc.Flow)
	}
	flow, _ := cycle.Copy(doc.Flow, now)
	err = r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
		c.Flow = flow.Clone()
		if err := r.connect(tx, p, a, &c, releases, nil); err != nil {
			return err
		}
		return cycle.Insert(tx, p, &c, "imported")
	})
	if err != nil {
		return ImportedCycle{}, err
	}
	v, err := r.cycles.View(ctx, a, c)
	return ImportedCycle{v, append(notesOf(c.Flow), doc.notes...)}, err
}

// aboutCycle turns the refusal of a file into that of a cycle's.
func aboutCycle(err error) error {
	e, ok := errors.AsType[*paceline.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case paceline.CodeTemplateImport:
		return paceline.Fail(paceline.CodeCycleImport).Because(e.Err)
	case paceline.CodeTemplateMissing:
		return paceline.Fail(paceline.CodeCycleMissing, e.Params...)
	}
	return err
}
