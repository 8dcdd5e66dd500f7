package tenant

import (
	"context"
	"errors"
	"slices"
	"time"

	"paceline"
	"paceline/internal/smtp"
	"paceline/store"
)

// Emails tell console users what happens in accounts. What happens is written down in its own commit (store.MailEvent), where a
// rule wants it. A round counts it for each person, one line for each kind of thing however often it happened, and sends those
// emails that are due. So a person gets one email at a time, and the next one a while later with all that came meanwhile; while
// the mail server is away the email only grows.

// Relay is the mail server that the operator has set.
type Relay struct {
	Server  smtp.Server
	Line    smtp.Line
	Console string // address of the console, for links
}

// The times of emails.
const (
	mailEvery = 30 * time.Second   // a round
	mailWait  = time.Minute        // from the first thing to its email
	mailRest  = 15 * time.Minute   // between emails to a person
	mailHold  = 3 * time.Minute    // a node that sends; longer than a conversation may take
	mailAge   = 3 * 24 * time.Hour // after which an email that cannot be sent is given up
)

// mailAgain is the wait before each further try; the last one repeats.
var mailAgain = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour}

// The bounds of a round's transactions, and of an email.
const (
	mailEvents = 100
	mailWrites = 200
	mailLines  = 50
	mailBatch  = 50
)

// SendMailBy sets the mail server. Only before the room serves.
func (t *Tenant) SendMailBy(r Relay) { t.relay = &r }

// MailLoop makes rounds until ctx ends.
func (t *Tenant) MailLoop(ctx context.Context) error {
	for {
		if err := t.MailRound(ctx); err != nil && ctx.Err() == nil {
			t.logger.Error("emails could not be looked after; trying again", "error", err)
		}
		timer, stop := t.clock.NewTimer(mailEvery)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return nil
		}
	}
}

// MailRound counts what has happened and sends what is due. Its error is the store's alone.
func (t *Tenant) MailRound(ctx context.Context) error {
	partners, err := t.store.MailPartners(ctx)
	if err != nil {
		return err
	}
	for _, partner := range partners {
		for more := true; more && err == nil && ctx.Err() == nil; {
			more, err = t.gatherMail(ctx, paceline.Scope{Partner: partner})
		}
		if err != nil {
			return err
		}
	}
	if t.relay == nil {
		return nil
	}
	due, err := t.store.DueMail(ctx, paceline.ToMicros(t.clock.Now()), mailBatch)
	for _, d := range due {
		if err != nil || ctx.Err() != nil {
			break
		}
		err = t.sendMail(ctx, d)
	}
	return err
}

