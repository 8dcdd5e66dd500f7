package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"paceline"
	"paceline/internal/seal"
	"paceline/store"
)

// Notification is what a marketplace is told when a customer has installed, started, stopped or uninstalled a package of it.
type Notification struct {
	Status                          string // installed, started, stopped or uninstalled
	AccountId                       paceline.ID
	AccountApiId                    string
	MarketplaceId                   int32
	MarketplaceIntegrationPackageId int32  // 0 where nothing was arranged
	MarketplaceCardId               string // of the package
	MarketplaceInstallId            paceline.ID
	MarketplaceInstallDetails       []NotifiedCycle
	Tags                            []string // of the package
	Errors                          []string // why a cycle could not be started
	UserId                          paceline.ID
	CompleteParameter               string
}

// NotifiedCycle is one cycle of the install.
type NotifiedCycle struct {
	CycleId           paceline.ID
	CycleStatus       string // Active or Stopped
	Webhooks          []NotifiedWebhook
	TemplateId        paceline.ID
	TemplateReleaseId paceline.ID
}

// NotifiedWebhook is the address of a step that waits for deliveries.
type NotifiedWebhook struct{ Url, StepName string }

// CycleStatus is the word for a cycle's state.
func CycleStatus(state paceline.CycleState) string {
	if state == paceline.CycleActive || state == paceline.CycleActivating {
		return "Active"
	}
	return "Stopped"
}

// What the sealed body of a notification begins with: one whose states are those of its row, and one that was written before it
// was known how the cycles' start ends, so that a crash in between leaves them to be looked up.
const (
	notificationDone = '1'
	notificationHeld = '0'
)

// Sealed returns the notification as the queue holds it, for an account.
func (n Notification) Sealed(key *seal.Key, account int64, held bool) ([]byte, error) {
	raw, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	mark := byte(notificationDone)
	if held {
		mark = notificationHeld
	}
	return key.Seal(nil, append([]byte{mark}, raw...), notificationPlace(account)), nil
}

// notificationPlace is of no row, and so of none's output.
func notificationPlace(account int64) seal.AD {
	return seal.AD{Account: account, Seq: -1, Part: partOutput}
}

// OpenNotification returns the JSON of a notification as the queue holds it.
func OpenNotification(key *seal.Key, account int64, sealed []byte) ([]byte, error) {
	body, _, err := openNotification(key, account, sealed)
	return body, err
}

func openNotification(key *seal.Key, account int64, sealed []byte) (body []byte, held bool, err error) {
	raw, err := key.Open(nil, sealed, notificationPlace(account))
	if err != nil || len(raw) == 0 {
		return nil, false, cmp.Or(err, errors.New("a notification is empty"))
	}
	return raw[1:], raw[0] == notificationHeld, nil
}

// notificationBody opens the body of a notification, and completes one that a crash has left behind.
func (e *Engine) notificationBody(ctx context.Context, target NoticeTarget, d store.Delivery) ([]byte, error) {
	key, err := e.keys(ctx, d.Account)
	if err != nil {
		return nil, err
	}
	body, held, err := openNotification(key, d.Account, d.Detail)
	if err != nil || !held {
		return body, err
	}
	var n Notification
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, err
	}
	err = e.store.Read(ctx, func(tx *store.Tx) error {
		for i := range n.MarketplaceInstallDetails {
			of := &n.MarketplaceInstallDetails[i]
			c, _, err := tx.Cycle(target.Account.Scope(), of.CycleId)
			if err != nil {
				return err
			}
			of.CycleStatus = CycleStatus(c.State)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(n)
}
