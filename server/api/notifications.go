package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type notificationIn struct {
	Name       wire.Opt[string]
	Enabled    wire.Opt[bool]     `doc:"true for a new one that does not say."`
	Events     wire.Opt[[]string] `doc:"CyclePaused (by an error), TaskUsage (80 % of a quota, and all of it) and Errors of transactions. All for a new one that does not say."`
	UserIds    wire.Opt[[]string] `doc:"Console users who have an email address, at most 50; empty: nobody yet."`
	AccountIds wire.Opt[[]string] `doc:"API ids of the accounts that it is about, at most 500; empty: all of them."`
}

type notificationOut struct {
	Id           string
	Name         string
	Enabled      bool
	Events       []string
	UserIds      []string
	AccountIds   []string `doc:"Empty: all accounts."`
	CreatedOnUtc wire.Time
}

type notificationsOut struct {
	Configured    bool   `doc:"Whether this server can send emails; the operator sets the mail server."`
	From          string `doc:"Whom they come from."`
	Notifications []notificationOut
	Users         []recipientOut `doc:"Console users who have an email address."`
}

type recipientOut struct {
	Id       string
	UserName string
	Email    string
}

// NotificationPath names a notification.
type NotificationPath struct {
	Notification string `path:"notification" format:"uuid" doc:"Id of the notification."`
}

type notificationInput struct {
	Body *wire.Body[notificationIn]
}

type notificationUpdateInput struct {
	NotificationPath
	Body *wire.Body[notificationIn]
}

// mailEvents are the events in the order of the wire.
var mailEvents = []struct {
	name string
	kind paceline.MailKinds
}{{"CyclePaused", paceline.MailPaused}, {"TaskUsage", paceline.MailUsage}, {"Errors", paceline.MailErrors}}

func (a *API) notifications() {
	route := func(id, method, path, summary string, right paceline.RightLevel, ids ...IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: accountsTag, Level: Partner, Extension: true, Summary: summary, Right: tenant.AreaNotify, RightAs: right, IDs: ids}
	}
	owned := IDParam{In: "path", Name: "notification", Owner: "partner"}
	add(a, route("Notifications_All_GET", http.MethodGet, "/notifications", "List who is sent emails of what happens in accounts, and who can be.", paceline.ViewRight), a.notificationList)
	add(a, route("Notifications_GET", http.MethodGet, "/notifications/{notification}", "Get one.", paceline.ViewRight, owned), a.notificationGet)
	add(a, route("Notifications_Create_POST", http.MethodPost, "/notifications", "Send console users emails of what happens in accounts: one at a time to each, at most four an hour.", paceline.EditRight), a.notificationCreate)
	add(a, route("Notifications_Update_PUT", http.MethodPut, "/notifications/{notification}", "Change one; absent properties stay as they are.", paceline.EditRight, owned), a.notificationUpdate)
	addEmpty(a, route("Notifications_Delete_DELETE", http.MethodDelete, "/notifications/{notification}", "Delete one.", paceline.ManageRight, owned), a.notificationDelete)
	add(a, Route{ID: "NotificationWebhook_Secret_POST", Method: http.MethodPost, Path: "/notificationwebhook/secret", Tag: accountsTag, Level: Partner,
		Right: tenant.AreaSettings, RightAs: paceline.EditRight, Extension: true,
		Summary: "Make a new secret for the signatures of the notification webhook; the one before signs for another day."}, a.notificationSecret)
}

func (a *API) notificationList(ctx context.Context, c *Call, _ *struct{}) (notificationsOut, error) {
	s, err := a.tenant.Notifications(ctx, c.Principal)
	out := notificationsOut{Configured: s.Configured, From: s.From, Notifications: translate(s.Rules, notificationWire)}
	out.Users = translate(s.People, func(r tenant.Recipient) recipientOut { return recipientOut{string(r.ID), r.UserName, r.Mail} })
	return out, err
}

func (a *API) notificationGet(ctx context.Context, c *Call, in *NotificationPath) (out notificationOut, err error) {
	id, err := guid(in.Notification)
	if err != nil {
		return out, err
	}
	n, err := a.tenant.Notification(ctx, c.Principal, id)
	return notificationWire(n), err
}

func (a *API) notificationCreate(ctx context.Context, c *Call, in *notificationInput) (out notificationOut, err error) {
	patch, err := later(in.Body, notificationIn.patch)()
	if err != nil {
		return out, err
	}
	n, err := a.tenant.CreateNotification(ctx, c.Principal, patch)
	return notificationWire(n), err
}

func (a *API) notificationUpdate(ctx context.Context, c *Call, in *notificationUpdateInput) (out notificationOut, err error) {
	id, err := guid(in.Notification)
	if err != nil {
		return out, err
	}
	n, err := a.tenant.UpdateNotification(ctx, c.Principal, id, later(in.Body, notificationIn.patch))
	return notificationWire(n), err
}

func (a *API) notificationDelete(ctx context.Context, c *Call, in *NotificationPath) error {
	id, err := guid(in.Notification)
	if err != nil {
		return err
	}
	return a.tenant.DeleteNotification(ctx, c.Principal, id)
}

func (a *API) notificationSecret(ctx context.Context, c *Call, _ *struct{}) (secretOut, error) {
	secret, err := a.tenant.NewNotificationSecret(ctx, c.Principal)
	return secretOut{secret}, err
}

func (in notificationIn) patch() (out tenant.NotificationPatch, err error) {
	out.Name, out.Enabled, out.Accounts = patch(in.Name), patch(in.Enabled), patch(in.AccountIds)
	if in.Events.Set {
		out.Kinds = tenant.Value(paceline.MailKinds(0))
		for _, name := range in.Events.Value {
			kind := paceline.MailKinds(0)
			for _, e := range mailEvents {
				if e.name == name {
					kind = e.kind
				}
			}
			if kind == 0 {
				return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "Events", "reason", "an event is CyclePaused, TaskUsage or Errors")
			}
			out.Kinds.Value |= kind
		}
	}
	if in.UserIds.Set {
		out.People = tenant.Value([]paceline.ID(nil))
		for _, text := range in.UserIds.Value {
			id, ok := paceline.ParseID(text)
			if !ok {
				return out, paceline.Fail(paceline.CodeFieldInvalid, "name", "UserIds", "reason", "there is no such console user")
			}
			out.People.Value = append(out.People.Value, id)
		}
	}
	return out, nil
}

func notificationWire(n tenant.Notification) notificationOut {
	out := notificationOut{Id: string(n.ID), Name: n.Name, Enabled: n.Enabled, Events: []string{}, UserIds: []string{}, AccountIds: wire.List(n.Accounts), CreatedOnUtc: wire.FromMicros(n.CreatedAt)}
	for _, e := range mailEvents {
		if n.Kinds&e.kind != 0 {
			out.Events = append(out.Events, e.name)
		}
	}
	for _, id := range n.People {
		out.UserIds = append(out.UserIds, string(id))
	}
	return out
}
