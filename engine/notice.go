package engine

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"paceline"
	"paceline/store"
)

// Notices says where the errors of an account are posted, and where its marketplaces are told; it is the room of tenants.
type Notices interface {
	// NoticeTarget returns the target of an account by its number: its error webhook, or with a marketplace that one's. Errors:
	// NotFound once the account is deleted.
	NoticeTarget(ctx context.Context, account int64, marketplace int32) (NoticeTarget, error)
	// NoticeGone records that the target answered 410: nothing is posted there until its setting is made anew.
	NoticeGone(ctx context.Context, target NoticeTarget) error
}

// NoticeTarget is the error webhook of an account, or where a marketplace is told what the account does with it.
type NoticeTarget struct {
	Account paceline.Account
	// Owner is whose setting it is: the account, the partner as a whole, or its marketplace.
	Owner     store.DeliveryQueue
	URL       string // "" means that nothing is posted
	Warnings  bool   // warnings are posted, too
	Secrets   []string
	UserAgent string // "" is ours
}

// takes reports whether an incident is posted.
func (t NoticeTarget) takes(warning bool) bool { return t.URL != "" && (t.Warnings || !warning) }

// notices remembers which accounts want which incidents to be posted. It may only say no of accounts
// that it knows: the incidents of others are queued, and the sender finds out.
type notices struct {
	source Notices // nil: nothing is ever posted

	mu    sync.RWMutex
	epoch int // grows with each change of settings
	known map[int64]noticeWish
}

// noticeWish is what an account wants to hear.
type noticeWish struct{ errors, warnings bool }

// maxNoticeWishes bounds the accounts in memory.
const maxNoticeWishes = 100_000

// mark sets Notify on the incidents that are to be queued, and reports whether there are any.
func (n *notices) mark(account int64, list []paceline.Incident) (any bool) {
	if n.source == nil {
		return false
	}
	n.mu.RLock()
	wish, known := n.known[account]
	n.mu.RUnlock()
	for i := range list {
		list[i].Notify = !list[i].Told && (!known || wish.errors && !list[i].Warning || wish.warnings && list[i].Warning)
		any = any || list[i].Notify
	}
	return any
}

func toNotify(in paceline.Incident) bool { return in.Notify }

// now is the epoch that learn must be given with what is read from the store after it.
func (n *notices) now() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.epoch
}

func (n *notices) learn(epoch int, target NoticeTarget) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if epoch != n.epoch {
		return
	}
	if len(n.known) >= maxNoticeWishes {
		clear(n.known)
	}
	n.known[target.Account.Num] = noticeWish{errors: target.takes(false), warnings: target.takes(true)}
}

// forget drops what is known of an account, of all with 0.
func (n *notices) forget(account int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.epoch++
	if account == 0 {
		clear(n.known)
	}
	delete(n.known, account)
}

// ErrorWebhookChanged tells the engine that the error webhook of an account was set, or with 0 a
// partner's, after the commit.
func (e *Engine) ErrorWebhookChanged(account int64) { e.notices.forget(account) }

// notice is the body of an error webhook.
type notice struct {
	Timestamp         string
	AccountId         paceline.ID
	AccountExternalId string
	AccountName       string
	CycleId           paceline.ID
	CycleName         string
	StepId            paceline.ID
	StepName          string
	StepType          int
	TransactionId     paceline.ID
	Message           string
	Detail            string
	IncidentLevel     string
	Code              paceline.Code
}

// pauseNotice is the body of a notification webhook.
type pauseNotice struct {
	AccountID paceline.ID `json:"accountId"`
	Title     string      `json:"title"`
	Message   string      `json:"message"`
}

// pauseMessage says why a cycle was paused, without what a vendor has answered.
func pauseMessage(in Incident) string {
	message := "The cycle was paused and does not run until it is started again."
	if in.Code == "" {
		return message
	}
	where := ""
	if in.StepName != "" {
		where = " at the step " + strconv.Quote(in.StepName)
	}
	return in.Code.Text() + where + " (transaction " + string(in.TransactionID) + "). " + message
}

// noticeBody writes the body of a delivery. Secrets were masked when the incident was recorded.
func (e *Engine) noticeBody(ctx context.Context, target NoticeTarget, d store.Delivery) ([]byte, error) {
	if d.Marketplace > 0 {
		return e.notificationBody(ctx, target, d)
	}
	var name store.CycleName
	err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
		name, err = tx.CycleName(target.Account.Scope(), d.Cycle)
		return err
	})
	if err != nil {
		return nil, err
	}
	in := e.incident(ctx, d.Incident, name)
	if d.Marketplace == store.PauseQueue {
		return json.Marshal(pauseNotice{AccountID: target.Account.ID, Title: "Cycle Error: " + in.CycleName, Message: pauseMessage(in)})
	}
	level := "Error"
	if in.Warning {
		level = "Warning"
	}
	return json.Marshal(notice{
		Timestamp: in.At.Time().Format(time.RFC3339Nano),
		AccountId: target.Account.ID, AccountExternalId: target.Account.APIID, AccountName: target.Account.Name,
		CycleId: in.CycleID, CycleName: in.CycleName, StepId: in.StepID, StepName: in.StepName, StepType: int(in.StepKind),
		TransactionId: in.TransactionID, Message: in.Short, Detail: in.Full, IncidentLevel: level, Code: in.Code,
	})
}
