package tenant

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/internal/seal"
	"paceline/store"
)

// Config is what a Tenant is made of.
type Config struct {
	Store        *store.Store
	Installation *Installation  // from OpenInstallation
	Clock        paceline.Clock // nil: the machine's clock
	Logger       *slog.Logger   // nil: the default logger
}

// Tenant is the room's operations. It is safe for concurrent use once it serves.
type Tenant struct {
	store  *store.Store
	ids    *seal.IDKey
	clock  paceline.Clock
	logger *slog.Logger

	installation *Installation
	catalog      *catalog.Room // nil until attached

	keys     *cache[int64, *seal.Key]
	broker   *seal.Broker
	lock     credentialLock
	partners *cache[int64, paceline.Partner]
	tokens   *cache[tokenHash, bearerEntry]
	signIns  *throttle
	hashing  chan struct{}
	turns    [64]sync.Mutex

	onDelete []DeleteHook
	onChange []func(paceline.Account)

	onSettings []func(paceline.Partner)

	relay *Relay // nil: no email is sent
}

// Sizes and lifetimes of what is kept in memory. Another node's change is seen after recheck at the
// latest, this node's at once.
const (
	cachedKeys     = 20_000
	cachedPartners = 1_000
	cachedTokens   = 10_000
	recheck        = 5 * time.Second
	recheckKeys    = time.Minute
	hashesAtOnce   = 2 // each argon2id hash takes 19 MiB and a core
)

// New returns the room over an open store.
func New(c Config) *Tenant {
	if c.Clock == nil {
		c.Clock = paceline.SystemClock{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	t := &Tenant{
		store: c.Store, installation: c.Installation, ids: c.Installation.IDs, clock: c.Clock, logger: c.Logger,
		keys:     newCache[int64, *seal.Key](cachedKeys, recheckKeys, c.Clock),
		partners: newCache[int64, paceline.Partner](cachedPartners, recheck, c.Clock),
		tokens:   newCache[tokenHash, bearerEntry](cachedTokens, recheck, c.Clock),
		signIns:  newThrottle(c.Clock),
		hashing:  make(chan struct{}, hashesAtOnce),
	}
	t.broker = seal.NewBroker(t, t.mayOpen)
	return t
}

// Attach gives the room the catalogue, from which it installs into accounts. Only before the room serves.
func (t *Tenant) Attach(c *catalog.Room) { t.catalog = c }

// DeleteHook is what another room does when accounts are deleted. Fields may be nil.
type DeleteHook struct {
	// Before runs outside any transaction, sub accounts first: stop cycles, deregister subscriptions. Its
	// error keeps the account.
	Before func(ctx context.Context, p paceline.Principal, a paceline.Account) error
	// Within marks the account's rows in the transaction that destroys its key.
	Within func(tx *store.Tx, a paceline.Account) error
}

// OnDelete adds a hook, in the order in which they run. Only before the room serves.
func (t *Tenant) OnDelete(h DeleteHook) { t.onDelete = append(t.onDelete, h) }

// OnChange adds a function that learns of every changed, suspended, resumed or deleted account, after
// the commit. Only before the room serves.
func (t *Tenant) OnChange(f func(paceline.Account)) { t.onChange = append(t.onChange, f) }

// OnSettings adds a function that learns of a partner whose settings were changed, after the commit. Only
// before the room serves.
func (t *Tenant) OnSettings(f func(paceline.Partner)) { t.onSettings = append(t.onSettings, f) }

// Forget drops partners, tokens and keys from memory: another node may have changed them.
func (t *Tenant) Forget() {
	t.partners.clear()
	t.tokens.clear()
	t.keys.clear()
	t.lock.known.Store(nil)
}

func (t *Tenant) changed(a paceline.Account) {
	for _, f := range t.onChange {
		f(a)
	}
}

// Areas of rights of console users (domain.md 7) that the operations of the API ask for.
const (
	AreaAccounts     = "Accounts"
	AreaAccountUsers = "AccountUsers"
	AreaOpenAccount  = "OpenAccount" // what lies inside an account: cycles, connectors, transactions
	AreaTemplates    = "Templates"
	AreaReleases     = "TemplateReleases" // which release is live
	AreaExchange     = "ExportImport"
	AreaConnectors   = "ConnectorLibraries"
	AreaCredentials  = "OAuthCredentials"
	AreaMarketplaces = "Marketplaces"
	AreaConsoleUsers = "ConsoleUsers"
	AreaSettings     = "GeneralSettings"
	AreaAddresses    = "IPRestrictions"
	AreaNotify       = "Notifications"

	// AreaReports is open to every console user, whatever the rights.
	AreaReports = "Reports"
)

// needPartner refuses callers that may not use partner-level operations of an area: Unauthorized for
// nobody and for a restricted caller, Forbidden for a user without the right.
func needPartner(p paceline.Principal, area string, level paceline.RightLevel) error {
	if !p.MayPartner() || p.Partner == 0 {
		return paceline.Fail(paceline.CodeDenied)
	}
	if p.Kind == paceline.UserPrincipal && !p.Rights.Full && p.Rights.Areas[area] < level {
		return paceline.Fail(paceline.CodeForbidden)
	}
	return nil
}

// audit records a change in its own transaction. account is 0 for what belongs to the partner as a whole.
func audit(tx *store.Tx, p paceline.Principal, account int64, action, subject, id, comment string) error {
	return tx.InsertAudit(paceline.Scope{Partner: p.Partner, Account: account}, paceline.AuditEvent{
		At: tx.Now(), Actor: p.Name, Action: action, Subject: subject, SubjectID: id, Comment: comment,
	})
}

func notFound(what string) error { return paceline.Fail(paceline.CodeNotFound, "what", what) }
