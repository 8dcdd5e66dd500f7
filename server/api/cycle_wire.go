package api

import (
	"paceline"
	"paceline/server/api/wire"
)

// templateOut is the Template object of the API.
type templateOut struct {
	Name        string
	Description *string
	Id          string
	Connectors  []templateConnectorOut
	Tags        []string
	FolderId    *string           `json:",omitempty" doc:"Extension: the folder of the template library; absent at the top."`
	Steps       []templateStepOut `json:",omitzero" required:"false" doc:"With includePrerequisites: the steps that need input."`
	Variables   []variableOut     `json:",omitzero" required:"false" doc:"With includePrerequisites."`
	ImportNotes []string          `json:",omitempty" doc:"Extension, in the answer to an import: what the file could not carry, and what was not understood of it."`
}

type templateConnectorOut struct {
	Id                int32
	Name              string
	Version           *string
	StepCount         int
	Icon              *string `doc:"Data URI, with includeIcons=true."`
	IsSystemConnector bool
}

type templateStepOut struct {
	Id          string
	Name        string
	Description *string
	ActionType  string

	AccountConnector *templateStepConnectorOut `doc:"The connector that it needs."`
	Parameters       []parameterMappingOut     `doc:"Those that need a value."`
	FieldMappings    []fieldMappingOut         `doc:"Those that need a value."`
}

type templateStepConnectorOut struct {
	Name        string
	Version     *string
	ConnectorId int32
}

type variableOut struct {
	DisplayName             string
	SystemName              string
	Value                   *string
	MappingType             *string
	Description             *string
	Values                  []string
	IsLaunchVisible         bool
	TriggerValue            *string
	TriggerValueDisplayName *string
}

// cycleOut is the Cycle object of the API.
type cycleOut struct {
	Id                            string
	CreatedOnUtc                  wire.Time
	TasksUsed                     int64
	ErrorCount                    int64
	WarningCount                  int64
	InProgressTransactionCount    int64
	Connectors                    []cycleConnectorOut
	Status                        string `enum:"Active,Paused,Stopped,Error,DeleteScheduled"`
	LastSuccessfulRunDate         wire.Time
	Name                          string
	Description                   *string
	Shareable                     bool
	ContinueOnStepError           bool   `doc:"Mirrors StepErrorAction: true unless it stops the cycle."`
	StepErrorAction               string `enum:"Ignore,Retry,StopCycle,StopTransaction"`
	LogStepDataRequests           bool
	CollectionSplitType           string `enum:"None,First,All"`
	StepDataSuccessRetentionHours *int
	StepDataErroredRetentionHours *int
	Tags                          []string
	TemplateId                    *string
	TemplateReleaseId             *string    `doc:"Extension."`
	FolderId                      *string    `doc:"Extension: the folder of the account's cycles; null at the top."`
	Interval                      *int       `doc:"Extension: minutes between runs."`
	Cron                          *string    `doc:"Extension: when it is set, it runs the cycle and no interval does."`
	StartTime                     *wire.Time `doc:"Extension."`
	NextRunOnUtc                  *wire.Time `doc:"Extension: the next run of an active cycle that has a schedule."`
	RunOnce                       *bool      `doc:"Extension."`
	MaxConcurrentTransactions     int        `doc:"Extension: how many transactions of the cycle are in progress at once; 0 leaves it to the account."`
	Serial                        bool       `doc:"Extension: transactions run one after the other, in order of acceptance."`
	LatestTemplateReleaseId       *string    `json:",omitempty" doc:"In the list of upgradeable cycles: the live release."`
	ImportNotes                   []string   `json:",omitempty" doc:"Extension, in the answer to an import: what the file could not carry, and what was not understood of it."`
}

type cycleConnectorOut struct {
	Id                 int32
	AccountConnectorId *int32
	Name               string
	Version            *string
	Authenticated      bool
	StepCount          int
	Icon               *string
	IsSystemConnector  bool
}

type prerequisiteOut struct {
	ReasonCode int
	Reason     string
	ObjectType string
	ObjectId   any `doc:"A number, or a GUID as text."`
}

func prerequisiteWire(p paceline.Prerequisite) prerequisiteOut {
	return prerequisiteOut{ReasonCode: p.ReasonCode, Reason: p.Code.Text(), ObjectType: p.ObjectType, ObjectId: p.ObjectID}
}

