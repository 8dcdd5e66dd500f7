package api

import (
	"strings"

	"paceline"
	"paceline/cycle"
	"paceline/server/api/wire"
)

// comparisonOut is what a decision or a case compares.
type comparisonOut struct {
	LeftStepId   *string     `json:",omitempty" doc:"The earlier step whose data is compared."`
	LeftLocation *string     `json:",omitempty" doc:"Location of the value in that step's data; one that goes through a list divides its items."`
	Condition    *string     `json:",omitempty" doc:"Such as Equals, GreaterThan, InList, MatchesRegex, Exists."`
	Right        *operandOut `json:",omitempty" doc:"Absent for conditions without one."`
}

// operandOut is a mapping outside of a method's parameters and fields.
type operandOut struct {
	MappingType     *string
	Value           *string `json:",omitempty"`
	SourceStepId    *string `json:",omitempty"`
	SourceLocation  *string `json:",omitempty"`
	IsLaunchVisible bool
}

// actionDataOut is what a tool does, by its ActionType.
type actionDataOut struct {
	comparisonOut
	Cases     []caseOut   `json:",omitempty" doc:"Of a Switch, from the top down."`
	Amount    *int        `json:",omitempty" doc:"Of a Delay."`
	Unit      *string     `json:",omitempty" doc:"Of a Delay: seconds, minutes, hours, days, weeks."`
	WaitUntil *operandOut `json:",omitempty" doc:"Of a WaitUntil: a date and time, fixed or of an earlier step."`
	// Of a Webhook in the middle of the flow.
	WebhookKey *webhookKeyOut `json:",omitempty" doc:"Of a Webhook in the middle of the flow: the field of a delivery that equals one which is in the transaction's data already."`
	Response   []responseOut  `json:",omitempty" doc:"Of a SynchronousResponse: what the sender of the webhook gets."`
}

type caseOut struct {
	Exit string `doc:"EdgeType of the edges that leave by this case. It stays when cases are moved or renamed."`
	Name string
	comparisonOut
}

type webhookKeyOut struct {
	Location       string
	SourceStepId   string
	SourceLocation string
}

// responseOut is one value of an answer.
type responseOut struct {
	Key string `doc:"reply:status, reply:contentType, reply:body, header:<name>, or field:<location> of a JSON body."`
	operandOut
}

type webhookKeyIn struct {
	Location       wire.Opt[string] `doc:"In the payload of the delivery."`
	SourceStepId   wire.Opt[string]
	SourceLocation wire.Opt[string]
}

type responseIn struct {
	Key wire.Opt[string] `doc:"reply:status, reply:contentType, reply:body, header:<name>, or field:<location> of a JSON body."`
	operandIn
}

type operandIn struct {
	MappingType     wire.Opt[mappingTypeIn]
	Value           wire.Opt[string]
	SourceStepId    wire.Opt[string]
	SourceLocation  wire.Opt[string] `doc:"Location in the source step's data."`
	IsLaunchVisible wire.Opt[bool]
}

type caseIn struct {
	Exit         wire.Opt[edgeTypeIn] `doc:"Case1, Case2 and so on, as the case was read; a new case may leave it out."`
	Name         wire.Opt[string]
	LeftStepId   wire.Opt[string]
	LeftLocation wire.Opt[string]
	Condition    wire.Opt[string]
	Right        wire.Opt[operandIn]
}

type actionDataIn struct {
	LeftStepId   wire.Opt[string]       `doc:"Of a Decision."`
	LeftLocation wire.Opt[string]       `doc:"Of a Decision."`
	Condition    wire.Opt[string]       `doc:"Of a Decision."`
	Right        wire.Opt[operandIn]    `doc:"Of a Decision."`
	Cases        wire.Opt[[]caseIn]     `doc:"Of a Switch, from the top down; they replace those before."`
	Amount       wire.Opt[int]          `doc:"Of a Delay."`
	Unit         wire.Opt[string]       `doc:"Of a Delay."`
	WaitUntil    wire.Opt[operandIn]    `doc:"Of a WaitUntil."`
	WebhookKey   wire.Opt[webhookKeyIn] `doc:"Of a Webhook in the middle of the flow."`
	Response     wire.Opt[[]responseIn] `doc:"Of a SynchronousResponse; they replace those before."`
}

