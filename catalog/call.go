package catalog

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/mapping"
	"paceline/store"
)

// Caller makes calls of methods; *connector.Runtime is one.
type Caller interface {
	Call(ctx context.Context, c connector.Call) (connector.Result, error)
	// AfterPaging runs the scripts that come behind the last page.
	AfterPaging(ctx context.Context, c connector.Call, result *connector.Result) (date string, err error)
}

// Attach gives the room what makes its calls. Without one they are refused as unavailable. Only before the room
// serves.
func (r *Room) Attach(c Caller) { r.caller = c }

// AdmitCallers limits to these networks the programs that call methods for themselves, except those of the partner's own
// product. None means any. Only before the room serves.
func (r *Room) AdmitCallers(from []*net.IPNet) { r.callers = from }

// admit refuses a program that calls from elsewhere: than the operator allows, or the partner. People who try a step in the console come from anywhere.
func (r *Room) admit(ctx context.Context, p paceline.Principal, from string, ac paceline.AccountConnector) error {
	if ac.Native || p.Kind != paceline.ClientPrincipal {
		return nil
	}
	refused := paceline.Fail(paceline.CodeIPNotAllowed)
	ip := net.ParseIP(from)
	if len(r.callers) > 0 && (ip == nil || !slices.ContainsFunc(r.callers, func(n *net.IPNet) bool { return n.Contains(ip) })) {
		return refused
	}
	return r.store.Read(ctx, func(tx *store.Tx) error {
		partner, _, err := tx.Partner(p.PartnerScope())
		if list := partner.Settings.MethodIPs; err == nil && len(list) > 0 && !paceline.InNetworks(list, from) {
			return refused
		}
		return err
	})
}

// MethodRef names a method by its integer id, or by its unique identifier.
type MethodRef struct {
	ID  int32
	UID paceline.ID
}

// onDemand bounds how long a call that a caller waits for may take, with all its repeats.
const onDemand = 100 * time.Second

// CallMethod calls a method of an account connector for a caller that waits, and returns the JSON document of the
// answer, nil when it has no content; of a paged method it is the first page. It counts its tasks like a step.
// read gives the input once the method is found. Input that names a step tries that step: with its release, its script and
// its last successful run date, which stays. Errors: NotFound for the account connector, the method or the step; Invalid for
// input that the method does not take, without credentials, and with the vendor's answer when the call fails; Forbidden
// for a program whose address, from, is not among those of AdmitCallers, or of the partner.
func (r *Room) CallMethod(ctx context.Context, p paceline.Principal, from string, a paceline.Account, id int32, ref MethodRef, read func() (MethodCall, error)) ([]byte, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil {
		return nil, err
	}
	if err := r.admit(ctx, p, from, ac); err != nil {
		return nil, err
	}
	method := methodToCall(rel, ref)
	if method == nil {
		return nil, notFound("Method")
	}
	in, err := read()
	if err != nil {
		return nil, err
	}
	if in.Step != "" {
		if rel, err = r.ofStep(ctx, p, a, id, &in, method); err != nil {
			return nil, err
		}
		method = methodToCall(rel, MethodRef{UID: rel.Compiled.MethodUID(method.ID)})
	}
	in.whole = true
	result, err := r.call(ctx, a, ac, rel, method, in, nil)
	return result.Output, err
}

// ofStep gives the input what the scripts of a step see that is tried, and returns the release that the step calls.
// Errors: NotFound; Invalid for a step that calls something else.
func (r *Room) ofStep(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, in *MethodCall, method *connector.MethodDef) (*cycle.Release, error) {
	c, releases, err := r.cycles.CycleOfStep(ctx, p, a, in.Step)
	if err != nil {
		return nil, err
	}
	step, _ := c.Flow.Step(in.Step)
	if step == nil || step.AccountConnector != id {
		return nil, invalid("StepId", "the step does not call this account connector")
	}
	rel := releases.Of(step)
	if called := methodToCall(rel, MethodRef{UID: step.Method}); called == nil || called.ID != method.ID {
		return nil, invalid("StepId", "the step does not call this method")
	}
	var last paceline.Micros
	err = r.store.Read(ctx, func(tx *store.Tx) (err error) {
		last, err = tx.LastRun(a.Scope(), c.Num, step.ID)
		return err
	})
	if last > 0 {
		in.lastRun = last.Time().Format(time.RFC3339)
	}
	in.script = connector.ScriptCall{Step: step.Script, Globals: map[string]any{
		"script_execution_context": connector.StepTesting, "cycle_id": c.ID, "cycle_step_id": step.ID, "cycle_variables": c.Flow.VariableValues(),
	}}
	in.script.FieldsInUse(c.Flow.InUse(step.ID))
	return rel, err
}

// methodToCall finds a method of a release; a polling trigger stands for the method that it polls.
func methodToCall(rel *cycle.Release, ref MethodRef) *connector.MethodDef {
	if rel == nil {
		return nil
	}
	uid := ref.UID
	if uid == "" {
		uid = rel.MethodUIDOf(ref.ID)
	}
	method, trigger := rel.Method(uid)
	if trigger != nil && trigger.Type == "poll" {
		method, _ = rel.MethodByID(trigger.Method)
	}
	return method
}

