package api

import (
	"context"
	"net/http"
	"time"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type SetupTokenPath struct {
	AccountConnectorPath
	Link string `path:"link" format:"uuid" doc:"Id of the link."`
}

type setupTokenIn struct {
	UserName         wire.Opt[string] `doc:"User as whom the connector is connected; a new one is made. The account's built-in user when absent."`
	ExpiresInMinutes wire.Opt[int]    `doc:"Time to open the link and type the token: 1 to 10080, 5 when absent. Twelve hours more to finish."`
}

type setupTokenCreateInput struct {
	AccountConnectorPath
	Body *wire.Body[setupTokenIn]
}

// setupTokenOut is a new link with its token.
type setupTokenOut struct {
	Id           string `doc:"Of the link."`
	Token        string `doc:"To be typed into the page of the link; shown only now. Send it apart from the link."`
	Link         string
	UserName     string
	ExpiresAtUtc wire.Time
}

// setupTokenInfoOut is how far a link has come.
type setupTokenInfoOut struct {
	Id              string
	UserName        string
	Status          string `enum:"Created,Opened,Used,Finished,Expired,Abandoned,Locked"`
	CreatedOnUtc    wire.Time
	ExpiresAtUtc    wire.Time
	OpenedOnUtc     *wire.Time
	UsedOnUtc       *wire.Time
	FinishedOnUtc   *wire.Time
	FinishBeforeUtc *wire.Time `doc:"Once used."`
}

func (a *API) setupTokens() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := []IDParam{{In: "path", Name: "link", Owner: "account"}, {In: "path", Name: "id", Owner: "account"}}
	const path = "/account/connectors/{id}/setuptokens"
	add(a, Route{ID: "SetupTokens_Create_POST", Method: http.MethodPost, Path: path, Tag: accountConnectorsTag, Level: Account, Extension: true, IDs: owned,
		Summary: "Make a link and a token with which a person connects this account connector and can do nothing else."}, a.setupTokenCreate)
	add(a, Route{ID: "SetupTokens_All_GET", Method: http.MethodGet, Path: path, Tag: accountConnectorsTag, Level: Account, Extension: true, IDs: owned,
		Summary: "List the set-up links of an account connector, the newest first: opened, used, finished or expired."}, a.setupTokenList)
	addEmpty(a, Route{ID: "SetupTokens_Delete_DELETE", Method: http.MethodDelete, Path: path + "/{link}", Tag: accountConnectorsTag, Level: Account, Extension: true, IDs: both,
		Summary: "End a set-up link, and the session of whoever has used it."}, a.setupTokenDelete)
}

func (a *API) setupTokenCreate(ctx context.Context, c *Call, in *setupTokenCreateInput) (out setupTokenOut, err error) {
	id, err := number(in.ID)
	if err != nil {
		return out, err
	}
	switch ac, err := a.Catalog.AccountConnector(ctx, c.Principal, c.Account, id); {
	case err != nil:
		return out, err
	case ac.ParentAccountID != "":
		return out, paceline.Fail(paceline.CodeParentConnector)
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	life := tenant.SetupLife
	if body.ExpiresInMinutes.Has() { // bounded before it is multiplied; what is out of bounds is refused
		life = time.Duration(min(max(body.ExpiresInMinutes.Value, 0), 1<<20)) * time.Minute
	}
	t, err := a.Tenant.CreateSetupToken(ctx, c.Principal, c.Account, id, body.UserName.Value, life)
	if err != nil {
		return out, err
	}
	return setupTokenOut{
		Id: string(t.Link), Token: t.Token, Link: a.serviceURL(ctx, c) + tenant.SetupPath + "?link=" + string(t.Link), UserName: t.UserName, ExpiresAtUtc: wire.FromMicros(t.ExpiresAt),
	}, nil
}

func (a *API) setupTokenList(ctx context.Context, c *Call, in *AccountConnectorPath) ([]setupTokenInfoOut, error) {
	id, err := number(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Tenant.SetupTokens(ctx, c.Principal, c.Account, id)
	if err != nil {
		return nil, err
	}
	return translate(list, setupTokenWire), nil
}

func (a *API) setupTokenDelete(ctx context.Context, c *Call, in *SetupTokenPath) error {
	id, err := number(in.ID)
	if err != nil {
		return err
	}
	link, err := guid(in.Link)
	if err != nil {
		return err
	}
	if _, err := a.Catalog.AccountConnector(ctx, c.Principal, c.Account, id); err != nil {
		return err
	}
	return a.Tenant.DeleteSetupToken(ctx, c.Principal, c.Account, id, link)
}

func setupTokenWire(t tenant.SetupTokenInfo) setupTokenInfoOut {
	return setupTokenInfoOut{
		Id: string(t.Link), UserName: t.UserName, Status: string(t.State), CreatedOnUtc: wire.FromMicros(t.CreatedAt), ExpiresAtUtc: wire.FromMicros(t.ExpiresAt),
		OpenedOnUtc: when(t.OpenedAt), UsedOnUtc: when(t.UsedAt), FinishedOnUtc: when(t.FinishedAt), FinishBeforeUtc: when(t.Until),
	}
}

// when is a time, or null for one that has not come.
func when(at paceline.Micros) *wire.Time {
	if at == 0 {
		return nil
	}
	t := wire.FromMicros(at)
	return &t
}
