package api

import (
	"context"
	"net/http"
	"strings"

	"paceline"
	"paceline/engine"
	"paceline/server/api/wire"
)

type resolveIn struct {
	As     wire.Opt[string] `doc:"done: the call was carried out, and a new transaction goes on behind it; repeat: it was not, and a new transaction makes it again; failed: it is left at that."`
	Output wire.Opt[string] `doc:"With done: JSON text of what the call gave, for later steps."`
}

type resolveInput struct {
	TransactionPath
	Body *wire.Body[resolveIn]
}

func (a *API) outcomes() {
	add(a, Route{ID: "Cycles_TransactionResolve_POST", Method: http.MethodPost, Path: "/cycles/{id}/transactions/{transaction}/resolve",
		Tag: transactionsTag, Level: Account, Extension: true,
		IDs:     []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "transaction", Owner: "account"}},
		Summary: "Say what became of a call whose outcome is unknown; the lists with code=unknown_outcome have such transactions."}, a.transactionResolve)
}

var resolutions = map[string]engine.Resolution{"done": engine.OutcomeDone, "repeat": engine.OutcomeRepeat, "failed": engine.OutcomeFailed}

func (a *API) transactionResolve(ctx context.Context, c *Call, in *resolveInput) (out transactionOut, err error) {
	cycle, transaction, err := in.ids()
	if err != nil {
		return out, err
	}
	body, _, bad := in.Body.Read()
	as, known := resolutions[strings.ToLower(body.As.Value)]
	if bad == nil && !known {
		bad = paceline.Fail(paceline.CodeFieldInvalid, "name", "As", "reason", "it is neither done, repeat nor failed")
	}
	if bad != nil {
		if _, err := a.Engine.Transaction(ctx, c.Principal, c.Account, cycle, transaction); err != nil {
			return out, err // not found comes before a bad body
		}
		return out, bad
	}
	t, err := a.Engine.ResolveOutcome(ctx, c.Principal, c.Account, cycle, transaction, as, []byte(body.Output.Value))
	return transactionWire(t), err
}