// neverRan is the last successful run date of a call outside a cycle: there is no step whose date it could be, and
// none is changed by it.
const neverRan = "1970-01-01T00:00:00Z"

// call makes one call and counts it. page is the Next of the call before, nil for the first. A job of the vendor is asked
// about again and again until it is done.
func (r *Room) call(ctx context.Context, a paceline.Account, ac paceline.AccountConnector, rel *cycle.Release, method *connector.MethodDef, in MethodCall, page *connector.PageState) (connector.Result, error) {
	custom := rel.WithCustom(ac.Fields, rel.Compiled.MethodUID(method.ID), in.objectOf(rel, method))
	def, _ := custom.MethodByID(method.ID)
	inputs, err := in.inputs(custom, def)
	if err != nil {
		return connector.Result{}, err
	}
	if r.caller == nil {
		return connector.Result{}, paceline.Fail(paceline.CodeBusy)
	}
	if !ac.Authenticated {
		return connector.Result{}, paceline.Fail(paceline.CodeNotAuthenticated)
	}
	instance, err := r.InstanceAt(ctx, a.Scope(), ac.ID, rel.Key)
	if err != nil {
		return connector.Result{}, err
	}
	c := connector.Call{
		Instance: instance, Method: instance.Compiled.Method(method.ID), Inputs: inputs, Page: page, LogRequest: true,
		IdempotencyKey: string(paceline.NewID(r.clock.Now())), Deadline: r.clock.Now().Add(onDemand),
		Behalf: connector.Behalf{Partner: a.Partner, Account: a.Num, Root: a.Root},
		Merge: func(name string) (string, bool) {
			if v, ok := in.merge(name); ok {
				return v, true
			}
			if name == mapping.MergeLastSuccess {
				return cmp.Or(in.lastRun, neverRan), true
			}
			return instance.Merge(name)
		},
		Lend: func(ctx context.Context, name string) (*connector.Instance, error) {
			return r.InstanceNamed(ctx, a.Scope(), name)
		},
		Script: in.script,
	}
	c.Script.Of(a)
	for {
		result, failed := r.caller.Call(ctx, c)
		if err := r.count(ctx, a, rel, method, result); err != nil {
			return result, err
		}
		if failed == nil && in.whole && !result.Next.Asks() {
			failed = r.afterwards(ctx, a, rel, method, c, &result)
		}
		if failed != nil || !result.Next.Asks() || result.Output != nil {
			return result, callFailed(failed)
		}
		if c.Page = result.Next; r.clock.Now().Add(result.After).After(c.Deadline) {
			return result, paceline.Fail(paceline.CodeMethodFailed, "detail", "The job was not done within "+onDemand.String()+".")
		}
		timer, stop := r.clock.NewTimer(result.After)
		select {
		case <-timer:
		case <-ctx.Done():
			stop()
			return result, ctx.Err()
		}
	}
}

// afterwards runs the scripts that come behind the last page over the one that was asked for, and counts their requests.
func (r *Room) afterwards(ctx context.Context, a paceline.Account, rel *cycle.Release, method *connector.MethodDef, c connector.Call, result *connector.Result) error {
	ok, incident := result.TasksOK, result.TasksIncident
	_, failed := r.caller.AfterPaging(ctx, c, result)
	more := connector.Result{TasksOK: result.TasksOK - ok, TasksIncident: result.TasksIncident - incident}
	if err := r.count(ctx, a, rel, method, more); err != nil {
		return err
	}
	return failed
}

// count adds the tasks of a call to the account's usage, also when the caller is gone by now.
func (r *Room) count(ctx context.Context, a paceline.Account, rel *cycle.Release, method *connector.MethodDef, result connector.Result) error {
	if result.TasksOK == 0 && result.TasksIncident == 0 {
		return nil
	}
	return r.store.InTx(context.WithoutCancel(ctx), a.Scope(), func(tx *store.Tx) error {
		return tx.AddUsage(a.Scope(), paceline.UsageKey{Connector: rel.ConnectorID, Method: rel.MethodID(method.ID), Day: tx.Now().Day()},
			paceline.Usage{OK: int64(result.TasksOK), Incident: int64(result.TasksIncident)})
	})
}

// requestText begins the part of a failure's detail that shows the request; callers of a method know their own.
const requestText = "\r\n\r\n\r\nHTTP Request:"

// callFailed tells a caller what a call failed with: the vendor's answer, where there is one.
func callFailed(err error) error {
	failed, ok := errors.AsType[*connector.Error](err)
	if !ok {
		return err
	}
	if failed.Waiting {
		return paceline.Fail(paceline.CodeThrottled).In(failed.RetryAfter).Because(err)
	}
	return paceline.Fail(paceline.CodeMethodFailed, "detail", vendorText(failed)).Because(err)
}

// vendorText is what a vendor answered, without the request, or else what failed.
func vendorText(e *connector.Error) string {
	if detail, _, _ := strings.Cut(e.Detail, requestText); detail != "" {
		return detail
	}
	return e.Code.Text()
}
