package paceline

// Scope says whose rows may be touched. Every store method on a tenant table takes one, and its SQL
// names the partner and, where the table has an owner account, the account.
//
// Both are the dense numbers of the store (Partner.Num, Account.Num), never public ids.
type Scope struct {
	Partner int64
	Account int64 // 0: the partner as a whole
}

// PartnerKind and the other kinds say who is calling.
type PrincipalKind int

// The kinds of callers.
const (
	NobodyPrincipal PrincipalKind = iota
	ClientPrincipal               // an API client of the partner, by bearer token
	UserPrincipal                 // a console or account user, by session or password grant
	SystemPrincipal               // the command line and the server itself
)

// Principal is who calls: resolved once at the door and passed to every operation.
type Principal struct {
	Kind    PrincipalKind
	Partner int64
	// RestrictedTo is the number of the only account that the caller may touch; 0 means no restriction.
	RestrictedTo int64
	// Name is what the audit log shows: a client id, a user name, or "system".
	Name   string
	UserID ID
	Rights Rights
	// Administrator says of a user of the account RestrictedTo that he may change its settings and its users, too.
	Administrator bool
	// Program says of a user that a program calls in his name, with a client's token by the password grant.
	Program bool
	// NeedsFactor says of a console user that the partner asks for a second factor which he has not: he may do nothing but set one up.
	NeedsFactor bool
}

// MayPartner reports whether the caller may use partner-level operations.
func (p Principal) MayPartner() bool {
	return p.Kind != NobodyPrincipal && p.RestrictedTo == 0
}

// MayAccount reports whether the caller may act in the account with number num.
func (p Principal) MayAccount(num int64) bool {
	return p.Kind != NobodyPrincipal && (p.RestrictedTo == 0 || p.RestrictedTo == num)
}

// MayAdminister reports whether the caller may change the settings and the users of the account with number num. What a
// console user's rights say of it is another question.
func (p Principal) MayAdminister(num int64) bool {
	return p.MayPartner() || p.Kind == UserPrincipal && p.RestrictedTo == num && p.Administrator
}

// PartnerScope is the scope of the caller's partner as a whole.
func (p Principal) PartnerScope() Scope { return Scope{Partner: p.Partner} }

// SystemPrincipalOf returns the principal under which the server acts for a partner.
func SystemPrincipalOf(partner int64) Principal {
	return Principal{Kind: SystemPrincipal, Partner: partner, Name: "system", Rights: Rights{Full: true}}
}

// Rights are what a console user may do: everything, or a level per area.
type Rights struct {
	Full  bool
	Areas map[string]RightLevel `json:",omitempty"`
}

// RightLevel is how far a right reaches in one area; a higher level includes the lower ones.
type RightLevel int

// The levels of a right.
const (
	NoRight RightLevel = iota
	ViewRight
	EditRight
	ManageRight
)
