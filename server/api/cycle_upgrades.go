package api

import (
	"context"
	"net/http"

	"paceline/catalog"
)

type upgradeableInput struct {
	PageInput
	IncludeIcons bool `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
}

func (a *API) cycleUpgrades() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	add(a, Route{ID: "Cycles_Upgradeable_GET", Method: http.MethodGet, Path: "/cycles/upgradeable", Tag: cyclesTag, Level: Account,
		Summary: "List the cycles whose template has another live release than theirs."}, a.upgradeableList)
	add(a, Route{ID: "Cycles_Upgrade_PUT", Method: http.MethodPut, Path: "/cycles/{id}/upgrade", Tag: cyclesTag, Level: Account, IDs: owned, Extension: true,
		Aliases: []string{"POST /cycles/{id}/upgrade"}, Summary: "Move a cycle that is not running to its template's live release; what the customer set stays."}, a.cycleUpgrade)
}

func (a *API) upgradeableList(ctx context.Context, c *Call, in *upgradeableInput) ([]cycleOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Catalog.UpgradeableCycles(ctx, c.Principal, c.Account, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(u catalog.Upgradeable) cycleOut {
		w := cycleWire(u.View, in.IncludeIcons)
		w.LatestTemplateReleaseId = textPtr(string(u.Latest))
		return w
	}), nil
}

func (a *API) cycleUpgrade(ctx context.Context, c *Call, in *CyclePath) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	v, err := a.Catalog.UpgradeCycle(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	return cycleWire(v, false), nil
}
