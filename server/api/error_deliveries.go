package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"paceline"
	"paceline/engine"
	"paceline/server/api/wire"
	"paceline/store"
)

type deliveryOut struct {
	Id             string `doc:"The message id that the receiver gets, without inc_; the incident's id."`
	State          string `enum:"Waiting,Delivered,Failed"`
	CycleId        string
	CycleName      string
	TransactionId  string
	StepName       string
	IncidentLevel  string `enum:"Error,Warning"`
	Code           string
	ShortMessage   string
	CreatedOnUtc   wire.Time
	FailedTries    int        `doc:"Tries that were not taken."`
	HttpStatus     *int       `doc:"Of the last answer; null: there was none."`
	NextTryOnUtc   *wire.Time `doc:"While it waits."`
	CompletedOnUtc *wire.Time `doc:"When it was taken or given up; it is known for a week."`
}

type deliveryListInput struct {
	PageInput
	State string `query:"state" doc:"waiting, delivered or failed; all when absent."`
}

type deliveryInput struct {
	Delivery string `path:"delivery" doc:"Delivery of an error webhook."`
}

var deliveryStates = [...]string{store.DeliveryWaiting: "Waiting", store.DeliveryDelivered: "Delivered", store.DeliveryFailed: "Failed"}

func (a *API) errorDeliveries() {
	add(a, Route{ID: "ErrorWebhook_Deliveries_GET", Method: http.MethodGet, Path: "/account/errorwebhook/deliveries", Tag: transactionsTag, Level: Account, Extension: true,
		Summary: "Error webhooks of the account that wait, and those that were taken or given up within a week, the newest first."}, a.deliveryList)
	add(a, Route{ID: "ErrorWebhook_Replay_POST", Method: http.MethodPost, Path: "/account/errorwebhook/deliveries/{delivery}/replay", Tag: transactionsTag, Level: Account,
		Extension: true, IDs: []IDParam{{In: "path", Name: "delivery", Owner: "account"}},
		Summary: "Post an error webhook again, with the id that its receiver may know."}, a.deliveryReplay)
}

func (a *API) deliveryList(ctx context.Context, c *Call, in *deliveryListInput) ([]deliveryOut, error) {
	page, err := in.page(true)
	if err != nil {
		return nil, err
	}
	state, err := deliveryState(in.State)
	if err != nil {
		return nil, err
	}
	l, err := a.Engine.NoticeDeliveries(ctx, c.Principal, c.Account, state, page)
	if err != nil {
		return nil, err
	}
	return list(c, page, l, deliveryWire), nil
}

// deliveryState reads the name of a state; "" is all of them, -1.
func deliveryState(text string) (store.DeliveryState, error) {
	for i, name := range deliveryStates {
		if strings.EqualFold(name, text) {
			return store.DeliveryState(i), nil
		}
	}
	if text != "" {
		return 0, paceline.Fail(paceline.CodeFieldInvalid, "name", "state", "reason", "it is neither waiting, delivered nor failed")
	}
	return -1, nil
}

func (a *API) deliveryReplay(ctx context.Context, c *Call, in *deliveryInput) (out deliveryOut, err error) {
	id, err := strconv.ParseInt(in.Delivery, 10, 64)
	if err != nil {
		return out, paceline.Fail(paceline.CodeRequestInvalid)
	}
	d, err := a.Engine.ReplayNotice(ctx, c.Principal, c.Account, id)
	return deliveryWire(d), err
}

func deliveryWire(d engine.NoticeDelivery) deliveryOut {
	out := deliveryOut{
		Id: strconv.FormatInt(d.ID, 10), State: deliveryStates[d.State], CycleId: string(d.CycleID), CycleName: d.CycleName,
		TransactionId: string(d.TransactionID), StepName: d.StepName, IncidentLevel: "Error", Code: string(d.Code), ShortMessage: d.Code.Text(),
		CreatedOnUtc: wire.FromMicros(d.At), FailedTries: d.Attempt, NextTryOnUtc: wire.OptTime(d.DueAt), CompletedOnUtc: wire.OptTime(d.EndedAt),
	}
	if d.Warning {
		out.IncidentLevel = "Warning"
	}
	if d.Status != 0 {
		out.HttpStatus = &d.Status
	}
	return out
}
