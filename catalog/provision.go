package catalog

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"paceline"
	"paceline/cycle"
	"paceline/store"
)

// Orders are the installs with which an account is provisioned: connectors first, which templates then use.
type Orders struct {
	Connectors []ConnectorOrder
	Templates  []TemplateOrder
}

// ConnectorOrder is one connector to install.
type ConnectorOrder struct {
	Ref ConnectorRef
	ConnectorInstall
	// Renew gives AuthValue and Properties to the account's own installation of the connector if there is one, and
	// installs the connector if there is none.
	Renew bool
}

// list is what callers know the list of such orders by.
func (o ConnectorOrder) list() string {
	if o.Renew {
		return "ConnectorAuthentications"
	}
	return "InstallConnectors"
}

// TemplateOrder is one template to install.
type TemplateOrder struct {
	Template paceline.ID
	TemplateInstall
}

// maxOrders bounds each kind of install of one call, which all happen in one transaction.
const maxOrders = 50

// Empty says that there is nothing to install.
func (o Orders) Empty() bool { return len(o.Connectors) == 0 && len(o.Templates) == 0 }

// ErrStale says that what was prepared no longer holds: prepare again.
var ErrStale = errors.New("what was prepared has changed meanwhile")

// Installs are orders that are ready to be stored.
type Installs struct {
	room       *Room
	connectors []connectorJob
	templates  []*readyTemplate
	supplied   []*string // the AuthValues of the call
}

// connectorJob stores an install, or renews one.
type connectorJob interface {
	run(tx *store.Tx, p paceline.Principal, a paceline.Account) (found bool, err error)
	// done makes the commit of run known and returns the account connector's id.
	done(ctx context.Context, r *Room) int32
}

func (i *readyInstall) done(context.Context, *Room) int32 { return i.id }

// Prepare does everything about orders that takes time. The account may be one that is yet to be stored, with its
// number and its key known. Errors: Invalid, naming the order, also for what is not found.
func (r *Room) Prepare(ctx context.Context, p paceline.Principal, a paceline.Account, o Orders) (*Installs, error) {
	in := &Installs{room: r}
	if len(o.Connectors) > maxOrders || len(o.Templates) > maxOrders {
		return nil, invalid("Install", "there are more than "+strconv.Itoa(maxOrders))
	}
	var renewed []paceline.ID
	for i, order := range o.Connectors {
		job, uid, err := r.prepareConnector(ctx, p, a, order)
		if err == nil && order.Renew && slices.Contains(renewed, uid) {
			err = invalid("Name", "the connector is named twice")
		}
		if err != nil {
			return nil, ofOrder(order.list(), i, err)
		}
		renewed = append(renewed, uid)
		in.connectors = append(in.connectors, job)
		in.supplied = append(in.supplied, order.AuthValue)
	}
	for i, order := range o.Templates {
		ready, err := r.prepareTemplate(ctx, p, a, order.Template, order.TemplateInstall)
		if err != nil {
			return nil, ofOrder("InstallTemplates", i, err)
		}
		in.templates = append(in.templates, ready)
	}
	return in, nil
}

// ofOrder makes what is not found a wrong value of the body that names it.
func ofOrder(list string, i int, err error) error {
	e, ok := errors.AsType[*paceline.Error](err)
	if !ok || e.Kind() != paceline.NotFound {
		return err
	}
	return invalid(list+"["+strconv.Itoa(i)+"]", e.Message())
}