// input adds what a tool does to the input of a step.
func (in actionDataIn) input(out *cycle.StepInput) (err error) {
	if in.LeftStepId.Set || in.LeftLocation.Set || in.Condition.Set || in.Right.Set {
		out.Decision = &paceline.Decision{}
		if *out.Decision, err = comparison(in.LeftStepId, in.LeftLocation, in.Condition, in.Right); err != nil {
			return err
		}
	}
	if in.Cases.Set {
		out.Switch = &paceline.Switch{}
		for _, c := range in.Cases.Value {
			d, err := comparison(c.LeftStepId, c.LeftLocation, c.Condition, c.Right)
			if err != nil {
				return err
			}
			exit := paceline.EdgeType(c.Exit.Value)
			if exit != "" && exit.Case() == 0 {
				return paceline.Fail(paceline.CodeFieldInvalid, "name", "Exit", "reason", "it is not that of a case")
			}
			out.Switch.Cases = append(out.Switch.Cases, paceline.Case{Number: exit.Case(), Name: c.Name.Value, Decision: d})
		}
	}
	if in.Amount.Set || in.Unit.Set {
		out.Delay = &paceline.Delay{Amount: in.Amount.Value, Unit: strings.ToLower(in.Unit.Value)}
	}
	if in.WebhookKey.Set {
		k := in.WebhookKey.Value
		out.WebhookKey = &paceline.WebhookKey{Location: k.Location.Value, SourceLocation: k.SourceLocation.Value}
		if k.SourceStepId.Has() && k.SourceStepId.Value != "" {
			if out.WebhookKey.SourceStep, err = stepID("SourceStepId", k.SourceStepId); err != nil {
				return err
			}
		}
	}
	if in.Response.Set {
		out.Response = []cycle.ReplyInput{}
		for _, r := range in.Response.Value {
			m, err := operand(wire.Opt[operandIn]{Set: true, Value: r.operandIn})
			if err != nil {
				return err
			}
			out.Response = append(out.Response, cycle.ReplyInput{Key: r.Key.Value, Mapping: m})
		}
	}
	if in.WaitUntil.Set {
		m, err := operand(in.WaitUntil)
		out.WaitUntil = &m
		return err
	}
	return nil
}

func comparison(step, location, condition wire.Opt[string], right wire.Opt[operandIn]) (d paceline.Decision, err error) {
	if step.Has() && step.Value != "" && step.Value != string(paceline.ZeroID) {
		if d.LeftStep, err = stepID("LeftStepId", step); err != nil {
			return d, err
		}
	}
	d.LeftLocation, d.Condition = location.Value, paceline.Condition(condition.Value)
	d.Right, err = operand(right)
	return d, err
}

func operand(in wire.Opt[operandIn]) (m paceline.Mapping, err error) {
	v := in.Value
	m = paceline.Mapping{
		Type: paceline.MappingType(v.MappingType.Value), Value: v.Value.Ptr(), SourceLocation: v.SourceLocation.Value, UserConfigurable: v.IsLaunchVisible.Value,
	}
	if m.Type == paceline.MapLookup {
		return m, paceline.Fail(paceline.CodeFieldInvalid, "name", "MappingType", "reason", "there is no lookup here")
	}
	if v.SourceStepId.Has() && v.SourceStepId.Value != "" && v.SourceStepId.Value != string(paceline.ZeroID) {
		m.SourceStep, err = stepID("SourceStepId", v.SourceStepId)
	}
	return m, err
}

// actionDataWire shows what a tool does; nil for steps that call, and for tools that only are.
func actionDataWire(s *paceline.Step) *actionDataOut {
	switch {
	case s.Decision != nil:
		return &actionDataOut{comparisonOut: comparisonWire(*s.Decision)}
	case s.Switch != nil:
		out := &actionDataOut{}
		for _, c := range s.Switch.Cases {
			out.Cases = append(out.Cases, caseOut{Exit: string(paceline.CaseExit(c.Number)), Name: c.Name, comparisonOut: comparisonWire(c.Decision)})
		}
		return out
	case s.Delay != nil:
		return &actionDataOut{Amount: &s.Delay.Amount, Unit: textPtr(s.Delay.Unit)}
	case s.WaitUntil != nil:
		return &actionDataOut{WaitUntil: operandWire(*s.WaitUntil)}
	case s.WebhookKey != nil:
		return &actionDataOut{WebhookKey: &webhookKeyOut{s.WebhookKey.Location, string(s.WebhookKey.SourceStep), s.WebhookKey.SourceLocation}}
	case s.Kind == paceline.StepSyncResponse && len(s.Params)+len(s.Fields) > 0:
		out := &actionDataOut{}
		for _, p := range s.Params {
			out.Response = append(out.Response, responseOut{p.Key, *operandWire(p.Mapping)})
		}
		for _, f := range s.Fields {
			out.Response = append(out.Response, responseOut{cycle.ReplyField + f.Location, *operandWire(f.Mapping)})
		}
		return out
	}
	return nil
}

func comparisonWire(d paceline.Decision) comparisonOut {
	out := comparisonOut{LeftStepId: textPtr(string(d.LeftStep)), LeftLocation: textPtr(d.LeftLocation), Condition: textPtr(string(d.Condition))}
	if !d.Condition.Unary() {
		out.Right = operandWire(d.Right)
	}
	return out
}

func operandWire(m paceline.Mapping) *operandOut {
	return &operandOut{MappingType: textPtr(string(m.Type)), Value: m.Value, SourceStepId: textPtr(string(m.SourceStep)),
		SourceLocation: textPtr(m.SourceLocation), IsLaunchVisible: m.UserConfigurable}
}
