package tenant

import (
	"context"
	"encoding/json"
	"net/mail"
	"slices"
	"strings"

	"paceline"
	"paceline/store"
)

// Notification is a rule of the partner's: who is sent emails of what, about which accounts.
type Notification struct {
	ID        paceline.ID
	Name      string
	Enabled   bool
	Kinds     paceline.MailKinds
	People    []paceline.ID // console users
	Accounts  []string      // API ids; none: all accounts
	CreatedAt paceline.Micros
}

// NotificationPatch is what a caller may say about one.
type NotificationPatch struct {
	Name     Patch[string]
	Enabled  Patch[bool]
	Kinds    Patch[paceline.MailKinds]
	People   Patch[[]paceline.ID]
	Accounts Patch[[]string]
}

// Recipient is a console user who can be sent emails.
type Recipient struct {
	ID             paceline.ID
	UserName, Mail string
}

// NotificationSettings are all that a page about notifications shows.
type NotificationSettings struct {
	Configured bool // the server can send emails
	From       string
	Rules      []Notification
	People     []Recipient
}

// The bounds of rules.
const (
	maxRules        = 500
	maxRulePeople   = 50
	maxRuleAccounts = 500
)

// ruleDocument is what a rule's row holds besides its columns. Accounts are numbers.
type ruleDocument struct {
	Enabled  bool
	Kinds    paceline.MailKinds
	People   []paceline.ID
	Accounts []int64
}

func readRule(r store.MailRule) (d ruleDocument, err error) {
	err = json.Unmarshal([]byte(r.Document), &d)
	return d, err
}

// Notifications returns the rules, and who can be chosen for them.
func (t *Tenant) Notifications(ctx context.Context, p paceline.Principal) (out NotificationSettings, err error) {
	if err := needPartner(p, AreaNotify, paceline.ViewRight); err != nil {
		return out, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		out = NotificationSettings{}
		if t.relay != nil {
			out.Configured, out.From = true, t.relay.Server.From
		}
		people, err := tx.ConsoleUsers(p.PartnerScope())
		if err != nil {
			return err
		}
		for _, u := range people {
			if to := mailAddress(u); to != "" {
				out.People = append(out.People, Recipient{u.ID, u.UserName, to})
			}
		}
		rules, err := tx.MailRules(p.PartnerScope())
		if err != nil {
			return err
		}
		for _, r := range rules {
			if r.Person != "" {
				continue
			}
			n, err := notification(tx, p.PartnerScope(), r, people)
			if err != nil {
				return err
			}
			out.Rules = append(out.Rules, n)
		}
		return nil
	})
	return out, err
}

// Notification returns one rule. Errors: NotFound.
func (t *Tenant) Notification(ctx context.Context, p paceline.Principal, id paceline.ID) (n Notification, err error) {
	if err := needPartner(p, AreaNotify, paceline.ViewRight); err != nil {
		return n, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) (err error) {
		rule, err := oneRule(tx, p, id)
		if err != nil {
			return err
		}
		n, err = readNotification(tx, p.PartnerScope(), rule)
		return err
	})
	return n, err
}

// CreateNotification makes a rule. Errors: Invalid.
func (t *Tenant) CreateNotification(ctx context.Context, p paceline.Principal, c NotificationPatch) (Notification, error) {
	id := paceline.NewID(t.clock.Now())
	return t.putNotification(ctx, p, func() (NotificationPatch, error) { return c, nil }, "notification.created", func(tx *store.Tx) (store.MailRule, error) {
		all, err := tx.MailRules(p.PartnerScope())
		named := slices.DeleteFunc(all, func(r store.MailRule) bool { return r.Person != "" })
		if err == nil && len(named) >= maxRules {
			err = paceline.Fail(paceline.CodeFieldInvalid, "name", "Name", "reason", "there are 500 notifications already")
		}
		document, _ := json.Marshal(ruleDocument{Enabled: true, Kinds: paceline.MailAll})
		return store.MailRule{ID: id, Document: string(document), CreatedAt: tx.Now()}, err
	})
}

// UpdateNotification changes what the patch names. Errors: NotFound, Invalid.
func (t *Tenant) UpdateNotification(ctx context.Context, p paceline.Principal, id paceline.ID, read func() (NotificationPatch, error)) (Notification, error) {
	return t.putNotification(ctx, p, read, "notification.updated", func(tx *store.Tx) (store.MailRule, error) { return oneRule(tx, p, id) })
}

// DeleteNotification forgets a rule; what was gathered by it is still sent. Errors: NotFound.
func (t *Tenant) DeleteNotification(ctx context.Context, p paceline.Principal, id paceline.ID) error {
	if err := needPartner(p, AreaNotify, paceline.ManageRight); err != nil {
		return err
	}
	return t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		rule, err := oneRule(tx, p, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteMailRule(p.PartnerScope(), id); err != nil {
			return err
		}
		return audit(tx, p, 0, "notification.deleted", "notification", string(id), rule.Name)
	})
}

func (t *Tenant) putNotification(ctx context.Context, p paceline.Principal, read func() (NotificationPatch, error), action string, base func(*store.Tx) (store.MailRule, error)) (n Notification, err error) {
	if err := needPartner(p, AreaNotify, paceline.EditRight); err != nil {
		return n, err
	}
	scope := p.PartnerScope()
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		rule, err := base(tx)
		if err != nil {
			return err
		}
		c, err := read()
		if err == nil {
			err = c.apply(tx, scope, &rule)
		}
		if err != nil {
			return err
		}
		if err := tx.PutMailRule(scope, rule); err != nil {
			return err
		}
		if n, err = readNotification(tx, scope, rule); err != nil {
			return err
		}
		return audit(tx, p, 0, action, "notification", string(rule.ID), rule.Name)
	})
	return n, err
}

