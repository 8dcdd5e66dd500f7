package tenant

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// FirstRunOptions say what an empty database begins with.
type FirstRunOptions struct {
	PartnerName string // "" means "Partner"
	// Credentials asks for client credentials and an administrator; without it the partner is made alone.
	Credentials bool
	AdminUser   string // "" means "admin"
}

// Credentials are the secrets of a first run, shown this once.
type Credentials struct {
	Partner       int64
	ClientID      string // "" when none were made
	ClientSecret  string
	AdminUser     string
	AdminPassword string // "" when the administrator chose it
}

const (
	defaultPartner = "Partner"
	defaultAdmin   = "admin"
	linkLife       = 60 * time.Minute
)

// FirstRun makes the first partner of an empty database. Of several processes that call it at once only
// one makes it and is told created; the others get the number of the first partner and nothing secret.
func (t *Tenant) FirstRun(ctx context.Context, o FirstRunOptions) (c Credentials, created bool, err error) {
	if o.PartnerName == "" {
		o.PartnerName = defaultPartner
	}
	if o.AdminUser == "" {
		o.AdminUser = defaultAdmin
	}
	partners, err := t.Partners(ctx)
	if err != nil {
		return c, false, err
	}
	if len(partners) > 0 {
		return Credentials{Partner: partners[0].Num}, false, nil
	}
	var client NewClient
	var admin paceline.User
	password := newPassword()
	if o.Credentials {
		client = t.newClient("First run")
		if admin, err = t.newAdmin(ctx, o.AdminUser, password); err != nil {
			return c, false, err
		}
	}
	err = t.wrapping(ctx, func(sealer *seal.Sealer) error {
		draft := t.draftPartner(o.PartnerName, sealer)
		return t.store.InTx(ctx, everywhere, func(tx *store.Tx) error {
			c, created = Credentials{}, false
			partners, err := tx.Partners()
			if err != nil {
				return err
			}
			if len(partners) > 0 {
				c.Partner = partners[0].Num
				return nil
			}
			partner, err := draft.insert(tx)
			if err != nil {
				return err
			}
			c.Partner, created = partner.Num, true
			if !o.Credentials {
				return nil
			}
			system := paceline.SystemPrincipalOf(partner.Num)
			if err := insertClient(tx, system, client.APIClient); err != nil {
				return err
			}
			if err := tx.InsertUser(system.PartnerScope(), admin); err != nil {
				return err
			}
			c.ClientID, c.ClientSecret = client.ClientID, client.Secret
			c.AdminUser, c.AdminPassword = admin.UserName, password
			return audit(tx, system, 0, "user.created", "user", admin.UserName, "administrator")
		})
	})
	if err != nil {
		return Credentials{}, false, err
	}
	return c, created, nil
}

// newAdmin makes a console user with all rights.
func (t *Tenant) newAdmin(ctx context.Context, name, password string) (paceline.User, error) {
	hash, err := t.hashPassword(ctx, password)
	if err != nil {
		return paceline.User{}, err
	}
	now := t.clock.Now()
	return paceline.User{
		ID: paceline.NewID(now), UserName: name, PasswordHash: hash, Console: true,
		Rights: paceline.Rights{Full: true}, CreatedAt: paceline.ToMicros(now),
	}, nil
}

// CreateFirstRunLink returns the secret of a one-time link, valid for 60 minutes, with which a person may
// set the administrator's password and gets client credentials. It is for whoever can reach the server's
// data: no door offers it.
func (t *Tenant) CreateFirstRunLink(ctx context.Context, p paceline.Principal) (string, error) {
	if p.Kind != paceline.SystemPrincipal {
		return "", paceline.Fail(paceline.CodeForbidden)
	}
	secret := paceline.NewSecret(32)
	hash := sha256.Sum256([]byte(secret))
	err := t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		if err := tx.InsertFirstRunLink(p.PartnerScope(), hash[:], tx.Now().Add(linkLife)); err != nil {
			return err
		}
		return audit(tx, p, 0, "first_run.link_created", "partner", "", "")
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// CheckFirstRunLink reports whether a link still works, without using it up: for showing its page.
// Errors: Unauthorized (CodeDenied).
func (t *Tenant) CheckFirstRunLink(ctx context.Context, secret string) error {
	_, err := t.firstRunPartner(ctx, sha256.Sum256([]byte(secret)))
	return err
}

func (t *Tenant) firstRunPartner(ctx context.Context, hash [sha256.Size]byte) (partner int64, err error) {
	var found bool
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		partner, found, err = tx.FirstRunLink(hash[:], paceline.ToMicros(t.clock.Now()))
		return err
	})
	if err == nil && !found {
		err = paceline.Fail(paceline.CodeDenied)
	}
	return partner, err
}

