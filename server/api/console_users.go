package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type consoleUserIn struct {
	UserName  wire.Opt[string] `doc:"Only of a new one."`
	Password  wire.Opt[string] `doc:"At least 10 characters with one that is neither a letter nor a digit. Needed for a new one that is not invited; a new password ends open sessions."`
	FirstName wire.Opt[string]
	LastName  wire.Opt[string]
	Email     wire.Opt[string] `doc:"Where emails go; empty: to the user name, if that is an address."`

	AccountActivityNotification wire.Opt[bool] `doc:"Send this user emails of all that happens in accounts: cycles that an error has paused, quotas, errors."`

	Invite wire.Opt[bool] `doc:"Of a new one: true makes a link by which the user chooses the password, and emails it where the server sends emails."`

	Full   wire.Opt[bool]              `doc:"Every right."`
	Rights wire.Opt[map[string]string] `doc:"Area to View, Edit or Manage; areas not named have none."`

	DropSecondFactor wire.Opt[bool] `doc:"true lets somebody who has lost the authenticator app sign in with the password alone."`
}

type consoleUserOut struct {
	Id        string
	UserName  string
	FirstName string
	LastName  string
	Email     string `doc:"Empty: emails go to the user name, if that is an address."`

	AccountActivityNotification bool

	Full         bool
	Rights       map[string]string `doc:"Area to View, Edit or Manage."`
	CreatedOnUtc wire.Time

	Invitation *invitationOut `json:",omitempty" doc:"Only in the answer to the call that made it."`
}

// invitationOut is how an invited user comes to a password.
type invitationOut struct {
	Link         string `doc:"Works once. Shown only now."`
	Mailed       bool   `doc:"Whether an email with it was taken by the mail server; else hand it over yourself."`
	ExpiresAtUtc wire.Time
}

type consoleUsersOut struct {
	Users []consoleUserOut
	Areas []string `doc:"Names of the areas in which a user may have a right."`
}

type consoleUserInput struct {
	Body *wire.Body[consoleUserIn]
}

type consoleUserUpdateInput struct {
	ConsoleUserPath
	Body *wire.Body[consoleUserIn]
}

// ConsoleUserPath names a console user.
type ConsoleUserPath struct {
	User string `path:"user" format:"uuid" doc:"Id of the console user."`
}

var rightLevels = map[string]paceline.RightLevel{"None": paceline.NoRight, "View": paceline.ViewRight, "Edit": paceline.EditRight, "Manage": paceline.ManageRight}

func (a *API) consoleUsers() {
	route := func(id, method, path, summary string, right paceline.RightLevel, ids ...IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: usersTag, Level: Partner, Extension: true, Summary: summary, Right: tenant.AreaConsoleUsers, RightAs: right, IDs: ids}
	}
	owned := IDParam{In: "path", Name: "user", Owner: "partner"}
	add(a, route("ConsoleUsers_All_GET", http.MethodGet, "/consoleusers", "List who may sign in to the console, and the areas of rights.", paceline.ViewRight), a.consoleUserList)
	add(a, route("ConsoleUsers_Create_POST", http.MethodPost, "/consoleusers", "Let somebody sign in to the console. Not for API clients; nobody gives rights that he has not.", paceline.EditRight), a.consoleUserCreate)
	add(a, route("ConsoleUsers_Invite_POST", http.MethodPost, "/consoleusers/{user}/invitation", "Make a new link by which the user chooses a password. Not for API clients.", paceline.EditRight, owned), a.consoleUserInvite)
	add(a, route("ConsoleUsers_Update_PUT", http.MethodPut, "/consoleusers/{user}", "Change names, password and rights; absent properties stay. Not for API clients.", paceline.EditRight, owned), a.consoleUserUpdate)
	addEmpty(a, route("ConsoleUsers_Delete_DELETE", http.MethodDelete, "/consoleusers/{user}", "End somebody's access at once. Not for API clients.", paceline.ManageRight, owned), a.consoleUserDelete)
}

