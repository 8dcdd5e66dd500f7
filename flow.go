package paceline

import (
	"encoding/json"
	"slices"
)

// FlowSchema is the version of the flow document that this program writes.
const FlowSchema = 1

// Flow is the design of a template release or of a cycle: one JSON document, stored whole and
// versioned by a number. Steps name methods by uid, fields by location and parameters by name,
// never by the integers of the API, so that a flow means the same in every installation.
type Flow struct {
	Schema    int
	Steps     []Step
	Edges     []Edge
	Variables []Variable
	Settings  FlowSettings
	// Brief is a flow of a list: what its steps map, what its tools do, and its variables were not read. It is never written.
	Brief bool `json:"-"`
}

// FlowSettings are the settings of a cycle or template release.
type FlowSettings struct {
	StepErrorAction ErrorAction
	MaxRetries      int // 1 to 5, for ErrorAction Retry
	LogRequests     bool
	CollectionSplit SplitType
	Retention       Retention
	Shareable       bool
	Interval        int // minutes; 0 means not chosen yet
	// Cron is five fields in the account's time zone; when it is set, Interval does not count.
	Cron      string `json:",omitempty"`
	StartTime Micros // 0 means at once
	RunOnce   bool
	// Capture is a webhook step that runs alone, once, for what it is sent; "" for the whole flow.
	Capture ID `json:",omitempty"`
	// MaxConcurrent limits how many transactions of the cycle are in progress at once; 0 leaves it to the account.
	MaxConcurrent int `json:",omitempty"`
	// Serial lets transactions run one after the other, in order of acceptance.
	Serial bool `json:",omitempty"`
	// FreshConnectors lists the uids of connectors that every install gets anew.
	FreshConnectors []ID `json:",omitempty"`
}

// DefaultFlowSettings are the settings of a new cycle.
func DefaultFlowSettings() FlowSettings {
	return FlowSettings{StepErrorAction: ErrorIgnore, MaxRetries: 5, LogRequests: true, CollectionSplit: SplitFirst}
}

// Step is a node of a flow: a connector method or a tool.
type Step struct {
	ID ID
	// Origin is the id of the template step that this step was copied from; it stays equal across the
	// releases of one template, and upgrades match on it.
	Origin      ID `json:",omitempty"`
	Name        string
	Description *string `json:",omitempty"`
	Kind        StepKind
	// Connector pins the release that the step was built with; nil for tools.
	Connector *StepConnector `json:",omitempty"`
	Method    ID             `json:",omitempty"` // MethodUniqueIdentifier
	// AccountConnector is the instance that the step uses, in cycles; 0 in templates.
	AccountConnector int32 `json:",omitempty"`

	Params   []ParamMapping `json:",omitempty"`
	Fields   []FieldMapping `json:",omitempty"`
	Decision *Decision      `json:",omitempty"`
	Switch   *Switch        `json:",omitempty"`
	Delay    *Delay         `json:",omitempty"`
	// Script is JavaScript that sees the events of the step's call; "" for none.
	Script string `json:",omitempty"`
	// WaitUntil gives the date and time that the step waits for.
	WaitUntil *Mapping `json:",omitempty"`
	// WebhookKey says which transaction a delivery to a webhook step in the middle of the flow lets go on.
	WebhookKey *WebhookKey `json:",omitempty"`

	// Keys are the unique fields by which the lists of earlier steps are joined where several are mapped.
	Keys []CollectionKey `json:",omitempty"`

	ErrorAction     ErrorAction `json:",omitempty"` // "" takes the flow's
	CollectionSplit SplitType   `json:",omitempty"` // "" takes the flow's
	// EndOnNullSource ends the path before the step's call when a required value of it is empty, EndOnNullResult
	// behind it when it brought nothing. Otherwise the path goes on.
	EndOnNullSource, EndOnNullResult bool `json:",omitempty"`

	Left, Top int
}

// InUse returns the locations of a step's answer from which mappings of other steps take values.
func (f Flow) InUse(step ID) []string {
	list := []string{}
	for _, s := range f.Steps {
		for _, p := range s.Params {
			list = p.Mapping.inUse(step, list)
		}
		for _, field := range s.Fields {
			list = field.Mapping.inUse(step, list)
		}
	}
	return list
}

func (m Mapping) inUse(step ID, list []string) []string {
	if m.SourceStep == step && m.SourceLocation != "" {
		list = append(list, m.SourceLocation)
	}
	return list
}

// LinkConnector is the key of the connector whose steps lead to other cycles of the account.
const LinkConnector = "cycle-link"

// LinkCycle is the parameter of such a step that names the other cycle.
const LinkCycle = "template:Cycle"

