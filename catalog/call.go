package catalog

import (
	"context"
	"errors"
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
}

// Attach gives the room what makes its calls. Without one they are refused as unavailable. Only before the room
// serves.
func (r *Room) Attach(c Caller) { r.caller = c }

// MethodRef names a method by its integer id, or by its unique identifier.
type MethodRef struct {
	ID  int32
	UID paceline.ID
}

// onDemand bounds how long a call that a caller waits for may take, with all its repeats.
const onDemand = 100 * time.Second

// CallMethod calls a method of an account connector for a caller that waits, and returns the JSON document of the
// answer, nil when it has no content; of a paged method it is the first page. It counts its tasks like a step.
// read gives the input once the method is found. Errors: NotFound for the account connector or the method; Invalid
// for input that the method does not take, without credentials, and with the vendor's answer when the call fails.
func (r *Room) CallMethod(ctx context.Context, p paceline.Principal, a paceline.Account, id int32, ref MethodRef, read func() (MethodCall, error)) ([]byte, error) {
	ac, rel, err := r.find(ctx, p, a, id)
	if err != nil {
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
	result, err := r.call(ctx, a, ac, rel, method, in, nil)
	return result.Output, err
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
				return neverRan, true
			}
			return instance.Merge(name)
		},
	}
	for {
		result, failed := r.caller.Call(ctx, c)
		if err := r.count(ctx, a, rel, method, result); err != nil {
			return result, err
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
