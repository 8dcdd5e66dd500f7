package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

const usersTag = "Users"

type accountUserListInput struct {
	AccountPath
	PageInput
}

type userIn struct {
	UserName wire.Opt[string]
	Password wire.Opt[string] `doc:"At least 10 characters with one that is neither a letter nor a digit. Needed for a new user."`
}

type userNameIn struct {
	UserName wire.Opt[string]
}

type accountUserInput struct {
	AccountPath
	Body *wire.Body[userIn]
}

type accountUserDeleteInput struct {
	AccountPath
	Body *wire.Body[userNameIn]
}

type userInput struct {
	Body *wire.Body[userIn]
}

func (a *API) users() {
	owned := []IDParam{{In: "path", Name: "account", Owner: "partner"}}
	route := func(id, method, path, summary string, right paceline.RightLevel, ids []IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: usersTag, Level: Partner, Summary: summary, IDs: ids, Right: tenant.AreaAccountUsers, RightAs: right}
	}
	add(a, route("Accounts_Users_GET", http.MethodGet, "/accounts/{account}/users", "List the names of the users who have access to an account.",
		paceline.ViewRight, owned), a.accountUserList)
	addEmpty(a, route("Accounts_UpdateUser_PUT", http.MethodPut, "/accounts/{account}/users", "Give a user access to an account; a new user is made.",
		paceline.EditRight, owned), a.accountUserPut)
	addEmpty(a, route("Accounts_DeleteUser_DELETE", http.MethodDelete, "/accounts/{account}/users", "Take a user's access to an account away; the user stays.",
		paceline.EditRight, owned), a.accountUserDelete)
	addEmpty(a, route("Users_Update_PUT", http.MethodPut, "/users", "Set the password of a user of accounts.", paceline.EditRight, nil), a.userUpdate)
}

func (a *API) accountUserList(ctx context.Context, c *Call, in *accountUserListInput) ([]string, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Tenant.AccountUsers(ctx, c.Principal, in.Account, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(u paceline.User) string { return u.UserName }), nil
}

func (a *API) accountUserPut(ctx context.Context, c *Call, in *accountUserInput) error {
	if err := a.hasAccount(ctx, c, in.Account); err != nil {
		return err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return err
	}
	return a.Tenant.PutAccountUser(ctx, c.Principal, in.Account, body.patch())
}

func (a *API) accountUserDelete(ctx context.Context, c *Call, in *accountUserDeleteInput) error {
	if err := a.hasAccount(ctx, c, in.Account); err != nil {
		return err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return err
	}
	return a.Tenant.RemoveAccountUser(ctx, c.Principal, in.Account, body.UserName.Value)
}

func (a *API) userUpdate(ctx context.Context, c *Call, in *userInput) error {
	body, _, err := in.Body.Read()
	if err != nil {
		return err
	}
	return a.Tenant.SetPassword(ctx, c.Principal, body.patch())
}

// hasAccount tells that an account does not exist before what is wrong with a body.
func (a *API) hasAccount(ctx context.Context, c *Call, account string) error {
	_, err := a.Tenant.AccountUsers(ctx, c.Principal, account, paceline.Page{Size: 1})
	return err
}

func (in userIn) patch() tenant.UserPatch {
	out := tenant.UserPatch{UserName: in.UserName.Value}
	if in.Password.Has() {
		out.Password = tenant.Value(in.Password.Value)
	}
	return out
}
