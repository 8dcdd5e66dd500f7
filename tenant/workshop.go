package tenant

import (
	"context"

	"paceline"
	"paceline/catalog"
	"paceline/cycle"
)

// Workshop is the API id of the account in which a partner designs and tries its templates. Its connectors are the
// template connectors.
const Workshop = "template-workshop"

// DesignRelease returns the cycle in which a draft release is designed, and the workshop that it lies in; both are made
// the first time. Errors: as for catalog.Room.DesignRelease.
func (t *Tenant) DesignRelease(ctx context.Context, p paceline.Principal, template, release paceline.ID) (a paceline.Account, v cycle.View, err error) {
	if err := needPartner(p, AreaTemplates, paceline.EditRight); err != nil {
		return a, v, err
	}
	if a, err = t.OpenWorkshop(ctx, p, AreaTemplates); err != nil {
		return a, v, err
	}
	v, err = t.catalog.DesignRelease(ctx, p, a, template, release)
	return a, v, err
}

// OpenWorkshop returns the workshop, which is made the first time, for who may edit in an area that works in it. Errors: Forbidden.
func (t *Tenant) OpenWorkshop(ctx context.Context, p paceline.Principal, area string) (a paceline.Account, err error) {
	if err := needPartner(p, area, paceline.EditRight); err != nil {
		return a, err
	}
	set := func(text string) Patch[string] { return Patch[string]{Set: true, Value: text} }
	patch := AccountPatch{ID: set(Workshop), Name: set("Template workshop"), Description: set("Where templates are designed and tried. Its connectors are the template connectors.")}
	job, err := t.prototype(patch)
	if err != nil {
		return a, err
	}
	a, _, err = t.ensured(ctx, p, job, patch, catalog.Orders{})
	return a, err
}