// StepConnector names the connector release that a step is pinned to.
type StepConnector struct {
	UID     ID
	Key     string
	Name    string
	Version string
}

// CollectionKey names the field of an earlier step's list by whose values its items find those of other lists.
type CollectionKey struct {
	Step     ID
	Location string // such as [rows].id
}

// ParamMapping gives a parameter its value. Key is "in:name", e.g. "path:Id".
type ParamMapping struct {
	Key string
	Mapping
}

// FieldMapping gives a request field its value. Location is the field's location in the body.
type FieldMapping struct {
	Location string
	Mapping
}

// Mapping is the rule that gives a parameter or field its value.
type Mapping struct {
	Type           MappingType `json:",omitempty"` // "" is unset, which the API shows as null
	Value          *string     `json:",omitempty"` // StaticValue, ValueList: text with merge fields; Variable: system name
	SourceStep     ID          `json:",omitempty"`
	SourceLocation string      `json:",omitempty"`
	LookupValue    *string     `json:",omitempty"`
	LookupDisplay  *string     `json:",omitempty"`
	// UserConfigurable lets the installing customer set the value (IsLaunchVisible on the wire).
	UserConfigurable bool `json:",omitempty"`
}

// Set reports whether the mapping yields a value or deliberately none.
func (m Mapping) Set() bool {
	switch m.Type {
	case MapIgnore:
		return true
	case MapStatic, MapValueList, MapVariable:
		return m.Value != nil && *m.Value != ""
	case MapStepField:
		return m.SourceStep != "" && m.SourceLocation != ""
	case MapLookup:
		return m.LookupValue != nil && *m.LookupValue != ""
	}
	return false
}

// MappingType is where a mapping takes its value from.
type MappingType string

// The sources of a mapping, in the words of the API.
const (
	MapIgnore    MappingType = "Ignore"
	MapStatic    MappingType = "StaticValue"
	MapValueList MappingType = "ValueList"
	MapStepField MappingType = "StepField"
	MapLookup    MappingType = "Trigger"
	MapVariable  MappingType = "Variable"
)

// Decision compares a value of an earlier step and leaves by the true or the false exit.
type Decision struct {
	LeftStep     ID
	LeftLocation string
	Condition    Condition
	Right        Mapping
}

// Switch leaves by the exit of its first case that holds, in their order, or by Default.
type Switch struct {
	Cases []Case
}

// Case is one case of a switch. Number names its exit (CaseExit): it stays when cases are moved or renamed, so that
// edges keep their meaning.
type Case struct {
	Number int
	Name   string `json:",omitempty"`
	Decision
}

// Exits returns the exits of a step, Forward for one that has a single way out.
func (s *Step) Exits() []EdgeType { return exitsOf(s.Kind, s.Switch) }

// Exits returns the exits of a step of a plan.
func (s *PlanStep) Exits() []EdgeType { return exitsOf(s.Kind, s.Switch) }

func exitsOf(kind StepKind, sw *Switch) []EdgeType {
	switch kind {
	case StepDecision:
		return []EdgeType{EdgeTrue, EdgeFalse}
	case StepSwitch:
		var list []EdgeType
		if sw != nil {
			for _, c := range sw.Cases {
				list = append(list, CaseExit(c.Number))
			}
		}
		return append(list, EdgeDefault)
	case StepAction: // the second and third where a script decides
		return []EdgeType{EdgeForward, EdgeTrue, EdgeFalse}
	}
	return []EdgeType{EdgeForward}
}

// Otherwise is the exit that a step takes when nothing holds, or when it cannot be evaluated and that is ignored.
func Otherwise(kind StepKind) EdgeType {
	switch kind {
	case StepDecision:
		return EdgeFalse
	case StepSwitch:
		return EdgeDefault
	}
	return EdgeForward
}

// Condition is the operator of a decision.
type Condition string

// The conditions of a decision (F-224).
const (
	CondEquals         Condition = "Equals"
	CondNotEquals      Condition = "NotEquals"
	CondExists         Condition = "Exists"
	CondNotExists      Condition = "NotExists"
	CondContains       Condition = "Contains"
	CondNotContains    Condition = "NotContains"
	CondStartsWith     Condition = "StartsWith"
	CondEndsWith       Condition = "EndsWith"
	CondGreater        Condition = "GreaterThan"
	CondGreaterOrEqual Condition = "GreaterThanOrEqual"
	CondLess           Condition = "LessThan"
	CondLessOrEqual    Condition = "LessThanOrEqual"
	CondInList         Condition = "InList"
	CondMatches        Condition = "MatchesRegex"
	CondIsTrue         Condition = "IsTrue"
	CondIsFalse        Condition = "IsFalse"
	CondIsEmpty        Condition = "IsEmpty"
	CondIsNotEmpty     Condition = "IsNotEmpty"
)

