package paceline

import (
	"errors"
	"time"
)

// ErrPlan marks the error of a plan that cannot be made of what is stored: trying again does not help.
var ErrPlan = errors.New("the plan cannot be made")

// Plan is what runs: a flow and the connector releases it names, compiled by cycle.Compile into
// steps that refer to each other by ordinal. A plan is immutable; a transaction runs the plan of the
// version it began with.
type Plan struct {
	Partner, Account, Root int64
	AccountID              ID
	AccountAPIID           string
	Cycle                  int64
	CycleID                ID
	CycleName              string
	Version                int64
	Trigger                int // ordinal of the trigger step
	Steps                  []PlanStep
	Variables              map[string]string // by system name
	MaxRetries             int
	LogRequests            bool
	Retention              Retention // resolved: both set
	RunOnce                bool
	MaxConcurrent          int  `json:",omitempty"` // transactions that are in progress at once; 0 means no limit of its own
	Serial                 bool `json:",omitempty"` // one after the other, in order of acceptance
	Interval               int  // minutes, for polled triggers
	Timezone               string
	ServiceURL             string `json:",omitempty"` // where the partner's webhooks come to; "" is where those of all do
}

// PlanStep is one step of a plan. Its place in Plan.Steps is the step_ref of the store.
type PlanStep struct {
	ID   ID
	Name string
	Kind StepKind
	Out  []PlanEdge // in order of creation

	Release          ReleaseKey
	ConnectorID      int32  // for metering
	MethodID         int32  // for metering
	Method           string // id within the definition; for webhook steps the trigger's
	AccountConnector int32
	Repeat           Repeat
	Script           string `json:",omitempty"`
	Inputs           []PlanInput
	Decision         *Decision
	Switch           *Switch
	// Enriches says that the rows of deliveries to a webhook step are completed by calls before the flow goes on.
	Enriches bool `json:",omitempty"`
	// Key is where a delivery to a webhook step in the middle of the flow has the value of WebhookSourceKey.
	Key         string
	DelayMicros int64
	ErrorAction ErrorAction // resolved
	// SplitAt is the list in the output whose items go on as transactions of their own; "" splits nothing.
	SplitAt string
	// Each are the lists whose items the step is called for one by one, where the steps behind a split see them.
	Each []PlanList
	// Keys are the unique fields by which lists of earlier steps are joined, where the flow has them.
	Keys []PlanList
	// EndOnNullSource and EndOnNullResult are the step's.
	EndOnNullSource, EndOnNullResult bool `json:",omitempty"`
	// Batched says that the method sends a list in chunks.
	Batched bool
	// Unsplittable says that a split is wanted and the method's response declares no single list for it.
	Unsplittable bool
}

// PlanList is a list in the output of the step with ordinal Step, or a field of its items.
type PlanList struct {
	Step int
	At   string
}

// PlanEdge leads to the step with ordinal To by the exit Type.
type PlanEdge struct {
	To   int
	Type EdgeType
}

// LongestWait is how long the data of the plan's transactions is kept: a wait cannot outlive it. Where nothing is kept once a
// transaction has ended, the default counts.
func (p *Plan) LongestWait() time.Duration {
	hours := 0
	for _, set := range []*int{p.Retention.SuccessHours, p.Retention.ErrorHours} {
		if set != nil {
			hours = max(hours, *set)
		}
	}
	if hours == 0 {
		hours = DefaultRetentionHours
	}
	return time.Duration(hours) * time.Hour
}

// WaitUntilKey is the key of the input that gives a wait its date.
const WaitUntilKey = "wait:until"

// WebhookSourceKey is the key of the input that gives a webhook step in the middle of a flow the value by which
// deliveries find the transaction.
const WebhookSourceKey = "webhook:source"

// The keys of the inputs of a Synchronous Response step besides its fields, which make a JSON body.
const (
	ReplyStatusKey = "reply:status"
	ReplyTypeKey   = "reply:contentType"
	ReplyBodyKey   = "reply:body" // the whole body, when there are no fields
	ReplyHeader    = "header"     // in of a header: "header:X-Name"
)

// PlanInput is one parameter or field of a step with the mapping that fills it.
type PlanInput struct {
	Field    bool   // a request field, else a parameter
	Key      string // location of a field; "in:name" of a parameter
	Label    string // for incidents
	Type     DataType
	Format   string `json:",omitempty"` // of dates, as the definition has it
	Required bool
	Default  *string // of the definition, text with merge fields
	Mapping  Mapping
}

// StepByID returns the ordinal of the step with the id, or -1.
func (p *Plan) StepByID(id ID) int {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return i
		}
	}
	return -1
}
