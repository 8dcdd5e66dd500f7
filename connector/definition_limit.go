package connector

// LimitDef is one limit that the vendor sets. It holds for all calls that share its scope.
type LimitDef struct {
	ID          string     `json:"id"`
	Scope       LimitScope `json:"scope"` // instance without one
	Requests    int        `json:"requests"`
	Per         string     `json:"per"`
	Interval    string     `json:"interval"`
	Concurrency int        `json:"concurrency"`
	Tags        []string   `json:"tags"`     // of methods that count; all without one
	Property    string     `json:"property"` // of scope account, whose number stands for requests or concurrency: for vendors with plans
}

// LimitScope is who shares a limit.
type LimitScope string

// The scopes of a limit.
const (
	LimitInstance LimitScope = "instance" // one account connector
	LimitMethod   LimitScope = "method"   // one method of one account connector
	LimitAccount  LimitScope = "account"  // all account connectors of this connector in an account
	LimitPartner  LimitScope = "partner"  // in all accounts of a partner
	LimitApp      LimitScope = "app"      // everywhere
)

// ThrottleDef names what answers say about limits.
type ThrottleDef struct {
	Remaining   string        `json:"remaining"` // header with the number of calls left
	Reset       string        `json:"reset"`     // header with the time at which there are more
	ResetFormat string        `json:"resetFormat"`
	RetryAfter  string        `json:"retryAfter"` // header, instead of Retry-After
	Usage       string        `json:"usage"`      // header with calls made and allowed, such as api-usage=18/5000, of a vendor who does not say when there are more
	Pause       string        `json:"pause"`      // how long calls wait when usage says that all are made, 5m without one; with a remaining that has no reset, when none is left
	Statuses    []StatusRange `json:"statuses"`   // besides 429, where no rule speaks of them
}