// Unary reports whether the condition has no right operand.
func (c Condition) Unary() bool {
	switch c {
	case CondExists, CondNotExists, CondIsTrue, CondIsFalse, CondIsEmpty, CondIsNotEmpty:
		return true
	}
	return false
}

// Delay parks a transaction for a whole number of units.
type Delay struct {
	Amount int
	Unit   string // seconds, minutes, hours, days, weeks
}

// WebhookKey pairs a field of a delivery with one that is in the data of the transaction already.
type WebhookKey struct {
	Location       string // in the delivery's payload
	SourceStep     ID
	SourceLocation string
}

// Edge leads from its tail (the predecessor) to its head (the successor).
type Edge struct {
	ID   ID
	Tail ID
	Head ID
	Type EdgeType
}

// Variable is a named value of a template or cycle.
type Variable struct {
	DisplayName string
	SystemName  string
	Description *string  `json:",omitempty"`
	Values      []string `json:",omitempty"`
	Mapping
}

// VariableValues returns the values of the flow's variables by system name, "" without one.
func (f Flow) VariableValues() map[string]string {
	values := make(map[string]string, len(f.Variables))
	for _, v := range f.Variables {
		values[v.SystemName] = ""
		if v.Value != nil {
			values[v.SystemName] = *v.Value
		}
	}
	return values
}

// ErrorAction is what a failed step does.
type ErrorAction string

// The error actions, in the words of the API.
const (
	ErrorIgnore          ErrorAction = "Ignore"
	ErrorRetry           ErrorAction = "Retry"
	ErrorStopCycle       ErrorAction = "StopCycle"
	ErrorStopTransaction ErrorAction = "StopTransaction"
)

// SplitType is where lists are split into one transaction per item.
type SplitType string

// The collection split types, in the words of the API.
const (
	SplitNone  SplitType = "None"
	SplitFirst SplitType = "First"
	SplitAll   SplitType = "All"
)

// StepKind is what a step does. The numbers are those of ActionType in the API.
type StepKind int

// The kinds of steps.
const (
	StepUnknown StepKind = iota
	StepAction
	StepDecision
	StepDelay
	StepWaitUntil
	StepWebhook
	StepWaitAll
	StepSyncResponse
	StepAnnotation
	StepSwitch // our extension
)

var stepKindNames = []string{"Unknown", "Action", "Decision", "Delay", "WaitUntil", "Webhook", "WaitAll", "SynchronousResponse", "Annotation", "Switch"}

// String returns the name that the API uses.
func (k StepKind) String() string {
	if k < 0 || int(k) >= len(stepKindNames) {
		return stepKindNames[0]
	}
	return stepKindNames[k]
}

// ParseStepKind reads the API's name in any letter case.
func ParseStepKind(s string) (StepKind, bool) {
	for i, name := range stepKindNames {
		if equalFold(name, s) {
			return StepKind(i), true
		}
	}
	return StepUnknown, false
}

// MarshalText writes the name, so that flow documents stay readable.
func (k StepKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the name.
func (k *StepKind) UnmarshalText(b []byte) error {
	kind, ok := ParseStepKind(string(b))
	if !ok {
		return Fail(CodeFieldInvalid, "name", "ActionType", "reason", "unknown step kind "+string(b))
	}
	*k = kind
	return nil
}

// Step returns the step with the id and its place, or nil and -1.
func (f *Flow) Step(id ID) (*Step, int) {
	for i := range f.Steps {
		if f.Steps[i].ID == id {
			return &f.Steps[i], i
		}
	}
	return nil, -1
}

// Runs is what of the flow runs: all of it, or the step whose delivery is captured.
func (f Flow) Runs() Flow {
	if f.Settings.Capture == "" {
		return f
	}
	f.Steps = slices.DeleteFunc(slices.Clone(f.Steps), func(s Step) bool { return s.ID != f.Settings.Capture })
	f.Edges = nil
	return f
}

// ForgetStart takes away when it starts, and how it was started last: a copy has its own.
func (s *FlowSettings) ForgetStart() { s.StartTime, s.RunOnce, s.Capture = 0, false, "" }

// Clone returns a deep copy.
func (f Flow) Clone() Flow {
	b, err := json.Marshal(f)
	if err != nil {
		panic("a flow is always JSON: " + err.Error())
	}
	var out Flow
	if err := json.Unmarshal(b, &out); err != nil {
		panic("a flow reads back what it wrote: " + err.Error())
	}
	return out
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}
