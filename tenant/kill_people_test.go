package tenant_test

import (
	"context"
	"crypto/sha256"
	"net/url"
	"time"

	"github.com/pquerna/otp/totp"

	"paceline"
	"paceline/store"
	"paceline/tenant"
)

// People of the kill tests: ann uses the console, bo two accounts.
const (
	ann          = "ann@shop.example"
	bo           = "bo@shop.example"
	killPassword = "a long password!"
	nextPassword = "another password!"
)

// person is a console user as a caller. Errors: NotFound.
func (r killRooms) person(ctx context.Context, name string) (paceline.Principal, error) {
	list, err := r.ConsoleUsers(ctx, r.p)
	for _, u := range list {
		if u.UserName == name {
			return paceline.Principal{Kind: paceline.UserPrincipal, Partner: r.Partner, Name: name, UserID: u.ID, Rights: u.Rights}, err
		}
	}
	return paceline.Principal{}, paceline.Fail(paceline.CodeNotFound, "what", "User").Because(err)
}

// invited notes the secret of an invitation of ann.
func (r killRooms) invited(ctx context.Context) error {
	p, err := r.person(ctx, ann)
	if err != nil {
		return err
	}
	i, err := r.InviteAgain(ctx, r.p, p.UserID, "https://console.example")
	if err != nil {
		return err
	}
	link, err := url.Parse(i.Link)
	if err == nil {
		r.Notes.Put("invitation", link.Query().Get("token"))
	}
	return err
}

func (r killRooms) signIn(ctx context.Context, name, password, account string) (tenant.Session, error) {
	return r.BeginSession(ctx, tenant.SessionRequest{UserName: name, Password: password, Account: account})
}

// mistypes types a wrong password.
func (r killRooms) mistypes(ctx context.Context, name string) error {
	_, err := r.signIn(ctx, name, "not the password", "")
	if paceline.CodeOf(err) == paceline.CodeDenied {
		return nil
	}
	return err
}

// killPeople are about users of the console and of accounts, and about how they sign in.
var killPeople = []killRequest{
	{By: "tenant.Tenant.createConsoleUser", Again: paceline.CodeFieldInvalid, Do: func(ctx context.Context, r killRooms) error {
		_, err := r.CreateConsoleUser(ctx, r.p, tenant.ConsoleUserPatch{UserName: ann, Password: tenant.Value(killPassword), Full: tenant.Value(true)})
		return err
	}},
	{By: "tenant.Tenant.UpdateConsoleUser", Do: func(ctx context.Context, r killRooms) error {
		p, err := r.person(ctx, ann)
		if err == nil {
			_, err = r.UpdateConsoleUser(ctx, r.p, p.UserID, tenant.ConsoleUserPatch{FirstName: tenant.Value("Ann"), Password: tenant.Value(nextPassword)})
		}
		return err
	}},
	{By: "tenant.Tenant.InviteAgain", Do: func(ctx context.Context, r killRooms) error { return r.invited(ctx) }},
	{By: "tenant.Tenant.AcceptInvitation", Again: paceline.CodeDenied, Prepare: func(ctx context.Context, r killRooms) error { return r.invited(ctx) },
		Do: func(ctx context.Context, r killRooms) error {
			_, err := r.AcceptInvitation(ctx, r.Notes.Get("invitation"), killPassword)
			return err
		}},
	{By: "tenant.Tenant.BeginSession", Do: func(ctx context.Context, r killRooms) error {
		_, err := r.signIn(ctx, ann, killPassword, "")
		return err
	}},
	{By: "tenant.Tenant.extend",
		Prepare: func(ctx context.Context, r killRooms) error { // a session that was not used for an hour
			s, err := r.signIn(ctx, ann, killPassword, "")
			if err != nil {
				return err
			}
			r.Notes.Put("session", s.Token)
			return r.store.InTx(ctx, r.p.PartnerScope(), func(tx *store.Tx) error {
				hash := sha256.Sum256([]byte(s.Token))
				token, _, err := tx.TokenByHash(hash[:])
				if err != nil {
					return err
				}
				if _, err := tx.DeleteToken(r.p.PartnerScope(), token.ID); err != nil {
					return err
				}
				keep := token.IssuedAt.Add(tenant.SessionLife)
				token.ExpiresAt = tx.Now().Add(time.Hour)
				return tx.InsertToken(r.p.PartnerScope(), token, nil, keep)
			})
		},
		Do: func(ctx context.Context, r killRooms) error {
			_, err := r.Authenticate(ctx, r.Notes.Get("session"))
			return err
		}},
	{By: "tenant.Tenant.BeginSecondFactor", Do: func(ctx context.Context, r killRooms) error {
		p, err := r.person(ctx, ann)
		if err != nil {
			return err
		}
		made, err := r.BeginSecondFactor(ctx, p)
		r.Notes.Put("factor", made.Secret)
		return err
	}},
	{By: "tenant.Tenant.withFactor", Again: paceline.CodeFieldInvalid, Do: func(ctx context.Context, r killRooms) error {
		p, err := r.person(ctx, ann)
		if err != nil {
			return err
		}
		code, err := totp.GenerateCode(r.Notes.Get("factor"), time.Now())
		if err == nil {
			_, err = r.ConfirmSecondFactor(ctx, p, code)
		}
		return err
	}},
	{By: "tenant.Tenant.putMember", Do: func(ctx context.Context, r killRooms) error {
		return r.PutAccountUser(ctx, r.p, otherAccount, tenant.UserPatch{UserName: "cy", Password: tenant.Value(killPassword), Administrator: tenant.Value(true)})
	}},
	{By: "tenant.Tenant.SetPassword", Do: func(ctx context.Context, r killRooms) error {
		return r.SetPassword(ctx, r.p, tenant.UserPatch{UserName: "cy", Password: tenant.Value(nextPassword)})
	}},
	{By: "tenant.Tenant.removeMember", Again: paceline.CodeNotFound,
		Prepare: func(ctx context.Context, r killRooms) error { // who is in the account by every way
			if _, err := r.signIn(ctx, "cy", nextPassword, ""); err != nil {
				return err
			}
			_, err := r.CreateSignInToken(ctx, r.p, otherAccount, "cy")
			return err
		},
		Do: func(ctx context.Context, r killRooms) error { return r.RemoveAccountUser(ctx, r.p, otherAccount, "cy") }},
	{By: "tenant.Tenant.SwitchSession", Again: paceline.CodeDenied,
		Prepare: func(ctx context.Context, r killRooms) error {
			s, err := r.signIn(ctx, bo, killPassword, otherAccount)
			r.Notes.Put("session", s.Token)
			return err
		},
		Do: func(ctx context.Context, r killRooms) error {
			_, err := r.SwitchSession(ctx, r.Notes.Get("session"), thirdAccount)
			return err
		}},
}

