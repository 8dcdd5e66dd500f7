package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/engine"
	"paceline/server/api/wire"
)

type resubmitIn struct {
	From wire.Opt[string] `doc:"start, or failed (default): what was done before stays done."`
}

type resubmitManyIn struct {
	From      wire.Opt[string] `doc:"start, or failed (default): what was done before stays done."`
	Code      wire.Opt[string] `doc:"Only transactions with an error of this code; see Code of incidents."`
	Signature wire.Opt[string] `doc:"Only transactions with an error of this signature: the same step, code, method and status; see Signature of incidents."`
	Before    wire.Opt[string] `doc:"Only transactions that were created before this date."`
	After     wire.Opt[string] `doc:"Only transactions that were created at or after this date."`
	DryRun    wire.Opt[bool]   `doc:"true counts only."`
	Next      wire.Opt[string] `doc:"Next of the answer that this call goes on behind; absent begins with the oldest."`
}

type TransactionPath struct {
	CyclePath
	Transaction string `path:"transaction" format:"uuid"`
}

type resubmitInput struct {
	TransactionPath
	Body *wire.Body[resubmitIn]
}

type resubmitManyInput struct {
	CyclePath
	Body *wire.Body[resubmitManyIn]
}

type resubmitManyOut struct {
	Matched     *int `doc:"Transactions that failed and were not repeated yet; null above 10,000."`
	Resubmitted int
	Unavailable int     `doc:"Those whose data or steps are gone, that cannot be gone on with where they failed, or whose unknown outcome is not resolved."`
	More        bool    `doc:"Others are left: the same call with Next goes on with them."`
	Next        *string `doc:"Where the call goes on; null without More."`
}

type droppedOut struct {
	Dropped int64
}

type removeInput struct {
	CyclePath
	PeriodInput
	Status    string `query:"status" doc:"Completed, Errored, Stopped or Cancelled, in any letter case; absent: all that have ended."`
	SplitType string `query:"splitType" doc:"Unsplit, Parent or Child, in any letter case."`
	Code      string `query:"code" doc:"Only transactions with an error of this code."`
	Signature string `query:"signature" maxLength:"200" doc:"Only transactions with an error of this signature; see Signature of incidents."`
	Trouble   string `query:"trouble" doc:"errors, warnings or none: only transactions that recorded such."`
}

type removedOut struct {
	Removed int
	More    bool `doc:"The others are being deleted in the background."`
}

func (a *API) repeats() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}}
	both := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "transaction", Owner: "account"}}
	route := func(id, method, path, summary string, ids []IDParam) Route {
		return Route{ID: id, Method: method, Path: path, Tag: transactionsTag, Level: Account, Summary: summary, IDs: ids, Extension: true}
	}
	add(a, route("Cycles_TransactionResubmit_POST", http.MethodPost, "/cycles/{id}/transactions/{transaction}/resubmit",
		"Repeat a transaction that has ended, as a new one.", both), a.transactionResubmit)
	add(a, route("Cycles_TransactionReplay_POST", http.MethodPost, "/cycles/{id}/transactions/{transaction}/replay",
		"Send the webhook that a transaction began with through the cycle again.", both), a.transactionReplay)
	add(a, route("Cycles_TransactionsResubmit_POST", http.MethodPost, "/cycles/{id}/transactions/resubmit",
		"Repeat the transactions that failed and were not repeated yet, the oldest first, up to 1,000 in one call.", owned), a.transactionsResubmit)
	add(a, route("Cycles_TransactionsDrop_DELETE", http.MethodDelete, "/cycles/{id}/transactions/queued",
		"Cancel what waits in a stopped cycle and has not begun.", owned), a.transactionsDrop)
	addEmpty(a, route("Cycles_Transaction_DELETE", http.MethodDelete, "/cycles/{id}/transactions/{transaction}",
		"Delete a transaction that has ended, with what was split from it. Its tasks stay counted.", both), a.transactionDelete)
	add(a, route("Cycles_Transactions_DELETE", http.MethodDelete, "/cycles/{id}/transactions",
		"Delete the transactions that have ended and that the filters choose; all without filters.", owned), a.transactionsDelete)
}