func (c NotificationPatch) apply(tx *store.Tx, scope paceline.Scope, rule *store.MailRule) error {
	bad := func(name, reason string) error {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", reason)
	}
	d, err := readRule(*rule)
	if err != nil {
		return err
	}
	c.Name.into(&rule.Name)
	if err := checkText("Name", rule.Name, maxName); err != nil {
		return err
	}
	if strings.TrimSpace(rule.Name) == "" {
		return bad("Name", "it is missing")
	}
	c.Enabled.into(&d.Enabled)
	c.Kinds.into(&d.Kinds)
	if d.Kinds == 0 {
		return bad("Events", "a notification is of one at least")
	}
	if c.People.Set {
		if len(c.People.Value) > maxRulePeople {
			return bad("UserIds", "a notification goes to 50 people at most")
		}
		d.People = nil
		for _, id := range c.People.Value {
			u, found, err := tx.UserByID(scope, id)
			if err != nil {
				return err
			}
			if !found || !u.Console {
				return bad("UserIds", "there is no such console user")
			}
			if mailAddress(u) == "" {
				return bad("UserIds", u.UserName+" has no email address")
			}
			if !slices.Contains(d.People, id) {
				d.People = append(d.People, id)
			}
		}
	}
	if c.Accounts.Set {
		if len(c.Accounts.Value) > maxRuleAccounts {
			return bad("AccountIds", "a notification names 500 accounts at most; none means all")
		}
		d.Accounts = nil
		for _, id := range c.Accounts.Value {
			a, err := mustFindAccount(tx, scope, id)
			switch {
			case paceline.KindOf(err) == paceline.NotFound:
				return bad("AccountIds", "there is no such account")
			case err != nil:
				return err
			}
			if !slices.Contains(d.Accounts, a.Num) {
				d.Accounts = append(d.Accounts, a.Num)
			}
		}
	}
	document, err := json.Marshal(d)
	rule.Document, rule.Kinds = string(document), 0
	if d.Enabled {
		rule.Kinds = d.Kinds
	}
	return err
}

// oneRule returns a rule of the partner's that is no person's own.
func oneRule(tx *store.Tx, p paceline.Principal, id paceline.ID) (store.MailRule, error) {
	rule, found, err := tx.MailRule(p.PartnerScope(), id)
	if err == nil && (!found || rule.Person != "") {
		err = notFound("Notification")
	}
	return rule, err
}

func readNotification(tx *store.Tx, scope paceline.Scope, r store.MailRule) (Notification, error) {
	people, err := tx.ConsoleUsers(scope)
	if err != nil {
		return Notification{}, err
	}
	return notification(tx, scope, r, people)
}

// notification leaves out people and accounts that are gone.
func notification(tx *store.Tx, scope paceline.Scope, r store.MailRule, people []paceline.User) (Notification, error) {
	d, err := readRule(r)
	n := Notification{ID: r.ID, Name: r.Name, Enabled: d.Enabled, Kinds: d.Kinds, CreatedAt: r.CreatedAt}
	if err != nil {
		return n, err
	}
	for _, id := range d.People {
		if slices.ContainsFunc(people, func(u paceline.User) bool { return u.ID == id }) {
			n.People = append(n.People, id)
		}
	}
	for _, num := range d.Accounts {
		a, found, err := tx.AccountOf(num)
		if err != nil {
			return n, err
		}
		if found && a.Partner == scope.Partner && a.State != paceline.AccountDeleted {
			n.Accounts = append(n.Accounts, a.APIID)
		}
	}
	if len(d.Accounts) > 0 && len(n.Accounts) == 0 {
		n.Enabled = false // all that it was about are gone; it does not become one about all accounts
	}
	return n, nil
}

// wish stores whether a console user wants emails of all that happens.
func (c ConsoleUserPatch) wish(tx *store.Tx, scope paceline.Scope, user *paceline.User) error {
	rule, found, err := tx.MailRule(scope, user.ID)
	if err != nil {
		return err
	}
	user.ActivityMail = found && rule.Person == user.ID
	c.ActivityMail.into(&user.ActivityMail)
	switch {
	case !user.ActivityMail:
		return tx.DeleteMailRule(scope, user.ID)
	case mailAddress(*user) == "":
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "AccountActivityNotification", "reason", "the user has no email address")
	}
	document, err := json.Marshal(ruleDocument{Enabled: true, Kinds: paceline.MailAll, People: []paceline.ID{user.ID}})
	if err != nil {
		return err
	}
	return tx.PutMailRule(scope, store.MailRule{ID: user.ID, Person: user.ID, Kinds: paceline.MailAll, Document: string(document), CreatedAt: tx.Now()})
}

// activityMail says of users which of them want emails of all that happens.
func activityMail(tx *store.Tx, scope paceline.Scope, users []paceline.User) error {
	rules, err := tx.MailRules(scope)
	if err != nil {
		return err
	}
	for i := range users {
		users[i].ActivityMail = slices.ContainsFunc(rules, func(r store.MailRule) bool { return r.Person == users[i].ID })
	}
	return nil
}

// mailAddress is where a user's emails go, "" for nowhere.
func mailAddress(u paceline.User) string {
	if u.Email != "" {
		return u.Email
	}
	if isAddress(u.UserName) {
		return u.UserName
	}
	return ""
}

// maxAddress is what a mail server takes at least.
const maxAddress = 254

// isAddress reports whether a text is one address without a name.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && len(s) <= maxAddress && a.Address == s && strings.Contains(s[strings.LastIndexByte(s, '@')+1:], ".") &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