// stepOut is the Step object of the API.
type stepOut struct {
	Id                   string
	Name                 string
	Description          *string
	ActionType           string               `enum:"Unknown,Action,Decision,Delay,WaitUntil,Webhook,WaitAll,SynchronousResponse,Annotation,Switch" doc:"Switch is an extension."`
	AccountConnector     *accountConnectorOut `doc:"null for logic steps."`
	Method               *methodOut           `doc:"null for logic steps."`
	DisplayPositionLeft  int
	DisplayPositionTop   int
	CycleId              string
	AccountConnectorId   *int32
	MethodId             *int32
	WebhookUrl           *string `doc:"Address of a webhook step."`
	CollectionSplitType  *string
	StepErrorAction      *string         `doc:"Extension: null takes the cycle's."`
	ContinueOnNullSource bool            `doc:"Whether the step is called when a required value of it is empty; else the path ends before it."`
	ContinueOnNullResult bool            `doc:"Whether the path goes on behind a step that brought nothing."`
	ActionData           *actionDataOut  `doc:"What a tool does, by its ActionType; null for other steps."`
	Script               *string         `doc:"Extension: JavaScript that sees the events of the step's call; null without."`
	CollectionKeys       []collectionKey `doc:"Extension: the unique fields by which lists of earlier steps are joined."`
}

// collectionKey is a field of a list of an earlier step, such as [rows].id.
type collectionKey struct {
	SourceStepId   string
	SourceLocation string
}

// transactionOut is the Transaction object of the API.
type transactionOut struct {
	Id                  string
	CycleId             string
	CycleName           string
	Status              string `enum:"Queued,InProgress,Waiting,Completed,Errored,Stopped,Cancelled" doc:"Cancelled is what had not begun when its cycle was stopped, 24 hours later or when it was dropped."`
	SplitType           string `enum:"Unsplit,Parent,Child"`
	IsSplit             bool   `doc:"Extension: whether its rows went on as transactions of their own, which those of a Child may, too."`
	ParentTransactionId *string
	CreatedOnUtc        wire.Time
	CompletedOnUtc      *wire.Time
	ErrorCount          int
	WarningCount        int
	RetryCount          int        `doc:"Extension: how often steps were tried again."`
	WaitingReason       *string    `enum:"Retry,RateLimit,Job,Delay,WaitUntil,Webhook,WaitAll" doc:"Extension: what a Waiting transaction waits for: to try a step again; a limit of the connector, or a vendor that asked to wait; work that the vendor does; a time or a date; a webhook in the middle of the flow; all others. null for others."`
	NextRetryOnUtc      *wire.Time `doc:"Extension: when the step that waits is tried again or goes on; null when nobody knows."`
}

// transactionItemOut is one entry of a transaction's log: one call, or a step that made none.
type transactionItemOut struct {
	Id            string
	TransactionId string
	StepId        string
	StepName      string
	Level         string `enum:"Information,Warning,Error"`
	CreatedOnUtc  wire.Time
	Message       *string
	Request       string
	Response      string
	Status        string  `enum:"Done,Failed,Parked,Skipped,Started,Ongoing,Arrived" doc:"Extension: state of the step. Arrived is a webhook that came for the step and was not carried on, or not yet."`
	Exit          *string `doc:"Extension: exit that a decision took."`
	HttpStatus    *int    `doc:"Extension."`
	DurationMs    *int    `doc:"Extension: milliseconds."`
	Attempt       int     `doc:"Extension: counts from 1."`
	Signature     *string `doc:"Extension: that of the error with which the step failed; see Signature of incidents. null for others."`
}

// incidentOut is the Incident object of the API.
type incidentOut struct {
	Id            int64
	CycleId       string
	CycleName     string
	IncidentLevel string `enum:"Error,Warning"`
	ShortMessage  string
	FullMessage   string
	StepId        string
	StepName      string
	TransactionId string
	CreatedOnUtc  wire.Time
	Code          string `doc:"Extension: stable code of the message."`
	Signature     string `doc:"Extension: step, code, and method and status of the call, such as 0192.../call_failed/POST 422. Incidents with the same cause have the same one."`
}

type message struct{ Message string }

type usageOut struct {
	Id        string
	TasksUsed int64
	StartTime wire.Time
	EndTime   wire.Time
	// StoredBytes is an extension.
	StoredBytes int64 `doc:"Bytes that the account has stored now, whatever the period."`
}
