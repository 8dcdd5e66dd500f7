package paceline

// Account is one customer of the partner: an isolated container for cycles, account connectors,
// credentials, transactions, settings and users. A sub account is an account with a parent; the
// depth is one, and neither parent nor root ever changes.
type Account struct {
	Num       int64 // dense number of the store; never shown
	Partner   int64
	Root      int64 // number of the root account: the parent's, else its own
	Parent    int64 // number of the parent, 0 for a root account
	ID        ID    // internal GUID
	APIID     string
	ParentID  string // API id of the parent, "" for a root account
	Name      string
	State     AccountState
	CreatedAt Micros
	AccountSettings
}

// Scope returns the scope of the account's own rows.
func (a Account) Scope() Scope { return Scope{Partner: a.Partner, Account: a.Num} }

// RootScope returns the scope of the root account, which is the unit of ownership.
func (a Account) RootScope() Scope { return Scope{Partner: a.Partner, Account: a.Root} }

// AccountState is whether an account may run.
type AccountState int

// The states of an account.
const (
	AccountActive AccountState = iota
	AccountSuspended
	AccountDeleted
)

// AccountSettings are the parts of an account that its partner may change.
type AccountSettings struct {
	Description   *string
	AuditInfo     *string
	TaskAuditInfo *string
	Timezone      string // IANA name
	NextBillDate  Micros
	Retention     Retention
	ErrorWebhook  AccountErrorWebhook
	// ConcurrentTransactions caps the steps that run at once; 0 inherits the partner's value.
	ConcurrentTransactions int
	Quota                  AccountQuota
}

// Quota is how much an account may store, and how many tasks it may use in a billing period; 0 means no quota.
type Quota struct {
	Bytes int64 `json:",omitempty"`
	Tasks int64 `json:",omitempty"`
}

// AccountQuota overrides the partner's quota; nil inherits, 0 means none.
type AccountQuota struct {
	Bytes, Tasks *int
}

// Over returns the quota that counts for an account of a partner.
func (q AccountQuota) Over(partner Quota) Quota {
	if q.Bytes != nil {
		partner.Bytes = int64(*q.Bytes)
	}
	if q.Tasks != nil {
		partner.Tasks = int64(*q.Tasks)
	}
	return partner
}

// AccountErrorWebhook overrides the partner's error webhook while it is enabled.
type AccountErrorWebhook struct {
	Enabled         bool
	URL             *string
	IncludeWarnings bool
}

// DefaultTimezone is the zone of an account that names none.
const DefaultTimezone = "Etc/UTC"
