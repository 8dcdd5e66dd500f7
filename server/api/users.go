package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/store"
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
	// Administrator is read where a user is given access to an account.
	Administrator wire.Opt[bool] `doc:"Extension: whether the user administers the account, beside working in it. Absent: as it is, and no for a new one."`
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
	people := route("Accounts_Members_GET", http.MethodGet, "/accounts/{account}/members", "List the users who have access to an account, and what they are to it.",
		paceline.ViewRight, owned)
	people.Extension = true
	add(a, people, a.accountMembers)
	own := func(id, method, path, summary string) Route {
		return Route{ID: "Account_" + id, Method: method, Path: "/account" + path, Tag: usersTag, Level: Account, Extension: true, Summary: summary}
	}
	add(a, own("Members_GET", http.MethodGet, "/members", "List the users of the account. Its administrators may."), a.ownMembers)
	addEmpty(a, own("PutMember_PUT", http.MethodPut, "/members", "Give a user access to the account, make one, or change what he is to it. Its administrators may."), a.ownMemberPut)
	addEmpty(a, own("DeleteMember_DELETE", http.MethodDelete, "/members", "Take a user's access to the account away. Its administrators may."), a.ownMemberDelete)
	add(a, own("Settings_GET", http.MethodGet, "/settings", "Get the account."), a.ownAccount)
	add(a, own("UpdateSettings_PUT", http.MethodPut, "/settings", "Change description, time zone, retention and error webhook of the account; all else is ignored. Its administrators may."), a.ownAccountUpdate)
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

// memberOut is a user who has access to an account.
type memberOut struct {
	UserName      string
	Administrator bool
	CreatedOnUtc  wire.Time `doc:"Since when."`
}

type memberListInput struct{ PageInput }

type memberInput struct {
	Body *wire.Body[userIn]
}

type memberDeleteInput struct {
	Body *wire.Body[userNameIn]
}

type ownAccountInput struct {
	Body *wire.Body[AccountIn]
}

func memberWire(m store.Member) memberOut {
	return memberOut{UserName: m.UserName, Administrator: m.Administrator, CreatedOnUtc: wire.FromMicros(m.Since)}
}

func (a *API) accountMembers(ctx context.Context, c *Call, in *accountUserListInput) ([]memberOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Tenant.Members(ctx, c.Principal, in.Account, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, memberWire), nil
}

func (a *API) ownMembers(ctx context.Context, c *Call, in *memberListInput) ([]memberOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	l, err := a.Tenant.OwnMembers(ctx, c.Principal, c.Account, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, memberWire), nil
}

func (a *API) ownMemberPut(ctx context.Context, c *Call, in *memberInput) error {
	body, _, err := in.Body.Read()
	if err != nil {
		return err
	}
	return a.Tenant.PutOwnMember(ctx, c.Principal, c.Account, body.patch())
}

func (a *API) ownMemberDelete(ctx context.Context, c *Call, in *memberDeleteInput) error {
	body, _, err := in.Body.Read()
	if err != nil {
		return err
	}
	return a.Tenant.RemoveOwnMember(ctx, c.Principal, c.Account, body.UserName.Value)
}

func (a *API) ownAccount(_ context.Context, c *Call, _ *struct{}) (AccountOut, error) {
	return accountWire(c.Account), nil
}

func (a *API) ownAccountUpdate(ctx context.Context, c *Call, in *ownAccountInput) (out AccountOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	account, err := a.Tenant.UpdateOwnAccount(ctx, c.Principal, c.Account, body.patch())
	if err != nil {
		return out, err
	}
	return accountWire(account), nil
}

func (in userIn) patch() tenant.UserPatch {
	out := tenant.UserPatch{UserName: in.UserName.Value}
	if in.Password.Has() {
		out.Password = tenant.Value(in.Password.Value)
	}
	if in.Administrator.Has() {
		out.Administrator = tenant.Value(in.Administrator.Value)
	}
	return out
}
