package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/store"
	"paceline/store/storetest"
)

// meeting is a vendor that answers no revocation before all of them are there.
type meeting struct {
	catalog.Vendors
	expected, came atomic.Int32
	all            chan struct{}
}

func (m *meeting) Revoke(ctx context.Context, i *connector.Instance) error {
	if m.came.Add(1) == m.expected.Load() {
		close(m.all)
	}
	select {
	case <-m.all:
		return nil
	case <-time.After(20 * time.Second): // so that a failure ends
		return errors.New("the others did not come")
	}
}

// TestManyCredentialsEndAtOnce is requirement S-014: of many credentials that are revoked none stays in use because a vendor
// does not answer, and what one vendor is told does not wait for another one's answer.
func TestManyCredentialsEndAtOnce(t *testing.T) {
	t.Parallel()
	const many = 5
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		m := &meeting{Vendors: h.runtimes[0], all: make(chan struct{})}
		m.expected.Store(many)
		h.AttachVendors(m)
		var ids []int32
		for n := range many {
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
				Properties: []catalog.PropertyInput{{Name: "BaseUrl", Value: ptr(h.vendor.URL)}}, Name: ptr(fmt.Sprint("Hub ", n)), AuthValue: ptr(`{"AccessToken":"a","RefreshToken":"r"}`),
			})
			must(t, err)
			ids = append(ids, ac.ID)
		}
		for _, id := range ids {
			must(t, h.RevokeCredential(ctx, h.p, h.root, id))
			if inst, err := h.Instance(ctx, h.root.Scope(), id); err != nil || inst.AuthValue != "" {
				t.Errorf("the credential is still there: %v, %v", inst, err)
			}
		}
		if n := m.came.Load(); n != 0 {
			t.Errorf("%d vendors were asked while credentials end", n)
		}
		must(t, h.SweepOnce(ctx))
		var left []store.Farewell
		must(t, h.store.Read(ctx, func(tx *store.Tx) (err error) {
			left, err = tx.DueFarewells(paceline.ToMicros(h.clock.Now().Add(48*time.Hour)), store.Farewell{}, 100)
			return err
		}))
		if m.came.Load() != many || len(left) != 0 {
			t.Errorf("%d vendors were asked, want %d; %d still wait", m.came.Load(), many, len(left))
		}
	})
}

// slowFirst is a vendor that answers one of the revocations after all of the others.
type slowFirst struct {
	catalog.Vendors
	came   atomic.Int32
	others sync.WaitGroup
}

func (v *slowFirst) Revoke(ctx context.Context, i *connector.Instance) error {
	if v.came.Add(1) != 1 {
		v.others.Done()
		return nil
	}
	all := make(chan struct{})
	go func() {
		v.others.Wait()
		close(all)
	}()
	select {
	case <-all:
		return nil
	case <-time.After(20 * time.Second): // so that a failure ends
		return errors.New("the others did not come")
	}
}

// TestOneSlowVendorDelaysNoOther is requirement S-014 too: of very many revocations none waits for one that is not answered.
func TestOneSlowVendorDelaysNoOther(t *testing.T) {
	t.Parallel()
	const many = 130 // more than are said at the same time
	storetest.Run(t, func(t *testing.T, open func(*testing.T) *store.Store) {
		h := newOAuthHouse(t, open(t))
		ctx := t.Context()
		v := &slowFirst{Vendors: h.runtimes[0]}
		v.others.Add(many - 1)
		h.AttachVendors(v)
		for n := range many {
			ac, err := h.InstallConnector(ctx, h.p, h.root, catalog.ConnectorRef{Name: "Hub"}, catalog.ConnectorInstall{
				Properties: []catalog.PropertyInput{{Name: "BaseUrl", Value: ptr(h.vendor.URL)}}, Name: ptr(fmt.Sprint("Hub ", n)), AuthValue: ptr(`{"AccessToken":"a","RefreshToken":"r"}`),
			})
			must(t, err)
			must(t, h.RevokeCredential(ctx, h.p, h.root, ac.ID))
		}
		must(t, h.SweepOnce(ctx))
		var left []store.Farewell
		must(t, h.store.Read(ctx, func(tx *store.Tx) (err error) {
			left, err = tx.DueFarewells(paceline.ToMicros(h.clock.Now().Add(48*time.Hour)), store.Farewell{}, 200)
			return err
		}))
		if n := v.came.Load(); n != many || len(left) != 0 {
			t.Errorf("%d vendors were asked, want %d; %d still wait", n, many, len(left))
		}
	})
}