// FirstRunForm is what the holder of a first-run link chooses.
type FirstRunForm struct {
	UserName    string // "" is the name that the first start chose
	Password    string
	PartnerName string // "" leaves the partner's name as it is
}

// maxPartnerName is in characters.
const maxPartnerName = 200

func renamePartner(tx *store.Tx, scope paceline.Scope, name string) error {
	if name == "" {
		return nil
	}
	p, found, err := tx.Partner(scope)
	if err != nil || !found || p.Name == name {
		return err
	}
	p.Name = name
	return tx.UpdatePartner(scope, p)
}

// UseFirstRunLink uses a link up: it sets the password of the administrator with this name ("" means
// "admin"), whom it makes if there is none, and returns new client credentials unless the partner has its
// full number. A password that breaks the rules leaves the link as it was. Errors: Unauthorized
// (CodeDenied), Invalid.
func (t *Tenant) UseFirstRunLink(ctx context.Context, secret string, form FirstRunForm) (Credentials, error) {
	userName, partnerName := form.UserName, strings.TrimSpace(form.PartnerName)
	if userName == "" {
		userName = defaultAdmin
	}
	if err := checkUserName(userName); err != nil {
		return Credentials{}, err
	}
	if err := checkPasswordRules(form.Password); err != nil {
		return Credentials{}, err
	}
	if err := checkText("Name", partnerName, maxPartnerName); err != nil {
		return Credentials{}, err
	}
	hash := sha256.Sum256([]byte(secret))
	partner, err := t.firstRunPartner(ctx, hash)
	if err != nil {
		return Credentials{}, err
	}
	admin, err := t.newAdmin(ctx, userName, form.Password)
	if err != nil {
		return Credentials{}, err
	}
	client := t.newClient("First run")
	p := paceline.SystemPrincipalOf(partner)
	scope := p.PartnerScope()
	var c Credentials
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		c = Credentials{Partner: partner, AdminUser: userName}
		if mine, err := tx.UseFirstRunLink(scope, hash[:]); err != nil {
			return err
		} else if !mine {
			return paceline.Fail(paceline.CodeDenied)
		}
		if err := putAdmin(tx, p, admin); err != nil {
			return err
		}
		if err := renamePartner(tx, scope, partnerName); err != nil {
			return err
		}
		clients, err := tx.Clients(scope)
		if err != nil || len(clients) >= maxClients {
			return err
		}
		c.ClientID, c.ClientSecret = client.ClientID, client.Secret
		return insertClient(tx, p, client.APIClient)
	})
	if err != nil {
		return Credentials{}, err
	}
	t.partners.forget(partner)
	t.forgetUsers(partner)
	return c, nil
}

// putAdmin stores an administrator, over the user of that name if there is one.
func putAdmin(tx *store.Tx, p paceline.Principal, admin paceline.User) error {
	scope := p.PartnerScope()
	user, found, err := tx.UserByName(scope, admin.UserName)
	if err != nil {
		return err
	}
	if !found {
		if err := tx.InsertUser(scope, admin); err != nil {
			return err
		}
		return audit(tx, p, 0, "user.created", "user", admin.UserName, "administrator, by first-run link")
	}
	user.PasswordHash, user.Console, user.Rights = admin.PasswordHash, true, admin.Rights
	if err := tx.DeleteTokensOfUser(scope, user.ID); err != nil {
		return err
	}
	if err := tx.DeleteInvitation(scope, user.ID); err != nil {
		return err
	}
	if err := tx.UpdateUser(scope, user); err != nil {
		return err
	}
	return audit(tx, p, 0, "user.password_set", "user", user.UserName, "administrator, by first-run link")
}