func (in TransactionPath) ids() (cycle, transaction paceline.ID, err error) {
	if cycle, err = guid(in.ID); err == nil {
		transaction, err = guid(in.Transaction)
	}
	return cycle, transaction, err
}

// repeatFrom reads where to repeat from; absent means from the failed step.
func repeatFrom(from wire.Opt[string]) (engine.RepeatFrom, error) {
	switch {
	case from.Value == "", strings.EqualFold(from.Value, "failed"):
		return engine.FromFailed, nil
	case strings.EqualFold(from.Value, "start"):
		return engine.FromStart, nil
	}
	return 0, paceline.Fail(paceline.CodeFieldInvalid, "name", "From", "reason", "it is neither start nor failed")
}

func (a *API) transactionResubmit(ctx context.Context, c *Call, in *resubmitInput) (out transactionOut, err error) {
	cycle, transaction, err := in.ids()
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	from, err := repeatFrom(body.From)
	if err != nil {
		return out, err
	}
	t, err := a.Engine.Resubmit(ctx, c.Principal, c.Account, cycle, transaction, from)
	return transactionWire(t), err
}

func (a *API) transactionReplay(ctx context.Context, c *Call, in *TransactionPath) (out transactionOut, err error) {
	cycle, transaction, err := in.ids()
	if err != nil {
		return out, err
	}
	t, err := a.Engine.Replay(ctx, c.Principal, c.Account, cycle, transaction)
	return transactionWire(t), err
}

func (a *API) transactionsResubmit(ctx context.Context, c *Call, in *resubmitManyInput) (out resubmitManyOut, err error) {
	cycle, err := guid(in.ID)
	if err != nil {
		return out, err
	}
	body, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	f := engine.RepeatFilter{Code: paceline.Code(body.Code.Value), Signature: body.Signature.Value, DryRun: body.DryRun.Value}
	if f.From, err = repeatFrom(body.From); err != nil {
		return out, err
	}
	if f.Before, err = queryTime(body.Before.Value, "Before"); err != nil {
		return out, err
	}
	if f.After, err = queryTime(body.After.Value, "After"); err != nil {
		return out, err
	}
	if body.Next.Value != "" {
		if f.Next, err = guid(body.Next.Value); err != nil {
			return out, err
		}
	}
	sum, err := a.Engine.ResubmitAll(ctx, c.Principal, c.Account, cycle, f)
	out = resubmitManyOut{Resubmitted: sum.Resubmitted, Unavailable: sum.Unavailable, More: sum.More}
	if sum.More {
		out.Next = (*string)(&sum.Next)
	}
	if sum.Matched >= 0 {
		out.Matched = &sum.Matched
	}
	return out, err
}

func (a *API) transactionsDrop(ctx context.Context, c *Call, in *CyclePath) (droppedOut, error) {
	cycle, err := guid(in.ID)
	if err != nil {
		return droppedOut{}, err
	}
	n, err := a.Engine.DropQueued(ctx, c.Principal, c.Account, cycle)
	return droppedOut{n}, err
}

func (a *API) transactionDelete(ctx context.Context, c *Call, in *TransactionPath) error {
	cycle, transaction, err := in.ids()
	if err != nil {
		return err
	}
	return a.Engine.RemoveTransaction(ctx, c.Principal, c.Account, cycle, transaction)
}

func (a *API) transactionsDelete(ctx context.Context, c *Call, in *removeInput) (removedOut, error) {
	cycle, err := guid(in.ID)
	if err != nil {
		return removedOut{}, err
	}
	before, after, err := in.read()
	if err != nil {
		return removedOut{}, err
	}
	done, err := a.Engine.RemoveTransactions(ctx, c.Principal, c.Account, engine.TransactionFilter{
		Cycle: cycle, Status: in.Status, Split: in.SplitType, Code: paceline.Code(in.Code), Signature: in.Signature, Trouble: in.Trouble, Before: before, After: after,
	})
	return removedOut(done), err
}