func (a *API) consoleUserList(ctx context.Context, c *Call, _ *struct{}) (consoleUsersOut, error) {
	list, err := a.tenant.ConsoleUsers(ctx, c.Principal)
	return consoleUsersOut{Users: translate(list, consoleUserWire), Areas: tenant.Areas}, err
}

func (a *API) consoleUserCreate(ctx context.Context, c *Call, in *consoleUserInput) (out consoleUserOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	patch, err := body.patch()
	if err != nil {
		return out, err
	}
	if body.Invite.Value {
		u, i, err := a.tenant.InviteConsoleUser(ctx, c.Principal, patch, a.consoleURL(ctx, c))
		out = consoleUserWire(u)
		invited := invitationWire(i)
		out.Invitation = &invited
		return out, err
	}
	u, err := a.tenant.CreateConsoleUser(ctx, c.Principal, patch)
	return consoleUserWire(u), err
}

// consoleURL is where the people of the caller's partner find the console: at its own service domain, which bears its name, if it has one.
func (a *API) consoleURL(ctx context.Context, c *Call) string {
	return a.tenant.ServiceURL(ctx, c.Principal.Partner, a.ConsoleURL)
}

func (a *API) consoleUserInvite(ctx context.Context, c *Call, in *ConsoleUserPath) (out invitationOut, err error) {
	id, err := guid(in.User)
	if err != nil {
		return out, err
	}
	i, err := a.tenant.InviteAgain(ctx, c.Principal, id, a.consoleURL(ctx, c))
	return invitationWire(i), err
}

func invitationWire(i tenant.Invitation) invitationOut {
	return invitationOut{Link: i.Link, Mailed: i.Mailed, ExpiresAtUtc: wire.FromMicros(i.ExpiresAt)}
}

func (a *API) consoleUserUpdate(ctx context.Context, c *Call, in *consoleUserUpdateInput) (out consoleUserOut, err error) {
	id, err := guid(in.User)
	if err != nil {
		return out, err
	}
	patch, err := later(in.Body, consoleUserIn.patch)()
	if err != nil {
		return out, err
	}
	u, err := a.tenant.UpdateConsoleUser(ctx, c.Principal, id, patch)
	return consoleUserWire(u), err
}

func (a *API) consoleUserDelete(ctx context.Context, c *Call, in *ConsoleUserPath) error {
	id, err := guid(in.User)
	if err != nil {
		return err
	}
	return a.tenant.DeleteConsoleUser(ctx, c.Principal, id)
}

func (in consoleUserIn) patch() (tenant.ConsoleUserPatch, error) {
	out := tenant.ConsoleUserPatch{
		UserName: in.UserName.Value, FirstName: patch(in.FirstName), LastName: patch(in.LastName), Email: patch(in.Email), ActivityMail: patch(in.AccountActivityNotification), Password: patch(in.Password), Full: patch(in.Full), DropSecondFactor: in.DropSecondFactor.Value,
	}
	if in.Rights.Set {
		areas := map[string]paceline.RightLevel{}
		for area, text := range in.Rights.Value {
			level, known := rightLevels[text]
			if !known {
				return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "Rights", "reason", "a right is View, Edit or Manage")
			}
			areas[area] = level
		}
		out.Areas = tenant.Value(areas)
	}
	return out, nil
}

func consoleUserWire(u paceline.User) consoleUserOut {
	out := consoleUserOut{Id: string(u.ID), UserName: u.UserName, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, AccountActivityNotification: u.ActivityMail, Full: u.Rights.Full,
		Rights: map[string]string{}, CreatedOnUtc: wire.FromMicros(u.CreatedAt)}
	for text, level := range rightLevels {
		for area, has := range u.Rights.Areas {
			if has == level && level != paceline.NoRight {
				out.Rights[area] = text
			}
		}
	}
	return out
}