// gatherMail counts a number of events for the persons who want to hear of them, and reports whether there may be more.
func (t *Tenant) gatherMail(ctx context.Context, scope paceline.Scope) (more bool, err error) {
	err = t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		events, err := tx.MailEvents(scope, mailEvents)
		if more = err == nil && len(events) > 0; !more {
			return err
		}
		wanted, err := t.mailWishes(tx, scope)
		if err != nil {
			return err
		}
		type line struct {
			account, cycle int64
			kind           paceline.MailKinds
			code           paceline.Code
		}
		items, order := map[line]*store.MailItem{}, []line{}
		for _, e := range events {
			of := line{e.Account, e.Cycle, e.Kind, e.Code}
			item := items[of]
			if item == nil {
				item = &store.MailItem{Account: e.Account, Cycle: e.Cycle, Kind: e.Kind, Code: e.Code, Since: e.At, Until: e.At}
				items[of], order = item, append(order, of)
			}
			item.Times++
			item.Since, item.Until = min(item.Since, e.At), max(item.Until, e.At)
		}
		var told []paceline.ID
		counted, writes := map[line]bool{}, 0
		for _, of := range order {
			people := wanted(of.account, of.kind)
			if writes > 0 && writes+len(people) > mailWrites {
				break
			}
			for _, id := range people {
				if err := tx.AddMail(scope, id, *items[of]); err != nil {
					return err
				}
				if !slices.Contains(told, id) {
					told = append(told, id)
				}
			}
			counted[of] = true
			writes += len(people)
		}
		for _, e := range events {
			if counted[line{e.Account, e.Cycle, e.Kind, e.Code}] {
				if err := tx.DeleteMailEvent(scope, e); err != nil {
					return err
				}
			}
		}
		for _, id := range told {
			d, err := tx.MailDue(scope, id)
			if err == nil && d.DueAt == 0 {
				d.DueAt = max(tx.Now().Add(mailWait), d.SentAt.Add(mailRest))
				err = tx.SetMailDue(scope, id, d)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// mailWishes returns who wants to hear of what; nobody while no email can be sent.
func (t *Tenant) mailWishes(tx *store.Tx, scope paceline.Scope) (func(account int64, kind paceline.MailKinds) []paceline.ID, error) {
	if t.relay == nil {
		return func(int64, paceline.MailKinds) []paceline.ID { return nil }, nil
	}
	people, err := tx.ConsoleUsers(scope)
	if err != nil {
		return nil, err
	}
	rules, err := tx.MailRules(scope)
	if err != nil {
		return nil, err
	}
	documents := make([]ruleDocument, len(rules))
	for i, r := range rules {
		if documents[i], err = readRule(r); err != nil {
			return nil, err
		}
	}
	return func(account int64, kind paceline.MailKinds) (list []paceline.ID) {
		for _, u := range people {
			for i, r := range rules {
				d := documents[i]
				if r.Kinds&kind != 0 && slices.Contains(d.People, u.ID) && (len(d.Accounts) == 0 || slices.Contains(d.Accounts, account)) && mailAddress(u) != "" {
					list = append(list, u.ID)
					break
				}
			}
		}
		return list
	}, nil
}

// sendMail sends a person's email, unless another node does.
func (t *Tenant) sendMail(ctx context.Context, of store.MailDue) error {
	scope := paceline.Scope{Partner: of.Partner}
	var d store.MailDue
	var letter *letter
	err := t.store.InTx(ctx, scope, func(tx *store.Tx) (err error) {
		letter = nil
		if d, err = tx.MailDue(scope, of.Person); err != nil || d.DueAt == 0 || max(d.DueAt, d.HeldUntil) > tx.Now() {
			return err
		}
		if letter, err = t.writeLetter(tx, scope, of.Person); err != nil {
			return err
		}
		if letter == nil { // nobody is there, or there is nothing to say
			if err := tx.DropMail(scope, of.Person); err != nil {
				return err
			}
			d.DueAt, d.Attempt, d.FailingAt = 0, 0, 0
			return tx.SetMailDue(scope, of.Person, d)
		}
		d.HeldUntil = tx.Now().Add(mailHold)
		return tx.SetMailDue(scope, of.Person, d)
	})
	if err != nil || letter == nil {
		return err
	}
	letter.id = string(d.Person) + "." + formatMicros(d.SentAt)
	msg, err := letter.message(t.relay, t.clock.Now())
	if err == nil {
		err = t.relay.Line.Send(ctx, t.relay.Server, msg)
	}
	if err != nil && ctx.Err() != nil {
		return nil // another node sends it, or this one after its start
	}
	return t.endMail(context.WithoutCancel(ctx), scope, d, err)
}

// endMail records what came of an email.
func (t *Tenant) endMail(ctx context.Context, scope paceline.Scope, d store.MailDue, failed error) error {
	now := paceline.ToMicros(t.clock.Now())
	said, answered := errors.AsType[*smtp.Error](failed)
	refused := answered && said.Permanent() && said.Stage == smtp.Sending
	if failed != nil && d.FailingAt == 0 {
		d.FailingAt = now
	}
	d.HeldUntil = 0
	again := failed != nil && !refused && now < d.FailingAt.Add(mailAge)
	switch {
	case again:
		d.DueAt = now.Add(mailAgain[min(d.Attempt, len(mailAgain)-1)])
		d.Attempt++
		t.logger.Warn("an email was not taken; trying again", "user", d.Person, "error", failed, "at", d.DueAt.Time())
	case failed != nil:
		t.logger.Warn("an email is given up", "user", d.Person, "error", failed)
	}
	return t.store.InTx(ctx, scope, func(tx *store.Tx) error {
		out := d
		if !again {
			more, err := tx.EndMail(scope, d.Person)
			if err != nil {
				return err
			}
			if out.DueAt, out.SentAt, out.Attempt, out.FailingAt = 0, now, 0, 0; more {
				out.DueAt = now.Add(mailRest)
			}
		}
		return tx.SetMailDue(scope, d.Person, out)
	})
}
