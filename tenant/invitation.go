package tenant

import (
	"context"
	"html/template"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"paceline"
	"paceline/internal/smtp"
	"paceline/store"
)

// Invitation lets a console user choose a password, once. Its link is shown this once; Mailed says that an email with it was sent.
type Invitation struct {
	Link      string
	ExpiresAt paceline.Micros
	Mailed    bool
}

// InvitationPath is where the page of invitations is.
const InvitationPath = "/invitation"

const (
	invitationLife = 7 * 24 * time.Hour
	invitationMail = 20 * time.Second // for the conversation with the mail server
)

// InviteConsoleUser is CreateConsoleUser for somebody who chooses the password: by a link below base, which is mailed where the server
// sends emails. Errors: as of CreateConsoleUser.
func (t *Tenant) InviteConsoleUser(ctx context.Context, p paceline.Principal, c ConsoleUserPatch, base string) (user paceline.User, i Invitation, err error) {
	if err := needPerson(p, paceline.EditRight); err != nil {
		return user, i, err
	}
	c.Password = Patch[string]{}
	if err := checkUserName(c.UserName); err != nil {
		return user, i, err
	}
	secret := paceline.NewSecret(32)
	user, err = t.createConsoleUser(ctx, p, c, "", func(tx *store.Tx, user paceline.User) error { return t.invite(tx, p, user, secret, &i) })
	if err != nil {
		return user, i, err
	}
	return user, t.mailed(ctx, user, i, base, secret), nil
}

// InviteAgain makes a new link for a console user, also for one who has forgotten the password: that one stays good until another is
// chosen. Errors: NotFound; Forbidden for somebody with rights that the caller has not, and for API clients.
func (t *Tenant) InviteAgain(ctx context.Context, p paceline.Principal, id paceline.ID, base string) (i Invitation, err error) {
	if err := needPerson(p, paceline.EditRight); err != nil {
		return i, err
	}
	var user paceline.User
	secret := paceline.NewSecret(32)
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if user, err = consoleUser(tx, p, id); err != nil {
			return err
		}
		if err := within(p, user.Rights); err != nil {
			return err
		}
		return t.invite(tx, p, user, secret, &i)
	})
	if err != nil {
		return i, err
	}
	return t.mailed(ctx, user, i, base, secret), nil
}

func (t *Tenant) invite(tx *store.Tx, p paceline.Principal, user paceline.User, secret string, i *Invitation) error {
	hash := hashToken(secret)
	i.ExpiresAt = tx.Now().Add(invitationLife)
	if err := tx.PutInvitation(p.PartnerScope(), user.ID, hash[:], i.ExpiresAt); err != nil {
		return err
	}
	return audit(tx, p, 0, "user.invited", "user", user.UserName, "console")
}

// mailed sends the email of an invitation that is stored. One that is not sent is told with its link, to be handed over otherwise.
func (t *Tenant) mailed(ctx context.Context, user paceline.User, i Invitation, base, secret string) Invitation {
	i.Link = base + InvitationPath + "?token=" + secret
	to := mailAddress(user)
	if t.relay == nil || to == "" {
		return i
	}
	ctx, stop := context.WithTimeout(ctx, invitationMail)
	defer stop()
	partner, err := t.PartnerOf(ctx, user.Partner)
	var msg *mail.Msg
	if err == nil {
		msg, err = invitationMessage(t.relay.Server.From, to, partner.Name, i, t.clock.Now())
	}
	if err == nil {
		err = t.relay.Line.Send(ctx, t.relay.Server, msg)
	}
	if err != nil {
		t.logger.Warn("an invitation was not mailed", "user", user.ID, "error", err)
		return i
	}
	i.Mailed = true
	return i
}

func invitationMessage(from, to, partner string, i Invitation, now time.Time) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(from); err != nil {
		return nil, err
	}
	if err := msg.To(to); err != nil {
		return nil, err
	}
	msg.Subject("[" + oneLine(partner) + "] You are invited to the console")
	msg.SetDateWithValue(now)
	msg.SetMessageIDWithValue(paceline.NewHexSecret(16) + "@" + smtp.Domain(from))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	says := struct{ Partner, Link, Until string }{oneLine(partner), i.Link, i.ExpiresAt.Time().UTC().Format("2 January 2006 15:04")}
	msg.SetBodyString(mail.TypeTextPlain, strings.Join([]string{
		"You are invited to the console of " + says.Partner + ".", "", "Choose a password here:", says.Link, "",
		"The link works once, until " + says.Until + " UTC. If you did not expect it, do nothing.", "",
	}, "\n"))
	var rich strings.Builder
	if err := invitationHTML.Execute(&rich, says); err != nil {
		return nil, err
	}
	msg.AddAlternativeString(mail.TypeTextHTML, rich.String())
	return msg, nil
}

var invitationHTML = template.Must(template.New("invitation").Parse(`<!DOCTYPE html>
<html lang="en"><body style="font-family:sans-serif;color:#1f2933">
<p>You are invited to the console of {{.Partner}}.</p>
<p><a href="{{.Link}}">Choose a password</a></p>
<p style="font-size:12px;color:#52606d">The link works once, until {{.Until}} UTC. If you did not expect it, do nothing.</p>
</body></html>
`))

// CheckInvitation returns the name of the user whom a link invites, without using it up. Errors: Unauthorized (CodeDenied).
func (t *Tenant) CheckInvitation(ctx context.Context, secret string) (name string, err error) {
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		user, err := t.invited(tx, secret)
		name = user.UserName
		return err
	})
	return name, err
}

// AcceptInvitation sets the password of the user whom a link invites, and uses the link up. Errors: Unauthorized (CodeDenied); Invalid for
// a password that breaks the rules, which leaves the link as it was.
func (t *Tenant) AcceptInvitation(ctx context.Context, secret, password string) (name string, err error) {
	if err := checkPasswordRules(password); err != nil {
		return "", err
	}
	if _, err := t.CheckInvitation(ctx, secret); err != nil { // before the password costs anything
		return "", err
	}
	hash, err := t.hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	var scope paceline.Scope
	if err := t.store.Read(ctx, func(tx *store.Tx) error {
		user, err := t.invited(tx, secret)
		scope.Partner = user.Partner
		return err
	}); err != nil {
		return "", err
	}
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		user, err := t.invited(tx, secret)
		if err != nil {
			return err
		}
		p := userPrincipal(user, 0)
		user.PasswordHash, name = hash, user.UserName
		if err := endSessions(tx, p, user.ID); err != nil {
			return err
		}
		if err := tx.UpdateUser(scope, user); err != nil {
			return err
		}
		if err := tx.DeleteInvitation(scope, user.ID); err != nil {
			return err
		}
		return audit(tx, p, 0, "user.password_set", "user", user.UserName, "by invitation")
	})
	if err == nil {
		t.forgetUsers(scope.Partner)
	}
	return name, err
}

// invited is the user whom a link invites.
func (t *Tenant) invited(tx *store.Tx, secret string) (user paceline.User, err error) {
	denied := paceline.Fail(paceline.CodeDenied)
	hash := hashToken(secret)
	i, found, err := tx.InvitationByHash(hash[:], paceline.ToMicros(t.clock.Now()))
	if err != nil {
		return user, err
	}
	if !found {
		return user, denied
	}
	user, found, err = tx.UserByID(paceline.Scope{Partner: i.Partner}, i.Person)
	if err == nil && (!found || !user.Console) {
		err = denied
	}
	return user, err
}
