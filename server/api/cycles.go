package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
	"paceline/store"
)

const cyclesTag = "Cycles"

type CyclePath struct {
	ID string `path:"id" format:"uuid" doc:"Cycle."`
}

type cycleListInput struct {
	PageInput
	IncludeIcons     bool   `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
	ConnectorName    string `query:"connectorName" doc:"Only cycles that use the connector."`
	ConnectorVersion string `query:"connectorVersion" doc:"Version of the vendor's API."`
	Search           string `query:"search" doc:"Extension: a part of the name, in any letter case." maxLength:"200"`
	Tag              string `query:"tag" doc:"Only cycles with the tag; letter case counts."`
	FolderID         string `query:"cycleFolderId" doc:"Extension: only cycles that lie in this folder itself; top for those in none."`
	IncludeDeleted   string `query:"includeDeleted" enum:"true,false" doc:"Extension: false leaves out what lies in the recycle bin."`
}

type cycleGetInput struct {
	CyclePath
	IncludeIcons bool `query:"includeIcons" doc:"Put data URIs into Connectors[].Icon."`
}

type cycleIn struct {
	Name                          wire.Opt[string]
	Description                   wire.Opt[string]
	Shareable                     wire.Opt[bool]
	StepErrorAction               wire.Opt[errorActionIn]
	ContinueOnStepError           wire.Opt[bool] `doc:"Older form of StepErrorAction: false stops the cycle."`
	LogStepDataRequests           wire.Opt[bool]
	CollectionSplitType           wire.Opt[splitTypeIn]
	StepDataSuccessRetentionHours wire.Opt[int]
	StepDataErroredRetentionHours wire.Opt[int]
	Tags                          wire.Opt[[]string]
	MaxConcurrentTransactions     wire.Opt[int]  `doc:"Extension: how many transactions of the cycle are in progress at once, up to 1000; 0 leaves it to the account."`
	Serial                        wire.Opt[bool] `doc:"Extension: true runs the transactions one after the other, in order of acceptance."`
}

type cycleCreateInput struct{ Body *wire.Body[cycleIn] }

type cycleUpdateInput struct {
	CyclePath
	IfMatch string `header:"If-Match" doc:"Extension: ETag of the version that was read; the answer is 412 when the cycle has another one by now."`
	Body    *wire.Body[cycleIn]
}

type activateInput struct {
	CyclePath
	Body *wire.Body[activateIn]
}

type activateIn struct {
	StartTime wire.Opt[wire.Time] `doc:"UTC; now when absent."`
	Interval  wire.Opt[int]       `doc:"Minutes: 1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440 or 10080. Webhook cycles ignore it."`
	Cron      wire.Opt[string]    `doc:"Extension: five fields (minute, hour, day of month, month, day of week) in the account's time zone. Interval is ignored beside it; an Interval alone takes it away."`
	RunOnce   wire.Opt[bool]
	Capture   wire.Opt[string] `doc:"Extension: the id of a webhook step, which runs alone and once, for what it is sent; what is missing elsewhere in the cycle does not matter."`
}

type deactivateInput struct {
	CyclePath
	Finish string `query:"finishQueuedTransactions" enum:"true,false" doc:"true lets what is queued and in progress complete first."`
}

func (a *API) cycles() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	add(a, Route{ID: "Cycles_All_GET", Method: http.MethodGet, Path: "/cycles", Tag: cyclesTag, Level: Account, IDs: []IDParam{{In: "query", Name: "cycleFolderId", Owner: "account"}}, Summary: "List the account's cycles."}, a.cycleList)
	add(a, Route{ID: "Cycles_Create_POST", Method: http.MethodPost, Path: "/cycles", Tag: cyclesTag, Level: Account, Status: http.StatusCreated,
		Summary: "Create an empty cycle."}, a.cycleCreate)
	add(a, Route{ID: "Cycles_Get_GET", Method: http.MethodGet, Path: "/cycles/{id}", Tag: cyclesTag, Level: Account, IDs: owned, Summary: "Get one cycle."}, a.cycleGet)
	add(a, Route{ID: "Cycles_Update_PUT", Method: http.MethodPut, Path: "/cycles/{id}", Tag: cyclesTag, Level: Account, IDs: owned,
		Summary: "Change a cycle that is not running; absent properties stay as they are."}, a.cycleUpdate)
	addEmpty(a, Route{ID: "Cycles_Delete_DELETE", Method: http.MethodDelete, Path: "/cycles/{id}", Tag: cyclesTag, Level: Account, IDs: owned,
		Summary: "Stop a cycle and move it to the recycle bin."}, a.cycleDelete)
	add(a, Route{ID: "Cycles_Activate_PUT", Method: http.MethodPut, Path: "/cycles/{id}/activate", Tag: cyclesTag, Level: Account, IDs: owned,
		Aliases: []string{"POST /cycles/{id}/activate"}, Summary: "Start a cycle."}, a.cycleActivate)
	add(a, Route{ID: "Cycles_Deactivate_PUT", Method: http.MethodPut, Path: "/cycles/{id}/deactivate", Tag: cyclesTag, Level: Account, IDs: owned,
		Aliases: []string{"POST /cycles/{id}/deactivate"}, Summary: "Stop a cycle, at once or after what is in progress."}, a.cycleDeactivate)
	add(a, Route{ID: "Cycles_Prerequisites_GET", Method: http.MethodGet, Path: "/cycles/{id}/prerequisites", Tag: cyclesTag, Level: Account, IDs: owned,
		Summary: "What is missing before the cycle can start; empty when it is ready."}, a.cyclePrerequisites)
}

func (a *API) cycleList(ctx context.Context, c *Call, in *cycleListInput) ([]cycleOut, error) {
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	f := store.CycleFilter{Text: in.Search, Tag: in.Tag, ConnectorName: in.ConnectorName, ConnectorVersion: in.ConnectorVersion, Kept: strings.EqualFold(in.IncludeDeleted, "false")}
	if f.Top = strings.EqualFold(in.FolderID, "top"); in.FolderID != "" && !f.Top {
		if f.Folder, err = guid(in.FolderID); err != nil {
			return nil, err
		}
	}
	l, err := a.Cycle.List(ctx, c.Principal, c.Account, f, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, func(v cycle.View) cycleOut { return cycleWire(v, in.IncludeIcons) }), nil
}

func (a *API) cycleCreate(ctx context.Context, c *Call, in *cycleCreateInput) (out cycleOut, err error) {
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	input, err := body.input(paceline.Retention{})
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.Create(ctx, c.Principal, c.Account, input)
	if err != nil {
		return out, err
	}
	return cycleWire(v, false), nil
}

func (a *API) cycleGet(ctx context.Context, c *Call, in *cycleGetInput) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.Get(ctx, c.Principal, c.Account, id)
	if err != nil {
		return out, err
	}
	tagVersion(c, v.Version)
	return cycleWire(v, in.IncludeIcons), nil
}

func (a *API) cycleUpdate(ctx context.Context, c *Call, in *cycleUpdateInput) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	now, err := a.editable(ctx, c, id) // what is wrong with the cycle is told before what is wrong with the body
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	input, err := body.input(now.Flow.Settings.Retention)
	if err != nil {
		return out, err
	}
	input.IfVersion = versionsOf(in.IfMatch)
	v, err := a.Cycle.Update(ctx, c.Principal, c.Account, id, input)
	if err != nil {
		return out, err
	}
	tagVersion(c, v.Version)
	return cycleWire(v, false), nil
}

// editable returns the cycle when it exists and is not running.
func (a *API) editable(ctx context.Context, c *Call, id paceline.ID) (cycle.View, error) {
	v, err := a.Cycle.Get(ctx, c.Principal, c.Account, id)
	if err == nil && v.State.Running() {
		err = paceline.Fail(paceline.CodeCycleRunning)
	}
	return v, err
}

func (a *API) cycleDelete(ctx context.Context, c *Call, in *CyclePath) error {
	id, err := guid(in.ID)
	if err != nil {
		return err
	}
	return a.Cycle.Delete(ctx, c.Principal, c.Account, id)
}

func (a *API) cycleActivate(ctx context.Context, c *Call, in *activateInput) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	if _, err := a.Cycle.Get(ctx, c.Principal, c.Account, id); err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	var how cycle.Activation
	if body.StartTime.Has() && body.StartTime.Value.Year() > 1 {
		at := paceline.ToMicros(body.StartTime.Value.Time)
		how.StartTime = &at
	}
	how.Cron = body.Cron.Ptr()
	how.Interval, how.RunOnce = body.Interval.Ptr(), body.RunOnce.Ptr()
	if body.Capture.Has() && body.Capture.Value != "" {
		if how.Capture, err = guid(body.Capture.Value); err != nil {
			return out, err
		}
	}
	v, err := a.Cycle.Activate(ctx, c.Principal, c.Account, id, how)
	if err != nil {
		return out, err
	}
	return cycleWire(v, false), nil
}

func (a *API) cycleDeactivate(ctx context.Context, c *Call, in *deactivateInput) (out cycleOut, err error) {
	id, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	finish, err := queryBool(in.Finish, "finishQueuedTransactions")
	if err != nil {
		return out, err
	}
	v, err := a.Cycle.Deactivate(ctx, c.Principal, c.Account, id, finish)
	if err != nil {
		return out, err
	}
	return cycleWire(v, false), nil
}

func (a *API) cyclePrerequisites(ctx context.Context, c *Call, in *CyclePath) ([]prerequisiteOut, error) {
	id, err := guid(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Cycle.Prerequisites(ctx, c.Principal, c.Account, id)
	if err != nil {
		return nil, err
	}
	return translate(list, prerequisiteWire), nil
}

// input translates what may be written; retention is merged with the value of now.
func (in cycleIn) input(now paceline.Retention) (cycle.Input, error) {
	out := cycle.Input{
		Name: in.Name.Ptr(), Description: in.Description.Ptr(), Shareable: in.Shareable.Ptr(), LogRequests: in.LogStepDataRequests.Ptr(), Tags: in.Tags.Ptr(),
		MaxConcurrent: in.MaxConcurrentTransactions.Ptr(), Serial: in.Serial.Ptr(),
		StepErrorAction: convert[paceline.ErrorAction](in.StepErrorAction), ContinueOnError: in.ContinueOnStepError.Ptr(), CollectionSplit: convert[paceline.SplitType](in.CollectionSplitType),
	}
	if in.Description.Null {
		none := ""
		out.Description = &none
	}
	if in.Tags.Null {
		out.Tags = &[]string{}
	}
	success, err := retention(now.SuccessHours, in.StepDataSuccessRetentionHours, "StepDataSuccessRetentionHours")
	if err != nil {
		return out, err
	}
	errored, err := retention(now.ErrorHours, in.StepDataErroredRetentionHours, "StepDataErroredRetentionHours")
	if err != nil {
		return out, err
	}
	out.Retention = &paceline.Retention{SuccessHours: success, ErrorHours: errored}
	return out, nil
}

// retention merges one written value with the one of now.
func retention(now *int, in wire.Opt[int], name string) (*int, error) {
	if !in.Set {
		return now, nil
	}
	hours := in.Ptr()
	if hours != nil && *hours < 0 {
		return nil, paceline.Fail(paceline.CodeRetentionNegative, "name", name, "value", *hours)
	}
	if hours != nil && *hours > paceline.MaxRetentionHours {
		*hours = paceline.MaxRetentionHours
	}
	return hours, nil
}

func convert[To, From ~string](o wire.Opt[From]) *To {
	if !o.Has() {
		return nil
	}
	v := To(o.Value)
	return &v
}

// queryBool reads a boolean of the query; an absent one is false.
func queryBool(text, name string) (bool, error) {
	switch {
	case text == "", strings.EqualFold(text, "false"), text == "0":
		return false, nil
	case strings.EqualFold(text, "true"), text == "1":
		return true, nil
	}
	return false, paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "true or false was expected")
}

func cycleWire(v cycle.View, icons bool) cycleOut {
	s := v.Flow.Settings
	out := cycleOut{
		Id: string(v.ID), CreatedOnUtc: wire.FromMicros(v.CreatedAt), Name: v.Name, Description: v.Description,
		TasksUsed: v.Counters.Tasks, ErrorCount: v.Counters.Errors, WarningCount: v.Counters.Warnings, InProgressTransactionCount: v.Counters.InProgress,
		Status: v.State.Wire(), LastSuccessfulRunDate: wire.FromMicros(v.LastSuccessAt), Shareable: s.Shareable,
		ContinueOnStepError: s.StepErrorAction != paceline.ErrorStopCycle, StepErrorAction: string(s.StepErrorAction),
		LogStepDataRequests: s.LogRequests, CollectionSplitType: string(s.CollectionSplit),
		StepDataSuccessRetentionHours: s.Retention.SuccessHours, StepDataErroredRetentionHours: s.Retention.ErrorHours,
		Tags: wire.List(v.Tags), TemplateId: textPtr(string(v.Template)), TemplateReleaseId: textPtr(string(v.TemplateRelease)),
		StartTime: wire.OptTime(s.StartTime), RunOnce: &s.RunOnce, MaxConcurrentTransactions: s.MaxConcurrent, Serial: s.Serial,
		FolderId: textPtr(string(v.Folder)), Cron: textPtr(s.Cron), NextRunOnUtc: wire.OptTime(v.NextRun),
	}
	if s.Interval > 0 && s.Cron == "" {
		out.Interval = &s.Interval
	}
	out.Connectors = translate(v.Connectors, func(u cycle.ConnectorUse) cycleConnectorOut {
		w := cycleConnectorOut{Id: u.ConnectorID, Name: u.Name, Version: textPtr(u.APIVersion), Authenticated: u.Authenticated, StepCount: u.Steps, IsSystemConnector: u.Utility}
		if u.AccountConnector != 0 {
			w.AccountConnectorId = &u.AccountConnector
		}
		if icons {
			w.Icon = u.Icon
		}
		return w
	})
	return out
}