// killCounts are the wrong passwords that several servers count together.
var killCounts = []killRequest{
	{By: "tenant.Tenant.signInFailed", Do: func(ctx context.Context, r killRooms) error { return r.mistypes(ctx, bo) }},
	{By: "tenant.Tenant.signInSucceeded", Ahead: true, Prepare: func(ctx context.Context, r killRooms) error { return r.mistypes(ctx, bo) },
		Do: func(ctx context.Context, r killRooms) error {
			_, err := r.signIn(ctx, bo, killPassword, otherAccount)
			return err
		}},
}

// killMail are about emails to console users.
var killMail = []killRequest{
	{By: "tenant.Tenant.gatherMail",
		Prepare: func(ctx context.Context, r killRooms) error {
			p, err := r.person(ctx, ann)
			if err != nil {
				return err
			}
			if _, err := r.CreateNotification(ctx, r.p, tenant.NotificationPatch{Name: tenant.Value("Errors"), Kinds: tenant.Value(paceline.MailErrors), People: tenant.Value([]paceline.ID{p.UserID})}); err != nil {
				return err
			}
			a, err := r.account(ctx)
			if err != nil {
				return err
			}
			return r.store.InTx(ctx, a.Scope(), func(tx *store.Tx) error {
				return tx.InsertIncident(a.Scope(), paceline.Incident{Account: a.Num, Code: paceline.CodeCallFailed, At: tx.Now()})
			})
		},
		Do: func(ctx context.Context, r killRooms) error { return r.MailRound(ctx) }},
	{By: "tenant.Tenant.sendMail", Ahead: true, Anew: true, Prepare: dueMail, Do: func(ctx context.Context, r killRooms) error { return r.MailRound(ctx) }},
	{By: "tenant.Tenant.endMail", Behind: true, Anew: true, Prepare: dueMail, Do: func(ctx context.Context, r killRooms) error { return r.MailRound(ctx) }},
}

// dueMail makes that ann is to be sent an email now.
func dueMail(ctx context.Context, r killRooms) error {
	p, err := r.person(ctx, ann)
	if err != nil {
		return err
	}
	a, err := r.account(ctx)
	if err != nil {
		return err
	}
	return r.store.InTx(ctx, r.p.PartnerScope(), func(tx *store.Tx) error {
		if err := tx.DropMail(r.p.PartnerScope(), p.UserID); err != nil {
			return err
		}
		item := store.MailItem{Account: a.Num, Kind: paceline.MailErrors, Code: paceline.CodeCallFailed, Times: 1, Since: tx.Now(), Until: tx.Now()}
		if err := tx.AddMail(r.p.PartnerScope(), p.UserID, item); err != nil {
			return err
		}
		return tx.SetMailDue(r.p.PartnerScope(), p.UserID, store.MailDue{DueAt: 1})
	})
}
