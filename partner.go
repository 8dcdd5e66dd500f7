package paceline

import (
	"net/netip"
	"slices"
)

// Partner is the software vendor that embeds the platform: the top tenant. Everything belongs to one.
type Partner struct {
	Num       int64 // dense number of the store; never shown
	ID        ID
	Name      string
	CreatedAt Micros
	Settings  PartnerSettings
}

// PartnerSettings are the partner's defaults, which accounts and cycles override.
type PartnerSettings struct {
	Retention    Retention
	ErrorWebhook ErrorWebhook
	// NotificationWebhook is told of cycles that an error has paused.
	NotificationWebhook NotificationWebhook `json:",omitzero"`
	// ConcurrentTransactions caps the steps of one account that run at once; 0 means the default of 50.
	ConcurrentTransactions int
	// Quota is that of each account which has none of its own.
	Quota         Quota
	Compatibility Compatibility
	// Origins are the web origins, such as https://app.example.com, to which people are sent back from our pages.
	Origins []string `json:",omitempty"`
	// AllowedIPs are the addresses and networks from which programs may call the API; empty means any.
	AllowedIPs []string `json:",omitempty"`
	// ConsoleIPs are those from which people may use the console; empty means any, nil the same as programs.
	ConsoleIPs *[]string `json:",omitempty"`
	// MethodIPs are those from which programs may call methods of connectors other than the partner's own product for themselves; empty means any.
	MethodIPs []string `json:",omitempty"`
	// RequireSecondFactor lets people use the console only with an authenticator app.
	RequireSecondFactor bool `json:",omitempty"`
	// InlineOAuth makes pages ask for a vendor's consent where they are, unless the call for their address says otherwise.
	InlineOAuth bool `json:",omitempty"`
	// AccountInFrames lets pages of the origins have the account interface in a frame.
	AccountInFrames bool `json:",omitempty"`
	// ServiceURL is where the partner's pages and webhooks are, without a slash at its end; "" is where those of all partners are.
	ServiceURL string `json:",omitempty"`
	// Signers are those whose signatures on connectors are trusted.
	Signers []Signer `json:",omitempty"`
	// SignedConnectors refuses connectors that none of the signers has signed.
	SignedConnectors bool `json:",omitempty"`
}

// InNetworks reports whether an address is in one of the networks.
func InNetworks(networks []string, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(text string) bool {
		network, err := netip.ParsePrefix(text)
		return err == nil && network.Contains(ip)
	})
}

// ServiceAt is where the partner's pages and webhooks are, in an installation that has those of all partners at an address.
func (s PartnerSettings) ServiceAt(installation string) string {
	if s.ServiceURL != "" {
		return s.ServiceURL
	}
	return installation
}

// Signer is somebody who signs connectors: a public key, and what the partner calls whom it belongs to.
type Signer struct{ Key, Name string }

// Marketplace is a page on which a partner offers templates to its customers.
type Marketplace struct {
	ID        int32
	Name      string
	Document  string // JSON: its cards and settings; "" shows all published templates
	Version   int64
	CreatedAt Micros
	NotifyURL string // where is told what customers do with it; "" is nowhere
}

// EmbedInstall is what a customer has installed on an embedded page: a template, or the templates of a marketplace's
// package.
type EmbedInstall struct {
	ID          ID
	Account     int64
	Marketplace int32  // 0 of LAUNCH
	Card        string // id of the package's card
	Package     int32  // its number; 0 where nothing was arranged
	Name        string // "" without one of its own
	User        ID     // who installed it
	Cycles      []ID
	CreatedAt   Micros
	FinishedAt  Micros // 0 until its set-up has come to its end
	Complete    string // what the partner wants to be told with it
	// ChangingAt is when somebody who changes it was last heard of; 0 when nobody does. Resumes are the cycles that ran until then.
	ChangingAt Micros
	Resumes    []ID
}

// Compatibility holds every setting that loosens safety for the sake of older callers. All are off by default.
type Compatibility struct {
	// LegacyPasswordGrant lets /oauth/token accept grant_type=password.
	LegacyPasswordGrant bool
	// EchoAuthValue returns stored credentials on reads of account connectors.
	EchoAuthValue bool
	// TokenByGet lets /oauth/token be called with GET.
	TokenByGet bool
	// AnyTargetOrigin lets our pages send people back to any address, registered or not.
	AnyTargetOrigin bool
}

// Retention says how long step data is kept, in hours: nil inherits, 0 keeps nothing after the end.
type Retention struct {
	SuccessHours *int `json:",omitempty"`
	ErrorHours   *int `json:",omitempty"`
}

// The bounds of retention, in hours (31 days).
const (
	MaxRetentionHours     = 744
	DefaultRetentionHours = 744
)

// ErrorWebhook is where errors of transactions are posted.
type ErrorWebhook struct {
	Enabled         bool
	URL             string `json:",omitempty"`
	IncludeWarnings bool
}

// NotificationWebhook is where it is posted that an error has paused a cycle.
type NotificationWebhook struct {
	Enabled bool
	URL     string `json:",omitempty"`
}

// MailKinds are kinds of what emails are sent of.
type MailKinds int

// The kinds; those that matter more have the larger number.
const (
	MailErrors MailKinds = 1 << iota // transactions went wrong
	MailUsage                        // a quota is nearly used up, or is
	MailPaused                       // an error has paused a cycle
	MailAll    = MailErrors | MailUsage | MailPaused
)

// Mail returns the kind of email that tells of the incident, 0 for none.
func (in *Incident) Mail() MailKinds {
	switch {
	case in.Code == CodeQuotaNear || in.Code == CodeQuotaReached:
		return MailUsage
	case in.Warning || in.Told:
		return 0
	}
	return MailErrors
}

// User is a person: an administrator of the console or a user of accounts.
type User struct {
	ID           ID
	Partner      int64
	UserName     string
	FirstName    string
	LastName     string
	PasswordHash string // argon2id in PHC form; "" cannot sign in
	Console      bool   // may sign in to the console
	Rights       Rights
	CreatedAt    Micros
	Email        string // where emails go; "" is to the user name
	ActivityMail bool   // wants emails of all that happens; a rule of its own stores it
}

// APIClient is one set of client credentials of a partner.
type APIClient struct {
	ID          ID
	Partner     int64
	ClientID    string
	SecretHash  []byte // SHA-256
	Description string
	CreatedAt   Micros
	TokenLife   int64 // of its access tokens, in seconds; 0: the longest that there is
}

// AccessToken is one bearer token. Only its SHA-256 is stored; ID is what lists and revocation name it by.
type AccessToken struct {
	ID           ID
	Hash         []byte
	Partner      int64
	ClientID     string
	RestrictedTo int64 // account number; 0 means the whole partner
	UserID       ID
	IssuedAt     Micros
	ExpiresAt    Micros
}

// AuditEvent records who changed what. It is written in the transaction of the change itself.
type AuditEvent struct {
	Partner, Account int64
	At               Micros
	Actor            string
	Action           string // e.g. "account.created"
	Subject          string // kind of the thing: "account", "cycle", ...
	SubjectID        string
	Comment          string
}