func (r *Room) prepareConnector(ctx context.Context, p paceline.Principal, a paceline.Account, o ConnectorOrder) (connectorJob, paceline.ID, error) {
	if !o.Renew {
		job, err := r.prepareInstall(ctx, p, a, o.Ref, o.ConnectorInstall)
		if err != nil {
			return nil, "", err
		}
		return job, job.rel.Key.UID, nil
	}
	rel, err := r.resolve(ctx, inside(p, a), o.Ref)
	if err != nil {
		return nil, "", err
	}
	var have paceline.AccountConnector
	found := false
	err = r.store.Read(ctx, func(tx *store.Tx) error {
		have, found, err = ownOf(tx, a, rel.Key.UID)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	job := &readyRenewal{uid: rel.Key.UID}
	if found {
		job.change, err = r.prepareRenewal(ctx, p, a, have, o.ConnectorInstall)
	} else {
		o.FreeName, o.Native = true, true
		job.install, err = r.prepareInstall(ctx, p, a, o.Ref, o.ConnectorInstall)
	}
	return job, rel.Key.UID, err
}

// ownOf is the account's own installation of a connector that a renewal means.
func ownOf(tx *store.Tx, a paceline.Account, uid paceline.ID) (ac paceline.AccountConnector, found bool, err error) {
	list, err := tx.AccountConnectorsOf(a, uid)
	if err != nil || len(list) == 0 || list[0].Account != a.Num {
		return ac, false, err
	}
	return tx.AccountConnector(a, list[0].ID)
}

// readyRenewal gives an installation its new credential and properties.
type readyRenewal struct {
	uid     paceline.ID
	install *readyInstall // instead: there is none yet
	change  *readyAlteration
}

func (r *Room) prepareRenewal(ctx context.Context, p paceline.Principal, a paceline.Account, have paceline.AccountConnector, in ConnectorInstall) (*readyAlteration, error) {
	rel, err := r.releaseOf(ctx, have)
	if err != nil || rel == nil {
		return nil, orNotFound(err, "Connector")
	}
	for _, property := range in.Properties {
		if err := checkInstallProperty(p, rel, property); err != nil {
			return nil, err
		}
	}
	x, err := r.update(ctx, p, a, have, rel, AccountConnectorUpdate{Authentication: in.Authentication, AuthValue: in.AuthValue, Properties: in.Properties})
	if err != nil {
		return nil, err
	}
	x.to.Native = true
	return r.prepareAlteration(ctx, a, have, rel, x)
}

func (j *readyRenewal) run(tx *store.Tx, p paceline.Principal, a paceline.Account) (found bool, err error) {
	have, there, err := ownOf(tx, a, j.uid)
	switch {
	case err != nil:
		return false, err
	case j.install != nil && !there:
		return j.install.run(tx, p, a)
	case j.install != nil || !there || have.ID != j.change.was.ID:
		return false, ErrStale
	}
	if err = j.change.run(tx, p, a); errors.Is(err, errMeanwhile) {
		err = ErrStale
	}
	return true, err
}

func (j *readyRenewal) done(ctx context.Context, r *Room) int32 {
	if j.install != nil {
		return j.install.done(ctx, r)
	}
	j.change.done(ctx, r)
	return j.change.was.ID
}

// Run stores all installs. Errors: ErrStale, and those of single installs.
func (in *Installs) Run(tx *store.Tx, p paceline.Principal, a paceline.Account) error {
	for i, job := range in.connectors {
		found, err := job.run(tx, p, a)
		if err != nil {
			return err
		}
		if _, renews := job.(*readyRenewal); found && !renews {
			in.supplied[i] = nil // it was there, and keeps its own
		}
	}
	for _, ready := range in.templates {
		if err := ready.run(tx, p, a); err != nil {
			return err
		}
	}
	return nil
}

// Cycles are those that Run has made of templates, in the order of the orders.
func (in *Installs) Cycles() (ids []paceline.ID) {
	for _, ready := range in.templates {
		ids = append(ids, ready.cycle.ID)
	}
	return ids
}

// Installed is what came of orders, each in its place.
type Installed struct {
	Connectors []AccountConnector
	Cycles     []cycle.View
}

// Done makes the commit of Run known to the engine, and returns what is there now.
func (in *Installs) Done(ctx context.Context, p paceline.Principal, a paceline.Account) (out Installed, err error) {
	for i, job := range in.connectors {
		ac, err := in.room.echoed(ctx, p, a, job.done(ctx, in.room), in.supplied[i])
		if err != nil {
			return out, err
		}
		out.Connectors = append(out.Connectors, ac)
	}
	for _, ready := range in.templates {
		v, err := in.room.cycles.View(ctx, a, ready.cycle)
		if err != nil {
			return out, err
		}
		out.Cycles = append(out.Cycles, v)
	}
	return out, nil
}
