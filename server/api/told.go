package api

import (
	"context"
	"strconv"

	"paceline"
	"paceline/engine"
	"paceline/server/api/wire"
)

type toldOut struct {
	Id             string `doc:"The message id that the receiver gets, without mkt_."`
	State          string `enum:"Waiting,Delivered,Failed"`
	Status         string `enum:"installed,started,stopped,uninstalled" doc:"What it tells."`
	AccountId      string `doc:"API id."`
	AccountName    string
	PackageId      int    `doc:"Number of the package; 0 where nothing was arranged."`
	CardId         string `doc:"Of the package."`
	InstallId      string
	CreatedOnUtc   wire.Time
	FailedTries    int        `doc:"Tries that were not taken."`
	HttpStatus     *int       `doc:"Of the last answer; null: there was none."`
	NextTryOnUtc   *wire.Time `doc:"While it waits."`
	CompletedOnUtc *wire.Time `doc:"When it was taken or given up; it is known for a week."`
}

type toldListInput struct {
	MarketplacePath
	PageInput
	State string `query:"state" doc:"waiting, delivered or failed; all when absent."`
}

type toldInput struct {
	MarketplacePath
	AccountPath
	Notification string `path:"notification" doc:"What a marketplace told."`
}

func (a *API) toldList(ctx context.Context, c *Call, in *toldListInput) ([]toldOut, error) {
	m, err := a.Storefront.Marketplace(ctx, c.Principal, in.Marketplace)
	if err != nil {
		return nil, err
	}
	page, err := in.page(true)
	if err != nil {
		return nil, err
	}
	state, err := deliveryState(in.State)
	if err != nil {
		return nil, err
	}
	l, err := a.Engine.Notifications(ctx, c.Principal, m.ID, state, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, toldWire), nil
}

func (a *API) toldReplay(ctx context.Context, c *Call, in *toldInput) (out toldOut, err error) {
	m, err := a.Storefront.Marketplace(ctx, c.Principal, in.Marketplace)
	if err != nil {
		return out, err
	}
	account, err := a.Tenant.GetAccount(ctx, c.Principal, in.Account)
	if err != nil {
		return out, err
	}
	id, err := strconv.ParseInt(in.Notification, 10, 64)
	if err != nil {
		return out, paceline.Fail(paceline.CodeRequestInvalid)
	}
	n, err := a.Engine.ReplayNotification(ctx, c.Principal, account, m.ID, id)
	return toldWire(n), err
}

func toldWire(n engine.ToldNotification) toldOut {
	out := toldOut{
		Id: strconv.FormatInt(n.ID, 10), State: deliveryStates[n.State], Status: n.Told.Status, AccountId: n.AccountAPIID, AccountName: n.AccountName,
		PackageId: int(n.Told.MarketplaceIntegrationPackageId), CardId: n.Told.MarketplaceCardId, InstallId: string(n.Told.MarketplaceInstallId),
		CreatedOnUtc: wire.FromMicros(n.At), FailedTries: n.Attempt, NextTryOnUtc: wire.OptTime(n.DueAt), CompletedOnUtc: wire.OptTime(n.EndedAt),
	}
	if n.ToldDelivery.Status != 0 {
		out.HttpStatus = &n.ToldDelivery.Status
	}
	return out
}
